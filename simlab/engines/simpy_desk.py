"""The reference engine: the ticket flow on SimPy, the readable statement of the rules of the simulation.

`Desk` lets tickets come and go, and runs. Its `Ways` lead them from step to step; `Teams` knows
queues and people, `Clocks` the service targets, `Sources` where tickets come from, `Branches`, `Batches` and
`Limits` what their names say. The rules of what happens to a ticket stand in
:mod:`simlab.model.ticket_rules`; the order of simultaneous events is :class:`simlab.model.codes.Order`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simlab.engines.garbage import without_garbage_collection
from simlab.engines.guards import LOOK_EVENTS, Guards, Watch, rounds
from simlab.engines.logs import RunLogs, RunTotals
from simlab.engines.simpy_backlog import take_over_backlog
from simlab.engines.simpy_control import Control
from simlab.engines.simpy_feedback import Feedback
from simlab.engines.simpy_flow import Receive
from simlab.engines.simpy_in_system import ticket_minutes
from simlab.engines.simpy_records import duty_log, have_targets_or_causes
from simlab.engines.simpy_steps import Comes, DeskStep
from simlab.engines.simpy_tickets import ITSELF, NOT_YET, OPEN, Cause, Coming, Fork, Ticket
from simlab.engines.simpy_ways import Ways
from simlab.model.streams import replication_key
from simlab.model.tables import Model
from simlab.units import format_count


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


class Desk(Ways):
    """One replication: the tickets, the process and the teams."""

    __slots__ = (
        "control",
        "feedback",
        "most_open",
        "n_open",
        "notes_creation",
        "replication",
        "tickets",
        "watch",
    )

    def __init__(self, model: Model, seed: int, replication: int, watch: Watch) -> None:
        super().__init__(model, replication_key(seed, replication), watch.guards)
        self.replication = replication
        self.watch = watch
        self.feedback = Feedback(self, model, self.sources) if model.feedback is not None else None
        self.tickets: list[Ticket | None] = []
        """All tickets by number; None for those that are recorded, as nothing can change them any more."""
        self.control = Control(self.env, model, self.teams, self.tickets)
        self.n_open, self.most_open = 0, self.guards.max_in_system
        """Tickets in the system now, and the most that there may be."""
        self.notes_creation = self.counts_passes or self.has_branches or have_targets_or_causes(model)
        """Whether there is anything to note of new tickets."""
        self.put_together()

    # -- the run

    def run(self, most: int) -> RunLogs:
        """Run to the end of time, until all tickets are closed, or until more than ``most`` would come."""
        with without_garbage_collection():
            take_over_backlog(self, self.model)
            self.sources.start(most)
            self.control.start()
            at_end, events, truncated = self._process_events()
            logs = self._logs(at_end, events, truncated)
            self._let_go()
        return logs

    def _let_go(self) -> None:
        """Let go what needs much memory: the desk refers to itself, and is garbage that is found late."""
        self.tickets.clear()
        self.records.let_go()
        self.sources.let_go()

    def _logs(self, at_end: float, events: int, truncated: str) -> RunLogs:
        self.records.end(self.tickets, self.teams.open_spells())
        tickets = self.records.ticket_log(self.sources.arrivals)
        totals = RunTotals(
            created=len(self.tickets),
            closed=len(self.tickets) - self.n_open,
            in_system=self.n_open,
            wip_area_min=ticket_minutes(tickets.created, self.records.closings(), self.model.warm_up, at_end),
            end=at_end,
            events=events,
            truncated=truncated,
            prevented=self.faults.prevented,
        )
        return self.records.logs(
            self.replication,
            tickets,
            duty_log(self.calendars, at_end, self.teams.reinforcements.duty_until(at_end)),
            [activation.row() for activation in self.control.activations],
            self.sources.arrivals,
            totals,
        )

    def _process_events(self) -> tuple[float, int, str]:
        """Process events until the end: (instant of the end, events, why it came early)."""
        env, until, events = self.env, self.sources.until, 0
        end = min(self.model.latest_end if self.model.drains else self.model.length, until)
        env.end_at(end)
        while not self._is_drained():
            are_too_many = self.n_open > self.most_open  # the open backlog alone
            events += env.process_events(
                1 if are_too_many else min(self.guards.max_events - events, LOOK_EVENTS)
            )
            if env.is_over:
                is_cut_short = end == until < math.inf
                reason = f"stopped after {format_count(self.sources.n_listed)} tickets"
                return end, events, reason if is_cut_short else ""
            if reason := self.watch.reason(events, self.n_open):
                return env.now, events, reason
        return max(env.now, self.model.length), events, ""

    def _is_drained(self) -> bool:
        nobody_comes = self.sources.pending == 0 and self.sources.until == math.inf
        return self.n_open == 0 and self.model.drains and nobody_comes

    def stop_if_drained(self) -> None:
        """End the run if it ends when all tickets are closed, and they are."""
        if self._is_drained():
            self.env.stop()

    # -- tickets

    def reception(self) -> Receive:
        """Return what makes a ticket of who comes, and lets it enter the process."""
        comes = [self.comes[stream.entry] for stream in self.model.streams]
        return self._receiving(comes, self._note_creation if self.notes_creation else None, self.most_open)

    def _receiving(
        self, comes: Sequence[Comes], note_creation: Callable[[Ticket, Cause], None] | None, most_open: float
    ) -> Receive:
        """Return what makes a ticket and numbers it; ``comes`` are by stream what happens to it then."""
        tickets, no_visits, no_trail = self.tickets, self.no_visits, self.no_trail

        def receive(coming: Coming, cause: Cause = ITSELF) -> Ticket:
            ticket = Ticket()
            ticket.created, ticket.stream, ticket.subject, ticket.page, ticket.place, ticket.facts = coming
            ticket.responded = ticket.resolved = ticket.closed = NOT_YET
            ticket.outcome = OPEN
            ticket.queued = 0.0
            ticket.number = len(tickets)
            ticket.visits = no_visits.copy()
            ticket.trail = no_trail
            tickets.append(ticket)
            self.n_open = n_open = self.n_open + 1
            if n_open > most_open:
                self.env.stop()
            if note_creation is not None:
                note_creation(ticket, cause)
            # What `enter` does, without its call.
            following = comes[ticket.stream](ticket, ticket.created, None)
            if following >= 0:
                self._go_through(ticket, following, ticket.created, None)
            return ticket

        return receive

    def _note_creation(self, ticket: Ticket, cause: Cause) -> None:
        """Note why a ticket comes, and begin to count its passes and its time."""
        self._begin_to_count(ticket)
        if cause is not ITSELF:
            ticket.is_caused(cause)
            if ticket.fault >= 0:
                self.faults.note(ticket)
        if self.clocks.has_targets:
            self.clocks.start(ticket)

    def _begin_to_count(self, ticket: Ticket) -> None:
        """Let be counted what few models ask for."""
        if self.counts_passes:
            ticket.passes = self.no_visits.copy()
        if self.has_branches:
            ticket.branch_visits = []

    def take_over(self, coming: Coming, tell: Callable[[Ticket], None], step: int, paused: float) -> None:
        """Let a ticket that is open when the run begins go on at a step; ``tell`` tells it its past."""

        def go_on(ticket: Ticket, now: float, fork: Fork | None) -> int:
            tell(ticket)
            self._begin_to_count(ticket)
            if self.clocks.has_targets:
                self.clocks.start(ticket, paused)
            self.enter(ticket, step, 0.0, None)
            return -1

        self._receiving([go_on] * len(self.model.streams), None, math.inf)(coming)

    def _where_left(self, step: DeskStep) -> Comes:
        """Let a ticket leave the system."""
        feedback, has_branches, tickets = self.feedback, self.has_branches, self.tickets
        record, heed_exit = self.records.ticket_is_final, self.sources.heeds_exits

        def leave(ticket: Ticket, now: float, fork: Fork | None) -> int:
            ticket.closed, ticket.visit = now, None
            self.n_open -= 1
            if feedback is not None:
                feedback.closed(ticket, now)
            elif not has_branches or not ticket.open_visits():  # no branch goes on
                record(ticket)
                tickets[ticket.number] = None
            if heed_exit:
                self.sources.closed(ticket, now)
            if not self.n_open:
                self.stop_if_drained()
            return -1

        return leave
