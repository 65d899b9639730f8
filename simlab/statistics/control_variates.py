"""Control variates: what is known of the randomness that came, used to tell how it moved a response.

A replication in which more tickets came than expected has longer waits. Where the expectation is known
exactly, the regression of the response on the surplus says how much of the spread between replications comes
from it, and what the response would be without.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.statistics.intervals import Estimate, t_quantile

FloatArray = NDArray[np.float64]

FEWEST = 10
"""Replications below which control variates are left out: too few to learn how they act."""


def controlled(plain: Estimate, values: ArrayLike, controls: ArrayLike) -> Estimate:
    """Estimate with control variates, by linear regression.

    Parameters
    ----------
    plain
        The estimate without them: a mean over replications, or a ratio.
    values
        What it is the mean of, shape (n,): the values of the replications, or the pseudo-values of a ratio.
        NaN marks a replication without a value.
    controls
        Shape (n, k), each with an expectation of exactly 0. Those that do not vary, or say nothing new, are
        left out.

    Returns
    -------
    Estimate
        The intercept of the regression, with Student's t interval of as many degrees of freedom as are left.
        Its variance allows for a spread that grows with the load (HC3), as that of waiting times does, where
        the usual formula says too little. The plain one where there are too few replications.

    References
    ----------
    Lavenberg and Welch (1981), A perspective on the use of control variables to increase the efficiency of
    Monte Carlo simulations, *Management Science* 27; Law, *Simulation Modeling and Analysis*, 5th ed.,
    section 11.4; MacKinnon and White (1985), Some heteroskedasticity-consistent covariance matrix estimators,
    *J. Econometrics* 29.
    """
    observed, known = np.asarray(values, np.float64), np.asarray(controls, np.float64)
    if observed.ndim != 1 or known.ndim != 2 or len(known) != observed.size:
        raise UsageError(
            "controls need one row a replication, shape (n, k); "
            f"found shapes {observed.shape} and {known.shape}"
        )
    present = ~np.isnan(observed)
    if not plain.has_interval or plain.half_width == 0.0:
        return plain
    found = intercepts(observed[present, None], known[present])
    if found is None:
        return plain
    variance = float(found.covariance[0, 0])
    before = float(observed[present].var(ddof=1)) / int(present.sum())
    if variance <= 1e-24 * before:
        return plain
    value = plain.value + float(found.shifts[0])
    radius = t_quantile(found.freedom + 1, plain.confidence) * math.sqrt(variance)
    return replace(
        plain,
        value=value,
        low=value - radius,
        high=value + radius,
        half_width=radius,
        method=f"{plain.method}, {found.n_controls} control variate{'s' if found.n_controls > 1 else ''}",
        variance_reduction=before / variance,
    )


@dataclass(frozen=True, slots=True)
class Intercepts:
    """Means of some values over replications at controls of 0, from one regression."""

    shifts: FloatArray
    """(m,) by how much each is above the plain mean."""
    covariance: FloatArray
    """(m, m) of the intercepts (HC3)."""
    freedom: int
    """Degrees of freedom that are left."""
    n_controls: int
    """Controls that were used."""


def intercepts(observed: FloatArray, controls: FloatArray) -> Intercepts | None:
    """Regress values of replications on controls; None with too few replications, or no controls that vary.

    Parameters
    ----------
    observed
        Shape (n, m): m values of each replication, none of them NaN.
    controls
        Shape (n, k), each with an expectation of exactly 0.
    """
    known = _independent(controls)
    n, k = known.shape
    if k == 0 or n < max(FEWEST, 2 * (k + 2)):
        return None
    regressors = np.column_stack([np.ones(n), known])
    inverse = np.linalg.inv(regressors.T @ regressors)
    slopes = (inverse @ regressors.T @ observed)[1:]
    left = observed - observed.mean(axis=0) - (known - known.mean(axis=0)) @ slopes
    # Of each replication: how far it pulls the fit to itself, and its weight in the intercept.
    leverage = np.einsum("ij,jk,ik->i", regressors, inverse, regressors)
    pull = regressors @ inverse[0]
    weighed = left * (pull / np.maximum(1.0 - leverage, 1e-9))[:, None]
    return Intercepts(-known.mean(axis=0) @ slopes, weighed.T @ weighed, n - k - 1, k)


def _independent(controls: FloatArray) -> FloatArray:
    """Return the columns that vary and are no combination of those before them."""
    kept: list[FloatArray] = []
    for column in controls.T:
        spread = float(column.std())
        if not spread > 0.0 or not np.all(np.isfinite(column)):
            continue
        tried = np.column_stack([np.ones(len(column)), *kept, column / spread])
        if np.linalg.matrix_rank(tried, tol=1e-6 * math.sqrt(len(column))) == tried.shape[1]:
            kept.append(column / spread)
    return np.column_stack(kept) if kept else np.empty((len(controls), 0))
