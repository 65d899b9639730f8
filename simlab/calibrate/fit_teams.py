"""Teams and people: who works where and when, and how much hands-on time the log leaves room for.

A log tells when somebody did something, not for how long. Within one sitting (events not further apart than
`LATE_MIN`) the time since the event before is an upper bound of the hands-on time; how much of it was
work cannot be told from the log. That is what the anchor is for: see `anchor`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.clocks import is_batch
from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import Paths
from simlab.calibrate.person_shifts import PersonShift, shifts_of
from simlab.calibrate.run_dates import RunDates, run_dates
from simlab.calibrate.transitions import LATE_MIN, MOST_HOPS, Chain
from simlab.calibrate.work_hours import WorkHours, calendar_for, hours_of_activity, local_day
from simlab.model.calendars import worked_many

MOST_TEAMS: Final = 12
LEAST_SHARE: Final = 0.01
"""Share of the events that a team of its own has at least; others are put together."""
LONGEST_SITTING_MIN: Final = 60.0
OUTSIDE: Final = 0.01
"""A team with more than this share of its events outside of its hours has somebody on standby."""
FEW_OUTSIDE: Final = 0.2
STRAYS: Final = 0.0003
"""Share of a team's events that an hour of the week has at least, if somebody is on standby in it."""
NAMED: Final = 0.9
"""Part of a team's work that names its people at the least, so that they tell its shifts."""
FEWEST_DAYS: Final = 21.0
MISSED: Final = 7.0
"""Who did nothing for three weeks at the end of a log, in which so much was to be expected, has left."""
SHIFT_HOURS: Final = 8.0
NEARLY_ALL: Final = 0.98
OVERNIGHT_MIN: Final = 240.0
"""What takes longer may rest outside of the hours."""
EVENTS_FOR_HOURS: Final = 300
"""A team with fewer events has the hours of all."""
NOBODY: Final[Mapping[int, WorkHours]] = MappingProxyType({})
AT_ONCE_MIN: Final = 2.0
AT_ONCE: Final = 0.05
"""Part of what somebody does that may begin before the last of it is over, where it is done by hand."""
NEARLY_ALWAYS: Final = 0.9
"""What so often comes so soon after the event before goes with that: nobody works on it by itself."""
CONCENTRATED: Final = 0.1
"""An activity is automatic where the densest half of the times before it spans less than this part."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Teams as the scenario has them, by event, and which events people make."""

    names: tuple[str, ...]
    team: Integers
    """By event, the team that has the case then; events that nobody makes have that of the event before."""
    hops: Integers
    """By event: changes of team so far, at most `MOST_HOPS`."""
    is_worked: NDArray[np.bool_]
    is_automatic: NDArray[np.bool_]
    """By activity."""
    works_first: bool
    """Whether people work for the first event of a case; else it is that the case came."""
    put_together: int
    """Teams of the log that are one here."""
    code: Integers
    """By team of the log (the last for none): its number here."""


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """What the log tells about a team."""

    name: str
    hours: WorkHours
    standby: WorkHours | None
    """Hours in which somebody is on standby, where there is work outside of the usual hours."""
    events_per_week: float
    people_seen: int
    """Different people in the log; 0 where it names none."""
    people_a_day: float
    """Different people on an average day of work; NaN where the log names none."""
    shifts: tuple[PersonShift, ...] = ()
    """Of those who were at work lately, where names and starts of work tell them."""


def hours_of_late_ends(paths: Paths, is_fork: NDArray[np.bool_] | None = None) -> dict[int, Integers]:
    """Return, by activity, the hours of the week in which it came after a ticket had been left lying.

    Parameters
    ----------
    is_fork
        By activity, whether branches begin with it: what follows counts however soon it comes, since branches
        begin where others do not wait for them.
    """
    before = np.concatenate([[-np.inf], paths.end[:-1]])
    is_late = (paths.start - before > LATE_MIN) & ~paths.is_first
    if is_fork is not None:
        is_late[1:] |= is_fork[paths.activity[:-1]] & ~paths.is_first[1:]
    activity, hour = paths.activity[is_late], paths.hour_of_week(paths.start[is_late])
    return {each: hour[activity == each] for each in np.unique(paths.activity).tolist()}


