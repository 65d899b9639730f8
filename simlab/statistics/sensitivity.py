"""What moves a response: elementary effects, Sobol indices, and the split of its variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.statistics.designs import SaltelliDesign
from simlab.statistics.intervals import Estimate, mean_interval, without_interval

FloatArray = NDArray[np.float64]

RESAMPLES = 1000
"""Bootstrap resamples."""
STILL = "the response does not vary"
"""Why there is no index."""


@dataclass(frozen=True, slots=True)
class ElementaryEffects:
    """Morris' measures of one factor, in the unit of the response per whole range of the factor."""

    mu: Estimate
    """Mean effect, signed."""
    mu_star: Estimate
    """Mean absolute effect: how much the factor matters."""
    sigma: float
    """Standard deviation of the effects: how much they depend on where the other factors are."""


@dataclass(frozen=True, slots=True)
class SobolIndices:
    """Shares of the variance of a response that one factor accounts for."""

    first: Estimate
    """By itself."""
    total: Estimate
    """With all its interactions."""


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """Where the spread of a single run's response comes from."""

    mean: Estimate
    """Over assumptions and randomness."""
    input_variance: float
    """Of the expected response, as the assumptions vary; at least 0."""
    simulation_variance: float
    """Of the response under fixed assumptions, averaged over them."""
    input_share: Estimate
    """Share of the total variance that the assumptions account for."""


def elementary_effects(
    walks: FloatArray, values: FloatArray, confidence: float = 0.95
) -> tuple[ElementaryEffects, ...]:
    """Return Morris' measures of each factor, with t intervals over the trajectories.

    Parameters
    ----------
    walks
        Points of `designs.morris_trajectories`, shape (r, k + 1, k).
    values
        The response at each of them, shape (r, k + 1).

    References
    ----------
    Morris (1991), *Technometrics* 33; mu*: Campolongo, Cariboni and Saltelli (2007), *Environmental Modelling
    & Software* 22.
    """
    steps = np.diff(walks, axis=1)
    changes = np.diff(values, axis=1)
    factors = np.argmax(np.abs(steps), axis=2)
    effects = np.empty((walks.shape[0], walks.shape[2]))
    sizes = np.take_along_axis(steps, factors[..., np.newaxis], axis=2)[..., 0]
    np.put_along_axis(effects, factors, changes / sizes, axis=1)
    return tuple(
        ElementaryEffects(
            mu=mean_interval(column, confidence),
            mu_star=mean_interval(np.abs(column), confidence),
            sigma=float(np.std(column, ddof=1)) if len(column) > 1 else math.nan,
        )
        for column in effects.T
    )


def sobol_indices(
    design: SaltelliDesign, values: FloatArray, seed: int, confidence: float = 0.95
) -> tuple[SobolIndices, ...]:
    """Return first-order and total indices of each factor, with percentile bootstrap intervals.

    The bootstrap resamples the rows of the design and the replications together, so that intervals hold
    what comes from few points and what comes from few replications.

    Parameters
    ----------
    design
        Of `designs.saltelli_design`, n rows.
    values
        The response at ``design.points``, replication by replication, shape (n (k + 2), r). The mean over
        replications is what the indices are about.
    seed
        Of the bootstrap.

    Returns
    -------
    tuple
        One for each factor; without an interval, and NaN, where the response does not vary.

    References
    ----------
    First order: Saltelli et al. (2010), *Computer Physics Communications* 181, table 2 (b); total: Jansen
    (1999), *Computer Physics Communications* 117.
    """
    a, b, ab = design.split(values)
    n, r = a.shape
    draws = np.random.default_rng(seed)
    point = _indices(a.mean(axis=-1), b.mean(axis=-1), ab.mean(axis=-1))
    samples = np.empty((RESAMPLES, *point.shape))
    for sample in samples:
        rows = draws.integers(n, size=n)
        weights = np.bincount(draws.integers(r, size=r), minlength=r) / r
        sample[:] = _indices(a[rows] @ weights, b[rows] @ weights, ab[:, rows] @ weights)
    method = "bootstrap over points and replications"

    def told(kind: int, factor: int) -> Estimate:
        value, seen = float(point[kind, factor]), samples[:, kind, factor]
        if math.isnan(value) or np.isnan(seen).any():
            return without_interval(value, n, confidence, STILL)
        low, high = np.quantile(seen, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0]).tolist()
        return Estimate(value, low, high, (high - low) / 2.0, n, confidence, method)

    return tuple(SobolIndices(told(0, factor), told(1, factor)) for factor in range(ab.shape[0]))


