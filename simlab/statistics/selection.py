"""Choosing the best of several alternatives that met the same random numbers, replication by replication.

All values are to be made small. Replication i of every alternative met the same tickets (common random
numbers), so alternatives are compared by the differences of their replications: what they share cancels.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError

FloatArray = NDArray[np.float64]

FIRST_STAGE: Final = 10
"""Replications of every alternative before Kim and Nelson's procedure leaves out the first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a selection stands after some replications."""

    alive: tuple[int, ...]
    """Positions of the alternatives that are still in question, in order; never empty."""
    left_out_at: Mapping[int, int]
    """Of the others, after how many replications they were left out."""
    is_decided: bool
    """Whether no further replication can change the choice: one is left, or the rest are alike."""
    needed: int
    """Replications after which everything is decided in any case, 0 where nothing was in question."""


@dataclass(frozen=True, slots=True)
class KimNelson:
    """Kim and Nelson's fully sequential selection of the best mean, for common random numbers.

    Where the best mean lies at least ``indifference`` below all others, it is chosen with probability
    ``confidence`` at least, however strongly the alternatives are correlated (for normally distributed
    replications). Where others lie closer, one of those within the indifference is chosen.

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation,
    *ACM Transactions on Modeling and Computer Simulation* 11, with c = 1.
    """

    indifference: float
    """Differences below this do not matter, in the unit of the values."""
    confidence: float = 0.95
    """Probability of a correct selection, above 1 / (number of alternatives)."""
    first: int = FIRST_STAGE
    """Replications of every alternative from which the variances of the differences are told."""

    def __post_init__(self) -> None:
        if not self.indifference > 0.0:
            raise UsageError(f"the indifference zone must be above 0; found {self.indifference}")
        if not 0.0 < self.confidence < 1.0:
            raise UsageError(f"the confidence lies between 0 and 1; found {self.confidence}")
        if self.first < 2:
            raise UsageError(f"the first stage has 2 replications at least; found {self.first}")

    def factor(self, n_alternatives: int) -> float:
        """Return Kim and Nelson's h squared: variances over indifference squared, times it, end the race."""
        each = 2.0 * (1.0 - self.confidence) / max(n_alternatives - 1, 1)
        degrees = self.first - 1
        return max((math.pow(each, -2.0 / degrees) - 1.0) * degrees, 0.0)

    def standing(
        self,
        values: Sequence[FloatArray],
        judges: Collection[int] | None = None,
        among: int | None = None,
    ) -> Standing:
        """Return which alternatives are still in question.

        The answer depends on the replications alone, not on the looks at them: an alternative that was left
        out need not be simulated any further.

        Parameters
        ----------
        values
            Of each alternative one number a replication, from the first one on; those in question have the
            same number of replications, ``first`` at least.
        judges
            Positions of alternatives that may beat others; all where not given. Others stay out of every
            comparison but their own leaving (their constraints may not hold, so they prove nothing).
        among
            How many alternatives there were in the beginning, where some have left; as many as ``values``
            where not given.
        """
        k = len(values)
        alive = list(range(k))
        left_out: dict[int, int] = {}
        if k == 1:
            return Standing((0,), {}, True, 0)
        reach = self._reach(values, among or k)
        n = max(len(each) for each in values)
        may_judge = set(range(k)) if judges is None else set(judges)
        totals = [np.cumsum(each) for each in values]
        for r in range(self.first, n + 1):
            there = [i for i in alive if len(values[i]) >= r]
            beaten = [
                i
                for i in there
                if any(
                    (totals[i][r - 1] - totals[j][r - 1])
                    > max(0.0, (reach[i, j] - self.indifference * r) / 2.0)
                    for j in there
                    if j != i and j in may_judge
                )
            ]
            for i in beaten:
                alive.remove(i)
                left_out[i] = r
            if len(alive) == 1:
                return Standing(tuple(alive), left_out, True, r)
        needed = math.floor(max(reach[i, j] for i in alive for j in alive) / self.indifference) + 1
        return Standing(tuple(alive), left_out, n >= needed, needed)

    def _reach(self, values: Sequence[FloatArray], among: int) -> FloatArray:
        """Of each pair h squared times the variance of its difference over the indifference, shape (k, k)."""
        early = np.array([each[: self.first] for each in values])
        differences = early[:, None, :] - early[None, :, :]
        scale = np.maximum(np.abs(early).max(axis=1), 1e-300)
        variance = differences.var(axis=2, ddof=1)
        # What rounding leaves of differences that do not vary is no variance.
        variance = np.where(np.sqrt(variance) <= 1e-12 * np.maximum.outer(scale, scale), 0.0, variance)
        found: FloatArray = self.factor(among) * variance / self.indifference
        return found


class Sign(Enum):
    """What is shown of a mean."""

    ABOVE = "above"
    BELOW = "below"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class RepeatedLooks:
    """A test of the sign of a mean that may be looked at again and again.

    It looks after numbers of replications that are fixed beforehand, at each of them by Student's t at an
    equal part of the error (Bonferroni): a mean of 0 or less is told to be above at any of the looks with
    probability ``error`` at most, and the same from above.
    """

    looks: tuple[int, ...]
    """Numbers of replications, rising, the last one the most that there will be."""
    error: float = 0.05

    @classmethod
    def between(cls, first: int, most: int, error: float = 0.05, growth: float = 1.6) -> RepeatedLooks:
        """Return looks that grow geometrically, so that there are few of them."""
        return cls(tuple(_geometric(min(first, most), most, growth)), error)

    def sign(self, values: FloatArray) -> Sign:
        """Return what the values show at a look; open where their number is none of the looks."""
        n = len(values)
        if n not in self.looks or n < 2:
            return Sign.OPEN
        mean = float(values.mean())
        spread = float(values.std(ddof=1))
        if spread <= 1e-12 * max(float(np.abs(values).max()), 1e-300):
            return Sign.OPEN if abs(mean) <= 1e-12 else (Sign.ABOVE if mean > 0.0 else Sign.BELOW)
        bound = _t_quantile(n - 1, self.error / len(self.looks)) * spread / math.sqrt(n)
        if mean > bound:
            return Sign.ABOVE
        return Sign.BELOW if mean < -bound else Sign.OPEN

    def after(self, n: int) -> int | None:
        """Return the look that follows ``n`` replications; None after the last."""
        return next((look for look in self.looks if look > n), None)


def _geometric(first: int, most: int, growth: float) -> Iterator[int]:
    n = first
    while n < most:
        yield n
        n = math.ceil(n * growth)
    yield most


def _t_quantile(degrees: int, tail: float) -> float:
    from scipy.special import stdtrit

    return -float(stdtrit(degrees, tail))


def share_at_least(n_kept: int, n: int, confidence: float = 0.95) -> float:
    """Return the lower bound of a probability of which ``n_kept`` of ``n`` independent trials came true.

    Clopper and Pearson's exact one-sided bound; 0 without trials.
    """
    from scipy.special import betaincinv

    return 0.0 if n_kept == 0 else float(betaincinv(n_kept, n - n_kept + 1, 1.0 - confidence))


def share_at_most(n_kept: int, n: int, confidence: float = 0.95) -> float:
    """Return the upper bound of a probability of which ``n_kept`` of ``n`` independent trials came true."""
    return 1.0 - share_at_least(n - n_kept, n, confidence)


def fewest_to_show(share: float, confidence: float = 0.95) -> int:
    """Return the fewest trials, all of them come true, that show a probability of at least ``share``."""
    return math.ceil(math.log(1.0 - confidence) / math.log(share) - 1e-9) if share > 0.0 else 1
