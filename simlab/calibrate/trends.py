"""Waits that grow or shrink over the time of a log, and what they are by its end.

The trend of a way from one activity to the next is that of the logarithms of its waits, soon and later ones
together, by weighted least squares. It is believed where it is clearly not chance; then every wait is brought
to the level of the last creation of a case.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats
from simlab.calibrate.transitions import Chain

FEWEST: Final = 200
"""Waits below which a transition has no trend."""
CLEAR: Final = 3.0
"""Standard errors by which a trend must differ from none."""
LONG: Final = 0.98
"""Waits begun so late that one longer than this quantile might be cut off do not tell a trend."""
MOST: Final = 3.0
"""Factor by which a wait is changed at most, either way."""
ADDED_MIN: Final = 5.0
"""Added to all waits, so that those of next to no time do not decide."""


def trend_factors(chain: Chain, minutes: Floats) -> Floats:
    """Return, by event, the factor that brings the wait before it to the level of the end of the log.

    Parameters
    ----------
    minutes
        By event: time of the transition that led to it.
    """
    paths = chain.paths
    begun = np.concatenate([[0.0], paths.end[:-1]])
    now = float(paths.created.max())
    factors = np.ones(paths.n_events)
    way = np.array([-1, *(each.source * len(paths.activities) + each.target for each in chain.transitions)])
    late = [number for number, each in enumerate(chain.transitions, start=1) if each.is_late]
    for each in np.unique(way[late]).tolist():
        rows = np.flatnonzero(way[chain.transition] == each)
        if len(rows) >= FEWEST:
            slope = _slope(begun[rows], minutes[rows], chain.weight[rows])
            factors[rows] = np.clip(np.exp(slope * (now - begun[rows])), 1.0 / MOST, MOST)
    return factors


def _slope(begun: Floats, minutes: Floats, weight: Floats) -> float:
    """Return the trend of the logarithm of waits, per minute; 0 where chance may make it."""
    told = begun <= begun.max() - np.quantile(minutes, LONG)
    if told.sum() < FEWEST:
        return 0.0
    at, share = begun[told], weight[told] / weight[told].sum()
    level = np.log(minutes[told] + ADDED_MIN)
    centred = at - share @ at
    spread = float(share @ centred**2)
    slope = float((share * centred) @ level / max(spread, 1e-9))
    off = level - share @ level - slope * centred
    error = float(np.sqrt((share * share * centred**2) @ off**2)) / max(spread, 1e-9)
    return slope * (1.0 - (error / slope) ** 2) if abs(slope) > CLEAR * error else 0.0
