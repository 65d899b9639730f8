"""A quick model of a figure over configurations, to rank candidates: Gaussian process regression.

Its covariance is a linear trend, plus a smooth deviation in each parameter by itself, plus one in all of them
together: queues of different teams mostly add up, and mostly means not always. How far deviations reach, how
much of them is additive, and how much is noise, is chosen from a few values by the likelihood of what was
seen.

Additive covariances: Duvenaud, Nickisch and Rasmussen (2011), Additive Gaussian processes, *NeurIPS*.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TREND: Final = 1.0
"""Variance of the slope of the trend for each parameter range, in variances of the values."""
_REACHES: Final = (0.15, 0.4, 1.2)
"""Distances, in parameter ranges, over which deviations stay alike."""
_ADDITIVE: Final = (0.0, 0.95)
"""Shares of the deviation's variance that come from single parameters."""
_OFTEN: Final = 8
"""Times that pairs of values must be seen for it to pay to look for them."""
_NOISES: Final = (1e-5, 1e-2, 1e-1)
"""Variances of noise, in variances of the values."""


class Shape(NamedTuple):
    """What the likelihood chooses."""

    reach: float
    additive: float
    noise: float


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A fitted model."""

    points: Floats
    """(n, d) coordinates of what was seen, between -0.5 and 0.5."""
    values: Floats
    """(n,) what was seen there."""
    noises: Floats
    """(n,) variances of their noise in some common unit."""
    mean: float
    spread: float
    shape: Shape
    factor: Floats
    """Lower Cholesky factor of the covariance of what was seen."""
    solved: Floats
    """Inverse of that covariance times the standardised values."""
    n_trend: int = 0
    """Last coordinates that only the trend knows; they may lie anywhere."""

    @classmethod
    def fitted(cls, points: Floats, values: Floats, noises: Floats | None = None, n_trend: int = 0) -> Self:
        """Fit to values (n,) at points (n, d), coordinates between 0 and 1.

        ``noises`` (n,) are the variances of their noise in some common unit; all alike where not given. The
        last ``n_trend`` coordinates enter the trend alone.
        """
        share: Floats = np.ones(len(values)) if noises is None else noises
        points = points - 0.5
        mean, spread = float(values.mean()), float(values.std()) or 1.0
        best: tuple[float, Self] | None = None
        for reach, additive in itertools.product(_REACHES, _ADDITIVE):
            if additive and points.shape[1] - n_trend == 1:
                continue
            plain = _covariance(points, points, reach, additive, n_trend)
            for noise in _NOISES:
                shape = Shape(reach, additive, noise)
                model = cls._solved(points, values, share, mean, spread, shape, plain, n_trend)
                if model is None:
                    continue
                half = model.factor.T @ model.solved
                likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(model.factor)).sum())
                if best is None or likelihood > best[0]:
                    best = (likelihood, model)
        assert best is not None  # the greatest noise keeps the covariance positive definite
        return best[1]

    @classmethod
    def _solved(
        cls,
        points: Floats,
        values: Floats,
        noises: Floats,
        mean: float,
        spread: float,
        shape: Shape,
        plain: Floats,
        n_trend: int,
    ) -> Self | None:
        from scipy.linalg import cho_solve

        try:
            factor = np.linalg.cholesky(plain + np.diag(shape.noise * noises + 1e-8)).astype(np.float64)
        except np.linalg.LinAlgError:
            return None
        solved: Floats = cho_solve((factor, True), (values - mean) / spread, check_finite=False)
        return cls(points, values, noises, mean, spread, shape, factor, solved, n_trend)

    def believing(self, points: Floats) -> Self:
        """Return the model as if its own predictions at points (m, d) had been seen there."""
        believed, _ = self.predicted(points)
        every = np.vstack([self.points, points - 0.5])
        model = self._solved(
            every,
            np.concatenate([self.values, believed]),
            np.concatenate([self.noises, np.full(len(points), self.noises.min())]),
            self.mean,
            self.spread,
            self.shape,
            _covariance(every, every, self.shape.reach, self.shape.additive, self.n_trend),
            self.n_trend,
        )
        return self if model is None else model

    def predicted(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the figure at points (m, d), without noise."""
        from scipy.linalg import solve_triangular

        points = points - 0.5
        across = _covariance(points, self.points, self.shape.reach, self.shape.additive, self.n_trend)
        half = solve_triangular(self.factor, across.T, lower=True, check_finite=False)
        alone = 1.0 + _TREND * (1.0 + np.sum(points**2, axis=1))
        variance = np.maximum(alone - np.sum(half**2, axis=0), 1e-12)
        return self.mean + self.spread * (across @ self.solved), self.spread * np.sqrt(variance)


def _covariance(one: Floats, other: Floats, reach: float, additive: float, n_trend: int) -> Floats:
    total: Floats = _TREND * (1.0 + one @ other.T)
    n = one.shape[1] - n_trend
    one, other = one[:, :n], other[:, :n]
    lengths = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1)[None, :]
    squared = np.maximum(lengths - 2.0 * (one @ other.T), 0.0)
    total += (1.0 - additive) * np.exp(-0.5 * squared / reach**2)
    if additive:
        single = np.zeros_like(total)
        for mine, theirs in zip(one.T, other.T, strict=True):
            single += _alike(mine, theirs, reach)
        total += additive / n * single
    return total


def _alike(mine: Floats, theirs: Floats, reach: float) -> Floats:
    """Return how alike coordinates (n,) and (m,) are, shape (n, m); of few values each pair is seen once."""
    one, mine_at = np.unique(mine, return_inverse=True)
    other, theirs_at = np.unique(theirs, return_inverse=True)
    if len(one) * len(other) * _OFTEN > len(mine) * len(theirs):
        return _decay(mine, theirs, reach)
    return _decay(one, other, reach)[mine_at][:, theirs_at]


def _decay(mine: Floats, theirs: Floats, reach: float) -> Floats:
    decay: Floats = np.exp(-0.5 * ((mine[:, None] - theirs[None, :]) / reach) ** 2)
    return decay
