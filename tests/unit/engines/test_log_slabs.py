"""Columns of logs in one stretch of memory, which is used again once nobody holds a column."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import TICKET, VISIT
from simlab.engines.log_slabs import MOST_KEPT, columns_in_one_slab
from simlab.engines.logs import Log, TicketLog, VisitLog, WorkLog

KINDS: dict[str, np.dtype[Any]] = {
    "number": np.dtype(np.int64),
    "code": np.dtype(np.int32),
    "at": np.dtype(np.float64),
}


def address_of(column: NDArray[Any]) -> int:
    return int(column.ctypes.data)


def test_columns_have_their_types_and_lengths_and_do_not_overlap() -> None:
    columns = columns_in_one_slab(KINDS, 1001, 60)
    assert {name: column.dtype for name, column in columns.items()} == KINDS
    for value, column in enumerate(columns.values()):
        assert column.shape == (1001,)
        column[:] = value
    assert [set(column) for column in columns.values()] == [{0}, {1}, {2}]


def test_each_column_begins_a_cache_line_further_in_its_page() -> None:
    lines = [address_of(column) % 4096 // 64 for column in columns_in_one_slab(KINDS, 1001, 62).values()]
    assert lines == [62, 63, 0]


def test_slab_is_used_again_only_when_its_last_column_is_gone() -> None:
    first = columns_in_one_slab(KINDS, 12_345, 0)
    held = first["at"][10:20]
    where = address_of(first["number"])
    del first
    gc.collect()
    other = columns_in_one_slab(KINDS, 12_345, 0)
    assert address_of(other["number"]) != where
    del held, other
    gc.collect()
    again = [columns_in_one_slab(KINDS, 12_345, 0) for _ in range(2)]
    assert where in [address_of(columns["number"]) for columns in again]


def test_slab_larger_than_what_is_kept_is_given_back_to_the_system() -> None:
    rows = MOST_KEPT // 8 + 1
    for _ in range(3):  # memory that is never written takes no room
        assert columns_in_one_slab({"at": np.dtype(np.float64)}, rows, 0)["at"].shape == (rows,)


def test_no_rows_make_empty_columns() -> None:
    assert all(len(column) == 0 for column in columns_in_one_slab(KINDS, 0, 0).values())


def test_records_keep_to_the_sizes_that_the_docs_state() -> None:
    def row(log: type[Log]) -> int:
        return sum(np.dtype(column.dtype).itemsize for column in log.columns())

    assert (row(TicketLog) <= 200, row(VisitLog) <= 80, row(WorkLog) <= 40) == (True, True, True)
    assert (TICKET.itemsize <= 600, VISIT.itemsize <= 300) == (True, True)
