"""Which format a log has, and its rows as a raw table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.csv_file import csv_table
from simlab.calibrate.reading.log_file import log_content
from simlab.calibrate.reading.mapping import LogMapping
from simlab.calibrate.reading.ocel_file import ocel_table
from simlab.calibrate.reading.parquet_file import parquet_table
from simlab.calibrate.reading.raw_table import RawColumn, RawTable
from simlab.calibrate.reading.xes_file import xes_table
from simlab.scenario.tree_builder import FORBIDDEN

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def raw_table(path: Path, mapping: LogMapping | None) -> RawTable:
    """Read the rows of a log; its format is told by its content.

    Raises
    ------
    InvalidInput
        The file cannot be read, or is none of the formats.
    """
    return _visible(_raw_table(path, mapping))


def _raw_table(path: Path, mapping: LogMapping | None) -> RawTable:
    content = log_content(path)
    beginning = content[:4096].removeprefix(_BYTE_ORDER_MARK).lstrip()
    if content.startswith(b"PAR1"):
        return parquet_table(content, path)
    if beginning.startswith(b"<"):
        return xes_table(content, path)
    if beginning.startswith((b"{", b"[")):
        return ocel_table(content, path, mapping.cases if mapping else None)
    form = mapping.file if mapping else None
    return csv_table(content, path, form.encoding if form else None, form.delimiter if form else None)


def _visible(table: RawTable) -> RawTable:
    """Return a table without characters that cannot be seen or turn text around, in titles and values.

    A mapping file, which names both, must not have them.
    """
    columns: dict[str, RawColumn] = {}
    for title, column in table.columns.items():
        name, again = _seen(title) or "column", 2
        while name in columns:
            name, again = f"{_seen(title)} ({again})", again + 1
        is_hidden = isinstance(column, Labels) and FORBIDDEN.search("\n".join(column.names))
        columns[name] = _seen_labels(column) if is_hidden and isinstance(column, Labels) else column
    return replace(table, columns=columns)


def _seen_labels(column: Labels) -> Labels:
    seen = Labels.of([_seen(name) for name in column.names])
    return Labels(np.append(seen.codes, np.int32(-1))[column.codes], seen.names)


def _seen(text: str) -> str:
    return FORBIDDEN.sub("", text).strip()
