"""Tickets that are open when a run begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FIRST_SUBJECT = 2**32 - 2**22
"""Identities of tickets of the backlog: this, plus the number of their row of the file, from 0."""
MOST_TICKETS = 2**22


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
