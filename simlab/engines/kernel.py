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
    INCIDENT_CAME,
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
from simlab.engines.kernel_control import control, start_control
from simlab.engines.kernel_exits import leave_system
from simlab.engines.kernel_faults import PREVENTED, fault_of, work_on_fault
from simlab.engines.kernel_heap import drop_first_event
from simlab.engines.kernel_layout import ATTRIBUTES, Stop
from simlab.engines.kernel_learning import begin_reviews, learn
from simlab.engines.kernel_levers import move_levers
from simlab.engines.kernel_limits import admits
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_pages import have_at_hand
from simlab.engines.kernel_people import let_go
from simlab.engines.kernel_places import (
    CLASS,
    count_system,
    drop_visit,
    has_to_wait,
    is_full,
    is_unheeded,
    is_void,
    lacks_room,
    let_go_of,
    new_ticket,
    put_off,
    settle,
    take_back,
)
from simlab.engines.kernel_sources import (
    draw_attributes,
    draw_values,
    expect_arrival,
    free_birth,
    keep_recorded,
    send_away,
    spawn,
)
from simlab.engines.kernel_states import note_fault
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
    start_clocks,
    step_after,
)
from simlab.model.codes import StepKind

# Members of the tables' enumerations as plain numbers.
_WORK, _DELAY, _ROUTE = int(StepKind.WORK), int(StepKind.DELAY), int(StepKind.ROUTE)
_RESOLVE, _REOPEN, _EXIT = int(StepKind.RESOLVE), int(StepKind.REOPEN), int(StepKind.EXIT)
_FORK, _JOIN, _GATHER = int(StepKind.FORK), int(StepKind.JOIN), int(StepKind.GATHER)
_AT_END, _DRAINED, _LOOP = int(Stop.END), int(Stop.DRAINED), int(Stop.LOOP)
_MANY_EVENTS, _MANY_IN_SYSTEM = int(Stop.EVENTS), int(Stop.IN_SYSTEM)
_FIRST_ATTRIBUTE, _N_ATTRIBUTES = int(ATTRIBUTES[0]), len(ATTRIBUTES)
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
        if is_arrival:
            arrive(desk, at)
        else:
            action, subject, key = events[0].action, events[0].subject, events[0].key
            run.is_first_void = True  # most events schedule another one, which takes the place
            take_place(desk, action, subject, key, at)


@compiled
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


@compiled
def take_over(desk: Desk, row: int, now: float) -> None:
    """Let a ticket that is open when the run begins go on at its step, and put off the next."""
    if row + 1 < desk.run[0].n_backlog:
        put_off(desk, TAKE_OVER, row + 1, -1, -1, -1)
    count_system(desk, now, 1)
    place = open_ticket(desk, row)
    enter(desk, place, desk.backlog[row].step, -1, now)
    settle(desk, place)


@compiled
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
def take_place(desk: Desk, action: int, subject: int, key: int, now: float) -> None:
    """Let an event take place, unless it is void: its spell, delay or batch has ended before."""
    if action <= GO_ON:
        if desk.people[subject].spell_key != key:
            return
        if action == COMPLETE:
            complete(desk, subject, now)
        elif action == HAND_OVER:
            hand_over(desk, subject, now)
        else:
            go_on(desk, subject, now)
    elif action == DELAY_OVER:
        if desk.visits[subject].event_key == key:
            count_delay(desk, subject, now)
            leave(desk, subject, -1, now)
    elif action == OPENING:
        begin_duty(desk, subject, now)
    elif action == TIMER_ENDS:
        timer_ends(desk, subject, now)
    elif action == BATCH_GOES:
        if desk.gatherings[subject].event_key == key:
            release(desk, subject, now)
    elif action == MEMBER_COMES:
        member_comes(desk, subject, now)
    elif action >= FIRST_OF_CONTROL:
        control(desk, action, subject, now)
    elif action >= FIRST_LEARNT:
        learn(desk, action, subject, 0, now)
    elif action >= FIRST_OF_SWARMS:
        if desk.visits[subject].event_key == key and swarm_completes(desk, action, subject, now):
            work_done(desk, subject, now)
    elif action >= FIRST_OF_CHATS:
        if desk.chats[subject].key == key:
            at = completed_chat(desk, action, subject, now)
            if at >= 0:
                work_done(desk, at, now)
    else:
        ticket_comes(desk, subject, now)


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
            leave(desk, subject, -1, now)
    elif task.action == SEND_AWAY:
        send_away(desk, subject, False, now)
    elif task.action >= FIRST_LEARNT:
        learn(desk, task.action, subject, task.serial, now)
    elif task.action == TAKE_OVER:
        take_over(desk, subject, now)
    else:
        start(desk)


# -- tickets that come


