"""Arrivals in a log: which weeks can be trusted, the rate by hour of week, the variation from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.arrival_level import WEEKS_FOR_SEASON
from simlab.calibrate.event_log import EventLog, Floats
from simlab.calibrate.fit_arrivals import DENSE_IN_SEASON, SMOOTHED, is_rare
from simlab.model.wall_clock import HOURS_PER_WEEK, WallClock

Integers = NDArray[np.int64]

_THIN: Final = 0.6
"""Share of a good week's arrivals below which a week is thin."""
_GOOD_WEEKS: Final = 8
_LONGEST_GAP: Final = 2
"""Thin weeks in a row that may be a holiday season; more of them end the usable part."""
_QUIET: Final = 0.5
"""Share of the median of its weekday below which a working day is quiet."""
_FEWEST_DAYS: Final = 4
"""Days of a kind that a variation from day to day needs."""
_ENDED_EARLY: Final = 0.02
"""Share of cases of which the end may lie before that of all others without being a stream's."""
_LATE_START: Final = 0.25
"""Share of the log's span after which the first ends betray a snapshot."""
_CREATED_BEFORE: Final = 0.1
"""Share of cases created before the first ends, that makes it one."""


@dataclass(frozen=True, slots=True)
class ArrivalProfile:
    """Arrivals of a log, on the clock of its zone."""

    weeks: tuple[tuple[date, int], ...]
    """Monday and number of arrivals of every week, the first and the last maybe cut."""
    first_usable: int
    """Row of the first week that can be trusted."""
    n_usable: int
    """So many weeks can be trusted, that one included; 0: none."""
    by_hour: Floats
    """(168,) mean arrivals by hour of week, Monday 0:00 first, in the usable weeks; NaN without them."""
    per_week: float
    quiet_days: tuple[date, ...]
    """Working days in the usable weeks with less than half of the usual arrivals, which chance makes one time
    in a thousand at most: holidays, most likely."""
    per_working_day: float
    """Mean of Monday to Friday without quiet days."""
    office_share: float
    """Share that comes Monday to Friday from 8 to 18 h."""
    day_cv: float
    """Variation of a working day's arrivals around the mean of its weekday, beyond that of a Poisson process;
    without quiet days."""
    lag_one: float
    """Correlation of that variation from one working day to the next."""
    snapshot_at: float
    """Instant at which the log was taken of tickets that were open then; NaN where it is no such log."""

    @property
    def usable(self) -> tuple[date, date] | None:
        """First day, and day after the last, of the usable weeks."""
        if not self.n_usable:
            return None
        first = self.weeks[self.first_usable][0]
        return first, first + timedelta(weeks=self.n_usable)