def dates_of_late_ends(paths: Paths) -> dict[int, RunDates]:
    """Return, by activity, the dates on which it runs, of those that run on certain dates only."""
    before = np.concatenate([[-np.inf], paths.end[:-1]])
    is_late = (paths.start - before > LATE_MIN) & ~paths.is_first
    day, hour = local_day(paths.start, paths.zone), paths.hour_of_week(paths.start) % 24
    since = int(local_day(paths.created[-1:], paths.zone)[0])
    found = {}
    for activity in np.unique(paths.activity[is_late]).tolist():
        rows = is_late & (paths.activity == activity)
        dates = run_dates(day[rows], hour[rows], since)
        if dates is not None:
            found[activity] = dates
    return found


def automatic_activities(chain: Chain, everything: Paths) -> NDArray[np.bool_]:
    """Return which activities nobody does.

    These come after a fixed time, at once after what was before, in batches, or without a person where others
    have one.

    Parameters
    ----------
    everything
        All complete cases: they tell the hours.
    """
    paths = chain.paths
    automatic = np.zeros(len(paths.activities), bool)
    knows_people = (paths.person >= 0).mean() > 0.5
    late = chain.gap_min > LATE_MIN
    for activity in range(len(paths.activities)):
        events = paths.activity == activity
        gaps = np.sort(chain.gap_min[events & late])
        if len(gaps) >= 20 and len(gaps) > 0.5 * events.sum():
            half = (len(gaps) + 1) // 2
            spans = gaps[half - 1 :] - gaps[: len(gaps) - half + 1]
            densest = int(np.argmin(spans))
            automatic[activity] = spans[densest] < CONCENTRATED * gaps[densest]
        if paths.has_durations and _is_manual(paths, events):
            automatic[activity] = False
        if knows_people and events.any() and (paths.person[events] < 0).mean() > 0.9:
            automatic[activity] = True
        later = (chain.gap_min + paths.end - paths.start)[events & ~paths.is_first]
        if len(later) >= 20 and (later <= AT_ONCE_MIN).mean() > NEARLY_ALWAYS:
            automatic[activity] = True
    for activity, hours in hours_of_late_ends(everything).items():
        events = everything.activity == activity
        if is_batch(hours) and len(hours) > 0.5 * events.sum():
            automatic[activity] |= not (paths.has_durations and _is_manual(everything, events))
    starts = np.bincount(paths.activity[chain.starts], minlength=len(automatic)) > 0.05 * chain.n_cases
    return (automatic & ~starts) | (chain.branching.original < 0)


def _is_manual(paths: Paths, events: NDArray[np.bool_]) -> bool:
    """Whether somebody with a name is seen to take time for most of some events, and for no two at once."""
    rows = np.flatnonzero(events)
    if not len(rows) or np.mean((paths.person[rows] >= 0) & (paths.end[rows] > paths.start[rows])) < NAMED:
        return False
    rows = rows[np.lexsort((paths.start[rows], paths.person[rows]))]
    same = paths.person[rows[1:]] == paths.person[rows[:-1]]
    return (
        not same.any() or float(np.mean(paths.start[rows[1:]] < paths.end[rows[:-1]], where=same)) < AT_ONCE
    )


def has_work_at_first(paths: Paths) -> bool:
    """Whether people work for the first event of a case; else it is that the case came.

    They do where it has a start and an end, and where cases seldom begin outside of the hours of work.
    """
    if paths.has_durations:
        return True
    later = list(hours_of_late_ends(paths).values())
    hours = hours_of_activity(np.concatenate([*later, np.zeros(0, np.int64)]))
    is_inside = hours.open_hours[paths.hour_of_week(paths.created)]
    return bool((~is_inside).mean() <= FEW_OUTSIDE)


