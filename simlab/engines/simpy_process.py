"""The process in the SimPy engine: its steps and parts, and the visits of tickets to it.

How tickets go from step to step is in :mod:`simlab.engines.simpy_ways`; the rules of what happens to them are
in :mod:`simlab.model.ticket_rules`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlab.engines.guards import Guards
from simlab.engines.simpy_batches import Batches
from simlab.engines.simpy_branches import Branches
from simlab.engines.simpy_clocks import Clocks
from simlab.engines.simpy_delays import Delays
from simlab.engines.simpy_draws import Draws
from simlab.engines.simpy_events import DeskEnvironment
from simlab.engines.simpy_faults import Faults
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_hooks import ask_before_rules
from simlab.engines.simpy_levers import Levers
from simlab.engines.simpy_limits import Limits
from simlab.engines.simpy_records import RunRecords
from simlab.engines.simpy_service import Leave
from simlab.engines.simpy_sources import Sources
from simlab.engines.simpy_steps import Comes, Decision, DeskStep, desk_steps
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import NOT_YET, Batch, Fork, Ticket, Visit
from simlab.engines.simpy_timers import Timers
from simlab.engines.simpy_trails import new_trail
from simlab.engines.simpy_work import Work
from simlab.model.calendars import as_lists
from simlab.model.codes import Field, StepKind
from simlab.model.graph import cycle_within, successors
from simlab.model.quantiles import Sampler, rest_of_time
from simlab.model.rosters import draw_calendars
from simlab.model.tables import Model

# Plain numbers: Python 3.11 compares them several times as fast as members of an enumeration.
GATHER = int(StepKind.GATHER)
CAME_FROM, VISITS = int(Field.CAME_FROM), int(Field.VISITS)


class Process(Flow):
    """The steps of one replication, and the tickets on their way through them."""

    # Python 3.11 calls methods of objects with more than 30 attributes quickly only where they have slots.
    __slots__ = (
        "_record",
        "batches",
        "behind_transfer",
        "branches",
        "calendars",
        "clocks",
        "comes",
        "counts_passes",
        "decisions",
        "delays",
        "draws",
        "env",
        "faults",
        "guards",
        "has_branches",
        "key",
        "leaves",
        "levers",
        "limits",
        "model",
        "more_at_once",
        "never_circles",
        "no_trail",
        "no_visits",
        "notes_facts",
        "open_calendars",
        "records",
        "rules",
        "samplers",
        "sources",
        "spaces",
        "steps",
        "teams",
        "timers",
        "work",
    )

    def __init__(self, model: Model, key: tuple[int, int], guards: Guards) -> None:
        self.model, self.key, self.guards = model, key, guards
        self.env = DeskEnvironment()
        self.draws = Draws(model, key)
        self.samplers: list[Sampler] = self.draws.samplers
        self.spaces = self.draws.spaces
        self.no_trail = new_trail()
        self.records = RunRecords(model, self.no_trail)
        self._record = self.records.visit_ended
        self.calendars = draw_calendars(model, key)
        work_done = self._work_of_many_done if model.gathers.together.any() else self.leave
        self.leaves: list[Leave] = []
        """By step, what happens where a visit to it ends."""
        self.teams = Teams(
            self.env, model, self.records, self.calendars, work_done, self.draws.handover_work, self.leaves
        )
        self._read_tables(model)
        self.has_branches = bool(np.any(model.steps.kind == StepKind.FORK))
        self.work = Work(self, model, self.teams.staff, self.decisions)
        self.faults = Faults(self, model)
        self.sources = Sources(self, model, self.faults)
        self.levers = (
            Levers(self, model, self.teams.queue_lengths) if model.improvements is not None else None
        )
        self.branches = Branches(self, model)
        self.batches = Batches(self, model)
        self.limits = Limits(self, model)
        self.clocks = Clocks(model, self.decisions, self.open_calendars)
        self.delays = Delays(self, self.clocks, model, self.open_calendars)
        self.timers = Timers(self, self.teams, model, self.open_calendars)
        self.comes: list[Comes] = []
        """By step, what happens where a ticket comes to it."""

    def _read_tables(self, model: Model) -> None:
        """Keep the tables as lists: plain Python reads those faster than arrays."""
        self.rules = type(model.rules)(*(column.tolist() for column in model.rules))
        self.open_calendars = [as_lists(calendar) for calendar in model.calendars]
        self.decisions = [
            Decision(self.rules, block, self.open_calendars, self.teams.queue_lengths)
            for block in range(len(self.rules.first_row) - 1)
        ]
        self.counts_passes = model.feedback is not None or any(
            Field.VISITS in each.asked for each in self.decisions
        )
        """Whether anybody asks how often tickets were where."""
        self.notes_facts = self.counts_passes or model.faults is not None
        """Whether facts of a ticket must be brought up to date before rules are asked."""
        self.steps = desk_steps(model, self.draws, self.decisions, self.counts_passes)
        if model.hooks is not None and model.hooks.route is not None:
            ask_before_rules(model, model.hooks.route, self.steps, self.draws)
        self.behind_transfer = self.draws.behind_transfer
        self.more_at_once = range(self.guards.max_steps_at_once)
        takes_time = (StepKind.WORK, StepKind.DELAY, StepKind.GATHER)
        passed = np.flatnonzero(np.isin(model.steps.kind, takes_time, invert=True)).tolist()
        self.never_circles = len(passed) <= self.guards.max_steps_at_once and not cycle_within(
            successors(model, with_unused=True), set(passed)
        )
        """Whether no ticket can go round without time, so that nobody need count its steps."""
        self.no_visits = [0] * len(self.steps)

    def joined(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Send a ticket on whose branches have joined."""
        step = self.steps[fork.step]
        ticket.facts[CAME_FROM] = fork.came_from
        if step.milestone >= 0:
            ticket.reaches(step.milestone, now)
        following = self.chosen(ticket, step, fork.number, step.next, now)
        ticket.facts[CAME_FROM] = step.shown_as
        self.enter(ticket, following, now, fork.parent)

    # -- rules and times

    def chosen(self, ticket: Ticket, step: DeskStep, number: int, decision: Decision, now: float) -> int:
        """Target that a decision of a step has for a ticket, at its visit of a number; -1 for none."""
        if self.notes_facts:
            self._note_facts(ticket, step)
        return decision.by(step.route)(ticket, number, now)

    def _note_facts(self, ticket: Ticket, step: DeskStep) -> None:
        """Bring up to date what rules may ask of a ticket and changes without it, or is seldom asked."""
        if ticket.fault >= 0:
            self.faults.note(ticket)
        if self.counts_passes:
            ticket.facts[VISITS] = ticket.passes[step.shown_as] + step.counts_later

    def first_rule(self, ticket: Ticket, block: int) -> int:
        """Target of the first rule without shares that holds for a ticket, wherever it is; -1 for none."""
        return self.decisions[block].first(ticket.facts, self.env.now)

    def applies(self, ticket: Ticket, step: int, block: int) -> bool:
        """Whether the conditions of a block without shares hold for a ticket."""
        return self.chosen(ticket, self.steps[step], 0, self.decisions[block], self.env.now) >= 0

    def time_of(self, ticket: Ticket, step: DeskStep, number: int, now: float, factor: float = 1.0) -> float:
        """Time that a step takes for a ticket, before it is multiplied with a factor; of the rest of it."""
        distribution = step.distribution
        if step.timing is not None:
            distribution = self.chosen(ticket, step, number, step.timing, now)
        u = step.service.of(ticket, number)
        if ticket.spent == 0.0:
            return self.samplers[distribution](u)
        spent, ticket.spent = ticket.spent / factor, 0.0
        return rest_of_time(self.model.distributions, distribution, u, spent)

    # -- work

    def work_together(self, batch: Sequence[tuple[Ticket, Fork | None]], step: int, now: float) -> None:
        """Let one person work once for a whole batch: the hands-on time is that of its first ticket."""
        at = self.steps[step]
        visits: list[Visit] = []
        begin = self.work.coming(at, lambda visit, now: visits.append(visit))
        for ticket, fork in batch:
            if self.counts_passes:
                ticket.passes[at.shown_as] += 1
            begin(ticket, now, fork)
        if visits:
            work = visits[0] if len(visits) == 1 else Batch(visits)
            self.teams.join(work, now)
            if work.is_queued and at.has_timers:
                for visit in visits:
                    self.timers.start(visit, now)

    def _work_of_many_done(self, visit: Visit, now: float) -> None:
        """Let tickets go on of which the work is done; those of a batch one after the other."""
        if not visit.is_batch:
            self.leave(visit, now)
            return
        wanted = visit.wanted()
        share = visit.touch / len(wanted)
        for each in wanted:
            each.touch, each.handovers = share, visit.handovers
            each.batch, each.is_done = None, True
        for each in wanted:
            if not each.is_stopped:
                self.leave(each, now)

    # -- visits

    def open_visit(self, ticket: Ticket, step: int, now: float, fork: Fork | None = None) -> Visit:
        """Begin a visit in which nobody works."""
        visit = Visit().begun(ticket, step, ticket.counts_visit(step), -1, now, fork)
        ticket.visit = visit
        if self.has_branches:
            ticket.open_visits().append(visit)
        return visit

    def close_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End and record a visit."""
        if self.has_branches:
            visit.ticket.open_visits().remove(visit)
        self._record(visit, now, went_to)

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
        elif visit.team >= 0:
            self._stop_work(visit, now)
        else:
            self.delays.end_pause(visit, now)
        self.close_visit(visit, now, went_to)

    def _stop_work(self, visit: Visit, now: float) -> None:
        """Take a visit out of its queue or out of somebody's hands; a batch goes on for the others of it."""
        if visit.started is NOT_YET:
            visit.ticket.queued += now - visit.arrived
        batch = visit.batch
        if batch is None:
            if not visit.is_done:
                self.teams.stop(visit, now)
        elif not batch.wanted():
            self.teams.stop(batch, now)
            visit.touch = batch.touch

    def end_pause(self, visit: Visit, now: float) -> None:
        """Let the clocks go on that stand still because of a visit."""
        self.delays.end_pause(visit, now)
