"""From paths to everything that a scenario of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.anchor import Anchor, set_anchor
from simlab.calibrate.attributes import Attribute, most_telling
from simlab.calibrate.branching import Branching, branched, unbranched
from simlab.calibrate.censoring import n_judged
from simlab.calibrate.clocks import SHORTEST_MIN, Clocks, is_batch
from simlab.calibrate.crews import crews_of
from simlab.calibrate.days_off import DaysOff, quiet_days
from simlab.calibrate.deadlines import Deadlines, past_ways
from simlab.calibrate.decisions import Choices, Timing, choices_of, durations, timings
from simlab.calibrate.disciplines import QueueOrder, queue_orders
from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit_arrivals import FittedArrivals, fit_arrivals
from simlab.calibrate.fit_clocks import duty_hours, lying_min, timed
from simlab.calibrate.fit_teams import (
    Roles,
    TeamFacts,
    automatic_activities,
    busy_min,
    has_work_at_first,
    hours_of_late_ends,
    roles_of,
    team_facts,
    weeks_of,
)
from simlab.calibrate.latent import Kinds, Observations, find_kinds
from simlab.calibrate.mechanisms import SIMPLEST, Due, Duty, Mechanisms, Memory, Sees, Waits, Ways
from simlab.calibrate.next_hours import next_hours
from simlab.calibrate.paths import Paths
from simlab.calibrate.recency import Recency, part_to_fit
from simlab.calibrate.transitions import LATE_MIN, Chain, Facts, binned, chain_of, common_classes
from simlab.calibrate.work_groups import WorkPattern, with_groups, work_pattern
from simlab.calibrate.work_hours import WorkHours, date_of, local_day
from simlab.errors import InvalidInput, Problem

FEWEST_CASES = 50
"""Cases below which nothing is fitted."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was fitted to a log."""

    chain: Chain
    cases: Paths
    """The cases of the chain, as the log has them: without branches of their own."""
    mechanisms: Mechanisms
    facts: Facts
    kinds: Kinds
    roles: Roles
    teams: tuple[TeamFacts, ...]
    anchor: Anchor
    arrivals: FittedArrivals
    weeks: float
    """In which so many cases come by now."""
    recency: Recency
    n_all: int
    """Cases of the log; those of the chain are the ones that were used."""
    classes: tuple[int, ...]
    """Classes of the log that are kept; the rest is one more, where there is any."""
    work_hours: WorkHours
    """Hours in which tickets that were left lying are taken up again."""
    next_hours: Mapping[int, WorkHours]
    """By activity, hours that decide what comes soon after it, where they are not those."""
    quiet: tuple[date, ...]
    """Days on which hardly anybody was at work."""
    days_off: DaysOff
    """These, and those known beforehand; none where only the past ones are known. Waits that skip the past
    ones and meet none later would be too short."""
    clocks: Clocks
    duty: Mapping[int, WorkHours]
    """By activity, the hours in which its people are on duty, where they work in shifts of their own."""
    orders: tuple[QueueOrder, ...]
    """By team, who is next in its queue."""
    pattern: WorkPattern
    """How the people of the teams share the work."""
    trend: Floats
    """By event: factor by which the wait before it was brought to the level of the end of the log."""
    choices: Choices
    times: Mapping[int, Timing]
    durations: Mapping[int, Timing]
    """By activity, of logs that have starts and ends: the time between them, less the hands-on time unless
    all of it is."""
    queue_min: Floats
    """By transition: queueing that the simulation adds, and that its times were shortened by."""

    @property
    def deadlines(self) -> Deadlines:
        """Transitions that are timed since an earlier event."""
        return self.clocks.deadlines

    @property
    def has_shifts(self) -> bool:
        """Whether people work in shifts of their own, rather than in the hours of all."""
        return self.mechanisms.duty is Duty.SHIFTS and tells_shifts(self.anchor, self.teams)


