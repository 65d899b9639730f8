"""Concurrency: which activities of a case go on at the same time, so that their order says nothing.

Of a log with starts and ends, activities of which the one often begins before the other is done. Of a log of
instants, those that follow each other directly in both orders about as often, and do not take turns (the
tests of concurrency and of short loops of the split miner: Augusto, Conforti, Dumas, La Rosa and Polyvyanyy
2019, "Split miner: automated discovery of accurate and simple business process models from event logs").
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Integers
from simlab.calibrate.paths import Paths

FEWEST: Final = 20
"""Times that two activities must be seen to overlap, or to follow each other."""
OVERLAPS: Final = 0.15
"""Part of the rarer one of two activities that must overlap with the other."""
FARTHEST: Final = 12
"""Events behind one another of which it is asked whether they overlap."""
BALANCED: Final = 0.5
"""Difference of the counts of both orders, over their sum, up to which they are about as frequent."""
TAKE_TURNS: Final = 0.1
"""Part of the successions of two activities that may be within one that comes back to the first."""
Flags = NDArray[np.bool_]


def concurrent(paths: Paths) -> Flags:
    """Return a matrix of which activities go on at the same time; on its diagonal, several times at once."""
    n = len(paths.activities)
    if paths.has_states:
        return np.zeros((n, n), bool)
    if paths.has_durations:
        seen = _overlaps(paths, n)
        rarer = np.bincount(paths.activity, minlength=n)
        return (seen >= FEWEST) & (seen >= OVERLAPS * np.minimum.outer(rarer, rarer))
    follows = _follows(paths, n)
    total = follows + follows.T
    rarer = np.minimum.outer(follows.sum(0), follows.sum(0))
    balanced = np.abs(follows - follows.T) <= BALANCED * total
    found: Flags = (total >= FEWEST) & (total >= OVERLAPS * rarer) & balanced
    found &= _returns(paths, n) <= TAKE_TURNS * total
    np.fill_diagonal(found, val=False)
    return found


def blocks_of(is_concurrent: Flags) -> Integers:
    """Return which block each activity belongs to, -1 for none: those that are concurrent, however far."""
    n = len(is_concurrent)
    block = np.full(n, -1, np.int64)
    count = 0
    for first in np.flatnonzero(is_concurrent.any(1)).tolist():
        if block[first] >= 0:
            continue
        todo = [first]
        while todo:
            each = todo.pop()
            if block[each] < 0:
                block[each] = count
                todo += np.flatnonzero(is_concurrent[each]).tolist()
        count += 1
    return block


def follows_directly(paths: Paths) -> Integers:
    """Return how often each activity (column) directly follows each other one (row)."""
    return _follows(paths, len(paths.activities))


def _overlaps(paths: Paths, n: int) -> Integers:
    seen = np.zeros(n * n, np.int64)
    for behind in range(1, FARTHEST + 1):
        first, second = slice(None, -behind), slice(behind, None)
        at_once = (paths.case[first] == paths.case[second]) & (paths.start[second] < paths.end[first])
        if not at_once.any():
            break
        pair = paths.activity[first].astype(np.int64) * n + paths.activity[second]
        seen += np.bincount(pair[at_once], minlength=n * n)
    both = seen.reshape(n, n)
    return np.where(np.eye(n, dtype=bool), both, both + both.T)


def _follows(paths: Paths, n: int) -> Integers:
    rows = np.flatnonzero(~paths.is_first)
    pair = paths.activity[rows - 1].astype(np.int64) * n + paths.activity[rows]
    return np.bincount(pair, minlength=n * n).reshape(n, n).astype(np.int64)


def _returns(paths: Paths, n: int) -> Integers:
    """Return how often one activity, another one, and the first again come in a row, in both orders."""
    if paths.n_events < 3:
        return np.zeros((n, n), np.int64)
    back = (paths.case[2:] == paths.case[:-2]) & (paths.activity[2:] == paths.activity[:-2])
    pair = paths.activity[:-2].astype(np.int64) * n + paths.activity[1:-1]
    seen = np.bincount(pair[back], minlength=n * n).reshape(n, n)
    return seen + seen.T
