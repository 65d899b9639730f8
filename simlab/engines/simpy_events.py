"""SimPy's event loop with the documented order of simultaneous events."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

import simpy

from simlab.model.codes import Order

Callback: TypeAlias = Callable[[Any], None]
Callbacks: TypeAlias = tuple[Callback]


class Occasion(simpy.Event):
    """An event that is bound to happen at its instant, about a subject.

    It is made at every visit: a plain event with the attributes that the loop reads, and no more. Nobody
    else may wait for it; its one callback stands in a tuple, shared by all occasions of a kind.
    """

    __slots__ = ("subject",)

    _ok = True
    subject: Any

    def __init__(self, callbacks: Callbacks, subject: object) -> None:
        self.callbacks = callbacks  # type: ignore[assignment]
        self.subject = subject


class DeskEnvironment(simpy.Environment):
    """A SimPy environment in which callbacks take place at an exact instant, in the order of :class:`Order`.

    SimPy processes events by (time, priority, sequence of scheduling); the priority here is the order class.
    All events are occasions.
    """

    _queue: list[tuple[float, int, int, Occasion]]  # type: ignore[assignment]
    _is_stopped = False

    def at(self, instant: float, order: Order, callback: Callback, subject: object) -> Occasion:
        """Call ``callback`` at an instant with an :class:`Occasion` about a subject."""
        occasion = Occasion((callback,), subject)
        self.take_place(occasion, instant, order)
        return occasion

    def take_place(self, occasion: Occasion, instant: float, order: int) -> None:
        """Let an occasion take place at an instant."""
        # `Environment.schedule` takes a delay, and now + (instant - now) need not be the instant.
        heappush(self._queue, (instant, order, next(self._eid), occasion))

    def stop(self) -> None:
        """Let no event be processed after the present one."""
        self._is_stopped = True

    def process_until(self, end: float, most: int) -> int:
        """Process events before an instant, up to so many, or until `stop` is called; return their number."""
        queue = self._queue
        self._is_stopped = False
        for n in range(most):
            if not queue or self._is_stopped:
                return n
            # What `Environment.step` does for what cannot fail, without its call: this is the hottest loop.
            entry = heappop(queue)
            instant, _, _, occasion = entry
            if instant >= end:
                heappush(queue, entry)
                return n
            self._now = instant
            occasion.callbacks[0](occasion)
        return most
