"""Workbooks: what a spreadsheet finds in them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from simlab.results.workbook import Sheet, sheet_names, write_workbook

openpyxl = pytest.importorskip("openpyxl")

FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "'=1")


def test_numbers_are_numbers_and_texts_are_never_formulas(tmp_path: Path) -> None:
    rows = [(text, -1.5, 3) for text in FORMULAS]
    write_workbook({"t": Sheet(("name", "value", "n"), rows, len(rows))}, tmp_path / "w.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "w.xlsx")["t"]
    found = list(sheet.iter_rows(min_row=2))
    assert [row[0].data_type for row in found] == ["s"] * len(FORMULAS)
    # XML turns a lone carriage return into a line break.
    assert [row[0].value.replace("\n", "\r").replace("_x000D_", "\r") for row in found] == list(FORMULAS)
    assert {(row[1].data_type, row[1].value, row[2].value) for row in found} == {("n", -1.5, 3)}


def test_numbers_that_do_not_exist_are_empty(tmp_path: Path) -> None:
    write_workbook({"t": Sheet(("a", "b"), [(math.nan, math.inf)], 1)}, tmp_path / "w.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "w.xlsx")["t"]
    assert [cell.value for cell in next(sheet.iter_rows(min_row=2, max_col=2), ())] in ([None, None], [])


def test_names_of_sheets_are_allowed_and_differ() -> None:
    long = "curve_resolve_attainment[priority=P1]_and_more"
    names = sheet_names([long, long, "Table", "table", "a/b:c", "'"])
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert len({name.casefold() for name in names}) == len(names)
