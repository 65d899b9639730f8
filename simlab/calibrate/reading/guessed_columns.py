"""What the columns of an unknown log say, by their names and by what their values look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.raw_table import RawTable
from simlab.calibrate.reading.words import LIFECYCLE_WORDS, OTHER_WORDS, PART_WORDS, ROLE_WORDS

TIMES: Final = ("created", "responded", "resolved", "closed", "enabled", "start", "end")
"""What columns may say that are times."""
_REPEATED: Final = 0.9
"""Distinct values for each row, below which a number of a ticket comes in several rows."""
_MOST_ACTIVITIES: Final = 2000
_FEW: Final = 0.3
"""Distinct values for each row, up to which a column may name activities or statuses."""
_NAMES: Final = ("activity", "status")


def folded(name: str) -> str:
    """Return a column name in small letters, words joined by ``_``."""
    return re.sub(r"[\s\-./()]+", "_", name.strip().lower()).strip("_")


def guessed_columns(table: RawTable, time_like: frozenset[str]) -> tuple[str, dict[str, str]]:
    """Return what a row is (events, changes, tickets), and which column says what.

    Usual names go first; then names of which a part is usual, where the values fit.
    """
    columns = _by_names(table, time_like)
    if _is_of_changes(table, columns):
        columns["status"], columns["detail"] = columns.pop("activity"), columns.pop("lifecycle")
    _add_by_parts(table, time_like, columns)
    is_repeated = _is_repeated(table, columns.get("case"))
    if is_repeated and "end" not in columns and "start" not in columns:
        _add_time_of_events(table, time_like, columns)
    has_time = "end" in columns or "start" in columns
    if "activity" in columns and has_time and is_repeated:
        return "events", _fitting("events", columns)
    if "status" in columns and has_time and is_repeated:
        columns.setdefault("end", columns.get("start", ""))
        return "changes", _fitting("changes", columns)
    log = "events" if is_repeated or ("activity" in columns and has_time) else "tickets"
    return log, _fitting(log, columns)


def _by_names(table: RawTable, time_like: frozenset[str]) -> dict[str, str]:
    by_folded: dict[str, str] = {}
    for name in table.columns:
        by_folded.setdefault(folded(name), name)
    for name in table.columns:
        by_folded.setdefault(folded(name.removeprefix("case:")), name)
    columns: dict[str, str] = {}
    for role, words in ROLE_WORDS.items():
        for word in words:
            found = by_folded.get(word)
            if found is None or found in columns.values():
                continue
            if (found in time_like) == (role in TIMES):
                columns[role] = found
                break
    return columns


def _add_by_parts(table: RawTable, time_like: frozenset[str], columns: dict[str, str]) -> None:
    """Add columns of which a part of the name is usual; of several the one whose word is the likelier."""
    for role, words in PART_WORDS.items():
        if role in columns:
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
    """Whether a word is one of the parts of a name, or (of longer words) within one."""
    return word in parts or (len(word) >= 6 and any(word in part for part in parts))


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
    case = table.columns[columns["case"]]
    assert isinstance(case, Labels)
    varying = []
    for name in time_like - set(columns.values()):
        column = table.columns[name]
        values = column.codes if isinstance(column, Labels) else np.unique(column, return_inverse=True)[1]
        pairs = np.unique(np.stack([case.codes.astype(np.int64), values.astype(np.int64)]), axis=1)
        if pairs.shape[1] > 1.2 * len(case.names):
            varying.append(name)
    if len(varying) == 1:
        columns["end"] = varying[0]


def _fitting(log: str, columns: dict[str, str]) -> dict[str, str]:
    unused = {
        "events": ("status", "detail"),
        "changes": ("activity", "start", "lifecycle", "enabled"),
        "tickets": ("activity", "start", "end", "lifecycle", "enabled", "detail"),
    }[log]
    return {role: name for role, name in columns.items() if role not in unused}


def _is_repeated(table: RawTable, case: str | None) -> bool:
    column = table.columns.get(case or "")
    return isinstance(column, Labels) and len(column.names) < _REPEATED * max(len(table), 1)


def _is_of_changes(table: RawTable, columns: Mapping[str, str]) -> bool:
    """Whether "activities" are statuses: their lifecycle has words of its own, as in the log of VINST."""
    lifecycle = table.columns.get(columns.get("lifecycle", ""))
    if not isinstance(lifecycle, Labels) or "activity" not in columns or "end" not in columns:
        return False
    words = {name.lower() for name in lifecycle.names}
    return bool(words) and not words & LIFECYCLE_WORDS
