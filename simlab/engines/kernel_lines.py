"""The lines in which visits wait, in the compiled engine.

Visits mostly come in the order in which they will be served: always with first come, first served, and by
priority within each of them. They are appended to a run, by priority to that of theirs; only those that are
ahead of its last one when they come go to a heap. Keys never tie, so that the order in which visits come out
is given by the keys alone.
"""

from __future__ import annotations

from simlab.engines.kernel_heap import enqueue, remove, waits_before
from simlab.engines.kernel_layout import N_RUNS
from simlab.engines.kernel_memory import Desk, inlined, inlined_if_lean
from simlab.model.codes import Discipline

_BY_PRIORITY = int(Discipline.PRIORITY)


@inlined
def run_for(desk: Desk, number: int, at: int) -> int:
    """Run of a line to which a visit belongs: all of a run before it are served before all of it."""
    if desk.teams[desk.lines[number].team].discipline == _BY_PRIORITY:
        return min(int(desk.visits[at].rank), N_RUNS - 1)
    return 0


@inlined_if_lean
def add_to_line(desk: Desk, number: int, at: int) -> None:
    """Give a visit its place in a line."""
    line, visits = desk.lines[number], desk.visits
    run = run_for(desk, number, at)
    last = line.last_of_run[run]
    if last < 0 or waits_before(desk, last, at):
        visits[at].run = run
        visits[at].previous = last
        visits[at].sibling = -1
        if last < 0:
            line.first_of_run[run] = at
        else:
            visits[last].sibling = at
        line.last_of_run[run] = at
    else:
        visits[at].run = -1
        line.heap = enqueue(desk, line.heap, at)
    find_first(desk, number)


@inlined_if_lean
def take_from_line(desk: Desk, number: int, at: int) -> None:
    """Take a visit out of a line, wherever it stands there."""
    line, visits = desk.lines[number], desk.visits
    run = visits[at].run
    if run >= 0:
        before, after = visits[at].previous, visits[at].sibling
        if before < 0:
            line.first_of_run[run] = after
        else:
            visits[before].sibling = after
        if after < 0:
            line.last_of_run[run] = before
        else:
            visits[after].previous = before
    else:
        line.heap = remove(desk, line.heap, at)
    find_first(desk, number)


@inlined
def find_first(desk: Desk, number: int) -> None:
    """Note which visit is the first of a line."""
    line = desk.lines[number]
    first = line.heap
    for run in range(N_RUNS):
        head = line.first_of_run[run]
        if head >= 0:
            if first < 0 or waits_before(desk, head, first):
                first = head
            break
    line.first_in_line = first
