"""The level of arrivals to come: that of all weeks, of the last few, or of a trend that goes on.

Which of them a log calls for is found by rolling-origin evaluation (Tashman 2000, "Out-of-sample tests of
forecasting accuracy"): from each of several weeks of the log every rule foretells how many cases the weeks
after it bring, from the weeks before it alone. Weeks of the part that a validation foretells never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats

WINDOWS: Final = (52, 26, 13, 8, 4)
"""Numbers of last weeks that may tell the level."""
FEWEST_WEEKS: Final = 12
"""Weeks below which all of them tell the level."""
HORIZON: Final = 0.2
"""Part of the weeks before an origin that are foretold from it."""
SHORTEST_HORIZON: Final = 4
ABOUT: Final = 1.15
"""A rule whose error is within this factor of the least is about as good."""
LEAST_ERROR: Final = 0.02
"""Errors that differ by less say nothing."""
WEEKS_FOR_TREND: Final = 26
TREND: Final = -1
"""In place of a number of weeks: the trend of all weeks."""
WEEKS_OF_YEAR: Final = 365.25 / 7.0


@dataclass(frozen=True, slots=True)
class Level:
    """What tells the arrivals to come."""

    weeks: int
    """So many last weeks; 0 for all of them, `TREND` for the trend of all."""
    factor: float
    """The level now, over the mean of all weeks."""
    growth_per_year: float
    """0 unless the trend tells the level."""
    error: float
    """Mean relative error with which this was foretold within the log; NaN where that was not tried."""
    error_of_all: float
    """The same of the mean of all weeks before."""

    @property
    def last_weeks(self) -> float:
        """Last weeks of the log that are like those to come; infinite for all."""
        return float(WEEKS_FOR_TREND if self.weeks == TREND else self.weeks or np.inf)


def level_of(count: Floats, expected: Floats, variance: float) -> Level:
    """Return what tells the level of the arrivals to come.

    Parameters
    ----------
    count, expected
        Cases that each week brought, and how many its days would bring on average; 0 where none counts.
    variance
        Squared coefficient of variation of weekly counts beyond Poisson.
    """
    n = int((expected > 0).sum())
    count, expected = count[expected > 0], expected[expected > 0]
    if n < FEWEST_WEEKS:
        return Level(0, 1.0, 0.0, float("nan"), float("nan"))
    overall = float(count.sum() / expected.sum())
    rules = (TREND, 0, *(weeks for weeks in WINDOWS if weeks <= n // 2))
    errors = _errors(rules, count, expected, variance)
    good = max(ABOUT * min(errors), min(errors) + LEAST_ERROR)
    chosen = next(number for number, error in enumerate(errors) if error <= good)
    slope = _slope(count, expected, variance)
    if rules[chosen] == TREND and slope == 0.0:
        chosen = 1
    factor = _foretold(rules[chosen], count, expected, variance, 0) / overall
    growth = float(np.expm1(np.clip(slope * WEEKS_OF_YEAR, -2.0, 2.0))) if rules[chosen] == TREND else 0.0
    return Level(rules[chosen], float(factor), growth, errors[chosen], errors[1])


def _errors(rules: Sequence[int], count: Floats, expected: Floats, variance: float) -> list[float]:
    """Return the mean relative error of each rule, over the origins in the second half of the weeks."""
    n = len(count)
    off: list[list[float]] = [[] for _ in rules]
    for origin in range(n // 2, n - SHORTEST_HORIZON + 1):
        ahead = max(int(HORIZON * origin), SHORTEST_HORIZON)
        if origin + ahead > n:
            break
        coming = slice(origin, origin + ahead)
        seen = max(float(count[coming].sum() / expected[coming].sum()), 1e-9)
        for rule, errors in zip(rules, off, strict=True):
            told = _foretold(rule, count[:origin], expected[:origin], variance, ahead)
            errors.append(abs(float(np.log(max(told, 1e-9) / seen))))
    return [float(np.mean(errors)) if errors else 0.0 for errors in off]


def _foretold(rule: int, count: Floats, expected: Floats, variance: float, ahead: int) -> float:
    """Return cases per expected case in the ``ahead`` weeks to come, by a rule."""
    if rule != TREND:
        return float(count[-rule:].sum() / max(expected[-rule:].sum(), 1e-9))
    slope = _slope(count, expected, variance)
    week = np.arange(len(count)) - len(count)
    return float(count.sum() / (expected @ np.exp(slope * week))) * float(np.exp(slope * ahead / 2.0))


def _slope(count: Floats, expected: Floats, variance: float) -> float:
    """Return the trend a week, by log-linear weighted least squares; 0 unless two standard errors from 0."""
    usable = (count > 0) & (expected > 0)
    if usable.sum() < WEEKS_FOR_TREND:
        return 0.0
    week = np.flatnonzero(usable).astype(np.float64)
    ratio = np.log(count[usable] / expected[usable])
    weight = 1.0 / (1.0 / expected[usable] + variance)
    centred = week - (weight @ week) / weight.sum()
    spread = float(weight @ centred**2)
    slope = float((weight * centred) @ ratio / spread)
    return slope if abs(slope) > 2.0 / np.sqrt(spread) else 0.0
