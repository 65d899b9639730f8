"""How much of the past is used: all of a steady log, the recent part of one that changed."""

from __future__ import annotations

import numpy as np

from simlab.calibrate.paths import Paths
from simlab.calibrate.recency import part_to_fit
from tests.unit.calibrate.paths_for_tests import MONDAY, paths_from


def test_a_steady_log_is_used_from_the_start() -> None:
    assert part_to_fit(_log(changes_at=0)).first == 0


def test_what_was_before_a_change_is_left_out() -> None:
    first = part_to_fit(_log(changes_at=600)).first
    assert 450 <= first <= 800


def test_a_change_after_the_latest_start_that_is_tried_first_is_found() -> None:
    # Of 1,500 cases, starts up to 80 % of the first 1,200 are tried: 960. Then those after it.
    recency = part_to_fit(_log(changes_at=1_100))
    assert 1_050 <= recency.first <= 1_250
    assert len(recency.tried) == len(recency.scores)
    assert list(recency.tried) == sorted(recency.tried)


def test_a_short_log_is_used_as_a_whole() -> None:
    recency = part_to_fit(_log(changes_at=100, n_cases=300))
    assert (recency.first, recency.tried) == (0, ())


def _log(changes_at: int, n_cases: int = 1500) -> Paths:
    """Cases that take 30 hours and a detour before a change, 3 hours afterwards."""
    rng = np.random.default_rng(5)
    cases = []
    for number in range(n_cases):
        start = MONDAY + 60.0 * number
        hours = rng.exponential(30.0 if number < changes_at else 3.0)
        steps = ["open", "detour", "close"] if number < changes_at else ["open", "close"]
        cases.append(
            [(step, start + 60.0 * hours * i, start + 60.0 * hours * i) for i, step in enumerate(steps)]
        )
    return paths_from(cases)
