"""Service targets: which one applies to a ticket, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, TicketLog
from simlab.metrics.window import Window
from simlab.model.calendars import Calendar
from simlab.model.codes import Field, Outcome
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

_AT_CREATION: Final = (Field.HOPS, Field.REOPENS, Field.VISITS)
"""Facts that are 0 when the target is set."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which tickets were judged in the window, and which of them met the target."""

    judged: Flags
    met: Flags

    @property
    def missed(self) -> Flags:
        """Judged and not met."""
        return self.judged & ~self.met


def judge_resolution(logs: RunLogs, window: Window) -> Judgement:
    """Judge the resolution targets: at the resolution if it came in time, else at the due instant."""
    tickets = logs.tickets
    resolved = np.where(tickets.outcome == Outcome.RESOLVED, tickets.resolved, np.nan)
    return _judge(resolved, tickets.resolve_due, tickets.closed, window)


def judge_response(logs: RunLogs, window: Window) -> Judgement:
    """Judge the response targets: at the response if it came in time, else at the due instant."""
    tickets = logs.tickets
    return _judge(tickets.responded, tickets.respond_due, tickets.closed, window)


def _judge(fulfilled: Floats, due: Floats, left: Floats, window: Window) -> Judgement:
    """Judge tickets; one that left unfulfilled before it was due is not judged.

    Nor is one whose due instant is not finite: it has no target, or its clock is paused when the run ends.
    """
    in_time = (fulfilled <= due) & np.isfinite(due)
    overdue = ~in_time & ~(np.isnan(fulfilled) & (left < due))
    return Judgement((in_time & window.holds(fulfilled)) | (overdue & window.holds(due)), in_time)


def applicable_targets(model: Model, tickets: TicketLog) -> Rows:
    """Return the row of the target table that applies to each ticket, -1 for none.

    The rules are read with the facts of the ticket at its creation.

    Raises
    ------
    ValueError
        When a rule of a target tests the length of a queue, which no log tells.
    """
    rules, block = model.targets.rules, model.rules
    found = np.full(len(tickets), -1, np.int64)
    if rules < 0:
        return found
    undecided = np.ones(len(tickets), np.bool_)
    for row in range(block.first_row[rules], block.first_row[rules + 1]):
        holds = undecided & _holds(model, row, tickets)
        found[holds] = block.target[row]
        undecided &= ~holds
    return found


def _holds(model: Model, row: int, tickets: TicketLog) -> Flags:
    rules = model.rules
    holds = np.ones(len(tickets), np.bool_)
    for test in range(rules.first_test[row], rules.first_test[row + 1]):
        field, first, size = Field(rules.test_field[test]), rules.test_argument[test], rules.test_size[test]
        if field is Field.CALENDAR:
            passed = are_open(model.calendars[first], tickets.created)
        elif size > 0:
            passed = np.isin(_fact(tickets, field), rules.set_member[first : first + size])
        else:
            fact = _fact(tickets, field)
            passed = (fact >= rules.test_low[test]) & (fact <= rules.test_high[test])
        holds &= passed ^ rules.test_negated[test]
    return holds


def are_open(calendar: Calendar, instants: Floats) -> Flags:
    """Whether the calendar is open at each instant."""
    opens, closes = np.append(calendar.opens, np.inf), np.asarray(calendar.closes)
    flags: Flags = opens[np.searchsorted(closes, instants, side="right")] <= instants
    return flags


def _fact(tickets: TicketLog, field: Field) -> NDArray[np.float64] | NDArray[np.int32]:
    if field in _AT_CREATION:
        return np.zeros(len(tickets))
    if field is Field.CAME_FROM:
        return np.full(len(tickets), -1.0)
    columns: dict[Field, NDArray[np.float64] | NDArray[np.int32]] = {
        Field.STREAM: tickets.stream,
        Field.KIND: tickets.kind,
        Field.CLASS: tickets.ticket_class,
        Field.PRIORITY: tickets.priority,
        Field.CHANNEL: tickets.channel,
        Field.DIFFICULTY: tickets.difficulty,
    }
    if field not in columns:
        raise ValueError(f"a target must depend on what the ticket log tells; found a test of {field.name}")
    return columns[field]
