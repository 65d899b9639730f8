"""The tickets in the system of the SimPy engine: how many there are, and for how long."""

from __future__ import annotations

from simlab.engines.simpy_events import DeskEnvironment


class InSystem:
    """Counts tickets in and out, and ends the run where there are too many."""

    __slots__ = ("_env", "_most", "_until", "area", "closed", "now_in")

    def __init__(self, env: DeskEnvironment, warm_up: float, most: int) -> None:
        self._env = env
        self._most = most
        self._until = warm_up
        self.now_in = self.closed = 0
        self.area = 0.0
        """Ticket-minutes from the warm-up until the last change."""

    def count(self, now: float, change: int) -> None:
        """Count a ticket in or out, and the ticket-minutes since the last change, from the warm-up on."""
        now_in, until = self.now_in, self._until
        if now > until:
            self.area += now_in * (now - until)
            self._until = now
        self.now_in = now_in = now_in + change
        if now_in > self._most:
            self._env.stop()
