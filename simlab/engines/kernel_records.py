"""The logs of the compiled engine: the columns that it wrote, and the rows that were open at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import EMPTY_COLUMNS, SOURCE_COLUMNS, TICKET_COLUMNS, WRITTEN_COLUMNS
from simlab.engines.kernel_memory import Memory
from simlab.engines.logs import TicketLog, VisitLog, WorkLog
from simlab.model.codes import Field

_OPEN_TICKET = {
    "created": "created",
    "responded": "responded",
    "resolved": "resolved",
    "outcome": "outcome",
    "first_team": "first_team",
    "last_team": "last_team",
    "work_visits": "work_visits",
    "ping_pongs": "ping_pongs",
    "touch_min": "touch",
    "queue_min": "queued",
    "delay_min": "delayed",
    "automation_min": "automated",
    "dormant_min": "dormant",
    "target": "target",
    "respond_due": "respond_due",
    "resolve_due": "resolve_due",
}
"""Columns of the ticket log and the fields of a ticket in the system."""

_OPEN_VISIT = {
    "step": "step",
    "visit": "number",
    "team": "team",
    "person": "person",
    "arrived": "arrived",
    "started": "started",
    "touch_min": "touch",
    "handovers": "handovers",
}


def ticket_log(memory: Memory) -> TicketLog:
    """Ticket log of a run that has ended."""
    n = int(memory["run"]["n_created"][0])
    live = _in_system(memory)
    columns = {name: _cut(memory[f"ticket_log.{name}"], n) for name in WRITTEN_COLUMNS}
    rows = live["number"]
    for column, name in _OPEN_TICKET.items():
        columns[column][rows] = live[name]
    columns["closed"][rows] = np.nan
    columns["hops"][rows] = live["facts"][:, Field.HOPS]
    columns["reopens"][rows] = live["facts"][:, Field.REOPENS]
    source: Any = memory["ticket_source"][:n]
    if memory["run"]["n_members"][0] == 0:
        source = slice(n)  # tickets are numbered as they arrive
    for name in SOURCE_COLUMNS:
        columns[name] = memory[f"arrivals.{name}"][source].astype(TICKET_COLUMNS[name])
    for name, nothing in EMPTY_COLUMNS.items():
        columns[name] = np.full(n, nothing, TICKET_COLUMNS[name])
    return TicketLog(**columns)


def visit_log(memory: Memory) -> VisitLog:
    """Visit log of a run that has ended."""
    live = _in_system(memory)
    live = live[live["visit"] >= 0]
    visits = memory["visits"][live["visit"]]
    last = {column: visits[name] for column, name in _OPEN_VISIT.items()}
    last["ticket"] = live["number"]
    last["ended"] = np.full(len(live), np.nan)
    last["cause"] = memory["steps"]["cause"][visits["step"]]
    last["went_to"] = np.full(len(live), -1)
    n = int(memory["run"]["n_visits"][0])
    names = [column.name for column in VisitLog.columns()]
    return VisitLog(**{name: _with_last(memory[f"visit_log.{name}"], n, last[name]) for name in names})


def work_log(memory: Memory) -> WorkLog:
    """Work log of a run that has ended."""
    people = memory["people"]
    busy = np.flatnonzero(people["visit"] >= 0)
    visits = memory["visits"][people["visit"][busy]]
    last = {
        "person": busy,
        "ticket": memory["tickets"]["number"][visits["ticket"]],
        "step": visits["step"],
        "started": people["spell_started"][busy],
        "ended": np.full(len(busy), np.nan),
        "overtime_min": np.zeros(len(busy)),
    }
    n = int(memory["run"]["n_spells"][0])
    names = [column.name for column in WorkLog.columns()]
    return WorkLog(**{name: _with_last(memory[f"work_log.{name}"], n, last[name]) for name in names})


def _in_system(memory: Memory) -> NDArray[Any]:
    """Tickets that are not closed, by number."""
    tickets = memory["tickets"]
    live = tickets[tickets["number"] >= 0]
    return live[np.argsort(live["number"])]


def _cut(column: NDArray[Any], n: int) -> NDArray[Any]:
    """Return the rows that were written; the rest of the memory is given back."""
    column.resize(n, refcheck=False)
    return column


def _with_last(column: NDArray[Any], n: int, last: NDArray[Any]) -> NDArray[Any]:
    """Return the rows that were written and those that come last."""
    column.resize(n + len(last), refcheck=False)
    column[n:] = last
    return column
