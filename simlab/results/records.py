"""Logs as tables of Parquet files, and back, bit for bit.

A file has the columns of its log in the log's order, behind the columns that tell records apart
(``replication`` and, in the ticket log, ``ticket``). Codes are written as the names behind them, "none"
and times that never came as NULL. Unit and meaning of each column stand in the metadata of its field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import (
    ActionLog,
    AttemptLog,
    Column,
    DutyLog,
    Log,
    RunLogs,
    RunTotals,
    StateLog,
    TicketLog,
    VisitLog,
    WorkLog,
)
from simlab.model.codes import AttemptOutcome, Origin, Outcome, VisitCause
from simlab.model.tables import Names

if TYPE_CHECKING:
    import pyarrow as pa

LOGS: tuple[type[Log], ...] = (TicketLog, VisitLog, WorkLog, DutyLog, StateLog, ActionLog, AttemptLog)
TOTALS = "totals"
LOG_TABLES = (*(log.LOG for log in LOGS), TOTALS)
"""Names of the tables of one replication."""

_FILE_NAMES = {"ticket_class": "class"}
"""Columns that have another name in files, where no Python keyword is in the way."""

_NAMED_BY = {
    "stream": "streams",
    "kind": "kinds",
    "ticket_class": "classes",
    "priority": "priorities",
    "channel": "channels",
    "first_team": "teams",
    "last_team": "teams",
    "team": "teams",
    "person": "people",
    "step": "steps",
    "went_to": "steps",
    "state": "states",
    "control": "controls",
    "automation": "automations",
}
"""Which field of :class:`~simlab.model.tables.Names` names the codes of a column."""

_ENUMERATED: Mapping[str, type[IntEnum]] = {
    "outcome": Outcome,
    "cause": VisitCause,
    "origin": Origin,
    "result": AttemptOutcome,
}

AnyLog = TypeVar("AnyLog", bound=Log)
_Described = tuple[Any, dict[str, str]]
"""Values of a column and the metadata of its field."""


def tables_of(logs: RunLogs, names: Names) -> dict[str, pa.Table]:
    """Tables of everything that a replication left behind, by name."""
    tables = {
        log.LOG: table_of(log, names, logs.replication)
        for log in (logs.tickets, logs.visits, logs.work, logs.duty, logs.states, logs.actions, logs.attempts)
    }
    return {**tables, TOTALS: totals_table(logs.totals, logs.replication)}


def logs_of(tables: Mapping[str, pa.Table], replication: int) -> RunLogs:
    """Logs of a replication from tables made by :func:`tables_of`, bit for bit."""
    return RunLogs(
        replication=replication,
        tickets=log_of(tables[TicketLog.LOG], TicketLog),
        visits=log_of(tables[VisitLog.LOG], VisitLog),
        work=log_of(tables[WorkLog.LOG], WorkLog),
        duty=log_of(tables[DutyLog.LOG], DutyLog),
        totals=totals_of(tables[TOTALS]),
        states=log_of(tables[StateLog.LOG], StateLog),
        actions=log_of(tables[ActionLog.LOG], ActionLog),
        attempts=log_of(tables[AttemptLog.LOG], AttemptLog),
    )


def table_of(log: Log, names: Names, replication: int) -> pa.Table:
    """Table of a log, for files and queries."""
    import pyarrow as pa

    n_rows = len(log)
    columns: dict[str, _Described] = {}
    columns["replication"] = (np.full(n_rows, replication, np.int32), _described("number", "replication"))
    if isinstance(log, TicketLog):
        columns["ticket"] = (np.arange(n_rows), _described("number", "row of the ticket log"))
    for column in log.columns():
        values = getattr(log, column.name)
        described = _described(column.unit, column.meaning)
        if column.unit == "code":
            vocabulary = vocabulary_of(column, names)
            described["names"] = json.dumps(vocabulary, ensure_ascii=False)
            values = _named(values, vocabulary)
        elif column.dtype is np.float64:
            values = pa.array(values, mask=np.isnan(values))
        columns[_FILE_NAMES.get(column.name, column.name)] = (values, described)
    return _assembled(columns)


def log_of(table: pa.Table, log_type: type[AnyLog]) -> AnyLog:
    """Log from a table made by :func:`table_of`."""
    arrays = []
    for column in log_type.columns():
        name = _FILE_NAMES.get(column.name, column.name)
        stored = table.column(name)
        if column.unit == "code":
            vocabulary = json.loads(table.schema.field(name).metadata[b"names"])
            arrays.append(_codes(stored, vocabulary))
        else:
            arrays.append(np.asarray(stored.to_numpy(), dtype=column.dtype))
    return log_type(*arrays)


def vocabulary_of(column: Column, names: Names) -> tuple[str, ...]:
    """Names behind the codes of a column, in order of the codes."""
    if column.name in _ENUMERATED:
        return tuple(member.name.lower() for member in _ENUMERATED[column.name])
    vocabulary: tuple[str, ...] = getattr(names, _NAMED_BY[column.name])
    if len(set(vocabulary)) < len(vocabulary):
        raise ValueError(f"names of {_NAMED_BY[column.name]} must be unique, to be told apart in files")
    return vocabulary


_TOTALS_UNITS = {"wip_area_min": "ticket-min", "end": "min", "truncated": "text"}


def totals_table(totals: RunTotals, replication: int) -> pa.Table:
    """One-row table of what the engine counted."""
    import pyarrow as pa

    types = {"int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    columns = {"replication": (pa.array([replication], pa.int32()), _described("number", "replication"))}
    for field in fields(totals):
        value = pa.array([getattr(totals, field.name)], types[str(field.type)])
        columns[field.name] = (
            value,
            _described(_TOTALS_UNITS.get(field.name, "count"), "engine's own count"),
        )
    return _assembled(columns)


def totals_of(table: pa.Table) -> RunTotals:
    """Engine's counts from a table made by :func:`totals_table`."""
    (row,) = table.to_pylist()
    return RunTotals(**{field.name: row[field.name] for field in fields(RunTotals)})


def _described(unit: str, meaning: str) -> dict[str, str]:
    return {"unit": unit, "meaning": meaning}


def _assembled(columns: Mapping[str, _Described]) -> pa.Table:
    import pyarrow as pa

    arrays = [pa.array(values) for values, _ in columns.values()]
    schema = pa.schema(
        pa.field(name, array.type, metadata=described)
        for array, (name, (_, described)) in zip(arrays, columns.items(), strict=True)
    )
    return pa.Table.from_arrays(arrays, schema=schema)


def _named(codes: NDArray[np.int32], vocabulary: tuple[str, ...]) -> pa.DictionaryArray:
    import pyarrow as pa

    indices = pa.array(codes, mask=codes == -1)
    return pa.DictionaryArray.from_arrays(indices, pa.array(vocabulary, pa.string()))


def _codes(column: pa.ChunkedArray, vocabulary: list[str]) -> NDArray[np.int32]:
    """Codes of names; each chunk may list the names that it uses in an order of its own."""
    position = {name: code for code, name in enumerate(vocabulary)}
    parts = [np.empty(0, np.int32)]
    for chunk in column.chunks:
        # NULL becomes index -1 and so picks the last entry, which says "none".
        code_of = np.array([*(position[name] for name in chunk.dictionary.to_pylist()), -1], np.int32)
        parts.append(code_of[chunk.indices.fill_null(-1).to_numpy()])
    return np.concatenate(parts)