def roles_of(chain: Chain, is_automatic: NDArray[np.bool_], works_first: bool) -> Roles:
    """Return teams and hops; small teams are put together, events without a team keep the one before."""
    paths = chain.paths
    is_worked = ~is_automatic[paths.activity] & ~paths.is_first
    whole = chain.branching.variant >= 0
    if works_first:
        is_worked[chain.starts] = ~whole[chain.starts]
    counts = np.bincount(paths.team[is_worked & (paths.team >= 0)], minlength=len(paths.teams))
    most = np.argsort(-counts, kind="stable")[:MOST_TEAMS]
    kept = [int(team) for team in most if counts[team] >= max(LEAST_SHARE * counts.sum(), 1)]
    rest = int(counts.sum() - counts[kept].sum())
    names = [paths.teams[team] for team in kept] + (["other teams"] if rest else [])
    if not names:
        names = ["team"]
    code = np.full(len(paths.teams) + 1, len(names) - 1, np.int64)
    code[kept] = np.arange(len(kept))
    told = (is_worked | whole) & (paths.team >= 0)
    last_told = np.maximum.accumulate(np.where(told, np.arange(paths.n_events), -1))
    first_of_case = np.repeat(paths.first[:-1], np.diff(paths.first))
    from_here = last_told >= first_of_case
    first_told = np.minimum.accumulate(np.where(told, np.arange(paths.n_events), paths.n_events)[::-1])[::-1]
    source = np.where(from_here, last_told, np.minimum(first_told, paths.n_events - 1))
    team = code[np.where(told[source] & (paths.case[source] == paths.case), paths.team[source], -1)]
    changes = (np.diff(team, prepend=team[:1]) != 0) & ~paths.is_first & ~whole
    total = np.cumsum(changes)
    hops = np.minimum(total - total[first_of_case], MOST_HOPS)
    hops = _with_branches(hops, chain)
    together = int((counts > 0).sum()) - len(kept)
    return Roles(
        tuple(names), team, hops.astype(np.int64), is_worked, is_automatic, works_first, together, code
    )


def _with_branches(hops: Integers, chain: Chain) -> Integers:
    """Return changes of team so far, those within branches as they were when these began."""
    branching, first = chain.branching, chain.paths.first
    if not branching:
        return hops
    whole = np.flatnonzero(branching.variant >= 0)
    at_block = np.zeros(int(branching.block.max()) + 1, np.int64)
    at_block[branching.block[whole]] = hops[whole]
    forks = first[branching.n_cases : -1]
    lengths = np.diff(first[branching.n_cases :])
    return np.concatenate(
        [hops[: first[branching.n_cases]], np.repeat(at_block[branching.block[forks]], lengths)]
    )


def team_facts(
    chain: Chain, roles: Roles, weeks: float, everything: Paths, last_weeks: float = math.inf
) -> tuple[TeamFacts, ...]:
    """Return what the log tells about each team.

    Parameters
    ----------
    weeks
        Weeks in which as many cases come by now as are fitted.
    everything
        All complete cases: they tell the hours, which change less than the work does.
    last_weeks
        Weeks before the last creation of a case in which people are counted.
    """
    is_worked = ~roles.is_automatic[everything.activity]
    team, hour = roles.code[everything.team], everything.hour_of_week(everything.end)
    everybody = hours_of_activity(hour[is_worked])
    day = local_day(chain.paths.end, chain.paths.zone)
    is_recent = chain.paths.end >= chain.paths.created.max() - last_weeks * 10080.0
    facts = []
    for number, name in enumerate(roles.names):
        theirs = is_worked & (team == number)
        own = hours_of_activity(hour[theirs]) if theirs.sum() >= EVENTS_FOR_HOURS else everybody
        hours = own.with_hours_of(everybody)
        outside = (~hours.open_hours[hour[theirs]]).mean() if theirs.any() else 0.0
        standby = _any_hours(hour[theirs]).with_hours_of(hours) if outside > OUTSIDE else None
        events = roles.is_worked & (roles.team == number)
        people, a_day = _people(chain.paths, events & is_recent, day)
        per_week = float(events.sum()) / weeks
        shifts = _shifts(chain.paths, events)
        facts.append(TeamFacts(name, hours, standby, per_week, people, a_day, shifts))
    return tuple(facts)


def _shifts(paths: Paths, events: NDArray[np.bool_]) -> tuple[PersonShift, ...]:
    """Return the shifts of a team's people, without those who left; none where names or starts miss."""
    named = events & (paths.person >= 0)
    if not paths.has_durations or named.sum() < NAMED * max(events.sum(), 1):
        return ()
    rows = named & ~has_left(paths.person, paths.start, named, float(paths.created.max()))[paths.person]
    return shifts_of(paths.person[rows].astype(np.int64), paths.hour_of_week(paths.start[rows]))


