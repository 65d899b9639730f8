from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import stdtr

from simlab.errors import UsageError
from simlab.statistics.comparison import compare_to_base, paired_difference
from simlab.statistics.intervals import mean_interval

BASE = np.array([10.0, 12.0, 9.0, 14.0, 11.0, 13.0])
NOISE = np.array([0.3, -0.2, 0.1, -0.4, 0.2, 0.0])


def test_paired_difference_is_the_mean_interval_of_the_differences() -> None:
    paired = paired_difference(BASE, BASE - 2.0 + NOISE)
    expected = mean_interval(NOISE - 2.0)
    assert paired.difference.value == pytest.approx(-2.0)
    assert paired.difference.half_width == pytest.approx(expected.half_width, rel=1e-9)
    assert paired.significant
    assert paired.direction == "lower"


def test_variance_reduction_and_correlation_follow_their_definitions() -> None:
    alternative = BASE - 2.0 + NOISE
    paired = paired_difference(BASE, alternative)
    assert paired.correlation == pytest.approx(np.corrcoef(BASE, alternative)[0, 1])
    independent = np.var(BASE, ddof=1) + np.var(alternative, ddof=1)
    assert paired.variance_reduction == pytest.approx(independent / np.var(NOISE, ddof=1))


def test_identical_scenarios_differ_by_exactly_nothing() -> None:
    paired = paired_difference(BASE, BASE)
    assert (paired.difference.value, paired.difference.half_width) == (0.0, 0.0)
    assert (paired.relative.value, paired.relative.half_width) == (0.0, 0.0)
    assert (paired.significant, paired.direction, paired.p_value) == (False, "not shown", 1.0)
    assert paired.variance_reduction == math.inf
    assert paired.correlation == pytest.approx(1.0)


def test_rounding_is_no_difference() -> None:
    paired = paired_difference(BASE, BASE * (1.0 + 2e-16))
    assert not paired.significant
    assert paired.relative.value == 0.0


def test_constant_difference_without_any_noise_is_significant() -> None:
    paired = paired_difference([4.0, 4.0, 4.0], [5.0, 5.0, 5.0])
    assert (paired.difference.value, paired.p_value, paired.direction) == (1.0, 0.0, "higher")
    assert math.isnan(paired.correlation)
    assert (paired.relative.low, paired.relative.high) == pytest.approx((0.25, 0.25))


def test_p_value_is_that_of_the_printed_t_table() -> None:
    # Five differences of mean m and standard error 1 with m the 97.5 % quantile at 4 degrees of freedom.
    differences = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) * math.sqrt(8.0) + 2.776445
    paired = paired_difference(np.zeros(5), differences)
    assert paired.p_value == pytest.approx(0.05, abs=1e-6)


def test_fieller_ends_solve_the_defining_equation() -> None:
    alternative = 0.8 * BASE + 3.0 * NOISE
    paired = paired_difference(BASE, alternative)
    for end in (paired.relative.low, paired.relative.high):
        # At an end of the interval, the t interval of alternative - (1 + end) * base just touches zero.
        touching = mean_interval(alternative - (1.0 + end) * BASE)
        assert abs(touching.value) == pytest.approx(touching.half_width, rel=1e-9)
    assert paired.relative.value == pytest.approx(alternative.mean() / BASE.mean() - 1.0)


@pytest.mark.parametrize("shift", np.linspace(-1.0, 1.0, 21))
def test_relative_and_absolute_difference_never_contradict_each_other(shift: float) -> None:
    paired = paired_difference(BASE, BASE + shift + 2.0 * NOISE)
    assert paired.relative.excludes(0.0) == paired.difference.excludes(0.0) == paired.significant


def test_relative_difference_around_an_uncertain_base_has_no_interval() -> None:
    paired = paired_difference([-1.0, 1.1, 0.2], [2.0, 3.0, 4.0])
    assert not paired.relative.has_interval
    assert "cannot be told from zero" in paired.relative.method
    assert "is zero" in paired_difference([-1.0, 1.0], [2.0, 3.0]).relative.method


def test_pair_with_a_missing_side_is_left_out_and_counted() -> None:
    paired = paired_difference([1.0, math.nan, 3.0, 4.0], [2.0, 2.0, 3.0, math.nan])
    assert (paired.difference.n, paired.difference.missing, paired.difference.value) == (2, 2, 0.5)
    assert (paired.relative.n, paired.relative.missing) == (2, 2)