@inlined
def arrive(desk: Desk, now: float) -> None:
    """Let a ticket of the list arrive, and expect the one after it."""
    run, arrivals = desk.run[0], desk.arrivals
    source = run.next_arrival
    run.n_pending -= 1
    run.next_arrival = source + 1
    expect_arrival(desk)
    place = new_ticket(desk, arrivals.stream[source], arrivals.subject[source], now)
    have_at_hand(desk, source, place)
    if run.has_recorded:
        keep_recorded(desk, place, source)
    else:
        draw_attributes(desk, place)
    if run.has_faults:
        ticket = desk.tickets[place]
        ticket.fault = fault_of(desk, ticket.stream, ticket.subject, int(ticket.facts[CLASS]), now)
        if ticket.fault == PREVENTED:
            take_back(desk, place)
            run.fresh = -1
            return
        if ticket.fault >= 0:
            put_off(desk, INCIDENT_CAME, ticket.fault, ticket.number, -1, -1)
    begin(desk, place, now)
    run.fresh = -1


@compiled
def member_comes(desk: Desk, member: int, now: float) -> None:
    """Let a member of a population come with its next ticket."""
    desk.run[0].n_pending -= 1
    place = new_ticket(desk, desk.population[member].stream, desk.population[member].subject, now)
    draw_attributes(desk, place)
    begin(desk, place, now)


@compiled
def ticket_comes(desk: Desk, born: int, now: float) -> None:
    """Let a ticket come to which others gave rise."""
    desk.run[0].n_pending -= 1
    birth = desk.births[born]
    place = new_ticket(desk, birth.stream, birth.subject, now)
    ticket = desk.tickets[place]
    ticket.origin = birth.origin
    ticket.parent = birth.parent
    ticket.fault = birth.fault
    ticket.awaited_by = birth.awaited_by
    ticket.awaited_serial = birth.awaited_serial
    if birth.is_alike:
        for i in range(_N_ATTRIBUTES):
            ticket.facts[_FIRST_ATTRIBUTE + i] = birth.attributes[i]
    else:
        draw_attributes(desk, place)
    free_birth(desk, born)
    begin(desk, place, now)


@compiled
def begin(desk: Desk, place: int, now: float) -> None:
    """Start the clocks of a new ticket and let it enter the process."""
    count_system(desk, now, 1)
    if desk.run[0].has_faults:
        note_fault(desk, place)
    if desk.run[0].target_rules >= 0:
        start_clocks(desk, place, now, 0.0)
    enter(desk, place, desk.streams[desk.tickets[place].stream].entry, -1, now)
    settle(desk, place)


# -- the process


@compiled
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


@compiled
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


@compiled
def leave(desk: Desk, at: int, following: int, now: float) -> None:
    """End a visit, record it and send the ticket on: to a given step, else by the rules of its step."""
    visit = desk.visits[at]
    place, step, fork = visit.ticket, visit.step, visit.fork
    ticket, here = desk.tickets[place], desk.steps[step]
    is_left = following >= 0
    if not is_left:
        if desk.run[0].has_extras:
            if ticket.fault >= 0:
                work_on_fault(desk, at, now)
            if desk.run[0].has_levers:
                move_levers(desk, at, now)
            if desk.spawns.first[step] < desk.spawns.first[step + 1] and spawn(desk, at, now):
                return
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
            return
    enter(desk, place, following, fork, now)
    settle(desk, place)


@inlined
def complete(desk: Desk, person: int, now: float) -> None:
    """End the work of a person, who is given the next visit before the ticket goes on."""
    at = let_go(desk, person, now)
    if now < desk.people[person].off_at:
        offer(desk, person, now)
    work_done(desk, at, now)


@compiled
def work_done(desk: Desk, at: int, now: float) -> None:
    """Let a visit leave, or a batch, on which the work is done."""
    visit = desk.visits[at]
    if visit.batch < 0:
        desk.tickets[visit.ticket].touch += visit.touch
        leave(desk, at, -1, now)
    else:
        complete_batch(desk, at)


@compiled
def timer_ends(desk: Desk, place: int, now: float) -> None:
    """Let a ticket whose work has not begun leave the queue, or become more urgent in it."""
    run, countdown, timers = desk.run[0], desk.countdowns[place], desk.timers
    at, serial, timer = countdown.visit, countdown.serial, countdown.timer
    countdown.next_free = run.free_countdown
    run.free_countdown = place
    run.n_free_countdowns += 1
    visit = desk.visits[at]
    if visit.serial != serial or not has_to_wait(desk, at if visit.batch < 0 else visit.batch):
        return
    ticket, priority = desk.tickets[visit.ticket], timers.priority[timer]
    if priority < 0:
        withdraw_from_queue(desk, at, now)
        ticket.queued += now - visit.arrived
        leave(desk, at, timers.target[timer], now)
    elif priority < ticket.facts[PRIORITY]:
        ticket.facts[PRIORITY] = priority
        raise_in_queue(desk, at, now)
