"""Tables as one Excel workbook: numbers as numbers, texts as texts, and no formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simlab.errors import MissingExtra, UsageError
from simlab.results.files import streamed
from simlab.units import format_count

MOST_EXCEL_ROWS: Final = 1_048_576
"""Rows of an Excel sheet, the heading included."""
LONGEST_NAME: Final = 31
"""Characters of a sheet's name."""
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a workbook."""

    headings: Sequence[str]
    rows: Iterable[Sequence[object]]
    n_rows: int


def check_workbooks() -> None:
    """Raise MissingExtra where no workbook can be written."""
    _workbook()


def write_workbook(sheets: Mapping[str, Sheet], target: Path) -> None:
    """Write tables to a workbook, a sheet each, in their order.

    Text is never a formula, whatever it begins with; NaN and infinite numbers give empty cells. Names of
    sheets are cut to what Excel allows, and differ.

    Raises
    ------
    UsageError
        When a table has more rows than a sheet of Excel.
    MissingExtra
        When openpyxl is not installed.
    StorageError
        When the file cannot be written.
    """
    for name, sheet in sheets.items():
        if sheet.n_rows >= MOST_EXCEL_ROWS:
            raise UsageError(
                f"the table '{name}' has {format_count(sheet.n_rows)} rows, more than a sheet of Excel holds"
                f" ({format_count(MOST_EXCEL_ROWS - 1)})\n    -> export csv or parquet"
            )
    workbook = _workbook()
    with streamed(target) as file:  # first of all: a place that cannot be written to is told at once
        for name, each in zip(sheet_names(sheets), sheets.values(), strict=True):
            page = workbook.create_sheet(name)
            page.freeze_panes = "A2"
            page.append([cell(page, heading) for heading in each.headings])
            for row in each.rows:
                page.append([cell(page, value) for value in row])
        workbook.save(file)


def sheet_names(names: Iterable[str]) -> list[str]:
    """Return names that Excel allows for sheets, all of them different whatever their case."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        allowed = _NOT_IN_NAMES.sub("_", _NOT_IN_XML.sub("", name)).strip("'") or "table"
        number, cut = 1, allowed[:LONGEST_NAME]
        while cut.casefold() in taken:
            number += 1
            ending = f" {number}"
            cut = allowed[: LONGEST_NAME - len(ending)] + ending
        taken.add(cut.casefold())
        found.append(cut)
    return found


def cell(sheet: Any, value: object) -> object:  # noqa: ANN401 - openpyxl has no types
    """Return a cell whose text is text, never a formula, whatever it begins with."""
    if not isinstance(value, str):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    from openpyxl.cell import WriteOnlyCell

    written = WriteOnlyCell(sheet, value=_NOT_IN_XML.sub("", value))
    written.data_type = "s"
    return written


def _workbook() -> Any:  # noqa: ANN401 - openpyxl has no types
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError:
        raise MissingExtra(
            "Excel files need the package 'openpyxl', which is not installed\n"
            "    -> pip install 'servicedesk-simlab[excel]', or export csv or parquet"
        ) from None
    return Workbook(write_only=True)
