"""Tickets that are open when a run begins: their table, what is drawn for them, and the work that is left."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.model.distributions import DistributionTable
from simlab.model.quantiles import quantile

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FIRST_SUBJECT = 2**32 - 2**22
"""Identities of tickets of the backlog: this, plus the number of their row of the file, from 0."""
MOST_TICKETS = 2**22
_LAST_UNIFORM = 1.0 - 2.0**-53


class BacklogTable(NamedTuple):
    """Open tickets, the oldest first; codes of -1 and NaN are not known, and drawn where they are needed."""

    stream: Codes
    subject: Codes
    ticket_class: Codes
    priority: Codes
    channel: Codes
    difficulty: Floats
    created: Floats
    """Minutes since the start: none is above 0."""
    step: Codes
    """Step of the compiled graph where the ticket stands."""
    responded: Floats
    """NaN where it is still to come."""
    paused: Floats
    """Open minutes for which the clock for resolution stood still."""
    spent: Floats
    """Minutes spent at the step."""
    hops: Codes
    reopens: Codes
    team: Codes
    """Team that worked on it last; -1 none."""


_NO_CODES, _NO_FLOATS = np.empty(0, np.int64), np.empty(0)
NO_BACKLOG = BacklogTable(
    stream=_NO_CODES,
    subject=_NO_CODES,
    ticket_class=_NO_CODES,
    priority=_NO_CODES,
    channel=_NO_CODES,
    difficulty=_NO_FLOATS,
    created=_NO_FLOATS,
    step=_NO_CODES,
    responded=_NO_FLOATS,
    paused=_NO_FLOATS,
    spent=_NO_FLOATS,
    hops=_NO_CODES,
    reopens=_NO_CODES,
    team=_NO_CODES,
)
"""What a run has that begins without open tickets."""


def rest_of_time(table: DistributionTable, distribution: int, u: float, spent: float) -> float:
    """Time that is left of one that has lasted for ``spent`` minutes already.

    The whole time T is drawn given that it is longer than what was spent: at the uniform ``q + u (1 - q)``
    with ``q = P(T <= spent)``, which is found by bisection. An exponential time is as good as new; of a fixed
    one the rest is left; nothing is left where no time is so long.
    """
    if quantile(table, distribution, _LAST_UNIFORM) <= spent:
        return 0.0
    low, high = 0.0, _LAST_UNIFORM
    while high - low > 2.0**-52:
        middle = 0.5 * (low + high)
        if quantile(table, distribution, middle) <= spent:
            low = middle
        else:
            high = middle
    return max(0.0, quantile(table, distribution, min(low + u * (1.0 - low), _LAST_UNIFORM)) - spent)
