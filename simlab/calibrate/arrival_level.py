"""The level of arrivals to come: of all weeks, of the last few, or of a trend that goes on; and a season.

Which of them a log calls for is found by rolling-origin evaluation (Tashman 2000, "Out-of-sample tests of
forecasting accuracy"): from each of several weeks of the log every rule foretells how many cases the weeks
after it bring, from the weeks before it alone. Weeks of the part that a validation foretells never enter.
In logs of a year and a half and more, months may differ: a season is there where it foretells clearly better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats
from simlab.calibrate.seasons import MONTHS, month_factors

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
WEEKS_FOR_SEASON: Final = 78
"""Weeks below which there is no season."""
WEEKS_BEFORE: Final = 52
"""Weeks before an origin from which a season can be told."""
SPREADS: Final = (0.05, 0.15, 0.5)
"""How much the logarithms of the factors of months may differ, as tried."""
TINY: Final = 0.5
"""Cases added to those foretold and seen, so that weeks without any have an error, too."""
MOST_ORIGINS: Final = 60
CLEARLY: Final = 1.05
"""By this factor the error of a season in `BLOCK` weeks must be less."""
BLOCK: Final = 4
"""Weeks that are foretold together where months matter, within a year."""


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
    season: tuple[float, ...] = ()
    """Factors of the months, January first; empty where there is no season. The level is that without it."""

    @property
    def last_weeks(self) -> float:
        """Last weeks of the log that are like those to come; infinite for all."""
        return float(WEEKS_FOR_TREND if self.weeks == TREND else self.weeks or np.inf)


def level_of(count: Floats, expected: Floats, variance: float, months: Floats | None = None) -> Level:
    """Return what tells the level of the arrivals to come.

    Parameters
    ----------
    count, expected
        Cases that each week brought, and how many its days would bring on average; 0 where none counts.
    variance
        Squared coefficient of variation of weekly counts beyond Poisson.
    months
        (weeks, 12) share of each week in each month; without, no season is looked for.
    """
    usable = expected > 0
    n, count, expected = int(usable.sum()), count[usable], expected[usable]
    if n < FEWEST_WEEKS:
        return Level(0, 1.0, 0.0, float("nan"), float("nan"))
    overall = float(count.sum() / expected.sum())
    rules = (TREND, 0, *(weeks for weeks in WINDOWS if weeks <= n // 2))
    errors = _errors(rules, count, expected, variance, _origins(n, n // 2))
    rule, error = _chosen(rules, errors)
    season = np.ones(MONTHS)
    if months is not None and n >= WEEKS_FOR_SEASON:
        season, rule, error = _seasonal(rules, rule, error, (count, expected, variance, months[usable]))
        expected = expected * (months[usable] @ season)
    slope = _slope(count, expected, variance)
    if rule == TREND and slope == 0.0:
        rule = 0
    factor = _foretold(rule, count, expected, variance, 0) / overall
    growth = float(np.expm1(np.clip(slope * WEEKS_OF_YEAR, -2.0, 2.0))) if rule == TREND else 0.0
    told = tuple(np.round(season, 4).tolist()) if (season != 1.0).any() else ()
    return Level(rule, float(factor), growth, error, errors[1], told)


def _origins(n: int, first: int) -> list[int]:
    """Return the weeks from which is foretold, as numbers of the weeks before."""
    possible = [
        origin
        for origin in range(first, n - SHORTEST_HORIZON + 1)
        if origin + max(int(HORIZON * origin), SHORTEST_HORIZON) <= n
    ]
    return possible[:: -(-len(possible) // MOST_ORIGINS) or 1]


def _chosen(rules: Sequence[int], errors: Sequence[float]) -> tuple[int, float]:
    """Return the first rule that is about as good as the best, and its error."""
    good = max(ABOUT * min(errors), min(errors) + LEAST_ERROR)
    place = next(number for number, error in enumerate(errors) if error <= good)
    return rules[place], errors[place]


def _seasonal(
    rules: Sequence[int], rule: int, error: float, weeks: tuple[Floats, Floats, float, Floats]
) -> tuple[Floats, int, float]:
    """Return the factors of the months, the rule and its error: as given, where no season foretells better.

    Parameters
    ----------
    weeks
        Counts, expected counts, variance and months, as `level_of` has them.
    """
    count, expected, variance, months = weeks
    origins = _origins(len(count), max(WEEKS_BEFORE, len(count) // 2))
    if not origins:
        return np.ones(MONTHS), rule, error
    plain = min(_errors(rules, count, expected, variance, origins, BLOCK))
    tried = [
        (_chosen(rules, _errors(rules, *weeks[:3], origins, BLOCK, months, spread)), spread)
        for spread in SPREADS
    ]
    (best, least), spread = min(tried, key=lambda each: each[0][1])
    if CLEARLY * least >= plain:
        return np.ones(MONTHS), rule, error
    of_all_weeks = _errors((best,), *weeks[:3], origins, 0, months, spread)[0]
    return month_factors(count, expected, months, variance, spread), best, of_all_weeks


def _errors(
    rules: Sequence[int],
    count: Floats,
    expected: Floats,
    variance: float,
    origins: Sequence[int],
    block: int = 0,
    months: Floats | None = None,
    spread: float = 0.0,
) -> list[float]:
    """Return the mean relative error of each rule over the origins; with months, of a season beside it.

    Parameters
    ----------
    block
        Weeks that are foretold together; 0 for all.
    """
    off: list[list[float]] = [[] for _ in rules]
    for origin in origins:
        ahead = max(int(HORIZON * origin), SHORTEST_HORIZON)
        before, usual = slice(0, origin), expected
        if months is not None:
            factors = month_factors(count[before], expected[before], months[before], variance, spread)
            usual = expected * (months @ factors)
        size = block or ahead
        n_blocks = max(min(ahead, WEEKS_BEFORE) // size, 1)
        coming = slice(origin, origin + size * n_blocks)
        seen, weeks = (each[coming].reshape(n_blocks, size).sum(1) for each in (count, usual))
        for rule, errors in zip(rules, off, strict=True):
            told = _foretold(rule, count[before], usual[before], variance, ahead) * weeks
            errors.append(float(np.abs(np.log((told + TINY) / (seen + TINY))).mean()))
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
