"""The profile of a log: what it says, and warnings of what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from simlab.calibrate.event_log import EventLog, LogKind
from simlab.calibrate.profiling.arrivals import ArrivalProfile, arrival_profile
from simlab.calibrate.profiling.flow import FlowProfile, flow_profile
from simlab.calibrate.profiling.states import StateRow, TeamProfile, state_profile, team_profile
from simlab.units import format_duration

_MANY_OPEN: Final = 0.02
_FEW_WEEKS: Final = 8
_DROP: Final = 0.7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LogProfile:
    """What a log looks like."""

    kind: LogKind
    zone: str
    n_cases: int
    n_events: int
    first: datetime | None
    """First and last instant, on the clock of the zone."""
    last: datetime | None
    n_classes: int
    n_open: int
    arrivals: ArrivalProfile
    flow: FlowProfile
    states: tuple[StateRow, ...]
    teams: TeamProfile
    warnings: tuple[str, ...]
    """What the log cannot tell, and what to do about it."""


def profile(log: EventLog) -> LogProfile:
    """Return the profile of a log."""
    arrivals, flow = arrival_profile(log), flow_profile(log)
    first, last = (_local(instant, log.zone) for instant in log.observed())
    return LogProfile(
        log.kind,
        log.zone,
        len(log.cases),
        len(log),
        first,
        last,
        int((log.cases.case_class.counts() > 0).sum()),
        int(log.cases.is_open.sum()),
        arrivals,
        flow,
        state_profile(log),
        team_profile(log),
        tuple(_warnings(log, arrivals, flow)),
    )


def _local(instant: float, zone: str) -> datetime | None:
    if np.isnan(instant):
        return None
    return (_EPOCH + timedelta(minutes=float(instant))).astimezone(ZoneInfo(zone))


def _warnings(log: EventLog, arrivals: ArrivalProfile, flow: FlowProfile) -> Iterator[str]:
    if not len(log.cases):
        yield "the log has no cases"
        return
    yield from _arrival_warnings(log, arrivals)
    yield from _ending_warnings(log, arrivals, flow)
    if log.kind is not LogKind.TICKETS and np.isnan(log.start).all():
        yield (
            "events have no start: how long people work on a ticket is not in this log;"
            " an elapsed time is not a service time"
        )
    if log.kind is LogKind.TICKETS:
        yield "a row a ticket: paths, hops between teams and waiting states are not in this log"
    if not log.team.is_known and not log.cases.team.is_known:
        yield "no teams are told"


def _arrival_warnings(log: EventLog, arrivals: ArrivalProfile) -> Iterator[str]:
    at = _local(arrivals.snapshot_at, log.zone)
    if at is not None:
        n_before = (log.cases.created < arrivals.snapshot_at).mean()
        yield (
            f"this is a snapshot, not a stream: almost no case ends before {at:%Y-%m-%d}, although"
            f" {n_before:.0%} were created earlier. Only tickets still open then were exported: arrivals"
            " before are not usable, and long cases weigh too much. Export all tickets created in a period"
        )
    elif not arrivals.n_usable:
        yield "no whole week of arrivals is in the log: rates by hour of week cannot be told"
    n_weeks = len(arrivals.weeks)
    if arrivals.n_usable and arrivals.n_usable < n_weeks - 2 and arrivals.usable is not None:
        first, after = arrivals.usable
        yield (
            f"arrivals are usable from {first} to {after - timedelta(days=1)} only"
            f" ({arrivals.n_usable} of {n_weeks} weeks): the others are thin, cut or lack tickets"
        )
    if 0 < arrivals.n_usable < _FEW_WEEKS:
        yield f"{arrivals.n_usable} weeks of arrivals are few: trend and day-to-day variation are vague"


def _ending_warnings(log: EventLog, arrivals: ArrivalProfile, flow: FlowProfile) -> Iterator[str]:
    n_open, n_cases = int(log.cases.is_open.sum()), len(log.cases)
    if n_open > _MANY_OPEN * n_cases:
        yield (
            f"{n_open:,} of {n_cases:,} cases ({n_open / n_cases:.1%}) have no resolution: the quantiles are"
            " those of the others. If the open ones were just longer, the median would be"
            f" {_span(flow.times.median_with_open)}"
        )
    elif not n_open and np.isnan(arrivals.snapshot_at):
        yield from _only_closed(log, arrivals)


def _only_closed(log: EventLog, arrivals: ArrivalProfile) -> Iterator[str]:
    """Warn if tickets still in work were left out: then fewer seem to come towards the end."""
    spent = log.cases.resolved - log.cases.created
    tail = float(np.quantile(spent, 0.9))
    last = float(np.nanmax(log.cases.created))
    n_late = int((log.cases.created > last - tail).sum())
    n_before = int(((log.cases.created <= last - tail) & (log.cases.created > last - 2 * tail)).sum())
    if n_before >= 50 and n_late < _DROP * n_before:
        yield (
            "no case is open at the end, and arrivals fall in the last"
            f" {_span(tail)}: tickets still in work seem to be left out; leave out that time"
        )


def _span(minutes: float) -> str:
    return "beyond the end of the log" if not np.isfinite(minutes) else format_duration(minutes)
