"""Working hours read off activity: when a team, or all of them, usually do something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import EPOCH
from simlab.model.calendar_rules import CalendarRule, open_intervals, parse_weekly
from simlab.model.calendars import Calendar, calendar_of
from simlab.model.wall_clock import WallClock

HOURS_PER_WEEK: Final = 168
COVERED: Final = 0.92
"""Share of a day's activity that its working hours cover."""
LEAST_OF_A_DAY: Final = 0.25
"""A day of the week with less activity than this part of the busiest is a day off."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class WorkHours:
    """First and last hour (exclusive) of work by weekday, Monday first; (0, 0) for a day off."""

    by_day: tuple[tuple[int, int], ...]

    @property
    def open_hours(self) -> NDArray[np.bool_]:
        """Whether each hour of the week is open."""
        is_open = np.zeros(HOURS_PER_WEEK, bool)
        for day, (first, last) in enumerate(self.by_day):
            is_open[24 * day + first : 24 * day + last] = True
        return is_open

    @property
    def hours_per_week(self) -> float:
        """Open hours a week."""
        return float(self.open_hours.sum())

    def written(self) -> dict[str, str]:
        """Return the hours as a scenario has them: days to intervals."""
        written: dict[str, str] = {}
        day = 0
        while day < len(self.by_day):
            last = day
            while last + 1 < len(self.by_day) and self.by_day[last + 1] == self.by_day[day]:
                last += 1
            opens, closes = self.by_day[day]
            if closes > opens:
                days = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
                written["daily" if last - day == 6 else days] = f"{opens:02d}:00-{closes:02d}:00"
            day = last + 1
        return written

    def with_hours_of(self, other: WorkHours) -> WorkHours:
        """Return hours that are open wherever either is, each day from the first to the last."""
        joined = []
        for one, two in zip(self.by_day, other.by_day, strict=True):
            open_ones = [hours for hours in (one, two) if hours[1] > hours[0]]
            joined.append(
                (min(first for first, _ in open_ones), max(last for _, last in open_ones))
                if open_ones
                else (0, 0)
            )
        return WorkHours(tuple(joined))


def hours_of_activity(hour_of_week: Integers, covered: float = COVERED) -> WorkHours:
    """Return the shortest hours, the same on all working days, in which most activity falls.

    Weekdays and weekend days have hours of their own. Without any activity: Monday to Friday, 9 to 17.
    """
    counts = np.bincount(hour_of_week, minlength=HOURS_PER_WEEK).reshape(7, 24).astype(np.float64)
    if not counts.sum():
        return WorkHours(((9, 17),) * 5 + ((0, 0),) * 2)
    by_day = counts.sum(1)
    works = by_day >= LEAST_OF_A_DAY * np.median(by_day[by_day > 0])
    hours = [(0, 0)] * 7
    for days in (range(5), range(5, 7)):
        working = [day for day in days if works[day]]
        if working:
            for day in working:
                hours[day] = _shortest(counts[working].sum(0), covered)
    return WorkHours(tuple(hours))


def calendar_for(hours: WorkHours, zone: str, first: float, last: float) -> Calendar:
    """Compile hours for a span of instants, minutes since 1970 UTC."""
    rule = CalendarRule(zone, parse_weekly(hours.written()))
    start, end = first - 14 * 1440.0, last + 14 * 1440.0
    return calendar_of(open_intervals(rule, WallClock(zone, EPOCH), start, end), start, end)


def local_day(instants: Floats, zone: str) -> Integers:
    """Return the local day of each instant, counted from 1970-01-01."""
    clock = WallClock(zone, EPOCH)
    if not len(instants):
        return np.zeros(0, np.int64)
    first = clock.to_local(float(instants.min())).date()
    n_days = (clock.to_local(float(instants.max())).date() - first).days + 2
    midnights = clock.minutes_of_wall(
        np.array([((first - date(1970, 1, 1)).days + day) * 1440.0 for day in range(n_days)])
    )
    day = np.searchsorted(midnights, instants, side="right") - 1
    return (day + (first - date(1970, 1, 1)).days).astype(np.int64)


def date_of(day: int) -> date:
    """Return the date of a local day."""
    return date(1970, 1, 1) + timedelta(days=int(day))


def months_of(days: Integers) -> Integers:
    """Return the months of local days, 0 for January."""
    return np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def _shortest(by_hour: Floats, covered: float) -> tuple[int, int]:
    wanted = covered * by_hour.sum()
    below = np.concatenate([[0.0], np.cumsum(by_hour)])
    for length in range(1, 25):
        inside = below[length:] - below[: 25 - length]
        if inside.max() >= wanted - 1e-9:
            first = int(np.argmax(inside))
            return first, first + length
    return 0, 24
