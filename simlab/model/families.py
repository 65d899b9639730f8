"""Closed forms of the distribution families: support, moments, and moments up to a limit.

Every family but the mixture is one row of the compiled table: a kind and up to four parameters.
Sources: Johnson, Kotz and Balakrishnan, *Continuous Univariate Distributions* (2nd ed., vol. 1 and 2);
Malcolm et al., *Operations Research* 7 (1959) for PERT.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from itertools import pairwise


class Kind(IntEnum):
    """Family of a distribution, with the meaning of its parameters a, b, c, d."""

    DETERMINISTIC = 0
    """a: the value."""
    EXPONENTIAL = 1
    """a: mean."""
    UNIFORM = 2
    """a: smallest, b: largest value."""
    TRIANGULAR = 3
    """a: smallest, b: most likely, c: largest value."""
    PERT = 4
    """a: smallest, b: largest value, c and d: the two shapes of the beta distribution between them."""
    LOG_NORMAL = 5
    """a: median, b: standard deviation of the logarithm."""
    GAMMA = 6
    """a: shape, b: scale."""
    WEIBULL = 7
    """a: shape, b: scale."""
    EMPIRICAL = 8
    """Listed values with their cumulative shares: a step function."""
    EMPIRICAL_LINEAR = 9
    """Distinct listed values at cumulative shares from 0 to 1, with straight lines between them."""
    MIXTURE = 10
    """Components with shares; no component is itself a mixture."""


class RefusedAmounts(ValueError):
    """A refusal with amounts in it, which are told as plain numbers unless their unit is known."""

    def __init__(self, message: str, *amounts: float) -> None:
        """Take a message with ``{}`` for each amount."""
        super().__init__(message.format(*(f"{amount:g}" for amount in amounts)))
        self._message = message
        self._amounts = amounts

    def said(self, say: Callable[[float], str]) -> str:
        """Return the message with each amount said as a function says it."""
        return self._message.format(*map(say, self._amounts))


Parameters = tuple[float, ...]
Knots = tuple[tuple[float, float], ...]
"""Pairs of value and cumulative share, ascending, of an empirical distribution."""


def support(kind: Kind, p: Parameters, knots: Knots) -> tuple[float, float]:
    """Smallest and largest value."""
    match kind:
        case Kind.DETERMINISTIC:
            return p[0], p[0]
        case Kind.UNIFORM | Kind.PERT:
            return p[0], p[1]
        case Kind.TRIANGULAR:
            return p[0], p[2]
        case Kind.EMPIRICAL | Kind.EMPIRICAL_LINEAR:
            return knots[0][0], knots[-1][0]
        case _:
            return 0.0, math.inf


def mean_and_variance(kind: Kind, p: Parameters, knots: Knots) -> tuple[float, float]:
    """Mean and variance of a family that is neither shifted nor truncated, nor a mixture."""
    match kind:
        case Kind.DETERMINISTIC:
            return p[0], 0.0
        case Kind.EXPONENTIAL:
            return p[0], p[0] ** 2
        case Kind.UNIFORM:
            return (p[0] + p[1]) / 2.0, (p[1] - p[0]) ** 2 / 12.0
        case Kind.TRIANGULAR:
            below, above = p[1] - p[0], p[2] - p[1]
            return sum(p) / 3.0, (below**2 + below * above + above**2) / 18.0
        case Kind.PERT:
            width, total = p[1] - p[0], p[2] + p[3]
            return p[0] + width * p[2] / total, width**2 * p[2] * p[3] / (total**2 * (total + 1.0))
        case Kind.LOG_NORMAL:
            mean = p[0] * math.exp(p[1] ** 2 / 2.0)
            return mean, mean**2 * math.expm1(p[1] ** 2)
        case Kind.GAMMA:
            return p[0] * p[1], p[0] * p[1] ** 2
        case Kind.WEIBULL:
            mean = p[1] * math.gamma(1.0 + 1.0 / p[0])
            return mean, mean**2 * math.expm1(weibull_log_square_ratio(p[0]))
        case Kind.EMPIRICAL:
            return _listed_mean_and_variance(knots)
        case Kind.EMPIRICAL_LINEAR:
            mean = _linear_integral(lambda x: x, knots)
            return mean, _linear_integral(lambda x: (x - mean) ** 2, knots)
        case _:
            raise ValueError(f"{kind.name} has no closed form of its own")


def weibull_log_square_ratio(shape: float) -> float:
    """Logarithm of E[X^2] / E[X]^2 of a Weibull distribution, which is log(1 + cv^2)."""
    return math.lgamma(1.0 + 2.0 / shape) - 2.0 * math.lgamma(1.0 + 1.0 / shape)


def partial_moment(kind: Kind, p: Parameters, knots: Knots, order: int, x: float) -> float:
    """E[X**order; X <= x] of a continuous family, for an order of 0 (the cdf), 1 or 2.

    The value at infinity is the whole moment; truncated moments are differences of two such values.
    """
    low, high = support(kind, p, knots)
    if x <= low:
        return 0.0
    if order == 0 and x >= high:
        return 1.0
    x = min(x, high)
    match kind:
        case Kind.EXPONENTIAL:
            return _gamma_partial(1.0, p[0], order, x)
        case Kind.GAMMA:
            return _gamma_partial(p[0], p[1], order, x)
        case Kind.UNIFORM:
            return _simpson(lambda t: t**order / (p[1] - p[0]), p[0], x)
        case Kind.TRIANGULAR:
            return _triangular_partial(p, order, x)
        case Kind.PERT:
            return _pert_partial(p, order, x)
        case Kind.LOG_NORMAL:
            return _log_normal_partial(p[0], p[1], order, x)
        case Kind.WEIBULL:
            from scipy.special import gammainc

            whole = p[1] ** order * math.gamma(1.0 + order / p[0])
            return whole * float(gammainc(1.0 + order / p[0], (x / p[1]) ** p[0]))
        case Kind.EMPIRICAL_LINEAR:
            return _linear_integral(lambda t: t**order, _knots_up_to(knots, x))
        case _:
            raise ValueError(f"{kind.name} is not continuous")


def _gamma_partial(shape: float, scale: float, order: int, x: float) -> float:
    from scipy.special import gammainc

    whole = scale**order * math.prod(shape + i for i in range(order))
    return whole * float(gammainc(shape + order, x / scale))


def _log_normal_partial(median: float, sigma: float, order: int, x: float) -> float:
    from scipy.special import ndtr

    whole = median**order * math.exp((order * sigma) ** 2 / 2.0)
    return whole * float(ndtr(math.log(x / median) / sigma - order * sigma))


def _pert_partial(p: Parameters, order: int, x: float) -> float:
    from scipy.special import betainc

    low, high, alpha, beta = p
    width = high - low
    y = (x - low) / width
    powers, whole = [], 1.0
    for i in range(order + 1):  # E[Y**i; Y <= y] of the beta distribution itself
        powers.append(whole * float(betainc(alpha + i, beta, y)))
        whole *= (alpha + i) / (alpha + beta + i)
    return sum(math.comb(order, i) * width**i * low ** (order - i) * power for i, power in enumerate(powers))


def _triangular_partial(p: Parameters, order: int, x: float) -> float:
    low, mode, high = p
    total = 0.0
    if mode > low:
        slope = 2.0 / ((high - low) * (mode - low))
        total += _simpson(lambda t: t**order * slope * (t - low), low, min(x, mode))
    if x > mode:
        slope = 2.0 / ((high - low) * (high - mode))
        total += _simpson(lambda t: t**order * slope * (high - t), mode, x)
    return total


def _simpson(f: Callable[[float], float], start: float, end: float) -> float:
    """Integral of a polynomial of degree 3 or less, exact but for rounding."""
    return (end - start) * (f(start) + 4.0 * f((start + end) / 2.0) + f(end)) / 6.0


def _listed_mean_and_variance(knots: Knots) -> tuple[float, float]:
    atoms = [(y, q - p) for (_, p), (y, q) in pairwise(((0.0, 0.0), *knots))]
    mean = math.fsum(share * x for x, share in atoms)
    return mean, math.fsum(share * (x - mean) ** 2 for x, share in atoms)


def _linear_integral(f: Callable[[float], float], knots: Knots) -> float:
    """Integral of f(quantile) over the share; exact where f is of degree 3 or less."""
    return math.fsum(
        (q - p) * (f(x) + 4.0 * f((x + y) / 2.0) + f(y)) / 6.0 for (x, p), (y, q) in pairwise(knots)
    )


def _knots_up_to(knots: Knots, x: float) -> Knots:
    """Those knots at or below x, and x itself where it falls between two."""
    kept = tuple(knot for knot in knots if knot[0] <= x)
    if len(kept) == len(knots):
        return knots
    (left, p), (right, q) = kept[-1], knots[len(kept)]
    return (*kept, (x, p + (q - p) * ((x - left) / (right - left))))
