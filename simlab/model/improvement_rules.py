"""What is learnt in a run: the rules about faults and low scores that every engine calls, each written once.

Like those of `simlab.model.ticket_rules` they serve plain Python and numba: no exceptions, no objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from simlab.model.codes import FaultState

NO_FAULT = -1
_UNKNOWN, _WORKAROUND, _FIXED = (
    int(state) for state in (FaultState.UNKNOWN, FaultState.WORKAROUND, FaultState.FIXED)
)


def fault_behind(cumulative: Sequence[float], first: int, end: int, share: float, u: float) -> int:
    """Fault behind a ticket, of those from ``first`` up to ``end``; -1 for none.

    Parameters
    ----------
    cumulative
        By fault, the cumulative share of the group's incidents that it and those before it cause.
    share
        Share of the tickets that have a fault of the group behind them.
    u
        Uniform of the ticket.
    """
    if u >= share:
        return NO_FAULT
    of_group = u / share
    low, high = first, end - 1  # whatever rounding leaves is the last one's
    while low < high:
        middle = (low + high) >> 1
        if of_group < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low


def state_after_work(
    state: int, fixed: float, workaround: float, decides_fix: float, decides_workaround: float
) -> int:
    """State of a fault after the end of a visit that may fix it, or find a workaround where none is known.

    Parameters
    ----------
    fixed, workaround
        Chances of the step.
    decides_fix, decides_workaround
        Uniforms of the visit.
    """
    if state == _FIXED or decides_fix < fixed:
        return _FIXED
    if state == _UNKNOWN and decides_workaround < workaround:
        return _WORKAROUND
    return state


def improvements_due(low_scores: int, at_least: int, each: bool) -> int:
    """Improvement tickets that a review raises: one, or one for every so many low scores."""
    number = low_scores // at_least
    return number if each else min(number, 1)


def low_scores_left(low_scores: int, at_least: int, each: bool) -> int:
    """Low scores that count on after a review."""
    return low_scores % at_least if each else 0
