"""Swarms of the compiled engine: the visits that wait for several people, and work on them.

With `simlab.engines.kernel_crews` and `simlab.engines.kernel_errands` the twin of
`simlab.engines.simpy_swarms`.
"""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import SWARM_BREAK_UP, SWARM_COMPLETE, SWARM_GO_ON
from simlab.engines.kernel_crews import find_free, hold_back, keep, line_of_role
from simlab.engines.kernel_heap import remove_idle, schedule
from simlab.engines.kernel_interruptions import is_more_urgent
from simlab.engines.kernel_memory import Desk, compiled
from simlab.engines.kernel_people import cut_spell, let_go, work_begins
from simlab.engines.kernel_rules import is_open, line_of, stay_end, swarm_end
from simlab.engines.kernel_skills import speed_at
from simlab.engines.kernel_tickets import handover_work
from simlab.model.codes import Order, ShiftEnd

_COMPLETION, _SHIFT_END, _SHIFT_START = int(Order.COMPLETION), int(Order.SHIFT_END), int(Order.SHIFT_START)
_FINISH, _HAND_OVER = int(ShiftEnd.FINISH), int(ShiftEnd.HAND_OVER)


# -- those that wait: a list through the visits, by urgency


@compiled
def wait_for_crew(desk: Desk, at: int) -> None:
    """Let a visit wait for a swarm."""
    run, visits = desk.run[0], desk.visits
    visits[at].is_queued = True
    desk.queue_lengths[visits[at].team] += 1
    visits[at].previous = run.last_waiting
    visits[at].sibling = -1
    if run.last_waiting < 0:
        run.first_waiting = at
    else:
        visits[run.last_waiting].sibling = at
    run.last_waiting = at
    sort_waiting(desk)


@compiled
def wait_no_longer(desk: Desk, at: int) -> None:
    """Take a visit out of those that wait for a swarm."""
    visit = desk.visits[at]
    visit.is_queued = False
    desk.queue_lengths[visit.team] -= 1
    unlink(desk, at)


@compiled
def unlink(desk: Desk, at: int) -> None:
    """Take a visit out of the list."""
    run, visits = desk.run[0], desk.visits
    before, after = visits[at].previous, visits[at].sibling
    if before < 0:
        run.first_waiting = after
    else:
        visits[before].sibling = after
    if after < 0:
        run.last_waiting = before
    else:
        visits[after].previous = before


@compiled
def sort_waiting(desk: Desk) -> None:
    """Put the list in order: tickets may have become more urgent in it."""
    run, visits = desk.run[0], desk.visits
    at = run.first_waiting
    while at >= 0:
        following, before = visits[at].sibling, visits[at].previous
        if before >= 0 and is_more_urgent(desk, at, before):
            unlink(desk, at)
            while before >= 0 and is_more_urgent(desk, at, before):
                before = visits[before].previous
            after = run.first_waiting if before < 0 else visits[before].sibling
            visits[at].previous, visits[at].sibling = before, after
            visits[after].previous = at
            if before < 0:
                run.first_waiting = at
            else:
                visits[before].sibling = at
        at = following


# -- work


