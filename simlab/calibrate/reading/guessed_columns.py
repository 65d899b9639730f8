"""What the columns of an unknown log say, by their names and by what their values look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.case_column import is_repeated, named_case, unnamed_case
from simlab.calibrate.reading.durations import unit_of
from simlab.calibrate.reading.mapping import DURATIONS
from simlab.calibrate.reading.raw_table import RawTable
from simlab.calibrate.reading.words import LIFECYCLE_WORDS, OTHER_WORDS, PART_WORDS, ROLE_WORDS

TIMES: Final = ("created", "responded", "resolved", "closed", "enabled", "start", "end")
"""What columns may say that are times."""
_AMOUNT: Final = re.compile(r"[-+]?\d{1,15}(?:[.,]\d{1,9})?")
_SOME: Final = 400
_NUMERIC: Final = 0.95
"""Share of the values of an amount that must be numbers."""
_STEADY: Final = 1.05
"""Values of an attribute that a case may have, in the mean."""
_OWN: Final = 0.5
"""Distinct whole numbers for each case, from which on they are numbers of something, not amounts."""
_OWNER: Final = re.compile(r"\(?(case|event)\)?[ _](\w+:\w+)", re.IGNORECASE)
_MOST_ACTIVITIES: Final = 2000
_FEW: Final = 0.3
"""Distinct values for each row, up to which a column may name activities or statuses."""
_FIRST_SIGN: Final = 0x2E80
"""From here on a letter is a whole word, and words are written without spaces."""
_VARYING: Final = 1.2
"""Different values for each case, from which on a column says something about its rows."""
_NAMES: Final = ("activity", "status")


def folded(name: str) -> str:
    """Return a column name in small letters, words joined by ``_``."""
    return re.sub(r"[\s\-./()]+", "_", name.strip().lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a row is, and which column says what."""

    log: str
    """events, changes or tickets."""
    columns: Mapping[str, str]
    doubtful: Mapping[str, list[str]] = field(default_factory=dict)
    """What is not clear, with the columns that may say it."""


def guessed_columns(table: RawTable, time_like: frozenset[str]) -> Guess:
    """Return what a row is, and which column says what.

    Usual names go first; then names of which a part is usual, where the values fit; then the only column
    left whose values do.
    """
    by_folded = _folded_names(table)
    doubtful: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    no_times = [name for name in table.columns if name not in time_like]
    _add_case(columns, doubtful, named_case(table, by_folded, no_times))
    _add_by_names(by_folded, time_like, columns)
    _add_lifecycle(table, columns)
    if not _tells_lifecycle(table, columns.get("lifecycle", "")):
        del columns["lifecycle"]
    if _is_of_changes(table, columns):
        columns["status"], columns["detail"] = columns.pop("activity"), columns.pop("lifecycle")
    _add_by_parts(table, time_like, columns)
    if "case" not in columns and not doubtful:
        free = [name for name in no_times if name not in columns.values()]
        _add_case(columns, doubtful, unnamed_case(table, by_folded, free))
    several = is_repeated(table, columns.get("case")) or bool(doubtful)
    if several and "case" in columns:
        if "end" not in columns and "start" not in columns:
            _add_time_of_events(table, time_like, columns)
        if "activity" not in columns and "status" not in columns:
            _add_activity(table, time_like, columns, doubtful)
    _keep_one_unit(columns)
    has_time = "end" in columns or "start" in columns
    if "activity" in columns and has_time and several:
        return Guess("events", _fitting("events", columns), doubtful)
    if "status" in columns and has_time and several:
        columns.setdefault("end", columns.get("start", ""))
        return Guess("changes", _fitting("changes", columns), doubtful)
    log = "events" if several or ("activity" in columns and has_time) else "tickets"
    return Guess(log, _fitting(log, columns), doubtful)


def _add_case(columns: dict[str, str], doubtful: dict[str, list[str]], found: str | list[str]) -> None:
    if isinstance(found, str):
        columns["case"] = found
    elif found:
        doubtful["case"] = found


