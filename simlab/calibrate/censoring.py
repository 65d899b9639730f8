"""Cases that were still open when a log was taken: which they are, and what they hide.

Where the log tells resolutions, a case without one is open. Where it does not, the silence after its last
event tells: after an activity that is nearly always followed by another, sooner than that, a silent case is
over; after one with which cases often rest for weeks it may go on. The chance is that of a Kaplan-Meier
estimate of the time to the next event, in which the events after which nothing came are cut off by the end
of the log; what the estimate never falls below is the share that is over for good.

Waits that last long are seen less often the later they began. So what was seen to follow counts as many
times as others like it were cut off: the inverse of the share of events that came early enough before the
end of the log to see a wait as long (inverse probability of censoring weights, Robins and Rotnitzky 1992).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import EventLog, Floats

Flags = NDArray[np.bool_]
LEAST_AT_RISK: Final = 40
"""Events that an estimate is still based on where it ends."""
FEWEST: Final = 20
"""Events that are followed by another, below which an activity tells nothing about open cases."""
MOST_WEIGHT: Final = 5.0
MOST_OPEN: Final = 0.03
"""Share of open cases from which on those created then are too recent to be judged."""
PARTS: Final = 25
"""Parts of a log, by creation, in which that is looked at."""


def open_cases(log: EventLog) -> Flags:
    """Return of which cases of a log more is to come after it was taken.

    Where the log tells resolutions: of those that have none, and whose last event is not one with which
    resolved cases end. And of those whose silence after the last event tells so: also a resolved case may
    yet be closed.
    """
    is_open = log.cases.is_open & np.isnan(log.cases.closed)
    if not len(log):
        return is_open
    silent = _silent(log)
    if not is_open.any() or is_open.all() or _tells_no_resolution(log):
        return silent
    offsets = log.offsets()
    has_events = np.diff(offsets) > 0
    last = np.full(len(log.cases), -1, np.int64)
    last[has_events] = log.activity.codes[offsets[1:][has_events] - 1]
    usual = np.bincount(last[~is_open & has_events], minlength=len(log.activity.names))
    ends = np.flatnonzero(usual >= 0.01 * max(usual.sum(), 1))
    return silent | (is_open & ~np.isin(last, ends))


def _tells_no_resolution(log: EventLog) -> bool:
    """Whether a log has no resolutions, or such only as were put in for the last event."""
    if log.finished:
        return False
    resolved = log.cases.resolved
    last = np.full(len(log.cases), -np.inf)
    np.maximum.at(last, log.case, np.nan_to_num(np.fmax(log.start, log.end), nan=-np.inf))
    return bool(np.isnan(resolved).all() or (resolved == last).all())


def _silent(log: EventLog) -> Flags:
    """Return which cases are likelier to go on than to be over, by the silence after their last event."""
    start = np.where(np.isnan(log.start), log.end, log.start)
    end = np.fmax(start, log.end)
    known = ~np.isnan(start) & (log.activity.codes >= 0)
    case, start, end, activity = (column[known] for column in (log.case, start, end, log.activity.codes))
    is_open = np.zeros(len(log.cases), bool)
    if not len(case):
        return is_open
    is_last = np.append(np.diff(case) != 0, True)
    gap = np.where(is_last, end.max() - end, np.append(start[1:], 0.0) - end)
    for each in np.unique(activity[is_last]).tolist():
        rows = np.flatnonzero(activity == each)
        goes_on = likely_to_go_on(np.maximum(gap[rows], 0.0), ~is_last[rows])
        is_open[case[rows[goes_on > 0.5]]] = True
    return is_open


def likely_to_go_on(gap: Floats, is_followed: Flags) -> Floats:
    """Return for each event the chance that another one will yet follow: 0 where one did.

    Parameters
    ----------
    gap
        Time to the next event, or to the end of the log.
    is_followed
        Whether the next event was seen.
    """
    chance = np.zeros(len(gap))
    if is_followed.sum() < FEWEST or len(gap) < LEAST_AT_RISK:
        return chance
    order = np.lexsort((~is_followed, gap))
    at_risk = len(gap) - np.arange(len(gap))
    waits = np.cumprod(1.0 - is_followed[order] / at_risk)
    waits = np.where(at_risk >= LEAST_AT_RISK, waits, waits[len(gap) - LEAST_AT_RISK])
    chance[order] = 1.0 - waits[-1] / np.maximum(waits, 1e-12)
    return np.where(is_followed, 0.0, chance)


def weights(gap: Floats, end: Floats, until: float) -> Floats:
    """Return how many events each stands for of which what follows was seen after a gap.

    Parameters
    ----------
    gap
        Minutes until what followed.
    end
        When each event ended.
    until
        When the log was taken.
    """
    room = np.sort(until - end)
    early_enough = 1.0 - np.searchsorted(room, gap, side="left") / len(room)
    return np.minimum(1.0 / np.maximum(early_enough, 1e-9), MOST_WEIGHT)


def n_judged(is_open: Flags) -> int:
    """Return how many cases, the first ones by creation, are old enough to be judged.

    Of those created later so many are still open that the others are no fair sample: the short ones.
    """
    n = len(is_open)
    if not is_open.any():
        return n
    bounds = np.linspace(0, n, min(PARTS, max(n // 20, 1)) + 1).astype(np.int64)
    for first, last in reversed(list(pairwise(bounds.tolist()))):
        if is_open[first:last].mean() <= MOST_OPEN:
            return int(last)
    return n
