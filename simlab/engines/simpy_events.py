"""SimPy's event loop with the documented order of simultaneous events."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappush
from typing import Any, TypeAlias

import simpy

from simlab.model.codes import Order


class Occasion(simpy.Event):
    """An event that is bound to happen at its instant, about a subject."""

    subject: Any


Callback: TypeAlias = Callable[[Occasion], None]


class DeskEnvironment(simpy.Environment):
    """A SimPy environment in which callbacks take place at an exact instant, in the order of :class:`Order`.

    SimPy processes events by (time, priority, sequence of scheduling); the priority here is the order class.
    """

    def at(self, instant: float, order: Order, callback: Callback, subject: object) -> Occasion:
        """Call ``callback`` at an instant with an :class:`Occasion` about a subject."""
        occasion = Occasion.__new__(Occasion)
        # What simpy.Event and Event.succeed do, without their indirections: this is the hottest place.
        occasion.env = self
        occasion.callbacks = [callback]
        occasion._ok = True
        occasion.subject = subject
        # `Environment.schedule` takes a delay, and now + (instant - now) need not be the instant.
        heappush(self._queue, (instant, order, next(self._eid), occasion))  # type: ignore[misc]
        return occasion


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Spare Python's collector the walks over all tickets: a run frees what it no longer needs by itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
