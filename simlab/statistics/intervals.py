"""Estimates with confidence intervals, from one number (or one sample) a replication.

Replications are independent; the tickets of one run are not. Every interval here therefore takes its spread
from the differences between replications, and one replication alone gives a value without an interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError

FloatArray = NDArray[np.float64]

MAX_REPLICATIONS = 10**9
"""Beyond this, a requirement of replications is told as unreachable."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the interval that covers the truth with the stated confidence, and how it was made."""

    value: float
    low: float
    """Lower end; NaN where no interval can be given."""
    high: float
    """Upper end; NaN where no interval can be given."""
    half_width: float
    """Radius of the interval before any clipping to a range; NaN where no interval can be given."""
    n: int
    """Replications that entered the estimate."""
    confidence: float
    """Nominal probability that the interval covers the truth, such as 0.95."""
    method: str
    """How the interval was made, or why there is none."""
    missing: int = 0
    """Replications that had no value (NaN) and were left out."""
    variance_reduction: float = 1.0
    """How many times smaller the variance is than without control variates; 1 where there were none."""

    @property
    def has_interval(self) -> bool:
        """Whether the spread between replications could be estimated."""
        return not math.isnan(self.half_width)

    @property
    def relative_precision(self) -> float:
        """Half-width over absolute value; infinite around zero, NaN without an interval."""
        if self.half_width == 0.0 or not self.has_interval:
            return self.half_width
        return self.half_width / abs(self.value) if self.value != 0.0 else math.inf

    def excludes(self, value: float) -> bool:
        """Whether the interval is there and does not contain ``value``."""
        return self.has_interval and not self.low <= value <= self.high


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean over replications with Student's t interval.

    Parameters
    ----------
    values
        One number a replication, shape (n,); NaN marks a replication without a value.
    confidence
        Nominal coverage, between 0 and 1.

    References
    ----------
    Law, *Simulation Modeling and Analysis*, 5th ed., section 9.4.1.
    """
    observed, missing = _observed(values)
    n = observed.size
    if n < 2:
        value = float(observed[0]) if n else math.nan
        return without_interval(value, n, confidence, _too_few(n), missing)
    value, spread = float(observed.mean()), float(observed.std(ddof=1))
    return around(value, spread / math.sqrt(n), n, confidence, "Student t over replications", missing)


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Ratio of two means over replications (utilisation, cost per ticket), with a jackknife interval.

    The value is the pooled ratio, total over total; its spread is that of the jackknife's pseudo-values.
    A replication with 0 over 0 is a proper observation: it had nothing to count.

    Parameters
    ----------
    numerators, denominators
        One pair a replication, shape (n,) each; a pair with a NaN is left out and counted as missing.
    confidence
        Nominal coverage, between 0 and 1.

    References
    ----------
    Law, *Simulation Modeling and Analysis*, 5th ed., section 9.5.3 (jackknife ratio estimator);
    Miller (1974), The jackknife: a review, *Biometrika* 61.
    """
    above, below, missing = _observed_pairs(numerators, denominators)
    n, total = above.size, float(below.sum())
    value = float(above.sum()) / total if total != 0.0 else math.nan
    if n < 2:
        return without_interval(value, n, confidence, _too_few(n), missing)
    others = total - below
    if total == 0.0 or np.any(others == 0.0):
        reason = "no interval: fewer than two replications have a denominator other than zero"
        return without_interval(value, n, confidence, reason, missing)
    error = float(_pseudo_values(above, below).std(ddof=1)) / math.sqrt(n)
    return around(value, error, n, confidence, "jackknife of the ratio over replications", missing)


def pseudo_values(numerators: ArrayLike, denominators: ArrayLike) -> FloatArray:
    """Jackknife pseudo-values of a ratio, shape (n,): NaN for a pair with a NaN, and where none are defined.

    Their mean is the ratio less its bias of order 1/n; their spread is that of `ratio_interval`.
    """
    above, below = _vector(numerators), _vector(denominators)
    present = ~(np.isnan(above) | np.isnan(below))
    found = np.full(above.size, np.nan)
    if np.all(below[present].sum() - below[present] != 0.0):
        found[present] = _pseudo_values(above[present], below[present])
    return found


def _pseudo_values(above: FloatArray, below: FloatArray) -> FloatArray:
    n, total = above.size, below.sum()
    found: FloatArray = n * above.sum() / total - (n - 1) * (above.sum() - above) / (total - below)
    return found


