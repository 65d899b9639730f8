"""The reference engine: the ticket flow on SimPy, the readable statement of the rules of the simulation.

`Desk` moves tickets from step to step. Beside it, `Teams` knows queues and people, `Clocks` the service
targets, `Sources` where tickets come from, `Branches`, `Batches` and `Limits` what their names say. The rules
of what happens to a ticket stand in :mod:`simlab.model.ticket_rules`; the order of simultaneous events is
:class:`simlab.model.codes.Order`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simlab.engines.interface import Guards, timeless_loop
from simlab.engines.logs import RunLogs, RunTotals
from simlab.engines.simpy_backlog import take_over_backlog
from simlab.engines.simpy_batches import Batches
from simlab.engines.simpy_branches import Branches
from simlab.engines.simpy_clocks import Clocks
from simlab.engines.simpy_control import Control
from simlab.engines.simpy_delays import Delays
from simlab.engines.simpy_draws import Draws
from simlab.engines.simpy_events import DeskEnvironment, without_garbage_collection
from simlab.engines.simpy_faults import Faults
from simlab.engines.simpy_feedback import Feedback
from simlab.engines.simpy_levers import Levers
from simlab.engines.simpy_limits import Limits
from simlab.engines.simpy_records import RunRecords
from simlab.engines.simpy_sources import Sources
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import ITSELF, Batch, Cause, Fork, Ticket, Visit
from simlab.engines.simpy_timers import Timers
from simlab.model.backlog import rest_of_time
from simlab.model.calendars import as_lists
from simlab.model.codes import Field, Outcome, StepKind
from simlab.model.quantiles import Sampler
from simlab.model.rosters import draw_calendars
from simlab.model.streams import Purpose, replication_key
from simlab.model.tables import Model
from simlab.model.ticket_rules import choose, new_facts


class SimpyEngine:
    """Runs replications of a model on SimPy."""

    name = "simpy"

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Run one replication; see :class:`simlab.engines.interface.Engine`."""
        return Desk(model, seed, replication, guards).run()


