"""Parallel branches: events of a case that go on at the same time, as branches of one block.

Where activities are concurrent (see `concurrency`), the run of them in a case becomes one event of the case,
the *block*, and branches, each a small case of its own: it begins when the block does, and what follows in
it is a chain of activities that do not overlap. So everything that is fitted to cases is fitted to branches
too. Which branches a block has, its *variant*, is a decision: the one that begins, and those that begin
meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.blocks import Block, find_blocks
from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import Paths

FEWEST: Final = 5
"""Blocks with the same branches below which their events are left one after another."""
LEAST_SHARE: Final = 0.02
"""Share of the events in blocks below which all are left one after another."""
FIRST, MEANWHILE, OWN = 1, 2, 3
"""Activities behind that of a whole block which stand for the begin of its branches: of the one that begins,
of those that wait from then on, and of those that wait each on its own."""
BEGINS: Final = ("at once:", "first of", "meanwhile of", "each of")
"""How the activities that stand for a whole block, and for the begin of its branches, are called."""
FORKS: Final = len(BEGINS)


@dataclass(frozen=True, slots=True)
class Variant:
    """Branches of a block, by the activities with which they begin."""

    block: int
    """Activity that stands for the whole block."""
    begins: tuple[tuple[int, int], ...]
    """Of each branch, the activity that stands for its begin, and the one with which it begins."""

    @property
    def members(self) -> tuple[int, ...]:
        """The activities with which the branches begin."""
        return tuple(member for _, member in self.begins)


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

    @property
    def has_races(self) -> bool:
        """Whether there are branches that wait on their own."""
        return any(fork - each.block == OWN for each in self.variants for fork, _ in each.begins)

    @property
    def is_timed_from_first(self) -> NDArray[np.bool_]:
        """By activity, whether it stands for the begin of branches that wait since the first one began."""
        marks = np.zeros(len(self.original), bool)
        marks[[fork for each in self.variants for fork, _ in each.begins if fork - each.block != OWN]] = True
        return marks

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


def unbranched(paths: Paths) -> Branching:
    """Return cases as they are."""
    none = np.full(paths.n_events, -1, np.int64)
    return Branching(
        paths, len(paths), np.arange(len(paths)), np.arange(len(paths.activities)), none, none, ()
    )


def branched(paths: Paths, *, races: bool = False) -> Branching:
    """Return cases with their concurrent events as branches; as they are where there are none.

    Parameters
    ----------
    races
        Blocks begin when the event before is over, and every branch waits on its own from then. Else, and
        where cases begin with them, or most of their branches do at the same instant, they begin with their
        first event.
    """
    blocks = list(find_blocks(paths))
    apart = _begun_apart(paths, blocks) if races else set()
    is_first = paths.is_first
    found = [
        (block, _key(paths, block, is_race=block.number in apart and not is_first[block.rows[0]]))
        for block in blocks
    ]
    n = Counter(key for _, key in found)
    kept = [(block, key) for block, key in found if n[key] >= FEWEST]
    if not kept or sum(len(block.rows) for block, _ in kept) < LEAST_SHARE * paths.n_events:
        return unbranched(paths)
    return _assembled(paths, kept)


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What blocks of the same variant have in common."""

    number: int
    is_race: bool
    members: tuple[int, ...]
    """Activities with which the branches begin: the first one, and the others in ascending order; all in
    ascending order if they wait on their own."""


def _begun_apart(paths: Paths, blocks: Sequence[Block]) -> set[int]:
    """Return the numbers of blocks of which the branches mostly begin at different instants.

    Where they begin at once, a wait of nothing more or less would tell which is the first.
    """
    n, at_once = Counter[int](), Counter[int]()
    for block in blocks:
        one, other = (paths.start[branch[0]] for branch in block.branches[:2])
        n[block.number] += 1
        at_once[block.number] += bool(one == other)
    return {number for number in n if 2 * at_once[number] < n[number]}


def _key(paths: Paths, block: Block, *, is_race: bool) -> _Key:
    first, *others = (int(paths.activity[branch[0]]) for branch in block.branches)
    if is_race:
        return _Key(block.number, True, tuple(sorted((first, *others))))
    return _Key(block.number, False, (first, *sorted(others)))


def _assembled(paths: Paths, blocks: Sequence[tuple[Block, _Key]]) -> Branching:
    """Return cases in which blocks are one event each, with their branches behind them."""
    n_activities, numbers = len(paths.activities), sorted({block.number for block, _ in blocks})
    whole = {number: n_activities + FORKS * place for place, number in enumerate(numbers)}
    inside_of = sorted(
        {(block.number, int(paths.activity[row])) for block, _ in blocks for row in block.rows}
    )
    n_before = n_activities + FORKS * len(numbers)
    inside = {pair: n_before + place for place, pair in enumerate(inside_of)}

    def fork(key: _Key, place: int) -> int:
        return whole[key.number] + (OWN if key.is_race else MEANWHILE if place else FIRST)

    variants = {
        key: Variant(
            whole[key.number],
            tuple((fork(key, place), inside[key.number, each]) for place, each in enumerate(key.members)),
        )
        for key in sorted({key for _, key in blocks})
    }
    variant_of = {key: place for place, key in enumerate(variants)}
    rows = _Rows(paths)
    rows.keep([row for block, _ in blocks for row in block.rows])
    since = _begin(paths, blocks)
    for number, (block, key) in enumerate(blocks):
        rows.add_block(number, block, since[number], whole[key.number], variant_of[key])
    for number, (block, key) in enumerate(blocks):
        for place, branch in enumerate(block.branches):
            codes = [inside[key.number, int(paths.activity[row])] for row in branch]
            rows.add_branch(number, branch, since[number], fork(key, place), codes)
    names = [*paths.activities]
    for number in numbers:
        members = [paths.activities[each] for of_block, each in inside_of if of_block == number]
        names += [f"{start} {' and '.join(members)}" for start in BEGINS]
    names += [f"{paths.activities[each]}, in parallel" for _, each in inside_of]
    original = np.concatenate(
        [np.arange(n_activities), np.full(FORKS * len(numbers), -1), [each for _, each in inside_of]]
    ).astype(np.int64)
    return rows.branching(tuple(names), original, tuple(variants.values()))


def _begin(paths: Paths, blocks: Sequence[tuple[Block, _Key]]) -> list[float]:
    """Return when each block begins: with its first event, or when what was before it is over."""
    over = paths.end.copy()
    for block, _ in blocks:
        over[block.rows] = paths.end[block.rows].max()
    first = [block.rows[0] for block, _ in blocks]
    return [
        float(min(over[row - 1], paths.start[row]) if key.is_race else paths.start[row])
        for row, (_, key) in zip(first, blocks, strict=True)
    ]


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

    def add_block(self, number: int, block: Block, since: float, activity: int, variant: int) -> None:
        """Add a whole block, which leaves the case to the team that came last."""
        paths, rows = self.paths, block.rows
        told = [row for row in rows if paths.team[row] >= 0]
        self._add(
            rows[0],
            case=int(paths.case[rows[0]]),
            place=rows[0],
            activity=activity,
            start=since,
            end=float(paths.end[rows].max()),
            team=int(paths.team[told[-1]]) if told else -1,
            block=number,
            variant=variant,
        )

    def add_branch(
        self, number: int, rows: Sequence[int], since: float, fork: int, codes: Sequence[int]
    ) -> None:
        """Add a branch as a case that begins with the block."""
        paths, case = self.paths, len(self.parents)
        self.parents.append(int(paths.case[rows[0]]))
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
