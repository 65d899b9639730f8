"""Figures of a log by day or week, taken in the same way from real and from simulated logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import EventLog
from simlab.model.calendars import worked_many
from simlab.model.load import LoadedScenario

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Period = Literal["day", "week"]

FIGURES: Final = {
    "created": "tickets",
    "resolved": "tickets",
    "open": "tickets",
    "queue": "tickets",
    "resolution": "min",
    "attainment": "share",
}
"""Unit by figure: tickets created and resolved; open at the end; mean queue; mean time to resolution of those
resolved; share of them resolved within the target."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Judge = Callable[[EventLog], tuple[Flags, Flags]]
"""Says of each case whether it has a target, and whether its resolution met it."""


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Figures by period; NaN where there was nothing to go by."""

    edges: Floats
    """(n_periods + 1,) minutes since 1970-01-01 00:00 UTC: local midnights."""
    values: Mapping[str, Floats]
    """(n_periods,) by figure."""


def period_edges(zone: str, first: float, last: float, period: Period) -> Floats:
    """Return the local midnights (of Mondays) between two instants, so that all periods are whole ones."""
    local = ZoneInfo(zone)
    day = (_EPOCH + timedelta(minutes=first)).astimezone(local).date()
    step = timedelta(days=7 if period == "week" else 1)
    if period == "week":
        day -= timedelta(days=day.weekday())
    edges: list[float] = []
    while True:
        at = midnight(day, local)
        if at > last:
            return np.array(edges)
        if at >= first:
            edges.append(at)
        day += step


def midnight(day: date, zone: ZoneInfo) -> float:
    """Return when a day begins in a zone, in minutes since 1970-01-01 00:00 UTC."""
    return (datetime.combine(day, time(), zone) - _EPOCH).total_seconds() / 60.0


def figures_by_period(log: EventLog, edges: Floats, judge: Judge) -> PeriodFigures:
    """Return every figure of each period between the edges."""
    cases, n = log.cases, len(edges) - 1
    resolved_in = _places(cases.resolved, edges)
    is_done = resolved_in >= 0
    taken = cases.resolved - cases.created
    has_target, is_met = judge(log)
    judged = is_done & has_target

    def per_period(rows: Flags, weights: Floats | None = None) -> Floats:
        counted: Floats = np.bincount(
            resolved_in[rows], None if weights is None else weights[rows], n
        ).astype(np.float64)
        return counted

    with np.errstate(invalid="ignore", divide="ignore"):
        values = {
            "created": np.histogram(cases.created, edges)[0].astype(np.float64),
            "resolved": per_period(is_done),
            "open": _open_at(log, edges[1:]),
            "queue": _mean_queue(log, edges),
            "resolution": per_period(is_done, np.nan_to_num(taken)) / per_period(is_done),
            "attainment": per_period(judged & is_met) / per_period(judged),
        }
    return PeriodFigures(edges, values)


def judge_of(loaded: LoadedScenario) -> Judge:
    """Return how cases are judged by the targets of a scenario that are stated by priority.

    The clock runs from creation to resolution on the target's calendar; pauses are not taken off, since
    logs seldom tell them. So it is stricter than the attainment that simulated runs report, and alike for
    both logs.
    """
    model = loaded.model
    stated = list(loaded.scenario.targets) if isinstance(loaded.scenario.targets, dict) else []
    shift = (model.clock.start - _EPOCH).total_seconds() / 60.0

    def judge(log: EventLog) -> tuple[Flags, Flags]:
        cases = log.cases
        has_target, is_met = np.zeros(len(cases), bool), np.zeros(len(cases), bool)
        for row, priority in enumerate(stated):
            limit = float(model.targets.resolve[row])
            if priority not in cases.priority.names or not np.isfinite(limit):
                continue
            mine = (cases.priority.codes == cases.priority.names.index(priority)) & ~np.isnan(cases.resolved)
            calendar = model.calendars[model.targets.calendar[row]]
            worked = worked_many(calendar, cases.created[mine] - shift, cases.resolved[mine] - shift)
            has_target[mine] = True
            is_met[mine] = worked <= limit
        return has_target, is_met

    return judge


def _places(instants: Floats, edges: Floats) -> NDArray[np.int64]:
    """Return the period of each instant, -1 for those outside and those not known."""
    place = np.searchsorted(edges, instants, side="right") - 1
    place[np.isnan(instants) | (place >= len(edges) - 1)] = -1
    return place.astype(np.int64)


def _open_at(log: EventLog, instants: Floats) -> Floats:
    created = np.sort(log.cases.created)
    done = np.sort(log.cases.resolved[~np.isnan(log.cases.resolved)])
    counted: Floats = (
        np.searchsorted(created, instants, side="right") - np.searchsorted(done, instants, side="right")
    ).astype(np.float64)
    return counted


def _mean_queue(log: EventLog, edges: Floats) -> Floats:
    """Mean number of cases in a queue, where the log tells when they joined it; NaN throughout else."""
    known = ~np.isnan(log.enabled) & ~np.isnan(log.start)
    if not known.any():
        return np.full(len(edges) - 1, np.nan)
    joined, left = log.enabled[known], log.start[known]
    spans = [
        np.clip(np.minimum(left, b) - np.maximum(joined, a), 0.0, None).sum() / (b - a)
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    return np.array(spans, np.float64)
