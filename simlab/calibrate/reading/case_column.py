"""Which column is the number of the case: by its name, and by whether its values are like those of cases.

Cases are many, come in several rows that lie together, and their numbers have digits in them. A column may
be called a complaint and hold the kinds of complaints: its values are few, and all over the log. What is left
in doubt is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Integers, Labels
from simlab.calibrate.reading.raw_table import RawTable
from simlab.calibrate.reading.words import GENERIC_CASES, NOT_A_CASE, PART_WORDS, SURE_CASES

FEWEST_ROWS: Final = 50
"""Rows of a table below which its values say nothing about what a column is."""
REPEATED: Final = 0.9
"""Distinct values for each row, below which a number of a case comes in several rows."""
_MOST_ROWS: Final = 500.0
"""Rows for each value, beyond which they are no cases."""
_MANY: Final = 0.02
"""Distinct values for each row, from which on cases may have names without digits."""
_TOGETHER: Final = 0.7
"""How far apart the rows of a value may lie in a column named as a case; rows in random order are 1."""
_LATE: Final = 2.0
"""By so much later than those of rows in random order the values of cases turn up for the first time."""
_CLOSE: Final = 0.4
"""The same for a column whose name says nothing."""


def named_case(table: RawTable, by_folded: Mapping[str, str], free: Sequence[str]) -> str | list[str]:
    """Return the column that is named as a case and has such values, or those between which it is not clear.

    Parameters
    ----------
    by_folded
        Names of columns by their folded names.
    free
        Columns that may be the case, in the order of the file: those that are no times.
    """
    for word in SURE_CASES:
        column = by_folded.get(word)
        if column is not None and column in free and isinstance(table.columns[column], Labels):
            return column
    ranked = [
        (rank, name)
        for name in free
        if (rank := _rank(name)) is not None and (is_like(table, name) or _keeps_coming(table, name))
    ]
    if any(is_repeated(table, name) for _, name in ranked):
        ranked = [(rank, name) for rank, name in ranked if not _counts_rows(table, name)]
    if not ranked:
        return []
    best = min(ranked)[0]
    return _one_of(table, [name for rank, name in ranked if rank == best])


def unnamed_case(table: RawTable, by_folded: Mapping[str, str], free: Sequence[str]) -> str | list[str]:
    """Return the column that is a case by its values alone, or those between which it is not clear.

    Columns of people, teams and the like should not be among the free ones.
    """
    like = [name for name in free if is_like(table, name, _CLOSE) and _is_number(table, name)]
    repeated = [name for name in like if is_repeated(table, name)]
    generic = [by_folded[word] for word in GENERIC_CASES if by_folded.get(word) in free]
    for name in generic:
        if name in repeated or (not repeated and _has_values(table, name)):
            return name
    return _one_of(table, repeated) if len(table) >= FEWEST_ROWS else []


def is_repeated(table: RawTable, name: str | None) -> bool:
    """Whether several rows have the same value."""
    column = table.columns.get(name or "")
    return isinstance(column, Labels) and len(column.names) < REPEATED * max(len(table), 1)


def is_like(table: RawTable, name: str, spread: float = _TOGETHER) -> bool:
    """Whether the values of a column may be cases."""
    column = table.columns[name]
    if not isinstance(column, Labels) or not _has_values(table, name):
        return False
    n_rows = int((column.codes >= 0).sum())
    if n_rows < FEWEST_ROWS:
        return True
    n_values = len(column.names)
    with_digits = sum(any(sign.isdigit() for sign in text) for text in column.names)
    if n_values * _MOST_ROWS < n_rows or (n_values < _MANY * n_rows and with_digits < 0.5 * n_values):
        return False
    return _spread(column) <= spread


def _keeps_coming(table: RawTable, name: str) -> bool:
    """Whether new values turn up all through the log, as cases do that take longer than the log itself.

    Of a column of kinds all values turn up soon: of m rows in random order half have their first one before
    the share 1 - 0.5 ** (1 / m) of the log.
    """
    column = table.columns[name]
    if not isinstance(column, Labels) or not _is_number(table, name) or not is_repeated(table, name):
        return False
    counts = column.counts()
    known = counts > 0
    first, _ = _first_and_last(column)
    usual = np.median(1.0 - 0.5 ** (1.0 / counts[known]))
    return bool(np.median(first[known] / len(column)) >= _LATE * usual)


def described(table: RawTable, name: str) -> str:
    """Return what the values of a column are like, for somebody who must choose one."""
    column = table.columns[name]
    if not isinstance(column, Labels) or not column.names:
        return "no values"
    rows = float((column.codes >= 0).sum()) / len(column.names)
    return f"{len(column.names):,} values such as {column.names[0]}, {rows:.1f} rows each"


def _has_values(table: RawTable, name: str) -> bool:
    column = table.columns[name]
    return isinstance(column, Labels) and len(column.names) >= min(2, len(table))


def _rank(name: str) -> int | None:
    """Return the place of the word in a column's name that tells a case; None where there is none."""
    parts = re.findall(r"[^\W\d_]+", name.replace("_", " ").lower())
    if set(parts) & set(NOT_A_CASE):
        return None
    ranks = [rank for rank, word in enumerate(PART_WORDS["case"]) if _is_told(word, parts)]
    return ranks[0] if ranks else None


