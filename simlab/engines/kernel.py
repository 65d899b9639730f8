"""The event loop of the compiled engine: what `simlab.engines.simpy_desk` says, on arrays.

Each function is the twin of the method of the same name there and does the same things in the same order;
reasons that are given there are not repeated. The rules of what happens to a ticket are the shared ones.
"""

from __future__ import annotations

import math

from simlab.engines.kernel_heap import drop_first_event, event_key, schedule
from simlab.engines.kernel_layout import Stop
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_rules import delay_end, quantile, uniform
from simlab.engines.kernel_teams import (
    COMPLETE,
    GO_ON,
    HAND_OVER,
    OPENING,
    begin_duty,
    go_on,
    hand_over,
    join,
    let_go,
    offer,
    start_duty,
)
from simlab.engines.kernel_tickets import (
    CAME_FROM,
    DIFFICULTY,
    REOPENS,
    count_visit,
    draw,
    drop_ticket,
    drop_visit,
    duration,
    joins_team,
    new_ticket,
    new_visit,
    next_step,
    pause_clocks,
    respond,
    resume_clocks,
    start_clocks,
    stop_resolution_clock,
)
from simlab.model.arrivals import STREAM_LEVEL
from simlab.model.codes import DelayCause, Order, Outcome, StepKind
from simlab.model.streams import Purpose
from simlab.model.ticket_rules import NEVER

DELAY_OVER, MEMBER_COMES = 4, 5
"""Actions of events that concern visits and members of populations."""

# Members of the tables' enumerations as plain numbers.
_RETURN, _ARRIVAL = int(Order.RETURN), int(Order.ARRIVAL)
_WORK, _DELAY, _RESOLVE = int(StepKind.WORK), int(StepKind.DELAY), int(StepKind.RESOLVE)
_REOPEN, _EXIT = int(StepKind.REOPEN), int(StepKind.EXIT)
_WAIT, _AUTOMATION = int(DelayCause.WAIT), int(DelayCause.AUTOMATION)
_OPEN, _RESOLVED = int(Outcome.OPEN), int(Outcome.RESOLVED)
_AWAY, _SERVICE, _EXTRA_SERVICE = int(Purpose.AWAY), int(Purpose.SERVICE), int(Purpose.EXTRA_SERVICE)
_FALL_BACK_SERVICE, _DELAY_TIME = int(Purpose.FALL_BACK_SERVICE), int(Purpose.DELAY)
_AT_END, _DRAINED, _LOOP = int(Stop.END), int(Stop.DRAINED), int(Stop.LOOP)
_MANY_EVENTS, _MANY_IN_SYSTEM = int(Stop.EVENTS), int(Stop.IN_SYSTEM)
_DRAWN = int(Stop.DRAWN)
_NO_ROOM, _NO_ATTRIBUTES = int(Stop.NO_ROOM), int(Stop.NO_ATTRIBUTES)


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
        if run.drains and run.in_system == 0 and run.n_pending == 0:
            return _DRAINED
        if is_full(desk):
            return _NO_ROOM
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
        if is_arrival:
            run.now = at
            arrive(desk, at)
        else:
            action, subject = events[0].action, events[0].subject
            if action == MEMBER_COMES and lacks_attributes(desk, subject):
                return _NO_ATTRIBUTES
            run.now = at
            drop_first_event(desk)
            take_place(desk, action, subject, at)
        run.n_processed += 1
        if run.looped_at >= 0:
            return _LOOP
        if run.n_processed >= run.max_events:
            return _MANY_EVENTS
        if run.in_system > run.max_in_system:
            return _MANY_IN_SYSTEM


@compiled
def draw_values(desk: Desk) -> None:
    """Draw values of a distribution, for arrivals that are drawn ahead of the run."""
    run = desk.run[0]
    for i in range(run.n_values):
        desk.values[i] = quantile(desk.distributions, run.distribution, desk.uniforms[i])


@inlined
def is_full(desk: Desk) -> bool:
    """Whether the tables may be too small for the next event."""
    run = desk.run[0]
    return bool(
        run.free_ticket < 0
        or run.free_visit < 0
        or run.n_visits >= run.room_visits
        or run.n_spells >= run.room_spells
        or run.n_created >= run.room_created
        or run.n_events + run.n_people + 4 > run.room_events
    )


