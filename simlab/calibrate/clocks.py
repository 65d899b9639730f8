"""Clocks of waits: whether time runs on all day, while people are at work, or as fast as an activity is done.

A *pace* is a calendar of activity: an hour of the week is open for as many of its minutes as it is busy
compared with the busiest ones. A wait that runs on it ends when the log is busy: in the morning rather than
over lunch, on Thursday where a batch runs every Thursday. Other waits run on all the time, but end only when
people are there *until* whose hours they last. Of several clocks a transition has the one on which its waits
can be exchanged among tickets without anybody noticing: the ends fall into the same hours of the week as in
the log, and the waits are as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

import numpy as np

from simlab.calibrate.days_off import NO_DAYS_OFF, DaysOff
from simlab.calibrate.deadlines import Deadlines
from simlab.calibrate.distances import earth_movers_distance
from simlab.calibrate.due_times import due_after
from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import EPOCH
from simlab.calibrate.run_dates import RunDates
from simlab.calibrate.work_hours import HOURS_PER_WEEK, WorkHours, hours_of_activity
from simlab.model.calendar_rules import CalendarRule, open_intervals, parse_weekly
from simlab.model.calendars import Calendar, calendar_of, worked_many
from simlab.model.wall_clock import WallClock

EVERYBODY: Final = -1
FEWEST: Final = 60
"""Ends of waits below which an activity has no clock of its own."""
FEWEST_WAITS: Final = 10
"""Waits below which a transition runs in elapsed time."""
MOST_COMPARED: Final = 3_000
BETTER: Final = 0.1
"""By so much a clock must beat the simplest, elapsed time; twice as much if it is of one activity alone."""
NOISE: Final = 0.5
"""What it must beat others by besides, over the root of the number of waits."""
SHIFT_HOURS: Final = 6.0
"""Hours by which the ends may fall into other hours of the day, that count as much as waits that are off by
their mean."""
SHORTEST_MIN: Final = 0.5
"""A wait that runs on a clock is at least so long: one of no time would end while the clock stands still."""
BATCH_HOURS: Final = 6
NEARLY_ALL: Final = 0.9
"""An activity of which so much falls into so few hours of the week is a batch."""
HALF_AT: Final = 5
"""An activity of which half falls into so few hours of the week has no part in the pace of all work."""
COVERED: Final = 0.97
"""Share of the ends of waits that the hours cover until which others last."""
MOST_OPEN: Final = 120.0
"""Hours a week from which on nobody needs to wait until somebody is there."""
AT_OPENING_MIN: Final = 60.0
"""What ends so soon after an opening may have been due before it."""
WINDOW_MIN: Final = 180.0
"""What happens in an opening as short as this was due before it."""
STEP_MIN: Final = 5
"""Minutes to which the open part of an hour is rounded."""
PRIOR: Final = 12.0
"""Waits that the hours of the usual working day are worth in those of a single weekday."""
SPARE_MIN: Final = 60.0 * 24.0 * 7.0 * 30.0
NO_DATES: Final[Mapping[int, RunDates]] = MappingProxyType({})
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Pace:
    """Open minutes of each hour of the week, Monday 00:00 first."""

    minutes: tuple[int, ...]

    def written(self) -> dict[str, str]:
        """Return the hours as a scenario has them: days to intervals."""
        texts = [_intervals(self.minutes[24 * day : 24 * day + 24]) for day in range(7)]
        written: dict[str, str] = {}
        day = 0
        while day < 7:
            last = day
            while last + 1 < 7 and texts[last + 1] == texts[day]:
                last += 1
            if texts[day]:
                written[_DAYS[day] if last == day else f"{_DAYS[day]}-{_DAYS[last]}"] = texts[day]
            day = last + 1
        return written


class Mode(Enum):
    """What a calendar does to a wait."""

    RUNS = "runs"
    """The wait runs while it is open."""
    DUTY = "duty"
    """The same, of hours in which those are on duty whom the ticket waits for: outside of them it is in their
    queue anyway, so that there may be no wait at all before."""
    UNTIL = "until"
    """The wait runs on, but ends only when it is open."""
    NEXT = "next"
    """The same, of waits that are mostly over at once and last until it opens next."""
    DATES = "dates"
    """The wait runs on, but ends only at the next of certain dates."""

    @property
    def runs(self) -> bool:
        """Whether the wait stands still while the calendar is closed."""
        return self in (Mode.RUNS, Mode.DUTY)

    @property
    def shortest_min(self) -> float:
        """Minutes that a wait has at the least."""
        return SHORTEST_MIN if self is Mode.RUNS else 0.0


@dataclass(frozen=True, slots=True)
class Clock:
    """A calendar on which waits run, or until which they last."""

    mode: Mode
    activity: int
    """What it is the clock of: an activity, `EVERYBODY` for the work of all."""
    hours: Pace | WorkHours | RunDates
    days_off: DaysOff = NO_DAYS_OFF

    def written(self) -> dict[str, object]:
        """Return the calendar as a scenario has it."""
        if isinstance(self.hours, RunDates):
            return self.hours.written()
        return {"hours": self.hours.written(), **self.days_off.written()}

    @property
    def charge(self) -> float:
        """By how much it must be better than elapsed time; that nearly all runs on a few dates is enough."""
        if isinstance(self.hours, RunDates):
            return 0.0
        return BETTER * (1.0 if self.activity == EVERYBODY else 2.0)

    def compiled(self, zone: str, first: float, last: float) -> Calendar:
        """Compile it for a span of instants, minutes since 1970 UTC."""
        start, end = first - SPARE_MIN, last + SPARE_MIN
        if isinstance(self.hours, RunDates):
            days = (EPOCH + timedelta(minutes=at) for at in (start, end))
            special = self.hours.special(*(day.date() for day in days))
            rule = CalendarRule(zone, ((),) * 7, special={day: (hours,) for day, hours in special.items()})
        else:
            rule = CalendarRule(
                zone,
                parse_weekly(self.hours.written()),
                holidays=() if self.days_off.holidays is None else (self.days_off.holidays,),
                closed=frozenset(self.days_off.dates),
            )
        return calendar_of(open_intervals(rule, WallClock(zone, EPOCH), start, end), start, end)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a fit."""

    clocks: tuple[Clock, ...]
    of_transition: Integers
    """By transition, its clock; -1 for elapsed time."""
    minutes: Floats
    """By event: time of the transition that led to it, on its clock."""
    zone: str
    deadlines: Deadlines = field(default_factory=dict)
    """By transition that is timed since an earlier event, since which."""

    def shortest_min(self, transition: int) -> float:
        """Return the minutes that the wait of a transition has at the least."""
        clock = int(self.of_transition[transition])
        return self.clocks[clock].mode.shortest_min if clock >= 0 else 0.0

    def between(self, transition: Integers, start: Floats, end: Floats) -> Floats:
        """Return the time from starts to ends on the clocks of transitions."""
        clock, passed = self.of_transition[transition], end - start
        for number, each in enumerate(self.clocks):
            rows = clock == number
            if rows.any():
                calendar = each.compiled(self.zone, float(start[rows].min()), float(end[rows].max()))
                passed[rows] = measured(each.mode, calendar, start[rows], end[rows])
        return passed