def fit(
    paths: Paths,
    *,
    utilisation: float | None = None,
    touch_time: float | None = None,
    use_all: bool = False,
    mechanisms: Mechanisms = SIMPLEST,
) -> Fitted:
    """Fit everything to cases, in order of creation: what open ones did counts.

    Parameters
    ----------
    utilisation, touch_time
        The anchor; see `simlab.calibrate.anchor`.
    use_all
        Use all cases, also where the recent ones are not like the earlier ones.
    mechanisms
        What is at work, of that which a log does not tell at sight.

    Raises
    ------
    InvalidInput
        If there are too few cases.
    """
    _refuse_few(paths)
    recency = _recency(paths, use_all, mechanisms.memory)
    everything, chain, roles = _chain_and_roles(paths, recency.first, mechanisms)
    used = paths.take(np.arange(recency.first, len(paths)))
    quiet, days_off = _days_off(everything, roles)
    arrivals = _arrivals(paths, used)
    weeks = weeks_of(used) / arrivals.level.factor
    teams = team_facts(chain, roles, weeks, everything, arrivals.level.last_weeks)
    anchor = set_anchor(chain, roles, teams, weeks, utilisation, touch_time)
    duty: dict[int, WorkHours] = {}
    if mechanisms.duty is Duty.SHIFTS and tells_shifts(anchor, teams):
        anchor, duty = in_shifts(anchor, teams), duty_hours(chain, roles, teams)
        chain = _by_duty(chain, duty, everything, days_off, mechanisms.waits)
    kinds = find_kinds(_observations(chain), used.cycle_min())
    hours, clocks, trend = timed(chain, roles, everything, days_off, mechanisms, duty)
    own_hours = next_hours(chain, hours)
    facts, classes = _facts(chain, kinds, roles, hours, own_hours, mechanisms.sees)
    fitted = Fitted(
        chain=chain,
        cases=used,
        mechanisms=mechanisms,
        facts=facts,
        kinds=kinds,
        roles=roles,
        teams=teams,
        anchor=anchor,
        arrivals=arrivals,
        weeks=weeks,
        recency=recency,
        n_all=len(paths),
        classes=classes,
        work_hours=hours,
        next_hours=own_hours,
        quiet=quiet,
        days_off=days_off,
        clocks=clocks,
        duty=duty,
        trend=trend,
        orders=queue_orders(chain.paths, roles),
        pattern=_pattern(chain, roles, facts),
        choices=choices_of(chain, facts, roles.is_worked, works_first=roles.works_first),
        times={},
        durations={},
        queue_min=np.zeros(chain.n_transitions),
    )
    return with_queueing(fitted, fitted.queue_min)


def tells_shifts(anchor: Anchor, teams: tuple[TeamFacts, ...]) -> bool:
    """Whether names and starts of work tell when people are on duty, and nobody gave a utilisation."""
    return anchor.is_measured and not anchor.is_given and all(team.shifts for team in teams)


def in_shifts(anchor: Anchor, teams: tuple[TeamFacts, ...]) -> Anchor:
    """Return the anchor with the people of the shifts."""
    return replace(anchor, people=tuple(sum(shift.people for shift in team.shifts) for team in teams))


def _by_duty(
    chain: Chain, duty: Mapping[int, WorkHours], everything: Paths, days_off: DaysOff, waits: Waits
) -> Chain:
    """Return transitions of which only those are late that let cases lie while people are on duty."""
    lying = lying_min(chain, duty, days_off)
    return chain_of(chain.paths, _batches(everything, waits), chain.branching, lying, chain.together)


def _chain_and_roles(paths: Paths, first: int, mechanisms: Mechanisms) -> tuple[Paths, Chain, Roles]:
    """Return all paths, the transitions of those that are used, and who makes their events.

    The paths have branches behind the cases where the mechanisms say so.
    """
    chain, is_automatic = _chain(unbranched(paths), first, mechanisms.waits)
    grouped = with_groups(paths, ~is_automatic[paths.activity])
    branching = unbranched(grouped)
    if mechanisms.ways is not Ways.SEQUENCE:
        branching = branched(grouped, races=mechanisms.ways is Ways.RACES)
    if branching:
        chain, is_automatic = _chain(branching, first, mechanisms.waits)
    else:
        used = branching.since(first)
        chain = replace(chain, paths=used.paths, branching=used)
    if mechanisms.due is Due.EARLIER and (together := past_ways(chain)):
        batches = _batches(branching.paths, mechanisms.waits)
        chain = chain_of(chain.paths, batches, chain.branching, together=together)
    return branching.paths, chain, roles_of(chain, is_automatic, has_work_at_first(paths))


def _pattern(chain: Chain, roles: Roles, facts: Facts) -> WorkPattern:
    """Return how people share the work, by teams and by classes."""
    by = chain.paths, roles.team, roles.is_worked
    pattern = work_pattern(*by, len(roles.names))
    special = [team for team, _ in pattern.specialised]
    return replace(pattern, crews=crews_of(*by, facts.case_class, facts.n_classes, special))


