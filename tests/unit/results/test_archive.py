from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import simlab as sl
from simlab.errors import MissingExtra, UsageError
from simlab.results import workbook as workbooks
from simlab.results.archive import export_run, tables_of_run
from simlab.results.store import ResultStore

HOSTILE = "-1 cmd"
"""A name that a spreadsheet would take for a formula."""


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    scenario = sl.from_values(
        {
            "name": "Desk",
            "time": {"length": "1 day"},
            "demand": {"mail": {"arrivals": {"timetable": ["2026-01-05 08:00"]}, "channel": HOSTILE}},
            "staffing": {"desk": {"people": 2}},
            "routing": {
                "start": "fix",
                "steps": {"fix": {"team": "desk", "work": "20 min", "next": "resolved"}},
            },
        }
    )
    run = sl.run(scenario, replications=3, jobs=1, store=tmp_path / "results")
    assert run.folder is not None
    return ResultStore.open(run.folder)


def test_tables_hold_every_response_of_every_replication_and_the_logs_that_were_kept(
    store: ResultStore,
) -> None:
    tables = tables_of_run(store)
    run = sl.read_run(store.folder)
    assert list(tables) == [
        "responses",
        "tickets",
        "visits",
        "work",
        "duty",
        "states",
        "actions",
        "attempts",
        "totals",
    ]
    responses = tables["responses"].to_pydict()
    assert len(responses["value"]) == 3 * len(run.responses)
    found = [
        value
        for name, value in zip(responses["response"], responses["value"], strict=True)
        if name == "resolution_mean"
    ]
    assert found == run.values("resolution_mean").tolist() == [20.0] * 3
    assert tables["tickets"].column("replication").to_pylist() == [0]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_export_writes_a_file_for_each_table(store: ResultStore, tmp_path: Path, file_format: str) -> None:
    files = export_run(store, file_format, tmp_path / "out")
    assert [file.name for file in files] == [
        f"{name}.{file_format}"
        for name in (
            "responses",
            "tickets",
            "visits",
            "work",
            "duty",
            "states",
            "actions",
            "attempts",
            "totals",
        )
    ]
    if file_format == "parquet":
        assert pq.read_table(files[1]).column("channel").to_pylist() == [HOSTILE]
    else:
        assert f"'{HOSTILE}" in files[1].read_text()


def test_workbook_has_a_sheet_for_each_table_and_no_formula(store: ResultStore, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    (file,) = export_run(store, "xlsx", tmp_path / "run.xlsx")
    workbook = load_workbook(file)
    assert workbook.sheetnames == [
        "responses",
        "tickets",
        "visits",
        "work",
        "duty",
        "states",
        "actions",
        "attempts",
        "totals",
    ]
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == HOSTILE for cell in cells)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "a\x00b"])
def test_text_in_a_workbook_is_text_whatever_it_begins_with(text: str, tmp_path: Path) -> None:
    from openpyxl import Workbook, load_workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("s")
    sheet.append([workbooks.cell(sheet, text)])
    workbook.save(tmp_path / "s.xlsx")
    cell = load_workbook(tmp_path / "s.xlsx")["s"]["A1"]
    assert (cell.value, cell.data_type) == (text.replace("\x00", ""), "s")


def test_missing_openpyxl_is_told_with_the_extra(
    store: ResultStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra, match=r"servicedesk-simlab\[excel\]"):
        export_run(store, "xlsx", tmp_path / "run.xlsx")


def test_table_too_long_for_a_sheet_is_refused(
    store: ResultStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_EXCEL_ROWS", 2)
    with pytest.raises(UsageError, match=r"'responses' has [0-9,]+ rows, more than a sheet"):
        export_run(store, "xlsx", tmp_path / "run.xlsx")
    assert not (tmp_path / "run.xlsx").exists()


def test_unknown_format_is_refused(store: ResultStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="csv, parquet, xlsx"):
        export_run(store, "ods", tmp_path / "run")