def test_one_pair_is_never_significant() -> None:
    paired = paired_difference([1.0], [100.0])
    assert (paired.difference.value, paired.relative.value) == (99.0, 99.0)
    assert not paired.significant
    assert math.isnan(paired.p_value)
    assert paired.difference.method == "no interval: one replication shows no spread"


def test_unequal_numbers_of_replications_are_refused() -> None:
    with pytest.raises(UsageError, match=r"found shapes \(2,\) and \(3,\)"):
        paired_difference([1.0, 2.0], [1.0, 2.0, 3.0])


def test_several_alternatives_have_bonferroni_intervals() -> None:
    alternatives = {name: BASE + shift + NOISE for name, shift in (("a", -3.0), ("b", 0.0), ("c", 1.0))}
    compared = compare_to_base(BASE, alternatives, confidence=0.94)
    assert [each.name for each in compared] == ["a", "b", "c"]
    for each in compared:
        alone = paired_difference(BASE, alternatives[each.name], confidence=0.98)
        assert each.paired.difference.half_width == pytest.approx(alone.difference.half_width, rel=1e-9)
    assert [each.direction for each in compared] == ["lower", "not shown", "higher"]


def test_holm_adjustment_is_that_of_hand_computation() -> None:
    compared = compare_to_base(BASE, {str(shift): BASE + shift + NOISE for shift in (0.3, 0.0, 0.25)})
    p = [paired_difference(BASE, BASE + shift + NOISE).p_value for shift in (0.3, 0.0, 0.25)]
    assert p[0] < p[2] < p[1]
    expected = (3.0 * p[0], max(3.0 * p[0], 2.0 * p[2], p[1]), max(3.0 * p[0], 2.0 * p[2]))
    assert tuple(each.adjusted_p for each in compared) == pytest.approx(expected, rel=1e-9)


def test_interval_that_excludes_zero_always_belongs_to_a_significant_difference() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        shifts = rng.normal(scale=0.4, size=6)
        compared = compare_to_base(
            BASE, {str(i): BASE + s + rng.permutation(NOISE) for i, s in enumerate(shifts)}
        )
        assert all(each.significant for each in compared if each.paired.significant)
        assert all(each.significant == (each.adjusted_p <= 0.05) for each in compared)


def test_no_alternative_gives_no_comparison() -> None:
    assert compare_to_base(BASE, {}) == ()


def test_controls_take_out_of_the_difference_what_they_explain() -> None:
    # change = 5 + 2 x + e: as in the test of control variates, where the interval is worked out by hand.
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, -2.0, -1.0, 0.0, 1.0, 2.0]) + 0.5
    change = 5.0 + 2.0 * x + np.array([1.0] * 5 + [-1.0] * 5)
    base = 100.0 + 3.0 * x
    paired = paired_difference(base, base + change, controls=x[:, None])
    variance = 2.0 * sum(((0.1 - 0.025 * c) / (0.9 - c * c / 20.0)) ** 2 for c in range(-2, 3))
    assert paired.difference.value == pytest.approx(5.0)
    assert paired.difference.half_width == pytest.approx(2.306004 * np.sqrt(variance), rel=1e-6)
    # The base has no spread of its own at controls of 0, where its mean is exactly 100.
    assert paired.relative.value == pytest.approx(0.05)
    assert paired.relative.half_width == pytest.approx(2.306004 * np.sqrt(variance) / 100.0, rel=1e-6)
    assert paired.p_value == pytest.approx(2.0 * stdtr(8, -5.0 / np.sqrt(variance)))
    assert paired_difference(base, base + change).difference.half_width > paired.difference.half_width


def test_controls_and_missing_values_or_few_replications_give_no_contradiction() -> None:
    rng = np.random.default_rng(3)
    controls, base = rng.normal(size=(14, 2)), rng.normal(10.0, 1.0, 14)
    after = base - 0.4 + 0.5 * controls[:, 0] + rng.normal(0.0, 0.2, 14)
    after[3] = np.nan
    paired = paired_difference(base, after, controls=controls)
    assert (paired.difference.n, paired.difference.missing) == (13, 1)
    assert paired.significant == paired.relative.excludes(0.0)
    assert paired_difference(base[:8], after[:8], controls=controls[:8]) == paired_difference(
        base[:8], after[:8]
    )
