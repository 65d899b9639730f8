"""Event logs as files, in the format that is asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.calibrate.event_log import EventLog, Labels
from simlab.calibrate.writing.columns import Column, WrittenLog, iso_instants, written
from simlab.calibrate.writing.ocel import write_ocel
from simlab.calibrate.writing.xes import write_xes
from simlab.errors import UsageError
from simlab.results.export import csv_text
from simlab.results.files import streamed
from simlab.scenario.suggestions import remedy_for_unknown

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_ONCE: Final = 20_000


def write_log(log: EventLog, path: Path, file_format: str | None = None) -> None:
    """Write an event log.

    Parameters
    ----------
    log
        The log.
    path
        File to write.
    file_format
        csv, parquet, xes or ocel (a name of :data:`WRITERS`); None: by the ending of the file's name
        (``.json`` is OCEL).

    Raises
    ------
    UsageError
        The format is not known.
    StorageError
        The file cannot be written.
    """
    chosen = file_format or _ENDINGS.get(path.suffix.lower(), path.suffix.lower().lstrip("."))
    if chosen not in WRITERS:
        remedy = remedy_for_unknown(chosen, WRITERS) or f"use one of {', '.join(WRITERS)}"
        raise UsageError(f"a log is not written as '{chosen}'\n    -> {remedy}")
    WRITERS[chosen](written(log), path)


def _write_csv(log: WrittenLog, path: Path) -> None:
    """Write UTF-8 CSV, piece by piece: no text in it is ever run by a spreadsheet."""
    rows = log.rows()
    n_rows = len(next(iter(rows.values())))
    with streamed(path) as file:
        heading = io.StringIO(newline="")
        csv.writer(heading, lineterminator="\r\n").writerow(rows)
        file.write(heading.getvalue().encode())
        for first in range(0, n_rows, _ROWS_AT_ONCE):
            piece = slice(first, first + _ROWS_AT_ONCE)
            table = {name: _texts(column, piece, log.log.zone) for name, column in rows.items()}
            text = csv_text(table)
            file.write(text[text.index("\r\n") + 2 :].encode())


def _texts(column: Column | list[str], piece: slice, zone: str) -> list[str] | list[int | None]:
    if isinstance(column, list):
        return column[piece]
    if isinstance(column, Labels):
        return Labels(column.codes[piece], column.names).texts()
    if column.dtype.kind == "f":
        return iso_instants(column[piece].astype(np.float64), zone)
    return [None if count < 0 else count for count in column[piece].tolist()]


def _write_parquet(log: WrittenLog, path: Path) -> None:
    """Write instants as timestamps of the log's zone, names as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(_arrow_columns(log.rows(), log.log.zone))
    with streamed(path) as file:
        pq.write_table(table, file, compression="zstd")


def _arrow_columns(rows: Mapping[str, Column | list[str]], zone: str) -> dict[str, pa.Array]:
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    for name, column in rows.items():
        if isinstance(column, list):
            columns[name] = pa.array(column, pa.string())
        elif isinstance(column, Labels):
            indices = pa.array(column.codes, mask=column.codes < 0)
            columns[name] = pa.DictionaryArray.from_arrays(indices, pa.array(column.names, pa.string()))
        elif column.dtype.kind == "f":
            is_missing = np.isnan(column)
            microseconds = np.round(np.where(is_missing, 0.0, column) * 60e6).astype(np.int64)
            columns[name] = pa.array(microseconds, pa.timestamp("us", tz=zone), mask=is_missing)
        else:
            columns[name] = pa.array(column, pa.int32(), mask=column < 0)
    return columns


WRITERS: Final[Mapping[str, Callable[[WrittenLog, Path], None]]] = {
    "csv": _write_csv,
    "xes": write_xes,
    "ocel": write_ocel,
    "parquet": _write_parquet,
}
"""How a log is written, by the name of the format."""

_ENDINGS: Final = {".json": "ocel", ".jsonocel": "ocel"}
