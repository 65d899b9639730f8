"""Teams of the compiled engine: the twin of `simlab.engines.simpy_teams`, method by method."""

from __future__ import annotations

import math

from simlab.engines.kernel_heap import (
    add_idle,
    dequeue,
    enqueue,
    is_preferred,
    remove_idle,
    schedule,
    waits_before,
)
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_rules import work_end
from simlab.engines.kernel_tickets import PRIORITY, handover_work, respond
from simlab.model.codes import Discipline, Dispatch, Order

COMPLETE, HAND_OVER, GO_ON, OPENING = 0, 1, 2, 3
"""Actions of events that concern people."""

_COMPLETION, _SHIFT_END, _SHIFT_START = int(Order.COMPLETION), int(Order.SHIFT_END), int(Order.SHIFT_START)
_BY_PRIORITY, _LIFO = int(Discipline.PRIORITY), int(Discipline.LIFO)
_EARLIEST_DUE, _SHORTEST = int(Discipline.EARLIEST_DUE), int(Discipline.SHORTEST)
_FASTEST, _CHEAPEST = int(Dispatch.FASTEST), int(Dispatch.CHEAPEST)
_LEAST_LOADED = int(Dispatch.LEAST_LOADED)


# -- duty


@compiled
def start_duty(desk: Desk, group: int) -> None:
    """Put people with the same calendar on duty if it is open, and schedule its next opening."""
    members = desk.groups[group]
    duty = desk.calendars[members.duty]
    first = 0
    while first < len(duty.closes) and duty.closes[first] <= 0.0:
        first += 1
    if first < len(duty.closes) and duty.opens[first] <= 0.0:
        for i in range(members.first_member, members.end_member):
            person = desk.members[i]
            desk.people[person].off_at = duty.closes[first]
            be_idle(desk, person, 0.0)
        first += 1
    members.interval = first
    schedule_opening(desk, group)


@compiled
def schedule_opening(desk: Desk, group: int) -> None:
    """Schedule the opening of the interval of duty that comes next."""
    members = desk.groups[group]
    duty = desk.calendars[members.duty]
    if members.interval < len(duty.opens):
        schedule(desk, duty.opens[members.interval], _SHIFT_START, OPENING, group)


@compiled
def begin_duty(desk: Desk, group: int, now: float) -> None:
    """Begin an interval of duty. Its end needs no event: from ``off_at`` on nobody is given anything."""
    members = desk.groups[group]
    off_at = desk.calendars[members.duty].closes[members.interval]
    members.interval += 1
    schedule_opening(desk, group)
    for i in range(members.first_member, members.end_member):
        person = desk.members[i]
        desk.people[person].off_at = off_at
        remove_idle(desk, person)
        if desk.people[person].visit < 0:
            offer(desk, person, now)


@compiled
def be_idle(desk: Desk, number: int, now: float) -> None:
    """Let a person be idle from now on."""
    person = desk.people[number]
    dispatch = desk.pools[person.pool].dispatch
    key = 0.0
    if dispatch == _FASTEST:
        key = -person.speed
    elif dispatch == _CHEAPEST:
        key = person.cost
    elif dispatch == _LEAST_LOADED:
        key = person.busy
    person.idle_key = key
    person.idle_since = now
    add_idle(desk, number)


@compiled
def first_idle_of(desk: Desk, pool: int, now: float) -> int:
    """Who of a pool takes the next ticket; -1 where all are busy or off duty."""
    pools, people = desk.pools, desk.people
    while pools[pool].n_idle > 0:
        first = desk.idle[pools[pool].first_idle]
        if now < people[first].off_at:
            return int(first)
        remove_idle(desk, first)
    return -1


# -- queues


@compiled
def join(desk: Desk, at: int, now: float) -> None:
    """Take a visit in: an idle person starts on it now, or it queues."""
    run, visit = desk.run[0], desk.visits[at]
    run.n_joined += 1
    rank, sequence = 0.0, run.n_joined
    discipline = desk.teams[visit.team].discipline
    if discipline == _BY_PRIORITY:
        rank = desk.tickets[visit.ticket].facts[PRIORITY]
    elif discipline == _LIFO:
        sequence = -sequence
    elif discipline == _EARLIEST_DUE:
        rank = desk.tickets[visit.ticket].resolve_due
    elif discipline == _SHORTEST:
        rank = visit.left
    visit.rank = rank
    visit.rank_sequence = sequence
    join_again(desk, at, now)


