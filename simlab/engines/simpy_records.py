"""The logs of the SimPy engine, collected as rows and turned into columns at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

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
from simlab.engines.simpy_control import Activation
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.codes import Field
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.self_service import Attempts
from simlab.model.tables import Model

Row = tuple[Any, ...]


class RunRecords:
    """Rows of the visit log, in order of ending; the other logs are made at the end."""

    def __init__(self, model: Model) -> None:
        self._cause = model.steps.cause.tolist()
        self._visits: list[Row] = []
        self._states: list[Row] = []

    def visit_ended(self, visit: Visit) -> None:
        """Record a visit."""
        self._visits.append(self._row(visit))

    def state_changed(self, at: float, state: int, value: float, ticket: int = -1) -> None:
        """Record a change of a state of the run; ``ticket`` is the one that made it."""
        self._states.append((at, state, value, ticket))

    def _row(self, visit: Visit) -> Row:
        return (
            visit.ticket.number,
            visit.step,
            visit.number,
            visit.team,
            visit.person,
            visit.arrived,
            visit.started,
            visit.ended,
            visit.touch,
            visit.handovers,
            self._cause[visit.step],
            visit.went_to,
        )

    def logs(
        self,
        replication: int,
        tickets: list[Ticket],
        teams: Teams,
        calendars: tuple[PersonalCalendars, ...],
        activations: Sequence[Activation],
        attempts: Attempts,
        totals: RunTotals,
    ) -> RunLogs:
        """Return the logs of the whole run; visits and spells under way come last."""
        under_way = [self._row(visit) for ticket in tickets for visit in ticket.open_visits]
        return RunLogs(
            replication=replication,
            tickets=TicketLog.from_rows([_ticket_row(ticket) for ticket in tickets]),
            visits=VisitLog.from_rows(self._visits + under_way),
            work=WorkLog.from_rows(teams.spells + teams.open_spells()),
            duty=duty_log(calendars, totals.end, teams.reinforcements.duty_until(totals.end)),
            totals=totals,
            actions=ActionLog.from_rows([activation.row() for activation in activations]),
            attempts=attempt_log(attempts, totals.end),
            states=StateLog.from_rows(self._states),
        )


def _ticket_row(ticket: Ticket) -> Row:
    facts = ticket.facts
    return (
        ticket.stream,
        ticket.subject,
        facts[Field.KIND],
        facts[Field.CLASS],
        facts[Field.PRIORITY],
        facts[Field.CHANNEL],
        facts[Field.DIFFICULTY],
        ticket.created,
        ticket.responded,
        ticket.resolved,
        ticket.closed,
        ticket.outcome,
        ticket.first_team,
        ticket.last_team,
        ticket.work_visits,
        facts[Field.HOPS],
        ticket.ping_pongs,
        facts[Field.REOPENS],
        ticket.touch,
        ticket.queued,
        ticket.delayed,
        ticket.automated,
        ticket.dormant,
        ticket.target,
        ticket.respond_due,
        ticket.resolve_due,
        ticket.origin,
        ticket.parent,
        ticket.fault,
        facts[Field.SCORE],
        ticket.answered,
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
