"""The columns of a written log: names that process-mining tools know without being told.

They are those of the XES standard and of the tools that followed it: ``case:concept:name``,
``concept:name``, ``start_timestamp``, ``time:timestamp``, ``org:resource``, ``org:group``; what is said of a
case has ``case:`` in front. A log of tickets has a row a ticket and plain names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Codes, EventLog, Floats, Labels, LogKind
from simlab.model.wall_clock import WallClock

CASE: Final = "case:"
ID: Final = "case:concept:name"
ACTIVITY: Final = "concept:name"
START: Final = "start_timestamp"
END: Final = "time:timestamp"
ENABLED: Final = "enabled_timestamp"
PERSON: Final = "org:resource"
TEAM: Final = "org:group"
STATE: Final = "status"

Column = Labels | Floats | Codes
"""Names, instants, or counts (-1: not told)."""


@dataclass(frozen=True, slots=True)
class WrittenLog:
    """A log as named columns: those of its events, and those of its cases."""

    log: EventLog
    ids: tuple[str, ...]
    events: Mapping[str, Column]
    """A value for each event; columns that say nothing are left out."""
    cases: Mapping[str, Column]
    """A value for each case, without the mark in front."""

    def rows(self) -> dict[str, Column | list[str]]:
        """Return the table to write: a row an event, or, where there are none, a row a ticket."""
        if self.log.kind is LogKind.TICKETS:
            return {"ticket": list(self.ids), **self.cases}
        case = self.log.case
        ids = np.array(self.ids, object)
        of_case = {
            f"{CASE}{name}": _taken(column, case.astype(np.int64)) for name, column in self.cases.items()
        }
        return {ID: list(ids[case]), **self.events, **of_case}


def written(log: EventLog) -> WrittenLog:
    """Return a log as columns to write."""
    events: dict[str, Column] = {
        ACTIVITY: log.activity,
        ENABLED: log.enabled,
        START: log.start,
        END: log.end,
        TEAM: log.team,
        PERSON: log.person,
    }
    if log.kind is LogKind.CHANGES:
        events[STATE] = log.state
    cases = log.cases
    about: dict[str, Column] = {
        "created_at": cases.created,
        "responded_at": cases.responded,
        "resolved_at": cases.resolved,
        "closed_at": cases.closed,
        "class": cases.case_class,
        "priority": cases.priority,
        "channel": cases.channel,
        "team": cases.team,
        "reassignments": cases.reassignments,
        "reopens": cases.reopens,
    }
    about |= {name: column for name, column in cases.attributes.items() if name not in about}
    told_events = {name: column for name, column in events.items() if _says(column) or name == ACTIVITY}
    told_cases = {name: column for name, column in about.items() if _says(column)}
    return WrittenLog(log, cases.ids, told_events, told_cases)


def iso_instants(minutes: Floats, zone: str) -> list[str]:
    """Return instants as ISO 8601 on the clock of a zone, to the microsecond; empty where there is none."""
    known = np.flatnonzero(~np.isnan(minutes))
    texts = np.full(len(minutes), "", object)
    if len(known):
        ahead = WallClock(zone, datetime(1970, 1, 1, tzinfo=UTC)).ahead_of_utc(minutes[known])
        wall = np.round((minutes[known] + ahead) * 60e6).astype("datetime64[us]")
        suffixes = {each: _suffix(each) for each in np.unique(ahead).tolist()}
        local = np.datetime_as_string(wall).tolist()
        texts[known] = [text + suffixes[each] for text, each in zip(local, ahead.tolist(), strict=True)]
    return list(texts)


def _suffix(minutes: float) -> str:
    hours, rest = divmod(round(abs(minutes)), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _says(column: Column) -> bool:
    if isinstance(column, Labels):
        return column.is_known
    if column.dtype.kind == "f":
        return not bool(np.isnan(column).all())
    return bool((column >= 0).any())


def _taken(column: Column, rows: NDArray[np.int64]) -> Column:
    return column.take(rows) if isinstance(column, Labels) else column[rows]
