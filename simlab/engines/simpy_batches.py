"""Batches in the SimPy engine: tickets gather in front of a step and go on, or are worked on, together."""

from __future__ import annotations

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Fork, Ticket, Visit
from simlab.model.calendars import as_lists, next_open
from simlab.model.codes import Order
from simlab.model.tables import Model
from simlab.model.ticket_rules import NEVER


class Batches:
    """Tickets that gather.

    A batch goes on as soon as it has its size, when its first ticket has waited long enough, or when a
    calendar opens; by time or calendar it goes with what has gathered, in parts of at most ``at_most``.
    """

    def __init__(self, desk: Flow, model: Model) -> None:
        self.desk = desk
        gathers = model.gathers
        self.row = {step: row for row, step in enumerate(gathers.step.tolist())}
        self.target = gathers.target.tolist()
        self.size = gathers.size.tolist()
        self.most = gathers.most.tolist()
        self.patience = gathers.longest_wait.tolist()
        self.calendars = [
            as_lists(model.calendars[code]) if code >= 0 else None for code in gathers.calendar.tolist()
        ]
        self.together = gathers.together.tolist()
        self.gathered: list[list[Visit]] = [[] for _ in self.size]
        self.round = [0] * len(self.size)
        """Counts the releases of each place, so that the timers of earlier batches are void."""

    def gather(self, ticket: Ticket, step: int, now: float, fork: Fork | None) -> None:
        """Let a ticket wait for its batch."""
        row = self.row[step]
        visit = self.desk.open_visit(ticket, step, now, fork)
        visit.started = now
        gathered = self.gathered[row]
        gathered.append(visit)
        if len(gathered) >= self.size[row]:
            self._release(row, now)
        elif len(gathered) == 1:
            self._wait_for(row)

    def withdraw(self, visit: Visit) -> None:
        """Take a visit out of those that gather."""
        row = self.row[visit.step]
        gathered = self.gathered[row]
        was_first = visit is gathered[0]
        gathered.remove(visit)
        if was_first:
            self.round[row] += 1
            if gathered:
                self._wait_for(row)

    def _wait_for(self, row: int) -> None:
        """Let the batch go on when its first ticket has waited long enough, or the calendar opens."""
        first = self.gathered[row][0]
        at = first.arrived + self.patience[row]
        calendar = self.calendars[row]
        if calendar is not None:
            at = min(at, next_open(calendar, first.arrived))
        if at < NEVER:
            self.desk.env.at(at, Order.TIMER, self._time_is_up, (row, self.round[row]))

    def _time_is_up(self, occasion: Occasion) -> None:
        row, round_ = occasion.subject
        if round_ == self.round[row]:
            self._release(row, self.desk.env.now)

    def _release(self, row: int, now: float) -> None:
        self.round[row] += 1
        visits, self.gathered[row] = self.gathered[row], []
        target, most = self.target[row], self.most[row]
        for visit in visits:
            self.desk.close_visit(visit, now, target)
        for first in range(0, len(visits), most):
            batch = visits[first : first + most]
            if self.together[row]:
                wanted = [visit for visit in batch if visit.fork is None or not visit.fork.is_void()]
                self.desk.work_together([(visit.ticket, visit.fork) for visit in wanted], target, now)
            else:
                for visit in batch:
                    self.desk.enter(visit.ticket, target, now, visit.fork)
