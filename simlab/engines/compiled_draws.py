"""Random numbers that the kernel draws many at once, for arrivals: equal to the reference's, bit for bit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_entry import sources
from simlab.engines.kernel_layout import LAYOUT, RUN
from simlab.engines.kernel_memory import Memory
from simlab.model.arrivals import Codes, Drawing, Floats, Key
from simlab.model.distributions import DistributionTable
from simlab.model.streams import Purpose


def drawing_by(process_events: Callable[[int], int]) -> Drawing:
    """Make the kernel's way to draw many numbers at once."""
    memory = _empty().shared()
    memory["run"] = np.zeros(1, RUN)
    drawn_from: DistributionTable | None = None

    def drawn(n: int, **asked: int) -> Floats:
        run = memory["run"]
        run["sources"], run["n_values"] = sources(), n
        for name, value in asked.items():
            run[name] = value
        memory["values"] = values = np.empty(n)
        if n:
            process_events(memory.address)
        return values

    def uniforms(key: Key, subjects: Codes, space: int, place: int, visit: int, purpose: Purpose) -> Floats:
        memory["subjects"] = np.ascontiguousarray(subjects, np.int64)
        whose = {"key_0": key[0], "key_1": key[1], "space": space}
        return drawn(len(subjects), **whose, place=place, visit=visit, purpose=purpose, distribution=-1)

    def values(table: DistributionTable, index: int, u: Floats) -> Floats:
        nonlocal drawn_from
        if table is not drawn_from:
            drawn_from = table
            for name, column in copies("distributions", table).items():
                memory[name] = column
        memory["uniforms"] = np.ascontiguousarray(u)
        return drawn(len(u), distribution=index)

    return Drawing(uniforms, values)


@functools.cache
def _empty() -> Memory:
    """Memory without tables."""
    return Memory({name: np.zeros(1, kind) for name, kind in LAYOUT.items()})


def copies(name: str, table: Any) -> dict[str, NDArray[Any]]:  # noqa: ANN401
    """Columns of a named tuple, contiguous, of one dimension and of one type for all models."""
    return {
        f"{name}.{column}": np.ascontiguousarray(values, LAYOUT[f"{name}.{column}"]).ravel()
        for column, values in zip(table._fields, table, strict=True)
    }
