"""Rows of one activity, as XES logs have them (schedule, start, complete), become one event."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Codes, Floats, Labels

_ENABLES: Final = frozenset(("schedule", "assign", "enable", "enabled"))
_STARTS: Final = frozenset(("start",))
_ENDS: Final = frozenset(("complete", "ate_abort", "pi_abort", "ate abort", "pi abort"))
_OTHER, _ENABLE, _START, _END = range(4)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Events of a log with lifecycle; columns have the length of the table, events are its ``rows``."""

    rows: NDArray[np.intp]
    """In the order in which they began to stand in the table."""
    start: Floats
    end: Floats
    enabled: Floats
    remarks: tuple[str, ...]


def paired(
    case: Codes, activity: Codes, lifecycle: Labels, start: Floats, end: Floats, is_kept: NDArray[np.bool_]
) -> Pairs:
    """Join each completion with the earliest start of the activity in its case that is still open.

    A completion without a start has an end only, or the start of its own row; a start without a completion
    was still going on. Rows without a word on their lifecycle are whole events. Suspensions, resumptions and
    the like are counted and left out.
    """
    phase_of = np.array([*map(_phase, lifecycle.names), _END])
    phase = phase_of[lifecycle.codes]
    at = np.where(np.isnan(end), start, end)
    rows = np.flatnonzero(is_kept)
    rows = rows[np.lexsort((phase[rows], at[rows]))]
    started, ended = np.full(len(at), np.nan), np.full(len(at), np.nan)
    enabled = np.full(len(at), np.nan)
    waiting: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)
    scheduled: dict[tuple[int, int], float] = {}
    events: list[tuple[int, int]] = []  # the row of the start, where there is one, and that of the event
    keys = zip(case[rows].tolist(), activity[rows].tolist(), strict=True)
    for row, key, step in zip(rows.tolist(), keys, phase[rows].tolist(), strict=True):
        if step == _START:
            waiting[key].append(row)
        elif step == _ENABLE:
            scheduled.setdefault(key, at[row])
        elif step == _END:
            began = waiting[key].popleft() if waiting[key] else -1
            ended[row] = at[row]
            started[row] = at[began] if began >= 0 else start[row]
            enabled[row] = scheduled.pop(key, np.nan)
            events.append((began if began >= 0 else row, row))
    for starts in waiting.values():
        for row in starts:
            started[row] = at[row]
            events.append((row, row))
    left_out = Counter(lifecycle.text(row).lower() for row in rows[phase[rows] == _OTHER].tolist())
    remarks = tuple(
        f"{number:,} events '{word}' of the lifecycle are left out" for word, number in left_out.items()
    )
    in_order = np.array([row for _, row in sorted(events)], np.intp)
    return Pairs(in_order, started, ended, enabled, remarks)


def _phase(word: str) -> int:
    small = word.lower()
    if small in _STARTS:
        return _START
    if small in _ENDS:
        return _END
    return _ENABLE if small in _ENABLES else _OTHER
