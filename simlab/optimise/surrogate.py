"""A quick model of a figure over configurations, to rank candidates: Gaussian process regression.

Its covariance is a linear trend plus a smooth deviation; how far deviations reach, and how much is noise, is
chosen from a few values by the likelihood of what was seen.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TREND: Final = 1.0
"""Variance of the slope of the trend for each parameter range, in variances of the values."""
_REACHES: Final = (0.15, 0.4, 1.0, 2.5)
"""Distances, in parameter ranges, over which deviations stay alike."""
_NOISES: Final = (1e-6, 1e-3, 3e-2)
"""Variances of noise, in variances of the values."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A fitted model."""

    points: Floats
    """(n, d) coordinates between 0 and 1."""
    mean: float
    spread: float
    reach: float
    factor: Floats
    """Lower Cholesky factor of the covariance of what was seen."""
    solved: Floats
    """Inverse of that covariance times the standardised values."""

    @classmethod
    def fitted(cls, points: Floats, values: Floats, noises: Floats | None = None) -> Self:
        """Fit to values (n,) at points (n, d).

        ``noises`` (n,) are the variances of their noise in some common unit; all alike where not given.
        """
        share: Floats = np.ones(len(values)) if noises is None else noises
        mean, spread = float(values.mean()), float(values.std()) or 1.0
        target = (values - mean) / spread
        best: tuple[float, Self] | None = None
        for reach, noise in itertools.product(_REACHES, _NOISES):
            covariance = _covariance(points, points, reach) + np.diag(noise * share + 1e-9)
            try:
                factor = np.linalg.cholesky(covariance).astype(np.float64)
            except np.linalg.LinAlgError:
                continue
            half = np.linalg.solve(factor, target)
            likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(factor)).sum())
            if best is None or likelihood > best[0]:
                solved = np.linalg.solve(factor.T, half)
                best = (likelihood, cls(points, mean, spread, reach, factor, solved))
        assert best is not None  # the greatest noise keeps the covariance positive definite
        return best[1]

    def predicted(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the figure at points (m, d), without noise."""
        across = _covariance(points, self.points, self.reach)
        half = np.linalg.solve(self.factor, across.T)
        alone = 1.0 + _TREND * (1.0 + np.sum((points - 0.5) ** 2, axis=1))
        variance = np.maximum(alone - np.sum(half**2, axis=0), 1e-12)
        return self.mean + self.spread * (across @ self.solved), self.spread * np.sqrt(variance)


def _covariance(one: Floats, other: Floats, reach: float) -> Floats:
    lengths = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1)[None, :]
    squared = np.maximum(lengths - 2.0 * (one @ other.T), 0.0)
    trend = _TREND * (1.0 + (one - 0.5) @ (other - 0.5).T)
    total: Floats = trend + np.exp(-0.5 * squared / reach**2)
    return total