@compiled
def join_again(desk: Desk, at: int, now: float) -> None:
    """Give a visit to an idle person, or put it into its place in the queue."""
    number = desk.visits[at].team
    person = first_idle(desk, number, now)
    if person >= 0:
        take(desk, person, at, now)
    else:
        team = desk.teams[number]
        team.first_in_queue = enqueue(desk, team.first_in_queue, at)
        desk.queue_lengths[number] += 1


@compiled
def first_idle(desk: Desk, team: int, now: float) -> int:
    """Who takes a ticket of a team's queue: the team's own people before helpers; -1 for nobody."""
    serving = desk.serving
    best, best_rank = -1, 0
    for i in range(desk.teams[team].first_serving, desk.teams[team].end_serving):
        if best >= 0 and serving[i].rank > best_rank:
            break
        first = first_idle_of(desk, serving[i].pool, now)
        if first >= 0 and (best < 0 or is_preferred(desk, first, best)):
            best, best_rank = first, serving[i].rank
    return best


@compiled
def offer(desk: Desk, person: int, now: float) -> None:
    """Give a person who is free the next visit of the queues that they serve; else the person is idle."""
    teams, pool = desk.teams, desk.pools[desk.people[person].pool]
    best = -1
    for i in range(pool.first_queue, pool.end_queue):
        team = desk.pool_queues[i]
        head = teams[team].first_in_queue
        if head >= 0 and (best < 0 or waits_before(desk, head, teams[best].first_in_queue)):
            best = team
            if not pool.by_rank:
                break
    if best < 0:
        be_idle(desk, person, now)
        return
    head = teams[best].first_in_queue
    desk.queue_lengths[best] -= 1
    teams[best].first_in_queue = dequeue(desk, head)
    take(desk, person, head, now)


# -- work


@compiled
def take(desk: Desk, number: int, at: int, now: float) -> None:
    """Let a person on duty work on a visit, until it is done or the shift ends."""
    person, visit = desk.people[number], desk.visits[at]
    remove_idle(desk, number)
    person.visit = at
    person.spell_started = now
    visit.person = number
    if math.isnan(visit.started):
        visit.started = now
        ticket = desk.tickets[visit.ticket]
        ticket.queued += now - visit.arrived
        respond(desk, visit.ticket, now)
    work = visit.left / person.speed
    end, left, overtime = now + work, 0.0, 0.0
    if end > person.off_at:  # otherwise it is as `work_end` says, without a look at the calendars
        calendars = desk.calendars
        end, left, overtime = work_end(
            calendars[person.duty], calendars[person.shift], person.off_at, person.policy, now, work
        )
    person.overtime = overtime
    person.work_left = left * person.speed
    person.spell_work = work - left
    if left > 0.0 and overtime > 0.0:
        schedule(desk, end, _SHIFT_START, GO_ON, number)
    elif left > 0.0:
        schedule(desk, end, _SHIFT_END, HAND_OVER, number)
    elif end < math.inf:
        schedule(desk, end, _COMPLETION, COMPLETE, number)


@compiled
def let_go(desk: Desk, number: int, now: float) -> int:
    """End a spell of work and write its row of the log; return the visit."""
    run, log, person = desk.run[0], desk.work_log, desk.people[number]
    at = person.visit
    visit = desk.visits[at]
    row = run.n_spells
    run.n_spells = row + 1
    log.person[row] = number
    log.ticket[row] = desk.tickets[visit.ticket].number
    log.step[row] = visit.step
    log.started[row] = person.spell_started
    log.ended[row] = now
    log.overtime_min[row] = person.overtime
    visit.touch += person.spell_work
    person.busy += person.spell_work
    person.visit = -1
    person.overtime = 0.0
    return int(at)


@inlined
def go_on(desk: Desk, person: int, now: float) -> None:
    """Let a person whose overtime has lasted into the next shift work on in it."""
    at = let_go(desk, person, now)
    desk.visits[at].left = desk.people[person].work_left
    take(desk, person, at, now)


@inlined
def hand_over(desk: Desk, person: int, now: float) -> None:
    """At the end of a shift: the visit goes back to its place in the queue, for whoever is next."""
    at = let_go(desk, person, now)
    visit = desk.visits[at]
    visit.handovers += 1
    visit.left = desk.people[person].work_left + handover_work(desk, at)
    join_again(desk, at, now)
