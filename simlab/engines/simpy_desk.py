"""The reference engine: the ticket flow on SimPy, the readable statement of the rules of the simulation.

`Desk` moves tickets from step to step. Beside it, `Teams` knows queues and people, `Clocks` the service
targets, `Sources` where tickets come from, `Branches`, `Batches` and `Limits` what their names say. The rules
of what happens to a ticket stand in :mod:`simlab.model.ticket_rules`; the order of simultaneous events is
:class:`simlab.model.codes.Order`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simlab.engines.guards import LOOK_EVENTS, Guards, Watch, rounds
from simlab.engines.interface import timeless_loop
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
from simlab.engines.simpy_hooks import ask_before_rules
from simlab.engines.simpy_in_system import InSystem
from simlab.engines.simpy_levers import Levers
from simlab.engines.simpy_limits import Limits
from simlab.engines.simpy_records import RunRecords, duty_log
from simlab.engines.simpy_sources import Sources
from simlab.engines.simpy_steps import Decision, DeskStep, desk_steps
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import ITSELF, Batch, Cause, Fork, Ticket, Visit
from simlab.engines.simpy_timers import Timers
from simlab.model.calendars import as_lists
from simlab.model.codes import Field, StepKind
from simlab.model.quantiles import Sampler, rest_of_time
from simlab.model.rosters import draw_calendars
from simlab.model.streams import replication_key
from simlab.model.tables import Model
from simlab.model.ticket_rules import choose, new_facts

# Plain numbers: Python 3.11 compares them several times as fast as members of an enumeration.
WORK, DELAY, ROUTE, RESOLVE, REOPEN, EXIT, FORK, JOIN, GATHER = map(int, StepKind)


class SimpyEngine:
    """Runs replications of a model on SimPy."""

    name = "simpy"

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Run one replication; see :class:`simlab.engines.interface.Engine`."""
        watch = Watch(guards)
        for most in rounds(guards):
            desk = Desk(model, seed, replication, watch)
            logs = desk.run(most)
            if not logs.totals.end == desk.sources.until < math.inf:
                break
        return logs


