"""The random numbers of the SimPy engine: drawn by address, in pages where many neighbours are asked for."""

from __future__ import annotations

from array import array
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.quantiles import Sampler, sampler
from simlab.model.streams import PAGE_BITS, DrawBook, Purpose, address
from simlab.model.streams import uniform as addressed
from simlab.model.tables import Model

Key = tuple[int, int]
Subjects = dict[int, NDArray[np.int64]]
Pages: TypeAlias = "dict[int, array[float]]"

MOST_BOOKED_VISITS = 4
"""Draws of the first visits of tickets to a step are computed in pages; later ones one by one."""


UNBOOKED = (-1, 0)
"""Page and place of tickets that are no neighbours of others: their draws are computed one by one."""


class Draw:
    """A uniform that tickets draw at one step for one purpose, once in each of their visits there."""

    __slots__ = ("_books", "_key", "_pages", "_place", "_purpose", "_spaces", "_subjects")

    def __init__(self, key: Key, spaces: list[int], subjects: Subjects, place: int, purpose: Purpose) -> None:
        self._key, self._spaces, self._subjects = key, spaces, subjects
        self._place, self._purpose = place, int(purpose)
        self._books: dict[tuple[int, int], DrawBook] = {}
        """By number of the visit and stream."""
        self._pages: list[list[Pages]] = [[{} for _ in spaces] for _ in range(MOST_BOOKED_VISITS)]
        """Of the books."""

    def of(self, ticket: Ticket, number: int) -> float:
        """Draw of a ticket at its visit of this number."""
        try:
            return self._pages[number][ticket.stream][ticket.page][ticket.place]
        except LookupError:
            pass
        if number < MOST_BOOKED_VISITS and ticket.page >= 0:
            return self._book(ticket.stream, number).miss(ticket.page << PAGE_BITS | ticket.place)
        space = self._spaces[ticket.stream]
        return addressed(self._key, ticket.subject, space, self._place, number, self._purpose)

    def _book(self, stream: int, number: int) -> DrawBook:
        book = self._books.get((number, stream))
        if book is None:
            subjects = self._subjects.get(stream)
            book = DrawBook(self._key, self._spaces[stream], self._place, number, self._purpose, subjects)
            self._books[number, stream] = book
            self._pages[number][stream] = book.pages
        return book


class Draws:
    """What tickets draw at their steps, and the work that hand-offs and hand-overs add."""

    def __init__(self, model: Model, key: Key) -> None:
        self.key = key
        self.samplers: list[Sampler] = [
            sampler(model.distributions, i) for i in range(len(model.distribution_list))
        ]
        self.spaces = [stream.space for stream in model.streams]
        self.subjects: Subjects = {}
        """By stream whose arrivals are drawn ahead: the subjects of its tickets, by position."""
        self.addresses = model.steps.address.tolist()
        self.handoffs = type(model.handoffs)(*(column.tolist() for column in model.handoffs))
        self.behind_transfer: list[int] = model.handoffs.behind_transfer.tolist()
        """By step where a transfer is decided: the step behind it; else -1."""
        self.has_handoffs = len(self.handoffs.reread) > 0
        self.handover: list[tuple[int, int]] = [
            (distribution, address(f"handover:{team}"))
            for distribution, team in zip(model.teams.handover.tolist(), model.names.teams, strict=True)
        ]
        self._draws: dict[int, Draw] = {}

    def at(self, step: int, purpose: Purpose) -> Draw:
        """Return the draw at a step for a purpose."""
        draw = self._draws.get(step << 8 | purpose)
        if draw is None:
            draw = Draw(self.key, self.spaces, self.subjects, self.addresses[step], purpose)
            self._draws[step << 8 | purpose] = draw
        return draw

    def uniform(self, ticket: Ticket, step: int, number: int, purpose: Purpose) -> float:
        """Draw the uniform addressed by a ticket, a step, the number of the visit there, and the purpose."""
        return self.at(step, purpose).of(ticket, number)

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
