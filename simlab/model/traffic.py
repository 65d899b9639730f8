"""Traffic: how much work the demand brings to each team, before anything is simulated.

A sample of tickets of each stream walks through the compiled process with the shared ticket rules, and never
waits for people. What it needs on its way, times the number of tickets, is the work that is offered; set
against the people on duty it tells which teams cannot keep up. Rules that ask for the length of a queue see
empty queues, nobody loses patience, and batches that are worked on together have about their expected size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.errors import Problem
from simlab.model.codes import StepKind
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.tables import (
    Floats,
    ListedArrivals,
    Model,
    PoissonArrivals,
    PopulationArrivals,
    RenewalArrivals,
    Stream,
)
from simlab.model.teamwork import most_work
from simlab.model.walk import Seen, Walk, share_of_tickets
from simlab.model.wall_clock import HOURS_PER_WEEK

HIGHEST_RHO = 0.9
"""Load up to which a team is taken to have enough people."""
SAMPLE = 4_000


@dataclass(frozen=True, slots=True)
class TeamTraffic:
    """Work that comes to one team in the run, and the people who are there for it."""

    team: str
    people: int
    load: float
    """People who are busy with the team's own tickets, on average over the run."""
    on_duty: float
    """People of the team who are on duty, on average over the run; faster ones count more."""
    rho: float
    """Load per person on duty."""
    pooled_rho: float
    """Load per person where all help each other as well as they may: 1 or more cannot be kept up with."""
    staff_needed: int
    """People of the team, working as they do, for a ``rho`` of at most 0.9 without help of others."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Expected traffic of a run."""

    tickets: float
    """Tickets that arrive; an upper bound where members of a finite population return."""
    by_stream: tuple[float, ...]
    visits: Floats
    """(n_steps,) visits to each step of the compiled process."""
    teams: tuple[TeamTraffic, ...]
    events: float
    """About how many events a run has: arrivals, and the ends of work and of delays."""


@dataclass(frozen=True, slots=True)
class WeeklyWork:
    """Work that comes to each team in an average week, by local hour of week from Monday on."""

    visits: Floats
    """(n_teams, 168) visits that come in each hour."""
    minutes: Floats
    """(n_teams,) mean hands-on minutes of a visit."""


def estimate_traffic(model: Model, sample: int = SAMPLE) -> Traffic:
    """Estimate tickets, visits and work of a run.

    Parameters
    ----------
    sample
        Tickets of each stream that walk through the process; the draws are those of seed 0.
    """
    walk = Walk(model)
    seen = [walk.through(code, sample) for code in range(len(model.streams))]
    tickets = tickets_by_stream(model, seen)
    visits = _summed([each.visits for each in seen], tickets)
    work = _summed([each.work for each in seen], tickets) / _batch_sizes(model, visits)
    by_team = np.zeros(len(model.names.teams))
    step, team, people = crews(model)
    np.add.at(by_team, team, work[step] * people)
    lasts = np.isin(model.steps.kind, [StepKind.WORK, StepKind.DELAY, StepKind.GATHER])
    return Traffic(
        tickets=math.fsum(tickets),
        by_stream=tuple(tickets),
        visits=visits,
        teams=_teams(model, by_team),
        events=math.fsum(tickets) + float(visits[lasts].sum()),
    )


def weekly_work(model: Model) -> WeeklyWork:
    """Estimate when work comes to each team, if nobody ever waits for people."""
    n_teams = len(model.names.teams)
    visits, minutes = np.zeros((n_teams, HOURS_PER_WEEK)), np.zeros(n_teams)
    edges, hours = model.clock.edges_hour_of_week(0.0, model.length)
    times_there = np.bincount(hours, np.diff(edges), HOURS_PER_WEEK) / 60.0
    walk = Walk(model)
    seen = [walk.through(code, SAMPLE) for code in range(len(model.streams))]
    tickets = tickets_by_stream(model, seen)
    batch_sizes = _batch_sizes(model, _summed([each.visits for each in seen], tickets))
    roles = list(zip(*(column.tolist() for column in crews(model)), strict=True))
    crew = {step: [(team, people) for at, team, people in roles if at == step] for step, _, _ in roles}
    for each, expected in zip(seen, tickets, strict=True):
        came = [
            (stay.step, stay.started, stay.expected, team, people)
            for stay in each.stays
            for team, people in crew.get(stay.step, ())
        ]
        if came and expected > 0.0:
            step, at, needed, team, people = (np.array(column) for column in zip(*came, strict=True))
            weight = people * expected / each.n / batch_sizes[step]
            np.add.at(visits, (team, model.clock.hour_of_week(at)), weight)
            np.add.at(minutes, team, weight * needed)
    in_all = visits.sum(axis=1)
    return WeeklyWork(
        visits=np.divide(visits, times_there, out=np.zeros_like(visits), where=times_there > 0.0),
        minutes=np.divide(minutes, in_all, out=np.zeros(n_teams), where=in_all > 0.0),
    )


