"""Histories in which a row is a change of one field: they become changes of the whole ticket.

Ticket tools keep them so: which field, its value before and after, when. Status, team and person of a ticket
stay as they are until one of them changes; before the first change they are what that change says was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Codes, Floats, Integers, Labels
from simlab.calibrate.reading.mapping import LogMapping
from simlab.calibrate.reading.raw_table import RawTable

ROLES: Final = ("status", "team", "person")
_SHOWN: Final = 4


def statuses(table: RawTable, columns: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the statuses that a history names."""
    found: list[str] = []
    is_status = _is_of(_labels(table, columns, "field"), fields.get("status", ()))
    for role in ("before", "value"):
        if role in columns:
            column = _labels(table, columns, role)
            found += [column.names[code] for code in np.unique(column.codes[is_status]).tolist() if code >= 0]
    return list(dict.fromkeys(found))


def as_changes(table: RawTable, mapping: LogMapping, at: Floats) -> tuple[RawTable, LogMapping]:
    """Return the table and the mapping of changes that a history of fields tells.

    Parameters
    ----------
    at
        Instant of each row; rows without one are left for later to refuse.
    """
    named = mapping.columns.named()
    case, field = _labels(table, named, "case"), _labels(table, named, "field")
    fields: dict[str, tuple[str, ...]] = {role: names for role, names in mapping.fields.items() if names}
    roles = [role for role in ROLES if role in fields and role not in named]
    flags = {role: _is_of(field, fields[role]) for role in roles}
    is_told = np.any(list(flags.values()), axis=0) if flags else np.zeros(len(table), bool)
    rows = np.flatnonzero(is_told)
    order = rows[np.lexsort((rows, at[rows], case.codes[rows]))]
    names, after, before = _values(table, named)
    first = _first_of_case(case.codes[order])
    filled = {
        role: _filled(flags[role][order], after[order], before[order], first, case.codes[order])
        for role in roles
    }
    # Of what was changed at one instant the last row has it all.
    is_last = np.append((np.diff(case.codes[order]) != 0) | (np.diff(at[order]) != 0), True)[: len(order)]
    known = filled["status"] >= 0 if "status" in filled else np.ones(len(order), bool)
    kept = order[is_last & known]
    columns = {name: _taken(column, kept) for name, column in table.columns.items()}
    for role in roles:
        columns[_free(role, table)] = Labels(filled[role][is_last & known], names).used()
    return (
        RawTable(
            columns,
            table.lines[kept],
            table.rejected,
            (*table.remarks, *_remarks(field, is_told, int((is_last & ~known).sum()))),
            table.found,
        ),
        _with_roles(mapping, {role: _free(role, table) for role in roles}),
    )


def _remarks(field: Labels, is_told: np.ndarray[tuple[int], np.dtype[np.bool_]], n_early: int) -> list[str]:
    told = []
    others = field.take(~is_told).used()
    if len(others):
        most = np.argsort(-others.counts(), kind="stable")[:_SHOWN]
        examples = ", ".join(others.names[code] for code in most.tolist())
        told.append(f"{len(others):,} changes of other fields are left out: {examples}")
    if n_early:
        told.append(f"{n_early:,} changes of tickets whose status is not told are left out")
    return told


def _is_of(field: Labels, names: tuple[str, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    wanted = {name.casefold() for name in names}
    flags = np.array([*(name.casefold() in wanted for name in field.names), False])[field.codes]
    return np.asarray(flags, np.bool_)


def _labels(table: RawTable, named: Mapping[str, str], role: str) -> Labels:
    column = table.columns[named[role]]
    if isinstance(column, Labels):
        return column
    return Labels.of([None if np.isnan(value) else f"{value:g}" for value in column])


def _values(table: RawTable, named: Mapping[str, str]) -> tuple[tuple[str, ...], Codes, Codes]:
    """Return names, and codes in them of the values after and before; -1 for none."""
    after = _labels(table, named, "value")
    if "before" not in named:
        return after.names, after.codes, np.full(len(table), -1, np.int32)
    before = _labels(table, named, "before")
    shifted = np.where(before.codes >= 0, before.codes + len(after.names), -1).astype(np.int32)
    names = list(dict.fromkeys((*after.names, *before.names)))
    place = {name: code for code, name in enumerate(names)}
    new_code = np.array([*(place[name] for name in (*after.names, *before.names)), -1], np.int32)
    return tuple(names), new_code[after.codes], new_code[shifted]


def _first_of_case(case: Codes) -> Integers:
    """Return the place of the first row of each row's case; rows sorted by case."""
    is_first = np.append(True, np.diff(case) != 0)[: len(case)]
    return np.maximum.accumulate(np.where(is_first, np.arange(len(case)), 0)).astype(np.int64)


def _filled(
    is_set: np.ndarray[tuple[int], np.dtype[np.bool_]],
    after: Codes,
    before: Codes,
    first: Integers,
    case: Codes,
) -> Codes:
    """Return a field's value after each row, kept until it is set again; rows sorted by case and time."""
    places = np.arange(len(is_set))
    last_set = np.maximum.accumulate(np.where(is_set, places, -1)) if len(places) else places
    next_set = np.minimum.accumulate(np.where(is_set, places, len(places))[::-1])[::-1]
    is_known = last_set >= first
    follows = np.minimum(next_set, max(len(places) - 1, 0))
    is_before = ~is_known & (next_set < len(places)) & (case[follows] == case)
    filled: Codes = np.where(is_known, after[last_set], np.where(is_before, before[follows], -1)).astype(
        np.int32
    )
    return filled


def _taken(column: Labels | Floats, rows: Integers) -> Labels | Floats:
    return column.take(rows) if isinstance(column, Labels) else column[rows]


def _free(role: str, table: RawTable) -> str:
    return role if role not in table.columns else f"{role} of the history"


def _with_roles(mapping: LogMapping, names: Mapping[str, str]) -> LogMapping:
    columns = mapping.columns.model_copy(update={"field": None, "value": None, "before": None, **names})
    return mapping.model_copy(update={"columns": columns})
