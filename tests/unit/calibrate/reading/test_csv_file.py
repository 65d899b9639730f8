"""CSV: form found out, damaged rows kept apart, lines known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.csv_file import csv_table, found_delimiter
from simlab.calibrate.reading.raw_table import RawTable
from simlab.errors import InvalidInput

PATH = Path("log.csv")


def texts(table: RawTable) -> dict[str, list[str]]:
    return {name: column.texts() for name, column in table.columns.items() if isinstance(column, Labels)}


def test_rows_with_too_few_or_too_many_values_are_kept_apart_with_their_lines() -> None:
    table = csv_table(b'a,b\n1,2\n3\n4,5,6\n"x\ny",2\n7,8\n', PATH)
    assert texts(table) == {"a": ["1", "x\ny", "7"], "b": ["2", "2", "8"]}
    assert table.lines.tolist() == [2, 5, 7]
    assert [(row.line, row.text) for row in table.rejected] == [(3, "3"), (4, "4,5,6")]
    assert table.rejected[0].reason == "1 values where the header has 2"


def test_open_quote_costs_its_own_row_only() -> None:
    table = csv_table(b'a,b\n1,2\n"3,4\n5,6\n7,8\n', PATH)
    assert texts(table)["a"] == ["1", "5", "7"]
    assert table.lines.tolist() == [2, 4, 5]
    assert [(row.line, row.reason) for row in table.rejected] == [(3, "a quote is not closed")]
    assert "found again" in table.remarks[0]


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    table = csv_table(b"a,b\n\n1,2\n,\n3,4\n", PATH)
    assert texts(table)["a"] == ["1", "3"]
    assert table.lines.tolist() == [3, 5]


def test_spaces_around_values_do_not_count_and_equal_titles_are_numbered() -> None:
    table = csv_table(b"a;b;a\r\n 5 ; 6;7", PATH)
    assert texts(table) == {"a": ["5"], "b": ["6"], "a (2)": ["7"]}


def test_quote_against_formulas_is_taken_away() -> None:
    table = csv_table(b"a,b\n'=SUM(1),'tis\n''x,-1\n", PATH)
    assert texts(table) == {"a": ["=SUM(1)", "'x"], "b": ["'tis", "-1"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encoding_is_found_out(encoding: str) -> None:
    table = csv_table("grüße;b\nä;ö\nß;€\n".encode(encoding), PATH)
    assert texts(table) == {"grüße": ["ä", "ß"], "b": ["ö", "€"]}


def test_few_damaged_bytes_do_not_change_the_encoding() -> None:
    table = csv_table("a;b\nä;ö\nß;€\n".encode() + b"\xff;2\n", PATH)
    assert texts(table)["a"] == ["ä", "ß", "\ufffd"]
    assert table.remarks == ("1 bytes are not utf-8; they are shown as \ufffd",)


@pytest.mark.parametrize(("delimiter", "text"), [(",", "a,b"), (";", "a;b"), ("\t", "a\tb"), ("|", "a|b")])
def test_delimiter_is_found_out(delimiter: str, text: str) -> None:
    assert found_delimiter(f"{text}\n{text}\n".encode()) == delimiter


def test_delimiter_that_splits_all_lines_alike_is_preferred() -> None:
    assert found_delimiter(b'title;note\nx;"1,2"\ny;a, b, c\n') == ";"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b", "no rows"),
        (b"a\n1\n", "only one column"),
        (b"\n\n,\n", "no header"),
        (b"a,b\n\x00,1\n", "not text"),
        (",".join(map(str, range(2000))).encode() + b"\n1\n", "at most 1000 columns"),
    ],
)
def test_file_that_is_no_table_is_refused_with_the_remedy(content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        csv_table(content, PATH)


def test_unknown_encoding_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no encoding 'klingon'"):
        csv_table(b"a,b\n1,2\n", PATH, encoding="klingon")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_clear_refusal(content: bytes) -> None:
    try:
        table = csv_table(content, PATH)
    except InvalidInput:
        return
    assert all(len(column) == len(table) for column in table.columns.values())


CELLS = st.text(st.sampled_from('ab ,;"\n\r='), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_rows_that_csv_writes_are_all_read(rows: list[tuple[str, str]]) -> None:
    import csv
    import io

    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second"])
    writer.writerows(rows)
    table = csv_table(buffer.getvalue().encode(), PATH, delimiter=",")
    expected = [[cell.strip() for cell in row] for row in rows]
    assert not table.rejected
    assert [list(row) for row in zip(*texts(table).values(), strict=True)] == [r for r in expected if any(r)]
