"""The random numbers of the SimPy engine: drawn by address, in pages where many neighbours are asked for."""

from __future__ import annotations

from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.quantiles import Sampler, sampler
from simlab.model.streams import DrawBook, Purpose, address
from simlab.model.streams import uniform as addressed
from simlab.model.tables import Model

MOST_BOOKED_VISITS = 4
"""Draws of the first visits of tickets to a step are computed in pages; later ones one by one."""


class Draws:
    """What tickets draw at their steps, and the work that hand-offs and hand-overs add."""

    def __init__(self, model: Model, key: tuple[int, int]) -> None:
        self.key = key
        self.samplers: list[Sampler] = [
            sampler(model.distributions, i) for i in range(len(model.distribution_list))
        ]
        self.spaces = [stream.space for stream in model.streams]
        self.addresses = model.steps.address.tolist()
        self.handoffs = type(model.handoffs)(*(column.tolist() for column in model.handoffs))
        self.has_handoffs = len(self.handoffs.reread) > 0
        self.handover: list[tuple[int, int]] = [
            (distribution, address(f"handover:{team}"))
            for distribution, team in zip(model.teams.handover.tolist(), model.names.teams, strict=True)
        ]
        self._books: dict[int, DrawBook] = {}

    def uniform(self, ticket: Ticket, step: int, number: int, purpose: Purpose) -> float:
        """Draw the uniform addressed by a ticket, a step, the number of the visit there, and the purpose."""
        space, place = self.spaces[ticket.stream], self.addresses[step]
        if number >= MOST_BOOKED_VISITS:
            return addressed(self.key, ticket.subject, space, place, number, purpose)
        at = ((step * MOST_BOOKED_VISITS + number) * 256 + purpose) * len(self.spaces) + ticket.stream
        book = self._books.get(at)
        if book is None:
            book = self._books[at] = DrawBook(self.key, space, place, number, purpose)
        return book.get(ticket.subject)

    def handoff_work(self, ticket: Ticket, step: int, number: int, giver: int, team: int) -> float:
        """Minutes that the taking team needs to read in, and to find out again what got lost."""
        handoffs, work = self.handoffs, 0.0
        row = handoffs.row[giver][team]
        if row < 0:
            return work
        if handoffs.reread[row] >= 0:
            u = self.uniform(ticket, step, number, Purpose.REREAD_SERVICE)
            work = self.samplers[handoffs.reread[row]](u)
        if handoffs.redo[row] >= 0:
            lost = self.uniform(ticket, step, number, Purpose.HANDOFF_LOSS) < handoffs.loss[row]
            if lost:
                u = self.uniform(ticket, step, number, Purpose.REDO_SERVICE)
                work = work + self.samplers[handoffs.redo[row]](u)
        return work

    def handover_work(self, visit: Visit) -> float:
        """Minutes that the next person needs to read in; drawn by the ticket's number of hand-overs."""
        ticket = visit.ticket
        distribution, place = self.handover[visit.team]
        ticket.handovers += 1
        if distribution < 0:
            return 0.0
        space = self.spaces[ticket.stream]
        u = addressed(self.key, ticket.subject, space, place, ticket.handovers, Purpose.EXTRA_SERVICE)
        return self.samplers[distribution](u)
