"""Levers that finished work moves, in the SimPy engine: from rung to rung, and down again without upkeep."""

from __future__ import annotations

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Visit
from simlab.model.codes import Order
from simlab.model.streams import Purpose, uniform_pair
from simlab.model.tables import Model


class Levers:
    """On which rung each lever is; rules see it through flags behind the lengths of the queues."""

    def __init__(self, desk: Flow, model: Model, seen: list[int]) -> None:
        assert model.improvements is not None
        self.desk = desk
        self.table = table = model.improvements
        self.rung = [0] * len(table.rungs)
        self.changes = [0] * len(table.rungs)
        """How often each lever has been moved: an improvement since ends the wait for its decay."""
        self._first = table.first.tolist()
        self._seen = seen
        self._first_flag = len(seen) - table.flags.shape[1]

    def worked(self, visit: Visit, now: float) -> None:
        """Let the end of a visit move the levers that it moves, now or after the lag."""
        step, table = visit.step, self.table
        for row in range(self._first[step], self._first[step + 1]):
            lever = int(table.lever[row])
            ticket = visit.ticket
            at = (ticket.subject, self.desk.spaces[ticket.stream], int(table.address[row]), visit.number)
            decides, delays = uniform_pair(self.desk.key, *at, Purpose.IMPROVE)
            if decides >= table.share[row]:
                continue
            delay = self.desk.samplers[table.delay[lever]](delays)
            if delay > 0.0:
                self.desk.env.at(now + delay, Order.TIMER, self._due, (lever, ticket.number))
            else:
                self._improve(lever, now, ticket.number)

    def _due(self, occasion: Occasion) -> None:
        lever, ticket = occasion.subject
        self._improve(lever, self.desk.env.now, ticket)

    def _improve(self, lever: int, now: float, ticket: int) -> None:
        """Move a lever up by one rung, if there is one; its decay begins anew in any case."""
        if self.rung[lever] < self.table.rungs[lever]:
            self._move(lever, 1, now, ticket)
        self.changes[lever] += 1
        self._schedule_decay(lever, now)

    def _schedule_decay(self, lever: int, now: float) -> None:
        at = now + self.table.decay[lever]
        if self.rung[lever] > 0 and at < float("inf"):
            self.desk.env.at(at, Order.TIMER, self._decay, (lever, self.changes[lever]))

    def _decay(self, occasion: Occasion) -> None:
        """Let a lever fall by one rung where nothing has moved it since the decay began."""
        lever, changes = occasion.subject
        if changes == self.changes[lever]:
            now = self.desk.env.now
            self._move(lever, -1, now, -1)
            self._schedule_decay(lever, now)

    def _move(self, lever: int, by: int, now: float, ticket: int) -> None:
        self.rung[lever] += by
        combination = 0
        for rung, rungs in zip(self.rung, self.table.rungs, strict=True):
            combination = combination * (int(rungs) + 1) + rung
        self._seen[self._first_flag :] = self.table.flags[combination].astype(int).tolist()
        level = float(self.table.level[combination, lever])
        self.desk.records.state_changed(now, int(self.table.state[lever]), level, ticket)
