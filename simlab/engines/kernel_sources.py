"""Where tickets come from in the compiled engine: the twin of `simlab.engines.simpy_sources`."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import MEMBER_COMES, TICKET_COMES
from simlab.engines.kernel_heap import event_key, schedule
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_pages import OF_CHANNEL, OF_CLASS, OF_DIFFICULTY, OF_PRIORITY
from simlab.engines.kernel_places import CHANNEL, CLASS, KIND, drop_visit, open_visit
from simlab.engines.kernel_rules import quantile, uniform, uniform_pair
from simlab.engines.kernel_tickets import DIFFICULTY, PRIORITY, chosen_at
from simlab.model.arrivals import STREAM_LEVEL
from simlab.model.codes import Order, Origin
from simlab.model.streams import Purpose

WORDS = 2**32
_BLOCK = 1024
"""Numbers that are drawn at once and stay near the processor until they are used."""

_ARRIVAL, _SPAWNED = int(Order.ARRIVAL), int(Origin.SPAWNED)
_AWAY, _SPAWN, _SPAWN_DELAY = int(Purpose.AWAY), int(Purpose.SPAWN), int(Purpose.SPAWN_DELAY)
_CLASS_DRAW, _PRIORITY_DRAW = int(Purpose.CLASS), int(Purpose.PRIORITY)
_CHANNEL_DRAW, _DIFFICULTY_DRAW = int(Purpose.CHANNEL), int(Purpose.DIFFICULTY)


# -- the list of arrivals


@aside
def draw_values(desk: Desk) -> None:
    """Draw uniforms, or sums of values of a distribution, for arrivals that are drawn ahead of the run."""
    run, values = desk.run[0], desk.values
    total = run.sum_from
    for first in range(0, run.n_values, _BLOCK):
        end = min(first + _BLOCK, run.n_values)
        draw_uniforms(desk, first, end, run.key_0, run.key_1, run.space, run.place, run.visit, run.purpose)
        if run.distribution >= 0:
            for i in range(first, end):
                total = total + quantile(desk.distributions, run.distribution, values[i])
                values[i] = total


@compiled
def draw_uniforms(
    desk: Desk,
    first: int,
    end: int,
    key_0: int,
    key_1: int,
    space: int,
    place: int,
    visit: int,
    purpose: int,
) -> None:
    """Draw the uniforms of subjects, in a loop that a processor does several at a time of."""
    subjects, drawn = desk.subjects, desk.values
    for i in range(first, end):
        drawn[i] = uniform_pair((key_0, key_1), subjects[i], space, place, visit, purpose)[0]


@inlined
def expect_arrival(desk: Desk) -> None:
    """Give the next arrival of the list its place among the events, beside the heap."""
    run = desk.run[0]
    if run.next_arrival < run.n_arrivals:
        run.arrival_key = event_key(desk, _ARRIVAL)


# -- attributes: the twin of `simlab.model.arrivals.draw_attributes`, for one ticket


@inlined_if_lean
def draw_attributes(desk: Desk, place: int) -> None:
    """Draw what a new ticket is."""
    ticket = desk.tickets[place]
    stream = desk.streams[ticket.stream]
    row, of_priority = stream.first_class, 0.0
    if stream.draws_priority:  # before the class, which the processor then need not wait for
        of_priority = draw_of_stream(desk, place, _PRIORITY_DRAW, OF_PRIORITY)
    if stream.end_class > row + 1:
        u = draw_of_stream(desk, place, _CLASS_DRAW, OF_CLASS)
        while desk.classes[row].share <= u:
            row += 1
    draw_attributes_of_class(desk, place, row, of_priority)


@inlined_if_lean
def draw_attributes_of_class(desk: Desk, place: int, row: int, of_priority: float) -> None:
    """Draw what a new ticket of a class is, but for the uniform of its priority, which is drawn."""
    facts, of_class, after = desk.tickets[place].facts, desk.classes[row], desk.classes[row + 1]
    facts[KIND] = of_class.kind
    facts[CLASS] = of_class.ticket_class
    facts[PRIORITY] = picked(desk, of_class.first_priority, of_class.first_channel, of_priority)
    of_channel = 0.0
    if after.first_priority > of_class.first_channel + 1:
        of_channel = draw_of_stream(desk, place, _CHANNEL_DRAW, OF_CHANNEL)
    facts[CHANNEL] = picked(desk, of_class.first_channel, after.first_priority, of_channel)
    facts[DIFFICULTY] = 1.0
    if of_class.difficulty >= 0:
        u = draw_of_stream(desk, place, _DIFFICULTY_DRAW, OF_DIFFICULTY)
        facts[DIFFICULTY] = quantile(desk.distributions, of_class.difficulty, u)


@inlined
def picked(desk: Desk, first: int, end: int, u: float) -> int:
    """Code picked by cumulative shares."""
    if end > first + 1:
        while desk.choices[first].share <= u:
            first += 1
    return int(desk.choices[first].code)


@inlined
def draw_of_stream(desk: Desk, place: int, purpose: int, column: int) -> float:
    """Draw what a ticket draws once, as one of its stream, unless it is at hand on the page."""
    run, ticket = desk.run[0], desk.tickets[place]
    if ticket.number == run.fresh:
        return float(desk.page[column + run.fresh_row])
    return uniform((run.key_0, run.key_1), ticket.subject, ticket.space, STREAM_LEVEL, 0, purpose)


@aside
def keep_recorded(desk: Desk, place: int, source: int) -> None:
    """Give a new ticket the attributes that were recorded; those that were not are drawn, given its class."""
    recorded, ticket = desk.recorded, desk.tickets[place]
    if recorded.ticket_class[source] >= 0:
        row = desk.streams[ticket.stream].first_class
        while desk.classes[row].ticket_class != recorded.ticket_class[source]:
            row += 1
        of_priority = draw_of_stream(desk, place, _PRIORITY_DRAW, OF_PRIORITY)
        draw_attributes_of_class(desk, place, row, of_priority)
    else:
        draw_attributes(desk, place)
    if recorded.kind[source] >= 0:
        ticket.facts[KIND] = recorded.kind[source]
    if recorded.priority[source] >= 0:
        ticket.facts[PRIORITY] = recorded.priority[source]
    if recorded.channel[source] >= 0:
        ticket.facts[CHANNEL] = recorded.channel[source]
    if not math.isnan(recorded.difficulty[source]):
        ticket.facts[DIFFICULTY] = recorded.difficulty[source]


# -- finite populations


@aside
def send_away(desk: Desk, member: int, come_at_once: bool, now: float) -> None:
    """Let a member of a finite population stay away, then come with its next ticket."""
    run, subject = desk.run[0], desk.population[member].subject
    stream = desk.streams[desk.population[member].stream]
    if 0 <= stream.limit <= subject:
        return
    away = 0.0
    if not come_at_once:
        u = uniform((run.key_0, run.key_1), subject, stream.space, STREAM_LEVEL, 0, _AWAY)
        away = quantile(desk.distributions, stream.away, u)
    at = max(now, stream.start) + away
    if at < stream.end:
        run.n_pending += 1
        schedule(desk, at, _ARRIVAL, MEMBER_COMES, member)


# -- spawned tickets


@aside
def spawn(desk: Desk, at: int, now: float) -> bool:
    """Make the tickets that the end of a visit gives rise to; whether its ticket waits for some of them."""
    run, spawns, visit = desk.run[0], desk.spawns, desk.visits[at]
    place, step, number, fork = visit.ticket, visit.step, visit.number, visit.fork
    ticket, key = desk.tickets[place], (run.key_0, run.key_1)
    n_decided, n_awaited = 0, 0
    for row in range(spawns.first[step], spawns.first[step + 1]):
        if chosen_at(desk, place, step, 0, spawns.rules[row], now) < 0:
            continue
        of_row = spawns.address[row]
        decides, names = uniform_pair(key, ticket.subject, ticket.space, of_row, number, _SPAWN)
        if decides >= spawns.share[row]:
            continue
        u = uniform(key, ticket.subject, ticket.space, of_row, number, _SPAWN_DELAY)
        decided = desk.decided[n_decided]
        decided.at = now + quantile(desk.distributions, spawns.delay[row], u)
        decided.row = row
        decided.subject = int(names * WORDS)
        n_decided += 1
        if spawns.waits[row]:
            n_awaited += 1
    wait, serial = -1, -1
    if n_awaited > 0:
        drop_visit(desk, at, now, spawns.waiting_step[step])
        wait = open_visit(desk, place, spawns.waiting_step[step], fork, now)
        desk.visits[wait].started = now
        desk.visits[wait].awaited = n_awaited
        serial = desk.visits[wait].serial
    for waits in (True, False):
        for i in range(n_decided):
            row = desk.decided[i].row
            if spawns.waits[row] == waits:
                subject = desk.decided[i].subject
                fault = ticket.fault if spawns.same_fault[row] else -1
                arrives, stream = desk.decided[i].at, spawns.stream[row]
                born = let_come(desk, arrives, stream, subject, _SPAWNED, ticket.number, fault)
                if waits:
                    desk.births[born].awaited_by = wait
                    desk.births[born].awaited_serial = serial
    return n_awaited > 0


@compiled
def let_come(desk: Desk, at: float, stream: int, subject: int, origin: int, parent: int, fault: int) -> int:
    """Let a ticket of this identity come at an instant; return the place where more can be said of it."""
    run = desk.run[0]
    born = run.free_birth
    birth = desk.births[born]
    run.free_birth = birth.next_free
    run.n_free_births -= 1
    run.n_pending += 1
    birth.stream = stream
    birth.subject = subject
    birth.origin = origin
    birth.parent = parent
    birth.fault = fault
    birth.awaited_by = -1
    birth.is_alike = False
    schedule(desk, at, _ARRIVAL, TICKET_COMES, born)
    return int(born)


@inlined
def free_birth(desk: Desk, born: int) -> None:
    """Free the place of a ticket that has come."""
    run = desk.run[0]
    desk.births[born].next_free = run.free_birth
    run.free_birth = born
    run.n_free_births += 1
