"""Visits of the compiled engine: what begins at a step with work or a delay, and how it ends."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import DELAY_OVER, TIMER_ENDS
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_milestones import last_at
from simlab.engines.kernel_pages import OF_ROUTE, OF_SERVICE, is_at_hand
from simlab.engines.kernel_places import free_visit, is_unheeded, let_go_of, new_visit
from simlab.engines.kernel_rules import counted_since, delay_end, quantile, uniform
from simlab.engines.kernel_skills import line_for
from simlab.engines.kernel_teams import join, stop
from simlab.engines.kernel_tickets import (
    DIFFICULTY,
    ROUTE,
    draw,
    duration,
    end_pause,
    handoff_work,
    joins_team,
    pause_clocks,
)
from simlab.model.codes import DelayCause, Order
from simlab.model.streams import Purpose
from simlab.model.ticket_rules import NEVER

_RETURN, _TIMER = int(Order.RETURN), int(Order.TIMER)
_WAIT, _AUTOMATION = int(DelayCause.WAIT), int(DelayCause.AUTOMATION)
_SERVICE, _EXTRA_SERVICE = int(Purpose.SERVICE), int(Purpose.EXTRA_SERVICE)
_FALL_BACK_SERVICE, _DELAY_TIME = int(Purpose.FALL_BACK_SERVICE), int(Purpose.DELAY)
_PATIENCE = int(Purpose.PATIENCE)


# -- work


@inlined
def join_team(desk: Desk, place: int, step: int, number: int, fork: int, now: float) -> None:
    """Let a ticket join the queue of a team with its work, and count how long it waits there."""
    at = work_visit(desk, place, step, number, fork, now)
    join(desk, at, now)
    if desk.visits[at].is_queued and has_timers(desk, step):
        start_timers(desk, at, now)


@inlined_if_lean
def work_visit(desk: Desk, place: int, step: int, number: int, fork: int, now: float) -> int:
    """Begin a visit to a step with work, with the hands-on time that it takes."""
    run, here, ticket = desk.run[0], desk.steps[step], desk.tickets[place]
    giver = ticket.last_team
    joins_team(desk, place, here.team, fork >= 0)
    at = new_visit(desk, place, step, number, here.team, fork, now)
    power = here.difficulty_power
    factor = math.pow(ticket.facts[DIFFICULTY], power) if power != 0.0 else 1.0
    if is_at_hand(desk, place, step, number):
        desk.visits[at].route = desk.page[OF_ROUTE + run.fresh_row]
        work = desk.page[OF_SERVICE + run.fresh_row]
        if here.timing < 0:
            work = duration(desk, place, step, number, work, factor, now)
    else:
        if here.draws_route:  # now, while the processor waits for other results
            desk.visits[at].route = draw(desk, place, step, number, ROUTE)
        u = draw(desk, place, step, number, _SERVICE)
        work = duration(desk, place, step, number, u, factor, now)
    if power != 0.0:
        work = work * factor
    if here.extra >= 0:
        u = draw(desk, place, step, number, _EXTRA_SERVICE)
        work = work + quantile(desk.distributions, here.extra, u)
    if here.fall_back_extra >= 0:
        u = draw(desk, place, step, number, _FALL_BACK_SERVICE)
        work = work + quantile(desk.distributions, here.fall_back_extra, u)
    if run.has_handoffs and giver >= 0 and giver != here.team and fork < 0:
        work = work + handoff_work(desk, place, step, number, giver, here.team)
    desk.visits[at].left = work
    desk.visits[at].line = here.team
    if run.has_skills:
        desk.visits[at].line = line_for(desk, place, step, number, now)
    return at


@aside
def stop_work(desk: Desk, at: int, now: float) -> None:
    """Take a visit out of its queue or out of somebody's hands; a batch goes on for the others of it."""
    visit = desk.visits[at]
    ticket, batch = desk.tickets[visit.ticket], visit.batch
    if math.isnan(visit.started):
        ticket.queued += now - visit.arrived
    if batch < 0:
        if not visit.is_done:
            stop(desk, at, now)
            ticket.touch += visit.touch
        return
    leave_batch(desk, at, batch)
    if desk.visits[batch].batch < 0:
        stop(desk, batch, now)
        visit.touch = desk.visits[batch].touch
        ticket.touch += visit.touch
        end_batch(desk, batch)


