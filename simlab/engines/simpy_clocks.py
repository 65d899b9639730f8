"""Service clocks of the SimPy engine: when each ticket's targets are missed."""

from __future__ import annotations

from collections.abc import Sequence

from simlab.engines.simpy_steps import Decision
from simlab.engines.simpy_tickets import NOT_YET, Ticket
from simlab.model.calendars import Calendar
from simlab.model.codes import Field, Outcome
from simlab.model.tables import Model
from simlab.model.ticket_rules import NEVER, due, time_left

OPEN = Outcome.OPEN


class Clocks:
    """The response and resolution clocks of all tickets.

    A running clock is its due instant. A paused one is the time that it has left; its due instant is open.
    """

    def __init__(self, model: Model, decisions: Sequence[Decision], open_calendars: list[Calendar]) -> None:
        targets = model.targets
        self.has_targets = targets.rules >= 0
        self.decision = decisions[max(targets.rules, 0)]
        """Which target applies; no meaning where there is none."""
        self.respond = targets.respond.tolist()
        self.resolve = targets.resolve.tolist()
        self.calendar = [open_calendars[code] for code in targets.calendar.tolist()]

    def start(self, ticket: Ticket, paused: float = 0.0) -> None:
        """Find the target of a ticket and start its clocks.

        The one for resolution may have stood still for some open minutes already.
        """
        created = ticket.created
        row = self.decision.first(ticket.facts, created)
        ticket.target = row
        if row >= 0:
            ticket.respond_due = due(self.calendar[row], created, self.respond[row])
            ticket.resolve_due = due(self.calendar[row], created, self.resolve[row] + paused)

    def pause(self, ticket: Ticket, now: float, respond: bool, resolve: bool) -> None:
        """Stop the clocks that still run; branches of one ticket may pause them several times over."""
        if ticket.target < 0:
            return
        calendar = self.calendar[ticket.target]
        if respond and ticket.responded is NOT_YET:
            ticket.respond_pauses += 1
            if ticket.respond_pauses == 1:
                ticket.respond_left = time_left(calendar, now, ticket.respond_due)
                if ticket.respond_left >= 0.0:
                    ticket.respond_due = NEVER
        if resolve and ticket.outcome is OPEN:
            ticket.resolve_pauses += 1
            if ticket.resolve_pauses == 1:
                ticket.resolve_left = time_left(calendar, now, ticket.resolve_due)
                if ticket.resolve_left >= 0.0:
                    ticket.resolve_due = NEVER

    def resume(self, ticket: Ticket, now: float, respond: bool, resolve: bool) -> None:
        """Let paused clocks go on with what they had left; a missed target stays missed."""
        if ticket.target < 0:
            return
        calendar = self.calendar[ticket.target]
        if respond and ticket.respond_pauses > 0:
            ticket.respond_pauses -= 1
            is_open = ticket.respond_pauses == 0 and ticket.responded is NOT_YET
            if is_open and ticket.respond_left >= 0.0:
                ticket.respond_due = due(calendar, now, ticket.respond_left)
        if resolve and ticket.resolve_pauses > 0:
            ticket.resolve_pauses -= 1
            if ticket.resolve_pauses == 0 and ticket.resolve_left >= 0.0:
                ticket.resolve_due = due(calendar, now, ticket.resolve_left)

    def respond_now(self, ticket: Ticket, now: float) -> None:
        """Note the first response."""
        if ticket.responded is NOT_YET:
            ticket.responded = now

    def stop(self, ticket: Ticket, now: float) -> None:
        """Stop the clock of a ticket that is resolved; the due instant stays as what it is judged by."""
        if ticket.target >= 0:
            ticket.resolve_left = time_left(self.calendar[ticket.target], now, ticket.resolve_due)

    def reopen(self, ticket: Ticket, now: float) -> None:
        """Open a resolved ticket again; its resolution clock goes on with what it had left."""
        ticket.facts[Field.REOPENS] += 1
        ticket.facts[Field.FLAW] = 0
        ticket.outcome = OPEN
        ticket.resolved = NOT_YET
        if self.has_targets and ticket.target >= 0 and ticket.resolve_left >= 0.0:
            ticket.resolve_due = due(self.calendar[ticket.target], now, ticket.resolve_left)
