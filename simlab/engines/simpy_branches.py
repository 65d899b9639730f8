"""Parallel branches of the SimPy engine: fork, and join of all, any or n of them."""

from __future__ import annotations

import numpy as np

from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Fork, Ticket
from simlab.model.codes import Field, StepKind
from simlab.model.tables import Model


class Branches:
    """Sends a ticket down several branches at once, and on when enough of them have joined."""

    def __init__(self, desk: Flow, model: Model) -> None:
        self.desk = desk
        self.first, self.branch, self.needed, self.stops_others = (column.tolist() for column in model.forks)
        self.shown_as = model.steps.shown_as.tolist()
        self.join_step = int(np.argmax(model.steps.kind == StepKind.JOIN))

    def fork(self, ticket: Ticket, step: int, number: int, now: float, parent: Fork | None) -> None:
        """Start all branches, in their order, as long as they are needed."""
        fork = Fork(step, number, self.needed[step], ticket.facts[Field.CAME_FROM], parent)
        for branch in self.branch[self.first[step] : self.first[step + 1]]:
            ticket.facts[Field.CAME_FROM] = self.shown_as[step]
            self.desk.enter(ticket, branch, now, fork)

    def join(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """End a branch; the one that completes the number needed sends the ticket on."""
        fork.joined += 1
        if fork.is_over or fork.joined < fork.needed:
            return
        fork.is_over = True
        if self.stops_others[fork.step]:
            self._stop(ticket, now, fork)
        else:
            for visit in ticket.open_visits():
                if visit.fork is not None and visit.fork.is_within(fork):
                    self.desk.end_pause(visit, now)
        self.desk.joined(ticket, now, fork)

    def end_all(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """End every branch: the ticket has come to an end in one of them."""
        outermost = fork
        while outermost.parent is not None:
            outermost = outermost.parent
        outermost.is_over = True
        self._stop(ticket, now, outermost)

    def _stop(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Stop branches: what queues before what is in hand, so that nobody who is freed takes it up."""
        fork.is_stopped = True
        visits = [visit for visit in ticket.open_visits() if visit.fork is not None]
        for visit in sorted(visits, key=lambda visit: not visit.is_queued):
            if visit.fork.is_within(fork):  # type: ignore[union-attr]
                self.desk.stop_visit(visit, now, self.join_step)
