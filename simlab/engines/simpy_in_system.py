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
        When it left; NaN for those that have not.
    """
    left = closed[closed == closed]
    instants = np.concatenate([np.maximum(created, 0.0), left, [end]])
    changes = np.repeat([1, -1, 0], [len(created), len(left), 1])
    order = np.argsort(instants, kind="stable")
    spans = np.diff(np.maximum(instants[order], warm_up), prepend=warm_up)
    before = np.cumsum(changes[order]) - changes[order]
    return float(np.cumsum(before * spans)[-1])
