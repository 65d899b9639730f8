"""SimPy's event loop with the documented order of simultaneous events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import repeat
from operator import length_hint
from typing import Any, Final, TypeAlias

import simpy
from simpy.core import EmptySchedule, StopSimulation

from simlab.model.codes import Order

Callback: TypeAlias = Callable[[Any], object]

Entry: TypeAlias = tuple[float, int, int, Callback, Any]
"""What happens when: instant, class of order, sequence of scheduling, what is called and with what."""

_FIRST = -1
"""Before all classes of :class:`Order`."""


def _nothing(_: None) -> None:
    """Do nothing."""


_NEVER: Final[Entry] = (math.inf, max(Order) + 1, 0, _nothing, None)
"""After all that happens."""


class Occasion:
    """What happens at an instant, about a subject; one can be told from another about the same subject."""

    __slots__ = ("subject",)

    subject: Any

    def __init__(self, subject: object) -> None:
        self.subject = subject


class DeskEnvironment(simpy.Environment):
    """A SimPy environment in which callbacks take place at an exact instant, in the order of :class:`Order`.

    SimPy processes events by (time, priority, sequence of scheduling); the priority here is the order class.
    An entry of the queue says what is called then, and with what: most of what happens needs no event of its
    own. SimPy's events stand in it too, so that its processes may run beside.

    What is known ahead in its order, such as arrivals, needs no place in the queue: the next of it stands
    beside, one entry at a time.
    """

    _queue: list[Entry]  # type: ignore[assignment]
    _known: Iterator[Entry] = iter(())
    _next_known = _NEVER
    """The next of those that are known ahead."""
    is_over = False
    """Whether the end has come."""

    def at(self, instant: float, order: Order, callback: Callback, subject: object) -> Occasion:
        """Call ``callback`` at an instant with an :class:`Occasion` about a subject."""
        occasion = Occasion(subject)
        self.call_at(instant, order, callback, occasion)
        return occasion

    def call_at(self, instant: float, order: int, callback: Callback, argument: object) -> None:
        """Call ``callback`` at an instant with an argument."""
        # `Environment.schedule` takes a delay, and now + (instant - now) need not be the instant.
        heappush(self._queue, (instant, order, next(self._eid), callback, argument))

    def schedule(self, event: simpy.Event, priority: int = 1, delay: float = 0.0) -> None:
        """Let an event of SimPy be processed after a delay."""
        self.call_at(self._now + delay, priority, _process, event)

    def let_come(self, entries: Iterator[Entry]) -> None:
        """Let happen what is known ahead, in its order; an entry is asked for when the one before happens."""
        self._known = entries
        self._next_known = next(entries, _NEVER)

    def peek(self) -> float:
        """Instant of the next event; ``inf`` where there is none."""
        return min(self._next_known[0], super().peek())

    def step(self) -> None:
        """Process the next event."""
        if not self._queue and self._next_known is _NEVER:
            raise EmptySchedule
        if self._queue and self._queue[0] < self._next_known:
            entry = heappop(self._queue)
        else:
            entry, self._next_known = self._next_known, next(self._known, _NEVER)
        self._now, _, _, call, argument = entry
        call(argument)

    def end_at(self, instant: float) -> None:
        """Let the end come before all that would happen from an instant on; ``inf`` for after all else."""
        self.call_at(instant, _FIRST, self._end, None)

    def _end(self, _: None) -> None:
        self.is_over = True
        raise StopSimulation

    def stop(self) -> None:
        """Let no event be processed after the present one."""
        self.call_at(self._now, _FIRST, _stop, None)

    def process_events(self, most: int) -> int:
        """Process up to so many events, or until the end or `stop` comes; return their number.

        The end must have been set, so that there is always a next event.
        """
        queue, known, known_next, left = self._queue, self._known, self._next_known, repeat(None, most)
        try:
            for _ in left:
                # What `step` does, without its call: the hottest loop.
                if queue[0] < known_next:
                    self._now, _, _, call, argument = heappop(queue)
                    call(argument)
                else:  # with a call of its own, which is as a rule of one function
                    self._now, _, _, call, argument = known_next
                    known_next = next(known, _NEVER)
                    call(argument)
        except StopSimulation:
            return most - 1 - length_hint(left)
        finally:
            self._next_known = known_next
        return most


def _stop(_: None) -> None:
    raise StopSimulation


def _process(event: simpy.Event) -> None:
    """Do with an event of SimPy what `simpy.Environment.step` does."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)
    if not event._ok and not hasattr(event, "_defused"):
        raise event._value
