"""The event loop of the compiled engine: what `simlab.engines.simpy_desk` says, on arrays.

Each function is the twin of the method of the same name there and does the same things in the same order;
reasons that are given there are not repeated. The rules of what happens to a ticket are the shared ones.
Where the reference calls itself for another ticket, or another branch, the kernel puts the rest off as a
task: compiled functions that call each other in a circle are slow, and the tables may have to grow first.
"""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import (
    BATCH_GOES,
    COMPLETE,
    DELAY_OVER,
    ENTER,
    FIRST_LEARNT,
    FIRST_OF_CHATS,
    FIRST_OF_CONTROL,
    FIRST_OF_SWARMS,
    GO_ON,
    HAND_OVER,
    LEAVE,
    MEMBER_COMES,
    NEXT_BRANCH,
    OPENING,
    SEND_AWAY,
    START,
    TAKE_OVER,
    TIMER_ENDS,
)
from simlab.engines.kernel_backlog import open_ticket
from simlab.engines.kernel_batches import complete_batch, gather, raise_in_queue, release, withdraw_from_queue
from simlab.engines.kernel_branches import behind_join, end_all, goes_on, start_branches
from simlab.engines.kernel_comings import arrive, begin, member_comes, ticket_comes
from simlab.engines.kernel_control import control, start_control
from simlab.engines.kernel_exits import leave_system
from simlab.engines.kernel_faults import work_on_fault
from simlab.engines.kernel_heap import drop_first_event
from simlab.engines.kernel_layout import Stop
from simlab.engines.kernel_learning import begin_reviews, learn
from simlab.engines.kernel_levers import move_levers
from simlab.engines.kernel_limits import admits
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_milestones import reach
from simlab.engines.kernel_people import let_go
from simlab.engines.kernel_places import (
    count_system,
    drop_visit,
    has_to_wait,
    is_full,
    is_unheeded,
    is_void,
    lacks_room,
    let_go_of,
    put_off,
    settle,
)
from simlab.engines.kernel_sources import (
    draw_values,
    expect_arrival,
    send_away,
    spawn,
)
from simlab.engines.kernel_steps import begin_delay, count_delay, join_team
from simlab.engines.kernel_swarming import swarm_completes
from simlab.engines.kernel_teams import (
    begin_duty,
    completed_chat,
    go_on,
    hand_over,
    offer,
    start_duty,
)
from simlab.engines.kernel_tickets import (
    CAME_FROM,
    FLAW,
    PRIORITY,
    count_visit,
    end_ticket,
    next_step,
    reopen,
    respond,
    step_after,
)
from simlab.model.codes import StepKind

# Members of the tables' enumerations as plain numbers.
_WORK, _DELAY, _ROUTE = int(StepKind.WORK), int(StepKind.DELAY), int(StepKind.ROUTE)
_RESOLVE, _REOPEN, _EXIT = int(StepKind.RESOLVE), int(StepKind.REOPEN), int(StepKind.EXIT)
_FORK, _JOIN, _GATHER = int(StepKind.FORK), int(StepKind.JOIN), int(StepKind.GATHER)
_AT_END, _DRAINED, _LOOP = int(Stop.END), int(Stop.DRAINED), int(Stop.LOOP)
_MANY_EVENTS, _MANY_IN_SYSTEM = int(Stop.EVENTS), int(Stop.IN_SYSTEM)
_DRAWN, _NO_ROOM, _SHORT = int(Stop.DRAWN), int(Stop.NO_ROOM), int(Stop.SHORT)


# -- the run


