"""Tickets that walk through the process of a model without queues, to see what work they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from simlab.model.arrivals import draw_arrivals, draw_attributes
from simlab.model.calendars import ALWAYS, as_lists
from simlab.model.codes import Field, StepKind
from simlab.model.quantiles import Sampler, sampler
from simlab.model.self_service import Contacts, served
from simlab.model.streams import Purpose, replication_key, uniform
from simlab.model.tables import Floats, ListedArrivals, Model, PoissonArrivals, RuleTable, StepTable, Stream
from simlab.model.ticket_rules import choose, delay_end, new_facts, quiet_desk

MOST_STEPS = 2_000
"""Steps after which a ticket is left alone."""
CONTACTS = 1_000
"""Contacts by which the share is estimated that self-service does not contain."""


class Stay(NamedTuple):
    """One visit: hands-on minutes from an instant on, none where nobody works."""

    step: int
    started: float
    minutes: float
    expected: float
    """Mean minutes of visits like this one: sums of them vary less than those of the minutes drawn."""
    ended: float
    """When the work or the delay is over."""


class Birth(NamedTuple):
    """Tickets of a stream, on average, that the end of a visit gives rise to."""

    at: float
    stream: int
    tickets: float


class Trip(NamedTuple):
    """The whole way of one ticket."""

    created: float
    target: int
    """Row of the target table; -1 where none applies."""
    stays: Sequence[Stay]


@dataclass(frozen=True, slots=True)
class Seen:
    """What tickets of one stream do on average, each."""

    n: int
    """Tickets that walked."""
    stays: Sequence[Stay]
    """All of their visits."""
    visits: Floats
    """(n_steps,)"""
    work: Floats
    """(n_steps,) hands-on minutes."""
    spawned: Floats
    """(n_streams,) tickets that one of them gives rise to."""
    life: float
    """Minutes in the process."""
    trips: Sequence[Trip] = ()


@dataclass(slots=True)
class _Walker:
    """A ticket on its way."""

    stream: int
    subject: int
    facts: list[float]
    counts: dict[int, int] = field(default_factory=dict)
    passes: dict[int, int] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)
    births: list[Birth] = field(default_factory=list)
    milestones: dict[int, float] = field(default_factory=dict)
    steps_left: int = MOST_STEPS

    def cut(self, n_stays: int, n_births: int, at: float) -> None:
        """Forget what happened from an instant on, of what came after so many records."""
        self.stays[n_stays:] = [
            stay._replace(
                minutes=min(stay.minutes, at - stay.started),
                expected=min(stay.minutes, at - stay.started),
                ended=min(stay.ended, at),
            )
            for stay in self.stays[n_stays:]
            if stay.started < at
        ]
        self.births[n_births:] = [birth for birth in self.births[n_births:] if birth.at <= at]


class Walk:
    """Lets tickets walk: timers never end, batches and limits hold nobody up, spawned tickets are not met."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.key = replication_key(0, 0)
        self.steps = StepTable(*(column.tolist() for column in model.steps))
        self.rules = RuleTable(*(column.tolist() for column in model.rules))
        self.forks = type(model.forks)(*(column.tolist() for column in model.forks))
        self.spawns = type(model.spawns)(*(column.tolist() for column in model.spawns))
        self.handoffs = type(model.handoffs)(*(column.tolist() for column in model.handoffs))
        self.mean_handoff = [_mean_handoff(model, row) for row in range(len(model.handoffs.reread))]
        self.calendars = [as_lists(calendar) for calendar in model.calendars]
        self.samplers: list[Sampler] = [
            sampler(model.distributions, i) for i in range(len(model.distribution_list))
        ]
        self.means: dict[int, float] = {}
        self.empty = quiet_desk(model)

    def through(self, code: int, sample: int) -> Seen:
        """Walk with a sample of the tickets of one stream; the draws are those of seed 0."""
        visits, work = np.zeros((2, len(self.model.names.steps)))
        spawned = np.zeros(len(self.model.streams))
        tickets = self._tickets(code, sample)
        life = 0.0
        stays: list[Stay] = []
        trips: list[Trip] = []
        for subject, at, facts in tickets:
            walker = _Walker(code, subject, new_facts(code, facts), milestones={0: at})
            trips.append(Trip(at, self._target(walker, at), walker.stays))
            life += self._whole_way(walker, self.model.streams[code].entry, at) - at
            for stay in walker.stays:
                visits[stay.step] += 1.0
                work[stay.step] += stay.expected
            stays += walker.stays
            for _, stream, share in walker.births:
                spawned[stream] += share
        n = max(len(tickets), 1)
        return Seen(len(tickets), stays, visits / n, work / n, spawned / n, life / n, trips)

    def _target(self, walker: _Walker, now: float) -> int:
        """Row of the target that applies to a ticket when it is created; -1 for none."""
        block = self.model.targets.rules
        if block < 0:
            return -1
        return choose(self.rules, block, walker.facts, 0.0, now, self.calendars, self.empty)

    def _tickets(self, code: int, sample: int) -> list[tuple[int, float, tuple[float, ...]]]:
        """Identity, arrival and attributes of a sample of tickets, spread over the run as they arrive."""
        stream = self.model.streams[code]
        if isinstance(stream.arrivals, ListedArrivals) and len(stream.arrivals.at):
            drawn = draw_arrivals(replace(self.model, streams=(stream,)), self.key)
            chosen = np.unique(
                np.linspace(0, max(len(drawn.at) - 1, 0), min(sample, len(drawn.at))).astype(int)
            )
            subjects, at = drawn.subject[chosen], drawn.at[chosen]
            columns = [column[chosen] for column in drawn.attributes.columns()]
        else:
            tickets = _tickets_of(self.model, code, sample, self.key)
            subjects, at, columns = tickets.subject, tickets.at, list(tickets.facts)
        facts = zip(*(column.tolist() for column in columns), strict=True)
        return list(zip(subjects.tolist(), at.tolist(), facts, strict=True))

    # -- the way of one ticket

    def _whole_way(self, walker: _Walker, step: int, now: float) -> float:
        """Walk until the ticket leaves or the run ends; return that instant."""
        kind = StepKind.ROUTE
        while kind != StepKind.EXIT and now < self.model.length and walker.steps_left > 0:
            step, now = self._way(walker, step, now, is_branch=False)
            kind = self.steps.kind[step]
        return min(now, self.model.length)

    def _way(self, walker: _Walker, step: int, now: float, is_branch: bool) -> tuple[int, float]:
        """Walk on; return where and when: the exit, and for a branch where it joins or ends the ticket."""
        stops = (StepKind.EXIT, StepKind.JOIN, StepKind.RESOLVE) if is_branch else (StepKind.EXIT,)
        kinds = self.steps.kind
        while kinds[step] not in stops and now < self.model.length and walker.steps_left > 0:
            walker.steps_left -= 1
            if is_branch and self.handoffs.behind_transfer[step] >= 0:
                step = self.handoffs.behind_transfer[step]
            elif kinds[step] == StepKind.FORK:
                step, now = self._fork(walker, step, now)
            else:
                step, now = self._pass(walker, step, now, is_branch)
        return step, now

    def _pass(self, walker: _Walker, step: int, now: float, is_branch: bool) -> tuple[int, float]:
        """Walk through one step; return the next one and the instant."""
        steps, facts = self.steps, walker.facts
        kind, number = steps.kind[step], self._begin(walker, step)
        minutes = expected = 0.0
        if kind == StepKind.WORK:
            minutes, expected = self._work(walker, step, number, now, is_branch)
        ended = self._delay_end(walker, step, number, now) if kind == StepKind.DELAY else now + minutes
        walker.stays.append(Stay(step, now, minutes, expected, ended))
        now = ended
        if steps.milestone[step] >= 0:
            walker.milestones[steps.milestone[step]] = now
        if kind == StepKind.REOPEN:
            facts[Field.REOPENS] += 1
            facts[Field.FLAW] = 0
        elif steps.flaw[step] >= 0:
            facts[Field.FLAW] = steps.flaw[step]
        for row in range(self.spawns.first[step], self.spawns.first[step + 1]):
            if self._choose(walker, step, 0.0, self.spawns.rules[row], now) >= 0:
                walker.births.append(Birth(now, self.spawns.stream[row], self.spawns.share[row]))
        following = self._next(walker, step, number, now)
        is_left = kind in (StepKind.WORK, StepKind.DELAY) and steps.is_passage[step]
        if (is_left and not steps.is_checked[step]) or (
            kind == StepKind.REOPEN or steps.responds[step] or steps.ends_check[step]
        ):
            facts[Field.CAME_FROM] = steps.shown_as[step]
        return following, now

    def _fork(self, walker: _Walker, step: int, now: float) -> tuple[int, float]:
        """Walk down all branches; return where and when the ticket goes on."""
        forks, facts = self.forks, walker.facts
        number, came_from = self._begin(walker, step), facts[Field.CAME_FROM]
        records = len(walker.stays), len(walker.births)
        joined: list[tuple[float, int]] = []
        ended: list[tuple[float, int]] = []
        for branch in forks.branch[forks.first[step] : forks.first[step + 1]]:
            facts[Field.CAME_FROM] = self.steps.shown_as[step]
            last, at = self._way(walker, branch, now, is_branch=True)
            (joined if self.steps.kind[last] == StepKind.JOIN else ended).append((at, last))
        needed = forks.needed[step]
        goes_on = sorted(joined)[needed - 1][0] if len(joined) >= needed else math.inf
        if ended and min(ended)[0] < goes_on:
            at, last = min(ended)
            walker.cut(*records, at)
            return last, at
        if forks.stops_others[step]:
            walker.cut(*records, goes_on)
        facts[Field.CAME_FROM] = came_from
        if self.steps.milestone[step] >= 0:
            walker.milestones[self.steps.milestone[step]] = goes_on
        following = self._next(walker, step, number, goes_on)
        facts[Field.CAME_FROM] = self.steps.shown_as[step]
        return following, goes_on

    def _begin(self, walker: _Walker, step: int) -> int:
        """Count a visit to a step; return its number."""
        number = walker.counts.get(step, 0)
        walker.counts[step] = number + 1
        if self.steps.is_passage[step]:
            shown = self.steps.shown_as[step]
            walker.passes[shown] = walker.passes.get(shown, 0) + 1
        return number

    # -- rules and times

    def _next(self, walker: _Walker, step: int, number: int, now: float) -> int:
        block = self.steps.next_rules[step]
        u = self._draw(walker, step, number, Purpose.ROUTE) if self.rules.needs_draw[block] else 0.0
        return self._choose(walker, step, u, block, now)

    def _choose(self, walker: _Walker, step: int, u: float, block: int, now: float) -> int:
        passes = walker.passes.get(self.steps.shown_as[step], 0)
        has_begun = self.steps.is_passage[step] or self.steps.ends_check[step]
        walker.facts[Field.VISITS] = passes if has_begun else passes + 1
        return choose(self.rules, block, walker.facts, u, now, self.calendars, self.empty)

    def _timing(self, walker: _Walker, step: int, now: float) -> int:
        """Distribution of the time that a step takes for a ticket."""
        distribution: int = self.steps.timing[step]
        if distribution < 0:
            distribution = self._choose(walker, step, 0.0, self.steps.timing_rules[step], now)
        return distribution

    def _work(
        self, walker: _Walker, step: int, number: int, now: float, is_branch: bool
    ) -> tuple[float, float]:
        """Hands-on minutes of a visit, as the ticket joins the team: drawn, and on average.

        Within a branch both are those drawn: others may cut them short.
        """
        steps, team, facts = self.steps, self.steps.team[step], walker.facts
        giver = int(facts[Field.TEAM])
        is_handed = giver not in (-1, team) and not is_branch
        facts[Field.HOPS] += is_handed
        facts[Field.TEAM] = team
        timing = self._timing(walker, step, now)
        minutes, expected = self._drawn(walker, timing, step, number, Purpose.SERVICE)
        if steps.difficulty_power[step] != 0.0:
            factor = math.pow(facts[Field.DIFFICULTY], steps.difficulty_power[step])
            minutes, expected = minutes * factor, expected * factor
        for added, purpose in (
            (steps.extra[step], Purpose.EXTRA_SERVICE),
            (steps.fall_back_extra[step], Purpose.FALL_BACK_SERVICE),
        ):
            if added >= 0:
                more, mean = self._drawn(walker, added, step, number, purpose)
                minutes, expected = minutes + more, expected + mean
        if is_handed and self.handoffs.row[giver][team] >= 0:
            more = self.mean_handoff[self.handoffs.row[giver][team]]
            minutes, expected = minutes + more, expected + more
        return minutes, minutes if is_branch else expected

    def _drawn(
        self, walker: _Walker, distribution: int, step: int, number: int, purpose: Purpose
    ) -> tuple[float, float]:
        """Value of a distribution, and its mean where it has one."""
        value = self.samplers[distribution](self._draw(walker, step, number, purpose))
        mean = self.means.get(distribution)
        if mean is None:
            mean = self.means[distribution] = self.model.distribution_list[distribution].mean
        return value, mean if math.isfinite(mean) else value

    def _delay_end(self, walker: _Walker, step: int, number: int, now: float) -> float:
        delay = self.samplers[self._timing(walker, step, now)](
            self._draw(walker, step, number, Purpose.DELAY)
        )
        calendar, until = self.steps.calendar[step], self.steps.until_open[step]
        return delay_end(
            self.calendars[calendar] if calendar >= 0 else ALWAYS,
            self.calendars[until] if until >= 0 else ALWAYS,
            now,
            min(walker.milestones.get(self.steps.since[step], now), now),  # a branch may walk behind others
            delay,
        )

    def _draw(self, walker: _Walker, step: int, number: int, purpose: Purpose) -> float:
        space, place = self.model.streams[walker.stream].space, self.steps.address[step]
        return uniform(self.key, walker.subject, space, place, number, purpose)


