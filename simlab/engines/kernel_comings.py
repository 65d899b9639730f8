"""Tickets that come to the desk of the compiled engine: from the list, of populations, because of others."""

from __future__ import annotations

from simlab.engines.kernel_actions import INCIDENT_CAME
from simlab.engines.kernel_faults import PREVENTED, fault_of
from simlab.engines.kernel_layout import ATTRIBUTES
from simlab.engines.kernel_memory import Desk, aside, inlined
from simlab.engines.kernel_pages import have_at_hand
from simlab.engines.kernel_places import CLASS, count_system, new_ticket, put_off, take_back
from simlab.engines.kernel_sources import draw_attributes, expect_arrival, free_birth, keep_recorded
from simlab.engines.kernel_states import note_fault
from simlab.engines.kernel_tickets import start_clocks

_FIRST_ATTRIBUTE, _N_ATTRIBUTES = int(ATTRIBUTES[0]), len(ATTRIBUTES)


@inlined
def arrive(desk: Desk, now: float) -> int:
    """Let a ticket of the list arrive, and expect the one after it.

    Returns
    -------
    place
        Where it is; -1 if it was prevented.
    """
    run, arrivals = desk.run[0], desk.arrivals
    source = run.next_arrival
    run.n_pending -= 1
    run.next_arrival = source + 1
    expect_arrival(desk)
    place = new_ticket(desk, arrivals.stream[source], arrivals.subject[source], now)
    have_at_hand(desk, source, place)
    if run.has_recorded:
        keep_recorded(desk, place, source)
    else:
        draw_attributes(desk, place)
    if run.has_faults:
        ticket = desk.tickets[place]
        ticket.fault = fault_of(desk, ticket.stream, ticket.subject, int(ticket.facts[CLASS]), now)
        if ticket.fault == PREVENTED:
            take_back(desk, place)
            run.fresh = -1
            return -1
        if ticket.fault >= 0:
            put_off(desk, INCIDENT_CAME, ticket.fault, ticket.number, -1, -1)
    return place


@aside
def member_comes(desk: Desk, member: int, now: float) -> int:
    """Let a member of a population come with its next ticket, of which the place is returned."""
    desk.run[0].n_pending -= 1
    place = new_ticket(desk, desk.population[member].stream, desk.population[member].subject, now)
    draw_attributes(desk, place)
    return place


@aside
def ticket_comes(desk: Desk, born: int, now: float) -> int:
    """Let a ticket come to which others gave rise, of which the place is returned."""
    desk.run[0].n_pending -= 1
    birth = desk.births[born]
    place = new_ticket(desk, birth.stream, birth.subject, now)
    ticket = desk.tickets[place]
    ticket.origin = birth.origin
    ticket.parent = birth.parent
    ticket.fault = birth.fault
    ticket.awaited_by = birth.awaited_by
    ticket.awaited_serial = birth.awaited_serial
    if birth.is_alike:
        for i in range(_N_ATTRIBUTES):
            ticket.facts[_FIRST_ATTRIBUTE + i] = birth.attributes[i]
    else:
        draw_attributes(desk, place)
    free_birth(desk, born)
    return place


@inlined
def begin(desk: Desk, place: int, now: float) -> int:
    """Start the clocks of a new ticket; return the step at which it enters the process."""
    count_system(desk, now, 1)
    if desk.run[0].has_faults:
        note_fault(desk, place)
    if desk.run[0].target_rules >= 0:
        start_clocks(desk, place, now, 0.0)
    return int(desk.streams[desk.tickets[place].stream].entry)
