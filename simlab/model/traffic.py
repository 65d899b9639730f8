"""Traffic: how much work the demand brings to each team, before anything is simulated.

A sample of tickets of each stream walks through the compiled process with the shared ticket rules, and never
waits for people. What it needs on its way, times the number of tickets, is the work that is offered; set
against the people on duty it tells which teams cannot keep up. Rules that ask for the length of a queue see
empty queues.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simlab.errors import Problem
from simlab.model.arrivals import draw_arrivals, draw_attributes
from simlab.model.calendars import ALWAYS, as_lists
from simlab.model.quantiles import Sampler, sampler
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.streams import Purpose, replication_key, uniform
from simlab.model.tables import (
    Field,
    Floats,
    ListedArrivals,
    Model,
    PoissonArrivals,
    PopulationArrivals,
    RenewalArrivals,
    RuleTable,
    StepKind,
    StepTable,
    Stream,
)
from simlab.model.ticket_rules import choose, delay_end, new_facts
from simlab.model.wall_clock import HOURS_PER_WEEK

HIGHEST_RHO = 0.9
"""Load up to which a team is taken to have enough people."""
MOST_STEPS = 2_000
"""Steps after which a ticket of the sample is left alone."""
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
    visits: Floats
    """(n_steps,) visits to each step of the compiled process."""
    teams: tuple[TeamTraffic, ...]

    events: float
    """About how many events a run has: arrivals, and the ends of work and of delays."""


def estimate_traffic(model: Model, sample: int = SAMPLE) -> Traffic:
    """Estimate tickets, visits and work of a run.

    Parameters
    ----------
    sample
        Tickets of each stream that walk through the process; the draws are those of seed 0.
    """
    walk = _Walk(model)
    tickets = 0.0
    visits = np.zeros(len(model.names.steps))
    work = np.zeros(len(model.names.teams))
    for code in range(len(model.streams)):
        seen, worked, life, n = walk.through(code, sample)
        expected = _expected(model, model.streams[code], life)
        tickets += expected
        if n:
            visits += seen * (expected / n)
            work += worked * (expected / n)
    lasts = np.isin(model.steps.kind, [StepKind.WORK, StepKind.DELAY])
    return Traffic(tickets, visits, _teams(model, work), tickets + float(visits[lasts].sum()))


def expected_tickets(model: Model) -> float:
    """Tickets that a run is expected to have; an upper bound for finite populations, inf for no bound."""
    walk = _Walk(model)
    return math.fsum(
        _expected(model, stream, walk.through(code, 200)[2])
        if isinstance(stream.arrivals, PopulationArrivals)
        else _expected(model, stream, 0.0)
        for code, stream in enumerate(model.streams)
    )


def traffic_warnings(model: Model, traffic: Traffic | None = None) -> tuple[Problem, ...]:
    """Warn of teams that get more work than they and those who help them can do, or nearly so."""
    warnings = []
    for team in (traffic or estimate_traffic(model)).teams:
        if team.pooled_rho <= 0.95:
            continue
        judgement = "cannot keep up" if team.pooled_rho >= 1.0 else "can hardly keep up"
        remedy = (
            f"with about {team.staff_needed} people in place of {team.people}, 90 % of their time is used"
        )
        load, on_duty = HOURS_PER_WEEK * team.load, HOURS_PER_WEEK * team.on_duty
        warnings.append(
            Problem(
                f"the team {team.team} {judgement}: it gets {load:.3g} hours of work a week, "
                f"and has people for {on_duty:.3g} (load {100.0 * team.rho:.3g} %)",
                f"staffing.{team.team}",
                remedy=remedy,
            )
        )
    return tuple(warnings)


def _expected(model: Model, stream: Stream, life: float) -> float:
    """Tickets of a stream in the run; ``life`` is a ticket's mean time in the process without queues."""
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
    return min(arrivals * batch, stream.limit) if stream.limit >= 0 else arrivals * batch


