"""Tickets, visits and branches of the compiled engine: their places, and the log rows that they leave."""

from __future__ import annotations

import math

from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_milestones import begin_milestones
from simlab.engines.kernel_ticket_rows import (
    write_delays,
    write_due,
    write_moves,
    write_what,
    write_whence,
    write_why,
)
from simlab.model.codes import Field, Origin, Outcome

KIND, CLASS, PRIORITY = int(Field.KIND), int(Field.CLASS), int(Field.PRIORITY)
CHANNEL, DIFFICULTY, STREAM = int(Field.CHANNEL), int(Field.DIFFICULTY), int(Field.STREAM)
HOPS, REOPENS = int(Field.HOPS), int(Field.REOPENS)
CAME_FROM, TEAM, SCORE = int(Field.CAME_FROM), int(Field.TEAM), int(Field.SCORE)
N_FACTS = len(Field)
_OPEN, _DEMAND = int(Outcome.OPEN), int(Origin.DEMAND)


@inlined
def lacks_room(desk: Desk) -> bool:
    """Whether the tables may be too small for the next event; looks only where they might be."""
    run = desk.run[0]
    if run.has_extras or run.n_sure <= 0 or run.free_ticket < 0:
        return look_for_room(desk)
    run.n_sure -= 1
    return False


@aside
def look_for_room(desk: Desk) -> bool:
    """Whether the tables may be too small for what comes next; if not, note for how many events they do."""
    run = desk.run[0]
    if is_full(desk):
        return True
    visits = min(run.n_free_visits, run.room_visits - run.n_visits)
    spells = min(run.room_spells - run.n_spells, run.room_ticket_rows - run.n_ticket_rows)
    events = min(run.room_events - run.n_events - run.n_people, run.n_free_countdowns)
    run.n_sure = min(visits, spells, events) // run.needed - 1
    return False


@inlined
def is_full(desk: Desk) -> bool:
    """Whether the tables may be too small for what comes next."""
    run = desk.run[0]
    n = run.needed
    return bool(
        run.free_ticket < 0
        or run.n_free_visits < n
        or run.n_visits + n > run.room_visits
        or run.n_spells + n > run.room_spells
        or run.n_ticket_rows + n > run.room_ticket_rows
        or run.n_events + run.n_people + n > run.room_events
        or run.n_tasks + n > run.room_tasks
        or run.n_forks >= run.room_forks
        or run.n_free_countdowns < n
        or run.n_free_births < run.beside
        or run.n_free_incidents < 1
        or run.n_states + run.beside > run.room_states
        or (run.n_controls > 0 and run.n_actions >= run.room_actions)
        or run.n_calls + run.n_on_call > run.room_calls
    )


# -- tickets


@inlined
def count_system(desk: Desk, now: float, change: int) -> None:
    """Count a ticket in or out, and the ticket-minutes since the last change, from the warm-up on."""
    run = desk.run[0]
    if now > run.area_until:
        run.area += run.in_system * (now - run.area_until)
        run.area_until = now
    run.in_system += change


@inlined_if_lean
def new_ticket(desk: Desk, stream: int, subject: int, now: float) -> int:
    """Place of a new ticket whose attributes are still to be set."""
    run = desk.run[0]
    place = run.free_ticket
    ticket = desk.tickets[place]
    run.free_ticket = ticket.next_free
    ticket.number = run.n_created
    ticket.has_early = False
    run.n_created += 1
    if not run.is_in_parts:
        run.n_ticket_rows += 1
    ticket.stream = stream
    ticket.subject = subject
    ticket.space = desk.streams[stream].space
    facts = ticket.facts
    for i in range(N_FACTS):
        facts[i] = 0.0
    facts[STREAM] = stream
    facts[CAME_FROM] = -1.0
    facts[TEAM] = -1.0
    facts[SCORE] = math.nan
    ticket.created = now
    ticket.responded = ticket.resolved = ticket.closed = math.nan
    ticket.respond_due = ticket.resolve_due = math.inf
    ticket.respond_left = ticket.resolve_left = -1.0
    ticket.spent = 0.0
    ticket.touch = ticket.queued = ticket.delayed = ticket.automated = ticket.dormant = 0.0
    ticket.target = ticket.first_team = ticket.last_team = ticket.section = ticket.awaited_by = -1
    ticket.first_visit = ticket.last_visit = -1
    ticket.outcome = _OPEN
    ticket.origin = _DEMAND
    ticket.parent = ticket.fault = -1
    ticket.answered = math.nan
    ticket.work_visits = ticket.ping_pongs = ticket.handovers = ticket.steps_at_once = 0
    ticket.respond_pauses = ticket.resolve_pauses = ticket.n_open = ticket.n_held = 0
    if run.has_milestones:
        begin_milestones(desk, place, now)
    return int(place)


