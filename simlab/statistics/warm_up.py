"""Where the start-up of a run ends: MSER-5 for the decision, Welch's moving average for the eye."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError

FloatArray = NDArray[np.float64]

BATCH = 5
"""Observations averaged into one point of MSER-5."""
IGNORED_BATCHES = 5
"""Truncations that would leave fewer batches than this are not looked at: their spread is accidental."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The proposed truncation of a series, and whether it can be trusted."""

    truncation: int
    """Leading observations to discard."""
    n: int
    """Observations in the series."""
    mean_after: float
    """Mean of what is kept."""
    statistic: tuple[float, ...]
    """MSER of every truncation looked at, one a batch: the curve whose lowest point was chosen."""
    warning: str | None
    """Why the truncation is not to be trusted; None where it is."""


def mser5(series: ArrayLike) -> WarmUp:
    """Truncation that minimises the squared standard error of the mean of what is kept.

    Parameters
    ----------
    series
        Observations equally spaced in time, shape (n,), or one row a replication, shape (replications, n),
        which is averaged over replications first (NaN left out). At least 50 observations.

    Returns
    -------
    WarmUp
        A warning is given where more than half of the run would go: the run is then too short, or not steady.

    References
    ----------
    White (1997), An effective truncation heuristic for bias reduction in simulation output, *Simulation* 69;
    Hoad, Robinson and Davies (2010), Automating warm-up length estimation, *JORS* 61.
    """
    average = _averaged(series)
    if average.size < 2 * BATCH * IGNORED_BATCHES:
        raise UsageError(
            f"MSER-5 needs at least {2 * BATCH * IGNORED_BATCHES} observations; found {average.size}"
        )
    batches = average[: average.size // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
    # Centring keeps the sums of squares from cancelling; the median of a constant series is that constant.
    centred = batches - np.median(batches)
    kept = np.arange(batches.size, 0, -1)
    sums = np.cumsum(centred[::-1])[::-1]
    squares = np.cumsum(centred[::-1] ** 2)[::-1]
    statistic = ((squares - sums**2 / kept) / kept**2)[: batches.size - IGNORED_BATCHES + 1]
    truncation = int(np.argmin(statistic)) * BATCH
    warning = None
    if truncation > average.size / 2:
        warning = (
            "more than half of the run would be discarded: lengthen the run, or check that its load is steady"
        )
    mean_after = float(average[truncation:].mean())
    return WarmUp(truncation, average.size, mean_after, tuple(statistic.tolist()), warning)


def welch_moving_average(series: ArrayLike, window: int) -> FloatArray:
    """Centred moving average over 2 * window + 1 points, narrower near the start, for a warm-up plot.

    Parameters
    ----------
    series
        As in `mser5`.
    window
        Points on either side, from 0 to a quarter of the series.

    Returns
    -------
    ndarray
        Shape (n - window,): the last points have no full window and are left out.

    References
    ----------
    Welch (1983), in Lavenberg (ed.), *The Computer Performance Modeling Handbook*, section 6.4;
    Law, *Simulation Modeling and Analysis*, 5th ed., section 9.5.1.
    """
    average = _averaged(series)
    if not 0 <= window <= average.size // 4:
        raise UsageError(f"the window must lie between 0 and {average.size // 4}; found {window}")
    running = np.concatenate(([0.0], np.cumsum(average)))
    centre = np.arange(average.size - window)
    reach = np.minimum(centre, window)
    smooth: FloatArray = (running[centre + reach + 1] - running[centre - reach]) / (2 * reach + 1)
    return smooth


def _averaged(series: ArrayLike) -> FloatArray:
    array = np.asarray(series, dtype=np.float64)
    if array.ndim not in (1, 2):
        raise UsageError(f"a series has the shape (n,) or (replications, n); found {array.shape}")
    rows = np.atleast_2d(array)
    present = ~np.isnan(rows)
    count = np.count_nonzero(present, axis=0)
    if np.any(count == 0):
        raise UsageError("every point of the series needs a value in at least one replication")
    average: FloatArray = np.sum(rows, axis=0, where=present) / count
    return average
