"""A raw table and its mapping become an event log; rows that cannot be used are kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import CaseTable, Codes, EventLog, Floats, Labels, LogKind
from simlab.calibrate.reading.durations import minutes_of
from simlab.calibrate.reading.field_history import as_changes
from simlab.calibrate.reading.instants import EARLIEST_YEAR, LATEST_YEAR, is_plausible, read_instants
from simlab.calibrate.reading.lifecycle import paired
from simlab.calibrate.reading.mapping import LogMapping
from simlab.calibrate.reading.raw_table import RawTable, RejectedRow
from simlab.calibrate.reading.words import FINISHED_WORDS
from simlab.model.wall_clock import WallClock

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Assembled:
    """An event log, and what did not go into it."""

    log: EventLog
    rejected: tuple[RejectedRow, ...]
    remarks: tuple[str, ...]


def assembled(table: RawTable, mapping: LogMapping) -> Assembled:
    """Return the event log of a table whose columns the mapping explains."""
    if mapping.columns.field is not None:
        table, mapping = as_changes(table, mapping, _Rows(table, mapping).instants("end"))
    rows = _Rows(table, mapping)
    if mapping.kind is LogKind.TICKETS:
        log = _tickets(rows)
    elif mapping.kind is LogKind.CHANGES:
        log = _changes(rows)
    else:
        log = _events(rows)
    rejected = tuple(sorted((*table.rejected, *rows.rejected), key=lambda row: row.line))
    return Assembled(log, rejected, (*table.remarks, *rows.remarks))


@dataclass(slots=True)
class _Rows:
    """The rows of a table by what they say; rows that cannot be used drop out one reason after another."""

    table: RawTable
    mapping: LogMapping
    is_kept: Flags = field(init=False)
    rejected: list[RejectedRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_kept = np.ones(len(self.table), bool)

    def reject(self, is_bad: Flags, reason: str) -> None:
        """Keep rows apart, those that are not so already."""
        rows = np.flatnonzero(is_bad & self.is_kept)
        self.is_kept[rows] = False
        lines = self.table.lines[rows].tolist()
        self.rejected += [
            RejectedRow(line, reason, self.table.row_text(row))
            for line, row in zip(lines, rows.tolist(), strict=True)
        ]

    def has(self, role: str) -> bool:
        """Whether the mapping names a column for it."""
        return role in self.mapping.columns.named()

    def labels(self, role: str) -> Labels:
        """Return a column of names, texts that stand for nothing left out."""
        name = self.mapping.columns.named().get(role)
        return self.named(name) if name is not None else Labels.none(len(self.table))

    def named(self, name: str) -> Labels:
        """Return a column by its own name."""
        column = self.table.columns[name]
        if not isinstance(column, Labels):
            return Labels.of([None if np.isnan(value) else f"{value:g}" for value in column])
        return _without(column, self.mapping.missing)

    def instants(self, role: str) -> Floats:
        """Return a column of instants; rows whose text is none are kept apart."""
        name = self.mapping.columns.named().get(role)
        if name is None:
            return np.full(len(self.table), np.nan)
        column = self.table.columns[name]
        if not isinstance(column, Labels):
            is_odd = ~np.isnan(column) & ~is_plausible(column)
            self.reject(is_odd, f"'{name}' is an instant before {EARLIEST_YEAR} or after {LATEST_YEAR}")
            return np.where(is_odd, np.nan, column)
        read = read_instants(column.names, self.mapping.order)
        on_wall = np.isnan(read.offset) & read.is_readable
        minutes = read.minutes.copy()
        if on_wall.any():
            clock = WallClock(self.mapping.zone, datetime(1970, 1, 1, tzinfo=UTC))
            minutes[on_wall] = clock.minutes_of_wall(minutes[on_wall])
        known = _without(column, self.mapping.missing)
        values = np.append(minutes, np.nan)[known.codes]
        self.reject((known.codes >= 0) & np.isnan(values), f"'{name}' is not a date that can be read")
        return values

    def after(self, created: Floats, role: str) -> Floats:
        """Return the instants at which a time has passed since the creation; NaN where none is told."""
        told = self.labels(role)
        minutes = minutes_of(told, self.mapping.durations)
        n_odd = int((np.isnan(minutes) & (told.codes >= 0)).sum())
        if n_odd:
            column = self.mapping.columns.named()[role]
            self.remarks.append(f"{n_odd:,} values of '{column}' are no times that can be read")
        return created + minutes

    def counts(self, role: str) -> Codes:
        """Return a column of whole numbers; -1 where there is none."""
        column = self.labels(role)
        numbers = [_whole(text) for text in column.names]
        if any(number is None for number in numbers):
            self.remarks.append(
                f"some values of '{self.mapping.columns.named()[role]}' are not whole numbers"
            )
        return np.array([*(-1 if n is None else n for n in numbers), -1], np.int32)[column.codes]


def _moves(rows: _Rows) -> Codes:
    """Return the changes of team, counted as such or as the teams that a ticket went through."""
    if rows.has("reassignments") or not rows.has("stations"):
        return rows.counts("reassignments")
    stations = rows.counts("stations")
    return np.where(stations > 0, stations - 1, stations).astype(np.int32)


def _without(column: Labels, missing: tuple[str, ...]) -> Labels:
    absent = [code for code, name in enumerate(column.names) if name in missing]
    if not absent:
        return column
    return Labels(np.where(np.isin(column.codes, absent), -1, column.codes).astype(np.int32), column.names)


def _whole(text: str) -> int | None:
    try:
        number = float(text)
    except ValueError:
        return {"true": 1, "yes": 1, "false": 0, "no": 0}.get(text.lower())
    return int(number) if 0 <= number < 2**31 and number.is_integer() else None


def _tickets(rows: _Rows) -> EventLog:
    created, resolved = rows.instants("created"), rows.instants("resolved")
    closed, responded = rows.instants("closed"), rows.instants("responded")
    responded = np.where(np.isnan(responded), rows.after(created, "responded_after"), responded)
    resolved = np.where(np.isnan(resolved), rows.after(created, "resolved_after"), resolved)
    rows.reject(np.isnan(created), "the ticket has no creation")
    rows.reject(resolved < created, "the ticket is resolved before it is created")
    ids = rows.labels("case")
    if rows.has("case"):
        rows.reject(ids.codes < 0, "the ticket has no number")
        rows.reject(_is_again(ids.codes, rows.is_kept), "a ticket of this number stands above")
    kept = np.flatnonzero(rows.is_kept)
    closing = _closing(rows)
    if closing is not None and not (rows.has("resolved") or rows.has("resolved_after")):
        resolved = np.where(closing, closed, np.nan)
    named = rows.mapping.columns.named()
    counts = {"reassignments": _moves(rows)[kept], "reopens": rows.counts("reopens")[kept]}
    cases = CaseTable(
        ids=tuple(ids.take(kept).texts() if rows.has("case") else map(str, rows.table.lines[kept])),
        created=created[kept],
        responded=responded[kept],
        resolved=resolved[kept],
        closed=closed[kept],
        case_class=rows.labels("class").take(kept).used(),
        priority=rows.labels("priority").take(kept).used(),
        channel=rows.labels("channel").take(kept).used(),
        team=rows.labels("team").take(kept).used(),
        attributes=_ticket_attributes(rows, kept),
        status=named.get("status", ""),
        person=named.get("person", ""),
        **counts,
    )
    nothing = np.empty(0)
    return EventLog.sorted_from(
        LogKind.TICKETS,
        rows.mapping.zone,
        cases,
        np.empty(0, np.int32),
        Labels.none(0),
        nothing,
        nothing,
        waiting=rows.mapping.waiting,
        finished=frozenset(rows.mapping.finished),
    )


def _closing(rows: _Rows) -> Flags | None:
    """Whether a ticket's status counts as resolved; None where no status is told."""
    if not rows.has("status"):
        return None
    status = rows.labels("status")
    return np.array([*(name in rows.mapping.finished for name in status.names), False])[status.codes]


