"""Interruption of work in the compiled engine: the twin of that section of `simlab.engines.simpy_teams`."""

from __future__ import annotations

import math

from simlab.engines.kernel_chats import put_down_chat
from simlab.engines.kernel_layout import N_RUNS
from simlab.engines.kernel_loans import first_free
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined
from simlab.engines.kernel_people import cut_spell, leave_queue, let_go, queue, take
from simlab.engines.kernel_tickets import PRIORITY


@compiled
def find_interrupted(desk: Desk, at: int, now: float) -> int:
    """Work that a visit interrupts: the least urgent, then the last begun; -1 for none.

    It is the number of the person; behind all people, that of the chat. Who is done in this instant is free
    anyway.
    """
    run, visit = desk.run[0], desk.visits[at]
    priority = desk.tickets[visit.ticket].facts[PRIORITY]
    if not desk.preempts[visit.team * run.n_priorities + int(priority)]:
        return -1
    victim, holder, urgency, started = -1, -1, priority, -math.inf
    for i in range(desk.lines[visit.line].first_serving, desk.lines[visit.line].end_serving):
        pool = desk.pools[desk.serving[i].pool]
        for k in range(pool.first_idle, pool.first_idle + pool.n_members):
            number = desk.pool_members[k]
            person = desk.people[number]
            if person.room > 1 and now < person.off_at:
                held = person.first_held
                while held >= 0:
                    chat = desk.chats[held]
                    of_chat = desk.tickets[desk.visits[chat.visit].ticket].facts[PRIORITY]
                    if now < chat.end and is_less_urgent(
                        of_chat, chat.started, number, urgency, started, holder, priority
                    ):
                        victim, holder, urgency, started = run.n_people + held, number, of_chat, chat.started
                    held = chat.next_held
            if person.visit < 0 or now >= person.off_at or now >= person.spell_end:
                continue
            held = desk.tickets[desk.visits[person.visit].ticket].facts[PRIORITY]
            if is_less_urgent(held, person.spell_started, number, urgency, started, holder, priority):
                victim = holder = number
                urgency, started = held, person.spell_started
    return int(victim)


@inlined
def is_less_urgent(
    held: float,
    begun: float,
    number: int,
    urgency: float,
    started: float,
    holder: int,
    priority: float,
) -> bool:
    """Whether work of a person is to be interrupted rather than the one found, for a ticket of a priority."""
    if held <= priority or held < urgency:
        return False
    return bool(held > urgency or begun > started or (begun == started and number > holder))


@aside
def join_interrupting(desk: Desk, at: int, now: float) -> None:
    """Let a visit join a team where it may interrupt others, whose visits then join again in turn.

    The last of this chain is taken up, or queues, first.
    """
    visits = desk.visits
    visits[at].next_listed = -1
    while True:
        person = first_free(desk, visits[at].line, now)
        if person >= 0:
            take(desk, person, at, now)
            break
        victim = find_interrupted(desk, at, now)
        if victim < 0:
            queue(desk, at)
            break
        held = interrupt(desk, victim, now)
        visits[at].bound_for = visits[held].person
        visits[held].next_listed = at
        at = held
    at = visits[at].next_listed
    while at >= 0:
        following = visits[at].next_listed
        take(desk, visits[at].bound_for, at, now)
        at = following


@compiled
def interrupt(desk: Desk, victim: int, now: float) -> int:
    """Take a visit away from who has it in hand, with the work that is left of it; return it."""
    number = victim
    if victim >= desk.run[0].n_people:
        return put_down_chat(desk, victim - desk.run[0].n_people, now)
    cut_spell(desk, number, now)
    at = let_go(desk, number, now)
    person, visit = desk.people[number], desk.visits[at]
    visit.left = max(0.0, visit.left - person.spell_work * person.spell_speed)
    return at


@aside
def interrupt_for_waiting(desk: Desk, line: int, now: float) -> None:
    """Let urgent tickets that have come meanwhile interrupt the work that people are back to resume."""
    first = list_waiting(desk, line)
    while first >= 0:
        before_best, best = -1, first
        before, at = first, desk.visits[first].next_listed
        while at >= 0:
            if is_more_urgent(desk, at, best):
                before_best, best = before, at
            before, at = at, desk.visits[at].next_listed
        victim = find_interrupted(desk, best, now)
        if victim < 0:
            return
        if before_best < 0:
            first = desk.visits[best].next_listed
        else:
            desk.visits[before_best].next_listed = desk.visits[best].next_listed
        held = interrupt(desk, victim, now)
        person = desk.visits[held].person
        join_interrupting(desk, held, now)
        leave_queue(desk, best)
        take(desk, person, best, now)


@compiled
def list_waiting(desk: Desk, line: int) -> int:
    """First of a list of the visits that wait in a line, in no order; -1 for none."""
    visits = desk.visits
    listed = -1
    for run in range(N_RUNS):
        at = desk.lines[line].first_of_run[run]
        while at >= 0:
            visits[at].next_listed = listed
            listed = at
            at = visits[at].sibling
    at = desk.lines[line].heap
    while at >= 0:
        visits[at].next_listed = listed
        listed = at
        # Down, else to the right, else up until there is something on the right.
        following = visits[at].left_child
        while following < 0 and at >= 0:
            following = visits[at].sibling
            if following < 0:
                while visits[at].previous >= 0 and visits[visits[at].previous].left_child != at:
                    at = visits[at].previous
                at = visits[at].previous
        at = following
    return listed


@inlined
def is_more_urgent(desk: Desk, one: int, other: int) -> bool:
    """Whether one visit is more urgent than another, or as urgent and was there before."""
    a, b = desk.visits[one], desk.visits[other]
    of_one, of_other = desk.tickets[a.ticket].facts[PRIORITY], desk.tickets[b.ticket].facts[PRIORITY]
    return bool(of_one < of_other or (of_one == of_other and a.sequence < b.sequence))
