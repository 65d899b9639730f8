from __future__ import annotations

import math
from typing import Literal

import pytest

from simlab.engines.auto import Beginning
from simlab.experiments import speed
from simlab.model.load import LoadedScenario


@pytest.mark.parametrize("tried_events", [50, 20_000])
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_time_of_a_replication_is_told_whether_or_not_the_trial_saw_all_of_it(
    desk: LoadedScenario,
    monkeypatch: pytest.MonkeyPatch,
    tried_events: int,
    engine: Literal["simpy", "compiled"],
) -> None:
    monkeypatch.setattr(speed, "beginning_of_job", lambda model, n: Beginning(engine))
    monkeypatch.setattr(speed, "TRIED_EVENTS", {engine: tried_events})
    assert 0.0 < speed.effort_of(desk.model, 1, 1).seconds_per_replication < math.inf


def test_compiling_is_told_apart_from_the_replications_that_need_it(
    desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "beginning_of_job", lambda model, n: Beginning("compiled", 15.0))
    monkeypatch.setattr(speed, "_tried", lambda model, seed, engine: 1.5)

    effort = speed.effort_of(desk.model, 1, n_replications=10)
    assert effort.seconds_per_replication == pytest.approx(0.1)
    assert effort.compiling_seconds == 15.0
