"""People and queues of the compiled engine: who is idle, who waits, and spells of work.

Like `simlab.engines.kernel_teams`, the twin of `simlab.engines.simpy_teams`.
"""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import COMPLETE, GO_ON, HAND_OVER
from simlab.engines.kernel_chats import has_room, hold
from simlab.engines.kernel_heap import (
    add_idle,
    is_preferred,
    remove_idle,
    schedule,
    waits_before,
)
from simlab.engines.kernel_lines import add_to_line, take_from_line
from simlab.engines.kernel_memory import Desk, aside, inlined, inlined_if_lean
from simlab.engines.kernel_places import note_leaving, note_spell
from simlab.engines.kernel_rules import work_end, worked
from simlab.engines.kernel_skills import is_preferred_for, speed_at
from simlab.engines.kernel_tickets import PRIORITY, respond
from simlab.model.codes import Discipline, Dispatch, Order

_COMPLETION, _SHIFT_END, _SHIFT_START = int(Order.COMPLETION), int(Order.SHIFT_END), int(Order.SHIFT_START)
_BY_PRIORITY, _LIFO = int(Discipline.PRIORITY), int(Discipline.LIFO)
_EARLIEST_DUE, _SHORTEST = int(Discipline.EARLIEST_DUE), int(Discipline.SHORTEST)
_FASTEST, _CHEAPEST = int(Dispatch.FASTEST), int(Dispatch.CHEAPEST)
_LEAST_LOADED = int(Dispatch.LEAST_LOADED)


# -- idle people


@inlined_if_lean
def be_idle(desk: Desk, number: int, now: float) -> None:
    """Let a person be idle, or free for more, from now on."""
    person = desk.people[number]
    if person.place_among_idle >= 0:  # where people swarm, or hold several tickets
        remove_idle(desk, number)
    person.idle_held = person.n_held
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


@inlined_if_lean
def first_idle_of(desk: Desk, pool: int, now: float) -> int:
    """Who of a pool takes the next ticket; -1 where all are busy or off duty."""
    pools, people = desk.pools, desk.people
    while pools[pool].n_idle > 0:
        first = desk.idle[pools[pool].first_idle]
        if now < people[first].off_at:
            return int(first)
        remove_idle(desk, first)
    return -1


@inlined_if_lean
def first_idle(desk: Desk, line: int, now: float) -> int:
    """Who takes a ticket of a line: the team's own people before helpers; -1 for nobody."""
    serving, has_skills = desk.serving, desk.run[0].has_skills
    best, best_rank = -1, 0
    for i in range(desk.lines[line].first_serving, desk.lines[line].end_serving):
        if best >= 0 and serving[i].rank > best_rank:
            break
        first = first_idle_of(desk, serving[i].pool, now)
        if first < 0:
            continue
        if best < 0 or (
            is_preferred_for(desk, first, best, line) if has_skills else is_preferred(desk, first, best)
        ):
            best, best_rank = first, serving[i].rank
    return best


# -- queues


@inlined_if_lean
def rank(desk: Desk, at: int) -> None:
    """Give a visit its rank by the present facts of the ticket."""
    visit = desk.visits[at]
    visit.rank, visit.rank_sequence = rank_in(desk, at, visit.team)


@inlined
def rank_in(desk: Desk, at: int, team: int) -> tuple[float, int]:
    """Rank of a visit among those of a team, by the facts of its ticket now."""
    visit = desk.visits[at]
    by, sequence = 0.0, visit.sequence
    discipline = desk.teams[team].discipline
    if discipline == _BY_PRIORITY:
        by = desk.tickets[visit.ticket].facts[PRIORITY]
    elif discipline == _LIFO:
        sequence = -sequence
    elif discipline == _EARLIEST_DUE:
        by = desk.tickets[visit.ticket].resolve_due
    elif discipline == _SHORTEST:
        by = visit.left
    return by, sequence


@inlined_if_lean
def queue(desk: Desk, at: int) -> None:
    """Put a visit into its place in its line."""
    visit = desk.visits[at]
    add_to_line(desk, visit.line, at)
    visit.is_queued = True
    desk.queue_lengths[visit.team] += 1


@inlined_if_lean
def leave_queue(desk: Desk, at: int) -> None:
    """Take a visit out of the queue, wherever it stands there."""
    visit = desk.visits[at]
    take_from_line(desk, visit.line, at)
    visit.is_queued = False
    desk.queue_lengths[visit.team] -= 1


