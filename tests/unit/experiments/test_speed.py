from __future__ import annotations

import math

import pytest

from simlab.experiments import speed
from simlab.model.load import LoadedScenario


@pytest.mark.parametrize("tried_events", [50, 20_000])
def test_time_of_a_replication_is_told_whether_or_not_the_trial_saw_all_of_it(
    desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch, tried_events: int
) -> None:
    monkeypatch.setattr(speed, "TRIED_EVENTS", tried_events)
    assert 0.0 < speed.seconds_per_replication(desk.model, 1) < math.inf