@compiled
def process_events(desk: Desk) -> int:
    """Process events from where the run stands until there is a `Stop`, which is returned."""
    run, events = desk.run[0], desk.events
    if run.n_values > 0:
        draw_values(desk)
        return _DRAWN
    if not run.has_begun:
        run.has_begun = True
        begin_run(desk)
    while True:
        if run.has_extras:
            while run.n_tasks > 0 and not run.is_short:
                if is_full(desk):
                    return _NO_ROOM
                work_off(desk, run.now)
            if run.is_short:
                return _SHORT
        if run.looped_at >= 0:
            return _LOOP
        if run.in_event:
            run.in_event = False
            run.n_processed += 1
            if run.n_processed >= run.max_events:
                return _MANY_EVENTS
            if run.in_system > run.max_in_system:
                return _MANY_IN_SYSTEM
        if run.drains and run.in_system == 0 and run.n_pending == 0:
            return _DRAINED
        if lacks_room(desk):
            return _NO_ROOM
        if run.is_first_void:
            drop_first_event(desk)
        at = math.inf
        is_arrival = run.next_arrival < run.n_arrivals
        if is_arrival:
            at = desk.arrivals.at[run.next_arrival]
        if run.n_events > 0:
            first = events[0]
            if first.at < at or (first.at == at and first.key < run.arrival_key) or not is_arrival:
                is_arrival = False
                at = first.at
        if at >= run.end:
            return _AT_END
        run.now = at
        run.in_event = True
        over, to, place = -1, -1, -1
        if is_arrival:
            place = arrive(desk, at)
        else:
            action, subject, key = events[0].action, events[0].subject, events[0].key
            run.is_first_void = True  # most events schedule another one, which takes the place
            over, to, place = take_place(desk, action, subject, key, at)
        step, fork = -1, -1
        if over >= 0:
            place, step, fork = leave(desk, over, to, at)
        elif place >= 0:
            step = begin(desk, place, at)
        if place >= 0:
            enter(desk, place, step, fork, at)
            settle(desk, place)


@aside
def begin_run(desk: Desk) -> None:
    """Put people on duty, and schedule openings and first arrivals."""
    run = desk.run[0]
    for group in range(run.n_groups):
        start_duty(desk, group)
    if run.n_backlog > 0:
        put_off(desk, START, -1, -1, -1, -1)
        put_off(desk, TAKE_OVER, 0, -1, -1, -1)
    else:
        start(desk)


@aside
def take_over(desk: Desk, row: int, now: float) -> None:
    """Let a ticket that is open when the run begins go on at its step, and put off the next."""
    if row + 1 < desk.run[0].n_backlog:
        put_off(desk, TAKE_OVER, row + 1, -1, -1, -1)
    count_system(desk, now, 1)
    place = open_ticket(desk, row)
    enter(desk, place, desk.backlog[row].step, -1, now)
    settle(desk, place)


@aside
def start(desk: Desk) -> None:
    """Schedule the first arrivals, and reviews."""
    run = desk.run[0]
    begin_reviews(desk)
    expect_arrival(desk)
    for member in range(run.n_members):
        come_at_once = not desk.streams[desk.population[member].stream].first_away
        send_away(desk, member, come_at_once, 0.0)
    if run.n_controls > 0:
        start_control(desk)


@inlined
def take_place(desk: Desk, action: int, subject: int, key: int, now: float) -> tuple[int, int, int]:
    """Let an event take place, unless it is void: its spell, delay or batch has ended before.

    Returns
    -------
    over, to, place
        The visit that is over, and the step to which a timer sends it (-1: the rules of its step decide), or
        else the place of a new ticket; -1 for none.
    """
    over, to, place = -1, -1, -1
    if action <= GO_ON:
        if desk.people[subject].spell_key != key:
            return over, to, place
        if action == COMPLETE:
            over = complete(desk, subject, now)
        elif action == HAND_OVER:
            hand_over(desk, subject, now)
        else:
            go_on(desk, subject, now)
    elif action == DELAY_OVER:
        if desk.visits[subject].event_key == key:
            count_delay(desk, subject, now)
            over = subject
    elif action == OPENING:
        begin_duty(desk, subject, now)
    elif action == TIMER_ENDS:
        over, to = timer_ends(desk, subject, now)
    elif action == BATCH_GOES:
        if desk.gatherings[subject].event_key == key:
            release(desk, subject, now)
    elif action == MEMBER_COMES:
        place = member_comes(desk, subject, now)
    elif action >= FIRST_OF_CONTROL:
        control(desk, action, subject, now)
    elif action >= FIRST_LEARNT:
        learn(desk, action, subject, 0, now)
    elif action >= FIRST_OF_SWARMS:
        if desk.visits[subject].event_key == key and swarm_completes(desk, action, subject, now):
            over = work_done(desk, subject)
    elif action >= FIRST_OF_CHATS:
        if desk.chats[subject].key == key:
            over = completed_chat(desk, action, subject, now)
            if over >= 0:
                over = work_done(desk, over)
    else:
        place = ticket_comes(desk, subject, now)
    return over, to, place


