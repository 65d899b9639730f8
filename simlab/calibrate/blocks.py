"""Blocks: events of a case that go on at the same time, and the branches that they make up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.concurrency import SITTING_MIN, Flags, blocks_of, concurrent, follows_directly
from simlab.calibrate.event_log import Codes, Integers
from simlab.calibrate.paths import Paths

MOST_BRANCHES: Final = 12


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one block."""

    number: int
    """Same for blocks of the same activities."""
    branches: tuple[tuple[int, ...], ...]
    """Rows of each branch, in order of their first."""

    @property
    def rows(self) -> list[int]:
        """All rows, in order."""
        return sorted(row for branch in self.branches for row in branch)


def find_blocks(paths: Paths) -> Iterator[Block]:
    """Yield the blocks of all cases; what an open case ends with is in none."""
    is_concurrent = concurrent(paths)
    affinity = follows_directly(paths)
    runs = list(_runs(paths, is_concurrent)) if is_concurrent.any() else []
    repeats = _repeating(paths.activity, runs, is_concurrent)
    for number, run in runs:
        parts = [list(run)] if number in repeats else _rounds(paths.activity, run, is_concurrent)
        for part in parts:
            for rows in _connected(paths.activity, part, is_concurrent):
                branches = _branches(paths, rows, is_concurrent, affinity)
                if 2 <= len(branches) <= MOST_BRANCHES:
                    yield Block(number, branches)


def _runs(paths: Paths, is_concurrent: Flags) -> Iterator[tuple[int, range]]:
    """Yield the rows of each case that follow each other and may be in the same block, and its number."""
    block_of = blocks_of(is_concurrent)
    of_row = block_of[paths.activity]
    begins = (np.diff(of_row, prepend=-2) != 0) | paths.is_first
    begins |= _after_sitting(paths, is_concurrent, block_of)
    firsts = np.flatnonzero(begins)
    ends = np.append(firsts[1:], len(of_row))
    goes_on = np.zeros(len(of_row), bool)
    goes_on[paths.first[1:] - 1] = paths.is_open
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        if of_row[first] >= 0 and end - first >= 2 and not goes_on[end - 1]:
            yield int(of_row[first]), range(first, end)


def _after_sitting(paths: Paths, is_concurrent: Flags, block_of: Integers) -> NDArray[np.bool_]:
    """Return which rows come so late that they are no part of the block before.

    Of logs of instants, where concurrent activities mostly follow each other within a sitting.
    """
    late = np.zeros(paths.n_events, bool)
    if paths.has_durations:
        return late
    behind = np.flatnonzero(~paths.is_first)
    behind = behind[is_concurrent[paths.activity[behind - 1], paths.activity[behind]]]
    block = block_of[paths.activity[behind]]
    is_late = paths.start[behind] - paths.end[behind - 1] > SITTING_MIN
    n = max(int(block_of.max()) + 1, 1)
    sits = 2 * np.bincount(block, is_late, n) < np.bincount(block, minlength=n)
    rows = np.flatnonzero(~paths.is_first & (block_of[paths.activity] >= 0))
    rows = rows[sits[block_of[paths.activity[rows]]]]
    late[rows] = paths.start[rows] - paths.end[rows - 1] > SITTING_MIN
    return late


def _repeating(activity: Codes, runs: Sequence[tuple[int, range]], is_concurrent: Flags) -> set[int]:
    """Return the blocks within whose branches activities come again.

    Where whole blocks come again, every round of most runs has concurrent activities; where only a branch
    goes round, most runs that were cut there would leave parts behind that have none.
    """
    rounds, whole = Counter[int](), Counter[int]()
    for number, run in runs:
        parts = _rounds(activity, run, is_concurrent)
        if len(parts) > 1:
            rounds[number] += 1
            whole[number] += all(
                is_concurrent[np.ix_(activity[part], activity[part])].any() for part in parts
            )
    return {number for number, n in rounds.items() if 2 * whole[number] < n}


def _rounds(activity: Codes, rows: range, is_concurrent: Flags) -> list[list[int]]:
    """Cut a run of rows where an activity comes again that is not concurrent with itself."""
    parts: list[list[int]] = [[]]
    seen: set[int] = set()
    for row in rows:
        each = int(activity[row])
        if each in seen and not is_concurrent[each, each]:
            parts.append([])
            seen = set()
        parts[-1].append(row)
        seen.add(each)
    return parts


def _connected(activity: Codes, rows: Sequence[int], is_concurrent: Flags) -> Iterator[list[int]]:
    """Yield stretches of rows in which every cut would part concurrent ones."""
    stretch: list[int] = []
    for place, row in enumerate(rows):
        stretch.append(row)
        rest = activity[list(rows[place + 1 :])]
        if not is_concurrent[np.ix_(activity[stretch], rest)].any():
            if len(stretch) > 1:
                yield stretch
            stretch = []


def _branches(
    paths: Paths, rows: Sequence[int], is_concurrent: Flags, affinity: Integers
) -> tuple[tuple[int, ...], ...]:
    """Return the branches of a block: each row goes on with what it follows best and does not overlap."""
    activity = paths.activity
    branches: list[list[int]] = []
    for row in rows:
        may = [
            branch
            for branch in branches
            if not is_concurrent[activity[branch[-1]], activity[row]]
            and paths.end[branch[-1]] <= paths.start[row]
        ]
        if may:
            max(may, key=lambda branch: int(affinity[activity[branch[-1]], activity[row]])).append(row)
        else:
            branches.append([row])
    return tuple(tuple(branch) for branch in branches)
