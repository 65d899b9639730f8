"""Where tickets come from in the SimPy engine: listed arrivals, finite populations, other tickets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.simpy_draws import UNBOOKED
from simlab.engines.simpy_events import Entry, Occasion
from simlab.engines.simpy_faults import NONE, PREVENTED, Faults
from simlab.engines.simpy_flow import Flow, Receive
from simlab.engines.simpy_tickets import ITSELF, Cause, Coming, Ticket, Visit
from simlab.model.arrivals import STREAM_LEVEL, Arrivals, draw_arrivals, draw_attributes
from simlab.model.codes import Field, Order, Origin
from simlab.model.streams import PAGE_BITS, PAGE_MASK, Purpose, uniform, uniform_pair
from simlab.model.tables import Model, PopulationArrivals
from simlab.model.ticket_rules import new_facts

ARRIVAL, CLASS = int(Order.ARRIVAL), int(Field.CLASS)

_ROWS_AT_ONCE = 256
"""Arrivals become Python's numbers in pieces that fit into a processor's cache."""

PAGE = 2**PAGE_BITS
"""Neighbours whose draws are computed together."""

WORDS = 2**32
"""Identities of spawned tickets are drawn from so many."""


class Sources:
    """Makes tickets and hands them to the desk."""

    arrivals: Arrivals
    """Those that are drawn ahead, once the run has begun."""

    def __init__(self, desk: Flow, model: Model, faults: Faults) -> None:
        self.desk = desk
        self.model = model
        self.receive: Receive
        """Lets new tickets enter the process, once the run has begun."""
        self.faults = faults
        self.has_faults = model.faults is not None
        self.n_listed = self.pending = 0
        """Tickets of the list of arrivals; those otherwise bound to arrive, and 1 for more of the list."""
        self.until = math.inf
        """From here on there are no arrivals, because there would be too many."""
        self.population = [
            stream.arrivals.size if isinstance(stream.arrivals, PopulationArrivals) else 0
            for stream in model.streams
        ]
        self.spawns = type(model.spawns)(*(column.tolist() for column in model.spawns))
        self.heeds_exits = self.has_faults or any(self.population) or any(self.spawns.waits)
        """Whether anything follows from it that a ticket leaves."""

    def start(self, most: int) -> None:
        """Schedule the first arrivals, ``most`` of them in all, and reviews of faults."""
        self.receive = self.desk.reception()
        if self.has_faults:
            self.faults.start(self.schedule)
        arrivals = draw_arrivals(self.model, self.desk.key, most=most)
        self.arrivals, self.until = arrivals, arrivals.until
        self.n_listed = len(arrivals.at)
        self._let_arrive(arrivals)
        for code, stream in enumerate(self.model.streams):
            if isinstance(stream.arrivals, PopulationArrivals):
                for member in range(stream.arrivals.size):
                    self._send_away(code, member, not stream.arrivals.first_away)

    def let_go(self) -> None:
        """Give the memory of the list of arrivals back."""
        del self.arrivals
        self.desk.draws.subjects.clear()
        self.desk.env.let_come(iter(()))

    # -- listed arrivals

    def _positions(self, arrivals: Arrivals) -> NDArray[np.int64]:
        """Position of each ticket among those of its stream, by which its draws are booked."""
        if len(self.model.streams) == 1 and len(arrivals.at):
            self.desk.draws.subjects[0] = arrivals.subject
            return np.arange(len(arrivals.at))
        position = np.empty(len(arrivals.at), np.int64)
        for stream in np.unique(arrivals.stream).tolist():
            rows = np.flatnonzero(arrivals.stream == stream)
            self.desk.draws.subjects[stream] = arrivals.subject[rows]
            position[rows] = np.arange(len(rows))
        return position

    def _let_arrive(self, arrivals: Arrivals) -> None:
        """Let the tickets of the list arrive, one after the other."""
        if self.n_listed:
            self.pending += 1
            receive = self._may_be_caused if self.has_faults else self.receive
            coming = _coming(arrivals, self._positions(arrivals))
            at, env = _numbers(arrivals.at), self.desk.env
            entries = zip(at, repeat(ARRIVAL), env._eid, repeat(receive), coming, strict=False)
            env.let_come(chain(entries, self._no_more_come()))

    def _no_more_come(self) -> Iterator[Entry]:
        """Note that the list has come to its end."""
        self.pending -= 1
        yield from ()

    def _may_be_caused(self, coming: Coming) -> None:
        """Let a ticket come that a fault may be behind, or that may have been prevented."""
        created, stream, subject, _, _, facts = coming
        fault = self.faults.behind(stream, subject, int(facts[CLASS]), created)
        if fault == PREVENTED:
            self.desk.stop_if_drained()
        elif fault == NONE:
            self.receive(coming)
        else:
            self.faults.came(self.receive(coming, Cause(Origin.DEMAND, fault=fault)))

    # -- finite populations

    def _send_away(self, stream: int, subject: int, come_at_once: bool = False) -> None:
        """Let a member of a finite population stay away, then come with its next ticket.

        The identity of a member's n-th ticket is n times the size of the population plus the member.
        """
        source = self.model.streams[stream]
        process = source.arrivals
        assert isinstance(process, PopulationArrivals)
        if source.limit >= 0 and subject >= source.limit:
            return
        away = 0.0
        if not come_at_once:
            u = uniform(self.desk.key, subject, source.space, STREAM_LEVEL, 0, Purpose.AWAY)
            away = self.desk.samplers[process.away](u)
        at = max(self.desk.env.now, process.start) + away
        if at < process.end:
            self.schedule(at, stream, subject)

    # -- spawned tickets

    def spawn(self, visit: Visit, now: float) -> bool:
        """Make the tickets that the end of a visit gives rise to.

        Returns
        -------
        bool
            Whether the visit's ticket waits until some of them are closed.
        """
        spawns, ticket = self.spawns, visit.ticket
        awaited: list[tuple[float, int, int]] = []
        free: list[tuple[float, int, int]] = []
        for row in range(spawns.first[visit.step], spawns.first[visit.step + 1]):
            if not self.desk.applies(ticket, visit.step, spawns.rules[row]):
                continue
            at = (ticket.subject, self.desk.spaces[ticket.stream], spawns.address[row], visit.number)
            decides, names = uniform_pair(self.desk.key, *at, Purpose.SPAWN)
            if decides >= spawns.share[row]:
                continue
            delay = self.desk.samplers[spawns.delay[row]](uniform(self.desk.key, *at, Purpose.SPAWN_DELAY))
            (awaited if spawns.waits[row] else free).append((now + delay, row, int(names * WORDS)))
        wait = None
        if awaited:
            self.desk.close_visit(visit, now, spawns.waiting_step[visit.step])
            wait = self.desk.open_visit(ticket, spawns.waiting_step[visit.step], now, visit.fork)
            wait.started = now
            wait.awaited = len(awaited)
        for tickets, waits in ((awaited, wait), (free, None)):
            for arrives, row, subject in tickets:
                fault = ticket.fault if spawns.same_fault[row] else NONE
                cause = Cause(Origin.SPAWNED, ticket.number, fault, waits)
                self.schedule(arrives, spawns.stream[row], subject, cause)
        return wait is not None

    def closed(self, ticket: Ticket, now: float) -> None:
        """Tell those who wait for a ticket that it is closed, and send the member of a population away."""
        if ticket.origin == Origin.PROBLEM:
            self.faults.closed(ticket)
        wait = ticket.awaited_by
        if wait is not None:
            wait.awaited -= 1
            if wait.awaited == 0 and not wait.is_stopped:
                self.desk.leave(wait, now)
        population = self.population[ticket.stream]
        if population:
            self._send_away(ticket.stream, ticket.subject + population)

    def schedule(
        self,
        at: float,
        stream: int,
        subject: int,
        cause: Cause = ITSELF,
        attributes: Sequence[float] | None = None,
    ) -> None:
        """Let a ticket of this identity come at an instant; its attributes are drawn where not given."""
        self.pending += 1
        self.desk.env.at(at, Order.ARRIVAL, self._comes, (stream, subject, cause, attributes))

    def _comes(self, occasion: Occasion) -> None:
        stream, subject, cause, attributes = occasion.subject
        self.pending -= 1
        if attributes is None:
            drawn = draw_attributes(
                self.model, self.model.streams[stream], self.desk.key, np.array([subject])
            )
            attributes = [column[0].item() for column in drawn.columns()]
        # The identities of a population follow on each other; others are scattered.
        has_neighbours = cause is ITSELF and self.population[stream] > 0
        page, place = divmod(subject, PAGE) if has_neighbours else UNBOOKED
        facts = new_facts(stream, attributes)
        self.receive((self.desk.env.now, stream, subject, page, place, facts), cause)


def _coming(arrivals: Arrivals, position: NDArray[np.int64]) -> Iterator[Coming]:
    """Who comes of a list of arrivals, made some at a time."""
    stream: Any = arrivals.stream
    facts: list[Any] = new_facts(stream, arrivals.attributes.columns())  # type: ignore[arg-type] # as columns
    who = _one_by_one(stream), _one_by_one(arrivals.subject)
    where = _one_by_one(position >> PAGE_BITS), _one_by_one(position & PAGE_MASK)
    return zip(_numbers(arrivals.at), *who, *where, map(list, _rows(facts)), strict=False)


def _rows(columns: Iterable[NDArray[Any] | float]) -> Iterator[tuple[Any, ...]]:
    """Rows of columns and of what is the same in all rows; without end where no column tells them apart."""
    numbers = [*map(_one_by_one, columns)]
    if any(isinstance(each, chain) for each in numbers):
        return zip(*numbers, strict=False)
    return repeat(tuple(map(next, numbers)))


def _one_by_one(column: NDArray[Any] | float) -> Iterator[Any]:
    """Python's numbers of a column, or without end the one that is the same for all."""
    if not isinstance(column, np.ndarray):
        return repeat(column)
    return repeat(column[0].item()) if np.all(column == column[0]) else _numbers(column)


def _numbers(column: NDArray[Any]) -> Iterator[Any]:
    """Python's numbers of a column, made some at a time."""
    pieces = range(0, len(column), _ROWS_AT_ONCE)
    return chain.from_iterable(column[first : first + _ROWS_AT_ONCE].tolist() for first in pieces)
