"""The tickets in the system of the SimPy engine: how many there are, and for how long."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def ticket_minutes(created: NDArray[Any], closed: NDArray[Any], warm_up: float, end: float) -> float:
    """Minutes that tickets spend in the system, over all of them, from the warm-up to the end of the run.

    They are added up in the order of time, so that every engine gets the same bits.

    Parameters
    ----------
    created
        When each ticket came; those of the open backlog are there from the start.
    closed
        When each left, in any order, quickest in that of time; NaN for those that have not.
    """
    left = closed[closed == closed]
    instants = np.concatenate([created, left, [end]])
    np.maximum(instants, 0.0, out=instants)
    changes = np.repeat(np.array([1, -1, 0], np.int8), [len(created), len(left), 1])
    order = np.argsort(instants, kind="stable")
    instants, changes = instants[order], changes[order]
    np.maximum(instants, warm_up, out=instants)
    spans = np.diff(instants, prepend=warm_up)
    before = np.cumsum(changes, dtype=np.int64)
    before -= changes
    spans *= before
    return float(np.cumsum(spans, out=instants)[-1])
