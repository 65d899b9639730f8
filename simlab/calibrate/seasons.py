"""The season of the year in weekly arrivals: a factor for each month, shrunk towards none.

Logarithms of weekly counts are the sum of a level, a trend, what single years differ by, and the months:
ridge regression, in which months are as uncertain beforehand as ``spread`` says. How much they are is chosen
by what foretells later weeks best, see `simlab.calibrate.arrival_level`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats

MONTHS: Final = 12
WEEKS_OF_YEAR: Final = 52
SPREAD_OF_YEARS: Final = 0.15
"""Standard deviation of the logarithm of the level of a year around the trend, before anything is seen."""
FREE: Final = 1e-6


def month_factors(count: Floats, expected: Floats, months: Floats, variance: float, spread: float) -> Floats:
    """Return the factors of the months, January first; their mean logarithm is 0.

    Parameters
    ----------
    count, expected
        Cases that each week brought, and how many its days would bring on average, above 0.
    months
        (weeks, 12) share of each week in each month.
    variance
        Squared coefficient of variation of weekly counts beyond Poisson.
    spread
        Standard deviation of the logarithms of the factors before anything is seen.
    """
    rows = np.flatnonzero(count > 0)
    ratio = np.log(count[rows] / expected[rows])
    weight = 1.0 / (1.0 / expected[rows] + variance)
    year = (len(count) - 1 - rows) // WEEKS_OF_YEAR
    years = (year[:, None] == np.arange(int(year.max(initial=0)) + 1)).astype(np.float64)
    time = (rows - rows.mean()) / WEEKS_OF_YEAR
    design = np.column_stack([np.ones(len(rows)), time, years, months[rows]])
    spreads = np.concatenate([np.full(years.shape[1], SPREAD_OF_YEARS), np.full(MONTHS, spread)])
    penalty = np.concatenate([[FREE, FREE], spreads**-2.0])
    normal = design.T @ (weight[:, None] * design) + np.diag(penalty)
    effect = np.linalg.solve(normal, design.T @ (weight * ratio))[-MONTHS:]
    factors: Floats = np.exp(effect - effect.mean())
    return factors