def _ticket_attributes(rows: _Rows, kept: NDArray[np.intp]) -> dict[str, Labels]:
    named = rows.mapping.columns.named()
    names = [*rows.mapping.attributes, *(named[role] for role in ("status", "person") if role in named)]
    return {name: rows.named(name).take(kept).used() for name in names}


def _is_again(codes: Codes, is_kept: Flags) -> Flags:
    """Whether a kept row before has the same code."""
    rows = np.flatnonzero(is_kept)
    _, first = np.unique(codes[rows], return_index=True)
    again = np.zeros(len(codes), bool)
    again[rows] = True
    again[rows[first]] = False
    return again


def _events(rows: _Rows) -> EventLog:
    start, end, enabled = rows.instants("start"), rows.instants("end"), rows.instants("enabled")
    activity = rows.labels("activity")
    rows.reject(activity.codes < 0, "the event has no activity")
    rows.reject(np.isnan(start) & np.isnan(end), "the event has no time")
    rows.reject(end < start, "the event ends before it starts")
    case = rows.labels("case")
    rows.reject(case.codes < 0, "the event has no case")
    if rows.has("lifecycle"):
        pairs = paired(case.codes, activity.codes, rows.labels("lifecycle"), start, end, rows.is_kept)
        start, end, enabled = pairs.start, pairs.end, np.fmax(pairs.enabled, enabled)
        kept = pairs.rows
        rows.remarks += pairs.remarks
    else:
        kept = np.flatnonzero(rows.is_kept)
    finished = frozenset(rows.mapping.finished)
    return _log(rows, kept, case, activity, start, end, enabled, Labels.none(len(case)), finished, {})


