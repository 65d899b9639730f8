"""Control rules in the compiled engine: the twin of `simlab.engines.simpy_control`."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import BEGINS_TO_ACT, CLOSING, REVIEW, STOPS_ACTING
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined
from simlab.engines.kernel_reinforcements import come, go
from simlab.engines.kernel_rules import is_open, next_close, next_review
from simlab.model.codes import Measure, Order, Outcome

_REVIEW, _OPEN_OUTCOME = int(Order.REVIEW), int(Outcome.OPEN)
_QUEUE, _OLDEST, _OPEN = int(Measure.QUEUE), int(Measure.OLDEST), int(Measure.OPEN)
_RESPOND_RISK = int(Measure.RESPOND_RISK)


@aside
def start_control(desk: Desk) -> None:
    """Schedule the first review of each rule."""
    for rule in range(desk.run[0].n_controls):
        schedule_review(desk, rule, 0, 0.0)


@aside
def control(desk: Desk, action: int, subject: int, now: float) -> None:
    """Let an event take place that concerns control rules."""
    if action == REVIEW:
        review(desk, subject, now)
    elif action == CLOSING:
        close(desk, subject, now)
    elif action == BEGINS_TO_ACT:
        begin_to_act(desk, subject, now)
    else:
        stop_acting(desk, subject, now)


@compiled
def schedule_review(desk: Desk, rule: int, number: int, now: float) -> None:
    """Schedule a review, and the closing before it of a calendar with which the rule stops acting."""
    rules = desk.control
    calendar = desk.calendars[rules.calendar[rule]]
    number = next_review(calendar, rules.every[rule], number)
    at = math.inf
    if number >= 0:
        at = number * rules.every[rule]
        desk.controls[rule].number = number
        schedule(desk, at, _REVIEW, REVIEW, rule)
    if rules.ends_with_calendar[rule]:
        closes = next_close(calendar, now)
        if is_open(calendar, now) and closes <= at:
            schedule(desk, closes, _REVIEW, CLOSING, rule)


@compiled
def review(desk: Desk, rule: int, now: float) -> None:
    """Measure, and decide to begin or to stop; nothing is decided while a decision waits for its lag."""
    run, rules, log = desk.run[0], desk.control, desk.action_log
    schedule_review(desk, rule, desk.controls[rule].number + 1, now)
    value = measured(desk, rule, now)
    current = desk.controls[rule].current
    if current < 0:
        if value >= rules.start_at[rule]:
            current = run.n_actions
            run.n_actions += 1
            log.control[current] = rule
            log.decided[current] = now
            log.measured[current] = value
            log.started[current] = log.release_decided[current] = math.nan
            log.measured_at_release[current] = log.ended[current] = math.nan
            desk.controls[rule].current = current
            if rules.start_lag[rule] > 0.0:
                schedule(desk, now + rules.start_lag[rule], _REVIEW, BEGINS_TO_ACT, current)
            else:
                begin_to_act(desk, current, now)
    elif is_acting(desk, current) and value <= rules.stop_at[rule]:
        log.release_decided[current] = now
        log.measured_at_release[current] = value
        if rules.stop_lag[rule] > 0.0:
            schedule(desk, now + rules.stop_lag[rule], _REVIEW, STOPS_ACTING, current)
        else:
            stop_acting(desk, current, now)


@inlined
def is_acting(desk: Desk, current: int) -> bool:
    """Whether what was decided has taken effect, and its end is not decided."""
    log = desk.action_log
    return bool(not math.isnan(log.started[current]) and math.isnan(log.release_decided[current]))


@compiled
def close(desk: Desk, rule: int, now: float) -> None:
    """End what acts or was decided, at the closing of the rule's calendar."""
    log, current = desk.action_log, desk.controls[rule].current
    if current < 0:
        return
    if math.isnan(log.release_decided[current]):
        log.release_decided[current] = now
        log.measured_at_release[current] = measured(desk, rule, now)
    stop_acting(desk, current, now)


@compiled
def begin_to_act(desk: Desk, current: int, now: float) -> None:
    """Let a rule act from now on, unless that has ended already."""
    log = desk.action_log
    if not math.isnan(log.ended[current]):
        return
    log.started[current] = now
    rule = int(log.control[current])
    desk.queue_lengths[desk.run[0].n_teams + rule] = 1
    come(desk, rule, now)


@compiled
def stop_acting(desk: Desk, current: int, now: float) -> None:
    """Let a rule act no longer."""
    log = desk.action_log
    if not math.isnan(log.ended[current]):
        return
    log.ended[current] = now
    rule = int(log.control[current])
    desk.controls[rule].current = -1
    desk.queue_lengths[desk.run[0].n_teams + rule] = 0
    if not math.isnan(log.started[current]):
        go(desk, rule, now)


# -- measures


@compiled
def measured(desk: Desk, rule: int, now: float) -> float:
    """Value of what a rule watches."""
    rules, n = desk.control, 0
    measure = rules.measure[rule]
    if measure == _QUEUE:
        for i in range(rules.first_team[rule], rules.first_team[rule + 1]):
            n += int(desk.queue_lengths[rules.team[i]])
    elif measure == _OLDEST:
        return age_of_oldest(desk, rule, now)
    elif measure == _OPEN:
        for place in range(desk.run[0].room_tickets):
            n += int(is_still_open(desk, place))
    else:
        until = now + rules.horizon[rule]
        for place in range(desk.run[0].room_tickets):
            if is_still_open(desk, place):
                n += int(is_at_risk(desk, place, measure == _RESPOND_RISK, now, until))
    return float(n)


@compiled
def age_of_oldest(desk: Desk, rule: int, now: float) -> float:
    """Longest time for which a ticket has been waiting for the teams that a rule watches."""
    rules, age = desk.control, 0.0
    for at in range(desk.run[0].room_open_visits):
        visit = desk.visits[at]
        if visit.serial < 0 or not visit.is_queued:
            continue
        for i in range(rules.first_team[rule], rules.first_team[rule + 1]):
            if rules.team[i] == visit.team:
                age = max(age, now - visit.arrived)
    return age


@inlined
def is_still_open(desk: Desk, place: int) -> bool:
    """Whether there is a ticket at a place that is neither resolved nor closed."""
    ticket = desk.tickets[place]
    return bool(ticket.number >= 0 and math.isnan(ticket.closed) and ticket.outcome == _OPEN_OUTCOME)


@inlined
def is_at_risk(desk: Desk, place: int, is_response: bool, now: float, until: float) -> bool:
    """Whether a target of an open ticket is due by an instant, and not missed yet."""
    ticket = desk.tickets[place]
    if is_response:
        return bool(now <= ticket.respond_due <= until and math.isnan(ticket.responded))
    return bool(now <= ticket.resolve_due <= until)
