"""Distributions: a frozen description of each, and the table of all of a model that engines read.

A value is ``shift`` plus a value of the family, kept between ``low`` and ``high`` by conditioning (a
truncated distribution never piles up at its limits). Mixtures are kept flat: shifting or truncating one
does so to its components, so that no component is itself a mixture.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.model.families import (
    Kind,
    Knots,
    Parameters,
    RefusedAmounts,
    mean_and_variance,
    partial_moment,
    support,
)

__all__ = ["Distribution", "DistributionTable", "Kind"]

LEAST_SHARE = 1e-6
"""A truncation that keeps less of the distribution than this is refused: it is a mistake."""

_LISTED = (Kind.DETERMINISTIC, Kind.EMPIRICAL)
"""Families of single values: truncation drops values instead of moving limits."""

_NAMES = {
    Kind.DETERMINISTIC: "constant",
    Kind.EXPONENTIAL: "exponential",
    Kind.UNIFORM: "uniform",
    Kind.TRIANGULAR: "triangular",
    Kind.PERT: "PERT",
    Kind.LOG_NORMAL: "log-normal",
    Kind.GAMMA: "gamma",
    Kind.WEIBULL: "Weibull",
    Kind.EMPIRICAL: "empirical",
    Kind.EMPIRICAL_LINEAR: "interpolated empirical",
    Kind.MIXTURE: "mixture",
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of a non-negative quantity; made by the functions of `simlab.model.parametrisations`."""

    kind: Kind
    parameters: Parameters = ()
    """As described at each :class:`Kind`."""
    knots: Knots = ()
    """Pairs of value and cumulative share of an empirical distribution."""
    components: tuple[tuple[float, Distribution], ...] = ()
    """Pairs of share and distribution of a mixture; the shares add up to 1."""
    shift: float = 0.0
    low: float = 0.0
    """Smallest value, the shift included."""
    high: float = math.inf

    def __post_init__(self) -> None:
        if any(part.kind is Kind.MIXTURE for _, part in self.components):
            raise ValueError("a component of a mixture must not be a mixture itself")

    @property
    def mean(self) -> float:
        """Exact mean."""
        return self._mean_and_variance()[0]

    @property
    def variance(self) -> float:
        """Exact variance."""
        return self._mean_and_variance()[1]

    @property
    def cv(self) -> float:
        """Coefficient of variation: standard deviation over mean; 0 where the mean is 0."""
        mean, variance = self._mean_and_variance()
        return math.sqrt(variance) / mean if mean else 0.0

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest possible value."""
        if self.kind is Kind.MIXTURE:
            lows, highs = zip(*(part.limits for _, part in self.components), strict=True)
            return min(lows), max(highs)
        low, high = support(self.kind, self.parameters, self.knots)
        return max(low + self.shift, self.low), min(high + self.shift, self.high)

    @property
    def base_shares(self) -> tuple[float, float]:
        """Shares of the family's values below ``low`` and up to ``high``: (0, 1) where not truncated."""
        if self.kind in _LISTED:
            return 0.0, 1.0
        return self._base_moment(0, self.low), self._base_moment(0, self.high)

    def cdf(self, x: float) -> float:
        """Probability of a value of at most ``x``."""
        if self.kind is Kind.MIXTURE:
            return math.fsum(share * part.cdf(x) for share, part in self.components)
        low, high = self.limits
        if x < low or x >= high:
            return float(x >= high)
        if self.kind is Kind.EMPIRICAL:
            return self.knots[bisect_right(self.knots, x, key=self._knot_value) - 1][1]
        below, up_to = self.base_shares
        return (self._base_moment(0, x) - below) / (up_to - below)

    def shifted(self, by: float) -> Distribution:
        """Add a constant to every value.

        Raises
        ------
        ValueError
            If values below 0 would become possible, or the constant is not finite.
        """
        if not (math.isfinite(by) and self.limits[0] + by >= 0.0):
            message = "a shifted distribution must be finite and not below 0; found a shift of {}"
            raise RefusedAmounts(message, by)
        if self.kind is Kind.MIXTURE:
            return replace(
                self, components=tuple((share, part.shifted(by)) for share, part in self.components)
            )
        return replace(self, shift=self.shift + by, low=max(self.low + by, 0.0), high=self.high + by)

    def scaled(self, by: float) -> Distribution:
        """Multiply every value with a positive number.

        Raises
        ------
        ValueError
            If the number is not positive and finite.
        """
        if not (math.isfinite(by) and by > 0.0):
            raise ValueError(f"a distribution is scaled by a positive number; found {by:g}")
        if self.kind is Kind.MIXTURE:
            return replace(
                self, components=tuple((share, part.scaled(by)) for share, part in self.components)
            )
        p = self.parameters
        match self.kind:
            case Kind.DETERMINISTIC | Kind.EXPONENTIAL | Kind.UNIFORM | Kind.TRIANGULAR:
                p = tuple(value * by for value in p)
            case Kind.PERT:
                p = (p[0] * by, p[1] * by, *p[2:])
            case Kind.LOG_NORMAL:
                p = (p[0] * by, p[1])
            case Kind.GAMMA | Kind.WEIBULL:
                p = (p[0], p[1] * by)
        knots = tuple((value * by, share) for value, share in self.knots)
        shift, low, high = self.shift * by, self.low * by, self.high * by
        return replace(self, parameters=p, knots=knots, shift=shift, low=low, high=high)

    def truncated(self, low: float = 0.0, high: float = math.inf) -> Distribution:
        """Condition on values from ``low`` to ``high``.

        Raises
        ------
        ValueError
            If ``low`` is not below ``high``, or less than a millionth of the distribution lies between.
        """
        if not low < high:
            raise RefusedAmounts("a lower limit must be below the upper one; found {} and {}", low, high)
        kept = self._share_within(low, high)
        if kept < LEAST_SHARE:
            raise RefusedAmounts(
                f"the limits {{}} to {{}} must keep at least {LEAST_SHARE:g} of the distribution; "
                f"they keep {kept:.3g}",
                low,
                high,
            )
        if self.kind is Kind.MIXTURE:
            shares = [(share * part._share_within(low, high) / kept, part) for share, part in self.components]
            return replace(
                self,
                components=tuple((share, part.truncated(low, high)) for share, part in shares if share > 0),
            )
        if self.kind is Kind.DETERMINISTIC:
            return self
        if self.kind is Kind.EMPIRICAL:
            return replace(self, knots=self._knots_within(low, high))
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def describe(self, unit: str = "min") -> str:
        """Say the distribution in words: ``log-normal, mean 8 min, cv 0.9, at most 60 min``."""
        unit = f" {unit}" if unit else ""
        if self.kind is Kind.DETERMINISTIC:
            return f"constant, {self.mean:.4g}{unit}"
        name = _NAMES[self.kind]
        if self.kind is Kind.MIXTURE and all(part.kind is Kind.EXPONENTIAL for _, part in self.components):
            name = "hyperexponential"
        if self.kind is Kind.GAMMA and self.parameters[0].is_integer():
            name = f"Erlang-{self.parameters[0]:.0f}"
        low, high = self.limits
        least = f", at least {low:.4g}{unit}" if low > 0.0 else ""
        most = f", at most {high:.4g}{unit}" if high < math.inf else ""
        return f"{name}, mean {self.mean:.4g}{unit}, cv {self.cv:.3g}{least}{most}"

    def _base_moment(self, order: int, x: float) -> float:
        """E[B**order; B + shift <= x] of the family's value B."""
        return partial_moment(self.kind, self.parameters, self.knots, order, x - self.shift)

    def _share_within(self, low: float, high: float) -> float:
        if self.kind is Kind.MIXTURE:
            return math.fsum(share * part._share_within(low, high) for share, part in self.components)
        if self.kind is Kind.DETERMINISTIC:
            return float(low <= self.limits[0] <= high)
        if self.kind is Kind.EMPIRICAL:
            first, end = self._knot_range(low, high)
            return self._knot_share(first, end) if first < end else 0.0
        return max(self.cdf(high) - self.cdf(low), 0.0)

    def _knot_value(self, knot: tuple[float, float]) -> float:
        return knot[0] + self.shift

    def _knot_range(self, low: float, high: float) -> tuple[int, int]:
        """Positions from the first knot at or above ``low`` to before the first above ``high``."""
        first = bisect_left(self.knots, low, key=self._knot_value)
        return first, bisect_right(self.knots, high, key=self._knot_value)

    def _knot_share(self, first: int, end: int) -> float:
        return self.knots[end - 1][1] - (self.knots[first - 1][1] if first else 0.0)

    def _knots_within(self, low: float, high: float) -> Knots:
        first, end = self._knot_range(low, high)
        kept = self._knot_share(first, end)
        knots = [(self.knots[i][0], self._knot_share(first, i + 1) / kept) for i in range(first, end)]
        return (*knots[:-1], (knots[-1][0], 1.0))

    def _mean_and_variance(self) -> tuple[float, float]:
        if self.kind is Kind.MIXTURE:
            parts = [(share, *part._mean_and_variance()) for share, part in self.components]
            mean = math.fsum(share * m for share, m, _ in parts)
            return mean, math.fsum(share * (v + (m - mean) ** 2) for share, m, v in parts)
        if self.base_shares == (0.0, 1.0):
            mean, variance = mean_and_variance(self.kind, self.parameters, self.knots)
            return mean + self.shift, variance
        whole, first, second = (
            self._base_moment(order, self.high) - self._base_moment(order, self.low) for order in range(3)
        )
        mean = first / whole
        return mean + self.shift, max(second / whole - mean**2, 0.0)