class Desk:
    """One replication: the tickets, the process and the teams."""

    def __init__(self, model: Model, seed: int, replication: int, watch: Watch) -> None:
        self.model = model
        self.replication = replication
        self.watch, self.guards = watch, watch.guards
        self.key = replication_key(seed, replication)
        self.draws = Draws(model, self.key)
        self.env = DeskEnvironment()
        self.records = RunRecords(model)
        self._record = self.records.visit_ended
        self.calendars = draw_calendars(model, self.key)
        self.teams = Teams(
            self.env,
            model,
            self.records,
            self.calendars,
            self._work_starts,
            self._work_done,
            self.draws.handover_work,
        )
        self._read_tables(model)
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
        self.tickets: list[Ticket | None] = []
        """All tickets by number; None for those that are recorded, as nothing can change them any more."""
        self.control = Control(self.env, model, self.teams, self.tickets)
        self.clocks = Clocks(model, self.rules, self.open_calendars)
        self.delays = Delays(self, self.clocks, model, self.open_calendars)
        self.timers = Timers(self, self.teams, model, self.open_calendars)
        self.in_system = InSystem(self.env, model.warm_up, self.guards.max_in_system)

    def _read_tables(self, model: Model) -> None:
        """Keep the tables as lists: plain Python reads those faster than arrays."""
        self.rules = type(model.rules)(*(column.tolist() for column in model.rules))
        self.samplers: list[Sampler] = self.draws.samplers
        self.spaces = self.draws.spaces
        self.open_calendars = [as_lists(calendar) for calendar in model.calendars]
        self.decisions = [
            Decision(self.rules, block, self.open_calendars, self.teams.queue_lengths)
            for block in range(len(self.rules.first_row) - 1)
        ]
        self.steps = desk_steps(model, self.draws, self.decisions)
        if model.hooks is not None and model.hooks.route is not None:
            ask_before_rules(model, model.hooks.route, self.steps, self.draws)
        self.counts_passes = model.feedback is not None or any(each.asks_visits for each in self.decisions)
        """Whether anybody asks how often tickets were where."""
        self.behind_transfer = {
            step: behind for step, behind in enumerate(self.draws.handoffs.behind_transfer) if behind >= 0
        }
        self.n_steps = len(self.steps)
        self.skills = model.skills and model.skills._replace(
            step=model.skills.step.tolist(), step_rules=model.skills.step_rules.tolist()
        )
        self.is_plain_work = self.skills is None and not self.draws.has_handoffs
        """Whether nothing but the step decides what work takes, and who may do it."""
        self.entries = [stream.entry for stream in model.streams]

    # -- the run

    def run(self, most: int) -> RunLogs:
        """Run to the end of time, until all tickets are closed, or until more than ``most`` would come."""
        with without_garbage_collection():
            take_over_backlog(self, self.model)
            self.sources.start(most)
            self.control.start()
            at_end, events, truncated = self._process_events()
            self.in_system.count(at_end, 0)
            logs = self._logs(at_end, events, truncated)
            self.tickets.clear()
        return logs

    def _logs(self, at_end: float, events: int, truncated: str) -> RunLogs:
        totals = RunTotals(
            created=len(self.tickets),
            closed=self.in_system.closed,
            in_system=self.in_system.now_in,
            wip_area_min=self.in_system.area,
            end=at_end,
            events=events,
            truncated=truncated,
            prevented=self.faults.prevented,
        )
        return self.records.logs(
            self.replication,
            self.tickets,
            self.teams.open_spells(),
            duty_log(self.calendars, at_end, self.teams.reinforcements.duty_until(at_end)),
            [activation.row() for activation in self.control.activations],
            self.sources.attempts,
            totals,
        )

    def _process_events(self) -> tuple[float, int, str]:
        """Process events until the end: (instant of the end, events, why it came early)."""
        env, until, events = self.env, self.sources.until, 0
        end = min(self.model.latest_end if self.model.drains else self.model.length, until)
        while not self._is_drained():
            if env.peek() >= end:
                is_cut_short = end == until < math.inf
                return end, events, f"stopped after {self.sources.n_listed:,} tickets" if is_cut_short else ""
            events += env.process_until(end, min(self.guards.max_events - events, LOOK_EVENTS))
            if reason := self.watch.reason(events, self.in_system.now_in):
                return env.now, events, reason
        return max(env.now, self.model.length), events, ""

    def _is_drained(self) -> bool:
        nobody_comes = self.sources.pending == 0 and self.sources.until == math.inf
        return self.in_system.now_in == 0 and self.model.drains and nobody_comes

    def stop_if_drained(self) -> None:
        """End the run if it ends when all tickets are closed, and they are."""
        if self._is_drained():
            self.env.stop()

    # -- the process

    def create(
        self,
        stream: int,
        subject: int,
        position: int,
        attributes: Sequence[float],
        now: float,
        cause: Cause = ITSELF,
    ) -> Ticket:
        """Make a ticket, start its clocks and let it enter the process."""
        facts = new_facts(stream, attributes)
        ticket = Ticket(len(self.tickets), stream, subject, position, facts, now, self.n_steps)
        self.tickets.append(ticket)
        self.in_system.count(now, 1)
        if cause is not ITSELF:
            ticket.is_caused(cause)
            if ticket.fault >= 0:
                self.faults.note(ticket)
        if self.clocks.has_targets:
            self.clocks.start(ticket, self.teams.queue_lengths)
        self.enter(ticket, self.entries[stream], now, None)
        return ticket

    def take_over(self, ticket: Ticket, step: int, paused: float) -> None:
        """Let a ticket that is open when the run begins go on at a step."""
        self.tickets.append(ticket)
        self.in_system.count(0.0, 1)
        if self.clocks.has_targets:
            self.clocks.start(ticket, self.teams.queue_lengths, paused)
        self.enter(ticket, step, 0.0, None)

    def enter(self, ticket: Ticket, code: int, now: float, fork: Fork | None) -> None:
        """Let a ticket (or a branch of it) come to a step, and pass the steps that take no time."""
        steps, passed = self.steps, 0
        if fork is not None and fork.is_void():
            return
        while True:
            step = steps[code]
            kind = step.kind
            is_limited = self.has_limits and kind != ROUTE and fork is None
            if is_limited and not self.limits.admit(ticket, code, now):
                return
            if kind == EXIT:
                self._exit(ticket, now)
                return
            if kind == GATHER:
                self.batches.gather(ticket, code, now, fork)
                return
            if fork is not None:
                if kind == JOIN:
                    self.branches.join(ticket, now, fork)
                    return
                if code in self.behind_transfer:
                    code = self.behind_transfer[code]
                    continue
                if kind == RESOLVE and fork.is_unheeded():
                    return
            number = ticket.visits[code]
            ticket.visits[code] = number + 1
            if self.counts_passes and step.is_passage:
                ticket.passes[step.shown_as] += 1
            if kind == WORK:
                visit = self._work_visit(ticket, step, number, now, fork)
                self.teams.join(visit, now)
                if step.has_timers and visit.is_queued:
                    self.timers.start(visit, now)
                return
            if kind == DELAY:
                self._begin_delay(ticket, step, number, now, fork)
                return
            if kind == FORK:
                self.branches.fork(ticket, code, number, now, fork)
                return
            if kind == RESOLVE:
                if fork is not None:
                    self.branches.end_all(ticket, now, fork)
                    fork = None
                self.clocks.end(ticket, now, step.outcome)
            elif kind == REOPEN:
                self.clocks.reopen(ticket, now)
            else:
                if step.responds:
                    self.clocks.respond_now(ticket, now)
                if step.flaw >= 0:
                    ticket.facts[Field.FLAW] = step.flaw
            passed += 1
            if passed > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, code)
            code = step.only_next
            if code < 0:
                code = self._choose(ticket, step, number, step.next, now)
            if kind == REOPEN or step.responds or step.ends_check:
                ticket.facts[Field.CAME_FROM] = step.shown_as

    def joined(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Send a ticket on whose branches have joined."""
        step = self.steps[fork.step]
        ticket.facts[Field.CAME_FROM] = fork.came_from
        following = self._choose(ticket, step, fork.number, step.next, now)
        ticket.facts[Field.CAME_FROM] = step.shown_as
        self.enter(ticket, following, now, fork.parent)

    def _choose(self, ticket: Ticket, step: DeskStep, number: int, decision: Decision, now: float) -> int:
        if ticket.fault >= 0:
            self.faults.note(ticket)
        if self.counts_passes:
            ticket.facts[Field.VISITS] = ticket.passes[step.shown_as] + step.counts_later
        return decision.target(ticket, number, step.route, now)

    def first_rule(self, ticket: Ticket, block: int) -> int:
        """Target of the first rule without shares that holds for a ticket, wherever it is; -1 for none."""
        lengths = self.teams.queue_lengths
        return choose(self.rules, block, ticket.facts, 0.0, self.env.now, self.open_calendars, lengths)

    def applies(self, ticket: Ticket, step: int, block: int) -> bool:
        """Whether the conditions of a block without shares hold for a ticket."""
        return self._choose(ticket, self.steps[step], 0, self.decisions[block], self.env.now) >= 0

    def _time(self, ticket: Ticket, step: DeskStep, number: int, now: float, factor: float = 1.0) -> float:
        """Time that a step takes for a ticket, before it is multiplied with a factor; of the rest of it."""
        distribution = step.distribution
        if step.timing is not None:
            distribution = self._choose(ticket, step, number, step.timing, now)
        u = step.service.of(ticket, number)
        if ticket.spent == 0.0:
            return self.samplers[distribution](u)
        spent, ticket.spent = ticket.spent / factor, 0.0
        return rest_of_time(self.model.distributions, distribution, u, spent)

    # -- work

    def _work_visit(
        self, ticket: Ticket, step: DeskStep, number: int, now: float, fork: Fork | None
    ) -> Visit:
        """Begin a visit to a step with work, with the hands-on time that it takes."""
        team, giver = step.team, ticket.last_team
        ticket.joins_team(team, fork is not None)
        visit = Visit(ticket, step.code, number, team, now, fork)
        ticket.open_visits.append(visit)
        if step.is_plain and ticket.spent == 0.0:
            visit.left = step.sampler(step.service.of(ticket, number))  # type: ignore[misc]
        else:
            visit.left = self._adjusted_work(ticket, step, number, now)
        if not self.is_plain_work:
            self._share_out(visit, step, giver, now)
        return visit

    def _adjusted_work(self, ticket: Ticket, step: DeskStep, number: int, now: float) -> float:
        """Hands-on time by difficulty, with what may be added to it."""
        factor = step.factor(ticket)
        work = self._time(ticket, step, number, now, factor)
        if step.power != 0.0:
            work = work * factor
        for draw, sampler in step.extras:
            work = work + sampler(draw.of(ticket, number))
        return work

    def _share_out(self, visit: Visit, step: DeskStep, giver: int, now: float) -> None:
        """Add the work of a hand-off to a visit, and find the skill that it needs."""
        ticket, number, team = visit.ticket, visit.number, visit.team
        if self.draws.has_handoffs and giver >= 0 and giver != team and visit.fork is None:
            visit.left = visit.left + self.draws.handoff_work(ticket, step.code, number, giver, team)
        if self.skills is not None:
            skill, block = self.skills.step[step.code], self.skills.step_rules[step.code]
            if block >= 0:
                skill = self._choose(ticket, step, number, self.decisions[block], now)
            visit.line = self.teams.staff.line(team, skill)

    def work_together(self, batch: Sequence[tuple[Ticket, Fork | None]], step: int, now: float) -> None:
        """Let one person work once for a whole batch: the hands-on time is that of its first ticket."""
        visits = []
        for ticket, fork in batch:
            number = ticket.visits[step]
            ticket.visits[step] = number + 1
            ticket.passes[self.steps[step].shown_as] += 1
            visits.append(self._work_visit(ticket, self.steps[step], number, now, fork))
        if visits:
            work = visits[0] if len(visits) == 1 else Batch(visits)
            self.teams.join(work, now)
            if work.is_queued and self.steps[step].has_timers:
                for visit in visits:
                    self.timers.start(visit, now)

    def _work_starts(self, visit: Visit, now: float) -> None:
        if visit.is_batch:
            for each in visit.wanted():
                each.started, each.person = now, visit.person
                self._work_starts(each, now)
            return
        ticket = visit.ticket
        ticket.queued += now - visit.arrived
        if ticket.responded != ticket.responded:  # NaN: not yet
            ticket.responded = now

    def _work_done(self, visit: Visit, now: float) -> None:
        if not visit.is_batch:
            visit.ticket.touch += visit.touch
            self.leave(visit, now)
            return
        wanted = visit.wanted()
        share = visit.touch / len(wanted)
        for each in wanted:
            each.touch, each.handovers = share, visit.handovers
            each.ticket.touch += share
            each.batch, each.is_done = None, True
        for each in wanted:
            if not each.is_stopped:
                self.leave(each, now)

    def _begin_delay(
        self, ticket: Ticket, step: DeskStep, number: int, now: float, fork: Fork | None
    ) -> None:
        visit = Visit(ticket, step.code, number, -1, now, fork)
        ticket.open_visits.append(visit)
        visit.started = now
        self.delays.begin(visit, now, self._time(ticket, step, number, now))

    def end_pause(self, visit: Visit, now: float) -> None:
        """Let the clocks go on that stand still because of a visit."""
        self.delays.end_pause(visit, now)

    # -- visits

    def open_visit(self, ticket: Ticket, step: int, now: float, fork: Fork | None = None) -> Visit:
        """Begin a visit in which nobody works."""
        number = ticket.visits[step]
        ticket.visits[step] = number + 1
        visit = Visit(ticket, step, number, -1, now, fork)
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
        ticket, step = visit.ticket, self.steps[visit.step]
        is_left = following >= 0
        if not is_left:
            if step.has_consequences and self._must_wait(visit, step, now):
                return
            following = step.only_next
            if following < 0:
                following = self._choose(ticket, step, visit.number, step.next, now)
        if step.changes_came_from or (is_left and step.is_passage):
            ticket.facts[Field.CAME_FROM] = step.shown_as
        visit.ended, visit.went_to = now, following
        ticket.open_visits.remove(visit)
        self._record(visit)
        if now > visit.arrived:
            ticket.steps_at_once = 0
        else:
            ticket.steps_at_once += 1
            if ticket.steps_at_once > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, step.code)
        self.enter(ticket, following, now, visit.fork)

    def _must_wait(self, visit: Visit, step: DeskStep, now: float) -> bool:
        """Let follow what follows from the end of a visit; whether its ticket waits for others then."""
        if visit.ticket.fault >= 0:
            self.faults.worked_on(visit, now)
        if self.levers is not None:
            self.levers.worked(visit, now)
        return step.spawns and self.sources.spawn(visit, now)

    def stop_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End a visit of a branch that is no longer needed, wherever it is."""
        visit.is_stopped = True
        if self.steps[visit.step].kind == GATHER:
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
        self.in_system.closed += 1
        self.in_system.count(now, -1)
        if self.feedback is not None:
            self.feedback.closed(ticket, now)
        elif not ticket.open_visits:  # no branch goes on
            self.records.ticket_is_final(ticket)
            self.tickets[ticket.number] = None
        if self.sources.heeds_exits:
            self.sources.closed(ticket, now)
        if self.in_system.now_in == 0:
            self.stop_if_drained()
