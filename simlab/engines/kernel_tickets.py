"""Tickets and visits of the compiled engine: their places, draws, choices and clocks, and their log rows."""

from __future__ import annotations

import math

from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_rules import choose, due, quantile, time_left, uniform
from simlab.model.codes import Field, Outcome
from simlab.model.streams import Purpose
from simlab.model.ticket_rules import NEVER

KIND, CLASS, PRIORITY = int(Field.KIND), int(Field.CLASS), int(Field.PRIORITY)
CHANNEL, DIFFICULTY, STREAM = int(Field.CHANNEL), int(Field.DIFFICULTY), int(Field.STREAM)
HOPS, REOPENS, VISITS = int(Field.HOPS), int(Field.REOPENS), int(Field.VISITS)
CAME_FROM, TEAM = int(Field.CAME_FROM), int(Field.TEAM)
_ROUTE, _EXTRA_SERVICE = int(Purpose.ROUTE), int(Purpose.EXTRA_SERVICE)
_OPEN = int(Outcome.OPEN)


# -- places


@compiled
def new_ticket(desk: Desk, source: int, now: float) -> int:
    """Place of a new ticket that is described in a row of the arrivals."""
    run, arrivals = desk.run[0], desk.arrivals
    place = run.free_ticket
    ticket = desk.tickets[place]
    run.free_ticket = ticket.next_free
    number = run.n_created
    run.n_created = number + 1
    desk.ticket_source[number] = source
    ticket.number = number
    ticket.stream = arrivals.stream[source]
    ticket.subject = arrivals.subject[source]
    ticket.space = desk.streams[ticket.stream].space
    facts = ticket.facts
    facts[STREAM] = ticket.stream
    facts[KIND] = arrivals.kind[source]
    facts[CLASS] = arrivals.ticket_class[source]
    facts[PRIORITY] = arrivals.priority[source]
    facts[CHANNEL] = arrivals.channel[source]
    facts[DIFFICULTY] = arrivals.difficulty[source]
    facts[HOPS] = 0.0
    facts[REOPENS] = 0.0
    facts[VISITS] = 0.0
    facts[CAME_FROM] = -1.0
    facts[TEAM] = -1.0
    ticket.created = now
    ticket.responded = ticket.resolved = math.nan
    ticket.respond_due = ticket.resolve_due = math.inf
    ticket.respond_left = ticket.resolve_left = -1.0
    ticket.touch = ticket.queued = ticket.delayed = ticket.automated = ticket.dormant = 0.0
    ticket.target = ticket.first_team = ticket.last_team = ticket.visit = -1
    ticket.outcome = _OPEN
    ticket.work_visits = ticket.ping_pongs = ticket.handovers = ticket.steps_at_once = 0
    counts = desk.counts
    for i in range(place * run.counts_per_ticket, (place + 1) * run.counts_per_ticket):
        counts[i] = 0
    return int(place)


@compiled
def drop_ticket(desk: Desk, place: int, now: float) -> None:
    """Write the log row of a ticket that is closed now, and free its place."""
    run, ticket, log = desk.run[0], desk.tickets[place], desk.ticket_log
    number = ticket.number
    log.created[number] = ticket.created
    log.responded[number] = ticket.responded
    log.resolved[number] = ticket.resolved
    log.closed[number] = now
    log.outcome[number] = ticket.outcome
    log.first_team[number] = ticket.first_team
    log.last_team[number] = ticket.last_team
    log.work_visits[number] = ticket.work_visits
    log.hops[number] = int(ticket.facts[HOPS])
    log.ping_pongs[number] = ticket.ping_pongs
    log.reopens[number] = int(ticket.facts[REOPENS])
    log.touch_min[number] = ticket.touch
    log.queue_min[number] = ticket.queued
    log.delay_min[number] = ticket.delayed
    log.automation_min[number] = ticket.automated
    log.dormant_min[number] = ticket.dormant
    log.target[number] = ticket.target
    log.respond_due[number] = ticket.respond_due
    log.resolve_due[number] = ticket.resolve_due
    ticket.number = -1
    ticket.next_free = run.free_ticket
    run.free_ticket = place
    run.n_closed += 1