def _is_told(word: str, parts: list[str]) -> bool:
    """Whether a word is one of the parts of a name or begins one; of signs, whether it is within one."""
    if not word[0].isascii():
        return any(word in part for part in parts)
    return word in parts or (len(word) >= 4 and any(part.startswith(word) for part in parts))


def _is_number(table: RawTable, name: str) -> bool:
    """Whether most values have digits and are no fractions."""
    column = table.columns[name]
    if not isinstance(column, Labels):
        return False
    some = column.names[:: max(len(column.names) // 400, 1)]
    return sum(re.search(r"\d", text) is not None and "." not in text for text in some) > 0.8 * len(some)


def _counts_rows(table: RawTable, name: str) -> bool:
    """Whether a column has the numbers of the rows."""
    column = table.columns[name]
    if not isinstance(column, Labels) or len(column.names) < len(table):
        return False
    numbers = [int(text) if text.isdecimal() and len(text) < 16 else -1 for text in column.texts()]
    steps = np.diff(numbers)
    return bool(steps.size and steps[0] > 0 and (steps == steps[0]).all())


def _one_of(table: RawTable, names: Sequence[str]) -> str | list[str]:
    """Return the only column, or the first of those that part the rows in the same way."""
    if not names:
        return []
    first = table.columns[names[0]]
    assert isinstance(first, Labels)
    for name in names[1:]:
        other = table.columns[name]
        assert isinstance(other, Labels)
        pairs = np.unique(first.codes.astype(np.int64) * (len(other.names) + 1) + other.codes)
        if not len(pairs) == len(first.names) == len(other.names):
            return list(names)
    return names[0]


def _spread(column: Labels) -> float:
    """Return how far apart the rows of a value lie, where 1 is what rows in random order would.

    Rows that follow each other in time, or case by case, lie together; 0 where no value is repeated.
    """
    counts = column.counts()
    first, last = _first_and_last(column)
    is_repeated = counts >= 2
    if not is_repeated.any():
        return 0.0
    m = counts[is_repeated]
    expected = len(column) * (m - 1.0) / (m + 1.0)
    return float(np.median((last - first)[is_repeated] / expected))


def _first_and_last(column: Labels) -> tuple[Integers, Integers]:
    """Return the first and the last row of each value."""
    rows = np.flatnonzero(column.codes >= 0)
    first = np.full(len(column.names), len(column), np.int64)
    last = np.zeros(len(column.names), np.int64)
    np.minimum.at(first, column.codes[rows], rows)
    np.maximum.at(last, column.codes[rows], rows)
    return first, last
