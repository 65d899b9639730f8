"""Service targets: whether they were met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.window import Window
from simlab.model.codes import Outcome

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which tickets were judged in the window, and which of them met the target."""

    judged: Flags
    met: Flags

    @property
    def missed(self) -> Flags:
        """Judged and not met."""
        return self.judged & ~self.met


def judge_resolution(logs: RunLogs, window: Window) -> Judgement:
    """Judge the resolution targets: at the resolution if it came in time, else at the due instant."""
    tickets = logs.tickets
    resolved = np.where(tickets.outcome == Outcome.RESOLVED, tickets.resolved, np.nan)
    return _judge(resolved, tickets.resolve_due, tickets.closed, window)


def judge_response(logs: RunLogs, window: Window) -> Judgement:
    """Judge the response targets: at the response if it came in time, else at the due instant."""
    tickets = logs.tickets
    return _judge(tickets.responded, tickets.respond_due, tickets.closed, window)


def _judge(fulfilled: Floats, due: Floats, left: Floats, window: Window) -> Judgement:
    """Judge tickets; one that left unfulfilled before it was due is not judged.

    Nor is one whose due instant is not finite: it has no target, or its clock is paused when the run ends.
    """
    in_time = (fulfilled <= due) & np.isfinite(due)
    overdue = ~in_time & ~(np.isnan(fulfilled) & (left < due))
    return Judgement((in_time & window.holds(fulfilled)) | (overdue & window.holds(due)), in_time)