class Desk:
    """One replication: the tickets, the process and the teams."""

    def __init__(self, model: Model, seed: int, replication: int, guards: Guards) -> None:
        self.model = model
        self.replication = replication
        self.guards = guards
        self.key = replication_key(seed, replication)
        self.draws = Draws(model, self.key)
        self.env = DeskEnvironment()
        self.records = RunRecords(model)
        self.calendars = draw_calendars(model, self.key)
        self.teams = Teams(
            self.env, model, self.calendars, self._work_starts, self._work_done, self.draws.handover_work
        )
        self.faults = Faults(self, model)
        self.sources = Sources(self, model, self.faults)
        self.feedback = Feedback(self, model, self.sources) if model.feedback is not None else None
        self.levers = (
            Levers(self, model, self.teams.queue_lengths) if model.improvements is not None else None
        )
        self.branches = Branches(self, model)
        self.batches = Batches(self, model)
        self.limits = Limits(self, model)
        self.has_limits = len(model.sections.permits) > 0
        self.tickets: list[Ticket] = []
        self.control = Control(self.env, model, self.teams, self.tickets)
        self._read_tables(model)
        self.clocks = Clocks(model, self.rules, self.open_calendars)
        self.delays = Delays(self, self.clocks, model, self.open_calendars)
        self.timers = Timers(self, self.teams, model, self.open_calendars)
        self._in_system = 0
        self._area = 0.0
        self._area_until = model.warm_up

    def _read_tables(self, model: Model) -> None:
        """Keep the tables as lists: plain Python reads those faster than arrays."""
        steps, rules = model.steps, model.rules
        self.steps = type(steps)(*(column.tolist() for column in steps))
        self.rules = type(rules)(*(column.tolist() for column in rules))
        self.samplers: list[Sampler] = self.draws.samplers
        self.spaces = self.draws.spaces
        self.open_calendars = [as_lists(calendar) for calendar in model.calendars]
        self.behind_transfer = {
            step: behind for step, behind in enumerate(self.draws.handoffs.behind_transfer) if behind >= 0
        }
        self.n_steps = len(steps.kind)
        self.skills = model.skills and model.skills._replace(
            step=model.skills.step.tolist(), step_rules=model.skills.step_rules.tolist()
        )
        self.entries = [stream.entry for stream in model.streams]
        # A block of one rule without conditions and shares needs no choosing.
        first_row, first_test = self.rules.first_row, self.rules.first_test
        self.only_target = [
            self.rules.target[row]
            if first_row[block + 1] == row + 1 and first_test[row] == first_test[row + 1]
            else -1
            for block, row in enumerate(first_row[:-1])
        ]

    # -- the run

    def run(self) -> RunLogs:
        """Run to the end of the scenario's time, or until all tickets are closed where it drains."""
        take_over_backlog(self, self.model)
        self.sources.start()
        self.control.start()
        with without_garbage_collection():
            at_end, events, truncated = self._process_events()
        self._count_system(at_end, 0)
        closed = sum(1 for ticket in self.tickets if ticket.closed == ticket.closed)
        totals = RunTotals(
            created=len(self.tickets),
            closed=closed,
            in_system=self._in_system,
            wip_area_min=self._area,
            end=at_end,
            events=events,
            truncated=truncated,
            prevented=self.faults.prevented,
        )
        return self.records.logs(
            self.replication,
            self.tickets,
            self.teams,
            self.calendars,
            self.control.activations,
            self.sources.attempts,
            totals,
        )

    def _process_events(self) -> tuple[float, int, str]:
        """Process events until the end: (instant of the end, events, why it came early)."""
        env, guards = self.env, self.guards
        may_drain = self.model.drains
        end = self.model.latest_end if may_drain else self.model.length
        events = 0
        while not (may_drain and self._is_drained()):
            if env.peek() >= end:
                return end, events, ""
            env.step()
            events += 1
            if events >= guards.max_events:
                return env.now, events, f"stopped after {events:,} events"
            if self._in_system > guards.max_in_system:
                return env.now, events, f"stopped with {self._in_system:,} tickets in the system"
        return max(env.now, self.model.length), events, ""

    def _is_drained(self) -> bool:
        return self._in_system == 0 and self.sources.pending == 0

    def _count_system(self, now: float, change: int) -> None:
        """Count a ticket in or out, and the ticket-minutes since the last change, from the warm-up on."""
        if now > self._area_until:
            self._area += self._in_system * (now - self._area_until)
            self._area_until = now
        self._in_system += change

    # -- the process

    def create(
        self,
        stream: int,
        subject: int,
        attributes: Sequence[float],
        now: float,
        cause: Cause = ITSELF,
    ) -> Ticket:
        """Make a ticket, start its clocks and let it enter the process."""
        facts = new_facts(stream, attributes)
        ticket = Ticket(len(self.tickets), stream, subject, facts, now, self.n_steps, cause)
        self.tickets.append(ticket)
        self._count_system(now, 1)
        if ticket.fault >= 0:
            self.faults.note(ticket)
        self.clocks.start(ticket, self.teams.queue_lengths)
        self.enter(ticket, self.entries[stream], now, None)
        return ticket

    def take_over(self, ticket: Ticket, step: int, paused: float) -> None:
        """Let a ticket that is open when the run begins go on at a step."""
        self.tickets.append(ticket)
        self._count_system(0.0, 1)
        self.clocks.start(ticket, self.teams.queue_lengths, paused)
        self.enter(ticket, step, 0.0, None)

    def enter(self, ticket: Ticket, step: int, now: float, fork: Fork | None) -> None:
        """Let a ticket (or a branch of it) come to a step, and pass the steps that take no time."""
        kinds, is_passage, shown_as = self.steps.kind, self.steps.is_passage, self.steps.shown_as
        passed = 0
        if fork is not None and fork.is_void():
            return
        while True:
            kind = kinds[step]
            is_limited = self.has_limits and kind != StepKind.ROUTE and fork is None
            if is_limited and not self.limits.admit(ticket, step, now):
                return
            if kind == StepKind.EXIT:
                self._exit(ticket, now)
                return
            if kind == StepKind.JOIN:
                assert fork is not None
                self.branches.join(ticket, now, fork)
                return
            if kind == StepKind.GATHER:
                self.batches.gather(ticket, step, now, fork)
                return
            if fork is not None:
                if step in self.behind_transfer:
                    step = self.behind_transfer[step]
                    continue
                if kind == StepKind.RESOLVE and fork.is_unheeded():
                    return
            number = ticket.visits[step]
            ticket.visits[step] = number + 1
            if is_passage[step]:
                ticket.passes[shown_as[step]] += 1
            if kind == StepKind.WORK:
                self._join_team(ticket, step, number, now, fork)
                return
            if kind == StepKind.DELAY:
                self._begin_delay(ticket, step, number, now, fork)
                return
            if kind == StepKind.FORK:
                self.branches.fork(ticket, step, number, now, fork)
                return
            if kind == StepKind.RESOLVE:
                if fork is not None:
                    self.branches.end_all(ticket, now, fork)
                    fork = None
                self.clocks.end(ticket, now, Outcome(self.steps.outcome[step]))
            elif kind == StepKind.REOPEN:
                self.clocks.reopen(ticket, now)
            else:
                if self.steps.responds[step]:
                    self.clocks.respond_now(ticket, now)
                if self.steps.flaw[step] >= 0:
                    ticket.facts[Field.FLAW] = self.steps.flaw[step]
            passed += 1
            if passed > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, step)
            following = self._next(ticket, step, number)
            if kind == StepKind.REOPEN or self.steps.responds[step] or self.steps.ends_check[step]:
                ticket.facts[Field.CAME_FROM] = shown_as[step]
            step = following

    def joined(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Send a ticket on whose branches have joined."""
        ticket.facts[Field.CAME_FROM] = fork.came_from
        following = self._next(ticket, fork.step, fork.number)
        ticket.facts[Field.CAME_FROM] = self.steps.shown_as[fork.step]
        self.enter(ticket, following, now, fork.parent)

    def _next(self, ticket: Ticket, step: int, number: int) -> int:
        """Step to which the rules of a step send a ticket."""
        block = self.steps.next_rules[step]
        only = self.only_target[block]
        return only if only >= 0 else self._choose(ticket, step, number, block)

    def _choose(self, ticket: Ticket, step: int, number: int, block: int) -> int:
        if ticket.fault >= 0:
            self.faults.note(ticket)
        u = self.draws.uniform(ticket, step, number, Purpose.ROUTE) if self.rules.needs_draw[block] else 0.0
        passes = ticket.passes[self.steps.shown_as[step]]
        has_begun = self.steps.is_passage[step] or self.steps.ends_check[step]
        ticket.facts[Field.VISITS] = passes if has_begun else passes + 1
        return choose(
            self.rules,
            block,
            ticket.facts,
            u,
            self.env.now,
            self.open_calendars,
            self.teams.queue_lengths,
        )

    def first_rule(self, ticket: Ticket, block: int) -> int:
        """Target of the first rule without shares that holds for a ticket, wherever it is; -1 for none."""
        lengths = self.teams.queue_lengths
        return choose(self.rules, block, ticket.facts, 0.0, self.env.now, self.open_calendars, lengths)

    def applies(self, ticket: Ticket, step: int, block: int) -> bool:
        """Whether the conditions of a block without shares hold for a ticket."""
        return self._choose(ticket, step, 0, block) >= 0

    def _timing(self, ticket: Ticket, step: int, number: int) -> int:
        """Distribution of the time that a step takes for a ticket."""
        distribution: int = self.steps.timing[step]
        if distribution < 0:
            distribution = self._choose(ticket, step, number, self.steps.timing_rules[step])
        return distribution

    def _time(self, ticket: Ticket, step: int, number: int, purpose: Purpose, factor: float = 1.0) -> float:
        """Time that a step takes for a ticket, before it is multiplied with a factor; of the rest of it."""
        distribution = self._timing(ticket, step, number)
        u = self.draws.uniform(ticket, step, number, purpose)
        if ticket.spent == 0.0:
            return self.samplers[distribution](u)
        spent, ticket.spent = ticket.spent / factor, 0.0
        return rest_of_time(self.model.distributions, distribution, u, spent)

    # -- work

    def _join_team(self, ticket: Ticket, step: int, number: int, now: float, fork: Fork | None) -> None:
        self._queue([self._work_visit(ticket, step, number, now, fork)], now)

    def _queue(self, visits: list[Visit], now: float) -> None:
        """Let visits join their team: one by itself, several as a batch on which one person works."""
        work = visits[0] if len(visits) == 1 else Batch(visits)
        self.teams.join(work, now)
        if work.is_queued and self.timers.has_any(work.step):
            for visit in visits:
                self.timers.start(visit, now)

    def _work_visit(self, ticket: Ticket, step: int, number: int, now: float, fork: Fork | None) -> Visit:
        """Begin a visit to a step with work, with the hands-on time that it takes."""
        steps = self.steps
        team, giver = steps.team[step], ticket.last_team
        ticket.joins_team(team, fork is not None)
        visit = Visit(ticket, step, number, team, now)
        visit.fork = fork
        ticket.open_visits.append(visit)
        power = steps.difficulty_power[step]
        factor = math.pow(ticket.facts[Field.DIFFICULTY], power) if power != 0.0 else 1.0
        work = self._time(ticket, step, number, Purpose.SERVICE, factor)
        if power != 0.0:
            work = work * factor
        if steps.extra[step] >= 0:
            u = self.draws.uniform(ticket, step, number, Purpose.EXTRA_SERVICE)
            work = work + self.samplers[steps.extra[step]](u)
        if steps.fall_back_extra[step] >= 0:
            u = self.draws.uniform(ticket, step, number, Purpose.FALL_BACK_SERVICE)
            work = work + self.samplers[steps.fall_back_extra[step]](u)
        if self.draws.has_handoffs and giver >= 0 and giver != team and fork is None:
            work = work + self.draws.handoff_work(ticket, step, number, giver, team)
        visit.left = work
        if self.skills is not None:
            block = self.skills.step_rules[step]
            skill = self.skills.step[step] if block < 0 else self._choose(ticket, step, number, block)
            visit.line = self.teams.staff.line(team, skill)
        return visit

    def work_together(self, batch: Sequence[tuple[Ticket, Fork | None]], step: int, now: float) -> None:
        """Let one person work once for a whole batch: the hands-on time is that of its first ticket."""
        visits = []
        for ticket, fork in batch:
            number = ticket.visits[step]
            ticket.visits[step] = number + 1
            ticket.passes[self.steps.shown_as[step]] += 1
            visits.append(self._work_visit(ticket, step, number, now, fork))
        if visits:
            self._queue(visits, now)

    def _work_starts(self, visit: Visit, now: float) -> None:
        for each in visit.wanted():
            each.started, each.person = now, visit.person
            each.ticket.queued += now - each.arrived
            self.clocks.respond_now(each.ticket, now)

    def _work_done(self, visit: Visit, now: float) -> None:
        wanted = visit.wanted()
        share = visit.touch / len(wanted)
        for each in wanted:
            each.touch, each.handovers = share, visit.handovers
            each.ticket.touch += share
            each.batch, each.is_done = None, True
        for each in wanted:
            if not each.is_stopped:
                self.leave(each, now)

    def _begin_delay(self, ticket: Ticket, step: int, number: int, now: float, fork: Fork | None) -> None:
        visit = Visit(ticket, step, number, -1, now)
        visit.fork = fork
        ticket.open_visits.append(visit)
        visit.started = now
        self.delays.begin(visit, now, self._time(ticket, step, number, Purpose.DELAY))

    def end_pause(self, visit: Visit, now: float) -> None:
        """Let the clocks go on that stand still because of a visit."""
        self.delays.end_pause(visit, now)

    # -- visits

    def open_visit(self, ticket: Ticket, step: int, now: float, fork: Fork | None = None) -> Visit:
        """Begin a visit in which nobody works."""
        number = ticket.visits[step]
        ticket.visits[step] = number + 1
        visit = Visit(ticket, step, number, -1, now)
        visit.fork = fork
        ticket.open_visits.append(visit)
        return visit

    def close_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End and record a visit."""
        visit.ended = now
        visit.went_to = went_to
        visit.ticket.open_visits.remove(visit)
        self.records.visit_ended(visit)

    def leave(self, visit: Visit, now: float, following: int = -1) -> None:
        """End a visit, record it and send the ticket on: to a given step, else by the rules of its step."""
        ticket, step = visit.ticket, visit.step
        is_left = following >= 0
        if not is_left:
            if ticket.fault >= 0:
                self.faults.worked_on(visit, now)
            if self.levers is not None:
                self.levers.worked(visit, now)
            if self.sources.spawns_at[step] and self.sources.spawn(visit, now):
                return
            following = self._next(ticket, step, visit.number)
        if self.steps.is_passage[step] and (is_left or not self.steps.is_checked[step]):
            ticket.facts[Field.CAME_FROM] = self.steps.shown_as[step]
        self.close_visit(visit, now, following)
        if now > visit.arrived:
            ticket.steps_at_once = 0
        else:
            ticket.steps_at_once += 1
            if ticket.steps_at_once > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, step)
        self.enter(ticket, following, now, visit.fork)

    def stop_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End a visit of a branch that is no longer needed, wherever it is."""
        visit.is_stopped = True
        step = visit.step
        if self.steps.kind[step] == StepKind.GATHER:
            self.batches.withdraw(visit)
            visit.ticket.delayed += now - visit.started
        elif visit.team >= 0:
            self._stop_work(visit, now)
        else:
            self.delays.count(visit, now)
        self.close_visit(visit, now, went_to)

    def _stop_work(self, visit: Visit, now: float) -> None:
        """Take a visit out of its queue or out of somebody's hands; a batch goes on for the others of it."""
        if visit.started != visit.started:
            visit.ticket.queued += now - visit.arrived
        batch = visit.batch
        if batch is None:
            if not visit.is_done:
                self.teams.stop(visit, now)
                visit.ticket.touch += visit.touch
        elif not batch.wanted():
            self.teams.stop(batch, now)
            visit.touch = batch.touch
            visit.ticket.touch += visit.touch

    def _exit(self, ticket: Ticket, now: float) -> None:
        """Let a ticket leave the system."""
        ticket.closed = now
        self._count_system(now, -1)
        if self.feedback is not None:
            self.feedback.closed(ticket, now)
        self.sources.closed(ticket, now)