@compiled
def leave_batch(desk: Desk, at: int, batch: int) -> None:
    """Take a visit out of its batch."""
    visits = desk.visits
    if visits[batch].batch == at:
        visits[batch].batch = visits[at].next_in_batch
        return
    before = visits[batch].batch
    while visits[before].next_in_batch != at:
        before = visits[before].next_in_batch
    visits[before].next_in_batch = visits[at].next_in_batch


@compiled
def end_batch(desk: Desk, batch: int) -> None:
    """Free the place of a batch, which refers to its first ticket."""
    place = desk.visits[batch].ticket
    free_visit(desk, batch)
    let_go_of(desk, place)


# -- timers


@inlined
def has_timers(desk: Desk, step: int) -> bool:
    """Whether visits to a step have timers."""
    return bool(desk.timers.first[step] < desk.timers.first[step + 1])


@aside
def start_timers(desk: Desk, at: int, now: float) -> None:
    """Begin to count how long a visit waits for its work to begin."""
    run, visit, timers = desk.run[0], desk.visits[at], desk.timers
    ticket, step = desk.tickets[visit.ticket], visit.step
    key = (run.key_0, run.key_1)
    for timer in range(timers.first[step], timers.first[step + 1]):
        u = uniform(key, ticket.subject, ticket.space, timers.address[timer], visit.number, _PATIENCE)
        minutes = quantile(desk.distributions, timers.timing[timer], u)
        calendar = desk.calendars[timers.calendar[timer]]
        end = delay_end(calendar, desk.calendars[run.always], now, now, minutes)
        if end < NEVER:
            place = run.free_countdown
            countdown = desk.countdowns[place]
            run.free_countdown = countdown.next_free
            run.n_free_countdowns -= 1
            countdown.visit = at
            countdown.serial = visit.serial
            countdown.timer = timer
            schedule(desk, end, _TIMER, TIMER_ENDS, place)


# -- delays


@aside
def begin_delay(desk: Desk, place: int, step: int, number: int, fork: int, now: float) -> None:
    """Let a ticket wait, or an automation run."""
    here = desk.steps[step]
    at = new_visit(desk, place, step, number, -1, fork, now)
    visit = desk.visits[at]
    visit.started = now
    since = now
    if desk.run[0].has_milestones and here.since >= 0:
        since = counted_from(desk, place, step, now)
    u = draw(desk, place, step, number, _DELAY_TIME)
    delay = duration(desk, place, step, number, u, 1.0, now)
    end = delay_end(desk.calendars[here.calendar], desk.calendars[here.until_open], now, since, delay)
    if (here.pauses_respond or here.pauses_resolve) and not is_unheeded(desk, fork):
        visit.pauses = True
        pause_clocks(desk, place, here.pauses_respond, here.pauses_resolve, now)
    if end < NEVER:
        visit.event_key = schedule(desk, end, _RETURN, DELAY_OVER, at)


@aside
def counted_from(desk: Desk, place: int, step: int, now: float) -> float:
    """Instant from which a delay is counted."""
    here, ticket = desk.steps[step], desk.tickets[place]
    since = last_at(desk, place, here.since, now)
    since, ticket.spent = counted_since(desk.calendars[here.calendar], since, now, ticket.spent)
    return since


@aside
def count_delay(desk: Desk, at: int, now: float) -> None:
    """Count a delay that is over, and let the clocks go on that it paused."""
    visit = desk.visits[at]
    ticket, cause = desk.tickets[visit.ticket], desk.steps[visit.step].delay_cause
    end_pause(desk, at, now)
    spent = now - visit.started
    if cause == _WAIT:
        ticket.delayed += spent
    elif cause == _AUTOMATION:
        ticket.automated += spent
    else:
        ticket.dormant += spent
