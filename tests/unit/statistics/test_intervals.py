from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.intervals import (
    Estimate,
    clipped,
    mean_interval,
    quantile_interval,
    ratio_interval,
    replications_for,
    required_replications,
    sectioned_quantile_interval,
    share_interval,
    t_quantile,
)

T_4 = 2.7764451051977987  # printed tables: 2.776
T_2 = 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2))  # closed form for two degrees of freedom


@pytest.mark.parametrize(
    ("n", "confidence", "printed"), [(2, 0.95, 12.706), (5, 0.95, 2.776), (11, 0.9, 1.812), (31, 0.99, 2.750)]
)
def test_t_quantile_agrees_with_printed_tables(n: int, confidence: float, printed: float) -> None:
    assert t_quantile(n, confidence) == pytest.approx(printed, abs=5e-4)


def test_mean_interval_of_five_values_is_that_of_hand_computation() -> None:
    estimate = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert estimate.value == 3.0
    assert estimate.half_width == pytest.approx(T_4 * math.sqrt(2.5 / 5.0), rel=1e-12)
    assert (estimate.low, estimate.high) == (3.0 - estimate.half_width, 3.0 + estimate.half_width)
    assert estimate.relative_precision == estimate.half_width / 3.0
    assert (estimate.n, estimate.missing, estimate.confidence) == (5, 0, 0.95)


def test_mean_interval_counts_missing_replications_and_leaves_them_out() -> None:
    with_gaps = mean_interval([1.0, math.nan, 3.0, math.nan])
    complete = mean_interval([1.0, 3.0])
    assert (with_gaps.n, with_gaps.missing) == (2, 2)
    assert (with_gaps.value, with_gaps.low, with_gaps.high) == (complete.value, complete.low, complete.high)


@pytest.mark.parametrize(
    "single",
    [
        lambda: mean_interval([7.0]),
        lambda: ratio_interval([7.0], [2.0]),
        lambda: share_interval([3.0], [4.0]),
        lambda: quantile_interval([list(range(1000))], 0.5),
        lambda: sectioned_quantile_interval([3.0], 3.0),
    ],
)
def test_one_replication_gives_a_value_without_interval_and_says_why(single: Callable[[], Estimate]) -> None:
    estimate = single()
    assert math.isfinite(estimate.value)
    assert not estimate.has_interval
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert math.isnan(estimate.relative_precision)
    assert estimate.method == "no interval: one replication shows no spread"
    assert not estimate.excludes(0.0)


@pytest.mark.parametrize(
    "empty",
    [
        lambda: mean_interval([]),
        lambda: mean_interval([math.nan]),
        lambda: ratio_interval([], []),
        lambda: share_interval([], []),
        lambda: quantile_interval([], 0.5),
        lambda: quantile_interval([[], []], 0.5),
    ],
)
def test_no_replication_gives_nan_and_says_why(empty: Callable[[], Estimate]) -> None:
    estimate = empty()
    assert math.isnan(estimate.value)
    assert estimate.method == "no interval: no replication has a value"


def test_relative_precision_is_infinite_around_zero_and_zero_without_spread() -> None:
    assert mean_interval([-1.0, 1.0]).relative_precision == math.inf
    assert mean_interval([0.0, 0.0]).relative_precision == 0.0


def test_clipped_interval_keeps_its_half_width() -> None:
    estimate = clipped(mean_interval([0.9, 1.0, 1.0]), 0.0, 1.0)
    assert estimate.high == 1.0
    assert estimate.half_width == pytest.approx(T_2 * math.sqrt(0.01 / 3.0 / 3.0), rel=1e-9)