def _changes(rows: _Rows) -> EventLog:
    end = rows.instants("end")
    case, status = rows.labels("case"), rows.labels("status")
    rows.reject(case.codes < 0, "the change has no case")
    rows.reject(np.isnan(end), "the change has no time")
    rows.reject(status.codes < 0, "the change has no status")
    kept = np.flatnonzero(rows.is_kept)
    detail = rows.labels("detail")
    state = _joined(status, detail)
    finished, waiting = _meanings(state, status, detail, rows.mapping)
    nothing = np.full(len(end), np.nan)
    return _log(rows, kept, case, state, nothing, end, nothing, state, finished, waiting)


def _joined(status: Labels, detail: Labels) -> Labels:
    """Return status and detail as one name, such as ``Accepted: Wait - User``."""
    n_details = len(detail.names) + 1
    codes = status.codes.astype(np.int64) * n_details + detail.codes + 1
    distinct, position = np.unique(codes, return_inverse=True)
    names = []
    for code in distinct.tolist():
        first, second = divmod(code, n_details)
        outer = status.names[first] if code >= 0 else ""
        names.append(f"{outer}: {detail.names[second - 1]}" if second else outer)
    return Labels(position.astype(np.int32), tuple(names))


def _meanings(
    state: Labels, status: Labels, detail: Labels, mapping: LogMapping
) -> tuple[frozenset[str], Mapping[str, str]]:
    """Return the states that count as resolved, and those that wait, whichever part of them says so."""
    finished, waiting = set(), {}
    for name in state.names:
        outer, _, inner = name.partition(": ")
        said = [part for part in (name, inner, outer) if part]
        if any(part in mapping.finished for part in said):
            finished.add(name)
        who = next((mapping.waiting[part] for part in said if part in mapping.waiting), None)
        if who is not None and name not in finished:
            waiting[name] = who
    return frozenset(finished), waiting


def _no_resolution(activity: Labels) -> str:
    """Return what is said of a log that does not tell when cases are resolved, with activities that might."""
    told = "nothing tells when a case is resolved: its last event counts, also of cases that still went on"
    ends = [name for name in activity.names if name.lower().startswith(FINISHED_WORDS)]
    if not ends:
        return told
    remedy = f"name the activities that resolve it in the mapping file: finished: [{', '.join(ends)}]"
    return f"{told}\n    -> {remedy}"


