"""Who takes what where people swarm, in the compiled engine.

Whoever becomes free may complete a swarm, whose start frees others of those who were kept back, and so on; an
urgent ticket may break up a swarm whose people then look for work, which may be that of another swarm. The
reference says so by functions that call each other in a circle. Here each call is an errand: it waits on a
stack until those that were put up after it are done.
"""

from __future__ import annotations

from simlab.engines.kernel_chats import chat_of, has_room
from simlab.engines.kernel_crews import (
    find_crew,
    find_free,
    forget_kept,
    hold_back,
    is_hopeless,
    is_swarm,
    keep_those_there,
    line_of_role,
    may_interrupt,
    stands_before,
)
from simlab.engines.kernel_interruptions import (
    find_interrupted,
    interrupt,
    is_more_urgent,
)
from simlab.engines.kernel_loans import first_free, first_lent, visit_for_lent
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_people import (
    be_idle,
    leave_queue,
    next_in_line,
    queue,
    take,
    take_out,
)
from simlab.engines.kernel_swarms import (
    end_work,
    start,
    wait_for_crew,
    wait_no_longer,
)

GIVE, OFFER, START_READY, PLACE, TAKE, INTERRUPT, INTERRUPT_FOR_SWARMS = range(7)
"""Errands; see the functions that run them."""


@compiled
def run_errands(desk: Desk, now: float) -> None:
    """Run all errands, those put up last first."""
    run = desk.run[0]
    while run.n_errands > 0:
        if lacks_room(desk):
            run.is_short = True
            run.n_errands = run.n_listed = 0
            return
        errand = desk.errands[run.n_errands - 1]
        action, subject, at = errand.action, errand.subject, errand.at
        if action == GIVE:
            give_next(desk, now)
        elif action == OFFER:
            offer_next(desk, now)
        elif action == START_READY:
            start_ready(desk, now)
        elif action == INTERRUPT:
            interrupt_next(desk, now)
        elif action == INTERRUPT_FOR_SWARMS:
            interrupt_for_next_swarm(desk, now)
        else:
            run.n_errands -= 1
            if action == TAKE:
                take(desk, subject, at, now)
            elif is_swarm(desk, at):
                place_swarm(desk, at, now)
            else:
                place_alone(desk, at, now)


@inlined
def lacks_room(desk: Desk) -> bool:
    """Whether the tables may be too small for the next errand, in the middle of an event."""
    run = desk.run[0]
    n = run.rows_of_errand
    return bool(
        run.is_short
        or run.n_spells + n > run.room_spells
        or run.n_events + n > run.room_events
        or run.n_errands + n > run.room_errands
        or run.n_listed + n > run.room_listed
    )


@compiled
def put_up(desk: Desk, action: int, subject: int, at: int, first: int) -> None:
    """Put up an errand, to be done before all others; ``first``: where its list of people begins, if any."""
    run = desk.run[0]
    errand = desk.errands[run.n_errands]
    run.n_errands += 1
    errand.action = action
    errand.subject = subject
    errand.at = at
    errand.first = first
    errand.n = run.n_listed - first
    errand.i = errand.n_again = errand.phase = 0
    errand.is_wanted = False


@inlined
def enlist(desk: Desk, number: int) -> None:
    """Put a person at the end of the list."""
    run = desk.run[0]
    desk.listed[run.n_listed] = number
    run.n_listed += 1


# -- who becomes free


@compiled
def give_next(desk: Desk, now: float) -> None:
    """Give the next of the people listed a visit; in turn, as long as they have room for more."""
    run, listed = desk.run[0], desk.listed
    errand = desk.errands[run.n_errands - 1]
    if errand.phase == 0:
        errand.phase = 1
        if run.first_waiting >= 0:
            for i in range(errand.first, errand.first + errand.n):
                if has_room(desk, listed[i], now):
                    be_idle(desk, listed[i], now)
    if errand.i == errand.n:
        if errand.n_again == 0:
            run.n_listed = errand.first
            run.n_errands -= 1
            return
        errand.n = errand.n_again
        errand.i = errand.n_again = 0
    number = listed[errand.first + errand.i]
    errand.i += 1
    if has_room(desk, number, now):
        put_up(desk, OFFER, number, -1, run.n_listed)


