"""Faults in the SimPy engine: which incidents they cause, and how problem tickets are raised for them.

Where a fault is fixed, the incidents that it would have caused do not arrive. Which fault is behind a ticket
is drawn by the ticket's identity, so that all other tickets stay as they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Cause, Ticket, Visit
from simlab.model.arrivals import STREAM_LEVEL
from simlab.model.codes import FaultState, Field, Order, Origin
from simlab.model.faults import fault_shares
from simlab.model.improvement_rules import NO_FAULT, fault_behind, state_after_work
from simlab.model.improvement_tables import FaultTable
from simlab.model.streams import DrawBook, Purpose, uniform, uniform_pair
from simlab.model.tables import Model

NONE = -1
PREVENTED = -2
"""In place of a fault: the incident does not arrive."""


class _Group:
    """Faults behind the tickets of one stream."""

    __slots__ = ("book", "classes", "cumulative", "first", "share")

    def __init__(self, desk: Flow, model: Model, table: FaultTable, group: int) -> None:
        self.first = int(table.first[group])
        self.share = float(table.share[group])
        self.classes = frozenset(
            table.classes[table.first_class[group] : table.first_class[group + 1]].tolist()
        )
        self.cumulative: list[float] = np.cumsum(fault_shares(model, desk.key, group)).tolist()
        space = model.streams[table.stream[group]].space
        self.book = DrawBook(desk.key, space, STREAM_LEVEL, 0, Purpose.FAULT)

    def behind(self, subject: int) -> int:
        """Fault behind the ticket of this identity; -1 for none."""
        u = self.book.get(subject)
        place = fault_behind(self.cumulative, 0, len(self.cumulative), self.share, u)
        return NONE if place == NO_FAULT else self.first + place


class Faults:
    """What is known of every fault, and which incidents it caused."""

    def __init__(self, desk: Flow, model: Model) -> None:
        self.desk = desk
        self.model = model
        self.prevented = 0
        """Incidents from the warm-up on that did not arrive."""
        self._by_stream: dict[int, list[_Group]] = {}
        table = model.faults
        if table is None:
            return
        self.table = table
        for group, stream in enumerate(table.stream.tolist()):
            of_stream = self._by_stream.setdefault(stream, [])
            of_stream.append(_Group(desk, model, table, group))
        self.n = n = int(table.first[-1])
        self.group = np.repeat(np.arange(len(table.stream)), np.diff(table.first)).tolist()
        self.state: list[int] = [FaultState.UNKNOWN] * n
        self.renewals = [0] * n
        """New faults that took the place of fixed ones, by place."""
        self.incidents: list[deque[float]] = [deque() for _ in range(n)]
        """When incidents came that count for the next problem ticket, by place."""
        self.has_problem = [False] * n
        self.problems = [0] * n
        self.workaround: list[float] = table.workaround.tolist()
        self.fixed: list[float] = table.fixed.tolist()

    def start(self, raise_ticket: Callable[[float, int, int, Cause], None]) -> None:
        """Schedule the first reviews; tickets are raised with instant, stream, identity and cause."""
        self._raise_ticket = raise_ticket
        for group, every in enumerate(self.table.review.tolist()):
            self._schedule_review(group, every)

    # -- incidents

    def behind(self, stream: int, subject: int, ticket_class: int, now: float) -> int:
        """Fault behind a ticket that arrives; -1 for none, PREVENTED where the fault is fixed."""
        for group in self._by_stream.get(stream, ()):
            if ticket_class in group.classes:
                place = group.behind(subject)
                if place < 0:
                    return NONE
                if self.state[place] == FaultState.FIXED:
                    self.prevented += now >= self.model.warm_up
                    return PREVENTED
                return place + self.n * self.renewals[place]
        return NONE

    def came(self, ticket: Ticket) -> None:
        """Count an incident, and raise a problem ticket where it is one too many."""
        place = ticket.fault % self.n
        if self.has_problem[place]:
            return
        group, now = self.group[place], ticket.created
        self.incidents[place].append(now)
        if 0 < self.table.after[group] <= self._recent(place, now):
            self._raise(place, now, ticket.number)

    def state_of(self, fault: int) -> int:
        """Return what is known of a fault; one whose place a new one took is fixed."""
        place = fault % self.n
        return self.state[place] if fault // self.n == self.renewals[place] else FaultState.FIXED

    def note(self, ticket: Ticket) -> None:
        """Bring up to date what rules may ask about the fault behind a ticket."""
        ticket.facts[Field.FAULT] = self.state_of(ticket.fault)

    def _recent(self, place: int, now: float) -> int:
        """Incidents of a fault that count now."""
        times, within = self.incidents[place], self.table.within[self.group[place]]
        while times and times[0] < now - within:
            times.popleft()
        return len(times)

    # -- problem tickets

    def _schedule_review(self, group: int, at: float) -> None:
        if at < self.model.length:
            self.desk.env.at(at, Order.REVIEW, self._review, group)

    def _review(self, occasion: Occasion) -> None:
        """Raise problem tickets for the faults of a group with most incidents."""
        group, now, table = occasion.subject, self.desk.env.now, self.table
        counted = [
            (-self._recent(place, now), place)
            for place in range(table.first[group], table.first[group + 1])
            if not self.has_problem[place] and self.state[place] != FaultState.FIXED
        ]
        worst = sorted(each for each in counted if -each[0] >= table.at_least[group])
        for _, place in worst[: table.worst[group]]:
            self._raise(place, now, NONE)
        self._schedule_review(group, now + table.review[group])

    def _raise(self, place: int, now: float, incident: int) -> None:
        """Raise a problem ticket; its identity is the fault's place, counted on."""
        self.has_problem[place] = True
        self.incidents[place].clear()
        subject = place + self.n * self.problems[place]
        self.problems[place] += 1
        fault = place + self.n * self.renewals[place]
        cause = Cause(Origin.PROBLEM, incident, fault)
        self._raise_ticket(now, int(self.table.problem_stream[self.group[place]]), subject, cause)

    def closed(self, problem: Ticket) -> None:
        """Let incidents count again after a problem ticket has left."""
        self.has_problem[problem.fault % self.n] = False

    # -- workarounds and fixes

    def worked_on(self, visit: Visit, now: float) -> None:
        """Let the end of a visit find out about the fault behind its ticket, or fix it."""
        ticket, step = visit.ticket, visit.step
        if ticket.fault < 0 or not (self.fixed[step] or self.workaround[step]):
            return
        state = self.state_of(ticket.fault)
        if state == FaultState.FIXED:
            return
        place = ticket.fault % self.n
        at = (
            ticket.subject,
            self.desk.spaces[ticket.stream],
            int(self.model.steps.address[step]),
            visit.number,
        )
        draws = uniform_pair(self.desk.key, *at, Purpose.FAULT_WORK)
        found = state_after_work(state, self.fixed[step], self.workaround[step], *draws)
        if found != state:
            self._set(place, found, now, ticket.number)
        if found == FaultState.FIXED:
            self._schedule_renewal(place, now)

    def _set(self, place: int, state: int, now: float, ticket: int) -> None:
        self.state[place] = state
        self.desk.records.state_changed(now, place, state, ticket)

    def _schedule_renewal(self, place: int, now: float) -> None:
        group = self.group[place]
        distribution = int(self.table.new_after[group])
        if distribution < 0:
            return
        number, space = place - int(self.table.first[group]), int(self.table.space[group])
        u = uniform(self.desk.key, number, space, STREAM_LEVEL, self.renewals[place], Purpose.NEW_FAULT)
        at = now + self.desk.samplers[distribution](u)
        self.desk.env.at(at, Order.TIMER, self._renew, place)

    def _renew(self, occasion: Occasion) -> None:
        """Let a new fault, of which nothing is known, take the place of a fixed one."""
        place = occasion.subject
        self.renewals[place] += 1
        self.incidents[place].clear()
        self._set(place, FaultState.UNKNOWN, self.desk.env.now, NONE)