def pace_of(hour_of_week: Integers) -> Pace | None:
    """Return the pace of some activity, None where there is too little of it."""
    if len(hour_of_week) < FEWEST:
        return None
    counts = np.bincount(hour_of_week, minlength=HOURS_PER_WEEK).reshape(7, 24).astype(np.float64)
    smooth = counts.copy()
    for days in (range(5), range(5, 7)):
        usual = counts[days].sum(0)
        usual = usual / max(usual.sum(), 1.0)
        total = counts[days].sum(1, keepdims=True)
        prior = np.minimum(PRIOR, total)
        smooth[days] = (counts[days] + prior * usual) * total / np.maximum(total + prior, 1.0)
    by_hour = smooth.ravel()
    heaviest = np.sort(by_hour)[::-1]
    full = float(heaviest[np.searchsorted(np.cumsum(heaviest), 0.1 * heaviest.sum())])
    minutes = STEP_MIN * np.rint(60.0 / STEP_MIN * np.minimum(by_hour / full, 1.0)).astype(np.int64)
    return Pace(tuple(minutes.tolist())) if minutes.any() else None


def covers(hour_of_week: Integers, n_hours: int, share: float) -> bool:
    """Whether a share of what happens falls into so few hours of the week."""
    counts = np.sort(np.bincount(hour_of_week, minlength=HOURS_PER_WEEK))[::-1]
    return bool(len(hour_of_week) >= FEWEST and counts[:n_hours].sum() > share * counts.sum())