@compiled
def work_off(desk: Desk, now: float) -> None:
    """Do what was put off last."""
    run = desk.run[0]
    run.n_tasks -= 1
    task = desk.tasks[run.n_tasks]
    subject, step, fork = task.subject, task.step, task.fork
    if task.action == ENTER:
        enter(desk, subject, step, fork, now)
        let_go_of(desk, subject)
    elif task.action == NEXT_BRANCH:
        start_branch(desk, subject, task.serial, now)
    elif task.action == LEAVE:
        if desk.visits[subject].serial == task.serial:
            place, step, fork = leave(desk, subject, -1, now)
            if place >= 0:
                enter(desk, place, step, fork, now)
                settle(desk, place)
    elif task.action == SEND_AWAY:
        send_away(desk, subject, False, now)
    elif task.action >= FIRST_LEARNT:
        learn(desk, task.action, subject, task.serial, now)
    elif task.action == TAKE_OVER:
        take_over(desk, subject, now)
    else:
        start(desk)


# -- the process


@inlined_if_lean
def enter(desk: Desk, place: int, step: int, fork: int, now: float) -> None:
    """Let a ticket (or a branch of it) come to a step, and pass the steps that take no time."""
    run, ticket = desk.run[0], desk.tickets[place]
    passed = 0
    if fork >= 0 and is_void(desk, fork):
        return
    while True:
        here = desk.steps[step]
        kind = here.kind
        if run.has_limits and kind != _ROUTE and fork < 0 and not admits(desk, place, step, now):
            return
        if kind == _EXIT:
            leave_system(desk, place, now)
            return
        if kind == _JOIN:
            if not goes_on(desk, place, fork, now):
                return
            step, fork = behind_join(desk, place, fork, now)
            if fork >= 0 and is_void(desk, fork):
                return
            passed = 0
            continue
        if kind == _GATHER:
            gather(desk, place, step, fork, now)
            return
        if fork >= 0:
            if desk.handoffs.behind_transfer[step] >= 0:
                step = desk.handoffs.behind_transfer[step]
                continue
            if kind == _RESOLVE and is_unheeded(desk, fork):
                return
        number = count_visit(desk, place, step)
        if run.has_milestones and here.milestone >= 0 and kind in (_ROUTE, _RESOLVE):
            reach(desk, place, here.milestone, now)
        if kind == _WORK:
            join_team(desk, place, step, number, fork, now)
            return
        if kind == _DELAY:
            begin_delay(desk, place, step, number, fork, now)
            return
        if kind == _FORK:
            start_branches(desk, place, step, number, fork)
            return
        if kind == _RESOLVE:
            if fork >= 0:
                end_all(desk, place, fork, now)
                fork = -1
            end_ticket(desk, place, here.outcome, now)
        elif kind == _REOPEN:
            reopen(desk, place, now)
        else:
            if here.responds:
                respond(desk, place, now)
            if here.flaw >= 0:
                ticket.facts[FLAW] = here.flaw
        passed += 1
        if passed > run.max_steps_at_once:
            run.looped_at = step
            return
        following = next_step(desk, place, step, number, now)
        if kind == _REOPEN or here.responds or here.ends_check:
            ticket.facts[CAME_FROM] = here.shown_as
        step = following


