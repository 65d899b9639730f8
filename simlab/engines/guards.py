"""Guards: the limits that end a run which would not end by itself, or would take too much.

What there is then is kept and marked as cut short. The first four limits count what happens in the run, so
they end it at the same event wherever it runs; time and memory are those of the machine.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from mmap import PAGESIZE
from time import monotonic
from typing import Any, Final

from simlab.errors import UsageError
from simlab.units import format_count, parse_duration

MIB: Final = 2**20
LOOK_EVENTS: Final = 4_096
"""After so many events the SimPy engine looks at the clock and at the memory."""
COMPILED_LOOK_EVENTS: Final = 500_000
"""The same for the compiled engine, whose events take a hundredth of the time."""
FIRST_TICKETS: Final = 1_000_000
"""Tickets that are drawn ahead at first."""
MOST_COUNT: Final = 10**15
_SIZE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(MiB|GiB)")
_BYTES: Final = {"MiB": MIB, "GiB": 1024 * MIB}
_COUNT: Final = re.compile(r"[0-9]{1,15}(?:e[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits of one replication, which is ended when it is beyond one of them."""

    max_events: int = 50_000_000
    max_tickets: int = 20_000_000
    """Tickets that come from outside."""
    max_in_system: int = 200_000
    """Tickets that are open at the same time."""
    max_steps_at_once: int = 1_000
    """Steps that one ticket may pass at one instant; more is a loop without time, which is refused."""
    max_seconds: float = math.inf
    """Wall-clock time."""
    max_memory: float = 4_096 * MIB
    """Bytes that the process holds in memory; all of it counts, also what was there before."""


DEFAULTS: Final = Guards()

LIMITS: Final = {
    "events": "max_events",
    "tickets": "max_tickets",
    "open": "max_in_system",
    "time": "max_seconds",
    "memory": "max_memory",
}
"""Names under which limits are set from outside."""


def changed_limits(guards: Guards) -> dict[str, str]:
    """Return the limits that are not the default ones, by name."""
    return {
        name: f"{getattr(guards, field):.15g}"
        for name, field in LIMITS.items()
        if getattr(guards, field) != getattr(DEFAULTS, field)
    }


def rounds(guards: Guards) -> Iterator[int]:
    """Return how many tickets to draw ahead: all that are allowed, but first only as many as mostly suffice.

    A run that needs more begins anew with the next number. So one that never ends does not first fill the
    memory with arrivals that it will not come to; one that has more tickets takes an eighth longer.
    """
    most = FIRST_TICKETS
    while most < guards.max_tickets:
        yield most
        most *= 8
    yield guards.max_tickets


@dataclass(slots=True)
class Watch:
    """Looks at a run while it goes on: at what it counts, at the clock and at the memory."""

    guards: Guards
    started: float = field(default_factory=monotonic)

    def reason(self, n_events: int, n_open: int) -> str:
        """Why a run must end after so many events, with so many open tickets; empty where it may go on."""
        if n_events >= self.guards.max_events:
            return f"stopped after {format_count(n_events)} events"
        if n_open > self.guards.max_in_system:
            return f"stopped with {format_count(n_open)} tickets in the system"
        return self.of_machine()

    def of_machine(self) -> str:
        """Why the run must end now, by the clock and by the memory."""
        guards = self.guards
        if guards.max_seconds < math.inf and monotonic() - self.started > guards.max_seconds:
            return f"stopped after {guards.max_seconds:.10g} s"
        if guards.max_memory < math.inf and memory_in_use() > guards.max_memory:
            return f"stopped with more than {format_count(guards.max_memory / MIB)} MiB in memory"
        return ""


def memory_in_use() -> int:
    """Bytes of memory that this process holds; the most it ever held where the system tells nothing else.

    0 on Windows, where the memory is not watched.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return _most_memory()
    return pages * PAGESIZE


def _most_memory() -> int:
    try:
        import resource
    except ModuleNotFoundError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def with_limits(written: Iterable[str], guards: Guards | None = None) -> Guards:
    """Return guards with limits as they are written: ``events=1e6``, ``time=30 s``, ``memory=2 GiB``.

    Parameters
    ----------
    written
        ``NAME=VALUE`` with a name of `LIMITS`; the value ``none`` takes the limit away.
    guards
        What holds for the others; the default limits where not given.

    Raises
    ------
    UsageError
        With all that cannot be read.
    """
    changes: dict[str, Any] = {}
    problems: list[str] = []
    for text in written:
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in LIMITS:
            problems.append(f"--limit sets one of {', '.join(LIMITS)}; found '{text}'")
            continue
        try:
            changes[LIMITS[name]] = _limit(name, value)
        except ValueError as error:
            problems.append(f"--limit {name}: {error}")
    if problems:
        raise UsageError("\n".join(problems))
    return replace(guards or Guards(), **changes)


def _limit(name: str, value: str) -> float:
    is_of_machine = name in ("time", "memory")
    if value == "none":
        return math.inf if is_of_machine else MOST_COUNT
    if name == "time":
        if (minutes := parse_duration(value)) == 0.0:
            raise ValueError("it must be longer than 0")
        return 60.0 * minutes
    if name == "memory":
        size = _SIZE.fullmatch(value)
        if size is None or float(size[1]) == 0.0:
            raise ValueError(f"write it like '2 GiB' or '800 MiB'; found '{value}'")
        return float(size[1]) * _BYTES[size[2]]
    if _COUNT.fullmatch(value) is None or not 1 <= (count := int(float(value))) <= MOST_COUNT:
        raise ValueError(f"write a whole number such as 200000 or 2e5; found '{value}'")
    return count
