"""Runs on certain dates: of the month, as bills on the first, or of the year, as a yearly collection.

An activity has run dates where nearly all of its later events fall on a few days of the month, or on a few
days of the year in two years and more. What is due before waits for the next of these dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Integers
from simlab.calibrate.work_hours import date_of

FEWEST: Final = 60
"""Events below which there are no run dates."""
NEARLY_ALL: Final = 0.9
MOST_DAYS: Final = {"month": 3, "year": 6}
"""Days of a month, or of a year, that the runs fall on at most."""
FEWEST_RUNS: Final = {"month": 4, "year": 2}
"""Months, or years, in which there are runs at the least."""
LAST_DAY: Final = 31
YEARS: Final = 6
"""Years for which the dates to come are written."""


@dataclass(frozen=True, slots=True)
class RunDates:
    """Days of the month or of the year, and the hours of these days, in which something runs."""

    days: tuple[tuple[int, int], ...]
    """Months (0 for every one) and days; day 31 is the last of its month."""
    hours: tuple[int, int]
    """Full hours from and until which it runs."""
    since: date

    def special(self, first: date, last: date) -> dict[date, tuple[int, int]]:
        """Return the dates from one to another, with the minutes of the day: days in a row are one run."""
        opens, closes = self.hours
        n_days = (last - first).days + 1
        days = (first + timedelta(days=number) for number in range(n_days))
        dates = {day for day in days if self._runs_on(day)}
        one = timedelta(days=1)
        return {
            day: (0 if day - one in dates else 60 * opens, 1440 if day + one in dates else 60 * closes)
            for day in sorted(dates)
        }

    def written(self) -> dict[str, object]:
        """Return a calendar as a scenario has it."""
        special = self.special(self.since, self.since + timedelta(days=366 * YEARS))
        dates = {
            day.isoformat(): "-".join(f"{at // 60:02d}:00" for at in minutes)
            for day, minutes in special.items()
        }
        return {"hours": {"daily": "closed"}, "special": dates}

    def _runs_on(self, day: date) -> bool:
        number = _day_of_month(day)
        return (0, number) in self.days or (day.month, number) in self.days


def run_dates(days: Integers, hour: Integers, since: int) -> RunDates | None:
    """Return the dates on which something runs; None where it runs all the time.

    Parameters
    ----------
    days, hour
        Local day of each event (since 1970-01-01) and hour of the day.
    since
        Local day from which dates are to come.
    """
    if len(days) < FEWEST:
        return None
    used, counts = np.unique(days, return_counts=True)
    for period, key in (("year", _day_of_year), ("month", lambda day: (0, _day_of_month(day)))):
        found = dict[tuple[int, int], int]()
        for day, count in zip(used.tolist(), counts.tolist(), strict=True):
            found[key(date_of(day))] = found.get(key(date_of(day)), 0) + count
        most = sorted(found, key=lambda each: (-found[each], each))[: MOST_DAYS[period]]
        kept = list(_needed(most, found, len(days)))
        if sum(found[each] for each in kept) <= NEARLY_ALL * len(days):
            continue
        runs = {_run(date_of(day), period) for day in used.tolist() if key(date_of(day)) in kept}
        if len(runs) >= FEWEST_RUNS[period]:
            inside = np.sort(hour)[int(0.01 * len(hour)) : int(0.99 * len(hour)) + 1]
            return RunDates(tuple(sorted(kept)), (int(inside[0]), int(inside[-1]) + 1), date_of(since))
    return None


def _needed(
    most: list[tuple[int, int]], found: dict[tuple[int, int], int], n: int
) -> Iterator[tuple[int, int]]:
    """Return the heaviest days until nearly all is covered, and those that are about as heavy as these."""
    covered = 0
    for each in most:
        if covered > NEARLY_ALL * n and found[each] < 0.02 * n:
            return
        covered += found[each]
        yield each


def _day_of_month(day: date) -> int:
    is_last = (day + timedelta(days=1)).day == 1
    return LAST_DAY if is_last else day.day


def _day_of_year(day: date) -> tuple[int, int]:
    return day.month, _day_of_month(day)


def _run(day: date, period: str) -> tuple[int, int]:
    return (day.year, day.month) if period == "month" else (day.year, 0)
