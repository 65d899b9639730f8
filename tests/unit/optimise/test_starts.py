"""Warm starts, and configurations that need no simulation."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from simlab.model.load import load
from simlab.optimise.definition import read_optimisation
from simlab.optimise.evaluation import Unworkable
from simlab.optimise.starts import beginning_of, refuse_overload


def test_starts_are_today_then_load_plus_multiples_of_its_root(toy: ModuleType, tmp_path: Path) -> None:
    # 6 calls an hour: 10 min each keep 1 person busy at the front, 20 min each 2 at the back. The bot, tried
    # for half of the calls with success in nine of ten, leaves 0.55 at the front.
    starts = beginning_of(read_optimisation(toy.write(tmp_path))).starts

    assert [(who, tuple(configuration.values())) for who, configuration in starts] == [
        ("today", (4, 5, "off")),
        ("formula", (2, 3, "off")),  # 1 + 0.5, 2 + 0.5 * 1.41, rounded up
        ("formula", (3, 5, "off")),  # 1 + 1.5, 2 + 1.5 * 1.41
        ("formula", (1, 3, "full")),  # 0.55 + 0.5 * 0.74
        ("formula", (2, 5, "full")),  # 0.55 + 1.5 * 0.74
    ]


def test_today_outside_the_ranges_starts_at_the_nearest_configuration(
    toy: ModuleType, tmp_path: Path
) -> None:
    text = toy.EXPERIMENT.replace("front.people: {from: 1, to: 9}", "front.people: {from: 1, to: 3}")

    (who, today), *_ = beginning_of(read_optimisation(toy.write(tmp_path, text))).starts

    assert who == "today"
    assert today["staffing.front.people"] == 3


def test_warm_starts_take_at_most_a_quarter_of_the_trials(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace("trials: 22", "trials: 8")

    assert len(beginning_of(read_optimisation(toy.write(tmp_path, text))).starts) == 2


@pytest.mark.parametrize(("people", "is_refused"), [(1, True), (2, True), (3, False)])
def test_team_that_cannot_keep_up_is_told_before_simulating(
    toy: ModuleType, tmp_path: Path, people: int, is_refused: bool
) -> None:
    toy.write(tmp_path)
    steady = ["time.warm_up=1 day", f"staffing.back.people={people}", "demand.calls.arrivals.rate=6.6/hour"]
    model = load(tmp_path / "scenario.yaml", assignments=steady).model

    if is_refused:
        with pytest.raises(Unworkable, match="the queue of the team back grows without end"):
            refuse_overload(model)
    else:
        refuse_overload(model)


def test_run_that_begins_empty_may_be_overloaded(toy: ModuleType, tmp_path: Path) -> None:
    toy.write(tmp_path)

    refuse_overload(load(tmp_path / "scenario.yaml", assignments=["staffing.back.people=1"]).model)