@inlined
def next_in_line(desk: Desk, pool: int) -> int:
    """Visit that people of a pool take next, by the preference of their lines; -1 for none."""
    lines, served = desk.lines, desk.served
    best, level = -1, 0
    for i in range(desk.pools[pool].first_served, desk.pools[pool].end_served):
        if best >= 0 and served[i].level > level:
            break
        head = lines[served[i].line].first_in_line
        if head >= 0 and (best < 0 or waits_before(desk, head, best)):
            best, level = head, served[i].level
    return int(best)


@inlined
def take_out(desk: Desk, at: int) -> None:
    """Take a visit out that is the first of its line."""
    visit = desk.visits[at]
    take_from_line(desk, visit.line, at)
    desk.queue_lengths[visit.team] -= 1
    visit.is_queued = False


# -- work


@inlined_if_lean
def take(desk: Desk, number: int, at: int, now: float) -> None:
    """Let a person on duty work on a visit, until it is done or the shift ends."""
    person, visit = desk.people[number], desk.visits[at]
    remove_idle(desk, number)
    visit.person = number
    work_begins(desk, at, now)
    if desk.run[0].has_chats and person.room > 1:
        hold(desk, number, at, now)
        if has_room(desk, number, now):
            be_idle(desk, number, now)
        return
    person.visit = at
    person.spell_started = now
    speed = person.speed
    if desk.run[0].has_skills:
        speed = speed_at(desk, number, visit.line)
    work = visit.left / speed
    end, left, overtime = now + work, 0.0, 0.0
    if end > person.off_at:  # otherwise it is as `work_end` says, without a look at the calendars
        calendars = desk.calendars
        end, left, overtime = work_end(
            calendars[person.duty], calendars[person.shift], person.off_at, person.policy, now, work
        )
    person.overtime = overtime
    person.spell_end = end
    person.spell_speed = speed
    person.work_left = left * speed
    person.spell_work = work - left
    order, action = _COMPLETION, COMPLETE
    if left > 0.0:
        order, action = (_SHIFT_START, GO_ON) if overtime > 0.0 else (_SHIFT_END, HAND_OVER)
    elif end == math.inf:
        return
    person.spell_key = schedule(desk, end, order, action, number)


@inlined
def work_begins(desk: Desk, at: int, now: float) -> None:
    """Note that work on a visit, or a batch, begins, unless it has begun before."""
    visit = desk.visits[at]
    if math.isnan(visit.started):
        visit.started = now
        if visit.batch < 0:
            start_work(desk, at, now)
        else:
            start_batch(desk, at, now)


@inlined
def start_work(desk: Desk, at: int, now: float) -> None:
    """Note that work on a visit begins for the first time."""
    visit = desk.visits[at]
    desk.tickets[visit.ticket].queued += now - visit.arrived
    respond(desk, visit.ticket, now)


@aside
def start_batch(desk: Desk, batch: int, now: float) -> None:
    """Note that work on a batch begins: for all of its visits."""
    at = desk.visits[batch].batch
    while at >= 0:
        desk.visits[at].started = now
        desk.visits[at].person = desk.visits[batch].person
        start_work(desk, at, now)
        at = desk.visits[at].next_in_batch


@inlined_if_lean
def let_go(desk: Desk, number: int, now: float) -> int:
    """End a spell of work and write its row of the log; return the visit."""
    person = desk.people[number]
    at = person.visit
    note_spell(desk, number, at, person.spell_started, person.overtime, now)
    desk.visits[at].touch += person.spell_work
    person.busy += person.spell_work
    person.visit = person.spell_key = -1
    person.overtime = 0.0
    if person.call >= 0 and now >= person.off_at:
        note_leaving(desk, number, now)
    return int(at)


@aside
def cut_spell(desk: Desk, number: int, now: float) -> None:
    """Let the spell end now: count what was worked until now, in the shift and in overtime after it."""
    person = desk.people[number]
    if person.overtime > 0.0:
        person.overtime = max(0.0, now - (person.spell_end - person.overtime))
    else:
        person.overtime = 0.0
    person.spell_work = worked(desk.calendars[person.duty], person.spell_started, now) + person.overtime
