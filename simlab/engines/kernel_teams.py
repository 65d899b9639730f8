"""Teams of the compiled engine: the twin of `simlab.engines.simpy_teams`, method by method."""

from __future__ import annotations

from simlab.engines.kernel_heap import dequeue, remove_idle, schedule, waits_before
from simlab.engines.kernel_interruptions import interrupt_for_waiting, join_interrupting
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_people import (
    OPENING,
    be_idle,
    cut_spell,
    first_idle,
    leave_queue,
    let_go,
    queue,
    rank,
    take,
)
from simlab.engines.kernel_tickets import handover_work
from simlab.model.codes import Order

_SHIFT_START = int(Order.SHIFT_START)


# -- duty


@compiled
def start_duty(desk: Desk, group: int) -> None:
    """Put people with the same calendar on duty if it is open, and schedule its next opening."""
    members = desk.groups[group]
    duty = desk.calendars[members.duty]
    first = 0
    while first < len(duty.closes) and duty.closes[first] <= 0.0:
        first += 1
    if first < len(duty.closes) and duty.opens[first] <= 0.0 and desk.run[0].n_backlog == 0:
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
        schedule(desk, max(0.0, duty.opens[members.interval]), _SHIFT_START, OPENING, group)


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
    if desk.run[0].has_preemption:
        for i in range(members.first_member, members.end_member):
            pool = desk.pools[desk.people[desk.members[i]].pool]
            for k in range(pool.first_queue, pool.end_queue):
                number = desk.pool_queues[k]
                team = desk.teams[number]
                if team.has_preemption and team.asked_in != desk.run[0].n_processed:
                    team.asked_in = desk.run[0].n_processed
                    interrupt_for_waiting(desk, number, now)


# -- queues


@compiled
def join(desk: Desk, at: int, now: float) -> None:
    """Take a visit in: an idle person starts on it now, or it queues."""
    run = desk.run[0]
    run.n_joined += 1
    desk.visits[at].sequence = run.n_joined
    rank(desk, at)
    join_again(desk, at, now)


@compiled
def join_again(desk: Desk, at: int, now: float) -> None:
    """Give a visit to an idle person, or to one whose work it interrupts, or let it queue."""
    team = desk.visits[at].team
    person = first_idle(desk, team, now)
    if person >= 0:
        take(desk, person, at, now)
    elif desk.teams[team].has_preemption:
        join_interrupting(desk, at, now)
    else:
        queue(desk, at)


@compiled
def rank_again(desk: Desk, at: int, now: float) -> None:
    """Give a queued visit its place by the present facts of the ticket; it may now interrupt others."""
    leave_queue(desk, at)
    rank(desk, at)
    join_again(desk, at, now)


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
    desk.visits[head].is_queued = False
    take(desk, person, head, now)


@compiled
def stop(desk: Desk, at: int, now: float) -> None:
    """Take a visit away that is no longer needed, from the queue or from the person who has it."""
    visit = desk.visits[at]
    if visit.is_queued:
        leave_queue(desk, at)
        return
    number = visit.person
    cut_spell(desk, number, now)
    let_go(desk, number, now)
    if now < desk.people[number].off_at:
        offer(desk, number, now)


# -- work


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
