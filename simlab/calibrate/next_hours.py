"""Hours that decide whether a ticket goes on soon or is left lying: those in which what comes next is done.

Mostly they are the hours of everybody. Where others work at night than those whom the ticket needs, they are
not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats
from simlab.calibrate.transitions import Chain
from simlab.calibrate.work_hours import WorkHours, hours_of_activity

FEWEST: Final = 100
"""Tickets that went on soon, and that did not, below which an activity has no hours of its own."""
COVERED: Final = 0.98
MOST_OPEN: Final = 160.0
"""Hours a week from which on they tell nothing."""
BETTER: Final = 20.0
"""Log-likelihood by which they must tell better than the hours of everybody."""


def next_hours(chain: Chain, usual: WorkHours) -> dict[int, WorkHours]:
    """Return the activities after which hours of their own tell whether tickets go on soon, and these hours.

    Parameters
    ----------
    usual
        Hours in which work is taken up.
    """
    paths = chain.paths
    is_divided = np.array([False, *(each.is_divided for each in chain.transitions)])
    is_late = np.array([False, *(each.is_late for each in chain.transitions)])
    goes_on = np.flatnonzero((chain.following > 0) & is_divided[chain.following])
    found: dict[int, WorkHours] = {}
    for activity in np.unique(paths.activity[goes_on]).tolist():
        rows = goes_on[paths.activity[goes_on] == activity]
        late = is_late[chain.following[rows]]
        if min(late.sum(), (~late).sum()) < FEWEST:
            continue
        own = hours_of_activity(paths.hour_of_week(paths.start[rows[~late] + 1]), COVERED)
        hour = paths.hour_of_week(paths.end[rows])
        told = [_likelihood(hours.open_hours[hour], late) for hours in (usual, own)]
        if own.hours_per_week < MOST_OPEN and told[1] > told[0] + BETTER:
            found[activity] = own
    return found


def _likelihood(is_open: NDArray[np.bool_], is_late: NDArray[np.bool_]) -> float:
    """Return the log-likelihood of who is late, given whether the hours are open."""
    counts: Floats = np.bincount(2 * is_open + is_late, minlength=4).reshape(2, 2).astype(np.float64)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1.0)
    return float((counts * np.log(np.maximum(shares, 1e-12))).sum())
