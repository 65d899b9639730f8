"""Rows of the ticket log in the compiled engine.

Most scenarios leave some columns alone: no targets, no delays, no causes. A group of columns is not written
until the first ticket says something there; until then all say `UNSAID`, which takes neither time nor memory.
"""

from __future__ import annotations

import math
from typing import Final

from simlab.engines.kernel_memory import Desk, aside, inlined
from simlab.model.codes import Field, Origin

UNSAID: Final[dict[str, dict[str, float]]] = {
    "says_whence": {"stream": 0, "kind": 0, "channel": -1, "difficulty": 1.0},
    "says_what": {"ticket_class": 0, "priority": 0},
    "says_why": {
        "origin": int(Origin.DEMAND), "parent": -1, "fault": -1, "score": math.nan, "answered": math.nan,
    },
    "says_moves": {"hops": 0, "ping_pongs": 0, "reopens": 0},
    "says_delays": {"delay_min": 0.0, "automation_min": 0.0, "dormant_min": 0.0},
    "says_due": {"target": -1, "respond_due": math.inf, "resolve_due": math.inf},
}  # fmt: skip
"""Flags of the run that tell whether a group of columns is written, and what unwritten columns say."""

_KIND, _CLASS, _PRIORITY = int(Field.KIND), int(Field.CLASS), int(Field.PRIORITY)
_CHANNEL, _DIFFICULTY, _SCORE = int(Field.CHANNEL), int(Field.DIFFICULTY), int(Field.SCORE)
_HOPS, _REOPENS, _DEMAND = int(Field.HOPS), int(Field.REOPENS), int(Origin.DEMAND)


@aside
def begin_whence(desk: Desk) -> None:
    """Begin to write by which stream and channel tickets came, and as what: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_whence = True
    for i in range(run.n_ticket_rows):
        log.stream[i] = log.kind[i] = 0
        log.channel[i] = -1
        log.difficulty[i] = 1.0


@inlined
def write_whence(desk: Desk, place: int, row: int) -> None:
    """Write by which stream and channel a ticket came, and as what."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    facts = ticket.facts
    if not run.says_whence:
        is_usual = ticket.stream == 0 and facts[_KIND] == 0.0 and facts[_CHANNEL] == -1.0
        if is_usual and facts[_DIFFICULTY] == 1.0:
            return
        begin_whence(desk)
    log.stream[row] = ticket.stream
    log.kind[row] = int(facts[_KIND])
    log.channel[row] = int(facts[_CHANNEL])
    log.difficulty[row] = facts[_DIFFICULTY]


@aside
def begin_what(desk: Desk) -> None:
    """Begin to write classes and priorities: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_what = True
    for i in range(run.n_ticket_rows):
        log.ticket_class[i] = log.priority[i] = 0


@inlined
def write_what(desk: Desk, place: int, row: int) -> None:
    """Write the class and the priority of a ticket."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    facts = ticket.facts
    if not run.says_what:
        if facts[_CLASS] == 0.0 and facts[_PRIORITY] == 0.0:
            return
        begin_what(desk)
    log.ticket_class[row] = int(facts[_CLASS])
    log.priority[row] = int(facts[_PRIORITY])


@aside
def begin_why(desk: Desk) -> None:
    """Begin to write what tickets came of, and what customers said: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_why = True
    for i in range(run.n_ticket_rows):
        log.origin[i] = _DEMAND
        log.parent[i] = log.fault[i] = -1
        log.score[i] = log.answered[i] = math.nan


@inlined
def write_why(desk: Desk, place: int, row: int) -> None:
    """Write what a ticket came of, and what its customer said."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    facts = ticket.facts
    if not run.says_why:
        is_usual = ticket.origin == _DEMAND and ticket.parent == -1 and ticket.fault == -1
        if is_usual and math.isnan(facts[_SCORE]) and math.isnan(ticket.answered):
            return
        begin_why(desk)
    log.origin[row] = ticket.origin
    log.parent[row] = ticket.parent
    log.fault[row] = ticket.fault
    log.score[row] = facts[_SCORE]
    log.answered[row] = ticket.answered


@aside
def begin_moves(desk: Desk) -> None:
    """Begin to write how often tickets changed their teams, and came back: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_moves = True
    for i in range(run.n_ticket_rows):
        log.hops[i] = log.ping_pongs[i] = log.reopens[i] = 0


@inlined
def write_moves(desk: Desk, place: int, row: int) -> None:
    """Write how often a ticket changed its team, and came back."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    facts = ticket.facts
    if not run.says_moves:
        if facts[_HOPS] == 0.0 and ticket.ping_pongs == 0 and facts[_REOPENS] == 0.0:
            return
        begin_moves(desk)
    log.hops[row] = int(facts[_HOPS])
    log.ping_pongs[row] = ticket.ping_pongs
    log.reopens[row] = int(facts[_REOPENS])


@aside
def begin_delays(desk: Desk) -> None:
    """Begin to write delays: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_delays = True
    for i in range(run.n_ticket_rows):
        log.delay_min[i] = log.automation_min[i] = log.dormant_min[i] = 0.0


@inlined
def write_delays(desk: Desk, place: int, row: int) -> None:
    """Write for how long a ticket was delayed."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    if not run.says_delays:
        if ticket.delayed == 0.0 and ticket.automated == 0.0 and ticket.dormant == 0.0:
            return
        begin_delays(desk)
    log.delay_min[row] = ticket.delayed
    log.automation_min[row] = ticket.automated
    log.dormant_min[row] = ticket.dormant


@aside
def begin_due(desk: Desk) -> None:
    """Begin to write targets: all before say what is usual."""
    run, log = desk.run[0], desk.ticket_log
    run.says_due = True
    for i in range(run.n_ticket_rows):
        log.target[i] = -1
        log.respond_due[i] = log.resolve_due[i] = math.inf


@inlined
def write_due(desk: Desk, place: int, row: int) -> None:
    """Write the target of a ticket, and when it is missed."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    if not run.says_due:
        if ticket.target == -1 and ticket.respond_due == math.inf and ticket.resolve_due == math.inf:
            return
        begin_due(desk)
    log.target[row] = ticket.target
    log.respond_due[row] = ticket.respond_due
    log.resolve_due[row] = ticket.resolve_due
