"""Distances between logs: by hand arithmetic, and against the package that published them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.calibrate.distances import (
    absolute_distance,
    circadian_distance,
    cycle_time_distance,
    distances,
    earth_movers_distance,
    n_gram_distance,
    relative_distance,
)
from simlab.calibrate.paths import Paths, one_after_another
from tests.unit.calibrate.paths_for_tests import HOUR, paths_from, random_paths

Cases = list[list[tuple[str, float, float]]]


def codes(*values: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.array(values, np.int32)


def test_earth_movers_distance_of_a_shift_is_the_shift() -> None:
    assert earth_movers_distance([1.0, 2.0, 5.0], [4.0, 5.0, 8.0]) == pytest.approx(3.0)


def test_earth_movers_distance_of_samples_of_other_sizes_moves_shares() -> None:
    # Half of {0, 10} must go from 10 to 0 for {0}: 5; and from (0, 10) to (0, 0, 10): a sixth of 10.
    assert earth_movers_distance([0.0, 10.0], [0.0]) == pytest.approx(5.0)
    assert earth_movers_distance([0.0, 10.0], [0.0, 0.0, 10.0]) == pytest.approx(10.0 / 6.0)


def test_earth_movers_distance_of_an_empty_sample_is_nan() -> None:
    assert np.isnan(earth_movers_distance([], [1.0]))


def test_n_gram_distance_counts_padded_sequences() -> None:
    # AB gives --A, -AB, AB-, B--; A gives --A, -A-, A--. They share --A: 3 + 2 differ of 4 + 3.
    first = codes(0, 0), codes(0, 1)
    assert n_gram_distance(*first, codes(0), codes(0), 2) == pytest.approx(5.0 / 7.0)


def test_n_gram_distance_of_two_logs_together_is_of_their_mean() -> None:
    once = codes(0, 0), codes(0, 1)
    twice = codes(0, 0, 1, 1), codes(0, 1, 0, 1)
    assert n_gram_distance(*once, *twice, 2, n_logs_b=2) == 0.0
    assert n_gram_distance(*once, *twice, 2) == pytest.approx(4.0 / 12.0)


def test_absolute_distance_counts_full_hours_of_the_calendar() -> None:
    # Hours 0, 1 against 0, 3, whatever the minutes: one of two moves by 2 hours.
    assert absolute_distance(np.array([0.0, 119.0]), np.array([59.0, 180.0])) == pytest.approx(1.0)


def test_relative_distance_counts_hours_since_the_start_of_each_case() -> None:
    case, start = codes(0, 1, 1), np.array([0.0, 500.0, 620.0])
    later = np.array([0.0, 500.0, 740.0])
    # Hours since the start, starts and ends alike: 0, 0, 2 against 0, 0, 4.
    assert relative_distance(case, start, start, case, later, later) == pytest.approx(2.0 / 3.0)


def test_circadian_distance_is_the_mean_over_weekdays_and_23_where_one_log_has_none() -> None:
    monday_8, monday_11, tuesday_9 = 8, 11, 24 + 9
    both = np.array([monday_8]), np.array([monday_11])
    assert circadian_distance(*both) == pytest.approx(3.0 / 7.0)
    assert circadian_distance(both[0], np.array([monday_8, tuesday_9])) == pytest.approx(23.0 / 7.0)


def test_cycle_time_distance_counts_hours_above_the_least() -> None:
    assert cycle_time_distance(np.array([30.0, 90.0]), np.array([30.0, 215.0])) == pytest.approx(1.0)


def test_all_distances_of_a_log_from_itself_are_zero() -> None:
    log = random_paths(40, seed=1)
    assert distances(log, log).values() == (0.0,) * 6


def test_distances_compare_activities_by_name_not_by_code() -> None:
    cases: Cases = [[("call", 0.0, 1.0), ("fix", 2.0, 3.0)], [("call", 4.0, 5.0)]]
    log = paths_from(cases)
    other = paths_from([cases[1], cases[0]])
    swapped = Paths(
        **{
            name: getattr(other, name)
            for name in Paths.__dataclass_fields__
            if name not in ("activity", "activities")
        },
        activity=1 - other.activity,
        activities=other.activities[::-1],
    )
    assert distances(log, swapped).n_gram == 0.0


def test_logs_one_after_another_have_the_cases_of_all() -> None:
    logs = [random_paths(5, seed=1), random_paths(7, seed=2)]
    both = one_after_another(logs)
    assert len(both) == 12
    assert both.cycle_min().tolist() == [*logs[0].cycle_min(), *logs[1].cycle_min()]
    assert distances(logs[0], one_after_another([logs[0]] * 3), n_logs=3).values() == (0.0,) * 6


@pytest.mark.parametrize("seed", range(5))
def test_distances_agree_with_the_published_package(seed: int) -> None:
    pytest.importorskip("log_distance_measures", reason="log-distance-measures is not installed")
    one, other = random_paths(30, seed=seed), random_paths(40, seed=seed + 100)
    assert distances(one, other).values() == pytest.approx(published(one, other), rel=1e-9)


def published(one: Paths, other: Paths) -> tuple[float, ...]:
    """The same distances by the package."""
    from datetime import timedelta

    import log_distance_measures.absolute_event_distribution as absolute
    import log_distance_measures.case_arrival_distribution as arrival
    import log_distance_measures.circadian_event_distribution as circadian
    import log_distance_measures.cycle_time_distribution as cycle
    import log_distance_measures.n_gram_distribution as grams
    import log_distance_measures.relative_event_distribution as relative
    import pandas as pd
    from log_distance_measures.config import DEFAULT_CSV_IDS as IDS

    def frame(paths: Paths) -> Any:  # noqa: ANN401
        return pd.DataFrame(
            {
                IDS.case: paths.case,
                IDS.activity: [paths.activities[code] for code in paths.activity],
                IDS.start_time: pd.to_datetime(np.round(paths.start * 60), unit="s", utc=True),
                IDS.end_time: pd.to_datetime(np.round(paths.end * 60), unit="s", utc=True),
            }
        )

    pair = frame(one), IDS, frame(other), IDS
    return (
        grams.n_gram_distribution_distance(*pair),
        absolute.absolute_event_distribution_distance(*pair),
        relative.relative_event_distribution_distance(*pair),
        circadian.circadian_event_distribution_distance(*pair),
        cycle.cycle_time_distribution_distance(*pair, bin_size=timedelta(minutes=HOUR)),
        arrival.case_arrival_distribution_distance(*pair),
    )
