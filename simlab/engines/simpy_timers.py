"""Timers of the SimPy engine: what happens to tickets that wait too long for their work to begin."""

from __future__ import annotations

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import ALWAYS, Calendar
from simlab.model.codes import Field, Order
from simlab.model.streams import Purpose, uniform
from simlab.model.tables import Model
from simlab.model.ticket_rules import NEVER, delay_end


class Timers:
    """Patience and escalation: each runs from the joining of the queue until somebody takes the visit up."""

    def __init__(self, desk: Flow, teams: Teams, model: Model, calendars: list[Calendar]) -> None:
        self.desk = desk
        self.teams = teams
        self.timers = type(model.timers)(*(column.tolist() for column in model.timers))
        self.calendars = calendars

    def start(self, visit: Visit, now: float) -> None:
        """Begin to count how long a visit waits for its work to begin."""
        timers, step = self.timers, visit.step
        space = self.desk.spaces[visit.ticket.stream]
        for timer in range(timers.first[step], timers.first[step + 1]):
            place = timers.address[timer]
            u = uniform(self.desk.key, visit.ticket.subject, space, place, visit.number, Purpose.PATIENCE)
            calendar = timers.calendar[timer]
            end = delay_end(
                self.calendars[calendar] if calendar >= 0 else ALWAYS,
                ALWAYS,
                now,
                now,
                self.desk.samplers[timers.timing[timer]](u),
            )
            if end < NEVER:
                self.desk.env.at(end, Order.TIMER, self._time_is_up, (visit, timer))

    def _time_is_up(self, occasion: Occasion) -> None:
        """Let a ticket whose work has not begun leave the queue, or become more urgent in it."""
        visit, timer = occasion.subject
        waits = visit if visit.batch is None else visit.batch
        if visit.is_stopped or not waits.is_queued or waits.started == waits.started:
            return
        now, ticket = self.desk.env.now, visit.ticket
        priority = self.timers.priority[timer]
        if priority < 0:
            self._withdraw(visit, now)
            ticket.queued += now - visit.arrived
            self.desk.leave(visit, now, self.timers.target[timer])
        elif priority < ticket.facts[Field.PRIORITY]:
            ticket.facts[Field.PRIORITY] = priority
            if waits.ticket is not ticket and priority < waits.ticket.facts[Field.PRIORITY]:
                waits.ticket = ticket  # a batch is as urgent as the most urgent that was raised
            self.teams.rank_again(waits, now)

    def _withdraw(self, visit: Visit, now: float) -> None:
        """Take a visit out of the queue; the batch of which it is a part goes on waiting for the others."""
        batch = visit.batch
        if batch is None:
            self.teams.leave(visit, now)
            return
        visit.is_stopped = True
        wanted = batch.wanted()
        if not wanted:
            self.teams.leave(batch, now)
        elif batch.ticket is visit.ticket:
            batch.ticket = wanted[0].ticket
