"""A report's tables as a workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlab.experiments.runs import ScenarioRun
from simlab.reports.report import write_report

openpyxl = pytest.importorskip("openpyxl")


def test_workbook_of_a_report_has_a_sheet_for_each_table_with_its_numbers(
    base: ScenarioRun, tmp_path: Path
) -> None:
    write_report(base, tmp_path / "r.html", workbook=tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    files = {path.stem for path in (tmp_path / "r_tables").glob("*.csv")}
    assert set(book.sheetnames) == files
    rows = {row[1]: row[4] for row in book["responses"].iter_rows(min_row=2, values_only=True)}
    assert rows["resolution_mean"] == pytest.approx(base.estimates()["resolution_mean"].value)
