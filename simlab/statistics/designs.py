"""Where to simulate: points of the unit cube, one column a factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SaltelliDesign:
    """Points for Sobol indices: two independent samples, and the first with one column of the second."""

    a: FloatArray
    """(n, k)."""
    b: FloatArray
    """(n, k)."""
    ab: FloatArray
    """(k, n, k); ``ab[i]`` is ``a`` with column i of ``b``."""

    @property
    def points(self) -> FloatArray:
        """All points, shape (n (k + 2), k): a, b, then ab factor by factor."""
        k = self.a.shape[1]
        return np.concatenate([self.a, self.b, self.ab.reshape(-1, k)])

    def split(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Take values of `points`, shape (n (k + 2), ...), apart: shapes (n, ...), (n, ...), (k, n, ...)."""
        n, k = self.a.shape
        return values[:n], values[n : 2 * n], values[2 * n :].reshape(k, n, *values.shape[1:])


def latin_hypercube(n: int, n_factors: int, seed: int) -> FloatArray:
    """Return n points of which each factor has one in each of n equal parts of its range, shape (n, k)."""
    from scipy.stats import qmc

    _require(n, n_factors)
    return np.asarray(qmc.LatinHypercube(n_factors, rng=seed).random(n), np.float64)


def sobol_points(n: int, n_factors: int, seed: int) -> FloatArray:
    """Return the first n points of a scrambled Sobol sequence, shape (n, k); best if n is a power of two."""
    from scipy.stats import qmc

    _require(n, n_factors)
    exponent = (n - 1).bit_length()
    return np.asarray(qmc.Sobol(n_factors, rng=seed).random_base2(exponent)[:n], np.float64)


def saltelli_design(n: int, n_factors: int, seed: int) -> SaltelliDesign:
    """Return the points from which Sobol indices are estimated, n (k + 2) in all.

    References
    ----------
    Saltelli et al. (2010), Variance based sensitivity analysis of model output, *Computer Physics
    Communications* 181.
    """
    both = sobol_points(n, 2 * n_factors, seed)
    a, b = both[:, :n_factors], both[:, n_factors:]
    ab = np.repeat(a[np.newaxis], n_factors, axis=0)
    for factor in range(n_factors):
        ab[factor, :, factor] = b[:, factor]
    return SaltelliDesign(a, b, ab)


def morris_trajectories(n_trajectories: int, n_factors: int, seed: int, levels: int = 4) -> FloatArray:
    """Return random walks on a grid that change each factor once, shape (r, k + 1, k).

    Parameters
    ----------
    levels
        Even number of grid values of each factor; a change is levels / (2 (levels - 1)) of the range.

    References
    ----------
    Morris (1991), Factorial sampling plans for preliminary computational experiments, *Technometrics* 33.
    """
    _require(n_trajectories, n_factors)
    if levels < 2 or levels % 2:
        raise UsageError(f"the number of levels of a Morris design must be even; found {levels}")
    draws = np.random.default_rng(seed)
    step = levels / (2.0 * (levels - 1))
    walks = np.empty((n_trajectories, n_factors + 1, n_factors))
    for walk in walks:
        low = draws.integers(levels // 2, size=n_factors) / (levels - 1)
        ups = draws.random(n_factors) < 0.5
        walk[0] = np.where(ups, low, low + step)
        for place, factor in enumerate(draws.permutation(n_factors)):
            walk[place + 1] = walk[place]
            walk[place + 1, factor] = low[factor] + step if ups[factor] else low[factor]
    return walks


def _require(n: int, n_factors: int) -> None:
    if n < 1 or n_factors < 1:
        raise UsageError(f"a design needs points and factors; found {n} points of {n_factors} factors")
