"""SimPy's event loop with the documented order of simultaneous events."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

import simpy
from simpy.core import StopSimulation

from simlab.model.codes import Order

Callback: TypeAlias = Callable[[Any], None]
Callbacks: TypeAlias = tuple[Callback]

_FIRST = -1
"""Before all classes of :class:`Order`."""


class Occasion(simpy.Event):
    """An event that is bound to happen at its instant, about a subject.

    It is made at every visit: a plain event with the attributes that the loop reads, and no more. Nobody
    else may wait for it; its one callback stands in a tuple, shared by all occasions of a kind.
    """

    __slots__ = ("callbacks", "subject")

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
    is_over = False
    """Whether the end has come."""

    def at(self, instant: float, order: Order, callback: Callback, subject: object) -> Occasion:
        """Call ``callback`` at an instant with an :class:`Occasion` about a subject."""
        occasion = Occasion((callback,), subject)
        self.take_place(occasion, instant, order)
        return occasion

    def take_place(self, occasion: Occasion, instant: float, order: int) -> None:
        """Let an occasion take place at an instant."""
        # `Environment.schedule` takes a delay, and now + (instant - now) need not be the instant.
        heappush(self._queue, (instant, order, next(self._eid), occasion))

    def end_at(self, instant: float) -> None:
        """Let the end come before all that would happen from an instant on; ``inf`` for after all else."""
        self.take_place(Occasion((self._end,), None), instant, _FIRST)

    def _end(self, occasion: Occasion) -> None:
        self.is_over = True
        raise StopSimulation

    def stop(self) -> None:
        """Let no event be processed after the present one."""
        self.take_place(Occasion((_stop,), None), self._now, _FIRST)

    def process(self, most: int) -> int:  # type: ignore[override] # nothing is a process here
        """Process up to so many events, or until the end or `stop` comes; return their number.

        The end must have been set, so that there is always a next event.
        """
        queue, n = self._queue, 0
        try:
            for n in range(most):  # noqa: B007 - told where it ends early
                # What `Environment.step` does for what cannot fail, without its call: the hottest loop.
                self._now, _, _, occasion = heappop(queue)
                occasion.callbacks[0](occasion)
        except StopSimulation:
            return n
        return most


def _stop(occasion: Occasion) -> None:
    raise StopSimulation