@compiled
def new_visit(desk: Desk, place: int, step: int, number: int, team: int, now: float) -> int:
    """Place of a visit that begins now."""
    run = desk.run[0]
    at = run.free_visit
    visit = desk.visits[at]
    run.free_visit = visit.next_free
    desk.tickets[place].visit = at
    visit.ticket = place
    visit.step = step
    visit.number = number
    visit.team = team
    visit.arrived = now
    visit.started = math.nan
    visit.left = visit.touch = 0.0
    visit.handovers = 0
    visit.person = -1
    return int(at)


@compiled
def drop_visit(desk: Desk, at: int, now: float, went_to: int) -> None:
    """Write the log row of a visit that ends now, and free its place."""
    run, visit, log = desk.run[0], desk.visits[at], desk.visit_log
    ticket = desk.tickets[visit.ticket]
    ticket.visit = -1
    row = run.n_visits
    run.n_visits = row + 1
    log.ticket[row] = ticket.number
    log.step[row] = visit.step
    log.visit[row] = visit.number
    log.team[row] = visit.team
    log.person[row] = visit.person
    log.arrived[row] = visit.arrived
    log.started[row] = visit.started
    log.ended[row] = now
    log.touch_min[row] = visit.touch
    log.handovers[row] = visit.handovers
    log.cause[row] = desk.steps[visit.step].cause
    log.went_to[row] = went_to
    visit.next_free = run.free_visit
    run.free_visit = at


# -- counts of a ticket by step and team: visits, passages, whether the team had it


@inlined
def count_visit(desk: Desk, place: int, step: int) -> int:
    """Count a visit to a step, and the passage that it may be; return the number of visits before."""
    run, counts, here = desk.run[0], desk.counts, desk.steps[step]
    first = place * run.counts_per_ticket
    number = int(counts[first + step])
    counts[first + step] = number + 1
    if here.is_passage:
        counts[first + run.n_steps + here.shown_as] += 1
    return number


@compiled
def joins_team(desk: Desk, place: int, team: int) -> None:
    """Count a work visit, and the hop and ping-pong that it may be."""
    run, counts, ticket = desk.run[0], desk.counts, desk.tickets[place]
    ticket.work_visits += 1
    had_it = place * run.counts_per_ticket + 2 * run.n_steps + team
    if ticket.last_team < 0:
        ticket.first_team = team
    elif team != ticket.last_team:
        ticket.facts[HOPS] += 1.0
        if counts[had_it]:
            ticket.ping_pongs += 1
    counts[had_it] = 1
    ticket.last_team = team
    ticket.facts[TEAM] = team


# -- draws and choices


@compiled
def draw(desk: Desk, place: int, step: int, number: int, purpose: int) -> float:
    """Draw the uniform addressed by a ticket, a step, the number of the visit there, and the purpose."""
    run, ticket = desk.run[0], desk.tickets[place]
    key = (run.key_0, run.key_1)
    return uniform(key, ticket.subject, ticket.space, desk.steps[step].address, number, purpose)


@compiled
def chosen(desk: Desk, place: int, block: int, u: float, now: float) -> int:
    """Target of the rule of a block that takes a ticket."""
    return choose(desk.rules, block, desk.tickets[place].facts, u, now, desk.calendars, desk.queue_lengths)


@compiled
def chosen_at(desk: Desk, place: int, step: int, number: int, block: int, now: float) -> int:
    """Target of the rule of a block of a step that takes a ticket."""
    run, ticket, here = desk.run[0], desk.tickets[place], desk.steps[step]
    u = draw(desk, place, step, number, _ROUTE) if desk.rules.needs_draw[block] else 0.0
    passes = int(desk.counts[place * run.counts_per_ticket + run.n_steps + here.shown_as])
    ticket.facts[VISITS] = passes if here.is_passage else passes + 1
    return chosen(desk, place, block, u, now)


