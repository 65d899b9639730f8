"""Arrivals: rate, profile of the week, day-to-day variation, and days that do not tell the rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.arrival_level import WEEKS_FOR_SEASON, Level, level_of
from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import EPOCH
from simlab.calibrate.seasons import MONTHS
from simlab.calibrate.work_hours import HOURS_PER_WEEK, date_of, local_day, months_of
from simlab.model.wall_clock import WallClock

THIN: Final = 0.35
"""A day with less than this part of what its weekday usually brings is a holiday, or not fully in the log."""
SNAPSHOT: Final = 0.5
"""An export is a snapshot of open tickets where this share of its cases came in its last tenth."""
RARE: Final = 6.9
"""A day is only left out if chance makes it one time in a thousand at most: minus the logarithm of that."""
WEEKS_FOR_PROFILE: Final = 3
LONGEST_GAP: Final = 2
DENSE: Final = 0.5
"""Part of what the best weeks bring that others bring at least, where cases come all the time."""
DENSE_IN_SEASON: Final = 0.2
"""The same of logs of `WEEKS_FOR_SEASON` weeks and more, in which a season may make weeks poor."""
SMOOTHED: Final = 5
"""Weeks of such logs that are looked at together."""
DAYS_FOR_VARIATION: Final = 15
MONDAY_OF_EPOCH: Final = 3
"""1970-01-01 was a Thursday."""


@dataclass(frozen=True, slots=True)
class FittedArrivals:
    """A Poisson process with a profile of the week and a random factor a day."""

    per_week: float
    """Of the weeks to come."""
    per_week_interval: tuple[float, float]
    """95 % interval of the weekly rate, day-to-day variation included."""
    by_hour: Floats
    """Share of each of the 168 hours of the week, Monday 00:00 first; they add up to 1."""
    day_cv: float
    day_correlation: float
    level: Level
    """What tells the rate of the cases to come."""
    first_day: date
    last_day: date
    left_out: tuple[date, ...]
    """Days within these that were left out: holidays, outages, days at the edges of the log."""
    is_snapshot: bool
    """Whether the cases are no arrival stream: most came in the last part of the time that the log spans."""


def fit_arrivals(created: Floats, zone: str, all_created: Floats | None = None) -> FittedArrivals:
    """Return the arrival process of the instants at which cases were created (minutes since 1970 UTC).

    Parameters
    ----------
    created
        Those that tell the rate.
    all_created
        Those of the whole log, where ``created`` is the recent part of it. They tell whether it is a
        snapshot, and the profile of the week where the recent part is shorter than `WEEKS_FOR_PROFILE`.
    """
    whole = created if all_created is None else all_created
    days = local_day(created, zone)
    low, high = _dense_days(days)
    number = np.arange(low, high + 1)
    counts = np.bincount(days[(days >= low) & (days <= high)] - low, minlength=len(number)).astype(np.float64)
    weekday = (number + MONDAY_OF_EPOCH) % 7
    is_short = len(number) < 7 * WEEKS_FOR_PROFILE
    if is_short:
        mean = _weekdays_of(whole, zone)
        profile = _profile(whole, zone, mean)
        counts_for = np.ones(len(number), bool)
    else:
        counts_for = _usual_days(counts, weekday)
        mean = _by_weekday(counts, weekday, counts_for)
        profile = _profile(created[np.isin(days, number[counts_for])], zone, mean)
    n_weeks = max(float(mean[weekday[counts_for]].sum() / mean.sum()), 1e-3)
    overall = float(counts[counts_for].sum()) / n_weeks
    expected = mean[weekday] * overall / mean.sum()
    level, cv, correlation = _now(counts, expected, counts_for, months_of(number))
    per_week = overall * level.factor
    told_by = min(float(level.weeks), n_weeks) if level.weeks > 0 else n_weeks
    half = 1.96 * float(np.sqrt(per_week / told_by + (cv * per_week) ** 2 / 7.0 / told_by))
    return FittedArrivals(
        per_week=per_week,
        per_week_interval=(max(per_week - half, 0.0), per_week + half),
        by_hour=profile,
        day_cv=cv,
        day_correlation=correlation,
        level=level,
        first_day=date_of(low),
        last_day=date_of(high),
        left_out=tuple(date_of(day) for day in number[~counts_for]),
        is_snapshot=_is_snapshot(whole),
    )


def _now(
    counts: Floats, expected: Floats, used: NDArray[np.bool_], month: Integers
) -> tuple[Level, float, float]:
    """Return the level now, and CV and correlation of the day factor around it."""
    cv, correlation = _day_variation(counts, expected, used)
    week = np.arange(len(counts) - 1, -1, -1) // 7

    def by_week(by_day: Floats) -> Floats:
        return np.bincount(week[used], by_day[used], int(week[0]) + 1)[::-1].astype(np.float64)

    weekly = by_week(expected)
    months = np.column_stack([by_week(expected * (month == each)) for each in range(MONTHS)])
    level = level_of(
        by_week(counts),
        weekly,
        cv**2 / 7.0 * (1.0 + correlation) / (1.0 - correlation),
        months / np.maximum(weekly, 1e-9)[:, None],
    )
    if level.season:
        expected = expected * np.array(level.season)[month]
    if level.weeks > 0:
        recent = used & (week < level.weeks)
        cv, correlation = _day_variation(counts, expected * level.factor, recent)
    elif level.growth_per_year:
        by_day = (1.0 + level.growth_per_year) ** ((np.arange(len(counts)) - len(counts)) / 365.25)
        cv, correlation = _day_variation(counts, expected * level.factor * by_day, used)
    elif level.season:
        cv, correlation = _day_variation(counts, expected * level.factor, used)
    return level, cv, correlation


def _is_snapshot(created: Floats) -> bool:
    span = created.max() - created.min()
    return bool(span > 0 and (created > created.max() - 0.1 * span).mean() > SNAPSHOT)


def _dense_days(days: Integers) -> tuple[int, int]:
    """Return first and last day of the part of the log in which cases come all the time.

    Stragglers before or after the period of an export are cut off: of weeks with at least a part of what
    the best ones bring, the longest run counts; up to `LONGEST_GAP` poorer ones within it are holidays.
    """
    first, last = int(days.min()), int(days.max())
    counts = np.bincount((days - first) // 7).astype(np.float64)
    if len(counts) > WEEKS_FOR_PROFILE:
        best = np.sort(counts)[::-1][: max(min(8, len(counts) // 4), 1)]
        part = DENSE
        if len(counts) >= WEEKS_FOR_SEASON:
            part, near = DENSE_IN_SEASON, np.ones(SMOOTHED)
            counts = np.convolve(counts, near, "same") / np.convolve(np.ones(len(counts)), near, "same")
            best = np.sort(counts)[::-1][: len(best)]
        start = longest = end = -1
        run = (0, 0)
        for week in np.flatnonzero(counts >= part * np.median(best)).tolist():
            if start < 0 or week - end > LONGEST_GAP:
                start = week
            end = week + 1
            if end - start > longest:
                longest, run = end - start, (start, end)
        first, last = first + 7 * run[0], min(first + 7 * run[1] - 1, last)
    if last - first >= 2:  # the days at the edges of the log are cut in the middle
        first, last = first + int(first == days.min()), last - int(last == days.max())
    return first, max(first, last)


def _usual_days(counts: Floats, weekday: Integers) -> NDArray[np.bool_]:
    usual = np.zeros(len(counts), bool)
    for day in range(7):
        same = weekday == day
        if same.any():
            median = np.median(counts[same])
            usual[same] = (counts[same] >= THIN * median) | ~is_rare(counts[same], float(median))
    return usual


def is_rare(counts: Floats, mean: float) -> NDArray[np.bool_]:
    """Whether chance hardly ever makes so few Poisson counts (Chernoff bound)."""
    part = np.maximum(counts, 1e-9) / max(mean, 1e-9)
    rare: NDArray[np.bool_] = mean * (1.0 - part + part * np.log(part)) > RARE
    return rare


def _by_weekday(counts: Floats, weekday: Integers, used: NDArray[np.bool_]) -> Floats:
    """Mean count of each weekday; a weekday that was never seen is like the mean of those that were."""
    mean = np.full(7, np.nan)
    for day in range(7):
        same = used & (weekday == day)
        if same.any():
            mean[day] = counts[same].mean()
    return np.where(np.isnan(mean), np.nanmean(mean), mean)


def _weekdays_of(created: Floats, zone: str) -> Floats:
    """Share of each weekday in all cases; a little for those that brought none."""
    weekday = (local_day(created, zone) + MONDAY_OF_EPOCH) % 7
    counts = np.bincount(weekday, minlength=7).astype(np.float64)
    shares: Floats = (counts + 1e-3) / (counts + 1e-3).sum()
    return shares


def _profile(created: Floats, zone: str, mean: Floats) -> Floats:
    """Share of each hour of the week: of each weekday by its hours, and weekdays by their means."""
    hours = WallClock(zone, EPOCH).hour_of_week(created)
    counts = np.bincount(hours, minlength=HOURS_PER_WEEK).astype(np.float64).reshape(7, 24)
    whole = counts.sum(0) / max(counts.sum(), 1.0)
    totals = counts.sum(1, keepdims=True)
    by_day = np.where(totals > 0, counts / np.maximum(totals, 1.0), whole)
    weights = (by_day * mean[:, None]).ravel()
    profile: Floats = weights / weights.sum()
    return profile


def _day_variation(counts: Floats, expected: Floats, used: NDArray[np.bool_]) -> tuple[float, float]:
    """Return CV of the day factor beyond Poisson, and its correlation with that of the day before.

    By moments: of a Poisson count with a random factor, the variance exceeds the mean by (cv x mean) squared.
    """
    usable = used & (expected >= 3.0)
    if usable.sum() < DAYS_FOR_VARIATION:
        return 0.0, 0.0
    count, mean = counts[usable], expected[usable]
    n = len(count)
    fitted_weekdays = min(7, n - 1)
    excess = ((count - mean) ** 2).sum() * n / (n - fitted_weekdays) - mean.sum()
    variance = float(excess / (mean**2).sum())
    if excess <= 2.0 * np.sqrt(2.0 * (mean**2).sum()):  # of Poisson counts the sum varies so much by itself
        return 0.0, 0.0
    both = usable[1:] & usable[:-1]
    off = counts - expected
    product = (off[1:] * off[:-1])[both].sum() / max((expected[1:] * expected[:-1])[both].sum(), 1e-9)
    correlation = float(np.clip(product / variance, 0.0, 0.95)) if both.sum() >= DAYS_FOR_VARIATION else 0.0
    return round(float(np.sqrt(variance)), 4), round(correlation, 4)
