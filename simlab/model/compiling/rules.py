"""Compiling ordered rules with conditions and shares into a :class:`~simlab.model.tables.RuleTable`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np

from simlab.model.codes import FaultState, Field
from simlab.model.compiling.context import Context, Path
from simlab.model.tables import RuleTable
from simlab.scenario.schema.routing import Condition, VaryingShare
from simlab.scenario.schema.values import NumberRange, names_in

SUM_TOLERANCE = 1e-9
"""Shares that add up to 1 within this are taken to add up to 1."""

_SETS = {
    "stream": (Field.STREAM, "stream"),
    "kind": (Field.KIND, "kind"),
    "class_": (Field.CLASS, "class"),
    "priority": (Field.PRIORITY, "priority"),
    "channel": (Field.CHANNEL, "channel"),
    "came_from": (Field.CAME_FROM, "step"),
    "team": (Field.TEAM, "team"),
}
_RANGES = {
    "difficulty": Field.DIFFICULTY,
    "hops": Field.HOPS,
    "reopens": Field.REOPENS,
    "visits": Field.VISITS,
}


@dataclass(frozen=True, slots=True)
class Test:
    """One test on a fact; ``members`` for a set, otherwise the range from ``low`` to ``high``."""

    field: Field
    low: float = -np.inf
    high: float = np.inf
    argument: int = -1
    members: tuple[int, ...] = ()
    is_negated: bool = False

    def negated(self) -> Test:
        """Return the opposite test."""
        return replace(self, is_negated=not self.is_negated)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: its target, the tests that must all hold, and its share (1 takes whatever is left)."""

    target: int
    tests: tuple[Test, ...] = ()
    share: float = 1.0
    by_hops: tuple[float, ...] = ()
    harder: float = 1.0


def tests_of(context: Context, condition: Condition | None, path: Path) -> tuple[Test, ...]:
    """Tests that hold exactly where the condition does."""
    if condition is None:
        return ()
    tests = []
    for key, (fact, sort) in _SETS.items():
        names = getattr(condition, key)
        if names is not None:
            where = (*path, key.rstrip("_"))
            members = tuple(sorted({context.code(sort, name, where) for name in names_in(names)}))
            tests.append(Test(fact, members=members))
    for key, fact in _RANGES.items():
        limits: NumberRange | None = getattr(condition, key)
        if limits is not None:
            tests.append(Test(fact, limits.low, limits.high))
    for key in ("open", "closed"):
        name = getattr(condition, key)
        if name is not None:
            calendar = context.code("calendar", name, (*path, key))
            tests.append(Test(Field.CALENDAR, 1.0, 1.0, argument=calendar, is_negated=key == "closed"))
    if condition.queue is not None:
        team = context.code("team", condition.queue.team, (*path, "queue", "team"))
        length = condition.queue.length
        tests.append(Test(Field.QUEUE, length.low, length.high, argument=team))
    if condition.score is not None:
        tests.append(Test(Field.SCORE, condition.score.low, condition.score.high))
        if path[0] != "feedback":
            remedy = "write this under feedback"
            context.problem((*path, "score"), "a ticket has a score only when it is closed", remedy=remedy)
    if condition.control is not None:
        rule = context.code("control rule", condition.control, (*path, "control"))
        position = len(context.codes["team"]) + rule  # behind the lengths of all queues
        tests.append(Test(Field.CONTROL, 1.0, 1.0, argument=position))
    if condition.fault is not None:
        known = {FaultState[name.upper()] for name in names_in(condition.fault)}
        tests.append(Test(Field.FAULT, members=tuple(sorted(known))))
        context.needed("faults", (*path, "fault"))
    return tuple(tests)


def rows_of(row: Row, unless: Sequence[Test]) -> tuple[Row, ...]:
    """Split a rule with an exception into rows of which at most one holds: each fails a first test of it."""
    if not unless:
        return (row,)
    return tuple(
        replace(row, tests=(*row.tests, *unless[:i], unless[i].negated())) for i in range(len(unless))
    )


def share_of(row: Row, share: float | VaryingShare | None) -> Row:
    """Give a row the share that was written for it."""
    if share is None:
        return row
    if isinstance(share, VaryingShare):
        return replace(row, share=0.0, by_hops=share.by_hops)
    return replace(row, share=share)


@dataclass
class RuleBuilder:
    """Collects blocks of rows."""

    blocks: list[tuple[Row, ...]] = field(default_factory=list)

    def block(self, rows: Iterable[Row]) -> int:
        """Add a block; its number."""
        self.blocks.append(_last_takes_the_rest(tuple(rows)))
        return len(self.blocks) - 1

    def freeze(self) -> RuleTable:
        """Return the blocks as arrays."""
        rows = [row for block in self.blocks for row in block]
        tests = [test for row in rows for test in row.tests]
        members = [member for test in tests for member in test.members]
        first_member = _offsets(len(test.members) for test in tests)
        return RuleTable(
            first_row=_codes(_offsets(len(block) for block in self.blocks)),
            needs_draw=np.array([any(_is_share(row) for row in block) for block in self.blocks], np.bool_),
            target=_codes([row.target for row in rows]),
            share=np.array([row.share for row in rows], np.float64),
            first_hazard=_codes(_offsets(len(row.by_hops) for row in rows)),
            hazard=np.array([share for row in rows for share in row.by_hops], np.float64),
            odds_by_difficulty=np.array([row.harder for row in rows], np.float64),
            first_test=_codes(_offsets(len(row.tests) for row in rows)),
            test_field=_codes([test.field for test in tests]),
            test_low=np.array([test.low for test in tests], np.float64),
            test_high=np.array([test.high for test in tests], np.float64),
            test_argument=_codes(
                [
                    first if test.members else test.argument
                    for test, first in zip(tests, first_member, strict=False)
                ]
            ),
            test_size=_codes([len(test.members) for test in tests]),
            test_negated=np.array([test.is_negated for test in tests], np.bool_),
            set_member=np.array(members, np.float64),
        )


def _is_share(row: Row) -> bool:
    return bool(row.by_hops) or row.share < 1.0


def _last_takes_the_rest(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Let the row at which unconditional shares reach 1 take whatever is left, whatever the rounding."""
    total = 0.0
    for i, row in enumerate(rows):
        if row.tests or row.by_hops or row.harder != 1.0:
            continue
        total += row.share
        if abs(total - 1.0) <= SUM_TOLERANCE:
            return (*rows[:i], replace(row, share=1.0), *rows[i + 1 :])
    return rows


def _offsets(lengths: Iterable[int]) -> list[int]:
    return [0, *accumulate(lengths)]


def _codes(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)
