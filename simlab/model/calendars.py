"""Compiled calendars: when people work, as sorted open intervals, and the arithmetic of open time.

Times are minutes since the start of the simulation, in elapsed time. An interval is half open: the calendar
is open at its start and closed at its end. Calendars are compiled for a *span*; `covers` tells whether an
instant lies within it. Outside the span a calendar is closed, and what never happens within it is at ``inf``.

The scalar functions neither raise nor allocate, and are written so that one source serves plain Python (on
the lists of `as_lists`, the fastest there) and numba (on the arrays): register each of `SCALAR_FUNCTIONS`
with ``numba.extending.register_jitable`` before compiling a function that calls them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.model.calendar_rules import CalendarRule, open_intervals
from simlab.model.wall_clock import WallClock

FloatArray = NDArray[np.float64]
IntervalArray = NDArray[np.float64]
"""Intervals as rows ``[start, end)``, shape (n, 2); *normal* when sorted, apart and not empty."""

SNAP = 1e-7
"""Minutes (6 microseconds): work that overruns a closing time by no more than this is done at closing time.
Without it a rounding error of one bit could move a completion from Friday evening to Monday morning."""


class Calendar(NamedTuple):
    """When something is open: n maximal intervals, sorted and disjoint, within one span."""

    opens: FloatArray | list[float]
    """Start of each interval."""
    closes: FloatArray | list[float]
    """End of each interval."""
    worked_before: FloatArray | list[float]
    """Open minutes before each interval, then the total: length n + 1."""
    span_start: float
    span_end: float


def is_open(calendar: Calendar, t: float) -> bool:
    """Whether the calendar is open at t."""
    i = _first_closing_after(calendar.closes, t)
    return i < len(calendar.closes) and calendar.opens[i] <= t


def next_open(calendar: Calendar, t: float) -> float:
    """Return t if the calendar is open then, else the next opening; ``inf`` if there is none."""
    i = _first_closing_after(calendar.closes, t)
    if i == len(calendar.closes):
        return math.inf
    return max(t, calendar.opens[i])


def next_close(calendar: Calendar, t: float) -> float:
    """Return the first closing after t: the end of the interval open at t or else of the next one."""
    i = _first_closing_after(calendar.closes, t)
    if i == len(calendar.closes):
        return math.inf
    return calendar.closes[i]


def worked(calendar: Calendar, t0: float, t1: float) -> float:
    """Return the open minutes from t0 to t1; 0 when t1 is not after t0."""
    closes = calendar.closes
    i = _first_closing_after(closes, t0)
    if i == len(closes):
        return 0.0
    start = max(t0, calendar.opens[i])
    if t1 <= closes[i]:
        return max(0.0, t1 - start)
    j = _first_closing_after(closes, t1)
    whole = calendar.worked_before[j] - calendar.worked_before[i + 1]
    last = 0.0 if j == len(closes) else max(0.0, t1 - calendar.opens[j])
    return (closes[i] - start) + whole + last


def finish(calendar: Calendar, t: float, work: float) -> float:
    """Return the earliest instant at which `work` open minutes have passed since t.

    It inverts `worked`: ``worked(t, finish(t, work)) == work`` (exactly for whole minutes, else up to
    rounding and `SNAP`), and ``finish(t, worked(t, u))`` is the earliest instant with as much open time since
    t as u. Hence work that fills an interval ends at its closing, not at the next opening, and no work is
    finished at t itself, open or closed. ``inf`` when the span ends first.
    """
    if work <= 0.0:
        return t
    closes = calendar.closes
    n = len(closes)
    i = _first_closing_after(closes, t)
    if i == n:
        return math.inf
    start = max(t, calendar.opens[i])
    if start + work <= closes[i]:
        return start + work
    left = work - (closes[i] - start)
    if left <= SNAP:
        return closes[i]
    target = calendar.worked_before[i + 1] + left
    # The last interval before which less than the target has been worked; `target - SNAP` snaps to closings.
    low, high = i + 1, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        if calendar.worked_before[middle] < target - SNAP:
            low = middle
        else:
            high = middle
    if low == n:
        return math.inf
    return min(closes[low], calendar.opens[low] + (target - calendar.worked_before[low]))


def covers(calendar: Calendar, t: float) -> bool:
    """Whether t lies within the span for which the calendar was compiled (ends included)."""
    return calendar.span_start <= t <= calendar.span_end


def _first_closing_after(closes: FloatArray | list[float], t: float) -> int:
    """Return the index of the first interval that ends after t; the number of intervals if there is none."""
    low, high = 0, len(closes)
    while low < high:
        middle = (low + high) // 2
        if closes[middle] > t:
            high = middle
        else:
            low = middle + 1
    return low


SCALAR_FUNCTIONS: tuple[Callable[..., float], ...] = (
    _first_closing_after,
    is_open,
    next_open,
    next_close,
    worked,
    finish,
    covers,
)


def worked_many(calendar: Calendar, t0: ArrayLike, t1: ArrayLike) -> FloatArray:
    """Return `worked` for arrays of instants that broadcast together: the same numbers, bit for bit."""
    begin, end = np.broadcast_arrays(np.asarray(t0, np.float64), np.asarray(t1, np.float64))
    n = len(calendar.closes)
    if n == 0:
        return np.zeros(begin.shape)
    # One interval that never comes stands for "no interval left", so that every index is valid.
    opens = np.append(calendar.opens, np.inf)
    closes = np.append(calendar.closes, np.inf)
    before = np.append(calendar.worked_before, np.inf)
    i = np.searchsorted(closes[:n], begin, side="right")
    j = np.searchsorted(closes[:n], end, side="right")
    with np.errstate(invalid="ignore"):  # inf - inf, in branches that are not taken
        start = np.maximum(begin, opens[i])
        within = np.maximum(0.0, end - start)
        last = np.where(j == n, 0.0, np.maximum(0.0, end - opens[j]))
        across = (closes[i] - start) + (before[j] - before[i + 1]) + last
    return np.where(i == n, 0.0, np.where(end <= closes[i], within, across))


def compile_calendar(rule: CalendarRule, clock: WallClock, start: float, end: float) -> Calendar:
    """Compile a rule for the span from `start` to `end`, in minutes on the time axis of `clock`."""
    return calendar_of(open_intervals(rule, clock, start, end), start, end)


def calendar_of(intervals: IntervalArray, start: float, end: float) -> Calendar:
    """Make a calendar of intervals in any order, cut to the span from `start` to `end`."""
    if not start < end:
        raise ValueError(f"the span of a calendar must end after it starts; found {start} to {end}")
    rows = normalised(np.clip(intervals, start, end))
    opens, closes = rows[:, 0].copy(), rows[:, 1].copy()
    worked_before = np.concatenate([[0.0], np.cumsum(closes - opens)])
    for array in (opens, closes, worked_before):
        array.setflags(write=False)
    return Calendar(opens, closes, worked_before, float(start), float(end))


def as_lists(calendar: Calendar) -> Calendar:
    """Return the calendar on plain lists, on which the scalar functions run fastest outside numba."""
    opens, closes, before = (np.asarray(column).tolist() for column in calendar[:3])
    return Calendar(opens, closes, before, calendar.span_start, calendar.span_end)


def normalised(intervals: IntervalArray) -> IntervalArray:
    """Sort intervals, drop empty ones, merge those that overlap or touch."""
    rows = intervals[intervals[:, 0] < intervals[:, 1]]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    if len(rows) == 0:
        return rows
    reach = np.maximum.accumulate(rows[:, 1])
    is_first = np.append(True, rows[1:, 0] > reach[:-1])
    is_last = np.append(is_first[1:], True)
    return np.column_stack([rows[is_first, 0], reach[is_last]])


def union(a: IntervalArray, b: IntervalArray) -> IntervalArray:
    """Return the normal intervals in which a or b is open."""
    return normalised(np.concatenate([a, b]))


def intersect(a: IntervalArray, b: IntervalArray) -> IntervalArray:
    """Return the normal intervals in which both a and b are open."""
    pieces, in_a, in_b = _pieces(a, b)
    return normalised(pieces[in_a & in_b])


def subtract(a: IntervalArray, b: IntervalArray) -> IntervalArray:
    """Return the normal intervals in which a is open and b is not, such as a shift without its breaks."""
    pieces, in_a, in_b = _pieces(a, b)
    return normalised(pieces[in_a & ~in_b])


def _pieces(a: IntervalArray, b: IntervalArray) -> tuple[IntervalArray, NDArray[np.bool_], NDArray[np.bool_]]:
    """Cut time at every edge of a and b; tell of each piece whether it lies in a and whether in b."""
    edges = np.unique(np.concatenate([a.ravel(), b.ravel()]))
    return np.column_stack([edges[:-1], edges[1:]]), _is_inside(edges[:-1], a), _is_inside(edges[:-1], b)


def _is_inside(instants: FloatArray, intervals: IntervalArray) -> NDArray[np.bool_]:
    rows = normalised(intervals)
    opens = np.append(rows[:, 0], np.inf)
    return opens[np.searchsorted(rows[:, 1], instants, side="right")] <= instants


ALWAYS = calendar_of(np.array([[-np.inf, np.inf]]), -np.inf, np.inf)
"""Open at all times: ``finish`` is exactly ``t + work``, ``worked`` exactly ``t1 - t0``."""