def _any_hours(hour_of_week: Integers) -> WorkHours:
    """Return the hours from the first to the last of each weekday in which more than strays happen."""
    counts = np.bincount(hour_of_week, minlength=168).reshape(7, 24)
    least = max(2.0, STRAYS * counts.sum())
    by_day = []
    for row in counts:
        seen = np.flatnonzero(row >= least)
        by_day.append((int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0))
    return WorkHours(tuple(by_day))


def has_left(person: Codes, start: Floats, named: NDArray[np.bool_], now: float) -> NDArray[np.bool_]:
    """Return, by person, whether they have left: chance hardly ever makes them idle for so long.

    Parameters
    ----------
    person, start, named
        Of each event: who did it since when, and whether somebody did.
    now
        When the last case was created.
    """
    n = int(person.max(initial=0)) + 1
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, person[named], start[named])
    np.maximum.at(last, person[named], start[named])
    counts = np.bincount(person[named], minlength=n)
    idle = np.where(counts > 0, now - last, 0.0)
    missed = counts * idle / np.maximum(np.where(counts > 0, last - first, 0.0), 1440.0)
    return (idle > FEWEST_DAYS * 1440.0) & (missed > MISSED)


def _people(paths: Paths, events: NDArray[np.bool_], day: Integers) -> tuple[int, float]:
    """Return how many different people were at work, and how many on an average day of work."""
    named = events & (paths.person >= 0)
    if not named.any():
        return 0, float("nan")
    person_days = np.unique(day[named] * (int(paths.person.max()) + 1) + paths.person[named])
    counts = np.bincount(day[named] - day[named].min())
    is_day_of_work = counts >= max(0.25 * float(np.median(counts[counts > 0])), 1.0)
    return len(np.unique(paths.person[named])), len(person_days) / int(is_day_of_work.sum())


def busy_min(paths: Paths, duty: Mapping[int, WorkHours] = NOBODY) -> Floats:
    """Return, by event, the minutes from its start to its end, without the nights in longer ones.

    Parameters
    ----------
    duty
        By activity, the hours of those who do it, where they are not those of all.
    """
    elapsed = paths.end - paths.start
    if not paths.has_durations:
        return elapsed
    general = hours_of_activity(paths.hour_of_week(np.concatenate([paths.start, paths.end])), NEARLY_ALL)
    hours = [duty.get(each, general) for each in range(len(paths.activities))]
    worked = np.zeros(len(elapsed))
    for each in set(hours):
        rows = np.array([own == each for own in hours])[paths.activity]
        if rows.any():
            start, end = paths.start[rows], paths.end[rows]
            calendar = calendar_for(each, paths.zone, float(start.min()), float(end.max()))
            worked[rows] = worked_many(calendar, start, end)
    return np.where((elapsed > OVERNIGHT_MIN) & (worked > 0.0), worked, elapsed)


def sitting_min(chain: Chain, roles: Roles, longest: float = LONGEST_SITTING_MIN) -> Floats:
    """Return, by activity, how long somebody could have been at it within one sitting, on average.

    Of logs with starts and ends that is the time between them; else the time since the event before. Both are
    counted up to ``longest`` minutes. Automatic activities have 0.
    """
    paths = chain.paths
    if paths.has_durations:
        minutes, within = busy_min(paths), np.ones(paths.n_events, bool)
    else:
        minutes, within = chain.gap_min, (chain.gap_min <= LATE_MIN) & ~paths.is_first
    capped = np.minimum(minutes, longest)
    within &= roles.is_worked
    overall = float(capped[within].mean()) if within.any() else 10.0
    result = np.full(len(paths.activities), overall)
    for activity in range(len(result)):
        events = within & (paths.activity == activity)
        if events.sum() >= 20:
            result[activity] = float(capped[events].mean())
    result[roles.is_automatic] = 0.0
    return result


def weeks_of(paths: Paths) -> float:
    """Return the weeks between the first and last creation of a case, its length for rates."""
    return max(float(paths.created.max() - paths.created.min()) / 10080.0, 1.0 / 7.0)
