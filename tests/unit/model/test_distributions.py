"""Distributions: quantiles against scipy, exact moments, equal bits in every form, shifts and limits."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from simlab.model import parametrisations as of
from simlab.model import quantiles
from simlab.model.distributions import Distribution, DistributionTable, Kind
from simlab.model.quantiles import quantile, sampled, sampler
from simlab.model.rebinding import rebound

SMALLEST, LARGEST = 2.0**-53, 1.0 - 2.0**-53
UNIFORMS = st.floats(SMALLEST, LARGEST)


class FrozenFamily(Protocol):
    """A distribution of scipy with its parameters."""

    def ppf(self, q: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def cdf(self, x: float) -> float: ...
    def mean(self) -> float: ...
    def var(self) -> float: ...


# Ours, scipy's.
FAMILIES: dict[str, tuple[Distribution, FrozenFamily]] = {
    "exponential": (of.exponential(mean=7.0), stats.expon(scale=7.0)),
    "uniform": (of.uniform(min=2.0, max=9.0), stats.uniform(2.0, 7.0)),
    "triangular": (of.triangular(min=1.0, mode=3.0, max=9.0), stats.triang(0.25, 1.0, 8.0)),
    "left triangle": (of.triangular(min=1.0, mode=1.0, max=9.0), stats.triang(0.0, 1.0, 8.0)),
    "right triangle": (of.triangular(min=1.0, mode=9.0, max=9.0), stats.triang(1.0, 1.0, 8.0)),
    "PERT": (of.pert(min=1.0, mode=3.0, max=9.0), stats.beta(2.0, 4.0, 1.0, 8.0)),
    "log-normal": (of.lognormal(median=6.0, sigma=0.8), stats.lognorm(0.8, scale=6.0)),
    "gamma": (of.gamma(shape=2.5, scale=3.0), stats.gamma(2.5, scale=3.0)),
    "skewed gamma": (of.gamma(shape=0.3, scale=3.0), stats.gamma(0.3, scale=3.0)),
    "Erlang": (of.erlang(k=4, mean=8.0), stats.erlang(4, scale=2.0)),
    "Weibull": (of.weibull(shape=1.7, scale=4.0), stats.weibull_min(1.7, scale=4.0)),
    "skewed Weibull": (of.weibull(shape=0.6, scale=4.0), stats.weibull_min(0.6, scale=4.0)),
}

VALUES = [3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0]
WEIGHTS = [1.0, 3.0, 0.5, 2.0, 0.1, 1.0, 4.0]

VARIED: dict[str, Distribution] = {
    **{name: ours for name, (ours, _) in FAMILIES.items()},
    "fixed": of.fixed(5.0),
    "empirical": of.empirical(VALUES, WEIGHTS),
    "smooth empirical": of.empirical(VALUES, WEIGHTS, smooth=True),
    "hyperexponential": of.hyperexponential(mean=5.0, cv=2.0),
    "mixture": of.mixture(
        [
            (0.5, of.lognormal(mean=8.0, cv=0.9).truncated(1.0, 30.0)),
            (0.3, of.mixture([(0.4, of.fixed(3.0)), (0.6, of.empirical(VALUES))])),
            (0.2, of.gamma(mean=20.0, cv=0.5).shifted(4.0)),
        ]
    ),
    "truncated log-normal": of.lognormal(mean=8.0, cv=0.9).truncated(2.0, 20.0),
    "truncated below gamma": of.gamma(mean=3.0, cv=0.7).truncated(2.0),
    "truncated above exponential": of.exponential(mean=3.0).truncated(high=5.0),
    "truncated Weibull": of.weibull(mean=3.0, cv=0.7).truncated(1.0, 5.0),
    "truncated uniform": of.uniform(min=2.0, max=9.0).truncated(3.0, 8.0),
    "truncated triangular": of.triangular(min=1.0, mode=3.0, max=9.0).truncated(2.0, 8.0),
    "truncated PERT": of.pert(min=1.0, mode=3.0, max=9.0).truncated(2.0, 8.0),
    "truncated smooth empirical": of.empirical(VALUES, smooth=True).truncated(1.2, 5.0),
    "truncated empirical": of.empirical(VALUES, WEIGHTS).truncated(1.5, 6.0),
    "shifted exponential": of.exponential(mean=3.0).shifted(2.0),
    "truncated, shifted log-normal": of.lognormal(mean=8.0, cv=0.9).truncated(2.0, 20.0).shifted(5.0),
    "shifted, truncated log-normal": of.lognormal(mean=8.0, cv=0.9).shifted(5.0).truncated(6.0, 20.0),
    "truncated mixture": of.hyperexponential(mean=5.0, cv=2.0).truncated(1.0, 12.0),
    "shifted mixture": of.hyperexponential(mean=5.0, cv=2.0).shifted(1.0),
}
TABLE = DistributionTable.build(list(VARIED.values()))
IDS = {name: index for index, name in enumerate(VARIED)}

families = pytest.mark.parametrize("name", FAMILIES)
varied = pytest.mark.parametrize("name", VARIED)


NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(20)


def moments_by_integration(distribution: Distribution) -> tuple[float, float]:
    """Mean and variance from the cdf alone: E[X] and E[X**2] as integrals of 1 - cdf between its jumps."""
    grid = np.geomspace(1e-9, practical_upper_limit(distribution), 100).tolist()
    edges = sorted({0.0, *grid, *jumps(distribution)})
    first = second = 0.0
    for left, right in pairwise(edges):
        x = (left + right) / 2.0 + NODES * (right - left) / 2.0
        above = (right - left) / 2.0 * NODE_WEIGHTS * [1.0 - distribution.cdf(at) for at in x.tolist()]
        first += float(above.sum())
        second += float((2.0 * x * above).sum())
    return first, second - first**2


def practical_upper_limit(distribution: Distribution) -> float:
    """Value beyond which no draw ever falls."""
    if distribution.kind is Kind.MIXTURE:
        return max(practical_upper_limit(part) for _, part in distribution.components)
    return quantile(DistributionTable.build([distribution]), 0, LARGEST)


def jumps(distribution: Distribution) -> Iterator[float]:
    """Values at which the cdf jumps or bends."""
    yield from (x for x in distribution.limits if x < math.inf)
    yield from (x + distribution.shift for x, _ in distribution.knots)
    if distribution.kind is Kind.TRIANGULAR:
        yield distribution.parameters[1]
    for _, part in distribution.components:
        yield from jumps(part)


@families
def test_quantile_of_a_family_agrees_with_scipy_in_the_body(name: str) -> None:
    ours, theirs = FAMILIES[name]
    u = np.linspace(0.001, 0.999, 999)
    draw = sampler(DistributionTable.build([ours]), 0)
    np.testing.assert_allclose([draw(p) for p in u.tolist()], theirs.ppf(u), rtol=1e-12)


@families
def test_quantile_of_a_family_agrees_with_scipy_in_the_tails(name: str) -> None:
    # 1e-10: scipy's own inverses of gamma and beta, reached by another way, differ by that far out.
    ours, theirs = FAMILIES[name]
    u = np.concatenate([np.geomspace(1e-12, 1e-3, 50), 1.0 - np.geomspace(1e-12, 1e-3, 50)])
    draw = sampler(DistributionTable.build([ours]), 0)
    np.testing.assert_allclose([draw(p) for p in u.tolist()], theirs.ppf(u), rtol=1e-10)


@families
def test_moments_and_cdf_of_a_family_agree_with_scipy(name: str) -> None:
    ours, theirs = FAMILIES[name]
    assert ours.mean == pytest.approx(theirs.mean(), rel=1e-12)
    assert ours.variance == pytest.approx(theirs.var(), rel=1e-12)
    assert ours.cv == pytest.approx(math.sqrt(theirs.var()) / theirs.mean(), rel=1e-12)
    for x in (0.5, 1.0, 2.5, 3.0, 5.0, 8.9, 40.0):
        assert ours.cdf(x) == pytest.approx(theirs.cdf(x), rel=1e-12, abs=1e-15)


@varied
def test_moments_agree_with_the_integral_of_the_cdf(name: str) -> None:
    ours = VARIED[name]
    mean, variance = moments_by_integration(ours)
    assert ours.mean == pytest.approx(mean, rel=1e-8)
    assert ours.variance == pytest.approx(variance, rel=1e-6, abs=1e-8)


@varied
@given(u=UNIFORMS)
def test_sampler_gives_the_bits_of_quantile(name: str, u: float) -> None:
    assert sampler(TABLE, IDS[name])(u) == quantile(TABLE, IDS[name], u)


@pytest.mark.parametrize("name", IDS)
def test_many_uniforms_give_the_values_of_each(name: str) -> None:
    u = np.array([2.0**-53, 2.0**-11, 2.0**-10, 2.0**-9, 0.3, 0.5, 0.77, 1.0 - 2.0**-53])
    expected = [quantile(TABLE, IDS[name], each) for each in u.tolist()]
    assert sampled(TABLE, IDS[name], u).tolist() == expected


@varied
@pytest.mark.parametrize("u", [SMALLEST, 2.0**-52, 0.5, 1.0 - 2.0**-52, LARGEST])
def test_quantile_at_extreme_uniforms_is_finite_and_within_limits(name: str, u: float) -> None:
    x = quantile(TABLE, IDS[name], u)
    low, high = VARIED[name].limits
    assert math.isfinite(x)
    assert low <= x <= high
    assert type(x) is float


@pytest.mark.parametrize("name", [name for name in VARIED if VARIED[name].kind is not Kind.MIXTURE])
@given(u=UNIFORMS, v=UNIFORMS)
def test_quantile_rises_with_the_uniform(name: str, u: float, v: float) -> None:
    low, high = sorted((u, v))
    # scipy's iterative inverses of gamma and beta are monotone up to their own rounding.
    assert quantile(TABLE, IDS[name], low) <= quantile(TABLE, IDS[name], high) * (1.0 + 1e-12)


@given(u=UNIFORMS, mean=st.floats(0.1, 1e4), factor=st.floats(1.0, 10.0), cv=st.floats(0.05, 5.0))
def test_quantile_rises_with_the_mean_at_the_same_uniform(
    u: float, mean: float, factor: float, cv: float
) -> None:
    for family in (of.lognormal, of.gamma, of.weibull):
        table = DistributionTable.build([family(mean=mean, cv=cv), family(mean=mean * factor, cv=cv)])
        assert quantile(table, 0, u) <= quantile(table, 1, u) * (1.0 + 1e-12)


NOT_INVERTIBLE = (Kind.DETERMINISTIC, Kind.EMPIRICAL, Kind.MIXTURE)


@pytest.mark.parametrize("name", [name for name in VARIED if VARIED[name].kind not in NOT_INVERTIBLE])
def test_quantile_and_cdf_of_a_continuous_family_are_inverses(name: str) -> None:
    ours = VARIED[name]
    for u in (0.001, 0.1, 0.37, 0.5, 0.9, 0.9995):
        assert ours.cdf(quantile(TABLE, IDS[name], u)) == pytest.approx(u, rel=1e-11)


@pytest.mark.parametrize("name", ["hyperexponential", "mixture", "truncated mixture", "shifted mixture"])
def test_quantile_of_a_mixture_over_even_uniforms_has_its_cdf(name: str) -> None:
    # Of n even uniforms each component gets its share to within one: a discrepancy below components / n.
    n = 20_000
    draw = sampler(TABLE, IDS[name])
    values = np.sort([draw((i + 0.5) / n) for i in range(n)])
    for x in np.linspace(0.3, 40.0, 57).tolist():
        observed = np.searchsorted(values, x, side="right") / n
        assert observed == pytest.approx(VARIED[name].cdf(x), abs=6 / n)


def test_mixture_gives_each_component_its_share_of_the_uniform() -> None:
    """By hand: of u = 0.2 .. 1, u = 0.6 is in the middle of the second part."""
    table = DistributionTable.build(
        [of.mixture([(0.2, of.fixed(1.0)), (0.8, of.uniform(min=10.0, max=20.0))])]
    )
    assert quantile(table, 0, 0.2) == 1.0
    assert quantile(table, 0, 0.6) == pytest.approx(15.0, rel=1e-14)


def test_step_empirical_returns_listed_values_by_cumulative_weight() -> None:
    table = DistributionTable.build([of.empirical([5.0, 1.0, 2.0, 1.0], [1.0, 1.0, 0.0, 2.0])])
    assert [quantile(table, 0, u) for u in (0.01, 0.74, 0.75, 0.76, 0.99)] == [1.0, 1.0, 1.0, 5.0, 5.0]


def test_smooth_empirical_of_equal_weights_is_the_interpolated_sample_quantile() -> None:
    table = DistributionTable.build([of.empirical(VALUES, smooth=True)])
    u = np.linspace(0.01, 0.99, 99)
    drawn = [quantile(table, 0, p) for p in u.tolist()]
    np.testing.assert_allclose(drawn, np.quantile(VALUES, u), rtol=1e-13)


def test_truncated_uniform_is_the_narrower_uniform() -> None:
    cut, narrow = of.uniform(min=0.0, max=10.0).truncated(2.0, 6.0), of.uniform(min=2.0, max=6.0)
    table = DistributionTable.build([cut, narrow])
    for u in (0.1, 0.5, 0.9):
        assert quantile(table, 0, u) == pytest.approx(quantile(table, 1, u), rel=1e-14)
    assert (cut.mean, cut.variance) == pytest.approx((narrow.mean, narrow.variance), rel=1e-14)


def test_exponential_cut_off_below_is_the_shifted_exponential() -> None:
    """Memorylessness."""
    cut, shifted = of.exponential(mean=3.0).truncated(2.0), of.exponential(mean=3.0).shifted(2.0)
    table = DistributionTable.build([cut, shifted])
    for u in (0.01, 0.5, 0.99):
        assert quantile(table, 0, u) == pytest.approx(quantile(table, 1, u), rel=1e-13)
    assert (cut.mean, cut.variance) == pytest.approx((5.0, 9.0), rel=1e-13)


def test_truncation_of_a_constant_inside_its_limits_keeps_it() -> None:
    assert of.fixed(5.0).truncated(5.0, 9.0) == of.fixed(5.0)


def test_truncation_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="limits 1000 to inf must keep at least 1e-06 of the distribution"):
        of.exponential(mean=1.0).truncated(1000.0)
    with pytest.raises(ValueError, match="limits 6 to 9 must keep"):
        of.fixed(5.0).truncated(6.0, 9.0)
    with pytest.raises(ValueError, match="limits 7 to 8 must keep"):
        of.empirical(VALUES).truncated(7.0, 8.0)


def test_truncation_with_limits_in_the_wrong_order_is_refused() -> None:
    with pytest.raises(ValueError, match="a lower limit must be below the upper one; found 5 and 4"):
        of.exponential(mean=1.0).truncated(5.0, 4.0)


@pytest.mark.parametrize("by", [-2.5, math.inf, math.nan])
def test_shift_below_zero_or_not_finite_is_refused(by: float) -> None:
    with pytest.raises(ValueError, match="must be finite and not below 0; found a shift of"):
        of.uniform(min=2.0, max=4.0).shifted(by)


def test_shift_towards_zero_keeps_the_shape() -> None:
    moved = of.uniform(min=5.0, max=9.0).shifted(-4.0)
    assert moved.limits == (1.0, 5.0)
    assert moved.mean == pytest.approx(3.0)
    assert quantile(DistributionTable.build([moved]), 0, 0.25) == pytest.approx(2.0)


def test_mixture_as_a_component_is_refused_by_the_record_itself() -> None:
    inner = of.hyperexponential(mean=1.0, cv=2.0)
    with pytest.raises(ValueError, match="a component of a mixture must not be a mixture itself"):
        Distribution(Kind.MIXTURE, components=((1.0, inner),))


def test_table_is_frozen() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TABLE.a[0] = 1.0


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (of.lognormal(mean=8.0, cv=0.9), "log-normal, mean 8 min, cv 0.9"),
        # 8 (e - 2) / (e - 1) and 64 (1 - e / (e - 1)**2)
        (
            of.exponential(mean=8.0).truncated(high=8.0),
            "exponential, mean 3.344 min, cv 0.674, at most 8 min",
        ),
        (of.fixed(2.5), "constant, 2.5 min"),
        (of.erlang(k=4, mean=6.0), "Erlang-4, mean 6 min, cv 0.5"),
        (of.hyperexponential(mean=6.0, cv=2.0), "hyperexponential, mean 6 min, cv 2"),
        (of.uniform(min=2.0, max=8.0), "uniform, mean 5 min, cv 0.346, at least 2 min, at most 8 min"),
    ],
)
def test_describe_says_family_mean_cv_and_limits(distribution: Distribution, words: str) -> None:
    assert distribution.describe() == words
    assert distribution.describe(unit="") == words.replace(" min", "")


Kernel = Callable[[DistributionTable, int, float], float]


@pytest.fixture(scope="module")
def compiled() -> Kernel:
    """The source of `quantile` compiled by numba, with scipy's C functions bound by address."""
    numba = pytest.importorskip("numba")
    from numba.extending import get_cython_function_address

    special: dict[str, object] = {}
    for name, (exported, n_arguments) in quantiles.SPECIAL_FUNCTIONS.items():
        address = get_cython_function_address("scipy.special.cython_special", exported)
        doubles = [ctypes.c_double] * n_arguments
        special[name] = ctypes.CFUNCTYPE(ctypes.c_double, *doubles, ctypes.c_int)(address)
    ndtri, gammaincinv, betaincinv = (special[name] for name in ("ndtri", "gammaincinv", "betaincinv"))
    family = rebound(
        quantiles.family_quantile,
        ndtri=numba.njit(lambda p: ndtri(p, 0)),  # type: ignore[operator]
        gammaincinv=numba.njit(lambda a, p: gammaincinv(a, p, 0)),  # type: ignore[operator]
        betaincinv=numba.njit(lambda a, b, p: betaincinv(a, b, p, 0)),  # type: ignore[operator]
        exponential_quantile=numba.njit(quantiles.exponential_quantile),
        triangular_quantile=numba.njit(quantiles.triangular_quantile),
        listed_quantile=numba.njit(quantiles.listed_quantile),
    )
    kernel: Kernel = numba.njit(
        rebound(
            quantiles.quantile,
            inside=numba.njit(quantiles.inside),
            family_quantile=numba.njit(family),
        )
    )
    return kernel


@varied
def test_quantile_compiled_by_numba_gives_the_cpython_bits(compiled: Kernel, name: str) -> None:
    draw = np.random.default_rng(1).random(2000).clip(SMALLEST, LARGEST).tolist()
    for u in [SMALLEST, LARGEST, *draw]:
        assert compiled(TABLE, IDS[name], u) == quantile(TABLE, IDS[name], u), u


@varied
@pytest.mark.parametrize("by", [0.3, 2.5])
def test_scaled_distribution_has_every_value_multiplied(name: str, by: float) -> None:
    distribution = VARIED[name]
    scaled = distribution.scaled(by)
    assert (scaled.mean, scaled.cv) == pytest.approx((by * distribution.mean, distribution.cv), rel=1e-9)
    table = DistributionTable.build([distribution, scaled])
    for p in (0.01, 0.3, 0.5, 0.8, 0.99):
        assert quantile(table, 1, p) == pytest.approx(by * quantile(table, 0, p), rel=1e-9)


@pytest.mark.parametrize("by", [0.0, -1.0, math.inf, math.nan])
def test_scale_that_is_not_positive_and_finite_is_refused(by: float) -> None:
    with pytest.raises(ValueError, match="scaled by a positive number"):
        of.fixed(5.0).scaled(by)