def variance_split(values: FloatArray, confidence: float = 0.95) -> VarianceSplit:
    """Split the variance of a response into that of the assumptions and that of the simulation.

    Parameters
    ----------
    values
        One row for each draw of the assumptions, with independent replications of each: shape (n, r), both at
        least 2.

    Returns
    -------
    VarianceSplit
        One-way analysis of variance with random effects. The interval of the share is exact for normal
        responses; it is clipped to [0, 1].

    References
    ----------
    Searle, Casella and McCulloch, *Variance Components*, sections 3.5 and 3.6.
    """
    from scipy.special import fdtri

    n, r = values.shape
    if n < 2 or r < 2:
        raise UsageError(
            f"a split of the variance needs at least 2 draws of 2 replications; found {n} of {r}"
        )
    means = values.mean(axis=1)
    between = r * float(means.var(ddof=1))
    within = float(values.var(axis=1, ddof=1).mean())
    input_variance = max((between - within) / r, 0.0)
    mean = mean_interval(means, confidence)
    total = input_variance + within
    if total == 0.0:
        nothing = Estimate(
            math.nan, math.nan, math.nan, math.nan, n, confidence, "the response does not vary"
        )
        return VarianceSplit(mean, 0.0, 0.0, nothing)
    tail = (1.0 - confidence) / 2.0
    freedom = (n - 1, n * (r - 1))

    def share(quantile: float) -> float:
        if within == 0.0:
            return 1.0
        ratio = between / within / quantile
        return float(min(max((ratio - 1.0) / (ratio - 1.0 + r), 0.0), 1.0))

    low, high = share(float(fdtri(*freedom, 1.0 - tail))), share(float(fdtri(*freedom, tail)))
    value = input_variance / total
    method = "F distribution, one-way analysis of variance"
    estimate = Estimate(value, low, high, (high - low) / 2.0, n, confidence, method)
    return VarianceSplit(mean, input_variance, within, estimate)


def shapley_values(n_players: int, worth: Callable[[frozenset[int]], FloatArray]) -> FloatArray:
    """Return the exact Shapley value of each player, replication by replication, shape (k, r).

    Parameters
    ----------
    worth
        Response of each replication, shape (r,), with the changes of these players and no others.

    References
    ----------
    Shapley (1953), A value for n-person games.
    """
    shares = []
    for player in range(n_players):
        others = [other for other in range(n_players) if other != player]
        parts = []
        for bits in range(2 ** len(others)):
            group = frozenset(other for place, other in enumerate(others) if bits >> place & 1)
            weight = 1.0 / (n_players * math.comb(n_players - 1, len(group)))
            parts.append(weight * (worth(group | {player}) - worth(group)))
        shares.append(np.sum(parts, axis=0))
    return np.array(shares)


def _indices(a: FloatArray, b: FloatArray, ab: FloatArray) -> FloatArray:
    """First-order and total indices, shape (2, k)."""
    variance = float(np.var(np.concatenate([a, b])))
    if variance <= 1e-24 * float(np.mean(np.abs(a)) ** 2) or variance == 0.0:
        return np.full((2, ab.shape[0]), np.nan)
    # Around the mean, which changes nothing but the noise of the estimate.
    first = np.mean((b - np.mean(np.concatenate([a, b]))) * (ab - a), axis=-1) / variance
    total = np.mean((a - ab) ** 2, axis=-1) / (2.0 * variance)
    return np.array([first, total])
