"""Clocks of a log: the hours in which work is taken up, and when the waits of each transition run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Final

import numpy as np

from simlab.calibrate.clocks import (
    EVERYBODY,
    FEWEST_WAITS,
    HALF_AT,
    Clock,
    Clocks,
    Mode,
    candidates_of,
    clocks_of,
    covers,
    on_clocks,
)
from simlab.calibrate.days_off import DaysOff
from simlab.calibrate.deadlines import NO_DEADLINES, Deadlines, counted_from, deadlines_of, due_before
from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit_teams import Roles, TeamFacts, dates_of_late_ends, hours_of_late_ends
from simlab.calibrate.mechanisms import Due, Mechanisms, Memory, Waits
from simlab.calibrate.paths import Paths
from simlab.calibrate.transitions import LATE_MIN, Chain
from simlab.calibrate.trends import trend_factors
from simlab.calibrate.work_hours import WorkHours, hours_of_activity
from simlab.model.calendars import worked_many

NEARLY_ALL: Final = 0.9
"""Part of an activity that one team does, so that its hours are those of the activity."""


def timed(
    chain: Chain,
    roles: Roles,
    everything: Paths,
    days_off: DaysOff,
    mechanisms: Mechanisms,
    duty: Mapping[int, WorkHours],
) -> tuple[WorkHours, Clocks, Floats]:
    """Return hours and clocks with the waits as they are by now, and what these were multiplied by.

    Parameters
    ----------
    everything
        All cases, which tell the hours.
    duty
        By activity, the hours in which those who do it are on duty, where these are known.
    """
    deadlines = deadlines_of(chain) if mechanisms.due is Due.EARLIER else NO_DEADLINES
    since = counted_from(chain, deadlines)
    on_clocks_of = _paces if mechanisms.waits is Waits.PACES else _hours
    hours, clocks = on_clocks_of(chain, roles, everything, days_off, since, deadlines)
    if duty:
        clocks = _on_duty(chain, clocks, duty, days_off, since, deadlines)
    minutes = due_before(chain, deadlines, clocks.minutes)
    trend = np.ones(len(minutes))
    if mechanisms.memory is Memory.TREND:
        trend = trend_factors(chain, minutes)
    return hours, replace(clocks, minutes=minutes * trend, deadlines=deadlines), trend


def duty_hours(chain: Chain, roles: Roles, teams: tuple[TeamFacts, ...]) -> dict[int, WorkHours]:
    """Return, by activity, the hours in which its people are on duty, if they are of one team."""
    found = {}
    for activity in np.flatnonzero(~roles.is_automatic).tolist():
        rows = roles.is_worked & (chain.paths.activity == activity)
        counts = np.bincount(roles.team[rows], minlength=len(teams))
        if counts.max(initial=0) > NEARLY_ALL * max(rows.sum(), 1):
            shifts = [shift.hours for shift in teams[int(counts.argmax())].shifts]
            found[activity] = reduce(WorkHours.with_hours_of, shifts)
    return found


def _paces(
    chain: Chain, roles: Roles, everything: Paths, days_off: DaysOff, since: Floats, _: Deadlines
) -> tuple[WorkHours, Clocks]:
    """Return the hours in which work is taken up, and the pace or hours of every transition."""
    paths = chain.paths
    by_activity = hours_of_late_ends(everything, chain.branching.is_fork)
    people = {activity: own for activity, own in by_activity.items() if not roles.is_automatic[activity]}
    steady = [own for own in people.values() if not covers(own, HALF_AT, 0.5)] or list(people.values())
    everybody = np.concatenate([*steady, np.zeros(0, np.int64)])
    clocks = clocks_of(
        since,
        paths.start,
        chain.transition,
        [(transition.target, transition.is_late) for transition in chain.transitions],
        candidates_of(by_activity, everybody, days_off, dates_of_late_ends(everything)),
        paths.zone,
    )
    clocks = _same_after_forks(chain, clocks, since)
    return hours_of_activity(np.concatenate([*people.values(), np.zeros(0, np.int64)])), clocks


def _same_after_forks(chain: Chain, clocks: Clocks, since: Floats) -> Clocks:
    """Return clocks of which that of a branch that begins meanwhile is also that of it as the first one.

    As the first it was seen only while its people were there, which does not tell that it needs them.
    """
    is_fork, of_transition = chain.branching.is_fork, clocks.of_transition.copy()
    lasts_until = {
        each.target: int(of_transition[number])
        for number, each in enumerate(chain.transitions, start=1)
        if is_fork[each.source] and of_transition[number] >= 0
        and clocks.clocks[of_transition[number]].mode in (Mode.UNTIL, Mode.NEXT)
    }  # fmt: skip
    for number, each in enumerate(chain.transitions, start=1):
        if is_fork[each.source] and of_transition[number] < 0:
            of_transition[number] = lasts_until.get(each.target, -1)
    if (of_transition == clocks.of_transition).all():
        return clocks
    paths = chain.paths
    return on_clocks(clocks.clocks, of_transition, chain.transition, since, paths.start, paths.zone)


def _hours(
    chain: Chain, roles: Roles, everything: Paths, days_off: DaysOff, since: Floats, deadlines: Deadlines
) -> tuple[WorkHours, Clocks]:
    """Return the hours in which work is taken up, and which transitions run in them.

    A transition to an activity of people runs in working hours where most of its late ends fall in them:
    more than half of the way from what chance would bring to all. Deadlines run on elapsed time.
    """
    paths = chain.paths
    is_late = np.array([False, *(transition.is_late for transition in chain.transitions)])
    late = is_late[chain.transition] & roles.is_worked
    before_all = np.concatenate([[-np.inf], everything.end[:-1]])
    long_ago = everything.start - before_all > LATE_MIN
    taken_up = long_ago & ~everything.is_first & ~roles.is_automatic[everything.activity]
    hours = hours_of_activity(everything.hour_of_week(everything.start[taken_up]))
    inside = hours.open_hours[paths.hour_of_week(paths.start)]
    n = np.bincount(chain.transition[late], minlength=chain.n_transitions)
    share = np.bincount(chain.transition[late], inside[late], chain.n_transitions) / np.maximum(n, 1)
    by_chance = hours.hours_per_week / 168.0
    on_hours = (share > (1.0 + by_chance) / 2.0) & (n >= FEWEST_WAITS)
    on_hours[list(deadlines)] = False
    clock = Clock(Mode.RUNS, EVERYBODY, hours, days_off)
    of_transition = np.where(on_hours, 0, -1)
    return hours, on_clocks((clock,), of_transition, chain.transition, since, paths.start, paths.zone)


def lying_min(chain: Chain, duty: Mapping[int, WorkHours], days_off: DaysOff) -> Floats:
    """Return, by event, the minutes since the event before in which those who do it were on duty."""
    paths = chain.paths
    lying = chain.gap_min.copy()
    for activity, hours in duty.items():
        rows = np.flatnonzero((paths.activity == activity) & ~paths.is_first)
        if len(rows):
            start, end = paths.start[rows] - chain.gap_min[rows], paths.start[rows]
            clock = Clock(Mode.RUNS, activity, hours, days_off)
            calendar = clock.compiled(paths.zone, float(start.min()), float(end.max()))
            lying[rows] = worked_many(calendar, start, end)
    return lying


def _on_duty(
    chain: Chain,
    clocks: Clocks,
    duty: Mapping[int, WorkHours],
    days_off: DaysOff,
    since: Floats,
    deadlines: Deadlines,
) -> Clocks:
    """Return clocks on which waits for people run while these are on duty, but for deadlines."""
    paths, own = chain.paths, list(clocks.clocks)
    of_transition = clocks.of_transition.copy()
    for number, transition in enumerate(chain.transitions, start=1):
        if transition.target in duty and number not in deadlines:
            hours = duty[transition.target]
            same = [place for place in range(len(clocks.clocks), len(own)) if own[place].hours == hours]
            if not same:
                own.append(Clock(Mode.RUNS, transition.target, hours, days_off))
            of_transition[number] = same[0] if same else len(own) - 1
    used = sorted(set(of_transition[of_transition >= 0].tolist()))
    place = {number: new for new, number in enumerate(used)}
    renumbered = np.array([place.get(number, -1) for number in of_transition.tolist()])
    kept = tuple(own[number] for number in used)
    return on_clocks(kept, renumbered, chain.transition, since, paths.start, paths.zone)