@inlined
def next_step(desk: Desk, place: int, step: int, number: int, now: float) -> int:
    """Step to which the rules of a step send a ticket."""
    here = desk.steps[step]
    if here.only_target >= 0:
        return int(here.only_target)
    return chosen_at(desk, place, step, number, here.next_rules, now)


@inlined
def duration(desk: Desk, place: int, step: int, number: int, purpose: int, now: float) -> float:
    """Time that a step takes for a ticket."""
    distribution = desk.steps[step].timing
    if distribution < 0:
        distribution = chosen_at(desk, place, step, number, desk.steps[step].timing_rules, now)
    return quantile(desk.distributions, distribution, draw(desk, place, step, number, purpose))


@compiled
def handover_work(desk: Desk, at: int) -> float:
    """Minutes that the next person needs to read in; drawn by the ticket's number of hand-overs."""
    run, visit = desk.run[0], desk.visits[at]
    ticket, team = desk.tickets[visit.ticket], desk.teams[visit.team]
    ticket.handovers += 1
    if team.handover < 0:
        return 0.0
    key = (run.key_0, run.key_1)
    place = team.handover_place
    u = uniform(key, ticket.subject, ticket.space, place, ticket.handovers, _EXTRA_SERVICE)
    return quantile(desk.distributions, team.handover, u)


# -- clocks


@inlined
def respond(desk: Desk, place: int, now: float) -> None:
    """Note the first response."""
    ticket = desk.tickets[place]
    if math.isnan(ticket.responded):
        ticket.responded = now


@compiled
def start_clocks(desk: Desk, place: int, now: float) -> None:
    """Find the target that applies to a ticket, and when it is missed."""
    ticket = desk.tickets[place]
    row = chosen(desk, place, desk.run[0].target_rules, 0.0, now)
    ticket.target = row
    if row >= 0:
        target = desk.targets[row]
        calendar = desk.calendars[target.calendar]
        ticket.respond_due = due(calendar, ticket.created, target.respond)
        ticket.resolve_due = due(calendar, ticket.created, target.resolve)


@compiled
def pause_clocks(desk: Desk, place: int, pauses_respond: bool, pauses_resolve: bool, now: float) -> None:
    """Stop clocks that are running: their due instant is open until they go on."""
    ticket = desk.tickets[place]
    if ticket.target < 0 or not (pauses_respond or pauses_resolve):
        return
    calendar = desk.calendars[desk.targets[ticket.target].calendar]
    if pauses_respond and math.isnan(ticket.responded):
        ticket.respond_left = time_left(calendar, now, ticket.respond_due)
        if ticket.respond_left >= 0.0:
            ticket.respond_due = NEVER
    if pauses_resolve:
        stop_resolution_clock(desk, place, now)
        if ticket.resolve_left >= 0.0:
            ticket.resolve_due = NEVER


@compiled
def stop_resolution_clock(desk: Desk, place: int, now: float) -> None:
    """Note what the resolution clock of a ticket with a target has left."""
    ticket = desk.tickets[place]
    calendar = desk.calendars[desk.targets[ticket.target].calendar]
    ticket.resolve_left = time_left(calendar, now, ticket.resolve_due)


@compiled
def resume_clocks(desk: Desk, place: int, respond: bool, resolve: bool, now: float) -> None:
    """Let paused clocks go on with what they had left; a missed target stays missed."""
    ticket = desk.tickets[place]
    if ticket.target < 0 or not (respond or resolve):
        return
    calendar = desk.calendars[desk.targets[ticket.target].calendar]
    if respond and ticket.respond_left >= 0.0 and math.isnan(ticket.responded):
        ticket.respond_due = due(calendar, now, ticket.respond_left)
    if resolve and ticket.resolve_left >= 0.0:
        ticket.resolve_due = due(calendar, now, ticket.resolve_left)
