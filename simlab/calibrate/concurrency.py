"""Concurrency: which activities of a case go on at the same time, so that their order says nothing.

Of a log with starts and ends, activities of which the one often begins before the other is done. Of a log of
instants, those that follow each other directly in both orders about as often, and do not take turns (the
tests of concurrency and of short loops of the split miner: Augusto, Conforti, Dumas, La Rosa and Polyvyanyy
2019, "Split miner: automated discovery of accurate and simple business process models from event logs"),
at all or within a sitting: rounds of concurrent ones on several days look like turns. Where one order is
rarer, because one mostly takes longer, they are concurrent if the second comes the sooner the later the first
did: it has waited all the while. What begins only when the first is done does not know how long that took.
In the same way an activity is told to be there several times at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import Paths

FEWEST: Final = 20
"""Times that two activities must be seen to overlap, or to follow each other."""
OVERLAPS: Final = 0.15
"""Part of the rarer one of two activities that must overlap with the other."""
FARTHEST: Final = 12
"""Events behind one another of which it is asked whether they overlap."""
BALANCED: Final = 0.5
"""Difference of the counts of both orders, over their sum, up to which they are about as frequent."""
SEEN_AT_ALL: Final = 0.8
"""The same, up to which they are concurrent if times tell so."""
CLEARLY: Final = 3.0
"""Standard errors by which times must tell so."""
SITTING_MIN: Final = 120.0
"""What follows later is not of the same sitting."""
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
    gap = paths.start - np.concatenate([[np.inf], paths.end[:-1]])
    found = np.zeros((n, n), bool)
    for may_follow in (~paths.is_first, ~paths.is_first & (gap <= SITTING_MIN)):
        found |= _in_both_orders(paths, may_follow)
    return found


def _in_both_orders(paths: Paths, may_follow: Flags) -> Flags:
    """Return which activities follow each other as concurrent ones do.

    Parameters
    ----------
    may_follow
        By event, whether it is looked at what it directly follows.
    """
    follows = _follows(paths, may_follow)
    total, apart = follows + follows.T, np.abs(follows - follows.T)
    rarer = np.minimum.outer(follows.sum(0), follows.sum(0))
    found: Flags = (total >= FEWEST) & (total >= OVERLAPS * rarer) & (apart <= SEEN_AT_ALL * total)
    found &= _returns(paths, may_follow) <= TAKE_TURNS * total
    np.fill_diagonal(found, _often_again(paths, follows))
    apart[np.diag_indices_from(apart)] = total.diagonal()
    for one, other in np.argwhere(np.triu(found & (apart > BALANCED * total))).tolist():
        found[one, other] = found[other, one] = _waits_meanwhile(paths, may_follow, one, other)
    return found


def _often_again(paths: Paths, follows: Integers) -> Flags:
    """Return which activities follow themselves so often that they may be there several times at once."""
    again, n = follows.diagonal(), np.bincount(paths.activity, minlength=len(follows))
    flags: Flags = (again >= FEWEST) & (again >= OVERLAPS * n)
    return flags


def _waits_meanwhile(paths: Paths, may_follow: Flags, one: int, other: int) -> bool:
    """Whether the second of two activities comes clearly sooner where the first came late.

    By ranks of both times among cases that came from the same activity. Both may be the same one.
    """
    before = np.flatnonzero(may_follow[:-1] & may_follow[1:])
    pair = paths.activity[before], paths.activity[before + 1]
    rows = before[((pair[0] == one) & (pair[1] == other)) | ((pair[0] == other) & (pair[1] == one))]
    rows = rows[~np.isin(paths.activity[rows - 1], (one, other))]
    n = len(paths.activities)
    group = paths.activity[rows - 1].astype(np.int64) * n + paths.activity[rows]
    first = _ranks(paths.start[rows] - paths.end[rows - 1], group)
    second = _ranks(paths.start[rows + 1] - paths.end[rows], group)
    spread = float(np.sqrt((first @ first) * (second @ second)))
    return bool(spread > 0.0 and np.sqrt(len(rows)) * (first @ second) / spread < -CLEARLY)


def _ranks(minutes: Floats, group: Integers) -> Floats:
    """Return the place of each time among those of its group, -0.5 to 0.5."""
    order = np.lexsort((minutes, group))
    _, begins, counts = np.unique(group[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(begins, counts)
    ranks = np.empty(len(order))
    ranks[order] = (place + 0.5) / np.repeat(counts, counts) - 0.5
    return ranks


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
    return _follows(paths, ~paths.is_first)


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


def _follows(paths: Paths, may_follow: Flags) -> Integers:
    n, rows = len(paths.activities), np.flatnonzero(may_follow)
    pair = paths.activity[rows - 1].astype(np.int64) * n + paths.activity[rows]
    return np.bincount(pair, minlength=n * n).reshape(n, n).astype(np.int64)


def _returns(paths: Paths, may_follow: Flags) -> Integers:
    """Return how often one activity, another one, and the first again come in a row, in both orders."""
    n = len(paths.activities)
    back = may_follow[1:-1] & may_follow[2:] & (paths.activity[2:] == paths.activity[:-2])
    pair = paths.activity[:-2].astype(np.int64) * n + paths.activity[1:-1]
    seen = np.bincount(pair[back], minlength=n * n).reshape(n, n)
    return seen + seen.T