def _chain(branching: Branching, first: int, waits: Waits) -> tuple[Chain, NDArray[np.bool_]]:
    """Return the transitions of the cases from one on, and which activities are automatic."""
    paths, used = branching.paths, branching.since(first)
    chain = chain_of(used.paths, _batches(paths, waits), used)
    return chain, automatic_activities(chain, paths)


def _batches(everything: Paths, waits: Waits) -> list[int]:
    """Return the activities that happen at a few hours of the week, where waits follow the pace of work."""
    if waits is not Waits.PACES:
        return []
    return [each for each, hours in hours_of_late_ends(everything).items() if is_batch(hours)]


def _arrivals(paths: Paths, used: Paths) -> FittedArrivals:
    """Return the arrivals to come: all cases tell them, but of a snapshot, which is no stream anyway."""
    found = fit_arrivals(paths.created, paths.zone)
    return fit_arrivals(used.created, used.zone, paths.created) if found.is_snapshot else found


def _refuse_few(paths: Paths) -> None:
    if (~paths.is_open).sum() < FEWEST_CASES:
        raise InvalidInput(
            Problem(
                "a log has too few complete cases to be fitted",
                "log",
                found=str(int((~paths.is_open).sum())),
                remedy=f"export at least {FEWEST_CASES} cases",
            )
        )


