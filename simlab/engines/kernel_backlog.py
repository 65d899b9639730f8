"""The open backlog in the compiled engine: the twin of `simlab.engines.simpy_backlog`."""

from __future__ import annotations

from simlab.engines.kernel_memory import Desk, compiled
from simlab.engines.kernel_places import (
    CHANNEL,
    CLASS,
    DIFFICULTY,
    HOPS,
    KIND,
    PRIORITY,
    REOPENS,
    new_ticket,
)
from simlab.engines.kernel_tickets import start_clocks, was_at


@compiled
def open_ticket(desk: Desk, row: int) -> int:
    """Place of a ticket that is open when the run begins, with the clocks that it has."""
    known = desk.backlog[row]
    place = new_ticket(desk, known.stream, known.subject, known.created)
    ticket = desk.tickets[place]
    facts = ticket.facts
    facts[KIND] = known.kind
    facts[CLASS] = known.ticket_class
    facts[PRIORITY] = known.priority
    facts[CHANNEL] = known.channel
    facts[DIFFICULTY] = known.difficulty
    facts[HOPS] = known.hops
    facts[REOPENS] = known.reopens
    ticket.responded = known.responded
    ticket.spent = known.spent
    if known.team >= 0:
        was_at(desk, place, known.team)
    if desk.run[0].target_rules >= 0:
        start_clocks(desk, place, known.created, known.paused)
    return place