def is_batch(hour_of_week: Integers) -> bool:
    """Whether nearly all of an activity happens in a few hours of the week."""
    return covers(hour_of_week, BATCH_HOURS, NEARLY_ALL)


def candidates_of(
    hours: Mapping[int, Integers],
    everybody: Integers,
    days_off: DaysOff = NO_DAYS_OFF,
    dates: Mapping[int, RunDates] = NO_DATES,
) -> dict[int, list[Clock]]:
    """Return the clocks that transitions to each activity may have, the simplest first.

    Parameters
    ----------
    hours
        By activity, the hours of the week in which it ended longer waits.
    everybody
        Those of all work.
    days_off
        Days on which nothing is taken up.
    dates
        By activity, the dates on which it runs, if it has such.
    """
    pace = pace_of(everybody)
    shared = [Clock(Mode.RUNS, EVERYBODY, pace, days_off)] if pace else []
    found: dict[int, list[Clock]] = {}
    for activity, own in hours.items():
        found[activity] = list(shared)
        if len(own) < FEWEST:
            continue
        at_work = hours_of_activity(own, COVERED)
        if at_work.hours_per_week < MOST_OPEN:
            found[activity] += [Clock(mode, activity, at_work, days_off) for mode in (Mode.UNTIL, Mode.NEXT)]
        if (own_pace := pace_of(own)) is not None:
            found[activity].append(Clock(Mode.RUNS, activity, own_pace, days_off))
        if activity in dates:
            found[activity].append(Clock(Mode.DATES, activity, dates[activity]))
    return found


def clocks_of(
    start: Floats,
    end: Floats,
    transition: Integers,
    transitions: Sequence[tuple[int, bool]],
    candidates: Mapping[int, Sequence[Clock]],
    zone: str,
) -> Clocks:
    """Return the clock of every transition.

    Parameters
    ----------
    start, end, transition
        By event: the wait that led to it, and which transition that was (0: none).
    transitions
        Activity that each leads to, and whether tickets are left lying before it.
    candidates
        By activity, the clocks that may be.
    """
    first, last = float(start[transition > 0].min(initial=end.min())), float(end.max())
    calendars: dict[Clock, Calendar] = {}
    chosen: list[Clock | None] = [None] * (len(transitions) + 1)
    order = np.argsort(transition, kind="stable")
    bounds = np.searchsorted(transition[order], np.arange(len(transitions) + 2))
    for number, (target, is_late) in enumerate(transitions, start=1):
        rows = order[bounds[number] : bounds[number + 1]]
        if is_late and len(rows) >= FEWEST_WAITS:
            tried = candidates.get(target, ())
            for each in tried:
                if each not in calendars:
                    calendars[each] = each.compiled(zone, first, last)
            timed = [(each.mode, calendars[each], each.charge) for each in tried]
            best = choose(start[rows], end[rows], timed, zone)
            chosen[number] = tried[best - 1] if best else None
    used = list(dict.fromkeys(each for each in chosen if each is not None))
    numbers = [used.index(each) if each is not None else -1 for each in chosen]
    return on_clocks(tuple(used), np.array(numbers), transition, start, end, zone)


def on_clocks(
    clocks: tuple[Clock, ...],
    of_transition: Integers,
    transition: Integers,
    start: Floats,
    end: Floats,
    zone: str,
) -> Clocks:
    """Return clocks with the time of each wait on the clock of its transition (0: no wait)."""
    found = Clocks(clocks, of_transition, end - start, zone)
    return replace(found, minutes=np.where(transition > 0, found.between(transition, start, end), 0.0))