def _log(
    rows: _Rows,
    kept: NDArray[np.intp],
    case: Labels,
    activity: Labels,
    start: Floats,
    end: Floats,
    enabled: Floats,
    state: Labels,
    finished: frozenset[str],
    waiting: Mapping[str, str],
) -> EventLog:
    """Return a log whose rows are events or changes; what is said of a case is its last word."""
    at = np.where(np.isnan(start), end, start)
    order = kept[np.argsort(at[kept], kind="stable")]
    ids, of_row = np.unique(case.codes[order], return_inverse=True)
    by_case = _ByCase(order, of_row, len(ids))
    created = by_case.first(rows.instants("created"))
    created = np.where(np.isnan(created), by_case.first(np.fmin(at, enabled)), created)
    if rows.has("resolved"):
        resolved = by_case.last(rows.instants("resolved"))
    elif finished:
        resolved = by_case.since(
            at, np.array([*(n in finished for n in activity.names), False])[activity.codes]
        )
    else:
        resolved = by_case.latest(end)
        rows.remarks.append(_no_resolution(activity))
    is_late = created > by_case.first(at)
    if is_late.any():
        rows.remarks.append(
            f"{int(is_late.sum()):,} cases have an event before their creation; they count from the event"
        )
        created = np.fmin(created, by_case.first(at))
    cases = CaseTable(
        ids=tuple(case.names[code] for code in ids),
        created=created,
        responded=by_case.last(rows.instants("responded")),
        resolved=resolved,
        closed=by_case.last(rows.instants("closed")),
        case_class=by_case.last_label(rows.labels("class")),
        priority=by_case.last_label(rows.labels("priority")),
        channel=by_case.last_label(rows.labels("channel")),
        team=by_case.last_label(rows.labels("team")),
        reassignments=by_case.most(_moves(rows)),
        reopens=by_case.most(rows.counts("reopens")),
        attributes={
            name.removeprefix("case:"): by_case.last_label(rows.named(name))
            for name in rows.mapping.attributes
        },
    )
    return EventLog.sorted_from(
        rows.mapping.kind,
        rows.mapping.zone,
        cases,
        of_row.astype(np.int32),
        activity.take(order).used(),
        start[order],
        end[order],
        team=rows.labels("team").take(order).used(),
        person=rows.labels("person").take(order).used(),
        state=state.take(order).used(),
        enabled=enabled[order],
        waiting=waiting,
        finished=finished,
    )


@dataclass(frozen=True, slots=True)
class _ByCase:
    """What the rows of a case say together; rows in order of time."""

    rows: NDArray[np.intp]
    case: NDArray[np.intp]
    n_cases: int

    def last(self, values: Floats) -> Floats:
        """Return the last value that is known."""
        said = values[self.rows]
        told = np.full(self.n_cases, np.nan)
        is_known = ~np.isnan(said)
        told[self.case[is_known]] = said[is_known]  # of repeated places the last one stays
        return told

    def first(self, values: Floats) -> Floats:
        """Return the first value that is known."""
        return _ByCase(self.rows[::-1], self.case[::-1], self.n_cases).last(values)

    def latest(self, values: Floats) -> Floats:
        """Return the largest value; NaN where one is not known."""
        most = np.full(self.n_cases, -np.inf)
        said = values[self.rows]
        np.maximum.at(most, self.case, np.where(np.isnan(said), np.inf, said))
        return np.where(np.isfinite(most), most, np.nan)

    def most(self, counts: Codes) -> Codes:
        """Return the largest count; -1 where none is told."""
        most = np.full(self.n_cases, -1, np.int32)
        np.maximum.at(most, self.case, counts[self.rows])
        return most

    def last_label(self, labels: Labels) -> Labels:
        """Return the last name that is told."""
        said = labels.codes[self.rows]
        codes = np.full(self.n_cases, -1, np.int32)
        codes[self.case[said >= 0]] = said[said >= 0]
        return Labels(codes, labels.names).used()

    def since(self, at: Floats, is_so: Flags) -> Floats:
        """Return since when a case has been so without interruption at its last row; NaN where it is not."""
        flags, instants = is_so[self.rows], at[self.rows]
        changed = np.full(self.n_cases, -np.inf)
        changed[self.case[~flags]] = np.flatnonzero(~flags)  # place of the last row that is not so
        is_after = flags & (np.arange(len(flags)) > changed[self.case])
        since = np.full(self.n_cases, np.nan)
        places = np.flatnonzero(is_after)[::-1]
        since[self.case[places]] = instants[places]
        return since
