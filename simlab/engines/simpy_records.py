"""The logs of the SimPy engine, collected as rows and turned into columns at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from struct import Struct
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.log_slabs import columns_in_one_slab, first_lines
from simlab.engines.logs import (
    ActionLog,
    AttemptLog,
    DutyLog,
    Log,
    RunLogs,
    RunTotals,
    StateLog,
    TicketLog,
    VisitLog,
    WorkLog,
)
from simlab.engines.simpy_people import Spell
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.engines.simpy_trails import Trail
from simlab.model.arrivals import Arrivals
from simlab.model.codes import DelayCause, Field, Origin, StepKind
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.self_service import Attempts
from simlab.model.tables import Model, PopulationArrivals

Row = tuple[Any, ...]
Columns = dict[str, NDArray[Any]]

_FORMATS = {"i4": "i", "i8": "q", "f8": "d"}
"""How `struct` calls the types of columns."""

_FIRST_LINE: Final[dict[type[Log], int]] = first_lines(
    {log: len(log.columns()) for log in (TicketLog, VisitLog, WorkLog)}
)

_OF_STEP: Final = frozenset({"team", "cause"})
"""Columns of the visit log that follow from the step."""

KIND, CLASS, PRIORITY, CHANNEL, DIFFICULTY, REOPENS, SCORE = map(
    int,
    (
        Field.KIND,
        Field.CLASS,
        Field.PRIORITY,
        Field.CHANNEL,
        Field.DIFFICULTY,
        Field.REOPENS,
        Field.SCORE,
    ),
)

IDENTITY: Final = (
    "stream",
    "subject",
    "kind",
    "ticket_class",
    "priority",
    "channel",
    "difficulty",
    "created",
)
"""Columns of the ticket log that tell who a ticket is; a list of arrivals of all tickets has them."""

_TRAIL: Final = ("first_team", "last_team", "work_visits", "hops", "ping_pongs")
"""Columns that follow from the teams that a ticket has been with."""

_CAUSES: Final = {
    "delay_min": DelayCause.WAIT,
    "automation_min": DelayCause.AUTOMATION,
    "dormant_min": DelayCause.DORMANT,
}
"""Columns that tell for how long a ticket was delayed, and why."""

_REOPENS: Final = {"reopens": 0}
"""Column that no ticket changes in a model without reopening."""

_REST: Final = {
    "target": -1,
    "respond_due": math.inf,
    "resolve_due": math.inf,
    "origin": Origin.DEMAND,
    "parent": -1,
    "fault": -1,
    "score": math.nan,
    "answered": math.nan,
}
"""Columns that no ticket changes in a model without targets, feedback and caused tickets."""


def _names(log: type[Log]) -> list[str]:
    return [column.name for column in log.columns()]


class Rows:
    """Rows of some columns of a log as bytes, in the types of the log: quick to add to, and small."""

    def __init__(self, log: type[Log], names: Sequence[str], **others: str) -> None:
        types = {column.name: np.dtype(column.dtype).str[1:] for column in log.columns()} | others
        names = (*names, *others)
        self.dtype = np.dtype([(name, types[name]) for name in names])
        self.pack = Struct("=" + "".join(_FORMATS[types[name]] for name in names)).pack
        self._written = BytesIO()
        self.write = self._written.write
        """Takes a row as ``pack`` makes it."""

    def __len__(self) -> int:
        return self._written.tell() // self.dtype.itemsize

    def table(self) -> NDArray[Any]:
        """All rows, in the order in which they were written; only while no more of them are."""
        return np.frombuffer(self._written.getbuffer(), self.dtype)

    def fill(self, columns: Columns, order: NDArray[np.int64] | None = None) -> None:
        """Write those of the columns that the rows have, with rows in an order other than theirs."""
        table = self.table()
        for name in columns.keys() & set(self.dtype.names or ()):
            if order is None:
                columns[name][:] = table[name]
            else:
                table[name].take(order, out=columns[name], mode="clip")

    def let_go(self) -> None:
        """Give the memory of the rows back."""
        self._written.close()

    def places(self, name: str) -> NDArray[np.int64]:
        """Row of each number from 0 on, where a column has each of them once."""
        numbers = self.table()[name]
        places = np.empty(len(numbers), np.int64)
        places[numbers] = np.arange(len(numbers))
        return places


class RunRecords:
    """Rows of the logs, in order of ending; what follows from others is added at the end."""

    def __init__(self, model: Model, no_trail: Trail) -> None:
        self._model, self._no_trail = model, no_trail
        self._states: list[Row] = []
        self._visits = Rows(VisitLog, [name for name in _names(VisitLog) if name not in _OF_STEP])
        self._work = Rows(WorkLog, _names(WorkLog))
        self.has_whole_work = False
        """Whether visits may be worked on in one go; their rows of the work log follow from their own."""
        self._in_pieces: list[int] = []
        """Rows of visits of which the spells are recorded, where others are done in one go."""
        self._visits_before: list[int] = []
        """By spell that is recorded: how many visits were recorded before."""
        self._n_ended = 0
        """Visits that ended in the run."""
        self.visits: VisitLog
        """All visits, from the end of the run on."""
        others = {*IDENTITY, *_TRAIL, "touch_min", *_CAUSES, *_REOPENS, *_REST}
        own = [name for name in _names(TicketLog) if name not in others]
        self._tickets = Rows(TicketLog, own, number="i8", trail="i4")
        self._identities = Rows(TicketLog, IDENTITY)
        self._reopens, self._rest = Rows(TicketLog, list(_REOPENS)), Rows(TicketLog, list(_REST))
        self._are_listed = arrive_as_listed(model)
        """Whether who the tickets are stands in the list of arrivals."""
        self._has_reopens = _has_reopens(model)
        self._has_rest = have_targets_or_causes(model)
        self.ticket_is_final = self._recording_tickets()
        """Records a ticket that does not change any more."""
        self.pack_visit, self.write_visit = self._visits.pack, self._visits.write
        """What `visit_ended` records visits with."""

    def _recording_tickets(self) -> Callable[[Ticket], None]:
        pack, write = self._tickets.pack, self._tickets.write
        pack_reopens, write_reopens, has_reopens = self._reopens.pack, self._reopens.write, self._has_reopens
        record_more = None if self._are_listed and not self._has_rest else self._record_more

        def ticket_is_final(ticket: Ticket) -> None:
            row = pack(
                ticket.responded,
                ticket.resolved,
                ticket.closed,
                ticket.outcome,
                ticket.queued,
                ticket.number,
                ticket.trail.code,
            )
            write(row)
            if has_reopens:
                write_reopens(pack_reopens(ticket.facts[REOPENS]))
            if record_more is not None:
                record_more(ticket)

        return ticket_is_final

    def _record_more(self, ticket: Ticket) -> None:
        if not self._are_listed:
            self._identify(ticket)
        if self._has_rest:
            row = self._rest.pack(
                ticket.target,
                ticket.respond_due,
                ticket.resolve_due,
                ticket.origin,
                ticket.parent,
                ticket.fault,
                ticket.facts[SCORE],
                ticket.answered,
            )
            self._rest.write(row)

    def _identify(self, ticket: Ticket) -> None:
        facts = ticket.facts
        row = self._identities.pack(
            ticket.stream,
            ticket.subject,
            facts[KIND],
            facts[CLASS],
            facts[PRIORITY],
            facts[CHANNEL],
            facts[DIFFICULTY],
            ticket.created,
        )
        self._identities.write(row)

    def visit_ended(self, visit: Visit, ended: float, went_to: int) -> None:
        """Record a visit."""
        if visit.is_in_pieces:
            self.note_pieces()
        row = self.pack_visit(
            visit.ticket.number,
            visit.step,
            visit.number,
            visit.person,
            visit.arrived,
            visit.started,
            ended,
            visit.touch,
            visit.handovers,
            went_to,
        )
        self.write_visit(row)

    def note_pieces(self) -> None:
        """Note that the spells of the visit that is recorded next are recorded too."""
        if self.has_whole_work:
            self._in_pieces.append(len(self._visits))

    def spell_ended(self, spell: Spell, now: float) -> None:
        """Record a spell of work."""
        if self.has_whole_work:
            self._visits_before.append(len(self._visits))
        visit = spell.visit
        row = self._work.pack(
            spell.person.number, visit.ticket.number, visit.step, spell.started, now, spell.overtime
        )
        self._work.write(row)

    def state_changed(self, at: float, state: int, value: float, ticket: int = -1) -> None:
        """Record a change of a state of the run; ``ticket`` is the one that made it."""
        self._states.append((at, state, value, ticket))

    def end(self, tickets: Sequence[Ticket | None], open_spells: Sequence[Spell]) -> None:
        """Record what is under way at the end: ``tickets`` that are not recorded yet, each at its number."""
        self._n_ended = len(self._visits)
        for ticket in filter(None, tickets):
            self.ticket_is_final(ticket)
            for visit in ticket.open_visits():
                self.visit_ended(visit, math.nan, -1)
        for spell in open_spells:
            spell.overtime = 0.0
            self.spell_ended(spell, math.nan)
        self.visits = self._visit_log()

    def logs(
        self,
        replication: int,
        tickets: TicketLog,
        duty: DutyLog,
        actions: Sequence[Row],
        arrivals: Arrivals,
        totals: RunTotals,
    ) -> RunLogs:
        """Return the logs of the whole run, which has ended."""
        return RunLogs(
            replication=replication,
            tickets=tickets,
            visits=self.visits,
            work=self._work_log(self.visits),
            duty=duty,
            totals=totals,
            actions=ActionLog.from_rows(actions),
            attempts=attempt_log(arrivals.attempts, totals.end),
            states=StateLog.from_rows(self._states),
        )

    def let_go(self) -> None:
        """Give the memory of all rows back: no more of them are written or read."""
        del self.visits
        for rows in (self._visits, self._work, self._tickets, self._identities, self._reopens, self._rest):
            rows.let_go()

    def _visit_log(self) -> VisitLog:
        steps, columns = self._model.steps, _columns(VisitLog, len(self._visits))
        self._visits.fill(columns)
        for name in _OF_STEP:
            _pick(getattr(steps, name), columns["step"], columns[name])
        return VisitLog(**columns)

    def _minutes(self, visits: VisitLog, n_tickets: int) -> dict[str, NDArray[Any]]:
        """Hands-on time and delays of all tickets, added up over their visits that ended, as these did."""
        ended, steps = slice(self._n_ended), self._model.steps
        ticket, step = visits.ticket[ended], visits.step[ended]
        is_delay = np.isin(np.arange(len(steps.kind)), self._model.sections.step, invert=True)
        is_delay &= steps.kind != StepKind.WORK
        minutes = {"touch_min": _added_up(ticket, visits.touch_min[ended], n_tickets)}
        for name, cause in _CAUSES.items():
            rows = np.flatnonzero((is_delay & (steps.delay_cause == cause))[step])
            spent = visits.ended[rows] - visits.started[rows]
            minutes[name] = _added_up(ticket[rows], spent, n_tickets)
        return minutes

    def _work_log(self, visits: VisitLog) -> WorkLog:
        """Return the spells that were recorded and, in their order, the visits that were done in one go."""
        spells = _columns(WorkLog, len(self._work))
        self._work.fill(spells)
        if not self.has_whole_work:
            return WorkLog(**spells)
        is_whole = (visits.team >= 0) & (visits.started == visits.started)
        is_whole[self._in_pieces] = is_whole[self._n_ended :] = False
        spans = ("person", "ticket", "step", "started", "ended")
        if is_whole.all():  # so that they need no memory of their own
            whole = {name: getattr(visits, name) for name in spans}
        else:
            whole = {name: getattr(visits, name)[is_whole] for name in spans}
        whole["overtime_min"] = np.zeros(len(whole["ended"]))
        if not self._visits_before:
            return WorkLog(**whole)
        rows = np.flatnonzero(is_whole)
        # A person lets a ticket go before its visit is recorded, with nothing in between.
        order = np.argsort(np.concatenate([np.array(self._visits_before, int), rows]), kind="stable")
        return WorkLog(**{name: np.concatenate([spells[name], whole[name]])[order] for name in spells})

    def closings(self) -> NDArray[Any]:
        """When tickets left, in the order in which they did so as a rule; NaN for those that have not."""
        return np.asarray(self._tickets.table()["closed"])

    def ticket_log(self, arrivals: Arrivals) -> TicketLog:
        """Return all tickets, by number, once the run has ended."""
        order = self._tickets.places("number")
        n = len(order)
        columns = _columns(TicketLog, n)
        self._tickets.fill(columns, order)
        trail = self._tickets.table()["trail"].take(order)
        for name, by_trail in self._no_trail.columns().items():
            _pick(by_trail, trail, columns[name])
        for name, minutes in self._minutes(self.visits, n).items():
            columns[name][:] = minutes
        if self._are_listed:
            for name, listed in identities(arrivals).items():
                columns[name][:] = listed[:n]
        else:
            self._identities.fill(columns, order)
        for rows, are_written, usual in (
            (self._reopens, self._has_reopens, _REOPENS),
            (self._rest, self._has_rest, _REST),
        ):
            if are_written:
                rows.fill(columns, order)
            else:
                for name, value in usual.items():
                    columns[name].fill(value)
        return TicketLog(**columns)


def _columns(log: type[Log], n: int) -> Columns:
    """Columns of a log of so many rows, which are not set."""
    kinds = {column.name: np.dtype(column.dtype) for column in log.columns()}
    return columns_in_one_slab(kinds, n, _FIRST_LINE[log])


def _pick(values: NDArray[Any], rows: NDArray[Any], column: NDArray[Any]) -> None:
    """Write into a column the values in some rows."""
    values.astype(column.dtype).take(rows, out=column, mode="clip")


def _added_up(ticket: NDArray[Any], minutes: NDArray[Any], n_tickets: int) -> NDArray[Any]:
    """Minutes of each ticket, added up in their order."""
    # Without any rows NumPy counts, and forgets that it was to add up.
    return np.bincount(ticket, minutes, n_tickets).astype(np.float64, copy=False)


def arrive_as_listed(model: Model) -> bool:
    """Whether all tickets are those of the list of arrivals, in its order, and stay what they are."""
    return not (
        model.faults is not None
        or model.feedback is not None
        or len(model.spawns.rules)
        or len(model.backlog.stream)
        or np.any(model.timers.priority >= 0)
        or any(isinstance(stream.arrivals, PopulationArrivals) for stream in model.streams)
    )


def identities(arrivals: Arrivals) -> dict[str, NDArray[Any]]:
    """Columns of `IDENTITY` of all tickets of a list of arrivals."""
    what = arrivals.attributes
    return {
        "stream": arrivals.stream,
        "subject": arrivals.subject,
        "kind": what.kind,
        "ticket_class": what.ticket_class,
        "priority": what.priority,
        "channel": what.channel,
        "difficulty": what.difficulty,
        "created": arrivals.at,
    }


def have_targets_or_causes(model: Model) -> bool:
    """Whether tickets have anything that arrivals with no target, score and cause do not have."""
    return (
        model.targets.rules >= 0
        or model.feedback is not None
        or model.faults is not None
        or len(model.spawns.rules) > 0
    )


def _has_reopens(model: Model) -> bool:
    """Whether tickets may be reopened."""
    return bool(np.any(model.steps.kind == StepKind.REOPEN) or len(model.backlog.stream))


def duty_log(
    calendars: tuple[PersonalCalendars, ...],
    end: float,
    called: Mapping[int, Sequence[tuple[float, float]]] = MappingProxyType({}),
) -> DutyLog:
    """Duty of all people from the start to the end of the run, by person and time.

    ``called`` are the spans of those who were called in, and have no calendar of their own.
    """
    known: dict[int, Any] = {}
    person, rows = [], []
    for number, own in enumerate(calendars):
        if id(own) not in known:
            known[id(own)] = duty_intervals(own, end)
        intervals = np.array(called[number]) if number in called else known[id(own)]
        rows.append(intervals)
        person.append(np.full(len(intervals), number, np.int32))
    if not rows:
        return DutyLog.from_rows([])
    spans = np.concatenate(rows)
    return DutyLog(np.concatenate(person), spans[:, 0].copy(), spans[:, 1].copy())


def attempt_log(attempts: Attempts, end: float) -> AttemptLog:
    """Attempts of self-service that began in the run."""
    began = attempts.at < end
    columns = (getattr(attempts, name)[began] for name in Attempts.__dataclass_fields__)
    return AttemptLog(
        *(
            np.ascontiguousarray(values, column.dtype)
            for values, column in zip(columns, AttemptLog.columns(), strict=True)
        )
    )
