"""Figures of a log by day or week, taken in the same way from real and from simulated logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.auditing.audit import Limits
from simlab.calibrate.auditing.targets import pausing, resolutions_in_time
from simlab.calibrate.auditing.ways import steps_of
from simlab.calibrate.event_log import EventLog, LogKind
from simlab.calibrate.paths import paths_of
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
PAUSES: Final = Limits().pauses
"""Clocks stand still while one of these is waited for, as in an audit."""
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


def judge_of(loaded: LoadedScenario, real: EventLog) -> Judge:
    """Return how cases are judged by the targets of a scenario.

    The clock runs from creation to resolution on the target's calendar, and stands still where an audit lets
    it: in steps that the scenario pauses it in, and while a user or a vendor is waited for. Where the real
    log tells no such waits, although the scenario has some, they are taken off neither from it nor from
    simulated logs, so that both are judged alike; see :func:`tells_pauses`.

    Parameters
    ----------
    real
        What happened: it says which pauses can be taken off.
    """
    takes_off = tells_pauses(loaded, real)

    def judge(log: EventLog) -> tuple[Flags, Flags]:
        if not takes_off:
            return resolutions_in_time(loaded, log, (), {})
        return resolutions_in_time(loaded, log, PAUSES, _steps_of(loaded, log))

    return judge


def tells_pauses(loaded: LoadedScenario, real: EventLog) -> bool:
    """Whether a log tells when clocks stood still, or the scenario never lets them."""
    step_of = _steps_of(loaded, real)
    is_told = real.kind is LogKind.CHANGES or not np.isnan(real.start).all()
    if is_told and pausing(loaded, real, PAUSES, step_of):
        return True
    return not loaded.model.steps.pauses_resolve.any()


def _steps_of(loaded: LoadedScenario, log: EventLog) -> dict[int, int]:
    return steps_of(loaded, paths_of(log))[0] if len(log) else {}


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
