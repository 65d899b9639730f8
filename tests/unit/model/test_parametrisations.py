"""Parametrisations: the distribution has the facts it was made from; impossible facts are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simlab.model import parametrisations as of
from simlab.model.distributions import Distribution, DistributionTable, Kind
from simlab.model.quantiles import quantile

TIMES = st.floats(1e-2, 1e5)
RATIOS = st.floats(1.001, 1000.0)
CVS = st.floats(1e-2, 20.0)


def at(distribution: Distribution, p: float) -> float:
    return quantile(DistributionTable.build([distribution]), 0, p)


def sd(distribution: Distribution) -> float:
    return math.sqrt(distribution.variance)


@given(mean=TIMES, cv=CVS)
@pytest.mark.parametrize("family", [of.lognormal, of.gamma, of.weibull])
def test_family_of_mean_and_cv_has_them(family: Any, mean: float, cv: float) -> None:  # noqa: ANN401
    made = family(mean=mean, cv=cv)
    assert (made.mean, made.cv) == pytest.approx((mean, cv), rel=1e-9)


@given(mean=TIMES, cv=CVS)
@pytest.mark.parametrize("family", [of.lognormal, of.gamma])
def test_family_of_mean_and_sd_has_them(family: Any, mean: float, cv: float) -> None:  # noqa: ANN401
    made = family(mean=mean, sd=mean * cv)
    assert (made.mean, sd(made)) == pytest.approx((mean, mean * cv), rel=1e-9)


@given(median=TIMES, ratio=RATIOS)
@pytest.mark.parametrize("family", [of.lognormal, of.weibull])
def test_family_of_median_and_p90_has_them(family: Any, median: float, ratio: float) -> None:  # noqa: ANN401
    made = family(median=median, p90=median * ratio)
    assert (at(made, 0.5), at(made, 0.9)) == pytest.approx((median, median * ratio), rel=1e-9)


@given(mean=TIMES, ratio=st.floats(1.001, 2.27))
def test_lognormal_of_mean_and_p90_has_them_with_the_smaller_sigma(mean: float, ratio: float) -> None:
    made = of.lognormal(mean=mean, p90=mean * ratio)
    assert (made.mean, at(made, 0.9)) == pytest.approx((mean, mean * ratio), rel=1e-9)
    assert made.parameters[1] <= of.Z90


def test_lognormal_of_mean_and_the_largest_possible_p90_has_sigma_z90() -> None:
    """At the bound exp(z**2 / 2) both solutions meet at sigma = z."""
    made = of.lognormal(mean=10.0, p90=10.0 * of.MAX_P90_TO_MEAN)
    assert made.parameters[1] == pytest.approx(1.2815515655446004, rel=1e-7)


@pytest.mark.parametrize("p90", [5.0, 10.0, 22.8])
def test_lognormal_of_mean_and_impossible_p90_is_refused_with_the_bound(p90: float) -> None:
    with pytest.raises(ValueError, match=r"must be above its mean and at most 2\.273 times the mean; found"):
        of.lognormal(mean=10.0, p90=p90)


@given(median=TIMES, cv=CVS)
def test_lognormal_of_median_and_cv_has_them(median: float, cv: float) -> None:
    made = of.lognormal(median=median, cv=cv)
    assert (at(made, 0.5), made.cv) == pytest.approx((median, cv), rel=1e-9)


def test_lognormal_of_median_and_sigma_is_exp_of_a_normal() -> None:
    made = of.lognormal(median=6.0, sigma=0.5)
    assert at(made, 0.8413447460685429) == pytest.approx(6.0 * math.exp(0.5), rel=1e-12)


@given(shape=st.floats(0.1, 100.0), mean=TIMES)
@pytest.mark.parametrize("family", [of.gamma, of.weibull])
def test_family_of_shape_and_mean_has_them(family: Any, shape: float, mean: float) -> None:  # noqa: ANN401
    made = family(shape=shape, mean=mean)
    assert made.mean == pytest.approx(mean, rel=1e-9)
    assert made.parameters[0] == shape


def test_weibull_of_shape_one_and_gamma_of_shape_one_are_exponential() -> None:
    plain = of.exponential(mean=4.0)
    for made in (of.weibull(shape=1.0, scale=4.0), of.gamma(shape=1.0, scale=4.0)):
        for p in (0.05, 0.5, 0.99):
            assert at(made, p) == pytest.approx(at(plain, p), rel=1e-13)


def test_weibull_of_mean_and_cv_one_is_exponential() -> None:
    assert of.weibull(mean=4.0, cv=1.0).parameters == pytest.approx((1.0, 4.0), rel=1e-12)


def test_pert_has_the_mean_of_its_definition() -> None:
    assert of.pert(min=2.0, mode=5.0, max=20.0).mean == pytest.approx((2.0 + 4.0 * 5.0 + 20.0) / 6.0)
    assert of.pert(min=2.0, mode=5.0, max=20.0, peak=2.0).mean == pytest.approx(
        (2.0 + 2.0 * 5.0 + 20.0) / 4.0
    )


def test_erlang_has_its_mean_and_the_cv_of_k_phases() -> None:
    made = of.erlang(k=9, mean=6.0)
    assert (made.mean, made.cv) == pytest.approx((6.0, 1.0 / 3.0), rel=1e-12)


@given(mean=TIMES, cv=st.floats(1.001, 50.0))
def test_hyperexponential_of_mean_and_cv_has_them_with_balanced_means(mean: float, cv: float) -> None:
    made = of.hyperexponential(mean=mean, cv=cv)
    (p, first), (q, second) = made.components
    assert (made.mean, made.cv) == pytest.approx((mean, cv), rel=1e-9)
    assert p * first.mean == pytest.approx(q * second.mean, rel=1e-9)


def test_hyperexponential_of_phases_has_the_moments_of_their_mixture() -> None:
    made = of.hyperexponential(phases=[(0.25, 8.0), (0.75, 2.0)])
    assert made.mean == pytest.approx(3.5)
    assert made.variance == pytest.approx(0.25 * 2 * 64.0 + 0.75 * 2 * 4.0 - 3.5**2)


def test_empirical_has_the_weighted_mean_and_variance_of_its_values() -> None:
    made = of.empirical([4.0, 1.0, 4.0, 7.0], [1.0, 2.0, 0.5, 0.5])
    assert made.mean == pytest.approx((2 * 1.0 + 1.5 * 4.0 + 0.5 * 7.0) / 4.0)
    assert made.variance == pytest.approx((2 * 1.0 + 1.5 * 16.0 + 0.5 * 49.0) / 4.0 - made.mean**2)


def test_empirical_in_another_order_is_the_same_distribution() -> None:
    assert of.empirical([3.0, 1.0, 2.0], [1.0, 2.0, 3.0]) == of.empirical([1.0, 2.0, 3.0], [2.0, 3.0, 1.0])


def test_smooth_empirical_of_weights_stands_each_value_at_the_middle_of_its_weight() -> None:
    """By hand: weights 1, 2, 1 have their middles at 0.5, 2, 3.5, stretched to 0, 1/2, 1."""
    made = of.empirical([1.0, 2.0, 2.0, 10.0], smooth=True)
    assert made.knots == ((1.0, 0.0), (2.0, 0.5), (10.0, 1.0))


@pytest.mark.parametrize("smooth", [True, False])
def test_empirical_of_one_distinct_value_is_constant(smooth: bool) -> None:
    assert of.empirical([3.0, 3.0], smooth=smooth) == of.fixed(3.0)


def test_mixture_of_mixtures_is_flat_and_drops_empty_parts() -> None:
    inner = of.mixture([(0.5, of.fixed(1.0)), (0.5, of.fixed(2.0))])
    made = of.mixture([(0.4, inner), (0.6, of.exponential(mean=3.0)), (0.0, of.fixed(9.0))])
    assert made.kind is Kind.MIXTURE
    assert [(share, part.kind) for share, part in made.components] == [
        (0.2, Kind.DETERMINISTIC),
        (0.2, Kind.DETERMINISTIC),
        (0.6, Kind.EXPONENTIAL),
    ]


def test_mixture_of_a_single_part_is_that_part() -> None:
    assert of.mixture([(1.0, of.exponential(mean=3.0))]) == of.exponential(mean=3.0)


def test_gamma_and_lognormal_of_equal_facts_agree_with_scipy_moments() -> None:
    assert of.gamma(mean=6.0, cv=0.5).parameters == pytest.approx((4.0, 1.5), rel=1e-14)
    made = of.lognormal(mean=6.0, cv=0.5)
    theirs = stats.lognorm(made.parameters[1], scale=made.parameters[0])
    assert (theirs.mean(), theirs.std()) == pytest.approx((6.0, 3.0), rel=1e-12)


def test_families_are_listed_by_the_name_of_a_scenario() -> None:
    assert of.FAMILIES["lognormal"](mean=8.0, cv=0.9) == of.lognormal(mean=8.0, cv=0.9)
    assert len(of.FAMILIES) == 12


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("fixed", {"value": -1.0}, "value must be finite and not below 0; found -1"),
    ("exponential", {"mean": 0.0}, "mean must be above 0 and finite; found 0"),
    ("exponential", {"mean": math.nan}, "mean must be above 0 and finite; found nan"),
    ("uniform", {"min": 3.0, "max": 3.0}, "min, max must ascend, and the ends must differ; found 3, 3"),
    ("uniform", {"min": -3.0, "max": 3.0}, "min must be finite and not below 0; found -3"),
    ("triangular", {"min": 1, "mode": 9, "max": 3}, "min, mode, max must ascend, .*; found 1, 9, 3"),
    ("pert", {"min": 1, "mode": 0.5, "max": 3}, "min, mode, max must ascend, .*; found 1, 0.5, 3"),
    ("pert", {"min": 1, "mode": 2, "max": 3, "peak": 0}, "peak must be above 0 and finite; found 0"),
    ("lognormal", {"mean": 3.0}, "a log-normal distribution needs one of: mean and cv; .*; found mean$"),
    ("lognormal", {}, "needs one of: .*; median and sigma; found nothing"),
    ("lognormal", {"mean": 3.0, "sigma": 1.0}, "needs one of: .*; found mean, sigma"),
    ("lognormal", {"mean": 3.0, "cv": 0.0}, "cv must be above 0 and finite; found 0"),
    ("lognormal", {"mean": 3.0, "cv": 101.0}, "cv must be above 0 and at most 100; found 101"),
    ("lognormal", {"median": 3.0, "p90": 3.0}, "p90 must be above the median; found 3 and 3"),
    ("lognormal", {"median": 3.0, "sigma": 11.0}, "sigma of a log-normal distribution must be at most 10"),
    ("gamma", {"mean": 3.0, "scale": 1.0}, "a gamma distribution needs one of: .*; found mean, scale"),
    ("gamma", {"shape": 1e-5, "mean": 1.0}, "the cv of a gamma distribution of shape 1e-05 must be .* 100"),
    ("erlang", {"k": 0, "mean": 1.0}, "k must be a whole number, 1 or more; found 0"),
    ("erlang", {"k": 1.5, "mean": 1.0}, "k must be a whole number, 1 or more; found 1.5"),
    ("weibull", {"shape": 0.01, "scale": 1.0}, "shape of a Weibull distribution must be from 0.1 to 2000"),
    ("weibull", {"mean": 1.0, "cv": 1e-4}, "cv of a Weibull distribution must be from 0.001 to 100"),
    ("weibull", {"median": 3.0, "p90": 2.0}, "p90 must be above the median; found 2 and 3"),
    ("hyperexponential", {"mean": 3.0, "cv": 1.0}, "cv of a hyperexponential .* must be above 1; found 1"),
    ("hyperexponential", {"mean": 3.0}, "needs mean and cv, or phases"),
    ("hyperexponential", {"cv": 2.0, "phases": [(1.0, 3.0)]}, "takes either mean and cv, or phases"),
    ("empirical", {"values": []}, "needs one or more values"),
    ("empirical", {"values": [1.0, math.inf]}, "values, all finite and not below 0"),
    ("empirical", {"values": [1.0, -1.0]}, "values, all finite and not below 0"),
    (
        "empirical",
        {"values": [1.0], "weights": [1.0, 2.0]},
        "one weight for each value; found 2 for 1 values",
    ),
    ("empirical", {"values": [1.0], "weights": [0.0]}, "weights must be finite, not below 0 and not all 0"),
    ("empirical", {"values": [1.0, 2.0], "weights": [2.0, -1.0]}, "weights must be finite, not below 0"),
    ("mixture", {"parts": []}, "shares of a mixture must add up to 100 %; found 0 %"),
    ("mixture", {"parts": [(0.9, of.fixed(1.0))]}, "shares of a mixture must add up to 100 %; found 90 %"),
    ("mixture", {"parts": [(-0.1, of.fixed(1.0))]}, "a share must be from 0 % to 100 %; found -10 %"),
]


@pytest.mark.parametrize(("family", "facts", "message"), REFUSED)
def test_impossible_facts_are_refused_with_what_must_hold(
    family: str, facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        of.FAMILIES[family](**facts)


VARYING = {
    "lognormal": of.lognormal(mean=8.0, cv=0.9),
    "gamma": of.gamma(mean=8.0, cv=2.0),
    "Weibull": of.weibull(mean=8.0, cv=0.7),
    "exponential": of.exponential(mean=8.0),
    "uniform": of.uniform(min=2.0, max=9.0),
    "triangular": of.triangular(min=1.0, mode=3.0, max=9.0),
    "empirical": of.empirical([1.0, 3.0, 9.0]),
    "hyperexponential": of.hyperexponential(mean=5.0, cv=2.0),
    "truncated log-normal": of.lognormal(mean=8.0, cv=0.9).truncated(2.0, 20.0),
    "shifted exponential": of.exponential(mean=3.0).shifted(2.0),
}


@pytest.mark.parametrize("name", VARYING)
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_lower_cv_keeps_the_mean_and_moves_draws_towards_it(name: str, share: float) -> None:
    before = VARYING[name]
    after = of.with_cv(before, share * before.cv)
    assert (after.mean, after.cv) == pytest.approx((before.mean, share * before.cv), rel=1e-9)
    assert at(after, 0.001) >= at(before, 0.001)
    assert at(after, 0.999) <= at(before, 0.999)


@pytest.mark.parametrize("name", ["lognormal", "gamma", "Weibull", "exponential"])
def test_cv_of_a_family_of_mean_and_cv_can_be_raised(name: str) -> None:
    after = of.with_cv(VARYING[name], 3.0)
    assert (after.mean, after.cv) == pytest.approx((8.0, 3.0), rel=1e-9)


def test_cv_of_a_bounded_family_cannot_be_raised() -> None:
    with pytest.raises(ValueError, match="can only be lowered"):
        of.with_cv(VARYING["uniform"], 2.0)


def test_nothing_varies_at_cv_zero() -> None:
    assert of.with_cv(VARYING["gamma"], 0.0) == of.fixed(8.0)
    assert of.with_cv(of.fixed(8.0), 0.0) == of.fixed(8.0)
