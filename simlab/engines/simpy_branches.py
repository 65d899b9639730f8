"""Parallel branches of the SimPy engine: fork, and join of all, any or n of them."""

from __future__ import annotations

from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Fork, Ticket
from simlab.model.tables import Model


class Branches:
    """Sends a ticket down several branches at once, and on when enough of them have joined."""

    def __init__(self, desk: Flow, model: Model) -> None:
        self.desk = desk
        self.first, self.branch, self.needed, self.stops_others = (column.tolist() for column in model.forks)

    def fork(self, ticket: Ticket, step: int, number: int, now: float, parent: Fork | None) -> None:
        """Start all branches, in their order, as long as they are needed."""
        fork = Fork(step, number, self.needed[step], parent)
        for branch in self.branch[self.first[step] : self.first[step + 1]]:
            if not (fork.is_over and self.stops_others[step]):
                self.desk.enter(ticket, branch, now, fork)

    def join(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """End a branch; the one that completes the number needed sends the ticket on."""
        fork.joined += 1
        if fork.is_over or fork.joined < fork.needed:
            return
        fork.is_over = True
        if self.stops_others[fork.step]:
            self._stop(ticket, now, fork)
        self.desk.joined(ticket, now, fork)

    def end_all(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """End every branch: the ticket has come to an end in one of them."""
        outermost = fork
        while outermost.parent is not None:
            outermost.is_over = True
            outermost = outermost.parent
        outermost.is_over = True
        self._stop(ticket, now, outermost)

    def _stop(self, ticket: Ticket, now: float, fork: Fork) -> None:
        for visit in list(ticket.open_visits):
            if visit.fork is not None and visit.fork.is_within(fork):
                self.desk.stop_visit(visit, now, fork.step)