@compiled
def offer_next(desk: Desk, now: float) -> None:
    """Offer a person to the swarms, which may start or keep the person back; else give the next visit."""
    run, people = desk.run[0], desk.people
    errand = desk.errands[run.n_errands - 1]
    number, at = errand.subject, -1
    if errand.phase == 0 and run.n_lending > 0:
        at = visit_for_lent(desk, number, now)
    if at < 0 and errand.phase == 0 and run.first_waiting >= 0 and people[number].room == 1:
        errand.phase = 1
        hold_back(desk, -1, -1, now)
        for i in range(run.n_kept):
            enlist(desk, desk.kept[i])
        be_idle(desk, number, now)
        put_up(desk, START_READY, -1, -1, run.n_listed)
        return
    if errand.phase == 1:
        errand.phase = 2
        hold_back(desk, -1, -1, now)
        errand.is_wanted = people[number].kept_for >= 0
        n = errand.first
        for i in range(errand.first, run.n_listed):
            dropped = desk.listed[i]
            if people[dropped].kept_for < 0 and has_room(desk, dropped, now):
                desk.listed[n] = dropped
                n += 1
        run.n_listed = n
        if n > errand.first:
            put_up(desk, GIVE, -1, -1, errand.first)
            return
    run.n_errands -= 1
    if people[number].visit >= 0 or errand.is_wanted:
        return
    if at < 0:
        at = next_in_line(desk, people[number].pool)
    if at < 0:
        be_idle(desk, number, now)
        return
    take_out(desk, at)
    take(desk, number, at, now)
    if run.n_errands > 0:
        giving = desk.errands[run.n_errands - 1]
        desk.listed[giving.first + giving.n_again] = number
        giving.n_again += 1


