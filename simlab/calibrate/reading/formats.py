"""Which format a log has, and its rows as a raw table."""

from __future__ import annotations

from pathlib import Path

from simlab.calibrate.reading.csv_file import csv_table
from simlab.calibrate.reading.log_file import log_content
from simlab.calibrate.reading.mapping import LogMapping
from simlab.calibrate.reading.ocel_file import ocel_table
from simlab.calibrate.reading.parquet_file import parquet_table
from simlab.calibrate.reading.raw_table import RawTable
from simlab.calibrate.reading.xes_file import xes_table

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def raw_table(path: Path, mapping: LogMapping | None) -> RawTable:
    """Read the rows of a log; its format is told by its content.

    Raises
    ------
    InvalidInput
        The file cannot be read, or is none of the formats.
    """
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