def _keep_one_unit(columns: dict[str, str]) -> None:
    """Leave out the first response if it is told in another unit: a mapping has one."""
    there = [role for role in DURATIONS if role in columns]
    for role in there[1:]:
        if unit_of(columns[role]) != unit_of(columns[there[0]]):
            del columns[role]


def _folded_names(table: RawTable) -> dict[str, str]:
    by_folded: dict[str, str] = {}
    for name in table.columns:
        by_folded.setdefault(folded(name), name)
    for name in table.columns:
        of_owner = _OWNER.fullmatch(name)
        if of_owner is not None:  # as in "case concept:name" and "event concept:name"
            mark = "case:" if of_owner[1].lower() == "case" else ""
            by_folded.setdefault(folded(mark + of_owner[2]), name)
        by_folded.setdefault(folded(name.removeprefix("case:")), name)
    return by_folded


def _add_by_names(by_folded: Mapping[str, str], time_like: frozenset[str], columns: dict[str, str]) -> None:
    """Add columns that have a usual name."""
    for role, words in ROLE_WORDS.items():
        for word in words:
            found = by_folded.get(word)
            if found is None or found in columns.values():
                continue
            if (found in time_like) == (role in TIMES):
                columns[role] = found
                break


def _add_by_parts(table: RawTable, time_like: frozenset[str], columns: dict[str, str]) -> None:
    """Add columns of which a part of the name is usual; of several the one whose word is the likelier."""
    for role, words in PART_WORDS.items():
        if role in columns or role == "case":
            continue
        found: list[tuple[int, int, str]] = []
        for place, name in enumerate(table.columns):
            if name in columns.values() or (name in time_like) != (role in TIMES):
                continue
            parts = re.findall(r"[^\W\d_]+", folded(name))
            ranks = [rank for rank, word in enumerate(words) if _is_told(word, parts)]
            if ranks and not set(parts) & set(OTHER_WORDS.get(role, ())) and _fits(table, name, role):
                found.append((ranks[0], place, name))
        if found:
            columns[role] = min(found)[2]


def _is_told(word: str, parts: list[str]) -> bool:
    """Whether a word is one of the parts of a name, or (of longer words, or such of signs) within one."""
    is_long = len(word) >= 6 or ord(word[0]) >= _FIRST_SIGN
    return word in parts or (is_long and any(word in part for part in parts))


def _fits(table: RawTable, name: str, role: str) -> bool:
    """Whether the values of a column may be what its name promises."""
    column = table.columns[name]
    if not isinstance(column, Labels):
        return role in TIMES
    n_rows = max(len(table), 1)
    if role in _NAMES:
        is_text = sum(not text.replace(".", "").isdigit() for text in column.names) > len(column.names) / 2
        return is_text and 1 < len(column.names) <= min(_MOST_ACTIVITIES, max(_FEW * n_rows, 3))
    return column.is_known


def _add_time_of_events(table: RawTable, time_like: frozenset[str], columns: dict[str, str]) -> None:
    """Add the one time that differs from row to row of a case, where there is one."""
    varying = [name for name in time_like - set(columns.values()) if _varies(table, columns["case"], name)]
    if len(varying) == 1:
        columns["end"] = varying[0]


def _add_activity(
    table: RawTable, time_like: frozenset[str], columns: dict[str, str], doubtful: dict[str, list[str]]
) -> None:
    """Add the one column of few values that differ from row to row of a case, where there is one.

    Of several, one named as an activity is taken, also if it holds its number.
    """
    free = [name for name in table.columns if name not in time_like and name not in columns.values()]
    found = [name for name in free if _is_of_few(table, name) and _varies(table, columns["case"], name)]
    named = [
        name
        for name in found
        if any(_is_told(word, re.findall(r"[^\W\d_]+", folded(name))) for word in PART_WORDS["activity"])
    ]
    if len(named) == 1 or len(found) == 1:
        columns["activity"] = (named or found)[0]
    elif found:
        doubtful["activity"] = named or found


