"""Values of distributions by inversion: one uniform gives one value, monotonically within a family.

`quantile` is the statement; the compiled engine runs its very source (see `simlab.model.rebinding`) with
the same C functions of scipy bound by address, and `sampler` does the same arithmetic in the same order
for one distribution at a time; `sampled` does that for many uniforms. All give the same bits.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import cython_special

from simlab.model.distributions import DistributionTable
from simlab.model.families import Kind

Sampler = Callable[[float], float]
"""A value from a uniform strictly inside (0, 1)."""

Floats = NDArray[np.float64]

ndtri = cython_special.ndtri
gammaincinv = cython_special.gammaincinv
betaincinv = cython_special.betaincinv

SPECIAL_FUNCTIONS = {
    "ndtri": ("ndtri", 1),
    "gammaincinv": ("gammaincinv", 2),
    "betaincinv": ("__pyx_fuse_0betaincinv", 3),
}
"""Names under which ``scipy.special.cython_special`` exports them to C, and their number of arguments.

Each takes doubles and a last int (0) that Cython adds, and returns a double.
"""

_SMALLEST, _LARGEST = 2.0**-53, 1.0 - 2.0**-53
_NEAR_ZERO = 2.0**-10


def quantile(table: DistributionTable, index: int, u: float) -> float:
    """Value of distribution ``index`` at a uniform strictly inside (0, 1)."""
    row: int = index
    if table.kind[row] == Kind.MIXTURE:
        row = table.first[index]
        below: float = 0.0
        while u > table.component_share[row]:
            below = table.component_share[row]
            row += 1
        u = inside((u - below) / (table.component_share[row] - below))
    p = inside(table.p_low[row] + u * (table.p_high[row] - table.p_low[row]))
    x = table.shift[row] + family_quantile(table, row, p)
    if x < table.low[row]:
        x = table.low[row]
    elif x > table.high[row]:
        x = table.high[row]
    return float(x)


def is_plain(table: DistributionTable, index: int) -> bool:
    """Whether a distribution is no more than its family: neither shifted nor cut nor mixed of others."""
    limits = (
        table.shift[index],
        table.low[index],
        table.high[index],
        table.p_low[index],
        table.p_high[index],
    )
    return bool(table.kind[index] != Kind.MIXTURE and limits == (0.0, 0.0, math.inf, 0.0, 1.0))


def inside(p: float) -> float:
    """Keep a probability strictly inside (0, 1), on the lattice of the uniforms."""
    if p < _SMALLEST:
        return _SMALLEST
    if p > _LARGEST:
        return _LARGEST
    return p


def family_quantile(table: DistributionTable, row: int, p: float) -> float:
    """Quantile of the family of a row, before shift and limits."""
    kind: int = table.kind[row]
    a: float = table.a[row]
    b: float = table.b[row]
    if kind == Kind.LOG_NORMAL:
        return a * math.exp(b * ndtri(p))
    if kind == Kind.EXPONENTIAL:
        return a * exponential_quantile(p)
    if kind == Kind.GAMMA:
        return b * gammaincinv(a, p)
    if kind == Kind.WEIBULL:
        return b * math.pow(exponential_quantile(p), 1.0 / a)
    if kind == Kind.UNIFORM:
        return a + p * (b - a)
    if kind == Kind.TRIANGULAR:
        return triangular_quantile(a, b, table.c[row], p)
    if kind == Kind.PERT:
        return a + (b - a) * betaincinv(table.c[row], table.d[row], p)
    if kind == Kind.DETERMINISTIC:
        return a
    return listed_quantile(table, row, p)


def exponential_quantile(p: float) -> float:
    """Quantile of the exponential distribution of mean 1.

    ``1 - p`` is exact for a uniform, a multiple of 2**-53, and its logarithm takes a third of the time of
    `math.log1p`, which is only needed for probabilities near 0 that are between two uniforms.
    """
    return -math.log(1.0 - p) if p > _NEAR_ZERO else -math.log1p(-p)


def triangular_quantile(low: float, mode: float, high: float, p: float) -> float:
    """Quantile of the triangular distribution: a square root on each side of the mode."""
    if p * (high - low) < mode - low:
        return low + math.sqrt(p * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - p) * (high - low) * (high - mode))


def listed_quantile(table: DistributionTable, row: int, p: float) -> float:
    """Smallest listed value with a cumulative share of at least p, or on the line towards it."""
    at: int = table.first[row]
    end: int = at + table.size[row] - 1
    while at < end:  # the share of the last value is 1, above any p
        middle = (at + end) // 2
        if table.value_share[middle] < p:
            at = middle + 1
        else:
            end = middle
    right: float = table.value[at]
    if table.kind[row] == Kind.EMPIRICAL:
        return right
    # The first share is 0, below any p: there is a value on the left.
    left: float = table.value[at - 1]
    below: float = table.value_share[at - 1]
    x: float = left + (right - left) * ((p - below) / (table.value_share[at] - below))
    return min(x, right)  # rounding beyond it would break monotony


def rest_of_time(table: DistributionTable, distribution: int, u: float, spent: float) -> float:
    """Time that is left of one that has lasted for ``spent`` minutes already.

    The whole time T is drawn given that it is longer than what was spent: at the uniform ``q + u (1 - q)``
    with ``q = P(T <= spent)``, which is found by bisection. An exponential time is as good as new; of a fixed
    one the rest is left; nothing is left where no time is so long.
    """
    if quantile(table, distribution, _LARGEST) <= spent:
        return 0.0
    low, high = 0.0, _LARGEST
    while high - low > 2.0**-52:
        middle = 0.5 * (low + high)
        if quantile(table, distribution, middle) <= spent:
            low = middle
        else:
            high = middle
    return max(0.0, quantile(table, distribution, min(low + u * (1.0 - low), _LARGEST)) - spent)


def sampler(table: DistributionTable, index: int) -> Sampler:
    """Function of a uniform that equals `quantile` for one distribution, bit for bit."""
    if table.kind[index] == Kind.MIXTURE:
        return _mixture_sampler(table, index)
    family = _family_sampler(table, index)
    if is_plain(table, index):
        return family
    shift, low, high = float(table.shift[index]), float(table.low[index]), float(table.high[index])
    p_low, p_high = float(table.p_low[index]), float(table.p_high[index])
    p_width = p_high - p_low

    def within_limits(u: float) -> float:
        x = shift + family(inside(p_low + u * p_width))
        if x < low:
            return low
        return high if x > high else x

    return within_limits


def _mixture_sampler(table: DistributionTable, index: int) -> Sampler:
    rows = range(table.first[index], table.first[index] + table.size[index])
    samplers = [sampler(table, row) for row in rows]
    shares = table.component_share[rows.start : rows.stop].tolist()
    belows = [0.0, *shares[:-1]]

    def of_one_component(u: float) -> float:
        i = bisect_left(shares, u)
        return samplers[i](inside((u - belows[i]) / (shares[i] - belows[i])))

    return of_one_component


def sampled(table: DistributionTable, index: int, u: Floats) -> Floats:
    """Values of a distribution at many uniforms, each as `sampler` gives it, bit for bit."""
    if table.kind[index] == Kind.EXPONENTIAL and is_plain(table, index):
        return float(table.a[index]) * _exponential_quantiles(u)
    return _of_each(sampler(table, index), u)


def _exponential_quantiles(p: Floats) -> Floats:
    """Return `exponential_quantile` of many: the logarithm of NumPy may differ from it in the last bit."""
    quantiles = -_of_each(math.log, 1.0 - p)
    small = np.flatnonzero(p <= _NEAR_ZERO)
    quantiles[small] = _of_each(exponential_quantile, p[small])
    return quantiles


def _of_each(function: Sampler, x: Floats) -> Floats:
    return np.fromiter(map(function, x.tolist()), np.float64, len(x))


def _family_sampler(table: DistributionTable, row: int) -> Sampler:
    a, b, c, d = (float(column[row]) for column in (table.a, table.b, table.c, table.d))
    match table.kind[row]:
        case Kind.LOG_NORMAL:
            exp = math.exp
            return lambda p: a * exp(b * ndtri(p))
        case Kind.EXPONENTIAL:
            log, log1p = math.log, math.log1p  # as of `exponential_quantile`, without its call
            return lambda p: -a * (log(1.0 - p) if p > _NEAR_ZERO else log1p(-p))
        case Kind.GAMMA:
            return lambda p: b * gammaincinv(a, p)
        case Kind.WEIBULL:
            power, inverse = math.pow, 1.0 / a
            return lambda p: b * power(exponential_quantile(p), inverse)
        case Kind.UNIFORM:
            width = b - a
            return lambda p: a + p * width
        case Kind.TRIANGULAR:
            return lambda p: triangular_quantile(a, b, c, p)
        case Kind.PERT:
            width = b - a
            return lambda p: a + width * betaincinv(c, d, p)
        case Kind.DETERMINISTIC:
            return lambda _: a
        case _:
            return _listed_sampler(table, row)


def _listed_sampler(table: DistributionTable, row: int) -> Sampler:
    rows = slice(table.first[row], table.first[row] + table.size[row])
    values: list[float] = table.value[rows].tolist()
    shares: list[float] = table.value_share[rows].tolist()
    if table.kind[row] == Kind.EMPIRICAL:
        return lambda p: values[bisect_left(shares, p)]

    def on_lines(p: float) -> float:
        at = bisect_left(shares, p)
        left, right, below = values[at - 1], values[at], shares[at - 1]
        return min(left + (right - left) * ((p - below) / (shares[at] - below)), right)

    return on_lines
