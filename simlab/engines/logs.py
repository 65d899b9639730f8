"""The logs that every engine writes: one record type per log, one column per documented fact.

Times are minutes since the start of the simulation (float64); a time that never came is NaN.
Codes are row numbers of the tables in :class:`simlab.model.tables.Names`; "none" is -1.
A log is a frozen dataclass of equally long arrays, a row per record, in the order in which the
engine finished the records. ``columns`` gives the unit and meaning of each, for files and docs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int32]


def _column(dtype: type[np.generic], unit: str, meaning: str) -> Any:
    return field(metadata={"dtype": dtype, "unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Column:
    """Name, type, unit and meaning of one column of a log."""

    name: str
    dtype: type[np.generic]
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Log:
    """Base of the logs: equally long arrays, a row per record."""

    LOG: ClassVar[str]

    @classmethod
    @cache
    def columns(cls) -> tuple[Column, ...]:
        """Columns in file order."""
        return tuple(
            Column(f.name, f.metadata["dtype"], f.metadata["unit"], f.metadata["meaning"])
            for f in fields(cls)
        )

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """Log of rows of numbers given in column order."""
        columns = cls.columns()
        table = np.array(rows, np.float64).reshape(-1, len(columns))
        return cls(*(np.ascontiguousarray(table[:, i], c.dtype) for i, c in enumerate(columns)))

    def __len__(self) -> int:
        first = fields(self)[0].name
        return len(getattr(self, first))


@dataclass(frozen=True, slots=True)
class TicketLog(Log):
    """A row per ticket that was created, in order of creation (row number = ticket number)."""

    LOG: ClassVar[str] = "tickets"

    stream: Codes = _column(np.int32, "code", "demand stream that made the ticket")
    subject: Integers = _column(np.int64, "index", "identity within the stream: the address of its draws")
    kind: Codes = _column(np.int32, "code", "kind: incident, request, ...")
    ticket_class: Codes = _column(np.int32, "code", "class of the ticket")
    priority: Codes = _column(np.int32, "code", "priority; lower codes go first")
    channel: Codes = _column(np.int32, "code", "channel; -1 where the stream names none")
    difficulty: Floats = _column(np.float64, "1", "difficulty; 1 where the stream names none")
    created: Floats = _column(np.float64, "min", "creation")
    responded: Floats = _column(np.float64, "min", "first work by a person or success of an automation")
    resolved: Floats = _column(np.float64, "min", "last resolution (a reopened ticket's first one is void)")
    closed: Floats = _column(np.float64, "min", "final exit from the system")
    outcome: Codes = _column(np.int32, "code", "0 open, 1 resolved, 2 cancelled, 3 abandoned")
    first_team: Codes = _column(np.int32, "code", "team of the first work visit")
    last_team: Codes = _column(np.int32, "code", "team of the last work visit")
    work_visits: Codes = _column(np.int32, "count", "visits to work steps")
    hops: Codes = _column(np.int32, "count", "changes of team between successive work visits")
    ping_pongs: Codes = _column(np.int32, "count", "hops to a team that had the ticket before")
    reopens: Codes = _column(np.int32, "count", "returns after a resolution")
    touch_min: Floats = _column(np.float64, "min", "hands-on time of people")
    queue_min: Floats = _column(np.float64, "min", "waiting in team queues, until work first starts")
    delay_min: Floats = _column(np.float64, "min", "time in wait steps")
    automation_min: Floats = _column(np.float64, "min", "time in automated steps")
    dormant_min: Floats = _column(np.float64, "min", "time between a resolution and the reopening after it")
    target: Codes = _column(np.int32, "row", "target that applies, counted from 0; -1 none")
    respond_due: Floats = _column(
        np.float64, "min", "instant at which the response target is missed; inf: none, or the clock is paused"
    )
    resolve_due: Floats = _column(
        np.float64,
        "min",
        "instant at which the resolution target is missed; inf: none, or the clock is paused",
    )
    origin: Codes = _column(
        np.int32, "code", "where it came from: 0 demand, 1 spawned, 2 problem, 3 repeat, 4 improvement"
    )
    parent: Integers = _column(
        np.int64,
        "number",
        "ticket that gave rise to it; -1 none (of a problem: the incident that was one too many)",
    )
    fault: Integers = _column(
        np.int64, "number", "fault behind it, as in the names of states, counted on for new faults; -1 none"
    )
    score: Floats = _column(np.float64, "points", "how satisfied the customer was, 1 to 5")
    answered: Floats = _column(np.float64, "min", "the customer's answer to the survey came")


@dataclass(frozen=True, slots=True)
class VisitLog(Log):
    """A row per visit of a ticket to a work, automated or wait step, in order of ending; open ones last."""

    LOG: ClassVar[str] = "visits"

    ticket: Integers = _column(np.int64, "number", "row of the ticket log")
    step: Codes = _column(np.int32, "code", "step visited")
    visit: Codes = _column(np.int32, "count", "number of this visit of the ticket to this step, from 0")
    team: Codes = _column(np.int32, "code", "team whose queue it joined; -1 without people")
    person: Codes = _column(np.int32, "code", "who did the work last; -1 without people")
    arrived: Floats = _column(np.float64, "min", "arrival at the step: joined the queue or began to wait")
    started: Floats = _column(np.float64, "min", "work or delay began")
    ended: Floats = _column(np.float64, "min", "work or delay was done")
    touch_min: Floats = _column(np.float64, "min", "hands-on time, hand-over extras included")
    handovers: Codes = _column(np.int32, "count", "times the work was handed over at a shift end")
    cause: Codes = _column(np.int32, "code", "0 regular, 1 misrouted, 2 after a failed automation, 3 audit")
    went_to: Codes = _column(np.int32, "code", "step or decision chosen next; -1 while the visit is open")


@dataclass(frozen=True, slots=True)
class WorkLog(Log):
    """A row per spell in which one person held one ticket, in order of ending; open ones last.

    Hands-on time of a spell is the person's duty time from ``started`` until the overtime at its end,
    plus the overtime.
    """

    LOG: ClassVar[str] = "work"

    person: Codes = _column(np.int32, "code", "who held the ticket")
    ticket: Integers = _column(np.int64, "number", "row of the ticket log")
    step: Codes = _column(np.int32, "code", "step worked at")
    started: Floats = _column(np.float64, "min", "took the ticket in hand")
    ended: Floats = _column(np.float64, "min", "let it go")
    overtime_min: Floats = _column(np.float64, "min", "part of it after the end of the shift")


@dataclass(frozen=True, slots=True)
class DutyLog(Log):
    """A row per person and duty interval (a shift, or the part of it between breaks), absences left out."""

    LOG: ClassVar[str] = "duty"

    person: Codes = _column(np.int32, "code", "who is on duty")
    started: Floats = _column(np.float64, "min", "on duty from")
    ended: Floats = _column(np.float64, "min", "on duty until, clipped to the run")


@dataclass(frozen=True, slots=True)
class StateLog(Log):
    """A row per change of a state of the run: of a fault or a lever; in order of time."""

    LOG: ClassVar[str] = "states"

    at: Floats = _column(np.float64, "min", "when it changed")
    state: Codes = _column(np.int32, "code", "what changed, such as faults.network.3 or levers.standards")
    value: Floats = _column(
        np.float64,
        "1",
        "what it is from then on: a lever's level; of a fault 1 unknown, 2 workaround, 3 fixed",
    )
    ticket: Integers = _column(np.int64, "number", "row of the ticket log that changed it; -1 none")


@dataclass(frozen=True, slots=True)
class ActionLog(Log):
    """A row per time that a control rule acted, in order of decision."""

    LOG: ClassVar[str] = "actions"

    control: Codes = _column(np.int32, "code", "control rule")
    decided: Floats = _column(np.float64, "min", "review that decided to act")
    measured: Floats = _column(np.float64, "tickets or min", "measure at that review")
    started: Floats = _column(np.float64, "min", "took effect")
    release_decided: Floats = _column(np.float64, "min", "review that decided to stop")
    measured_at_release: Floats = _column(np.float64, "tickets or min", "measure at that review")
    ended: Floats = _column(np.float64, "min", "stopped acting")


@dataclass(frozen=True, slots=True)
class AttemptLog(Log):
    """A row per contact that tried self-service before there was a ticket, in order of time."""

    LOG: ClassVar[str] = "attempts"

    automation: Codes = _column(np.int32, "code", "what was tried")
    stream: Codes = _column(np.int32, "code", "demand stream of the contact")
    subject: Integers = _column(np.int64, "index", "identity within the stream, also that of its ticket")
    kind: Codes = _column(np.int32, "code", "kind of the contact")
    ticket_class: Codes = _column(np.int32, "code", "class of the contact")
    priority: Codes = _column(np.int32, "code", "priority of the contact")
    channel: Codes = _column(np.int32, "code", "channel of the contact; -1 where the stream names none")
    started: Floats = _column(np.float64, "min", "began to try")
    ended: Floats = _column(np.float64, "min", "was done or gave up")
    result: Codes = _column(np.int32, "code", "0 contained, 1 failed, 2 came_back")
    ticket_at: Floats = _column(np.float64, "min", "became a ticket; never where it did not")


@dataclass(frozen=True, slots=True)
class RunTotals:
    """What the engine itself counted, for checks against the logs."""

    created: int
    closed: int
    in_system: int
    """Tickets not closed at the end, dormant ones (resolved, will reopen) included."""
    wip_area_min: float
    """Integral over the window [warm-up, end] of the number of tickets in the system, in ticket-minutes."""
    end: float
    """Instant at which the run ended, in minutes."""
    events: int
    truncated: str = ""
    """Empty, or why a guard ended the run before its time."""
    prevented: int = 0
    """Incidents in the window that did not arrive because their fault was fixed."""


@dataclass(frozen=True, slots=True)
class RunLogs:
    """Everything that one replication leaves behind."""

    replication: int
    tickets: TicketLog
    visits: VisitLog
    work: WorkLog
    duty: DutyLog
    totals: RunTotals
    states: StateLog = field(default_factory=lambda: StateLog.from_rows([]))
    actions: ActionLog = field(default_factory=lambda: ActionLog.from_rows([]))
    attempts: AttemptLog = field(default_factory=lambda: AttemptLog.from_rows([]))