def choose(start: Floats, end: Floats, timed: Sequence[tuple[Mode, Calendar, float]], zone: str) -> int:
    """Return on which clock waits are exchangeable best: 0 for elapsed time, else its place from 1 on.

    Parameters
    ----------
    start, end
        Of each wait, minutes since 1970 UTC.
    timed
        Modes, calendars, and by how much each must be better.
    """
    rng = np.random.default_rng(0)
    if len(start) > MOST_COMPARED:
        rows = np.sort(rng.choice(len(start), MOST_COMPARED, replace=False))
        start, end = start[rows], end[rows]
    order = rng.permutation(len(start))
    losses = [_loss(start, end, start + (end - start)[order], zone)]
    for mode, calendar, charge in timed:
        waits = measured(mode, calendar, start, end)[order]
        losses.append(_loss(start, end, ended(mode, calendar, start, waits), zone) + charge)
    best = int(np.argmin(losses))
    return best if losses[best] < losses[0] - NOISE / np.sqrt(len(start)) else 0


def measured(mode: Mode, calendar: Calendar, start: Floats, end: Floats) -> Floats:
    """Return how long waits are on a clock.

    One that ended soon after an opening, and had lasted all the time that was closed before, was due some
    time in between: when, other waits tell, or it was at the earliest instant that may be.
    """
    if mode.runs:
        return np.maximum(worked_many(calendar, start, end), mode.shortest_min)
    opens, closes = np.asarray(calendar.opens), np.asarray(calendar.closes)
    place = np.maximum(np.searchsorted(opens, end, side="right") - 1, 1)
    closed_from = np.maximum(closes[place - 1], start)
    is_soon = end - opens[place] <= AT_OPENING_MIN
    is_window = (closes[place] - opens[place] <= WINDOW_MIN) | (mode is Mode.DATES)
    was_due = (is_soon | is_window) & (end <= closes[place]) & (closed_from < opens[place])
    least = np.maximum(np.where(was_due, closed_from, end) - start, 0.0)
    if mode is Mode.NEXT or not len(end):
        return least
    spread = (np.argsort(np.argsort(end * 7919.0 % 1440.0)) + 0.5) / len(end)
    return due_after(least, np.maximum(np.where(was_due, opens[place], end) - start, least), spread)


def ended(mode: Mode, calendar: Calendar, start: Floats, waits: Floats) -> Floats:
    """Return when waits on a clock end."""
    opens, before = np.asarray(calendar.opens), np.asarray(calendar.worked_before)
    if not mode.runs:
        due = start + waits
        place = np.minimum(np.searchsorted(np.asarray(calendar.closes), due, side="right"), len(opens) - 1)
        late: Floats = np.maximum(due, opens[place])
        return late
    done = worked_many(calendar, np.full(len(start), calendar.span_start), start) + waits
    place = np.minimum(np.searchsorted(before[1:], done, side="left"), len(opens) - 1)
    on_clock: Floats = np.maximum(opens[place] + done - before[place], start)
    return on_clock


def _loss(start: Floats, end: Floats, exchanged: Floats, zone: str) -> float:
    """Return how much exchanged waits differ: in hours of the day, weekdays, and how long they are."""
    clock = WallClock(zone, EPOCH)
    seen, found = clock.hour_of_week(end), clock.hour_of_week(exchanged)
    hours = earth_movers_distance(seen % 24, found % 24)
    days = np.bincount(seen // 24, minlength=7) - np.bincount(found // 24, minlength=7)
    longer = earth_movers_distance(end - start, exchanged - start)
    other_day = float(np.abs(days).sum()) / 2.0 / len(end)
    return hours / SHIFT_HOURS + other_day + longer / max(float((end - start).mean()), 1.0)


def _intervals(minutes: Sequence[int]) -> str:
    spans: list[list[int]] = []
    for hour, length in enumerate(minutes):
        if not length:
            continue
        first = 60 * hour
        if spans and spans[-1][1] == first:
            spans[-1][1] = first + length
        else:
            spans.append([first, first + length])
    return ", ".join(f"{a // 60:02d}:{a % 60:02d}-{b // 60:02d}:{b % 60:02d}" for a, b in spans)