class DistributionTable(NamedTuple):
    """All distributions of a model: row i is distribution i, followed by the components of mixtures.

    A named tuple of arrays, because numba reads those as they are; `simlab.model.quantiles` draws from it.
    """

    kind: NDArray[np.int64]
    a: NDArray[np.float64]
    """Parameters a, b, c, d as described at each :class:`Kind`."""
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    d: NDArray[np.float64]
    shift: NDArray[np.float64]
    p_low: NDArray[np.float64]
    """Share of the family's values that truncation cuts off below ..."""
    p_high: NDArray[np.float64]
    """... and 1 minus the share that it cuts off above."""
    low: NDArray[np.float64]
    """Smallest and largest value, shift and truncation included."""
    high: NDArray[np.float64]
    first: NDArray[np.int64]
    """First component row of a mixture, or first entry of ``value`` of an empirical distribution."""
    size: NDArray[np.int64]
    """Number of components or values."""
    component_share: NDArray[np.float64]
    """Cumulative share of a component row within its mixture, 1 in the last; 1 in other rows."""
    value: NDArray[np.float64]
    """Values of all empirical distributions, ascending in each ..."""
    value_share: NDArray[np.float64]
    """... with their cumulative shares."""

    @classmethod
    def build(cls, distributions: Sequence[Distribution]) -> DistributionTable:
        """Freeze distributions; the position in the list is the id by which engines know each."""
        rows = list(distributions)
        shares = [1.0] * len(rows)
        first, size = [], []
        values: list[tuple[float, float]] = []
        for row in rows:  # grows while it is walked: components follow behind
            first.append(len(rows) if row.kind is Kind.MIXTURE else len(values))
            size.append(len(row.components) or len(row.knots))
            values.extend(row.knots)
            shares.extend(_cumulative([share for share, _ in row.components]))
            rows.extend(part for _, part in row.components)
        parameters = [(*row.parameters, 0.0, 0.0, 0.0, 0.0)[:4] for row in rows]
        base_shares = [(0.0, 1.0) if row.kind is Kind.MIXTURE else row.base_shares for row in rows]
        return cls(
            kind=_frozen([row.kind for row in rows], np.int64),
            a=_frozen([p[0] for p in parameters]),
            b=_frozen([p[1] for p in parameters]),
            c=_frozen([p[2] for p in parameters]),
            d=_frozen([p[3] for p in parameters]),
            shift=_frozen([row.shift for row in rows]),
            p_low=_frozen([below for below, _ in base_shares]),
            p_high=_frozen([up_to for _, up_to in base_shares]),
            low=_frozen([row.limits[0] for row in rows]),
            high=_frozen([row.limits[1] for row in rows]),
            first=_frozen(first, np.int64),
            size=_frozen(size, np.int64),
            component_share=_frozen(shares),
            value=_frozen([x for x, _ in values]),
            value_share=_frozen([share for _, share in values]),
        )


def _cumulative(shares: Sequence[float]) -> list[float]:
    """Cumulative sums, the last exactly 1."""
    sums = np.cumsum(shares).tolist()
    return [*sums[:-1], 1.0] if sums else []


def _frozen(values: Sequence[float], dtype: type[np.float64 | np.int64] = np.float64) -> NDArray[Any]:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
