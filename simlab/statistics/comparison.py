"""Alternatives against a base under common random numbers: how much they differ, and how sure that is.

Replication i of the base and of the alternative met the same tickets, so differences are taken pair by
pair: what both share cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.statistics.control_variates import controlled, intercepts
from simlab.statistics.intervals import Estimate, around, mean_interval, t_quantile, without_interval

FloatArray = NDArray[np.float64]
Direction = Literal["lower", "higher", "not shown"]

ROUNDING = 1e-12
"""Differences below this share of the values compared are rounding, not effect."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Alternative minus base, from replications that share their random numbers."""

    difference: Estimate
    """Mean of alternative minus base, in the unit of the response."""
    relative: Estimate
    """The difference as a share of the base's mean (-0.1: ten per cent lower)."""
    correlation: float
    """Correlation that common random numbers achieved; NaN where one side does not vary."""
    variance_reduction: float
    """How many times fewer replications than with independent random numbers; 1 where nothing was gained."""
    p_value: float
    """Two-sided p value of "no difference"; NaN with fewer than two pairs."""
    significant: bool
    """Whether the interval of the difference excludes zero."""

    @property
    def direction(self) -> Direction:
        """Where the alternative lies; never told unless significant."""
        return _direction(self.significant, self.difference.value)


@dataclass(frozen=True, slots=True)
class ComparedAlternative:
    """One of several alternatives against the same base."""

    name: str
    paired: PairedDifference
    """Its intervals hold for all alternatives together (Bonferroni)."""
    adjusted_p: float
    """p value after Holm's step-down correction."""
    significant: bool
    """Holm's decision at the joint confidence."""

    @property
    def direction(self) -> Direction:
        """Where the alternative lies; never told unless significant."""
        return _direction(self.significant, self.paired.difference.value)


def paired_difference(
    base: ArrayLike, alternative: ArrayLike, confidence: float = 0.95, controls: ArrayLike | None = None
) -> PairedDifference:
    """Difference between two scenarios whose replications share their random numbers.

    Parameters
    ----------
    base, alternative
        One number a replication, shape (n,) each, in the same order of replications. A pair with a NaN is
        left out and counted as missing.
    confidence
        Nominal coverage, between 0 and 1.
    controls
        Control variates of each replication, shape (n, k), with an expectation of 0; see
        `simlab.statistics.control_variates`.

    Returns
    -------
    PairedDifference
        The difference has a t interval. The relative difference has Fieller's, which excludes zero exactly
        when the interval of the difference does; it is missing where the base's mean cannot be told from
        zero.

    References
    ----------
    Law, *Simulation Modeling and Analysis*, 5th ed., sections 10.2.1 and 11.2;
    Fieller (1954), Some problems in interval estimation, *JRSS B* 16.
    """
    before, after = _matched(base, alternative)
    change = after - before
    scale = np.maximum(np.abs(before), np.abs(after))
    change = np.where(np.abs(change) <= ROUNDING * scale, 0.0, change)
    plain = mean_interval(change, confidence)
    difference = plain if controls is None else controlled(plain, change, controls)
    present = ~np.isnan(change)
    before, after = before[present], after[present]
    known = None if controls is None or difference is plain else np.asarray(controls, np.float64)[present]
    means = _means(before, change[present], known)
    relative = _relative(means, difference)
    if difference.n < 2:
        return PairedDifference(difference, relative, math.nan, math.nan, math.nan, False)
    covariance = np.cov(before, after)
    both = float(covariance[0, 0] + covariance[1, 1])
    root = math.sqrt(float(covariance[0, 0])) * math.sqrt(float(covariance[1, 1]))
    left = float(np.var(change[present], ddof=1))
    reduction = both / left if left > 0.0 else (math.inf if both > 0.0 else 1.0)
    return PairedDifference(
        difference=difference,
        relative=relative,
        correlation=float(np.clip(covariance[0, 1] / root, -1.0, 1.0)) if root > 0.0 else math.nan,
        variance_reduction=reduction,
        p_value=_p_value(difference, means.freedom),
        significant=difference.excludes(0.0),
    )


