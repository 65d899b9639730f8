"""The process in the SimPy engine: how tickets go from step to step.

What happens where a ticket comes to a step depends on the kind of the step and on what it uses; that is found
out when the run is set up. The rules of what happens to a ticket are in :mod:`simlab.model.ticket_rules`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from simlab.engines.guards import Guards
from simlab.engines.interface import timeless_loop
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
from simlab.model.codes import Field, Outcome, StepKind
from simlab.model.graph import cycle_within, successors
from simlab.model.quantiles import Sampler, rest_of_time
from simlab.model.rosters import draw_calendars
from simlab.model.tables import Model

# Plain numbers: Python 3.11 compares them several times as fast as members of an enumeration.
WORK, DELAY, ROUTE, RESOLVE, REOPEN, EXIT, FORK, JOIN, GATHER = map(int, StepKind)
CAME_FROM, FLAW, VISITS = int(Field.CAME_FROM), int(Field.FLAW), int(Field.VISITS)


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

    def put_together(self) -> None:
        """Put together what happens at each step, from what it uses; everything else must be there."""
        self.comes += map(self._way_in, self.steps)
        self.leaves += map(self._way_out, self.steps)

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

    # -- coming to steps

    def enter(self, ticket: Ticket, code: int, now: float, fork: Fork | None) -> None:
        """Let a ticket (or a branch of it) come to a step, and pass the steps that take no time."""
        following = self.comes[code](ticket, now, fork)
        if following >= 0:
            self._go_through(ticket, following, now, fork)

    def _go_through(self, ticket: Ticket, code: int, now: float, fork: Fork | None) -> None:
        """Let a ticket that has just passed a step come to the next one, and those behind it."""
        comes, at = self.comes, code
        for _ in self.more_at_once:
            code = comes[at](ticket, now, fork)
            if code < 0:
                return
            code, at = at, code
        raise timeless_loop(self.model, self.guards, code)

    def _way_in(self, step: DeskStep) -> Comes:
        """Return what happens where a ticket comes to a step."""
        comes = self._what_happens(step)
        if step.counts_passes:
            comes = self._where_counted(step, comes)
        if self.has_branches or len(self.model.sections.permits) > 0:
            comes = self._where_let_in(step, comes)
        return comes

    def _what_happens(self, step: DeskStep) -> Comes:
        """Return what happens at a step of its kind."""
        ways: dict[int, Callable[[DeskStep], Comes]] = {
            WORK: self._where_worked,
            DELAY: self._where_delayed,
            ROUTE: self._where_sent_on,
            RESOLVE: self._where_ended,
            REOPEN: self._where_reopened,
            EXIT: self._where_left,
            FORK: self._where_forked,
            JOIN: self._where_passed,
            GATHER: self._where_gathered,
        }
        return ways[step.kind](step)

    def _where_counted(self, step: DeskStep, comes: Comes) -> Comes:
        """Let a visit be counted as rules see it, and then happen what happens where a ticket comes."""
        shown_as = step.shown_as

        def counts_and_comes(ticket: Ticket, now: float, fork: Fork | None) -> int:
            ticket.passes[shown_as] += 1
            return comes(ticket, now, fork)

        return counts_and_comes

    def _where_let_in(self, step: DeskStep, comes: Comes) -> Comes:
        """Let happen what happens where a ticket comes to a step only if it goes in."""

        def goes_in_and_comes(ticket: Ticket, now: float, fork: Fork | None) -> int:
            return comes(ticket, now, fork) if self._goes_in(ticket, step, now, fork) else -1

        return goes_in_and_comes

    def _goes_in(self, ticket: Ticket, step: DeskStep, now: float, fork: Fork | None) -> bool:
        """Whether a ticket enters a step now: not without its permit, nor where its branch ends."""
        if fork is None:
            return step.kind == ROUTE or self.limits.admit(ticket, step.code, now)
        if fork.is_void():
            return False
        if step.kind == JOIN:
            self.branches.join(ticket, now, fork)
            return False
        return step.kind != RESOLVE or not fork.is_unheeded()

    def _where_worked(self, step: DeskStep) -> Comes:
        joins = self.teams.joins
        join = joins[self.teams.staff.line(step.team, -1)] if self.work.skills is None else self.teams.join
        comes = self.work.coming(step, join)
        if not step.has_timers:
            return comes

        def come_and_wait(ticket: Ticket, now: float, fork: Fork | None) -> int:
            """Let a ticket wait for people who must begin in time."""
            comes(ticket, now, fork)
            if ticket.visit is not None and ticket.visit.is_queued:
                self.timers.start(ticket.visit, now)
            return -1

        return come_and_wait

    def _where_delayed(self, step: DeskStep) -> Comes:
        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            visit = self.open_visit(ticket, step.code, now, fork)
            visit.started = now
            self.delays.begin(visit, now, self.time_of(ticket, step, visit.number, now))
            return -1

        return come

    def _where_gathered(self, step: DeskStep) -> Comes:
        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            self.batches.gather(ticket, step.code, now, fork)
            return -1

        return come

    def _where_forked(self, step: DeskStep) -> Comes:
        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            self.branches.fork(ticket, step.code, ticket.counts_visit(step.code), now, fork)
            return -1

        return come

    @abstractmethod
    def _where_left(self, step: DeskStep) -> Comes: ...

    def _where_ended(self, step: DeskStep) -> Comes:
        """Let a ticket be resolved or end otherwise, in all of its branches."""
        go_on, outcome, is_resolved = self._where_passed(step), step.outcome, step.outcome is Outcome.RESOLVED
        stop_clock = self.clocks.stop if self.clocks.has_targets else None

        def end(ticket: Ticket, now: float, fork: Fork | None) -> int:
            if fork is not None:
                self.branches.end_all(ticket, now, fork)
            ticket.outcome = outcome
            if is_resolved:
                ticket.resolved = now
                if stop_clock is not None:
                    stop_clock(ticket, now)
            if fork is None:
                return go_on(ticket, now, None)
            self.enter(ticket, go_on(ticket, now, None), now, None)
            return -1

        return end

    def _where_reopened(self, step: DeskStep) -> Comes:
        go_on, reopen = self._where_passed(step), self.clocks.reopen

        def come_back(ticket: Ticket, now: float, fork: Fork | None) -> int:
            reopen(ticket, now)
            return go_on(ticket, now, fork)

        return come_back

    def _where_sent_on(self, step: DeskStep) -> Comes:
        """Let a ticket be marked, or be handed over, where it is sent on."""
        go_on = self._where_passed(step)
        behind = self.behind_transfer[step.code] if self.behind_transfer else -1

        def mark(ticket: Ticket, now: float, fork: Fork | None) -> int:
            if step.responds:
                self.clocks.respond_now(ticket, now)
            if step.flaw >= 0:
                ticket.facts[FLAW] = step.flaw
            return go_on(ticket, now, fork)

        def transfer(ticket: Ticket, now: float, fork: Fork | None) -> int:
            """Let a ticket take the time of a transfer; a branch of it is handed over by nobody."""
            return go_on(ticket, now, fork) if fork is None else behind

        if behind >= 0:
            return transfer
        return mark if step.responds or step.flaw >= 0 else go_on

    def _where_passed(self, step: DeskStep) -> Comes:
        """Find where a ticket goes at once from a step that takes no time."""
        code, only_next, decide = step.code, step.only_next, step.next.by(step.route)
        if only_next >= 0 and not step.is_mark:
            if self.steps[only_next].kind == EXIT and self.never_circles:  # without a round of its own
                return self._way_in(self.steps[only_next])
            return lambda ticket, now, fork: only_next
        is_mark, shown_as = step.is_mark, step.shown_as
        note_facts = self._note_facts if self.notes_facts else None

        def go_on(ticket: Ticket, now: float, fork: Fork | None) -> int:
            following = only_next
            if following < 0:
                if note_facts is not None:
                    note_facts(ticket, step)
                visits = ticket.visits
                number = visits[code]
                visits[code] = number + 1
                following = decide(ticket, number, now)
            if is_mark:
                ticket.facts[CAME_FROM] = shown_as
            return following

        return go_on

    def joined(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Send a ticket on whose branches have joined."""
        step = self.steps[fork.step]
        ticket.facts[CAME_FROM] = fork.came_from
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
        visit = Visit(ticket, step, ticket.counts_visit(step), -1, now, fork)
        ticket.visit = visit
        if self.has_branches:
            ticket.open_visits().append(visit)
        return visit

    def close_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End and record a visit."""
        if self.has_branches:
            visit.ticket.open_visits().remove(visit)
        self._record(visit, now, went_to)

    def leave(self, visit: Visit, now: float, following: int = -1) -> None:
        """End a visit, record it and send the ticket on: to a given step, else by the rules of its step."""
        self.leaves[visit.step](visit, now, following)

    def _way_out(self, step: DeskStep) -> Leave:
        """Return what happens where a visit to a step ends."""
        only_next, decide = step.only_next, step.next.by(step.route)
        is_passage, changes_came_from, shown_as = step.is_passage, step.changes_came_from, step.shown_as
        must_wait = self._must_wait if step.has_consequences else None
        note_facts = self._note_facts if self.notes_facts else None
        has_branches, record, comes = self.has_branches, self.records.visit_ended, self.comes

        def leave(visit: Visit, now: float, following: int = -1) -> None:
            ticket = visit.ticket
            if following < 0:
                if must_wait is not None and must_wait(visit, step, now):
                    return
                following = only_next
                if following < 0:
                    if note_facts is not None:
                        note_facts(ticket, step)
                    following = decide(ticket, visit.number, now)
                if changes_came_from:
                    ticket.facts[CAME_FROM] = shown_as
            elif is_passage:
                ticket.facts[CAME_FROM] = shown_as
            if has_branches:
                ticket.open_visits().remove(visit)
            record(visit, now, following)
            if now == visit.arrived and ticket.visits_at_once(now) > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, step.code)
            # What `enter` does, without its call.
            following = comes[following](ticket, now, visit.fork)
            if following >= 0:
                self._go_through(ticket, following, now, visit.fork)

        return leave

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
