from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.warm_up import mser5, welch_moving_average


def brute_force_mser(batches: list[float]) -> list[float]:
    """Squared standard error (without its constant) of what each truncation keeps, by the definition."""
    result = []
    for d in range(len(batches) - 4):
        kept = batches[d:]
        mean = math.fsum(kept) / len(kept)
        result.append(math.fsum((x - mean) ** 2 for x in kept) / len(kept) ** 2)
    return result


def test_mser5_statistic_is_the_definition_evaluated_at_every_truncation() -> None:
    rng = np.random.default_rng(3)
    series = 1e6 + rng.normal(size=103)
    warm_up = mser5(series)
    batches = [math.fsum(series[i : i + 5]) / 5.0 for i in range(0, 100, 5)]
    np.testing.assert_allclose(warm_up.statistic, brute_force_mser(batches), rtol=1e-6)
    assert warm_up.truncation == 5 * int(np.argmin(warm_up.statistic))
    assert warm_up.mean_after == pytest.approx(float(np.mean(series[warm_up.truncation :])))


def test_mser5_removes_exactly_a_start_that_differs_from_a_constant_rest() -> None:
    warm_up = mser5([100.0] * 20 + [0.1] * 180)
    assert (warm_up.truncation, warm_up.warning) == (20, None)
    assert warm_up.mean_after == pytest.approx(0.1)


def test_mser5_of_a_constant_series_discards_nothing() -> None:
    assert mser5([0.1] * 100).truncation == 0


def test_mser5_warns_where_more_than_half_would_go() -> None:
    warm_up = mser5(np.arange(100.0))
    assert warm_up.truncation > 50
    assert warm_up.warning is not None
    assert "lengthen the run" in warm_up.warning


def test_mser5_averages_over_replications_and_skips_missing_points() -> None:
    rows = np.vstack([np.arange(60.0), np.arange(60.0)[::-1]])
    rows[0, 10] = math.nan
    average = np.full(60, 29.5)
    average[10] = 49.0
    assert mser5(rows) == mser5(average)


def test_series_that_are_too_short_or_have_holes_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 50 observations; found 49"):
        mser5([1.0] * 49)
    with pytest.raises(UsageError, match="needs a value in at least one replication"):
        mser5([1.0] * 60 + [math.nan])
    with pytest.raises(UsageError, match=r"shape \(n,\) or \(replications, n\)"):
        mser5(np.zeros((2, 2, 2)))


def test_welch_average_is_narrow_at_the_start_and_full_after() -> None:
    series = [1.0, 4.0, 7.0, 2.0, 5.0, 8.0, 3.0, 6.0]
    smooth = welch_moving_average(series, 2)
    assert smooth.tolist() == pytest.approx([1.0, 4.0, 19 / 5, 26 / 5, 25 / 5, 24 / 5])


def test_welch_window_zero_is_the_series_itself() -> None:
    assert welch_moving_average([3.0, 1.0, 2.0], 0).tolist() == [3.0, 1.0, 2.0]


def test_welch_window_beyond_a_quarter_is_refused() -> None:
    with pytest.raises(UsageError, match="between 0 and 2; found 3"):
        welch_moving_average([1.0] * 8, 3)