# -- the walk


class _Walk:
    """Lets tickets walk through the process of a model without queues."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.key = replication_key(0, 0)
        self.steps = StepTable(*(column.tolist() for column in model.steps))
        self.rules = RuleTable(*(column.tolist() for column in model.rules))
        self.calendars = [as_lists(calendar) for calendar in model.calendars]
        self.samplers: list[Sampler] = [
            sampler(model.distributions, i) for i in range(len(model.distribution_list))
        ]
        self.empty = [0] * len(model.names.teams)

    def through(self, code: int, sample: int) -> tuple[Floats, Floats, float, int]:
        """Walk with tickets of one stream: visits by step, work by team, mean time there, tickets."""
        visits = np.zeros(len(self.model.names.steps))
        work = np.zeros(len(self.model.names.teams))
        tickets = self._tickets(code, sample)
        life = 0.0
        for subject, at, facts in tickets:
            life += self._go(code, subject, at, new_facts(code, facts), visits, work)
        return visits, work, life / max(len(tickets), 1), len(tickets)

    def _tickets(self, code: int, sample: int) -> list[tuple[int, float, tuple[float, ...]]]:
        """Identity, arrival and attributes of a sample of tickets, spread over the run as they arrive."""
        stream = self.model.streams[code]
        if isinstance(stream.arrivals, ListedArrivals):
            drawn = draw_arrivals(replace(self.model, streams=(stream,)), self.key)
            chosen = np.unique(
                np.linspace(0, max(len(drawn.at) - 1, 0), min(sample, len(drawn.at))).astype(int)
            )
            subjects, at = drawn.subject[chosen], drawn.at[chosen]
            columns = [column[chosen] for column in drawn.attributes.columns()]
        else:
            subjects = np.arange(sample)
            at = _arrival_times(stream, sample)
            columns = list(draw_attributes(self.model, stream, self.key, subjects).columns())
        facts = zip(*(column.tolist() for column in columns), strict=True)
        return list(zip(subjects.tolist(), at.tolist(), facts, strict=True))

    def _go(
        self, code: int, subject: int, at: float, facts: list[float], visits: Floats, work: Floats
    ) -> float:
        """Walk with one ticket until it leaves or the run ends; its time in the process."""
        steps, length = self.steps, self.model.length
        step, now = self.model.streams[code].entry, at
        counts: dict[int, int] = {}
        passes: dict[int, int] = {}
        for _ in range(MOST_STEPS):
            if now >= length or steps.kind[step] == StepKind.EXIT:
                break
            kind, shown, is_passage = steps.kind[step], steps.shown_as[step], steps.is_passage[step]
            number = counts.get(step, 0)
            counts[step] = number + 1
            visits[step] += 1.0
            passes[shown] = passes.get(shown, 0) + is_passage
            facts[Field.VISITS] = passes[shown] if is_passage else passes[shown] + 1
            mark = facts[Field.CAME_FROM]
            if kind == StepKind.WORK:
                minutes = self._work(code, subject, step, number, facts, now)
                work[steps.team[step]] += minutes
                now += minutes
                mark = shown if is_passage else mark
            elif kind == StepKind.DELAY:
                now = self._delay_end(code, subject, step, number, facts, now)
                mark = shown if is_passage else mark
            elif kind == StepKind.REOPEN:
                facts[Field.REOPENS] += 1
            elif steps.responds[step]:
                mark = shown
            step = self._chosen(code, subject, step, number, facts, now)
            facts[Field.CAME_FROM] = mark
        return min(now, length) - at

    def _chosen(self, code: int, subject: int, step: int, number: int, facts: list[float], now: float) -> int:
        block = self.steps.next_rules[step]
        u = self._draw(code, subject, step, number, Purpose.ROUTE) if self.rules.needs_draw[block] else 0.0
        return choose(self.rules, block, facts, u, now, self.calendars, self.empty)

    def _timing(self, step: int, facts: list[float], now: float) -> Sampler:
        distribution = self.steps.timing[step]
        if distribution < 0:
            block = self.steps.timing_rules[step]
            distribution = choose(self.rules, block, facts, 0.0, now, self.calendars, self.empty)
        chosen: Sampler = self.samplers[distribution]
        return chosen

    def _work(self, code: int, subject: int, step: int, number: int, facts: list[float], now: float) -> float:
        """Hands-on minutes of a visit, as the ticket joins the team."""
        steps, team = self.steps, self.steps.team[step]
        if facts[Field.TEAM] not in (-1, team):
            facts[Field.HOPS] += 1
        facts[Field.TEAM] = team
        minutes = self._timing(step, facts, now)(self._draw(code, subject, step, number, Purpose.SERVICE))
        if steps.difficulty_power[step] != 0.0:
            minutes *= math.pow(facts[Field.DIFFICULTY], steps.difficulty_power[step])
        for added, purpose in (
            (steps.extra[step], Purpose.EXTRA_SERVICE),
            (steps.fall_back_extra[step], Purpose.FALL_BACK_SERVICE),
        ):
            if added >= 0:
                minutes += self.samplers[added](self._draw(code, subject, step, number, purpose))
        return minutes

    def _delay_end(
        self, code: int, subject: int, step: int, number: int, facts: list[float], now: float
    ) -> float:
        delay = self._timing(step, facts, now)(self._draw(code, subject, step, number, Purpose.DELAY))
        calendar, until = self.steps.calendar[step], self.steps.until_open[step]
        return delay_end(
            self.calendars[calendar] if calendar >= 0 else ALWAYS,
            self.calendars[until] if until >= 0 else ALWAYS,
            now,
            delay,
        )

    def _draw(self, code: int, subject: int, step: int, number: int, purpose: Purpose) -> float:
        space, place = self.model.streams[code].space, self.steps.address[step]
        return uniform(self.key, subject, space, place, number, purpose)


def _arrival_times(stream: Stream, n: int) -> Floats:
    """Instants that are spread like the arrivals of a stream."""
    part = (np.arange(n) + 0.5) / n
    process = stream.arrivals
    if isinstance(process, PoissonArrivals):
        cumulative = np.concatenate([[0.0], np.cumsum(process.rate * np.diff(process.edges))])
        return np.asarray(np.interp(part * cumulative[-1], cumulative, process.edges), np.float64)
    assert not isinstance(process, ListedArrivals)
    return process.start + part * max(process.end - process.start, 0.0)


# -- people


def _teams(model: Model, work: Floats) -> tuple[TeamTraffic, ...]:
    people, pools = model.people, model.pools
    duty = np.array([_duty_min(PersonalCalendars(r.duty, r.shift), model.length) for r in model.rosters])
    present = np.zeros(len(people.pool))
    if len(people.pool):
        present = duty[people.roster] * (1.0 - people.absence) * people.speed / model.length
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


def _duty_min(calendars: PersonalCalendars, length: float) -> float:
    duty = duty_intervals(calendars, length)
    return float((duty[:, 1] - duty[:, 0]).sum())


def _staff_needed(load: float, on_duty: float, people: int) -> int:
    each = on_duty / people if people and on_duty > 0.0 else 1.0
    return math.ceil(load / HIGHEST_RHO / each - 1e-9)


def _pooled_rho(model: Model, load: Floats, by_pool: Floats) -> list[float]:
    """Least possible load per person: of all who may serve a team's queue, and of all teams that help."""
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
        rho.append(max(_ratio(load[team], helpers), _ratio(_total(load, members), everybody)))
    return rho


def _total(load: Floats, members: Sequence[int]) -> float:
    return math.fsum(load[member] for member in members)


def _ratio(load: float, capacity: float) -> float:
    if capacity > 0.0:
        return float(load / capacity)
    return math.inf if load > 0.0 else 0.0