def crews(model: Model) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return who works at the steps: step, team and people of it, a row for each team of a step."""
    step = np.flatnonzero(model.steps.team >= 0)
    if model.swarms is None:
        return step, model.steps.team[step], np.ones(len(step), np.int64)
    swarms = model.swarms
    at = np.repeat(np.arange(len(model.steps.team)), np.diff(swarms.first))
    alone = step[~np.isin(step, at)]
    needed = ~swarms.is_optional
    return (
        np.concatenate([alone, at[needed]]),
        np.concatenate([model.steps.team[alone], swarms.team[needed]]),
        np.concatenate([np.ones(len(alone), np.int64), swarms.people[needed]]),
    )


def expected_tickets(model: Model) -> float:
    """Tickets that a run is expected to have; an upper bound for finite populations, inf for no bound."""
    walk = Walk(model)
    needs_walk = len(model.spawns.stream) > 0
    empty = np.zeros(len(model.streams))
    nothing = Seen(0, (), empty, empty, empty, 0.0)
    return math.fsum(
        tickets_by_stream(
            model,
            [
                walk.through(code, 200)
                if needs_walk or isinstance(stream.arrivals, PopulationArrivals)
                else nothing
                for code, stream in enumerate(model.streams)
            ],
        )
    )


def tickets_by_stream(model: Model, seen: Sequence[Seen]) -> list[float]:
    """Tickets of each stream in the run, those included to which others give rise."""
    own = np.array(
        [own_tickets(model, s, e.life) for s, e in zip(model.streams, seen, strict=True)], np.float64
    )
    own *= [share_of_tickets(model, code) for code in range(len(model.streams))]
    births = np.array([each.spawned for each in seen])
    if not births.any():
        return [float(tickets) for tickets in own]
    if np.max(np.abs(np.linalg.eigvals(births))) >= 1.0:  # ever more tickets
        return [math.inf] * len(own)
    total = np.linalg.solve(np.eye(len(own)) - births.T, own)
    return [float(tickets) for tickets in total]


def _summed(each: Sequence[Floats], tickets: Sequence[float]) -> Floats:
    """Sum of what one ticket of each stream does, over all of its tickets."""
    parts = [
        np.multiply(one, n, out=np.zeros(len(one)), where=one > 0.0)
        for one, n in zip(each, tickets, strict=True)
    ]
    return np.asarray(np.sum(parts, axis=0), np.float64)


def _batch_sizes(model: Model, visits: Floats) -> Floats:
    """By step, about how many tickets are worked on together."""
    sizes = np.ones(len(visits))
    gathers = model.gathers
    for row in np.flatnonzero(gathers.together):
        tickets = visits[gathers.step[row]]
        found = [float(gathers.size[row]), float(gathers.most[row])]
        found.append(1.0 + tickets / model.length * gathers.longest_wait[row])
        if gathers.calendar[row] >= 0:
            opens = model.calendars[gathers.calendar[row]].opens
            found.append(tickets / max(int(((opens >= 0.0) & (opens < model.length)).sum()), 1))
        sizes[gathers.target[row]] = max(1.0, min(found))
    return sizes


def traffic_warnings(model: Model, traffic: Traffic | None = None) -> tuple[Problem, ...]:
    """Warn of teams that get more work than they and those who help them can do, or nearly so."""
    warnings = []
    traffic = traffic or estimate_traffic(model)
    if not math.isfinite(traffic.tickets):
        return (
            Problem(
                "each ticket gives rise to one more or several on average, so that there are ever more",
                "routing.steps",
                remedy="lower a share of spawns or of repeat contacts",
            ),
        )
    for team in traffic.teams:
        if team.pooled_rho <= 0.95:
            continue
        judgement = "cannot keep up" if team.pooled_rho >= 1.0 else "can hardly keep up"
        remedy = (
            f"with about {team.staff_needed} people in place of {team.people}, 90 % of their time is used"
        )
        load, on_duty = HOURS_PER_WEEK * team.load, HOURS_PER_WEEK * team.on_duty
        warnings.append(
            Problem(
                f"the team {team.team} {judgement}: it gets about {_hours(load)} hours of work a week, "
                f"and has people for {_hours(on_duty)} (load about {_hours(100.0 * team.rho)} %)",
                f"staffing.{team.team}",
                remedy=remedy,
            )
        )
    return tuple(warnings)


def own_tickets(model: Model, stream: Stream, life: float) -> float:
    """Contacts that a stream makes by itself; ``life`` is a ticket's mean time in it without queues."""
    process = stream.arrivals
    batch = 1.0 if stream.batch < 0 else max(1.0, model.distribution_list[stream.batch].mean)
    match process:
        case PoissonArrivals():
            arrivals = float(np.sum(process.rate * np.diff(process.edges)))
        case RenewalArrivals():
            mean = model.distribution_list[process.gap].mean
            arrivals = (process.end - process.start) / mean if mean > 0.0 else math.inf
        case ListedArrivals():
            arrivals = float(len(process.at))
        case PopulationArrivals():
            cycle = model.distribution_list[process.away].mean + life
            span = max(process.end - process.start, 0.0)
            arrivals = process.size * (1.0 + span / cycle) if cycle > 0.0 else math.inf
            batch = 1.0
    arrivals *= batch
    return min(arrivals, stream.limit) if stream.limit >= 0 else arrivals


