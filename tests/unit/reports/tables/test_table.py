from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.reports.tables.table import Column, Table, table


def small() -> Table:
    return table(
        "waits", "Waits", ("team", ("wait", "min")), [("a", np.float64(1.5)), ("b", 2.0), ("a", math.nan)]
    )


def test_a_table_gives_columns_as_texts_and_numbers() -> None:
    assert small().texts("team") == ["a", "b", "a"]
    np.testing.assert_array_equal(small().numbers("wait"), [1.5, 2.0, math.nan])


def test_numbers_of_numpy_become_numbers_of_python() -> None:
    assert type(small().rows[0][1]) is float


def test_rows_are_chosen_by_the_cells_of_named_columns() -> None:
    assert small().where(team="b").rows == (("b", 2.0),)


def test_distinct_texts_stand_in_order_of_their_first_row() -> None:
    assert small().distinct("team") == ["a", "b"]


def test_export_has_units_in_the_headings() -> None:
    assert list(small().by_column()) == ["team", "wait [min]"]
    assert small().by_column()["team"] == ["a", "b", "a"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="every row of table waits must have 2 cells"):
        Table("waits", "", (Column("a"), Column("b")), ((1,),))


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        small().numbers("nowhere")
