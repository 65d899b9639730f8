"""SimPy's event loop with the documented order of simultaneous events."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import TypeAlias

import simpy

from simlab.model.tables import Order

Callback: TypeAlias = Callable[[simpy.Event], None]


class DeskEnvironment(simpy.Environment):
    """A SimPy environment in which callbacks take place at an exact instant, in the order of :class:`Order`.

    SimPy processes events by (time, priority, sequence of scheduling); the priority here is the order class.
    """

    def at(self, instant: float, order: Order, callback: Callback, subject: object) -> None:
        """Call ``callback`` at an instant with an event whose ``value`` is the subject."""
        event = simpy.Event.__new__(simpy.Event)
        # What simpy.Event and Event.succeed do, without their indirections: this is the hottest place.
        event.env = self
        event.callbacks = [callback]
        event._ok = True
        event._value = subject
        # `Environment.schedule` takes a delay, and now + (instant - now) need not be the instant.
        heappush(self._queue, (instant, order, next(self._eid), event))  # type: ignore[misc]
