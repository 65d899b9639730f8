"""Random numbers that the kernel draws many at once, for arrivals: equal to the reference's, bit for bit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_entry import sources
from simlab.engines.kernel_layout import LAYOUT, RUN
from simlab.engines.kernel_memory import Memory
from simlab.model.arrivals import STREAM_LEVEL, Codes, Drawing, Floats, Key
from simlab.model.distributions import DistributionTable
from simlab.model.quantiles import is_plain
from simlab.model.streams import Purpose


def drawing_by(process_events: Callable[[int], int]) -> Drawing:
    """Make the kernel's way to draw many numbers at once."""
    memory = _empty().shared()
    memory["run"] = np.zeros(1, RUN)
    drawn_from: DistributionTable | None = None

    def drawn(key: Key, subjects: Codes, *asked: float) -> Floats:
        memory["run"][list(_ASKED)] = (sources(), len(subjects), *key, *asked)
        memory["subjects"] = np.ascontiguousarray(subjects, np.int64)
        memory["values"] = values = np.empty(len(subjects))
        if len(subjects):
            process_events(memory.address)
        return values

    def uniforms(key: Key, subjects: Codes, space: int, place: int, visit: int, purpose: Purpose) -> Floats:
        return drawn(key, subjects, space, place, visit, purpose, -1, 0.0)

    def sums_of_gaps(
        table: DistributionTable, index: int, key: Key, subjects: Codes, space: int, start: float
    ) -> Floats:
        nonlocal drawn_from
        if table is not drawn_from:
            drawn_from = table
            memory.update(distributions_of(table))
        return drawn(key, subjects, space, STREAM_LEVEL, 0, Purpose.ARRIVAL_GAP, index, start)

    return Drawing(uniforms, sums_of_gaps)


_ASKED: Final = (
    "sources", "n_values", "key_0", "key_1", "space", "place", "visit", "purpose", "distribution", "sum_from"
)  # fmt: skip
"""Fields of the run that say what to draw."""


@functools.cache
def _empty() -> Memory:
    """Memory without tables."""
    return Memory({name: np.zeros(1, kind) for name, kind in LAYOUT.items()})


def distributions_of(table: DistributionTable) -> dict[str, NDArray[Any]]:
    """Columns of distributions, and which of them are no more than their families."""
    plain = np.array([is_plain(table, row) for row in range(len(table.kind))], np.bool_)
    return {**copies("distributions", table), "distributions.is_plain": plain}


def copies(name: str, table: Any) -> dict[str, NDArray[Any]]:  # noqa: ANN401
    """Columns of a named tuple, contiguous, of one dimension and of one type for all models."""
    return {
        f"{name}.{column}": np.ascontiguousarray(values, LAYOUT[f"{name}.{column}"]).ravel()
        for column, values in zip(table._fields, table, strict=True)
    }
