from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simlab.engines.logs import Column, DutyLog, Log, RunTotals, TicketLog, WorkLog
from simlab.model.tables import Names
from simlab.results.parquet import Arrays, arrays_of, arrays_table, parquet_bytes, table_from
from simlab.results.records import LOGS, log_of, table_of, totals_of, totals_table, vocabulary_of

NAMES = Names(
    streams=("incidents", "服务请求"),
    kinds=("incident", "request"),
    classes=("password", "network", "=cmd()"),
    priorities=("P1", "P2", "P3"),
    channels=(),
    teams=("desk", "field"),
    shifts=("desk.early",),
    people=("desk.early.1", "desk.early.2"),
    steps=("triage", "fix", "fix~transfer"),
    calendars=(),
    automations=(),
    states=("faults.causes.1",),
)


def coded_columns() -> Iterator[Column]:
    return (column for log in LOGS for column in log.columns() if column.unit == "code")


@st.composite
def logs(draw: st.DrawFn, log_type: type[Log]) -> Log:
    n_rows = draw(st.integers(0, 8))
    arrays = []
    for column in log_type.columns():
        elements: st.SearchStrategy[float | int]
        if column.unit == "code":
            elements = st.integers(-1, len(vocabulary_of(column, NAMES)) - 1)
        elif column.dtype is np.float64:
            elements = st.floats(allow_nan=False) | st.just(np.nan)
        else:
            bounds = np.iinfo(np.dtype(column.dtype))
            elements = st.integers(int(bounds.min), int(bounds.max))
        arrays.append(draw(hnp.arrays(column.dtype, n_rows, elements=elements)))
    return log_type(*arrays)


def assert_same_bits(actual: np.ndarray, expected: np.ndarray) -> None:
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert actual.tobytes() == expected.tobytes()


@pytest.mark.parametrize("log_type", LOGS)
@given(draws=st.data())
def test_log_comes_back_from_its_file_bit_for_bit(log_type: type[Log], draws: st.DataObject) -> None:
    log = draws.draw(logs(log_type))
    again = log_of(table_from(bytes(parquet_bytes(table_of(log, NAMES, 3)))), log_type)
    for column in log_type.columns():
        assert_same_bits(getattr(again, column.name), getattr(log, column.name))


def test_equal_logs_give_equal_bytes() -> None:
    log = WorkLog.from_rows([(0, 1, 2, 0.1, 0.3, 0.0)])
    assert parquet_bytes(table_of(log, NAMES, 3)) == parquet_bytes(table_of(log, NAMES, 3))


def test_every_coded_column_has_names_behind_it() -> None:
    assert all(isinstance(vocabulary_of(column, NAMES), tuple) for column in coded_columns())


def test_names_that_occur_twice_are_refused() -> None:
    twice = replace(NAMES, people=("a", "a"))
    with pytest.raises(ValueError, match="names of people must be unique"):
        table_of(DutyLog.from_rows([(0, 0.0, 1.0)]), twice, 0)


def test_each_column_tells_its_unit_and_meaning() -> None:
    schema = table_of(TicketLog.from_rows([]), NAMES, 0).schema
    assert schema.field("class").metadata[b"meaning"] == b"class of the ticket"
    assert schema.field("queue_min").metadata[b"unit"] == b"min"
    assert all(field.metadata[b"unit"] and field.metadata[b"meaning"] for field in schema)


def test_duckdb_reads_names_and_missing_times_as_a_planner_would_write_them(tmp_path: Path) -> None:
    rows = [(0, 7, 0, 1, 0.25, np.nan), (1, 8, 2, 1.5, 4.75, 0.5), (-1, 9, 1, 0.0, 1.0, 0.0)]
    file = tmp_path / "work.parquet"
    file.write_bytes(parquet_bytes(table_of(WorkLog.from_rows(rows), NAMES, 12)))
    query = f"select replication, person, ticket, step, overtime_min from '{file}'"
    assert duckdb.execute(query).fetchall() == [
        (12, "desk.early.1", 7, "triage", None),
        (12, "desk.early.2", 8, "fix~transfer", 0.5),
        (12, None, 9, "fix", 0.0),
    ]


def test_tickets_are_numbered_in_files_so_that_visits_can_be_joined() -> None:
    row = [-1] * len(TicketLog.columns())
    assert table_of(TicketLog.from_rows([row, row]), NAMES, 0)["ticket"].to_pylist() == [0, 1]


@given(
    totals=st.builds(
        RunTotals,
        created=st.integers(0, 2**62),
        closed=st.integers(0, 2**62),
        in_system=st.integers(0, 2**62),
        wip_area_min=st.floats(allow_nan=False),
        end=st.floats(allow_nan=False),
        events=st.integers(0, 2**62),
        truncated=st.text(st.characters(codec="utf-8")),
    )
)
def test_totals_come_back_equal(totals: RunTotals) -> None:
    assert totals_of(table_from(bytes(parquet_bytes(totals_table(totals, 1))))) == totals


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
        hnp.arrays(
            st.sampled_from([np.dtype(t) for t in (np.float64, np.int64, np.int32, np.bool_)]),
            hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
        )
        | st.lists(st.text(st.characters(codec="utf-8"))),
    )
)
def test_named_arrays_come_back_bit_for_bit(arrays: Arrays) -> None:
    again = arrays_of(table_from(bytes(parquet_bytes(arrays_table(arrays)))))
    assert list(again) == list(arrays)
    for name, values in arrays.items():
        stored = again[name]
        if isinstance(values, np.ndarray):
            assert isinstance(stored, np.ndarray)
            assert_same_bits(stored, values)
        else:
            assert stored == values
