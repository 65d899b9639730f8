"""Limits on work in progress in the compiled engine: the twin of `simlab.engines.simpy_limits`."""

from __future__ import annotations

from simlab.engines.kernel_actions import ENTER
from simlab.engines.kernel_heap import dequeue, enqueue
from simlab.engines.kernel_memory import Desk, compiled
from simlab.engines.kernel_places import drop_visit, open_visit, put_off
from simlab.engines.kernel_tickets import PRIORITY
from simlab.model.codes import Discipline

_BY_PRIORITY = int(Discipline.PRIORITY)


@compiled
def admits(desk: Desk, place: int, step: int, now: float) -> bool:
    """Whether a ticket may enter a step now; otherwise it is put off, or waits for its permit."""
    ticket, wanted = desk.tickets[place], desk.steps[step].section
    if ticket.section == wanted:
        return True
    if ticket.section >= 0:
        section = desk.sections[ticket.section]
        if section.first_in_line >= 0:
            # The next in line goes first.
            ticket.n_held += 1
            put_off(desk, ENTER, place, -1, step, -1)
            admit_next(desk, ticket.section, now)
            ticket.section = -1
            return False
        section.n_free += 1
        ticket.section = -1
    if wanted < 0:
        return True
    section = desk.sections[wanted]
    if section.n_free > 0:
        section.n_free -= 1
        ticket.section = wanted
        return True
    at = open_visit(desk, place, section.step, -1, now)
    visit, run = desk.visits[at], desk.run[0]
    run.n_admitted += 1
    visit.rank_sequence = run.n_admitted
    visit.rank = ticket.facts[PRIORITY] if section.discipline == _BY_PRIORITY else 0.0
    visit.bound_for = step
    section.first_in_line = enqueue(desk, section.first_in_line, at)
    return False


@compiled
def admit_next(desk: Desk, number: int, now: float) -> None:
    """Hand a permit to the next in line."""
    section = desk.sections[number]
    at = section.first_in_line
    section.first_in_line = dequeue(desk, at)
    visit = desk.visits[at]
    place, step = visit.ticket, visit.bound_for
    ticket = desk.tickets[place]
    ticket.section = number
    visit.started = now
    ticket.queued += now - visit.arrived
    ticket.n_held += 1
    put_off(desk, ENTER, place, -1, step, -1)
    drop_visit(desk, at, now, step)