@aside
def start_branch(desk: Desk, fork: int, row: int, now: float) -> None:
    """Start one of a ticket's branches, and put off the next."""
    place, step = desk.open_forks[fork].ticket, desk.open_forks[fork].step
    has_next = row + 1 < desk.forks.first[step + 1]
    if has_next:
        put_off(desk, NEXT_BRANCH, fork, row + 1, step, fork)
    desk.tickets[place].facts[CAME_FROM] = desk.steps[step].shown_as
    enter(desk, place, desk.forks.branch[row], fork, now)
    if not has_next:
        let_go_of(desk, place)


@inlined_if_lean
def leave(desk: Desk, at: int, following: int, now: float) -> tuple[int, int, int]:
    """End a visit, record it and send the ticket on: to a given step, else by the rules of its step.

    Returns
    -------
    place, step, fork
        The ticket, the step that it (or a branch of it) is to `enter`, and the branch; -1 for none.
    """
    visit = desk.visits[at]
    place, step, fork = visit.ticket, visit.step, visit.fork
    ticket, here = desk.tickets[place], desk.steps[step]
    is_left = following >= 0
    if not is_left:
        if desk.run[0].has_milestones and here.milestone >= 0:
            reach(desk, place, here.milestone, now)
        if desk.run[0].has_extras:
            if ticket.fault >= 0:
                work_on_fault(desk, at, now)
            if desk.run[0].has_levers:
                move_levers(desk, at, now)
            if desk.spawns.first[step] < desk.spawns.first[step + 1] and spawn(desk, at, now):
                return -1, -1, -1
        following = step_after(desk, at, now)
    if here.is_passage and (is_left or not here.is_checked):
        ticket.facts[CAME_FROM] = here.shown_as
    took_time = now > visit.arrived
    drop_visit(desk, at, now, following)
    if took_time:
        ticket.steps_at_once = 0
    else:
        ticket.steps_at_once += 1
        if ticket.steps_at_once > desk.run[0].max_steps_at_once:
            desk.run[0].looped_at = step
            return -1, -1, -1
    return int(place), int(following), int(fork)


@inlined
def complete(desk: Desk, person: int, now: float) -> int:
    """End the work of a person, who is given the next visit before the ticket goes on; see `work_done`."""
    at = let_go(desk, person, now)
    if now < desk.people[person].off_at:
        offer(desk, person, now)
    return work_done(desk, at)


@inlined
def work_done(desk: Desk, at: int) -> int:
    """Return the visit that is over as its work is done; -1 for a batch, whose tickets go on in turn."""
    visit = desk.visits[at]
    if visit.batch < 0:
        desk.tickets[visit.ticket].touch += visit.touch
        return at
    complete_batch(desk, at)
    return -1


@aside
def timer_ends(desk: Desk, place: int, now: float) -> tuple[int, int]:
    """Let a ticket whose work has not begun leave the queue, or become more urgent in it.

    Returns
    -------
    over, to
        The visit that leaves, and the step to which it is sent; -1 for none.
    """
    run, countdown, timers = desk.run[0], desk.countdowns[place], desk.timers
    at, serial, timer = countdown.visit, countdown.serial, countdown.timer
    countdown.next_free = run.free_countdown
    run.free_countdown = place
    run.n_free_countdowns += 1
    visit = desk.visits[at]
    if visit.serial != serial or not has_to_wait(desk, at if visit.batch < 0 else visit.batch):
        return -1, -1
    ticket, priority = desk.tickets[visit.ticket], timers.priority[timer]
    if priority < 0:
        withdraw_from_queue(desk, at, now)
        ticket.queued += now - visit.arrived
        return int(at), int(timers.target[timer])
    if priority < ticket.facts[PRIORITY]:
        ticket.facts[PRIORITY] = priority
        raise_in_queue(desk, at, now)
    return -1, -1
