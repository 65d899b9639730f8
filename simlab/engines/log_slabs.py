"""Memory for the columns of a log: one stretch for all of them, which later replications use again.

A page of fresh memory costs as much as the rows that are written into it, and columns that begin at the
same place of their pages push each other out of the processor's nearest cache. So the columns of a log stand
in one slab, each one line of the cache further in its page than the one before; a slab is given back as soon
as nobody holds a column of it.
"""

from __future__ import annotations

import mmap
import threading
import weakref
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

L = TypeVar("L")

_LINE, _PAGE = 64, 4096
_PRIVATE: Final[dict[str, int]] = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
)
"""A process that is forked off has slabs of its own."""
_LARGE_BLOCK: Final = 2**24
MOST_KEPT: Final = 256 * 2**20
"""Bytes of slabs that are kept for later replications."""


class _Slabs:
    """Slabs that nobody uses at present."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._free: list[mmap.mmap] = []
        self._is_first = True

    def take(self, size: int) -> NDArray[np.uint8]:
        """Bytes that are not set, at least as many as asked for; they come back when the array is gone."""
        with self._lock:
            if self._is_first:
                self._is_first = False
                _keep_smaller_arrays()
            fitting = [slab for slab in self._free if size <= len(slab) <= 2 * size]
            slab = min(fitting, key=len, default=None)
            if slab is not None:
                self._free.remove(slab)
        if slab is None:
            slab = mmap.mmap(-1, size + size // 8, **_PRIVATE)
        stretch = np.frombuffer(slab, np.uint8)
        weakref.finalize(stretch, self._give_back, slab).atexit = False
        return stretch

    def _give_back(self, slab: mmap.mmap) -> None:
        """Keep a slab for the next who asks; the oldest ones go where there are too many."""
        with self._lock:
            self._free.append(slab)
            while sum(map(len, self._free)) > MOST_KEPT:
                del self._free[0]


def _keep_smaller_arrays() -> None:
    """Let the allocator of the C library keep the memory of other arrays for the next replication too.

    Glibc's gives large blocks back to the system, and asks for them anew, until one of their size was freed.
    """
    np.empty(_LARGE_BLOCK, np.uint8)


_SLABS = _Slabs()


def first_lines(n_columns: Mapping[L, int]) -> dict[L, int]:
    """Line of a page on which the columns of each log begin: behind those of the log before."""
    return dict(zip(n_columns, accumulate(n_columns.values(), initial=0), strict=False))


def columns_in_one_slab(
    kinds: Mapping[str, np.dtype[Any]], rows: int, first_line: int
) -> dict[str, NDArray[Any]]:
    """Columns of so many rows, which are not set.

    Parameters
    ----------
    kinds
        Names and types of the columns.
    rows
        Length of each.
    first_line
        Line of a page on which the first column begins; the others follow, a line further each.
    """
    begins, end = [], 0
    for i, kind in enumerate(kinds.values()):
        line = (first_line + i) * _LINE % _PAGE
        end += (line - end) % _PAGE
        begins.append(end)
        end += rows * kind.itemsize
    slab = _SLABS.take(end + _LINE)
    return {
        name: slab[begin : begin + rows * kind.itemsize].view(kind)
        for (name, kind), begin in zip(kinds.items(), begins, strict=True)
    }
