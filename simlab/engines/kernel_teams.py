"""Teams of the compiled engine: the twin of `simlab.engines.simpy_teams`, method by method."""

from __future__ import annotations

from simlab.engines.kernel_actions import CHAT_COMPLETE, CHAT_HAND_OVER, OPENING
from simlab.engines.kernel_chats import (
    chat_of,
    has_room,
    let_go_of_chat,
    let_go_of_ended,
    put_down_chat,
    share,
)
from simlab.engines.kernel_heap import remove_idle, schedule
from simlab.engines.kernel_interruptions import interrupt_for_waiting, join_interrupting
from simlab.engines.kernel_loans import first_free, visit_for_lent
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_people import (
    be_idle,
    cut_spell,
    leave_queue,
    let_go,
    next_in_line,
    queue,
    rank,
    take,
    take_out,
)
from simlab.engines.kernel_swarming import (
    give_work_to_members,
    give_work_to_one,
    interrupt_for,
    leave_waiting,
    offer_person,
    place,
    place_again,
    stop_waiting_or_work,
)
from simlab.engines.kernel_tickets import handover_work
from simlab.model.codes import Order

_SHIFT_START = int(Order.SHIFT_START)


# -- duty


@aside
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


@aside
def begin_duty(desk: Desk, group: int, now: float) -> None:
    """Begin an interval of duty. Its end needs no event: from ``off_at`` on nobody is given anything."""
    members = desk.groups[group]
    off_at = desk.calendars[members.duty].closes[members.interval]
    members.interval += 1
    schedule_opening(desk, group)
    in_turn = desk.run[0].has_chats or desk.run[0].has_swarms
    for i in range(members.first_member, members.end_member):
        person = desk.members[i]
        desk.people[person].off_at = off_at
        remove_idle(desk, person)
        if desk.people[person].room > 1:
            go_on_with_all(desk, person, now)
        elif desk.people[person].visit < 0 and not in_turn:
            offer(desk, person, now)
    if in_turn:
        give_work(desk, members.first_member, members.end_member, now)
    if desk.run[0].has_preemption:
        for i in range(members.first_member, members.end_member):
            pool = desk.pools[desk.people[desk.members[i]].pool]
            for k in range(pool.first_served, pool.end_served):
                number = desk.served[k].line
                line = desk.lines[number]
                if desk.teams[line.team].has_preemption and line.asked_in != desk.run[0].n_processed:
                    line.asked_in = desk.run[0].n_processed
                    if not desk.run[0].has_swarms:
                        interrupt_for_waiting(desk, number, now)
                    elif desk.queue_lengths[line.team] > 0:
                        interrupt_for(desk, number, now)


# -- queues


@inlined_if_lean
def join(desk: Desk, at: int, now: float) -> None:
    """Take a visit in: an idle person starts on it now, or it queues."""
    run = desk.run[0]
    run.n_joined += 1
    desk.visits[at].sequence = run.n_joined
    if run.has_swarms:
        place(desk, at, now)
        return
    rank(desk, at)
    join_again(desk, at, now)


@inlined_if_lean
def join_again(desk: Desk, at: int, now: float) -> None:
    """Give a visit to an idle person, or to one whose work it interrupts, or let it queue."""
    visit = desk.visits[at]
    if desk.run[0].has_swarms:
        place_again(desk, at, now)
        return
    person = first_free(desk, visit.line, now)
    if person >= 0:
        take(desk, person, at, now)
    elif desk.teams[visit.team].has_preemption:
        join_interrupting(desk, at, now)
    else:
        queue(desk, at)


@aside
def rank_again(desk: Desk, at: int, now: float) -> None:
    """Give a queued visit its place by the present facts of the ticket; it may now interrupt others."""
    leave_line(desk, at, now)
    if desk.run[0].has_swarms:
        place(desk, at, now)
        return
    rank(desk, at)
    join_again(desk, at, now)


@compiled
def leave_line(desk: Desk, at: int, now: float) -> None:
    """Take a visit out of the queue, wherever it stands there."""
    if desk.run[0].has_swarms:
        leave_waiting(desk, at, now)
    else:
        leave_queue(desk, at)


@inlined_if_lean
def offer(desk: Desk, person: int, now: float) -> bool:
    """Give a person the next visit of the lines that they serve, if there is one; else they are idle."""
    if desk.run[0].has_swarms:
        offer_person(desk, person, now)
        return False
    at = visit_for_lent(desk, person, now) if desk.run[0].n_lending > 0 else -1
    if at < 0:
        at = next_in_line(desk, desk.people[person].pool)
    if at < 0:
        be_idle(desk, person, now)
        return False
    take_out(desk, at)
    take(desk, person, at, now)
    return True


@compiled
def give_work(desk: Desk, first: int, end: int, now: float) -> None:
    """Give members of a group the next visits, in turn, as long as they have room for more."""
    if desk.run[0].has_swarms:
        give_work_to_members(desk, first, end, now)
        return
    goes_on = True
    while goes_on:
        goes_on = False
        for i in range(first, end):
            if has_room(desk, desk.members[i], now) and offer(desk, desk.members[i], now):
                goes_on = True


@compiled
def give_work_to(desk: Desk, number: int, now: float) -> None:
    """Give a person the next visits, as long as they have room for more."""
    if desk.run[0].has_swarms:
        give_work_to_one(desk, number, now)
        return
    while has_room(desk, number, now) and offer(desk, number, now):
        pass


@aside
def stop(desk: Desk, at: int, now: float) -> None:
    """Take a visit away that is no longer needed, from the queue or from the person who has it."""
    visit = desk.visits[at]
    if desk.run[0].has_swarms:
        stop_waiting_or_work(desk, at, now)
        return
    if visit.is_queued:
        leave_queue(desk, at)
        return
    number = visit.person
    if desk.people[number].room > 1:
        put_down_chat(desk, chat_of(desk, at), now)
        give_work_to(desk, number, now)
        return
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


@compiled
def complete_chat(desk: Desk, held: int, now: float) -> int:
    """End the work on one of several tickets; return its visit."""
    number = desk.chats[held].person
    at = let_go_of_chat(desk, held, now)
    share(desk, number, now)
    if now < desk.people[number].off_at:
        offer(desk, number, now)
    return at


@aside
def completed_chat(desk: Desk, action: int, held: int, now: float) -> int:
    """End a spell of work on one of several tickets; return the visit whose work is done, or -1."""
    number = desk.chats[held].person
    if action == CHAT_COMPLETE:
        return complete_chat(desk, held, now)
    if action == CHAT_HAND_OVER:
        hand_over_chats(desk, number, now)
    else:
        go_on_with_all(desk, number, now)
    return -1


@aside
def go_on_with_all(desk: Desk, number: int, now: float) -> None:
    """Let a person go on in a new spell with each ticket of which the overtime ends now."""
    at = let_go_of_ended(desk, number, True, now)
    while at >= 0:
        following = desk.visits[at].next_listed
        take(desk, number, at, now)
        at = following


@compiled
def hand_over_chats(desk: Desk, number: int, now: float) -> None:
    """At the end of a shift: what a person holds goes back to the queue."""
    at = let_go_of_ended(desk, number, False, now)
    share(desk, number, now)
    while at >= 0:
        visit = desk.visits[at]
        following = visit.next_listed
        visit.handovers += 1
        visit.left = visit.left + handover_work(desk, at)
        join_again(desk, at, now)
        at = following
