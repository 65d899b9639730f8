"""The logs of a simulated run as an event log, so that it can be looked at and written like a real one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Labels, LogKind
from simlab.calibrate.simulation import ended_into
from simlab.engines.logs import RunLogs, TicketLog, VisitLog
from simlab.model.codes import Outcome, StepKind
from simlab.model.tables import Model, Names
from simlab.model.wall_clock import WallClock

if TYPE_CHECKING:
    import pyarrow as pa

    from simlab.results.store import ResultStore

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ADDED: Final = "~"
_WAITED_FOR: Final = "other"


def simulated_log(logs: RunLogs, model: Model) -> EventLog:
    """Return the event log of a replication.

    Each visit to a work, automated or wait step that has begun is an event, ``enabled`` when it joined the
    queue. Tickets are named after their stream and their number in it, so that they are the same in all
    scenarios under the same seed. Tickets of the warm-up are in it too; :func:`without_warm_up` leaves them
    out.
    """
    delays = np.flatnonzero((model.steps.kind == StepKind.DELAY) & (model.steps.team < 0))
    waits = [model.names.steps[step] for step in delays.tolist() if _ADDED not in model.names.steps[step]]
    return _event_log(logs, model.names, model.clock, waits)


def stored_log(store: ResultStore, replication: int) -> EventLog:
    """Return the event log of a stored replication, whose logs were kept.

    Raises
    ------
    StorageError
        The replication is not there, was kept without logs, or is damaged.
    """
    resolved = store.manifest().resolved
    tables = {name: store.read_table(replication, name) for name in (TicketLog.LOG, VisitLog.LOG)}
    time = resolved.get("time") or {}
    zone = str(time.get("zone") or "UTC")
    start = datetime.fromisoformat(str(time.get("start") or "2026-01-05"))
    steps = (resolved.get("routing") or {}).get("steps") or {}
    written = {name: step for name, step in steps.items() if isinstance(step, dict)}
    activities = {name: str(step["activity"]) for name, step in written.items() if step.get("activity")}
    logs, names, clock = store.read_logs(replication), _names(tables), WallClock(zone, start)
    if activities:
        return _log_of_activities(logs, names, clock, activities)
    return _event_log(logs, names, clock, [name for name, step in written.items() if "wait" in step])


def without_warm_up(log: EventLog, clock: WallClock, warm_up: float) -> EventLog:
    """Return the tickets that were created after the warm-up (in minutes)."""
    return log.select(log.cases.created >= _minutes(clock) + warm_up)


def _minutes(clock: WallClock) -> float:
    return (clock.start - _EPOCH).total_seconds() / 60.0


def _event_log(logs: RunLogs, names: Names, clock: WallClock, waits: Collection[str]) -> EventLog:
    visits, shift = logs.visits, _minutes(clock)
    rows = np.flatnonzero(~np.isnan(visits.started))
    activities = tuple(map(shown_step, names.steps))
    none = np.full(len(logs.tickets), -1, np.int32)
    return EventLog.sorted_from(
        LogKind.EVENTS,
        clock.zone,
        _cases(logs.tickets, names, shift),
        case=visits.ticket[rows].astype(np.int32) if len(none) else np.empty(0, np.int32),
        activity=_distinct(Labels(visits.step[rows], activities)).used(),
        start=visits.started[rows] + shift,
        end=visits.ended[rows] + shift,
        team=Labels(visits.team[rows], names.teams),
        person=Labels(visits.person[rows], names.people),
        enabled=visits.arrived[rows] + shift,
        waiting=dict.fromkeys(waits, _WAITED_FOR),
    )


def _log_of_activities(
    logs: RunLogs, names: Names, clock: WallClock, activities: Mapping[str, str]
) -> EventLog:
    """Return a log of activities by step; each began with the work that a ticket came from, if it did."""
    visits, shift = logs.visits, _minutes(clock)
    codes = np.array([names.steps.index(step) for step in activities if step in names.steps], np.int64)
    is_told, is_over = np.isin(visits.step, codes), ~np.isnan(visits.ended)
    rows = np.flatnonzero(is_told & ~np.isnan(visits.started))
    works = np.flatnonzero((visits.team >= 0) & is_over)
    work = ended_into(visits, visits.ticket, works, rows)
    is_work = work >= 0
    begun = np.where(is_work, work, rows)
    labels = tuple(activities.get(step, "") for step in names.steps)
    return EventLog.sorted_from(
        LogKind.EVENTS,
        clock.zone,
        _cases(logs.tickets, names, shift),
        case=visits.ticket[rows].astype(np.int32),
        activity=_distinct(Labels(visits.step[rows], labels)).used(),
        start=visits.started[begun] + shift,
        end=visits.ended[rows] + shift,
        team=Labels(np.where(is_work, visits.team[begun], -1), names.teams),
        person=Labels(np.where(is_work, visits.person[begun], -1), names.people),
        enabled=visits.arrived[begun] + shift,
    )


def shown_step(step: str) -> str:
    """Return the name of a step; of an added one such as ``fix~bot run`` as ``fix: bot run``."""
    return step.replace(_ADDED, ": ", 1).replace(_ADDED, " ")


def _distinct(labels: Labels) -> Labels:
    """Return labels of which no two codes have the same name."""
    code_of = {name: code for code, name in enumerate(dict.fromkeys(labels.names))}
    position = np.array([*(code_of[name] for name in labels.names), -1], np.int32)
    return Labels(position[labels.codes], tuple(code_of))


def _cases(tickets: TicketLog, names: Names, shift: float) -> CaseTable:
    streams = names.streams
    ids = tuple(
        f"{streams[stream] if stream >= 0 else 'ticket'}-{subject}"
        for stream, subject in zip(tickets.stream.tolist(), tickets.subject.tolist(), strict=True)
    )
    outcomes = tuple(outcome.name.lower() for outcome in Outcome)

    def at(column: Floats) -> Floats:
        return column + shift

    return CaseTable(
        ids=ids,
        created=at(tickets.created),
        responded=at(tickets.responded),
        resolved=at(tickets.resolved),
        closed=at(tickets.closed),
        case_class=Labels(tickets.ticket_class, names.classes),
        priority=Labels(tickets.priority, names.priorities),
        channel=Labels(tickets.channel, names.channels),
        team=Labels(tickets.last_team, names.teams),
        reassignments=tickets.hops,
        reopens=tickets.reopens,
        attributes={"kind": Labels(tickets.kind, names.kinds), "outcome": Labels(tickets.outcome, outcomes)},
    )


def _names(tables: dict[str, pa.Table]) -> Names:
    """Return the names behind the codes as far as the tables of a replication tell them."""

    def told(log: str, column: str) -> tuple[str, ...]:
        return tuple(json.loads(tables[log].schema.field(column).metadata[b"names"]))

    tickets, visits = TicketLog.LOG, VisitLog.LOG
    return Names(
        streams=told(tickets, "stream"),
        kinds=told(tickets, "kind"),
        classes=told(tickets, "class"),
        priorities=told(tickets, "priority"),
        channels=told(tickets, "channel"),
        teams=told(visits, "team"),
        shifts=(),
        people=told(visits, "person"),
        steps=told(visits, "step"),
        calendars=(),
        automations=(),
    )
