"""When waits were due that ended at an opening: some time since the closing before.

Of these only an interval is known. The distribution is that of greatest likelihood (Turnbull 1976, "The
empirical distribution function with arbitrarily grouped, censored and truncated data"), in cells, by
self-consistency; each wait gets a time of its interval by it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats

MOST_CELLS: Final = 200
ROUNDS: Final = 40


def due_after(low: Floats, high: Floats, place: Floats) -> Floats:
    """Return a time within each interval, by the distribution that all of them tell.

    Parameters
    ----------
    low, high
        Intervals, of no length where the time is known.
    place
        Where in its part of the distribution each lies, 0 to 1.
    """
    edges = np.unique(np.concatenate([low, high]))
    if len(edges) < 2 or not (high > low).any():
        return low.copy()
    if len(edges) > MOST_CELLS + 1:
        edges = np.unique(np.quantile(edges, np.linspace(0.0, 1.0, MOST_CELLS + 1)))
    first = np.clip(np.searchsorted(edges, low, side="right") - 1, 0, len(edges) - 2)
    last = np.maximum(np.clip(np.searchsorted(edges, high, side="left"), 1, len(edges) - 1), first + 1)
    chance = np.diff(edges) / (edges[-1] - edges[0])
    for _ in range(ROUNDS):
        below = np.concatenate([[0.0], np.cumsum(chance)])
        weight = 1.0 / np.maximum(below[last] - below[first], 1e-12)
        change = np.bincount(first, weight, len(edges)) - np.bincount(last, weight, len(edges))
        chance = chance * np.cumsum(change)[:-1] / len(low)
    below = np.concatenate([[0.0], np.cumsum(chance)])
    at = below[first] + place * (below[last] - below[first])
    found: Floats = np.clip(np.interp(at, below, edges), low, high)
    return found
