"""How tickets leave the system in the compiled engine, and who is told."""

from __future__ import annotations

from simlab.engines.kernel_actions import LEAVE, SEND_AWAY
from simlab.engines.kernel_feedback import take_feedback
from simlab.engines.kernel_memory import Desk, aside, compiled
from simlab.engines.kernel_places import count_system, put_off
from simlab.engines.kernel_sources import send_away
from simlab.model.codes import Origin

_PROBLEM = int(Origin.PROBLEM)


@compiled
def leave_system(desk: Desk, place: int, now: float) -> None:
    """Let a ticket leave; one that waits for it may go on, a member of a population goes away."""
    run, ticket = desk.run[0], desk.tickets[place]
    ticket.closed = now
    run.n_closed += 1
    count_system(desk, now, -1)
    if run.has_feedback:
        take_feedback(desk, place, now)
    if run.has_extras and ticket.origin == _PROBLEM:
        desk.faults[ticket.fault % run.n_faults].has_problem = False
    stream = desk.streams[ticket.stream]
    if stream.population > 0:
        member = stream.first_member + ticket.subject % stream.population
        desk.population[member].subject = ticket.subject + stream.population
        if run.has_extras and ticket.awaited_by >= 0:
            put_off(desk, SEND_AWAY, member, -1, -1, -1)
        else:
            send_away(desk, member, False, now)
    if run.has_extras and ticket.awaited_by >= 0:
        end_waiting(desk, ticket.awaited_by, ticket.awaited_serial, now)


@aside
def end_waiting(desk: Desk, at: int, serial: int, now: float) -> None:
    """Tell a visit that waits for tickets that one of them is closed."""
    wait = desk.visits[at]
    if wait.serial != serial:
        return
    wait.awaited -= 1
    if wait.awaited == 0:
        desk.tickets[wait.ticket].delayed += now - wait.started
        put_off(desk, LEAVE, at, serial, -1, -1)
