"""States of the run in the compiled engine: their log, and what rules see of the faults behind tickets."""

from __future__ import annotations

from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.model.codes import FaultState, Field

_FAULT, _FIXED = int(Field.FAULT), int(FaultState.FIXED)


@compiled
def log_state(desk: Desk, at: float, state: int, value: float, ticket: int) -> None:
    """Write a row of the log of states."""
    run, log = desk.run[0], desk.state_log
    row = run.n_states
    run.n_states = row + 1
    log.at[row] = at
    log.state[row] = state
    log.value[row] = value
    log.ticket[row] = ticket


@compiled
def state_of(desk: Desk, fault: int) -> int:
    """State of a fault; one whose place a new one took is fixed."""
    n = desk.run[0].n_faults
    known = desk.faults[fault % n]
    return int(known.state) if fault // n == known.renewals else _FIXED


@inlined
def note_fault(desk: Desk, place: int) -> None:
    """Bring up to date what rules may ask about the fault behind a ticket."""
    ticket = desk.tickets[place]
    if ticket.fault >= 0:
        ticket.facts[_FAULT] = state_of(desk, ticket.fault)
