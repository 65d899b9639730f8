"""The logs of the compiled engine: the columns that it wrote, and the rows that were open at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_memory import Memory
from simlab.engines.kernel_ticket_rows import UNSAID
from simlab.engines.logs import StateLog, TicketLog, VisitLog, WorkLog
from simlab.model.codes import Field

_OPEN_TICKET = {
    "stream": "stream",
    "subject": "subject",
    "origin": "origin",
    "parent": "parent",
    "fault": "fault",
    "answered": "answered",
    "created": "created",
    "responded": "responded",
    "resolved": "resolved",
    "closed": "closed",
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
"""Columns of the ticket log and the facts of a ticket."""

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
    unsaid = _unsaid(memory)
    columns = {}
    for column in TicketLog.columns():
        values = memory[f"ticket_log.{column.name}"][:n]
        of_live = _of_tickets(live, column.name)
        if column.name in unsaid:
            usual = column.dtype(unsaid[column.name])
            if _says_nothing(of_live, usual):
                columns[column.name] = _repeated(usual, n)
                continue
            values[:] = usual
        values[live["number"]] = of_live
        columns[column.name] = values
    return TicketLog(**columns)


def tickets_of_part(memory: Memory, is_last: bool) -> tuple[NDArray[np.int64], TicketLog]:
    """Numbers and rows of the tickets of a part; the last part has those that are still in the system."""
    n, unsaid = int(memory["run"]["n_ticket_rows"][0]), _unsaid(memory)
    live = _in_system(memory)[: None if is_last else 0]
    columns = {}
    for column in TicketLog.columns():
        values, last = memory[f"ticket_log.{column.name}"], _of_tickets(live, column.name)
        if column.name in unsaid:
            usual = column.dtype(unsaid[column.name])
            if _says_nothing(last, usual):
                columns[column.name] = _repeated(usual, n + len(live))
                continue
            values[:n] = usual
        columns[column.name] = _with_last(values, n, last)
    return _with_last(memory["ticket_numbers"], n, live["number"]), TicketLog(**columns)


def _repeated(value: np.generic, n: int) -> NDArray[Any]:
    """One value for all rows, as `numpy.broadcast_to` gives it in a tenth of the time."""
    column: NDArray[Any] = np.ndarray(n, value.dtype, np.array([value]), strides=(0,))
    column.flags.writeable = False
    return column


def _of_tickets(tickets: NDArray[Any], column: str) -> NDArray[Any]:
    """A column of the ticket log, of tickets in the system."""
    return tickets["facts"][:, _FACTS[column]] if column in _FACTS else tickets[_OPEN_TICKET[column]]


def _says_nothing(values: NDArray[Any], usual: np.generic) -> bool:
    """Whether values are what a column that was not written says; NaN is NaN."""
    return bool(np.all((values == usual) | (values != values) & (usual != usual)))


def _unsaid(memory: Memory) -> dict[str, float]:
    """Columns of the ticket log that were not written, and what they say."""
    run = memory["run"][0]
    groups = [group for flag, group in UNSAID.items() if not run[flag]]
    return {name: usual for group in groups for name, usual in group.items()}


def visits_so_far(memory: Memory) -> VisitLog:
    """Rows of the visit log that are final."""
    n = int(memory["run"]["n_visits"][0])
    return VisitLog(**{column.name: memory[f"visit_log.{column.name}"][:n] for column in VisitLog.columns()})


def work_so_far(memory: Memory) -> WorkLog:
    """Rows of the work log that are final."""
    n = int(memory["run"]["n_spells"][0])
    return WorkLog(**{column.name: memory[f"work_log.{column.name}"][:n] for column in WorkLog.columns()})


def visit_log(memory: Memory) -> VisitLog:
    """Visit log of a run that has ended."""
    number, visits = _under_way(memory)
    last = {column: visits[name] for column, name in _OPEN_VISIT.items()}
    last["ticket"] = number
    last["ended"] = np.full(len(visits), np.nan)
    last["cause"] = memory["steps"]["cause"][visits["step"]]
    last["went_to"] = np.full(len(visits), -1)
    n = int(memory["run"]["n_visits"][0])
    names = [column.name for column in VisitLog.columns()]
    return VisitLog(**{name: _with_last(memory[f"visit_log.{name}"], n, last[name]) for name in names})


def work_log(memory: Memory) -> WorkLog:
    """Work log of a run that has ended."""
    busy, at, started = _in_hand(memory)
    visits = memory["visits"][at]
    last = {
        "person": busy,
        "ticket": memory["tickets"]["number"][visits["ticket"]],
        "step": visits["step"],
        "started": started,
        "ended": np.full(len(busy), np.nan),
        "overtime_min": np.zeros(len(busy)),
    }
    n = int(memory["run"]["n_spells"][0])
    names = [column.name for column in WorkLog.columns()]
    return WorkLog(**{name: _with_last(memory[f"work_log.{name}"], n, last[name]) for name in names})


def _in_hand(memory: Memory) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Person, place of the visit and begin of all spells of work under way, by person and begin."""
    people, chats = memory["people"], memory["chats"]
    busy = np.flatnonzero(people["visit"] >= 0)
    held = people["first_held"][people["n_held"] > 0]
    in_turn = [held[:0]]
    while len(held):
        in_turn.append(held)
        held = chats["next_held"][held]
        held = held[held >= 0]
    chats = chats[np.concatenate(in_turn)]
    person = np.concatenate([busy, chats["person"]])
    order = np.argsort(person, kind="stable")
    at = np.concatenate([people["visit"][busy], chats["visit"]])
    return person[order], at[order], np.concatenate([people["spell_started"][busy], chats["started"]])[order]


def state_log(memory: Memory) -> StateLog:
    """Log of states of a run that has ended."""
    n = int(memory["run"]["n_states"][0])
    return StateLog(**{column.name: memory[f"state_log.{column.name}"][:n] for column in StateLog.columns()})


def _under_way(memory: Memory) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of the tickets of all visits under way, and these visits: by ticket, then by their opening."""
    live, visits = _in_system(memory), memory["visits"]
    number, at = live["number"], live["first_visit"]
    numbers, places = [number[:0]], [at[:0]]
    while np.any(at >= 0):
        number, at = number[at >= 0], at[at >= 0]
        numbers.append(number)
        places.append(at)
        at = visits["next_open"][at]
    number = np.concatenate(numbers)
    order = np.argsort(number, kind="stable")
    return number[order], visits[np.concatenate(places)[order]]


def _in_system(memory: Memory) -> NDArray[Any]:
    """Tickets that are not closed, or closed but still with branches under way, by number."""
    tickets = memory["tickets"]
    live = tickets[tickets["number"] >= 0]
    return live[np.argsort(live["number"])]


def _with_last(column: NDArray[Any], n: int, last: NDArray[Any]) -> NDArray[Any]:
    """Return the rows that were written and those that come last."""
    end = n + len(last)
    if end > len(column):
        return np.concatenate([column[:n], last], dtype=column.dtype, casting="unsafe")
    column[n:end] = last
    return column[:end]