def share_interval(counts: ArrayLike, totals: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Share of tickets that have a property, from its count and the number of tickets in each replication.

    The jackknife interval of `ratio_interval`, clipped to [0, 1]. Where no ticket (or every one) has the
    property, replications do not differ and show no spread; the far end is then the exact binomial bound for
    that many independent tickets ("rule of three"), which ``method`` says.
    """
    above, below, missing = _observed_pairs(counts, totals)
    if np.any((above < 0.0) | (above > below)):
        raise UsageError("counts must lie between 0 and the total of their replication")
    estimate = clipped(ratio_interval(counts, totals, confidence), 0.0, 1.0)
    if not estimate.has_interval or 0.0 < estimate.value < 1.0:
        return estimate
    bound = -math.expm1(math.log((1.0 - confidence) / 2.0) / float(below.sum()))
    low, high = (0.0, bound) if estimate.value == 0.0 else (1.0 - bound, 1.0)
    method = "exact binomial bound, tickets taken as independent: no replication differs"
    return Estimate(estimate.value, low, high, bound, above.size, confidence, method, missing)


def quantile_interval(samples: Sequence[ArrayLike], probability: float, confidence: float = 0.95) -> Estimate:
    """Quantile of the tickets of all replications (P90 of resolution time), with Woodruff's interval.

    The share of tickets at or below the pooled quantile is a ratio over replications with a jackknife
    interval; carried back through the pooled distribution, its ends bound the quantile. That needs no
    density, respects that the tickets of a run depend on each other, follows the skewness of the tail, and
    has no bias from short replications, unlike the mean of the replications' own quantiles.

    Parameters
    ----------
    samples
        The observations of each replication, any number of them (none is allowed); NaN is left out.
    probability
        Which quantile, between 0 and 1, such as 0.9.
    confidence
        Nominal coverage, between 0 and 1.

    Returns
    -------
    Estimate
        ``missing`` counts replications without an observation. No interval where the tail beyond the quantile
        holds too few tickets to bound it.

    References
    ----------
    Woodruff (1952), Confidence intervals for medians and other position measures, *JASA* 47.
    """
    if not 0.0 < probability < 1.0:
        raise UsageError(f"the probability of a quantile must lie between 0 and 1; found {probability}")
    observed = [each[~np.isnan(each)] for each in (_vector(sample) for sample in samples)]
    filled = [each for each in observed if each.size]
    n, missing = len(filled), len(observed) - len(filled)
    if not filled:
        return without_interval(math.nan, 0, confidence, _too_few(0), missing)
    pooled = np.sort(np.concatenate(filled))
    value = float(np.quantile(pooled, probability))
    if n < 2:
        return without_interval(value, n, confidence, _too_few(n), missing)
    at_or_below = [np.count_nonzero(each <= value) for each in filled]
    radius = ratio_interval(at_or_below, [each.size for each in filled], confidence).half_width
    if not probability - radius >= 0.0 or not probability + radius <= 1.0:
        reason = "no interval: too few observations beyond the quantile to bound it"
        return without_interval(value, n, confidence, reason, missing)
    low, high = (float(end) for end in np.quantile(pooled, [probability - radius, probability + radius]))
    method = "Woodruff interval over replications"
    return Estimate(value, low, high, (high - low) / 2.0, n, confidence, method, missing)


def sectioned_quantile_interval(
    replication_quantiles: ArrayLike, pooled_quantile: float, confidence: float = 0.95
) -> Estimate:
    """Quantile from stored summaries: the quantile of each replication and that of all tickets together.

    Sectioning: the interval is centred at the pooled quantile, which has the smaller bias, and takes its
    spread from the replications' quantiles around that centre. Replications should hold at least 10 / (1 -
    probability) tickets each; with fewer their own quantiles are biased, which widens the interval. Where
    the tickets are at hand, `quantile_interval` is the better choice.

    References
    ----------
    Asmussen and Glynn, *Stochastic Simulation*, chapter III; Nakayama (2014), Confidence intervals for
    quantiles using sectioning when applying variance-reduction techniques, *ACM TOMACS* 24.
    """
    observed, missing = _observed(replication_quantiles)
    n = observed.size
    if n < 2:
        return without_interval(pooled_quantile, n, confidence, _too_few(n), missing)
    spread = math.sqrt(float(np.sum((observed - pooled_quantile) ** 2)) / (n - 1))
    return around(
        pooled_quantile, spread / math.sqrt(n), n, confidence, "sectioning over replications", missing
    )


def required_replications(
    values: ArrayLike,
    *,
    relative: float | None = None,
    absolute: float | None = None,
    confidence: float = 0.95,
) -> int | None:
    """Replications needed in all for a half-width of the mean, judged from those there are.

    Parameters
    ----------
    values
        One number a replication, shape (n,).
    relative, absolute
        Exactly one of them: the half-width as a share of the mean, or in the unit of the values.
    confidence
        Nominal coverage, between 0 and 1.

    Returns
    -------
    int or None
        At least the number of values that there are; subtract it for "how many more". None where it cannot be
        told: fewer than two values, or a relative precision around a mean of zero.
    """
    return replications_for(mean_interval(values, confidence), relative=relative, absolute=absolute)


def replications_for(
    estimate: Estimate, *, relative: float | None = None, absolute: float | None = None
) -> int | None:
    """Replications in all with which an estimate of this spread would reach a half-width.

    As `required_replications`, for an estimate of any kind: half-widths shrink with the square root of the
    number of replications and the t quantile.
    """
    if (relative is None) == (absolute is None):
        raise UsageError("give a precision either as relative= or as absolute=")
    goal = absolute if absolute is not None else (relative or 0.0) * abs(estimate.value)
    if not (relative or absolute or 0.0) > 0.0:
        raise UsageError("a precision must be above 0")
    if not estimate.has_interval:
        return None
    if estimate.half_width <= goal:
        return estimate.n
    if goal == 0.0:
        return None
    spread = estimate.half_width * math.sqrt(estimate.n) / t_quantile(estimate.n, estimate.confidence)

    def reached(n: int) -> bool:
        return t_quantile(n, estimate.confidence) * spread / math.sqrt(n) <= goal

    too_few, enough = estimate.n, 2 * estimate.n
    while not reached(enough):
        too_few, enough = enough, 2 * enough
        if enough > MAX_REPLICATIONS:
            return None
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if reached(middle) else (middle, enough)
    return enough


def t_quantile(n: int, confidence: float) -> float:
    """Two-sided Student t quantile for ``n`` replications (n - 1 degrees of freedom)."""
    from scipy.special import stdtrit

    _check_confidence(confidence)
    return float(stdtrit(n - 1, (1.0 + confidence) / 2.0))


def around(value: float, error: float, n: int, confidence: float, method: str, missing: int = 0) -> Estimate:
    """Student t interval around a value with the given standard error from ``n`` replications."""
    radius = t_quantile(n, confidence) * error
    return Estimate(value, value - radius, value + radius, radius, n, confidence, method, missing)


def without_interval(value: float, n: int, confidence: float, reason: str, missing: int = 0) -> Estimate:
    """A value that cannot have an interval, and why."""
    _check_confidence(confidence)
    return Estimate(value, math.nan, math.nan, math.nan, n, confidence, reason, missing)


def _too_few(n: int) -> str:
    return "no interval: " + ("one replication shows no spread" if n else "no replication has a value")


def clipped(estimate: Estimate, least: float, most: float) -> Estimate:
    """Keep the interval, where there is one, to a range."""
    if not estimate.has_interval:
        return estimate
    return replace(estimate, low=max(estimate.low, least), high=min(estimate.high, most))


def _check_confidence(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise UsageError(f"a confidence must lie between 0 and 1; found {confidence}")


def _vector(values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise UsageError(f"one number a replication is needed, shape (n,); found shape {array.shape}")
    if np.any(np.isinf(array)):
        raise UsageError("values must be finite or NaN; found an infinite one")
    return array


def _observed(values: ArrayLike) -> tuple[FloatArray, int]:
    array = _vector(values)
    present = ~np.isnan(array)
    return array[present], int(array.size - np.count_nonzero(present))


def _observed_pairs(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray, int]:
    one, other = _vector(first), _vector(second)
    if one.size != other.size:
        raise UsageError(f"pairs need as many first as second values; found {one.size} and {other.size}")
    present = ~(np.isnan(one) | np.isnan(other))
    return one[present], other[present], int(one.size - np.count_nonzero(present))
