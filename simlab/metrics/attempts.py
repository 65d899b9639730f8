"""Attempts of self-service, by automation."""

from __future__ import annotations

from simlab.engines.logs import RunLogs
from simlab.metrics.groups import Grouping, counts, sums
from simlab.metrics.window import Floats, Window
from simlab.model.codes import AttemptOutcome
from simlab.model.tables import Model


def runs_of_self_service(model: Model, logs: RunLogs, window: Window, start: float, end: float) -> Floats:
    """Return the attempts in the window, from one instant until before another, by automation."""
    attempts = logs.attempts
    began = window.holds(attempts.started) & (start <= attempts.started) & (attempts.started < end)
    return counts(Grouping(attempts.automation[began], len(model.names.automations)))


def finished_by_self_service(model: Model, logs: RunLogs, window: Window) -> tuple[Floats, Floats]:
    """Return attempts that were contained, and all attempts, by automation."""
    attempts = logs.attempts
    tried = window.holds(attempts.started)
    by = Grouping(attempts.automation[tried], len(model.names.automations))
    return sums(attempts.result[tried] == AttemptOutcome.CONTAINED, by), counts(by)