@compiled
def begin_run(desk: Desk) -> None:
    """Put people on duty, and schedule openings and first arrivals."""
    run = desk.run[0]
    for group in range(run.n_groups):
        start_duty(desk, group)
    expect_arrival(desk)
    for member in range(run.n_members):
        come_at_once = not desk.streams[desk.population[member].stream].first_away
        send_away(desk, member, come_at_once, 0.0)


@inlined
def take_place(desk: Desk, action: int, subject: int, now: float) -> None:
    """Let an event take place."""
    if action == COMPLETE:
        complete(desk, subject, now)
    elif action == DELAY_OVER:
        end_delay(desk, subject, now)
    elif action == OPENING:
        begin_duty(desk, subject, now)
    elif action == HAND_OVER:
        hand_over(desk, subject, now)
    elif action == GO_ON:
        go_on(desk, subject, now)
    else:
        member_comes(desk, subject, now)


@inlined
def count_system(desk: Desk, now: float, change: int) -> None:
    """Count a ticket in or out, and the ticket-minutes since the last change, from the warm-up on."""
    run = desk.run[0]
    if now > run.area_until:
        run.area += run.in_system * (now - run.area_until)
        run.area_until = now
    run.in_system += change


# -- arrivals


@inlined
def expect_arrival(desk: Desk) -> None:
    """Give the next arrival of the list its place among the events, beside the heap."""
    run = desk.run[0]
    if run.next_arrival < run.n_arrivals:
        run.arrival_key = event_key(desk, _ARRIVAL)


@inlined
def arrive(desk: Desk, now: float) -> None:
    """Let a ticket of the list arrive, and expect the one after it."""
    run = desk.run[0]
    source = run.next_arrival
    run.n_pending -= 1
    run.next_arrival = source + 1
    expect_arrival(desk)
    create(desk, source, now)


@compiled
def send_away(desk: Desk, member: int, come_at_once: bool, now: float) -> None:
    """Let a member of a finite population stay away, then come with its next ticket."""
    run, subject = desk.run[0], desk.population[member].subject
    stream = desk.streams[desk.population[member].stream]
    if 0 <= stream.limit <= subject:
        return
    away = 0.0
    if not come_at_once:
        u = uniform((run.key_0, run.key_1), subject, stream.space, STREAM_LEVEL, 0, _AWAY)
        away = quantile(desk.distributions, stream.away, u)
    at = max(now, stream.start) + away
    if at < stream.end:
        run.n_pending += 1
        schedule(desk, at, _ARRIVAL, MEMBER_COMES, member)


@inlined
def lacks_attributes(desk: Desk, member: int) -> bool:
    """Whether the next ticket of a member was not described yet."""
    subject, stream = desk.population[member].subject, desk.population[member].stream
    lacks = subject >= desk.streams[stream].n_described
    if lacks:
        desk.run[0].lacking_stream = stream
    return bool(lacks)


@compiled
def member_comes(desk: Desk, member: int, now: float) -> None:
    """Let a member of a population come with its next ticket."""
    desk.run[0].n_pending -= 1
    subject, stream = desk.population[member].subject, desk.population[member].stream
    create(desk, desk.streams[stream].described_from + subject, now)


@compiled
def create(desk: Desk, source: int, now: float) -> None:
    """Make a ticket, start its clocks and let it enter the process."""
    run = desk.run[0]
    place = new_ticket(desk, source, now)
    count_system(desk, now, 1)
    if run.target_rules >= 0:
        start_clocks(desk, place, now)
    enter(desk, place, desk.streams[desk.tickets[place].stream].entry, now)


# -- the process


@compiled
def enter(desk: Desk, place: int, step: int, now: float) -> None:
    """Let a ticket come to a step, and pass the steps that take no time."""
    run, ticket = desk.run[0], desk.tickets[place]
    passed = 0
    while True:
        number = count_visit(desk, place, step)
        here = desk.steps[step]
        kind = here.kind
        if kind == _WORK:
            join_team(desk, place, step, number, now)
            return
        if kind == _DELAY:
            begin_delay(desk, place, step, number, now)
            return
        if kind == _EXIT:
            leave_system(desk, place, now)
            return
        if kind == _RESOLVE:
            resolve(desk, place, step, now)
        elif kind == _REOPEN:
            reopen(desk, place, now)
        elif here.responds:
            respond(desk, place, now)
        passed += 1
        if passed > run.max_steps_at_once:
            run.looped_at = step
            return
        following = next_step(desk, place, step, number, now)
        if kind == _REOPEN or here.responds:
            ticket.facts[CAME_FROM] = here.shown_as
        step = following


