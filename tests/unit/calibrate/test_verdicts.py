"""Verdicts: simulated logs beside a replay, and what chance makes."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.validate import REPLICATIONS
from simlab.calibrate.verdicts import Standing, Verdict


def of(*logs: float, replay: float = 2.0, floor: float = 1.0) -> Verdict:
    """The verdict about distances of simulated logs."""
    return Verdict("cycle_time", logs, replay, floor)


@pytest.mark.parametrize(
    ("logs", "standing", "n_nearer"),
    [
        ((1.0, 1.9), Standing.NEARER, 2),
        ((1.0, 2.1), Standing.LEVEL, 1),
        ((2.1, 2.2), Standing.FARTHER, 0),
        ((2.0, 2.1), Standing.LEVEL, 0),
    ],
)
def test_simulated_logs_differ_from_replay_where_all_of_them_do(
    logs: tuple[float, ...], standing: Standing, n_nearer: int
) -> None:
    assert of(*logs).standing is standing
    assert of(*logs).n_nearer == n_nearer


def test_the_average_simulated_log_is_judged_against_replay_and_floor() -> None:
    verdict = of(0.5, 1.5, replay=1.1)
    assert verdict.one_log == 1.0
    assert verdict.beats_replay
    assert verdict.is_chance
    assert not of(0.5, 1.5, replay=0.9).beats_replay
    assert not of(1.0, 1.1).is_chance


def test_the_floor_counts_only_where_replay_is_above_it() -> None:
    assert of(1.4, 1.5).is_near_floor
    assert not of(1.6, 1.7).is_near_floor
    assert of(1.6, 1.7, replay=1.0).is_near_floor


def test_a_distance_of_next_to_nothing_is_chance_where_the_floor_is_none() -> None:
    verdict = of(0.004, replay=0.006, floor=0.0)
    assert verdict.is_chance
    assert verdict.is_near_floor
    assert not of(0.009, replay=0.01, floor=0.0).is_near_floor


def test_a_replay_that_is_like_a_simulated_log_is_nearer_than_all_one_time_in_twenty() -> None:
    rng = np.random.default_rng(1)
    n = 4_000
    standings = [of(*rng.exponential(size=REPLICATIONS), replay=rng.exponential()).standing for _ in range(n)]
    for standing in (Standing.NEARER, Standing.FARTHER):
        share = sum(each is standing for each in standings) / n
        assert share == pytest.approx(1 / 20, abs=3.9 * np.sqrt(1 / 20 * 19 / 20 / n))
