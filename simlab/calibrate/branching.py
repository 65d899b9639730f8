"""Parallel branches: events of a case that go on at the same time, as branches of one block.

Where activities are concurrent (see `concurrency`), the run of them in a case becomes one event of the case,
the *block*, and branches, each a small case of its own: it begins when the block does, and what follows in
it is a chain of activities that do not overlap. So everything that is fitted to cases is fitted to branches
too. Which branches a block has, its *variant*, is a decision: the one that begins, and those that begin
meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.concurrency import Flags, blocks_of, concurrent, follows_directly
from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import Paths

FEWEST: Final = 5
"""Blocks with the same branches below which their events are left one after another."""
MOST_BRANCHES: Final = 12
LEAST_SHARE: Final = 0.02
"""Share of the events in blocks below which all are left one after another."""
FORKS: Final = 3
"""Activities that stand for a block itself: the whole, and the begin of its first and its other branches."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Branches of a block, by the activities with which they begin."""

    block: int
    """Activity that stands for the whole block."""
    first: int
    others: tuple[int, ...]
    """In ascending order; several times where several branches begin with the same."""


@dataclass(frozen=True, slots=True)
class Branching:
    """Cases whose concurrent events are branches."""

    paths: Paths
    """Cases first, then branches as cases; the first event of a branch is that its block begins."""
    n_cases: int
    parent: Integers
    """By case of the paths: the case that it is, or is a branch of."""
    original: Integers
    """By activity: the one of the log that it is, -1 for those that stand for a block itself."""
    block: Integers
    """By event: which block a whole one, or the first event of a branch, belongs to; -1 for others."""
    variant: Integers
    """By event: number of the variant of a whole block, -1 for others."""
    variants: tuple[Variant, ...]

    def __bool__(self) -> bool:
        return bool(self.variants)

    @property
    def is_whole(self) -> NDArray[np.bool_]:
        """By activity, whether it stands for a whole block."""
        marks = np.zeros(len(self.original), bool)
        marks[[variant.block for variant in self.variants]] = True
        return marks

    @property
    def is_fork(self) -> NDArray[np.bool_]:
        """By activity, whether it stands for the begin of branches."""
        return (self.original < 0) & ~self.is_whole

    @property
    def is_inside(self) -> NDArray[np.bool_]:
        """By activity, whether it is done within branches."""
        number = np.arange(len(self.original))
        marks: NDArray[np.bool_] = (self.original >= 0) & (self.original != number)
        return marks

    def members(self, variant: int) -> tuple[int, ...]:
        """Return the activities with which the branches of a variant begin."""
        return (self.variants[variant].first, *self.variants[variant].others)

    def since(self, first: int) -> Branching:
        """Return the cases from one on, with their branches."""
        cases = np.flatnonzero(self.parent >= first)
        rows = np.isin(self.paths.case, cases)
        return replace(
            self,
            paths=self.paths.take(cases),
            n_cases=self.n_cases - first,
            parent=self.parent[cases] - first,
            block=self.block[rows],
            variant=self.variant[rows],
        )


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of one block."""

    number: int
    branches: tuple[tuple[int, ...], ...]
    """Rows of each branch, in order of their first."""

    @property
    def rows(self) -> list[int]:
        return [row for branch in self.branches for row in branch]


def unbranched(paths: Paths) -> Branching:
    """Return cases as they are."""
    none = np.full(paths.n_events, -1, np.int64)
    return Branching(
        paths, len(paths), np.arange(len(paths)), np.arange(len(paths.activities)), none, none, ()
    )


def branched(paths: Paths) -> Branching:
    """Return cases with their concurrent events as branches; as they are where there are none."""
    is_concurrent = concurrent(paths)
    if not is_concurrent.any():
        return unbranched(paths)
    found = list(_blocks(paths, is_concurrent))
    keys = [_key(paths.activity, each) for each in found]
    n = Counter(keys)
    kept = [(each, key) for each, key in zip(found, keys, strict=True) if n[key] >= FEWEST]
    if sum(len(each.rows) for each, _ in kept) < LEAST_SHARE * paths.n_events:
        return unbranched(paths)
    return _assembled(paths, [each for each, _ in kept], [key for _, key in kept])


def _key(activity: Codes, block: _Block) -> tuple[int, int, tuple[int, ...]]:
    first, *others = (int(activity[branch[0]]) for branch in block.branches)
    return block.number, first, tuple(sorted(others))


def _blocks(paths: Paths, is_concurrent: Flags) -> Iterator[_Block]:
    """Yield the blocks of all cases; what a case begins with is in none, nor what an open one ends with."""
    affinity = follows_directly(paths)
    runs = list(_runs(paths, is_concurrent))
    repeats = _repeating(paths.activity, runs, is_concurrent)
    for number, run in runs:
        parts = [list(run)] if number in repeats else _rounds(paths.activity, run, is_concurrent)
        for part in parts:
            for rows in _connected(paths.activity, part, is_concurrent):
                branches = _branches(paths, rows, is_concurrent, affinity)
                if 2 <= len(branches) <= MOST_BRANCHES:
                    yield _Block(number, branches)


def _runs(paths: Paths, is_concurrent: Flags) -> Iterator[tuple[int, range]]:
    """Yield the rows of each case that follow each other and may be in the same block, and its number."""
    of_row = blocks_of(is_concurrent)[paths.activity]
    of_row[paths.is_first] = -1
    firsts = np.flatnonzero((np.diff(of_row, prepend=-2) != 0) | paths.is_first)
    ends = np.append(firsts[1:], len(of_row))
    goes_on = np.zeros(len(of_row), bool)
    goes_on[paths.first[1:] - 1] = paths.is_open
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        if of_row[first] >= 0 and end - first >= 2 and not goes_on[end - 1]:
            yield int(of_row[first]), range(first, end)


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
            whole[number] += all(is_concurrent[np.ix_(activity[part], activity[part])].any() for part in parts)
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


def _assembled(
    paths: Paths, blocks: Sequence[_Block], keys: Sequence[tuple[int, int, tuple[int, ...]]]
) -> Branching:
    """Return cases in which blocks are one event each, with their branches behind them."""
    if not blocks:
        return unbranched(paths)
    n_activities, numbers = len(paths.activities), sorted({each.number for each in blocks})
    whole = {number: n_activities + FORKS * place for place, number in enumerate(numbers)}
    inside_of = sorted({(each.number, int(paths.activity[row])) for each in blocks for row in each.rows})
    n_before = n_activities + FORKS * len(numbers)
    inside = {pair: n_before + place for place, pair in enumerate(inside_of)}
    variants = {
        key: Variant(whole[key[0]], inside[key[0], key[1]], tuple(inside[key[0], other] for other in key[2]))
        for key in sorted(set(keys))
    }
    variant_of = {key: place for place, key in enumerate(variants)}
    rows = _Rows(paths)
    rows.keep([row for block in blocks for row in block.rows])
    for number, (block, key) in enumerate(zip(blocks, keys, strict=True)):
        rows.add_block(number, block, whole[block.number], variant_of[key])
    for number, block in enumerate(blocks):
        for place, branch in enumerate(block.branches):
            codes = [inside[block.number, int(paths.activity[row])] for row in branch]
            rows.add_branch(number, block, branch, whole[block.number] + 1 + (place > 0), codes)
    names = [*paths.activities]
    for number in numbers:
        members = [paths.activities[each] for of_block, each in inside_of if of_block == number]
        names += [f"{start} {' and '.join(members)}" for start in ("at once:", "first of", "meanwhile of")]
    names += [f"{paths.activities[each]}, in parallel" for _, each in inside_of]
    original = np.concatenate(
        [np.arange(n_activities), np.full(FORKS * len(numbers), -1), [each for _, each in inside_of]]
    ).astype(np.int64)
    return rows.branching(tuple(names), original, tuple(variants.values()))


class _Rows:
    """Events under construction: where each comes from, and what is different."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.parents = list(range(len(paths)))
        self.source: list[int] = []
        self.columns: dict[str, list[Any]] = {
            name: [] for name in ("case", "place", "activity", "start", "end", "team", "block", "variant")
        }

    def keep(self, left_out: Sequence[int]) -> None:
        """Take all rows but those of blocks."""
        kept = np.ones(self.paths.n_events, bool)
        kept[list(left_out)] = False
        rows = np.flatnonzero(kept)
        self.source += rows.tolist()
        for name, column in (
            ("case", self.paths.case[rows]),
            ("place", rows),
            ("activity", self.paths.activity[rows]),
            ("start", self.paths.start[rows]),
            ("end", self.paths.end[rows]),
            ("team", self.paths.team[rows]),
            ("block", np.full(len(rows), -1)),
            ("variant", np.full(len(rows), -1)),
        ):
            self.columns[name] += column.tolist()

    def _add(self, source: int, **columns: float) -> None:
        self.source.append(source)
        for name, value in columns.items():
            self.columns[name].append(value)

    def add_block(self, number: int, block: _Block, activity: int, variant: int) -> None:
        """Add a whole block, which leaves the case to the team that came last."""
        paths, rows = self.paths, sorted(block.rows)
        told = [row for row in rows if paths.team[row] >= 0]
        self._add(
            rows[0],
            case=int(paths.case[rows[0]]),
            place=rows[0],
            activity=activity,
            start=float(paths.start[rows[0]]),
            end=float(paths.end[rows].max()),
            team=int(paths.team[told[-1]]) if told else -1,
            block=number,
            variant=variant,
        )

    def add_branch(
        self, number: int, block: _Block, rows: Sequence[int], fork: int, codes: Sequence[int]
    ) -> None:
        """Add a branch as a case that begins with the block."""
        paths, case = self.paths, len(self.parents)
        self.parents.append(int(paths.case[rows[0]]))
        since = float(paths.start[block.branches[0][0]])
        self._add(
            rows[0],
            case=case,
            place=-1,
            activity=fork,
            start=since,
            end=since,
            team=-1,
            block=number,
            variant=-1,
        )
        for row, code in zip(rows, codes, strict=True):
            start, end, team = float(paths.start[row]), float(paths.end[row]), int(paths.team[row])
            self._add(
                row,
                case=case,
                place=row,
                activity=code,
                start=start,
                end=end,
                team=team,
                block=-1,
                variant=-1,
            )

    def branching(
        self, activities: tuple[str, ...], original: Integers, variants: tuple[Variant, ...]
    ) -> Branching:
        """Put it all together."""
        columns = {name: np.array(column) for name, column in self.columns.items()}
        order = np.lexsort((columns["place"], columns["case"]))
        source, parent = np.array(self.source)[order], np.array(self.parents)
        case = columns["case"][order].astype(np.int32)
        lengths = np.bincount(case, minlength=len(parent))
        is_told = columns["block"][order] < 0
        paths, is_branch = self.paths, np.arange(len(parent)) >= len(self.paths)
        enabled: Floats | None = None
        if paths.enabled is not None:
            enabled = np.where(is_told, paths.enabled[source], np.nan)
        return Branching(
            replace(
                paths,
                case=case,
                activity=columns["activity"][order].astype(np.int32),
                start=columns["start"][order].astype(np.float64),
                end=columns["end"][order].astype(np.float64),
                team=columns["team"][order].astype(np.int32),
                person=np.where(is_told, paths.person[source], -1).astype(np.int32),
                first=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
                created=paths.created[parent],
                case_class=paths.case_class[parent],
                priority=paths.priority[parent],
                attributes=tuple(each.take(parent) for each in paths.attributes),
                activities=activities,
                is_open=paths.is_open[parent] & ~is_branch,
                enabled=enabled,
            ),
            len(paths),
            parent,
            original,
            columns["block"][order].astype(np.int64),
            columns["variant"][order].astype(np.int64),
            variants,
        )
