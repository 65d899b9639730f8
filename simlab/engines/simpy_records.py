"""The logs of the SimPy engine, collected as rows and turned into columns at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from struct import Struct
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import (
    ActionLog,
    AttemptLog,
    DutyLog,
    RunLogs,
    RunTotals,
    StateLog,
    TicketLog,
    VisitLog,
    WorkLog,
)
from simlab.engines.simpy_people import Spell
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.codes import Field, Origin
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.self_service import Attempts
from simlab.model.tables import Model

Row = tuple[Any, ...]

_FORMATS = {"i4": "i", "i8": "q", "f8": "d"}
"""How `struct` calls the types of columns."""

_FACTS = {
    "kind": Field.KIND,
    "ticket_class": Field.CLASS,
    "priority": Field.PRIORITY,
    "channel": Field.CHANNEL,
    "difficulty": Field.DIFFICULTY,
    "hops": Field.HOPS,
    "reopens": Field.REOPENS,
    "score": Field.SCORE,
}
"""Columns of the ticket log that are facts of the ticket."""
_ATTRIBUTES = {
    "touch_min": "touch",
    "queue_min": "queued",
    "delay_min": "delayed",
    "automation_min": "automated",
    "dormant_min": "dormant",
}
"""Names of a ticket's attributes where the columns are called otherwise."""
_UNCHANGED = {
    "target": -1,
    "respond_due": math.inf,
    "resolve_due": math.inf,
    "score": math.nan,
    "answered": math.nan,
    "origin": Origin.DEMAND,
    "parent": -1,
    "fault": -1,
}
"""Values of columns that a model without targets, feedback or caused tickets never changes."""


class Rows:
    """Rows of numbers as bytes, in the types in which a log keeps them: quick to add to, and small."""

    def __init__(self, **types: str) -> None:
        self.dtype = np.dtype(list(types.items()))
        self.pack = Struct("=" + "".join(_FORMATS[each] for each in types.values())).pack
        self.written = bytearray()
        """The rows so far, as ``pack`` makes them."""

    def column(self, name: str) -> NDArray[Any]:
        """All numbers of a column, in an array of their own."""
        return np.frombuffer(self.written, self.dtype)[name].copy()


class RunRecords:
    """Rows of the logs, in order of ending; columns that follow from others are added at the end."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._states: list[Row] = []
        self._visits = Rows(
            ticket="i8", step="i4", visit="i4", person="i4", arrived="f8", started="f8", ended="f8",
            touch_min="f8", handovers="i4", went_to="i4",
        )  # fmt: skip
        self._work = Rows(
            person="i4", ticket="i8", step="i4", started="f8", ended="f8", overtime_min="f8"
        )  # fmt: skip
        self._pack_visit, self._pack_spell = self._visits.pack, self._work.pack

    def visit_ended(self, visit: Visit) -> None:
        """Record a visit."""
        self._visits.written += self._pack_visit(
            visit.ticket.number,
            visit.step,
            visit.number,
            visit.person,
            visit.arrived,
            visit.started,
            visit.ended,
            visit.touch,
            visit.handovers,
            visit.went_to,
        )

    def spell_ended(self, spell: Spell, now: float) -> None:
        """Record a spell of work."""
        visit = spell.visit
        self._work.written += self._pack_spell(
            spell.person.number, visit.ticket.number, visit.step, spell.started, now, spell.overtime
        )

    def state_changed(self, at: float, state: int, value: float, ticket: int = -1) -> None:
        """Record a change of a state of the run; ``ticket`` is the one that made it."""
        self._states.append((at, state, value, ticket))

    def logs(
        self,
        replication: int,
        tickets: list[Ticket],
        open_spells: Sequence[Spell],
        duty: DutyLog,
        actions: Sequence[Row],
        attempts: Attempts,
        totals: RunTotals,
    ) -> RunLogs:
        """Return the logs of the whole run; visits and spells under way come last."""
        for ticket in tickets:
            for visit in ticket.open_visits:
                self.visit_ended(visit)
        for spell in open_spells:
            spell.overtime = 0.0
            self.spell_ended(spell, math.nan)
        return RunLogs(
            replication=replication,
            tickets=self._ticket_log(tickets),
            visits=self._visit_log(),
            work=WorkLog(*(self._work.column(column.name) for column in WorkLog.columns())),
            duty=duty,
            totals=totals,
            actions=ActionLog.from_rows(actions),
            attempts=attempt_log(attempts, totals.end),
            states=StateLog.from_rows(self._states),
        )

    def _visit_log(self) -> VisitLog:
        steps, visits = self._model.steps, self._visits
        step = visits.column("step")
        of_step = {"team": steps.team, "cause": steps.cause}
        return VisitLog(
            *(
                of_step[column.name].astype(column.dtype)[step]
                if column.name in of_step
                else visits.column(column.name)
                for column in VisitLog.columns()
            )
        )

    def _ticket_log(self, tickets: list[Ticket]) -> TicketLog:
        """Columns of all tickets; where the model has no means to change one, it is the default in all rows."""
        model = self._model
        same: set[str] = set()
        if model.targets.rules < 0:
            same |= {"target", "respond_due", "resolve_due"}
        if model.feedback is None:
            same |= {"score", "answered"}
        if model.feedback is None and model.faults is None and len(model.spawns.rules) == 0:
            same |= {"origin", "parent", "fault"}
        columns = TicketLog.columns()
        varied = [column for column in columns if column.name not in same]
        of_facts = [column for column in varied if column.name in _FACTS]
        others = [column for column in varied if column.name not in _FACTS]
        rows = Rows(**{column.name: np.dtype(column.dtype).str[1:] for column in [*others, *of_facts]})
        values = attrgetter(*(_ATTRIBUTES.get(column.name, column.name) for column in others))
        facts = itemgetter(*(int(_FACTS[column.name]) for column in of_facts))
        pack, written = rows.pack, rows.written
        for ticket in tickets:
            written += pack(*values(ticket), *facts(ticket.facts))
        return TicketLog(
            *(
                np.full(len(tickets), _UNCHANGED[column.name], column.dtype)
                if column.name in same
                else rows.column(column.name)
                for column in columns
            )
        )


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
