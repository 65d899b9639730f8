"""Paths: what fits and distances look at. Cases in order of creation, and what happened to each, in order.

A path is made of a log once. Events that have one instant only (an end, or a change) begin and end at it.
A log without events, a row a ticket, gets the events that its instants tell: opened, resolved, closed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.attributes import Attribute, attributes_of
from simlab.calibrate.censoring import open_cases
from simlab.calibrate.days_off import NO_DAYS_OFF, DaysOff
from simlab.calibrate.event_log import Codes, EventLog, Floats, Integers, Labels, LogKind
from simlab.model.wall_clock import WallClock

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_URGENCY: Final = (
    {"major", "critical", "blocker", "emergency", "urgent", "highest"},
    {"high"},
    {"medium", "moderate", "normal", "standard"},
    {"low", "minor"},
    {"lowest", "planning", "trivial", "none"},
)
_STEPS: Final = (60.0, 1.0, 1.0 / 60.0)
_MOST_LOOKED_AT: Final = 10_000
_MILESTONES: Final = ("Opened", "Resolved", "Closed")


@dataclass(frozen=True, slots=True)
class Paths:
    """Events of complete cases, sorted by case, start and end; cases are numbered by creation."""

    case: Codes
    activity: Codes
    start: Floats
    """Minutes since 1970 UTC."""
    end: Floats
    team: Codes
    """-1: none told."""
    person: Codes
    first: Integers
    """Row of the first event of each case, and the number of rows at the end."""
    created: Floats
    """Start of the first event of each case."""
    case_class: Codes
    priority: Codes
    activities: tuple[str, ...]
    teams: tuple[str, ...]
    classes: tuple[str, ...]
    priorities: tuple[str, ...]
    """Most urgent first."""
    zone: str
    has_durations: bool
    """Whether events have both a start and an end."""
    is_open: NDArray[np.bool_]
    """By case, whether it was still open when the log was taken: more is to come."""
    until: float
    """When the log was taken; NaN where no case is open."""
    days_off: DaysOff = NO_DAYS_OFF
    """Those that are known beforehand."""
    enabled: Floats | None = None
    """Since when each event could have begun, NaN where not told; None: the log tells of none."""
    has_states: bool = False
    """Whether activities are states, of which a case has one at a time."""
    attributes: tuple[Attribute, ...] = ()
    """Facts about cases beside class and priority."""

    def __len__(self) -> int:
        return len(self.created)

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self.case)

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Whether an event is the first of its case."""
        flags = np.zeros(self.n_events, bool)
        flags[self.first[:-1]] = True
        return flags

    def cycle_min(self) -> Floats:
        """Return the minutes from the first start to the last end of each case."""
        return cycle_min(self.case, self.start, self.end, len(self))

    def hour_of_week(self, instants: Floats) -> Integers:
        """Return the hour of the week on the desk's clock, 0 for Monday 00:00 to 01:00."""
        return WallClock(self.zone, EPOCH).hour_of_week(instants)

    def step_min(self) -> float:
        """Return the step of the clock of the log: an hour, a minute or a second; 0 where it is finer."""
        some = slice(None, None, max(self.n_events // _MOST_LOOKED_AT, 1))
        instants = np.concatenate([self.start[some], self.end[some]])
        for step in _STEPS:
            if (np.abs(instants / step - np.rint(instants / step)) < 1e-3 * min(step, 1.0)).all():
                return step
        return 0.0

    def take(self, cases: NDArray[np.intp]) -> Paths:
        """Return some cases, in the order given (which must be by creation); codes mean the same."""
        lengths = np.diff(self.first)[cases]
        first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = np.repeat(self.first[:-1][cases] - first[:-1], lengths) + np.arange(int(first[-1]))
        return Paths(
            case=np.repeat(np.arange(len(cases)), lengths).astype(np.int32),
            activity=self.activity[rows],
            start=self.start[rows],
            end=self.end[rows],
            team=self.team[rows],
            person=self.person[rows],
            first=first,
            created=self.created[cases],
            case_class=self.case_class[cases],
            priority=self.priority[cases],
            activities=self.activities,
            teams=self.teams,
            classes=self.classes,
            priorities=self.priorities,
            zone=self.zone,
            has_durations=self.has_durations,
            is_open=self.is_open[cases],
            until=self.until,
            days_off=self.days_off,
            enabled=None if self.enabled is None else self.enabled[rows],
            has_states=self.has_states,
            attributes=tuple(each.take(cases) for each in self.attributes),
        )

    def complete(self) -> Paths:
        """Return the cases that are not open any more."""
        return self.take(np.flatnonzero(~self.is_open)) if self.is_open.any() else self

    def over_within(self, room: Floats) -> Paths:
        """Return the cases that are over before a log is taken.

        Parameters
        ----------
        room
            Minutes from the creation of the first case, the second, and so on until then; all are over
            where it is NaN.
        """
        room = room[np.minimum(np.arange(len(self)), len(room) - 1)]
        return self.take(np.flatnonzero(~(self.cycle_min() > room)))

    def shifted(self, minutes: float) -> Paths:
        """Return the same cases so many minutes later."""
        whole = self.take(np.arange(len(self)))
        for column in (whole.start, whole.end, whole.created):
            column += minutes
        return whole


def one_after_another(logs: Sequence[Paths]) -> Paths:
    """Return the cases of several logs, whose codes mean the same, as one log (not sorted by creation)."""
    first = logs[0]
    n_cases = np.concatenate([[0], np.cumsum([len(log) for log in logs])])
    n_events = np.concatenate([[0], np.cumsum([log.n_events for log in logs])])

    def joined(column: str) -> NDArray[Any]:
        return np.concatenate([getattr(log, column) for log in logs])

    return replace(
        first,
        attributes=(),
        case=np.concatenate([log.case + before for log, before in zip(logs, n_cases, strict=False)]).astype(
            np.int32
        ),
        first=np.concatenate(
            [*(log.first[:-1] + before for log, before in zip(logs, n_events, strict=False)), n_events[-1:]]
        ).astype(np.int64),
        activity=joined("activity"),
        start=joined("start"),
        end=joined("end"),
        team=joined("team"),
        person=joined("person"),
        created=joined("created"),
        case_class=joined("case_class"),
        priority=joined("priority"),
        is_open=joined("is_open"),
        enabled=None if any(log.enabled is None for log in logs) else joined("enabled"),
    )


def cycle_min(case: Codes, start: Floats, end: Floats, n_cases: int) -> Floats:
    """Return last end minus first start of each case, in minutes; every case has an event."""
    first, last = np.full(n_cases, np.inf), np.full(n_cases, -np.inf)
    np.minimum.at(first, case, start)
    np.maximum.at(last, case, end)
    minutes: Floats = last - first
    return minutes


def paths_of(log: EventLog, days_off: DaysOff = NO_DAYS_OFF) -> Paths:
    """Return the paths of a log; cases without any event are left out.

    Parameters
    ----------
    days_off
        Those that are known beforehand, of the mapping of the log.
    """
    if not len(log):
        log = _with_milestones(log)
    is_open = open_cases(log)
    start = np.where(np.isnan(log.start), log.end, log.start)
    end = np.maximum(start, np.where(np.isnan(log.end), start, log.end))
    known = ~np.isnan(start) & (log.activity.codes >= 0)
    order = np.lexsort((end, start, log.case))
    order = order[known[order]]
    with_events = np.unique(log.case[order])
    number = np.full(len(log.cases), -1, np.int32)
    number[with_events] = np.arange(len(with_events), dtype=np.int32)
    case = number[log.case[order]]
    by_urgency = np.argsort([urgency(name) for name in log.cases.priority.names], kind="stable")
    rank = np.full(len(by_urgency) + 1, -1, np.int32)
    rank[by_urgency] = np.arange(len(by_urgency))
    paths = Paths(
        case=case,
        activity=log.activity.codes[order],
        start=start[order],
        end=end[order],
        team=log.team.codes[order],
        person=log.person.codes[order],
        first=np.append(_first_rows(case), len(case)).astype(np.int64),
        created=start[order][_first_rows(case)],
        case_class=log.cases.case_class.codes[with_events],
        priority=rank[log.cases.priority.codes[with_events]],
        activities=log.activity.names,
        teams=log.team.names,
        classes=log.cases.case_class.names,
        priorities=tuple(log.cases.priority.names[code] for code in by_urgency),
        zone=log.zone,
        has_durations=bool((end[order] > start[order]).mean() > 0.02) if len(case) else False,
        is_open=is_open[with_events],
        until=float(end[order].max(initial=-np.inf)) if is_open[with_events].any() else float("nan"),
        days_off=days_off,
        enabled=None if np.isnan(log.enabled).all() else log.enabled[order],
        has_states=log.kind is LogKind.CHANGES,
        attributes=tuple(each.take(with_events) for each in attributes_of(log.cases)),
    )
    return paths.take(np.argsort(paths.start[paths.first[:-1]], kind="stable"))


def resolving_activities(log: EventLog) -> tuple[str, ...]:
    """Return the names of the activities with which a case counts as resolved, as its paths have them."""
    return tuple(sorted(log.finished)) if len(log) else _MILESTONES[1:]


def urgency(priority: str) -> float:
    """Return a number that sorts priorities, most urgent first: the number in it, else by its words."""
    number = re.search(r"\d+", priority)
    if number:
        return float(number[0])
    words = set(re.findall(r"[a-z]+", priority.lower()))
    return next((place + 0.5 for place, known in enumerate(_URGENCY) if words & known), len(_URGENCY) / 2.0)


def text_codes(names: Sequence[str], wanted: Sequence[str]) -> Codes:
    """Return the code of each name of ``names`` in ``wanted``, -1 where it is not among them."""
    place = {name: code for code, name in enumerate(wanted)}
    return np.array([place.get(name, -1) for name in names], np.int32)


def _first_rows(case: Codes) -> Integers:
    return np.flatnonzero(np.diff(case, prepend=-1) != 0).astype(np.int64)


def _with_milestones(log: EventLog) -> EventLog:
    """Return a log of tickets with an event at creation, resolution and closing, where these are known."""
    cases = log.cases
    columns = (cases.created, cases.resolved, cases.closed)
    at = np.concatenate(columns)
    rows = np.tile(np.arange(len(cases), dtype=np.int32), len(columns))
    known = ~np.isnan(at)
    codes = np.repeat(np.arange(len(columns), dtype=np.int32), len(cases))
    return EventLog.sorted_from(
        log.kind,
        log.zone,
        cases,
        rows[known],
        Labels(codes[known], _MILESTONES),
        np.full(int(known.sum()), np.nan),
        at[known],
        team=Labels(np.tile(cases.team.codes, len(columns))[known], cases.team.names),
        finished=frozenset(_MILESTONES[1:]),
    )
