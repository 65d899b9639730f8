"""Figures of a run whose logs are not kept: made of one part of them after the other.

Of the tickets, only the columns are kept that the figures asked for are made of; of visits and work, sums,
and the waits where they are asked for. The figures are those that the whole logs would give, to the bit:
everything is added up in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import TicketLog, VisitLog, WorkLog
from simlab.engines.parts import RunPart
from simlab.metrics.asked import Asked
from simlab.metrics.contacts import OF_CONTACTS
from simlab.metrics.feedback import OF_FEEDBACK
from simlab.metrics.invariants import InvariantResult, TotalsByPart
from simlab.metrics.summary import OF_MONEY, ReplicationSummary, Sums, chosen_responses, summary_of
from simlab.metrics.teams import OF_QUEUES, OF_USE
from simlab.metrics.tickets import OF_ANSWERED, OF_CLOSED, OF_OPEN, OF_RESOLVED
from simlab.metrics.visits import NO_WAITS, OF_INTERRUPTIONS, OF_WAITS, Waits, waits_in
from simlab.metrics.window import Window, observation_window
from simlab.model.codes import DelayCause, StepKind
from simlab.model.tables import Model

Columns = dict[str, NDArray[Any]]

OF_WHOLE_LOGS: Final = frozenset((*OF_QUEUES, *OF_INTERRUPTIONS, "slot_occupancy"))
"""Metrics that put records of different visits or people beside each other."""

_RESOLVED: Final = ("resolved", "outcome")
_COLUMNS_OF_FAMILY: Final = (
    (OF_RESOLVED, _RESOLVED),
    (OF_ANSWERED, ("responded",)),
    (OF_CLOSED, ("closed", "outcome")),
    (OF_OPEN, ("outcome",)),
    (OF_FEEDBACK, ("closed", "score", "answered", "origin")),
    (OF_CONTACTS, ("origin",)),
    (("resolve_attainment",), (*_RESOLVED, "closed", "resolve_due")),
    (("respond_attainment",), ("responded", "closed", "respond_due")),
    (("touch_mean",), ("touch_min",)),
    (("hops_mean", "first_level_share"), ("hops",)),
    (
        ("first_contact_share",),
        ("work_visits", "hops", "reopens", "queue_min", "delay_min", "responded", "closed"),
    ),
    (("ping_pong_share",), ("ping_pongs",)),
    (("reopen_share",), ("reopens",)),
    (("cost_per_ticket",), _RESOLVED),
)
_COLUMN_OF_DIMENSION: Final = {
    "priority": "priority",
    "class": "ticket_class",
    "kind": "kind",
    "stream": "stream",
    "channel": "channel",
}


def needs_whole_logs(model: Model, names: Sequence[str]) -> bool:
    """Whether some of the responses can only be made of whole logs."""
    asked = Asked.of(chosen_responses(model, names))
    has_money = asked.any_of(OF_MONEY)
    of_people = has_money or asked.any_of(OF_USE)
    return (
        asked.any_of(OF_WHOLE_LOGS)
        # Who holds several tickets is busy once; who is called in has no duty that is known before.
        or (of_people and (model.paces is not None or len(model.control.call_shift) > 0))
        # What a run costs depends on what was learnt until then.
        or (has_money and model.improvements is not None)
    )


class Tally:
    """Reads the parts of a run and makes the figures that are asked for.

    Parameters
    ----------
    model
        What runs; `needs_whole_logs` must be false.
    names
        Responses asked for.
    """

    def __init__(self, model: Model, names: Sequence[str]) -> None:
        self._model = model
        self._catalogue = chosen_responses(model, names)
        self._asked = Asked.of(self._catalogue)
        self._columns = _columns_of(model, self._asked)
        self._keeps_dormant = self._asked.any_of(OF_MONEY) and bool(model.money.user_waiting_per_hour.any())
        self._tickets: list[Columns] = []
        self._dormant: list[VisitLog] = []
        self._waits: list[Waits] = []
        self._sums: Sums | None = None
        self._totals = TotalsByPart(model)

    def read(self, part: RunPart) -> None:
        """Take in a part that is not the last."""
        self._take(part, Window(self._model.warm_up, np.inf))

    def _take(self, part: RunPart, window: Window) -> None:
        logs = part.logs
        self._totals.add(logs, window)
        kept = {name: _copied(getattr(logs.tickets, name)) for name in self._columns}
        self._tickets.append({"number": part.number.astype(np.int32), **kept})
        self._sums = Sums.of(self._model, logs, window, self._asked, self._sums)
        if self._asked.any_of(OF_WAITS):
            self._waits.append(waits_in(logs.visits, window))
        if self._keeps_dormant:
            steps = self._model.steps
            is_dormant = (steps.kind == StepKind.DELAY) & (steps.delay_cause == DelayCause.DORMANT)
            self._dormant.append(_rows_of(logs.visits, np.flatnonzero(is_dormant[logs.visits.step])))

    def finish(self, last: RunPart) -> tuple[ReplicationSummary, tuple[InvariantResult, ...]]:
        """Take in the last part; return the figures, and the invariants that parts can be held to."""
        window = observation_window(self._model, last.logs.totals)
        self._take(last, window)
        logs = replace(
            last.logs,
            tickets=_whole_tickets(self._tickets, self._columns, last.logs.totals.created),
            visits=_whole_visits(self._dormant),
            work=WorkLog.from_rows([]),
        )
        assert self._sums is not None
        summary = summary_of(self._model, logs, self._catalogue, _whole_waits(self._waits), self._sums)
        return summary, self._totals.check(last.logs.totals, window)


def _copied(values: NDArray[Any]) -> NDArray[Any]:
    """Values that last; a column that says the same of all tickets has them once."""
    return values if values.strides == (0,) else values.copy()


def _columns_of(model: Model, asked: Asked) -> tuple[str, ...]:
    """Columns of tickets that the figures asked for read."""
    found = {"created"}
    for metrics, columns in _COLUMNS_OF_FAMILY:
        if asked.any_of(metrics):
            found.update(columns)
    found.update(_COLUMN_OF_DIMENSION[by] for _, by in asked.keys if by in _COLUMN_OF_DIMENSION)
    if asked.any_of(OF_CONTACTS) and any(stream.self_service for stream in model.streams):
        found.update(("stream", "subject"))
    if asked.any_of(OF_MONEY):
        if model.targets.penalty.any():
            found.update((*_RESOLVED, "closed", "resolve_due", "target", "priority"))
        if model.money.user_waiting_per_hour.any():
            found.update((*_RESOLVED, "closed", "priority"))
    return tuple(column.name for column in TicketLog.columns() if column.name in found)


def _whole_tickets(parts: list[Columns], names: tuple[str, ...], n: int) -> TicketLog:
    """Log of all tickets by number, in which only some columns are there; they are taken out of the parts."""
    number = np.concatenate([part["number"] for part in parts])
    columns = {}
    for column in TicketLog.columns():
        if column.name not in names:
            columns[column.name] = np.empty(0, column.dtype)
            continue
        columns[column.name] = values = np.empty(n, column.dtype)
        values[number] = np.concatenate([part.pop(column.name) for part in parts])
    return TicketLog(**columns)


def _rows_of(visits: VisitLog, rows: NDArray[np.int64]) -> VisitLog:
    return VisitLog(*(getattr(visits, column.name)[rows] for column in VisitLog.columns()))


def _whole_visits(parts: Sequence[VisitLog]) -> VisitLog:
    if not parts:
        return VisitLog.from_rows([])
    names = [column.name for column in VisitLog.columns()]
    return VisitLog(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _whole_waits(parts: Sequence[Waits]) -> Waits:
    if not parts:
        return NO_WAITS
    return Waits(*(np.concatenate([getattr(part, name) for part in parts]) for name in Waits.__slots__))
