"""Limits on work in progress in the SimPy engine: permits that a ticket holds while it is in a section."""

from __future__ import annotations

from heapq import heappop, heappush

from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.codes import Discipline, Field
from simlab.model.tables import Model


class Limits:
    """Permits of all sections; who gives one back hands it to the next in line in the same instant."""

    def __init__(self, desk: Flow, model: Model) -> None:
        self.desk = desk
        self.section = model.steps.section.tolist()
        self.free = model.sections.permits.tolist()
        self.discipline = model.sections.discipline.tolist()
        self.waiting_step = model.sections.step.tolist()
        self.lines: list[list[tuple[float, int, Visit, int]]] = [[] for _ in self.free]
        self._sequence = 0

    def admit(self, ticket: Ticket, step: int, now: float) -> bool:
        """Whether a ticket may enter a step now; otherwise it waits and enters when it has its permit."""
        wanted = self.section[step]
        if ticket.section == wanted:
            return True
        if ticket.section >= 0:
            self._give_back(ticket.section, now)
            ticket.section = -1
        if wanted < 0:
            return True
        if self.free[wanted] > 0:
            self.free[wanted] -= 1
            ticket.section = wanted
            return True
        self._wait(ticket, wanted, step, now)
        return False

    def _wait(self, ticket: Ticket, section: int, step: int, now: float) -> None:
        waiting = self.waiting_step[section]
        visit = self.desk.open_visit(ticket, waiting, now)
        self._sequence += 1
        rank = 0.0
        if self.discipline[section] == Discipline.PRIORITY:
            rank = ticket.facts[Field.PRIORITY]
        heappush(self.lines[section], (rank, self._sequence, visit, step))

    def _give_back(self, section: int, now: float) -> None:
        line = self.lines[section]
        if not line:
            self.free[section] += 1
            return
        _, _, visit, step = heappop(line)
        ticket = visit.ticket
        ticket.section = section
        visit.started = now
        ticket.queued += now - visit.arrived
        self.desk.close_visit(visit, now, step)
        self.desk.enter(ticket, step, now, None)