def _recency(paths: Paths, use_all: bool, memory: Memory) -> Recency:
    """Return which cases tell what comes, judged by those that are complete and old enough."""
    if use_all:
        return Recency(0, (), ())
    found = _alike(paths)
    return replace(found, first=(found.first + len(paths)) // 2) if memory is Memory.RECENT else found


def _alike(paths: Paths) -> Recency:
    """Return from which case on all are like the recent ones."""
    judged = np.flatnonzero(~paths.is_open[: n_judged(paths.is_open)])
    found = part_to_fit(paths.take(judged))
    return replace(found, first=int(judged[found.first]) if found.first else 0)


def with_queueing(fitted: Fitted, queue_min: Floats) -> Fitted:
    """Return the fit with times from which hands-on time and queueing were taken out.

    Parameters
    ----------
    queue_min
        By transition: mean minutes that the simulation lets tickets queue after it.
    """
    chain, anchor = fitted.chain, fitted.anchor
    activity = chain.paths.activity
    touch = np.zeros(len(activity))
    if not chain.paths.has_durations:  # else it is taken out of the time from start to end
        touch = np.where(fitted.roles.is_worked, anchor.touch_min[activity], 0.0)
    after_first = np.concatenate([[False], chain.paths.is_first[:-1]])
    added = touch + np.where(after_first, np.concatenate([[0.0], touch[:-1]]), 0.0)
    weight = np.maximum(np.bincount(chain.transition, minlength=chain.n_transitions), 1)
    taken_out = np.bincount(chain.transition, added, chain.n_transitions) / weight
    transitions = chain.transitions

    def without(number: int, minutes: Floats) -> Floats:
        by = float(taken_out[number])
        short = _shortened(minutes, by, by_factor=not transitions[number - 1].is_late)
        short = _shortened(short, float(queue_min[number]), by_factor=number not in fitted.deadlines)
        return np.maximum(short, SHORTEST_MIN) if fitted.clocks.runs(number) else short

    lasting: dict[int, Timing] = {}
    if chain.paths.has_durations:
        elapsed = chain.paths.end - chain.paths.start
        minutes = np.where(fitted.roles.is_automatic[activity], elapsed, busy_min(chain.paths, fitted.duty))
        for each in np.unique(activity[chain.branching.original[activity] >= 0]).tolist():
            by = 0.0 if anchor.is_measured else float(anchor.touch_min[each])
            without_work = partial(_shortened, by=by, by_factor=True)
            lasting[each] = durations(chain, fitted.facts, each, minutes, without_work)
    times = timings(chain, fitted.facts, fitted.clocks.minutes, without)
    return replace(fitted, times=times, durations=lasting, queue_min=queue_min)


def _shortened(minutes: Floats, by: float, *, by_factor: bool) -> Floats:
    """Take so many minutes out on average, leaving no time below 0."""
    mean = float(minutes.mean())
    if by_factor or by >= mean:
        return minutes * max(1.0 - by / mean, 0.0) if mean > 0.0 else minutes
    short = np.maximum(minutes - by, 0.0)
    for _ in range(4):  # what was cut off at 0 is taken from the others
        excess = float(short.mean()) - (mean - by)
        if excess <= 1e-6 * mean:
            break
        short = np.maximum(short - excess, 0.0)
    return short


def _observations(chain: Chain) -> Observations:
    """Return what came next, and after how long, as outcomes within groups.

    Which branches a block has is one outcome; of their begins only remains how soon each was.
    """
    paths, branching = chain.paths, chain.branching
    activity, n_activities = paths.activity.astype(np.int64), len(paths.activities)
    known = chain.following != 0
    context = activity * chain.n_transitions + chain.transition
    forks = np.flatnonzero(branching.is_fork[activity])
    context[forks] = -1 - (activity[forks] * n_activities + activity[forks + 1])
    later = chain.transition > 0
    bins = binned(chain.gap_min, chain.transition, chain.n_transitions)
    lasted = np.arange(paths.n_events if paths.has_durations else 0)
    lasting = binned((paths.end - paths.start)[lasted], activity[lasted], n_activities)
    starts, whole = chain.starts, np.flatnonzero(branching.variant >= 0)
    sizes = (max(int(context.max()) + 1, 0), chain.n_transitions, 1, n_activities)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    cases = [branching.parent[paths.case[rows]] for rows in (known, later, starts, lasted, whole)]
    groups = [
        context[known],
        offsets[1] + chain.transition[later],
        np.full(len(starts), offsets[2]),
        offsets[3] + activity[lasted],
        offsets[4] + activity[whole],
    ]
    begun, variant = paths.activity[starts], branching.variant[whole]
    outcomes = [chain.following[known] + 1, bins[later], begun, lasting, variant]
    case, group, outcome = (np.concatenate(parts).astype(np.int64) for parts in (cases, groups, outcomes))
    return Observations.of(case, group, outcome)


def _facts(
    chain: Chain,
    kinds: Kinds,
    roles: Roles,
    hours: WorkHours,
    own_hours: Mapping[int, WorkHours],
    sees: Sees,
) -> tuple[Facts, tuple[int, ...]]:
    paths = chain.paths
    is_open = np.array([own_hours.get(each, hours).open_hours for each in range(len(paths.activities))])
    parent = chain.branching.parent
    level, classes = common_classes(paths.case_class[: chain.n_cases].astype(np.int64))
    n_classes = len(classes) + int((level == len(classes)).any())
    n_priorities = len(paths.priorities)
    known = paths.priority[paths.priority >= 0]
    usual = int(np.bincount(known).argmax()) if len(known) else 0
    priority = np.where(paths.priority >= 0, paths.priority, usual).astype(np.int64)
    facts = Facts(
        kind=Facts.memberships(kinds.membership)[parent],
        case_class=level[parent],
        n_classes=n_classes,
        priority=priority,
        n_priorities=max(n_priorities, 1),
        hops=roles.hops,
        team=roles.team,
        n_teams=len(roles.names),
        at_work=is_open[paths.activity, paths.hour_of_week(paths.end)].astype(np.int64),
        own_hours=frozenset(own_hours),
        attribute=telling_attribute(chain) if sees is Sees.ATTRIBUTE else None,
    )
    return facts, classes


def telling_attribute(chain: Chain) -> Attribute | None:
    """Return the attribute of cases that tells most about what follows what; None where none does."""
    paths = chain.paths
    rows = np.flatnonzero(chain.following != 0)
    context = paths.activity[rows].astype(np.int64) * chain.n_transitions + chain.transition[rows]
    return most_telling(
        paths.attributes, paths.case[rows].astype(np.int64), context, chain.following[rows] + 1
    )


def _days_off(everything: Paths, roles: Roles) -> tuple[tuple[date, ...], DaysOff]:
    """Return the days on which hardly anybody was at work, and those off: with these if some are known."""
    quiet, known = _quiet_days(everything, roles), everything.days_off
    return quiet, known.and_dates(quiet) if known else known


def _quiet_days(everything: Paths, roles: Roles) -> tuple[date, ...]:
    """Return the days on which nobody took up a ticket that was left lying, up to the last creation."""
    before = np.concatenate([[-np.inf], everything.end[:-1]])
    taken_up = (everything.start - before > LATE_MIN) & ~everything.is_first
    taken_up &= ~roles.is_automatic[everything.activity]
    days = local_day(everything.start[taken_up], everything.zone)
    known = date_of(int(local_day(everything.created.max(keepdims=True), everything.zone)[0]))
    return tuple(day for day in quiet_days(days) if day <= known)