def arrival_profile(log: EventLog) -> ArrivalProfile:
    """Return the arrivals of a log."""
    clock = WallClock(log.zone, datetime(1970, 1, 1, tzinfo=UTC))
    created = log.cases.created
    if not len(created):
        return _nothing((), np.nan)
    day = np.floor((created + clock.ahead_of_utc(created)) / 1440.0).astype(np.int64)
    monday = _monday(day)
    first = int(monday.min())
    counts = np.bincount((monday - first) // 7)
    weeks = tuple((_date(first + 7 * week), int(count)) for week, count in enumerate(counts))
    snapshot_at = _snapshot_at(log)
    is_whole = _whole_weeks(log, clock, first, len(counts), snapshot_at)
    start, n_usable = _usable_weeks(counts, is_whole)
    if not n_usable:
        return _nothing(weeks, snapshot_at)
    from_day, to_day = first + 7 * start, first + 7 * (start + n_usable)
    is_in = (day >= from_day) & (day < to_day)
    by_hour = np.bincount(clock.hour_of_week(created[is_in]), minlength=HOURS_PER_WEEK) / n_usable
    by_day = np.bincount(day[is_in] - from_day, minlength=7 * n_usable).reshape(n_usable, 7)
    working = by_day[:, :5].astype(np.float64)
    usual = np.median(working, axis=0)
    is_rarely_so = np.stack([is_rare(working[:, day], float(usual[day])) for day in range(5)], axis=1)
    is_quiet = (working < _QUIET * usual) & is_rarely_so
    working[is_quiet] = np.nan
    office = by_hour.reshape(7, 24)[:5, 8:18].sum()
    return ArrivalProfile(
        weeks,
        start,
        n_usable,
        by_hour,
        per_week=float(by_hour.sum()),
        quiet_days=tuple(_date(from_day + 7 * int(week) + int(day)) for week, day in np.argwhere(is_quiet)),
        per_working_day=float(np.nanmean(working)),
        office_share=float(office / by_hour.sum()),
        day_cv=_day_cv(working),
        lag_one=_lag_one(working),
        snapshot_at=snapshot_at,
    )


def _nothing(weeks: tuple[tuple[date, int], ...], snapshot_at: float) -> ArrivalProfile:
    nan = np.nan
    return ArrivalProfile(weeks, 0, 0, np.full(HOURS_PER_WEEK, nan), nan, (), nan, nan, nan, nan, snapshot_at)


def _monday(day: Integers) -> Integers:
    """Return the Monday of each day, both as days since 1970-01-01, a Thursday."""
    return day - (day + 3) % 7


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _snapshot_at(log: EventLog) -> float:
    """Return when a log was taken of tickets that were open then, NaN where it is a stream.

    In a stream tickets end all along. If almost none end in the first part of the log, although many were
    created in it, those that did were left out: only tickets still open at some instant were taken.
    """
    seen, created = log.last_seen(), log.cases.created
    first, last = log.observed()
    if not last > first:
        return np.nan
    begin = float(np.quantile(seen, _ENDED_EARLY))
    is_late = begin - first > _LATE_START * (last - first)
    return begin if is_late and (created < begin).mean() > _CREATED_BEFORE else np.nan


def _whole_weeks(
    log: EventLog, clock: WallClock, first: int, n_weeks: int, snapshot_at: float
) -> NDArray[np.bool_]:
    """Whether a week lies wholly inside the log, and after a snapshot."""
    begin, end = log.cases.created[0], log.observed()[1]
    edges = clock.minutes_of_wall((first + 7.0 * np.arange(n_weeks + 1)) * 1440.0)
    slack = 1440.0  # the first ticket of a Monday comes in the morning; the last export on a Friday or Sunday
    is_inside = (edges[:-1] + slack >= begin) & (edges[1:] - 3.0 * slack <= end)
    return np.asarray(is_inside & ~(edges[:-1] < snapshot_at), np.bool_)


def _usable_weeks(counts: Integers, is_whole: NDArray[np.bool_]) -> tuple[int, int]:
    """Return first row and number of the weeks to trust: the longest part without many thin ones.

    In a log of many weeks a season makes weeks thin: then five weeks are looked at together, and only those
    with hardly any arrivals are thin. Nor are weeks thin that chance makes so.
    """
    if not is_whole.any():
        return 0, 0
    part, level = _THIN, counts.astype(np.float64)
    if int(is_whole.sum()) >= WEEKS_FOR_SEASON:
        part, near = DENSE_IN_SEASON, np.ones(SMOOTHED)
        level = np.convolve(level, near, "same") / np.convolve(np.ones(len(level)), near, "same")
    best = np.sort(level[is_whole])[::-1][: min(_GOOD_WEEKS, max(int(is_whole.sum()) // 4, 1))]
    usual = float(np.median(best))
    is_good = is_whole & ((level >= part * usual) | ~is_rare(level, usual)) & (counts > 0)
    longest, start, end = (0, 0), -1, -1
    for week in np.flatnonzero(is_good).tolist():
        if start < 0 or week - end > _LONGEST_GAP:
            start = week
        end = week + 1
        longest = max(longest, (end - start, -start))
    return -longest[1], longest[0]


def _day_cv(working: Floats) -> float:
    """Return the coefficient of variation of a random day factor, by moments; NaN of few days.

    Of counts that are Poisson given the factor, the variance is mean + cv² mean².
    """
    n_days = (~np.isnan(working)).sum(axis=0)
    if (n_days < _FEWEST_DAYS).any():
        return np.nan
    mean, variance = np.nanmean(working, axis=0), np.nanvar(working, axis=0, ddof=1)
    # The square of an estimated mean is too large by the variance of that estimate.
    square = mean**2 - variance / n_days
    return float(np.sqrt(max((variance - mean).sum() / square.sum(), 0.0))) if square.sum() > 0 else np.nan


def _lag_one(working: Floats) -> float:
    """Return the correlation of successive working days, each taken relative to the mean of its weekday."""
    if ((~np.isnan(working)).sum(axis=0) < _FEWEST_DAYS).any() or not (np.nanmean(working, axis=0) > 0).all():
        return np.nan
    relative = (working / np.nanmean(working, axis=0)).ravel()  # Friday is followed by Monday
    before, after = relative[:-1], relative[1:]
    known = ~np.isnan(before) & ~np.isnan(after)
    if before[known].std() == 0.0 or after[known].std() == 0.0:
        return np.nan
    return float(np.corrcoef(before[known], after[known])[0, 1])
