"""Compiled control rules: what they watch, when they start and stop acting, and whom they bring in."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendars import Calendar, is_open, next_open

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class ControlTable(NamedTuple):
    """Control rules, a row each, and the people whom they move."""

    measure: Codes
    """:class:`~simlab.model.codes.Measure`."""
    first_team: Codes
    """(n_rules + 1,) teams that rule ``r`` watches: rows ``first_team[r]`` to ``first_team[r + 1]`` of ..."""
    team: Codes
    horizon: Floats
    """Minutes in which a target is due for a ticket to be at risk; 0 where that is not asked."""
    every: Floats
    """Minutes from review to review."""
    calendar: Codes
    """Calendar of the reviews; -1 round the clock."""
    ends_with_calendar: Flags
    """Whether it stops acting when its calendar closes."""
    start_at: Floats
    """It begins to act when the measure is at least this ..."""
    start_lag: Floats
    stop_at: Floats
    """... and stops when it is at most this."""
    stop_lag: Floats
    loan_rule: Codes
    """Loans of people, a row each: the rule while which acts ..."""
    loan_from: Codes
    loan_to: Codes
    loan_people: Codes
    """... so many people of one team serve the queue of another one first."""
    call_rule: Codes
    """Calls of people, a row each: the rule while which acts ..."""
    call_shift: Codes
    """... the people of a shift are on duty, and ..."""
    call_cost: Floats
    """... what is paid to each of them for coming."""

    @property
    def is_on_call(self) -> frozenset[int]:
        """Shifts of people who are on duty only when called in."""
        return frozenset(self.call_shift.tolist())


_NO_CODES, _NO_FLOATS = np.empty(0, np.int64), np.empty(0)
NO_CONTROL = ControlTable(
    measure=_NO_CODES,
    first_team=np.zeros(1, np.int64),
    team=_NO_CODES,
    horizon=_NO_FLOATS,
    every=_NO_FLOATS,
    calendar=_NO_CODES,
    ends_with_calendar=np.empty(0, np.bool_),
    start_at=_NO_FLOATS,
    start_lag=_NO_FLOATS,
    stop_at=_NO_FLOATS,
    stop_lag=_NO_FLOATS,
    loan_rule=_NO_CODES,
    loan_from=_NO_CODES,
    loan_to=_NO_CODES,
    loan_people=_NO_CODES,
    call_rule=_NO_CODES,
    call_shift=_NO_CODES,
    call_cost=_NO_FLOATS,
)
"""What a model without control rules has."""


def next_review(calendar: Calendar, every: float, number: int) -> int:
    """Number of the first review from ``number`` on at which a calendar is open; -1 where there is none.

    Reviews are at the multiples of ``every`` minutes from the start.
    """
    while not is_open(calendar, number * every):
        opening = next_open(calendar, number * every)
        if opening == math.inf:
            return -1
        number = max(number + 1, math.ceil(opening / every))
    return number
