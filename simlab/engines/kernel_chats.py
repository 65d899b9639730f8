"""Several tickets at a time in the compiled engine: the twin of `simlab.engines.simpy_people.SharedSpell`.

Who may hold several has a place in ``chats`` for each, and holds them in the order of taking them up.
"""

from __future__ import annotations

from simlab.engines.kernel_actions import CHAT_COMPLETE, CHAT_GO_ON, CHAT_HAND_OVER
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_places import note_leaving, note_spell
from simlab.engines.kernel_rules import work_end_again, worked
from simlab.engines.kernel_skills import speed_at
from simlab.model.codes import Order
from simlab.model.ticket_rules import NEVER

_COMPLETION, _SHIFT_END, _SHIFT_START = int(Order.COMPLETION), int(Order.SHIFT_END), int(Order.SHIFT_START)


@inlined
def has_room(desk: Desk, number: int, now: float) -> bool:
    """Whether a person may take up a ticket now."""
    person = desk.people[number]
    n_held = person.n_held if person.room > 1 else int(person.visit >= 0)
    return bool(n_held < person.room and now < person.off_at)


@compiled
def hold(desk: Desk, number: int, at: int, now: float) -> None:
    """Let a person work on a visit beside the others that are held."""
    person, chats = desk.people[number], desk.chats
    held = person.first_chat
    while chats[held].visit >= 0:
        held += 1
    chat = chats[held]
    chat.visit = at
    chat.started = chat.since = chat.end = now
    chat.key = -1
    chat.speed = chat.work = chat.left = chat.overtime = chat.past_work = chat.past_overtime = 0.0
    chat.next_held = -1
    chat.previous_held = person.last_held
    if person.last_held < 0:
        person.first_held = held
    else:
        chats[person.last_held].next_held = held
    person.last_held = held
    person.n_held += 1
    share(desk, number, now)


@compiled
def share(desk: Desk, number: int, now: float) -> None:
    """Let a person work on all tickets held at the speed that their number allows."""
    person, chats = desk.people[number], desk.chats
    held = person.first_held
    while held >= 0:
        chat = chats[held]
        speed = speed_at(desk, number, desk.visits[chat.visit].line)
        speed = speed * desk.paces[person.first_pace + person.n_held - 1]
        if speed != chat.speed:
            if chat.speed > 0.0:
                count_work(desk, held, now)
            chat.speed = speed
            plan(desk, held)
            chat.key = -1
            if chat.left > 0.0 and chat.overtime > 0.0:
                chat.key = schedule(desk, chat.end, _SHIFT_START, CHAT_GO_ON, held)
            elif chat.left > 0.0:
                chat.key = schedule(desk, chat.end, _SHIFT_END, CHAT_HAND_OVER, held)
            elif chat.end < NEVER:
                chat.key = schedule(desk, chat.end, _COMPLETION, CHAT_COMPLETE, held)
        held = chat.next_held


@compiled
def plan(desk: Desk, held: int) -> None:
    """Plan the end at the present speed."""
    chat, calendars = desk.chats[held], desk.calendars
    person, now = desk.people[chat.person], chat.since
    work = desk.visits[chat.visit].left / chat.speed
    end, left, late = work_end_again(
        calendars[person.duty], calendars[person.shift], person.off_at, person.policy, now, work
    )
    chat.end = end
    chat.left = left * chat.speed
    chat.overtime = chat.past_overtime + late
    chat.work = chat.past_work + work - left


@compiled
def count_work(desk: Desk, held: int, now: float) -> None:
    """Count what was worked at the present speed."""
    chat = desk.chats[held]
    visit = desk.visits[chat.visit]
    late = chat.overtime - chat.past_overtime
    if late > 0.0:
        late = max(0.0, now - max(chat.since, chat.end - late))
    minutes = worked(desk.calendars[desk.people[chat.person].duty], chat.since, now) + late
    visit.left = max(0.0, visit.left - minutes * chat.speed)
    chat.past_work += minutes
    chat.past_overtime += late
    chat.since = now


@compiled
def let_go_of_chat(desk: Desk, held: int, now: float) -> int:
    """End a chat and write its row of the log; return the visit."""
    chats, chat = desk.chats, desk.chats[held]
    person, at = desk.people[chat.person], chat.visit
    note_spell(desk, chat.person, at, chat.started, chat.overtime, now)
    desk.visits[at].touch += chat.work
    person.busy += chat.work
    before, after = chat.previous_held, chat.next_held
    if before < 0:
        person.first_held = after
    else:
        chats[before].next_held = after
    if after < 0:
        person.last_held = before
    else:
        chats[after].previous_held = before
    person.n_held -= 1
    chat.visit = chat.key = -1
    if person.call >= 0 and person.n_held == 0 and now >= person.off_at:
        note_leaving(desk, chat.person, now)
    return int(at)


@compiled
def put_down_chat(desk: Desk, held: int, now: float) -> int:
    """Take a visit away from who holds it, with the work that is left of it; return it."""
    chat, number = desk.chats[held], desk.chats[held].person
    count_work(desk, held, now)
    chat.work = chat.past_work
    chat.overtime = chat.past_overtime
    at = let_go_of_chat(desk, held, now)
    share(desk, number, now)
    return at


@compiled
def chat_of(desk: Desk, at: int) -> int:
    """Chat in which a person holds a visit."""
    held = desk.people[desk.visits[at].person].first_held
    while desk.chats[held].visit != at:
        held = desk.chats[held].next_held
    return int(held)


@compiled
def let_go_of_ended(desk: Desk, number: int, goes_on: bool, now: float) -> int:
    """End all chats of a person in which now the overtime ends, or else the shift; list their visits.

    The list has the order in which they were taken up; -1 for none.
    """
    chats, visits = desk.chats, desk.visits
    first = last = -1
    held = desk.people[number].first_held
    while held >= 0:
        chat = chats[held]
        following = chat.next_held
        if chat.left > 0.0 and chat.end == now and (chat.overtime > 0.0) == goes_on:
            at = let_go_of_chat(desk, held, now)
            visits[at].left = chat.left
            visits[at].next_listed = -1
            if first < 0:
                first = at
            else:
                visits[last].next_listed = at
            last = at
        held = following
    return int(first)
