"""Tables as CSV that spreadsheets show and never run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.results.files import write_whole

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Text that begins so is taken for a formula (OWASP, "CSV Injection")."""


def csv_text(table: Mapping[str, Sequence[Any] | NDArray[Any]]) -> str:
    """CSV of equally long columns, the same under every locale.

    Numbers are written with the fewest digits that read back equal; None and NaN give an empty cell; text
    that a spreadsheet would run gets a quote in front (as does text with a quote in front, so that
    :func:`text_from_cell` can tell them apart). An Arrow table is exported through ``to_pydict()``.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")  # as RFC 4180 has it, so that a lone CR is quoted too
    writer.writerow(map(_cell, table))
    columns = [column.tolist() if isinstance(column, np.ndarray) else column for column in table.values()]
    writer.writerows(map(_cell, row) for row in zip(*columns, strict=True))
    return buffer.getvalue()


def write_csv(table: Mapping[str, Sequence[Any] | NDArray[Any]], path: Path) -> None:
    """Write :func:`csv_text` to a UTF-8 file."""
    write_whole(path, csv_text(table).encode())


def text_from_cell(cell: str) -> str:
    """Text that :func:`csv_text` wrote as ``cell``."""
    return cell.removeprefix("'")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("'", *_RUN_BY_SPREADSHEETS)) else value
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return value