@compiled
def leave(desk: Desk, at: int, now: float) -> None:
    """End a visit, record it and send the ticket on."""
    visit = desk.visits[at]
    place, step = visit.ticket, visit.step
    ticket, here = desk.tickets[place], desk.steps[step]
    following = next_step(desk, place, step, visit.number, now)
    if here.is_passage:
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
    enter(desk, place, following, now)


@inlined
def join_team(desk: Desk, place: int, step: int, number: int, now: float) -> None:
    """Let a ticket join the queue of a team with its work."""
    here, ticket = desk.steps[step], desk.tickets[place]
    joins_team(desk, place, here.team)
    at = new_visit(desk, place, step, number, here.team, now)
    work = duration(desk, place, step, number, _SERVICE, now)
    if here.difficulty_power != 0.0:
        work = work * math.pow(ticket.facts[DIFFICULTY], here.difficulty_power)
    if here.extra >= 0:
        u = draw(desk, place, step, number, _EXTRA_SERVICE)
        work = work + quantile(desk.distributions, here.extra, u)
    if here.fall_back_extra >= 0:
        u = draw(desk, place, step, number, _FALL_BACK_SERVICE)
        work = work + quantile(desk.distributions, here.fall_back_extra, u)
    desk.visits[at].left = work
    join(desk, at, now)


@inlined
def complete(desk: Desk, person: int, now: float) -> None:
    """End the work of a person, who is given the next visit before the ticket goes on."""
    at = let_go(desk, person, now)
    if now < desk.people[person].off_at:
        offer(desk, person, now)
    visit = desk.visits[at]
    desk.tickets[visit.ticket].touch += visit.touch
    leave(desk, at, now)


@inlined
def begin_delay(desk: Desk, place: int, step: int, number: int, now: float) -> None:
    """Let a ticket wait, or an automation run."""
    here = desk.steps[step]
    at = new_visit(desk, place, step, number, -1, now)
    desk.visits[at].started = now
    delay = duration(desk, place, step, number, _DELAY_TIME, now)
    end = delay_end(desk.calendars[here.calendar], desk.calendars[here.until_open], now, delay)
    pause_clocks(desk, place, here.pauses_respond, here.pauses_resolve, now)
    if end < NEVER:
        schedule(desk, end, _RETURN, DELAY_OVER, at)


@inlined
def end_delay(desk: Desk, at: int, now: float) -> None:
    """End a wait or the run of an automation."""
    visit = desk.visits[at]
    place = visit.ticket
    ticket, here = desk.tickets[place], desk.steps[visit.step]
    resume_clocks(desk, place, here.pauses_respond, here.pauses_resolve, now)
    spent = now - visit.started
    if here.delay_cause == _WAIT:
        ticket.delayed += spent
    elif here.delay_cause == _AUTOMATION:
        ticket.automated += spent
    else:
        ticket.dormant += spent
    leave(desk, at, now)


@inlined
def resolve(desk: Desk, place: int, step: int, now: float) -> None:
    """End a ticket with the outcome of the step; its resolution clock stops."""
    ticket = desk.tickets[place]
    ticket.outcome = desk.steps[step].outcome
    if ticket.outcome == _RESOLVED:
        ticket.resolved = now
        if ticket.target >= 0:
            stop_resolution_clock(desk, place, now)


@inlined
def reopen(desk: Desk, place: int, now: float) -> None:
    """Open a resolved ticket again; its resolution clock goes on with what it had left."""
    ticket = desk.tickets[place]
    ticket.facts[REOPENS] += 1.0
    ticket.outcome = _OPEN
    ticket.resolved = math.nan
    resume_clocks(desk, place, False, True, now)


@inlined
def leave_system(desk: Desk, place: int, now: float) -> None:
    """Let a ticket leave; a member of a finite population goes away until its next one."""
    ticket = desk.tickets[place]
    stream, subject = desk.streams[ticket.stream], ticket.subject
    drop_ticket(desk, place, now)
    count_system(desk, now, -1)
    if stream.population > 0:
        member = stream.first_member + subject % stream.population
        desk.population[member].subject = subject + stream.population
        send_away(desk, member, False, now)