def _mean_handoff(model: Model, row: int) -> float:
    """Hands-on minutes that a hand-off adds on average."""
    handoffs, distributions = model.handoffs, model.distribution_list
    reread, redo = int(handoffs.reread[row]), int(handoffs.redo[row])
    minutes = distributions[reread].mean if reread >= 0 else 0.0
    return minutes + (float(handoffs.loss[row]) * distributions[redo].mean if redo >= 0 else 0.0)


def _arrival_times(stream: Stream, n: int, length: float) -> Floats:
    """Instants that are spread like the arrivals of a stream; evenly where all of its tickets are spawned."""
    part = (np.arange(n) + 0.5) / n
    process = stream.arrivals
    if isinstance(process, PoissonArrivals):
        cumulative = np.concatenate([[0.0], np.cumsum(process.rate * np.diff(process.edges))])
        return np.asarray(np.interp(part * cumulative[-1], cumulative, process.edges), np.float64)
    if isinstance(process, ListedArrivals):
        return part * length
    return process.start + part * max(process.end - process.start, 0.0)


def _tickets_of(model: Model, code: int, sample: int, key: tuple[int, int]) -> Contacts:
    """Tickets of a sample of contacts of a stream, spread over the run as they arrive."""
    stream, subjects = model.streams[code], np.arange(sample)
    at = _arrival_times(stream, sample, model.length)
    contacts = Contacts(at, subjects, draw_attributes(model, stream, key, subjects).columns())
    return served(model, code, key, contacts)[0] if stream.self_service else contacts


def share_of_tickets(model: Model, code: int) -> float:
    """Share of a stream's contacts that self-service does not contain, about."""
    if not model.streams[code].self_service:
        return 1.0
    return len(_tickets_of(model, code, CONTACTS, replication_key(0, 0)).at) / CONTACTS
