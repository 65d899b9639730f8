"""The lines in which visits wait, in the compiled engine.

Visits mostly come in the order in which they will be served: always with first come, first served, and by
priority within the last one. They are appended to a run; only those that are ahead of its last one when they
come go to a heap. Keys never tie, so that the order in which visits come out is given by the keys alone.
"""

from __future__ import annotations

from simlab.engines.kernel_heap import enqueue, remove, waits_before
from simlab.engines.kernel_memory import Desk, compiled, inlined


@compiled
def add_to_line(desk: Desk, number: int, at: int) -> None:
    """Give a visit its place in a line."""
    line, visits = desk.lines[number], desk.visits
    last = line.last_of_run
    visits[at].in_run = last < 0 or waits_before(desk, last, at)
    if visits[at].in_run:
        visits[at].previous = last
        visits[at].sibling = -1
        if last < 0:
            line.first_of_run = at
        else:
            visits[last].sibling = at
        line.last_of_run = at
    else:
        line.heap = enqueue(desk, line.heap, at)
    find_first(desk, number)


@compiled
def take_from_line(desk: Desk, number: int, at: int) -> None:
    """Take a visit out of a line, wherever it stands there."""
    line, visits = desk.lines[number], desk.visits
    if visits[at].in_run:
        before, after = visits[at].previous, visits[at].sibling
        if before < 0:
            line.first_of_run = after
        else:
            visits[before].sibling = after
        if after < 0:
            line.last_of_run = before
        else:
            visits[after].previous = before
    else:
        line.heap = remove(desk, line.heap, at)
    find_first(desk, number)


@inlined
def find_first(desk: Desk, number: int) -> None:
    """Note which visit is the first of a line."""
    line = desk.lines[number]
    first, of_heap = line.first_of_run, line.heap
    if first < 0 or (of_heap >= 0 and waits_before(desk, of_heap, first)):
        first = of_heap
    line.first_in_line = first
