"""Times without what else takes time: some minutes less on average, and none below 0."""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats

NEARLY_ALL: Final = 0.95
"""Where so much of the times is left, all of it is."""
CLOSE: Final = 1e-6


def by_factor(minutes: Floats, by: float) -> Floats:
    """Take so many minutes out on average: of each time the same part."""
    mean = float(minutes.mean())
    return minutes * max(1.0 - by / mean, 0.0) if mean > 0.0 else minutes


def cut_off(minutes: Floats, by: float) -> Floats:
    """Take so many minutes out of each time; what is cut off at 0 is taken from the others."""
    mean = float(minutes.mean())
    if by >= mean:
        return by_factor(minutes, by)
    short = np.maximum(minutes - by, 0.0)
    for _ in range(4):
        excess = float(short.mean()) - (mean - by)
        if excess <= CLOSE * mean:
            break
        short = np.maximum(short - excess, 0.0)
    return short


def thinned(minutes: Floats, by: float) -> Floats:
    """Take so many minutes out on average: all of some times, evenly of short and long ones.

    Some tickets are left lying then, as long as others of the log, and all others go on at once.
    """
    mean = float(minutes.mean())
    kept = max(1.0 - by / mean, 0.0) if mean > 0.0 else 0.0
    if kept > NEARLY_ALL:
        return minutes
    rank = np.empty(len(minutes))
    rank[np.argsort(minutes, kind="stable")] = np.arange(len(minutes))
    return np.where(np.floor((rank + 1.0) * kept) > np.floor(rank * kept), minutes, 0.0)