# -- people


def _teams(model: Model, work: Floats) -> tuple[TeamTraffic, ...]:
    people, pools = model.people, model.pools
    present = people_present(model)
    by_pool = np.bincount(people.pool, weights=present, minlength=len(pools.home)).astype(np.float64)
    by_team = np.bincount(people.team, weights=present, minlength=len(work))
    count = np.bincount(people.team, minlength=len(work))
    load = work / model.length
    pooled = _pooled_rho(model, load, by_pool)
    return tuple(
        TeamTraffic(
            team=name,
            people=int(count[team]),
            load=float(load[team]),
            on_duty=float(by_team[team]),
            rho=_ratio(load[team], by_team[team]),
            pooled_rho=pooled[team],
            staff_needed=_staff_needed(load[team], by_team[team], int(count[team])),
        )
        for team, name in enumerate(model.names.teams)
    )


def people_present(model: Model) -> Floats:
    """Return how many people each person counts for on average over the run, shape (n_people,).

    Shifts, breaks and absence make it less than 1; who works faster, or on several tickets at once, counts
    for more.
    """
    people = model.people
    if not len(people.pool):
        return np.zeros(0)
    duty = np.array([_duty_min(PersonalCalendars(r.duty, r.shift), model.length) for r in model.rosters])
    pace = most_work(model.paces, len(people.pool))
    there: Floats = duty[people.roster] * (1.0 - people.absence) * people.speed * pace / model.length
    return there


def _duty_min(calendars: PersonalCalendars, length: float) -> float:
    duty = duty_intervals(calendars, length)
    return float((duty[:, 1] - duty[:, 0]).sum())


def _staff_needed(load: float, on_duty: float, people: int) -> int:
    if not math.isfinite(load):
        return 0
    each = on_duty / people if people and on_duty > 0.0 else 1.0
    return math.ceil(load / HIGHEST_RHO / each - 1e-9)


def _pooled_rho(model: Model, load: Floats, by_pool: Floats) -> list[float]:
    """Least possible load per person: of all who may serve a team's queue, and of all teams that help.

    A team keeps up whatever the others do where those who serve nobody else suffice.
    """
    pools = model.pools
    served = [
        pools.queue[pools.first_queue[p] : pools.first_queue[p + 1]].tolist() for p in range(len(pools.home))
    ]
    group = list(range(len(load)))
    for queues in served:
        joined = {group[queue] for queue in queues}
        group = [min(joined) if g in joined else g for g in group]
    rho = []
    for team in range(len(load)):
        members = [other for other in range(len(load)) if group[other] == group[team]]
        helpers = math.fsum(by_pool[p] for p, queues in enumerate(served) if team in queues)
        everybody = math.fsum(by_pool[p] for p, queues in enumerate(served) if queues[0] in members)
        alone = math.fsum(by_pool[p] for p, queues in enumerate(served) if queues == [team])
        least = max(_ratio(load[team], helpers), _ratio(_total(load, members), everybody))
        rho.append(min(least, _ratio(load[team], alone)))
    return rho


def _total(load: Floats, members: Sequence[int]) -> float:
    return math.fsum(load[member] for member in members)


def _ratio(load: float, capacity: float) -> float:
    if capacity > 0.0:
        return float(load / capacity)
    return math.inf if load > 0.0 else 0.0


def _hours(hours: float) -> str:
    """Say hours in about three digits, never with an exponent."""
    return f"{hours:.0f}" if hours >= 100.0 else f"{hours:.3g}"
