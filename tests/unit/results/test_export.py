from __future__ import annotations

import csv
import io
import locale
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.results.export import csv_text, text_from_cell, write_csv

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x";"y")']


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_text_that_a_spreadsheet_would_run_is_quoted_and_can_be_read_back(formula: str) -> None:
    header, row = cells(csv_text({formula: [formula]}))
    assert header == row == ["'" + formula]
    assert text_from_cell(row[0]) == formula


def test_numbers_are_untouched_and_missing_ones_are_empty() -> None:
    table: dict[str, Any] = {
        "a": np.array([-1.5, np.nan, 0.1]),
        "b": np.array([-3, 0, 2**60]),
        "c": [None, -2.0, True],
    }
    assert csv_text(table) == f"a,b,c\r\n-1.5,-3,\r\n,0,-2.0\r\n0.1,{2**60},True\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_every_text_is_read_back_equal(texts: list[str]) -> None:
    rows = cells(csv_text({"name": texts, "n": list(range(len(texts)))}))[1:]
    assert [text_from_cell(row[0]) for row in rows] == texts


@given(st.lists(st.floats(allow_nan=False)))
def test_every_number_is_read_back_equal(values: list[float]) -> None:
    rows = cells(csv_text({"x": np.array(values, np.float64), "n": [0] * len(values)}))[1:]
    assert [float(row[0]) for row in rows] == values


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        csv_text({"a": [1, 2], "b": [1]})


def test_file_is_utf_8_and_the_same_under_a_locale_with_decimal_comma(tmp_path: Path) -> None:
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("de_DE.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:
                continue
            write_csv({"wärme": [1234.5]}, tmp_path / "x.csv")
            assert (tmp_path / "x.csv").read_bytes() == "wärme\r\n1234.5\r\n".encode()
    finally:
        locale.setlocale(locale.LC_ALL, before)