@aside
def take_back(desk: Desk, place: int) -> None:
    """Free the place of a ticket that does not come after all."""
    run, ticket = desk.run[0], desk.tickets[place]
    run.n_created -= 1
    if not run.is_in_parts:
        run.n_ticket_rows -= 1
    ticket.number = -1
    ticket.next_free = run.free_ticket
    run.free_ticket = place


@inlined
def settle(desk: Desk, place: int) -> None:
    """Let a ticket go that is closed, once nothing refers to it any more."""
    ticket = desk.tickets[place]
    if ticket.n_open == 0 and ticket.n_held == 0 and not math.isnan(ticket.closed):
        drop_ticket(desk, place)


@inlined
def let_go_of(desk: Desk, place: int) -> None:
    """Refer to a ticket no longer."""
    desk.tickets[place].n_held -= 1
    settle(desk, place)


@inlined_if_lean
def drop_ticket(desk: Desk, place: int) -> None:
    """Write the log row of a ticket, and free its place."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    row = ticket.number
    if run.is_in_parts:
        row = run.n_ticket_rows
        run.n_ticket_rows = row + 1
        desk.ticket_numbers[row] = ticket.number
    write_whence(desk, place, row)
    write_what(desk, place, row)
    if run.has_extras:
        write_why(desk, place, row)
    log.subject[row] = ticket.subject
    log.created[row] = ticket.created
    log.responded[row] = ticket.responded
    log.resolved[row] = ticket.resolved
    log.closed[row] = ticket.closed
    log.outcome[row] = ticket.outcome
    log.first_team[row] = ticket.first_team
    log.last_team[row] = ticket.last_team
    log.work_visits[row] = ticket.work_visits
    write_moves(desk, place, row)
    log.touch_min[row] = ticket.touch
    log.queue_min[row] = ticket.queued
    write_delays(desk, place, row)
    write_due(desk, place, row)
    ticket.number = -1
    ticket.next_free = run.free_ticket
    run.free_ticket = place
    counts = desk.counts  # for the next ticket: what is written just before it is read is slow to read
    for i in range(place * run.counts_per_ticket, (place + 1) * run.counts_per_ticket):
        counts[i] = 0


# -- visits


@inlined_if_lean
def place_for_visit(desk: Desk, place: int, step: int, number: int, team: int, now: float) -> int:
    """Place of a visit, or a batch, that begins now."""
    run = desk.run[0]
    at = run.free_visit
    visit = desk.visits[at]
    run.free_visit = visit.next_free
    run.n_free_visits -= 1
    run.n_opened += 1
    visit.serial = run.n_opened
    visit.ticket = place
    visit.step = step
    visit.number = number
    visit.team = team
    visit.line = -1
    visit.arrived = now
    visit.started = math.nan
    visit.left = visit.touch = 0.0
    visit.handovers = visit.awaited = 0
    visit.person = visit.event_key = visit.batch = -1
    visit.is_queued = visit.pauses = visit.is_done = False
    return int(at)


@inlined_if_lean
def new_visit(desk: Desk, place: int, step: int, number: int, team: int, fork: int, now: float) -> int:
    """Place of a visit that begins now."""
    ticket = desk.tickets[place]
    at = place_for_visit(desk, place, step, number, team, now)
    visit = desk.visits[at]
    visit.fork = fork
    last = ticket.last_visit
    visit.previous_open = last
    visit.next_open = -1
    if last < 0:
        ticket.first_visit = at
    else:
        desk.visits[last].next_open = at
    ticket.last_visit = at
    ticket.n_open += 1
    if ticket.n_open > desk.run[0].at_once:
        need_rows(desk, ticket.n_open)
    return at


@compiled
def open_visit(desk: Desk, place: int, step: int, fork: int, now: float) -> int:
    """Begin a visit in which nobody works."""
    counted = place * desk.run[0].counts_per_ticket + step
    number = int(desk.counts[counted])
    desk.counts[counted] = number + 1
    return new_visit(desk, place, step, number, -1, fork, now)


@aside
def need_rows(desk: Desk, n: int) -> None:
    """Let the tables have room for so many visits that end, or begin, at once."""
    run = desk.run[0]
    run.at_once = n
    run.needed = (2 + run.n_timers) * n + run.beside
    run.n_sure = 0


@inlined
def free_visit(desk: Desk, at: int) -> None:
    """Free the place of a visit or batch."""
    run, visit = desk.run[0], desk.visits[at]
    visit.serial = visit.event_key = -1
    visit.next_free = run.free_visit
    run.free_visit = at
    run.n_free_visits += 1


@inlined_if_lean
def drop_visit(desk: Desk, at: int, now: float, went_to: int) -> None:
    """Write the log row of a visit that ends now, and free its place."""
    run, visit, log = desk.run[0], desk.visits[at], desk.visit_log
    ticket = desk.tickets[visit.ticket]
    row = run.n_visits
    run.n_visits = row + 1
    log.ticket[row] = ticket.number
    log.step[row] = visit.step
    log.visit[row] = visit.number
    log.team[row] = visit.team
    log.person[row] = visit.person
    log.arrived[row] = visit.arrived
    log.started[row] = visit.started
    log.ended[row] = now
    log.touch_min[row] = visit.touch
    log.handovers[row] = visit.handovers
    log.cause[row] = desk.steps[visit.step].cause
    log.went_to[row] = went_to
    before, after = visit.previous_open, visit.next_open
    if before < 0:
        ticket.first_visit = after
    else:
        desk.visits[before].next_open = after
    if after < 0:
        ticket.last_visit = before
    else:
        desk.visits[after].previous_open = before
    ticket.n_open -= 1
    free_visit(desk, at)


@inlined_if_lean
def note_spell(desk: Desk, person: int, at: int, started: float, overtime: float, now: float) -> None:
    """Write the log row of a spell of work that ends now."""
    run, visit, log = desk.run[0], desk.visits[at], desk.work_log
    row = run.n_spells
    run.n_spells = row + 1
    log.person[row] = person
    log.ticket[row] = desk.tickets[visit.ticket].number
    log.step[row] = visit.step
    log.started[row] = started
    log.ended[row] = now
    log.overtime_min[row] = overtime


@inlined
def has_to_wait(desk: Desk, at: int) -> bool:
    """Whether nobody has begun to work on a visit that is in the queue."""
    return bool(desk.visits[at].is_queued and math.isnan(desk.visits[at].started))


@inlined
def has_nothing_in_hand(desk: Desk, number: int) -> bool:
    """Whether a person holds no ticket."""
    return bool(desk.people[number].visit < 0 and desk.people[number].n_held == 0)


@aside
def note_leaving(desk: Desk, number: int, now: float) -> None:
    """Note that a person who was called in leaves; others have left at the end of their shift."""
    person = desk.people[number]
    if person.call >= 0:
        desk.calls[person.call].left = now
        person.call = -1


# -- parallel branches


@compiled
def new_fork(desk: Desk, place: int, step: int, number: int, parent: int) -> int:
    """Place of a ticket's new branches."""
    run = desk.run[0]
    at = run.n_forks
    run.n_forks = at + 1
    fork = desk.open_forks[at]
    fork.ticket = place
    fork.step = step
    fork.number = number
    fork.needed = desk.forks.needed[step]
    fork.joined = 0
    fork.came_from = desk.tickets[place].facts[CAME_FROM]
    fork.parent = parent
    fork.is_over = fork.is_stopped = False
    return int(at)


@compiled
def is_within(desk: Desk, fork: int, other: int) -> bool:
    """Whether branches are the other ones or within one of them."""
    while fork >= 0:
        if fork == other:
            return True
        fork = desk.open_forks[fork].parent
    return False


@compiled
def is_unheeded(desk: Desk, fork: int) -> bool:
    """Whether the ticket has gone on without these branches, or ones around them."""
    while fork >= 0:
        if desk.open_forks[fork].is_over:
            return True
        fork = desk.open_forks[fork].parent
    return False


@compiled
def is_void(desk: Desk, fork: int) -> bool:
    """Whether nothing begins here any more: these branches, or ones around them, were stopped."""
    while fork >= 0:
        if desk.open_forks[fork].is_stopped:
            return True
        fork = desk.open_forks[fork].parent
    return False


# -- what is still to be done in the present event


@compiled
def put_off(desk: Desk, action: int, subject: int, serial: int, step: int, fork: int) -> None:
    """Do something before anything that was put off earlier."""
    run = desk.run[0]
    task = desk.tasks[run.n_tasks]
    run.n_tasks += 1
    task.action = action
    task.subject = subject
    task.serial = serial
    task.step = step
    task.fork = fork