def compare_to_base(
    base: ArrayLike,
    alternatives: Mapping[str, ArrayLike],
    confidence: float = 0.95,
    controls: ArrayLike | None = None,
) -> tuple[ComparedAlternative, ...]:
    """Several alternatives against one base, safe against finding a difference by looking often.

    Decisions follow Holm's step-down test: the chance of calling any difference that is not there is at most
    ``1 - confidence``. The intervals are Bonferroni's: all of them cover together with at least
    ``confidence``. Holm decides more sharply, so the interval of a significant difference may include zero;
    an interval that excludes zero always belongs to a significant difference.

    Parameters
    ----------
    base
        One number a replication, shape (n,).
    alternatives
        By name, the same replications of each alternative, shape (n,).
    confidence
        Joint confidence of all statements, between 0 and 1.
    controls
        As in `paired_difference`.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, *Scand. J. Statistics* 6;
    Law, *Simulation Modeling and Analysis*, 5th ed., section 10.3.1.
    """
    count = len(alternatives)
    each = 1.0 - (1.0 - confidence) / max(count, 1)
    paired = {name: paired_difference(base, values, each, controls) for name, values in alternatives.items()}
    adjusted = _holm([comparison.p_value for comparison in paired.values()])
    return tuple(
        ComparedAlternative(name, comparison, p, significant=p <= 1.0 - confidence)
        for (name, comparison), p in zip(paired.items(), adjusted, strict=True)
    )


def _matched(base: ArrayLike, alternative: ArrayLike) -> tuple[FloatArray, FloatArray]:
    before, after = np.asarray(base, dtype=np.float64), np.asarray(alternative, dtype=np.float64)
    if before.ndim != 1 or before.shape != after.shape:
        raise UsageError(
            "paired replications need the same number of values, shape (n,); "
            f"found shapes {before.shape} and {after.shape}"
        )
    return before, after


@dataclass(frozen=True, slots=True)
class _Means:
    """Means of the base and of the change over replications."""

    base: float
    covariance: FloatArray
    """(2, 2) of the means of the base and of the change."""
    freedom: int
    """Degrees of freedom of the covariance."""
    changes: bool
    """Whether any replication changed."""


def _means(base: FloatArray, change: FloatArray, controls: FloatArray | None) -> _Means:
    """Means over complete pairs, at controls of 0 where there are any."""
    n = len(base)
    mean = float(base.mean()) if n else math.nan
    observed, changes = np.column_stack([base, change]), bool(np.any(change))
    found = None if controls is None else intercepts(observed, controls)
    if found is not None:
        return _Means(mean + float(found.shifts[0]), found.covariance, found.freedom, changes)
    covariance = np.cov(observed.T) / n if n > 1 else np.full((2, 2), math.nan)
    return _Means(mean, covariance, n - 1, changes)


def _relative(means: _Means, difference: Estimate) -> Estimate:
    """Fieller's interval of the alternative's mean over the base's, less one."""
    n, confidence, missing = difference.n, difference.confidence, difference.missing
    if n == 0 or means.base == 0.0:
        reason = "no interval: the base's mean is zero" if n else difference.method
        return without_interval(math.nan, n, confidence, reason, missing)
    r = difference.value / means.base
    if n < 2:
        return without_interval(r, n, confidence, difference.method, missing)
    if not means.changes:
        return around(0.0, 0.0, n, confidence, "Fieller over pairs of replications", missing)
    # Relative to the base in units of its own mean: x has mean 1, and the change has mean r.
    weight = t_quantile(means.freedom + 1, confidence) ** 2 / means.base**2
    (base_var, covariance), (_, change_var) = weight * means.covariance
    lead = 1.0 - float(base_var)
    if lead <= 0.0:
        reason = "no interval: the base's mean cannot be told from zero"
        return without_interval(r, n, confidence, reason, missing)
    # Shares q with (r - q)^2 <= weight * var(change - q * base): a quadratic in q with a positive lead.
    middle = (r - float(covariance)) / lead
    radius = math.sqrt(max(middle**2 - (r**2 - float(change_var)) / lead, 0.0))
    method = "Fieller over pairs of replications"
    return Estimate(r, middle - radius, middle + radius, radius, n, confidence, method, missing)


def _p_value(difference: Estimate, freedom: int) -> float:
    from scipy.special import stdtr

    if difference.value == 0.0:
        return 1.0
    if difference.half_width == 0.0:
        return 0.0
    error = difference.half_width / t_quantile(freedom + 1, difference.confidence)
    return 2.0 * float(stdtr(freedom, -abs(difference.value) / error))


def _holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p values; NaN (nothing to test) stays NaN and still counts as a comparison made."""
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    ordered = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    for rank, (p, i) in enumerate(ordered):
        highest = max(highest, min(1.0, p * (len(p_values) - rank)))
        adjusted[i] = highest
    return adjusted


def _direction(significant: bool, value: float) -> Direction:
    if not significant:
        return "not shown"
    return "higher" if value > 0.0 else "lower"