def test_ratio_interval_of_three_pairs_is_that_of_hand_computation() -> None:
    # Pooled 12/6 = 2. Leaving one out: 10/5 = 2, 8/4 = 2, 6/3 = 2: no spread.
    assert ratio_interval([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]).half_width == pytest.approx(0.0, abs=1e-12)
    # Pooled 6/3 = 2; leaving one out 5/2, 4/2, 3/2; pseudo-values 6 - 2x = 1, 2, 3: standard error 1/sqrt(3).
    estimate = ratio_interval([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    assert estimate.value == 2.0
    assert estimate.half_width == pytest.approx(T_2 / math.sqrt(3.0), rel=1e-9)
    # Pooled 9/6; leaving one out 7/4, 6/3, 5/5; pseudo-values 4.5 - 2x = 1, 0.5, 2.5, of variance 13/12.
    weighted = ratio_interval([2.0, 3.0, 4.0], [2.0, 3.0, 1.0])
    assert weighted.value == 1.5
    assert weighted.half_width == pytest.approx(T_2 * math.sqrt(13.0 / 12.0 / 3.0), rel=1e-9)


def test_ratio_interval_with_equal_denominators_is_the_mean_interval() -> None:
    numerators = [3.0, 1.0, 4.0, 1.0, 5.0]
    ratio, mean = ratio_interval(numerators, [2.0] * 5), mean_interval(np.array(numerators) / 2.0)
    assert ratio.value == pytest.approx(mean.value, rel=1e-12)
    assert ratio.half_width == pytest.approx(mean.half_width, rel=1e-12)


def test_ratio_interval_keeps_a_replication_that_had_nothing_to_count() -> None:
    estimate = ratio_interval([1.0, 0.0, 2.0], [2.0, 0.0, 2.0])
    assert (estimate.value, estimate.n, estimate.missing) == (0.75, 3, 0)
    assert estimate.has_interval


@pytest.mark.parametrize("denominators", [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
def test_ratio_interval_without_two_denominators_has_no_interval(denominators: list[float]) -> None:
    estimate = ratio_interval([1.0, 0.0, 0.0], denominators)
    assert not estimate.has_interval
    assert "fewer than two replications have a denominator" in estimate.method


def test_share_interval_without_any_hit_bounds_by_the_rule_of_three() -> None:
    none = share_interval([0.0, 0.0, 0.0], [100.0, 100.0, 100.0])
    assert (none.value, none.low) == (0.0, 0.0)
    assert (1.0 - none.high) ** 300 == pytest.approx(0.025, rel=1e-9)
    every = share_interval([100.0, 100.0, 100.0], [100.0, 100.0, 100.0])
    assert every.high == 1.0
    assert every.low == pytest.approx(1.0 - none.high, rel=1e-12)
    assert "independent" in every.method


def test_quantile_interval_is_centred_at_the_pooled_quantile_and_its_ends_are_observed_ranks() -> None:
    rng = np.random.default_rng(7)
    samples = [rng.exponential(size=200) for _ in range(10)]
    pooled = np.sort(np.concatenate(samples))
    estimate = quantile_interval(samples, 0.9)
    assert estimate.value == np.quantile(pooled, 0.9)
    shares = [np.mean(sample <= estimate.value) for sample in samples]
    radius = mean_interval(shares).half_width
    assert estimate.low == pytest.approx(np.quantile(pooled, 0.9 - radius), rel=1e-9)
    assert estimate.high == pytest.approx(np.quantile(pooled, 0.9 + radius), rel=1e-9)


def test_quantile_interval_is_equivariant_under_monotone_maps() -> None:
    rng = np.random.default_rng(8)
    samples = [rng.exponential(size=101) for _ in range(9)]  # 909 points: the median is one of them
    plain, mapped = quantile_interval(samples, 0.5), quantile_interval([3.0 * each for each in samples], 0.5)
    assert mapped.value == pytest.approx(3.0 * plain.value)
    assert mapped.low == pytest.approx(3.0 * plain.low)
    assert mapped.high == pytest.approx(3.0 * plain.high)


def test_quantile_interval_counts_replications_without_tickets() -> None:
    estimate = quantile_interval([[1.0, 2.0, math.nan], [], [math.nan], [2.0, 3.0]], 0.5)
    assert (estimate.n, estimate.missing, estimate.value) == (2, 2, 2.0)


def test_quantile_interval_beyond_the_sample_is_told() -> None:
    estimate = quantile_interval([[1.0, 2.0], [3.0, 9.0], [2.0, 4.0]], 0.99)
    assert not estimate.has_interval
    assert "too few observations" in estimate.method


def test_sectioned_quantile_interval_takes_its_spread_around_the_pooled_quantile() -> None:
    estimate = sectioned_quantile_interval([1.0, 2.0, 3.0], 2.5)
    # (1.5^2 + 0.5^2 + 0.5^2) / 2 = 1.375
    assert estimate.value == 2.5
    assert estimate.half_width == pytest.approx(T_2 * math.sqrt(1.375 / 3.0), rel=1e-9)


@pytest.mark.parametrize(("relative", "absolute"), [(0.1, None), (None, 0.3), (0.01, None), (None, 5.0)])
def test_required_replications_is_the_least_that_reaches_the_precision(
    relative: float | None, absolute: float | None
) -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0]
    needed = required_replications(values, relative=relative, absolute=absolute)
    goal = absolute if absolute is not None else 3.0 * (relative or 0.0)
    assert needed is not None
    reached = [n for n in range(5, 100_000) if t_quantile(n, 0.95) * math.sqrt(2.5 / n) <= goal]
    assert needed == reached[0]


@pytest.mark.parametrize("values", [[1.0], [-1.0, 1.0]])
def test_required_replications_that_cannot_be_told_are_none(values: list[float]) -> None:
    assert required_replications(values, relative=0.1) is None


def test_required_replications_out_of_reach_are_none() -> None:
    assert required_replications([0.0, 1e12], absolute=1.0) is None


def test_arguments_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="confidence must lie between 0 and 1; found 95"):
        mean_interval([1.0, 2.0], confidence=95)
    with pytest.raises(UsageError, match="confidence must lie between 0 and 1"):
        mean_interval([1.0], confidence=0.0)
    with pytest.raises(UsageError, match=r"shape \(n,\); found shape \(1, 2\)"):
        mean_interval([[1.0, 2.0]])
    with pytest.raises(UsageError, match="finite or NaN"):
        mean_interval([1.0, math.inf])
    with pytest.raises(UsageError, match="found 2 and 1"):
        ratio_interval([1.0, 2.0], [1.0])
    with pytest.raises(UsageError, match="counts must lie between"):
        share_interval([3.0, 1.0], [2.0, 2.0])
    with pytest.raises(UsageError, match="probability of a quantile must lie between 0 and 1; found 90"):
        quantile_interval([[1.0], [2.0]], 90)
    with pytest.raises(UsageError, match="either as relative= or as absolute="):
        replications_for(mean_interval([1.0, 2.0]))
    with pytest.raises(UsageError, match="precision must be above 0"):
        required_replications([1.0, 2.0], relative=0.0)