def _is_of_few(table: RawTable, name: str) -> bool:
    column = table.columns[name]
    most = min(_MOST_ACTIVITIES, max(_FEW * len(table), 3))
    return isinstance(column, Labels) and 1 < len(column.names) <= most


def _varies(table: RawTable, case: str, name: str) -> bool:
    """Whether a column says different things in the rows of a case."""
    cases, column = table.columns[case], table.columns[name]
    assert isinstance(cases, Labels)
    values = column.codes if isinstance(column, Labels) else np.unique(column, return_inverse=True)[1]
    pairs = np.unique(cases.codes.astype(np.int64) * (int(values.max(initial=0)) + 2) + values)
    return len(pairs) > _VARYING * len(cases.names)


def is_amount(table: RawTable, case: str, name: str) -> bool:
    """Whether a column is a number that says something about a case: an amount, and no other number of it.

    Numbers of customers and the like are whole, and nearly each case has its own.
    """
    cases, column = table.columns[case], table.columns[name]
    if not isinstance(cases, Labels) or not isinstance(column, Labels) or len(column.names) < 2:
        return False
    some = column.names[:: max(len(column.names) // _SOME, 1)]
    numbers = [text for text in some if _AMOUNT.fullmatch(text)]
    if len(numbers) < _NUMERIC * len(some):
        return False
    n_cases = len(np.unique(cases.codes[column.codes >= 0]))
    is_whole = not any("." in text or "," in text for text in numbers)
    is_own = is_whole and len(column.names) > _OWN * n_cases
    return is_steady(table, case, name) and not is_own


def is_steady(table: RawTable, case: str, name: str) -> bool:
    """Whether a column says the same in all rows of a case, as far as they say something."""
    cases, column = table.columns.get(case), table.columns[name]
    if not isinstance(cases, Labels) or not isinstance(column, Labels):
        return True
    known = column.codes >= 0
    of_case = cases.codes[known].astype(np.int64)
    pairs = np.unique(of_case * (len(column.names) + 1) + column.codes[known])
    return len(pairs) <= _STEADY * len(np.unique(of_case))


def _fitting(log: str, columns: dict[str, str]) -> dict[str, str]:
    unused = {
        "events": ("status", "detail", *DURATIONS),
        "changes": ("activity", "start", "lifecycle", "enabled", *DURATIONS),
        "tickets": ("activity", "start", "end", "lifecycle", "enabled", "detail"),
    }[log]
    return {role: name for role, name in columns.items() if role not in unused}


def _add_lifecycle(table: RawTable, columns: dict[str, str]) -> None:
    """Add the one column, whatever its name, that has nothing but words of a lifecycle."""
    if "lifecycle" in columns:
        return
    for name, column in table.columns.items():
        if isinstance(column, Labels) and len(column.names) > 1 and name not in columns.values():
            words = {text.lower() for text in column.names}
            if words <= LIFECYCLE_WORDS and "complete" in words:
                columns["lifecycle"] = name


def _tells_lifecycle(table: RawTable, name: str) -> bool:
    """Whether a column of types of events has words of a lifecycle; one that is named so has in any case."""
    column = table.columns.get(name)
    if folded(name) != "event_type" or not isinstance(column, Labels):
        return True
    return bool({text.lower() for text in column.names} & LIFECYCLE_WORDS)


def _is_of_changes(table: RawTable, columns: Mapping[str, str]) -> bool:
    """Whether "activities" are statuses: their lifecycle has words of its own, as in the log of VINST."""
    lifecycle = table.columns.get(columns.get("lifecycle", ""))
    if not isinstance(lifecycle, Labels) or "activity" not in columns or "end" not in columns:
        return False
    words = {name.lower() for name in lifecycle.names}
    return bool(words) and not words & LIFECYCLE_WORDS