@compiled
def start(desk: Desk, at: int, now: float) -> None:
    """Let the crew work on a visit together, at the speed of the slowest; whoever is free joins them."""
    run, swarm, crew = desk.run[0], desk.swarms[desk.visits[at].step], desk.crew
    hold_back(desk, -1, -1, now)
    speed = math.inf
    for role in range(swarm.n_roles):
        keep(desk, crew[role], at)
        line = line_of_role(desk, at, desk.role_teams[swarm.first_role + role])
        speed = min(speed, speed_at(desk, crew[role], line))
    for role in range(swarm.n_roles, swarm.n_roles + swarm.n_optional):
        line = line_of(desk.role_teams[swarm.first_role + role], -1, run.n_lines // run.n_teams - 1)
        joining = first_to_join(desk, line, now)
        if joining >= 0:
            keep(desk, joining, at)
            crew[run.n_crew] = joining
            run.n_crew += 1
            speed = min(speed, speed_at(desk, joining, line))
    speed = speed * (1.0 + swarm.faster * (run.n_crew - swarm.n_roles))
    desk.visits[at].person = crew[0]
    work_begins(desk, at, now)
    work(desk, at, speed, now)


@compiled
def first_to_join(desk: Desk, line: int, now: float) -> int:
    """Who joins a swarm, being free for a line and not kept back; -1 for nobody."""
    find_free(desk, line, now)
    for i in range(desk.run[0].n_found):
        person = desk.people[desk.found[i]]
        if person.room == 1 and person.kept_for < 0:
            return int(desk.found[i])
    return -1


@compiled
def work(desk: Desk, at: int, speed: float, now: float) -> None:
    """Let the spells of the crew begin, and end as soon as one of them has to go."""
    run, visit, people, crew = desk.run[0], desk.visits[at], desk.people, desk.crew
    finishes = desk.teams[visit.team].at_shift_end == _FINISH
    until, order = math.inf, _COMPLETION
    for i in range(run.n_crew):
        person = people[crew[i]]
        remove_idle(desk, crew[i])
        person.visit = at
        person.next_in_crew = crew[i + 1] if i + 1 < run.n_crew else -1
        limit, is_start = stay_end(desk.calendars[person.shift], person.off_at, finishes, now)
        at_limit = _SHIFT_START if is_start else _SHIFT_END
        if until == math.inf or limit < until or (limit == until and at_limit < order):
            until, order = limit, at_limit
    end, left = swarm_end(now, visit.left / speed, until)
    for i in range(run.n_crew):
        person = people[crew[i]]
        person.spell_started = now
        person.spell_end = end
        person.spell_key = -1
        person.spell_speed = speed
        person.spell_work = end - now
        person.work_left = left * speed
        person.overtime = max(0.0, end - max(now, person.off_at))
    action = SWARM_BREAK_UP if order == _SHIFT_END else SWARM_GO_ON
    if left == 0.0:
        order, action = _COMPLETION, SWARM_COMPLETE
    if end < math.inf:
        visit.event_key = schedule(desk, end, order, action, at)


@compiled
def muster(desk: Desk, at: int) -> None:
    """List the crew that works on a visit, as the former one."""
    run, number = desk.run[0], desk.visits[at].person
    run.n_former = 0
    while number >= 0:
        desk.former[run.n_former] = number
        run.n_former += 1
        number = desk.people[number].next_in_crew


@compiled
def end_work(desk: Desk, at: int, is_cut: bool, now: float) -> None:
    """End the spells of a crew, as planned or now, with the work that is left then."""
    run, visit, crew = desk.run[0], desk.visits[at], desk.former
    muster(desk, at)
    first = desk.people[crew[0]]
    left = first.work_left
    if is_cut:
        for i in range(run.n_former):
            cut_spell(desk, crew[i], now)
        left = max(0.0, visit.left - first.spell_work * first.spell_speed)
    for i in range(run.n_former):
        let_go(desk, crew[i], now)
    visit.event_key = -1
    visit.left = left


@compiled
def count_handover(desk: Desk, at: int, now: float) -> None:
    """Count a hand-over where the shift of one of the former crew of a visit is over."""
    run, visit, is_end = desk.run[0], desk.visits[at], False
    for i in range(run.n_former):
        person = desk.people[desk.former[i]]
        if person.off_at <= now and not is_open(desk.calendars[person.shift], now):
            is_end = True
    if is_end and desk.teams[visit.team].at_shift_end == _HAND_OVER:
        visit.handovers += 1
        visit.left += handover_work(desk, at)


@compiled
def begins_with_a_break(desk: Desk, now: float) -> bool:
    """Whether the next shift of one of the former crew begins with a break."""
    for i in range(desk.run[0].n_former):
        person = desk.people[desk.former[i]]
        if person.off_at <= now and is_open(desk.calendars[person.shift], now):
            return True
    return False


@compiled
def work_on(desk: Desk, at: int, speed: float, now: float) -> None:
    """Let the former crew of a visit go on with it."""
    run = desk.run[0]
    for i in range(run.n_former):
        desk.crew[i] = desk.former[i]
    run.n_crew = run.n_former
    work(desk, at, speed, now)
