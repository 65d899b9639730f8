"""Days off: those on which hardly anybody did anything, and those that the mapping of a log names.

A day is recognised as one where next to nothing of what people take up happened, though the same weekday of
the weeks around it is a day of work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendar_rules import public_holidays

WEEKS_AROUND: Final = 4
"""Weeks before and after a day to which it is compared."""
FEWEST_WEEKS: Final = 3
LEAST_USUAL: Final = 15.0
"""What is taken up on the same weekday at the least, so that a quiet day is no chance."""
QUIET: Final = 0.1
"""Part of the usual below which a day is a day off."""
_FIRST: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Dates without work, and the public holidays of a country or region."""

    dates: tuple[date, ...] = ()
    holidays: str | None = None
    """Code such as ``DE-BY``."""

    def __bool__(self) -> bool:
        return bool(self.dates) or self.holidays is not None

    def and_dates(self, more: Sequence[date]) -> DaysOff:
        """Return these with more dates, those that are public holidays anyway left out."""
        dates = {*self.dates, *more}
        if self.holidays is not None and dates:
            years = min(dates).year, max(dates).year
            dates -= set(public_holidays(self.holidays, *years).closed)
        return replace(self, dates=tuple(sorted(dates)))

    def written(self) -> dict[str, object]:
        """Return what a calendar of a scenario says of them."""
        found: dict[str, object] = {} if self.holidays is None else {"holidays": self.holidays}
        return found | ({"closed": [day.isoformat() for day in self.dates]} if self.dates else {})


NO_DAYS_OFF: Final = DaysOff()


def quiet_days(days: NDArray[np.int64]) -> tuple[date, ...]:
    """Return the days off among the days of a log.

    Parameters
    ----------
    days
        Local day, counted from 1970-01-01, of everything that people took up.
    """
    if not len(days):
        return ()
    first = int(days.min())
    counts = np.bincount(days - first)
    found = []
    for day in range(len(counts)):
        around = np.arange(day - 7 * WEEKS_AROUND, day + 7 * WEEKS_AROUND + 1, 7)
        around = around[(around >= 0) & (around < len(counts)) & (around != day)]
        is_inside = len(around) >= FEWEST_WEEKS and around[0] < day < around[-1]
        usual = float(np.median(counts[around])) if is_inside else 0.0
        if usual >= LEAST_USUAL and counts[day] <= QUIET * usual:
            found.append(_FIRST + timedelta(days=first + day))
    return tuple(found)


def arrival_share(days: NDArray[np.int64], off: Collection[date]) -> float:
    """Return which part of the usual number of cases comes on days off, 0 where none is in the log.

    Parameters
    ----------
    days
        Local day of the creation of each case, counted from 1970-01-01.
    """
    first = _FIRST + timedelta(days=int(days.min()))
    counts = np.bincount(days - days.min())
    weekday = (np.arange(len(counts)) + first.weekday()) % 7
    is_off = np.array([first + timedelta(days=day) in off for day in range(len(counts))])
    if not is_off.any() or len(counts) < 7 * FEWEST_WEEKS:
        return 0.0
    usual = np.array([counts[(weekday == day) & ~is_off].mean() for day in range(7)])
    expected = float(usual[weekday[is_off]].sum())
    return min(float(counts[is_off].sum()) / expected, 1.0) if expected > 0.0 else 0.0


def public_days(holidays: str, days: NDArray[np.int64]) -> Collection[date]:
    """Return the public holidays of the years of some days, counted from 1970-01-01."""
    first, last = (_FIRST + timedelta(days=int(day)) for day in (days.min(), days.max()))
    return public_holidays(holidays, first.year, last.year).closed
