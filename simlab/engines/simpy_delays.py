"""Delays of the SimPy engine: waits, runs of automations, and the time until a ticket comes back."""

from __future__ import annotations

from simlab.engines.simpy_clocks import Clocks
from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import ALWAYS, Calendar
from simlab.model.codes import Order
from simlab.model.tables import Model
from simlab.model.ticket_rules import NEVER, counted_since, delay_end


class Delays:
    """Visits in which nobody works, and the clocks that stand still meanwhile."""

    def __init__(self, desk: Flow, clocks: Clocks, model: Model, calendars: list[Calendar]) -> None:
        self.desk = desk
        self.clocks = clocks
        self.steps = type(model.steps)(*(column.tolist() for column in model.steps))
        self.calendars = calendars

    def begin(self, visit: Visit, now: float, since: float, minutes: float) -> None:
        """Let a visit wait for so many minutes of its calendar, and then until another one is open.

        They are counted from an instant, which may be an earlier one.
        """
        steps, step, fork = self.steps, visit.step, visit.fork
        calendar, until = self._calendar(steps.calendar[step]), self._calendar(steps.until_open[step])
        end = delay_end(calendar, until, now, since, minutes)
        if (steps.pauses_respond[step] or steps.pauses_resolve[step]) and not (fork and fork.is_unheeded()):
            visit.pauses = True
            self.clocks.pause(visit.ticket, now, steps.pauses_respond[step], steps.pauses_resolve[step])
        if end < NEVER:
            self.desk.env.at(end, Order.RETURN, self._end, visit)

    def counted_since(self, step: int, since: float, now: float, spent: float) -> tuple[float, float]:
        """From when a delay at a step is counted, and what had passed of it before the run."""
        return counted_since(self._calendar(self.steps.calendar[step]), since, now, spent)

    def _calendar(self, code: int) -> Calendar:
        return self.calendars[code] if code >= 0 else ALWAYS

    def _end(self, occasion: Occasion) -> None:
        visit: Visit = occasion.subject
        if not visit.is_stopped:
            now = self.desk.env.now
            self.end_pause(visit, now)
            self.desk.leave(visit, now)

    def end_pause(self, visit: Visit, now: float) -> None:
        """Let the clocks go on that stand still because of a visit."""
        if visit.pauses:
            visit.pauses = False
            respond, resolve = self.steps.pauses_respond[visit.step], self.steps.pauses_resolve[visit.step]
            self.clocks.resume(visit.ticket, now, respond, resolve)
