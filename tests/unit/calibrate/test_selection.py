"""Mechanisms are chosen by what they foretold."""

from __future__ import annotations

import numpy as np

from simlab.calibrate.distances import Distances
from simlab.calibrate.mechanisms import CANDIDATES, SIMPLEST, Correction, Mechanisms, Waits
from simlab.calibrate.selection import Trial, best_of, select
from tests.unit.calibrate.paths_for_tests import paths_from


def trial(number: int, loss: float, circadian: float) -> Trial:
    return Trial(CANDIDATES[number], Distances(0.0, 0.0, 0.0, circadian, 0.0, 0.0), loss)


def test_the_least_loss_wins() -> None:
    assert best_of([trial(0, 1.0, 1.0), trial(1, 1.2, 0.1)]).mechanisms == CANDIDATES[0]


def test_of_losses_that_are_alike_the_hours_of_the_day_decide() -> None:
    assert best_of([trial(0, 1.0, 1.0), trial(2, 1.04, 0.1)]).mechanisms == CANDIDATES[2]


def test_of_those_that_are_alike_in_both_the_least_loss_wins() -> None:
    assert best_of([trial(0, 1.02, 1.0), trial(1, 1.0, 1.04)]).mechanisms == CANDIDATES[1]


def test_of_losses_that_hardly_differ_the_simplest_wins() -> None:
    assert best_of([trial(0, 1.005, 1.04), trial(1, 1.0, 1.0)]).mechanisms == SIMPLEST == CANDIDATES[0]


def test_a_short_log_is_not_tried_on() -> None:
    selection = select(paths_from([[("a", 10.0 * n, 10.0 * n)] for n in range(100)]))
    assert selection.chosen == SIMPLEST
    assert selection.trials == ()


def test_mechanisms_say_what_they_do() -> None:
    said = str(Mechanisms(Waits.PACES, Correction.TIMES))
    assert said == "waits at the pace of work, corrected by elapsed times"


def test_cases_count_that_are_over_when_the_log_is_taken() -> None:
    paths = paths_from([[("a", 0.0, 0.0), ("b", 50.0, 50.0)], [("a", 10.0, 10.0), ("b", 200.0, 200.0)]])
    assert paths.over_within(np.array([60.0, 100.0])).created.tolist() == [0.0]
    assert len(paths.over_within(np.array([np.nan, np.nan]))) == 2