@compiled
def start_ready(desk: Desk, now: float) -> None:
    """Start the first swarm for which everybody is free, or can be freed; end where there is none."""
    run, visits = desk.run[0], desk.visits
    forget_kept(desk)
    run.n_scans += 1
    scan, at = run.n_scans, run.first_waiting
    first_of_scan = run.n_steps * (run.n_lines // run.n_teams)
    while at >= 0:
        if not is_hopeless(desk, at, first_of_scan, scan, now):
            holds = desk.swarms[visits[at].step].holds
            if find_crew(desk, at, False, now):
                wait_no_longer(desk, at)
                start(desk, at, now)
                if holds:
                    give_to_idle_of(desk, at, now)
                return
            if may_interrupt(desk, at):
                if starts_by_interrupting(desk, at, now):
                    return
                hold_back(desk, -1, at, now)
            if holds:
                keep_those_there(desk, at, now)
        at = visits[at].sibling
    run.n_errands -= 1


@compiled
def give_to_idle_of(desk: Desk, at: int, now: float) -> None:
    """Let those look for work who are free and whom a swarm may have kept back."""
    run, swarm = desk.run[0], desk.swarms[desk.visits[at].step]
    first = run.n_listed
    for number in range(run.n_people):
        desk.matching.seen[number] = -1
    for role in range(swarm.first_role, swarm.first_role + swarm.n_roles):
        find_free(desk, line_of_role(desk, at, desk.role_teams[role]), now)
        for i in range(run.n_found):
            if desk.matching.seen[desk.found[i]] < 0:
                desk.matching.seen[desk.found[i]] = 0
                enlist(desk, desk.found[i])
    put_up(desk, GIVE, -1, -1, first)


# -- who takes a visit


@compiled
def place_alone(desk: Desk, at: int, now: float) -> None:
    """Let one person start on a visit who is free for it or can be freed; else let it queue at its rank."""
    person = first_unkept(desk, at, now)
    if person >= 0:
        take(desk, person, at, now)
        return
    victim = find_interrupted(desk, at, now)
    if victim < 0:
        queue(desk, at)
    else:
        take_from(desk, victim, at, now)


@compiled
def first_unkept(desk: Desk, at: int, now: float) -> int:
    """Who takes a visit, of those whom no swarm before it keeps back, or who are lent; -1 for nobody."""
    line = desk.visits[at].line
    if desk.run[0].first_waiting < 0:
        return first_free(desk, line, now)
    hold_back(desk, -1, -1, now)
    find_free(desk, line, now)
    for i in range(desk.run[0].n_found):
        swarm = desk.people[desk.found[i]].kept_for
        if swarm < 0 or stands_before(desk, at, swarm, desk.found[i]):
            return int(desk.found[i])
    return first_lent(desk, line, now)


@compiled
def take_from(desk: Desk, victim: int, at: int, now: float) -> None:
    """Let a person put down work for a visit; it goes to another who is free for it, or to its queue."""
    run = desk.run[0]
    number, held = victim, -1
    if victim < run.n_people:
        held = desk.people[victim].visit
    else:
        number, held = desk.chats[victim - run.n_people].person, desk.chats[victim - run.n_people].visit
    first = run.n_listed
    put_down(desk, held, number, now)
    put_up(desk, TAKE, number, at, run.n_listed)
    put_up(desk, GIVE, -1, -1, first)
    put_up(desk, PLACE, -1, held, run.n_listed)


@compiled
def put_down(desk: Desk, at: int, but: int, now: float) -> None:
    """Let all who work on a visit put it down; list those of them who are on duty, but one."""
    run, number = desk.run[0], desk.visits[at].person
    if is_swarm(desk, at):
        end_work(desk, at, True, now)
        for i in range(run.n_former):
            if now < desk.people[desk.former[i]].off_at and desk.former[i] != but:
                enlist(desk, desk.former[i])
        return
    victim = number
    if desk.people[number].room > 1:
        victim = run.n_people + chat_of(desk, at)
    interrupt(desk, victim, now)
    if now < desk.people[number].off_at and number != but:
        enlist(desk, number)


@compiled
def place_swarm(desk: Desk, at: int, now: float) -> None:
    """Start on a visit if everybody is free for it or can be freed; else let it wait."""
    hold_back(desk, at, -1, now)
    if find_crew(desk, at, False, now):
        start(desk, at, now)
    elif not starts_by_interrupting(desk, at, now):
        wait_for_crew(desk, at)


@compiled
def starts_by_interrupting(desk: Desk, at: int, now: float) -> bool:
    """Start on an urgent visit with people who put less urgent work down for it, if that is enough."""
    run, people = desk.run[0], desk.people
    if not may_interrupt(desk, at):
        return False
    hold_back(desk, at, -1, now)
    if not find_crew(desk, at, True, now):
        return False
    if desk.visits[at].is_queued:
        wait_no_longer(desk, at)
    first, below = run.n_listed, run.n_errands
    put_up(desk, GIVE, -1, -1, first)
    for i in range(run.n_crew):
        held = people[desk.crew[i]].visit
        if held >= 0:
            put_down(desk, held, -1, now)
            put_up(desk, PLACE, -1, held, first)
    drop_crew(desk, first)
    desk.errands[below].n = run.n_listed - first
    for i in range((run.n_errands - below - 1) // 2):  # what was put down first is placed first
        low, high = desk.errands[below + 1 + i], desk.errands[run.n_errands - 1 - i]
        low.at, high.at = high.at, low.at
    start(desk, at, now)
    return True


@compiled
def drop_crew(desk: Desk, first: int) -> None:
    """Take the crew out of the people listed from a place on."""
    run, n = desk.run[0], first
    for i in range(first, run.n_listed):
        is_of_crew = False
        for k in range(run.n_crew):
            if desk.crew[k] == desk.listed[i]:
                is_of_crew = True
        if not is_of_crew:
            desk.listed[n] = desk.listed[i]
            n += 1
    run.n_listed = n


# -- interruption by those that wait already


@compiled
def interrupt_next(desk: Desk, now: float) -> None:
    """Let the most urgent of those that wait in a line interrupt work, else turn to the swarms."""
    run, visits = desk.run[0], desk.visits
    errand = desk.errands[run.n_errands - 1]
    first = errand.subject
    if first >= 0:
        before_best, best = -1, first
        before, at = first, visits[first].next_listed
        while at >= 0:
            if is_more_urgent(desk, at, best):
                before_best, best = before, at
            before, at = at, visits[at].next_listed
        victim = find_interrupted(desk, best, now) if visits[best].is_queued else -1
        if victim >= 0:
            if before_best < 0:
                errand.subject = visits[best].next_listed
            else:
                visits[before_best].next_listed = visits[best].next_listed
            leave_queue(desk, best)
            take_from(desk, victim, best, now)
            return
    errand.action = INTERRUPT_FOR_SWARMS
    errand.subject = at = run.first_waiting
    while at >= 0:
        visits[at].next_listed = visits[at].sibling
        at = visits[at].sibling


@compiled
def interrupt_for_next_swarm(desk: Desk, now: float) -> None:
    """Let the next of the swarms that wait interrupt work."""
    run, errand = desk.run[0], desk.errands[desk.run[0].n_errands - 1]
    at = errand.subject
    if at < 0:
        run.n_errands -= 1
        return
    errand.subject = desk.visits[at].next_listed
    if desk.visits[at].is_queued:
        starts_by_interrupting(desk, at, now)
