"""Feedback in the compiled engine: the twin of `simlab.engines.simpy_feedback`."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import ANSWER, RAISE_IMPROVEMENTS, REVIEW_OF_SCORES
from simlab.engines.kernel_decisions import chosen
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_layout import ATTRIBUTES
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_places import SCORE, let_go_of, put_off
from simlab.engines.kernel_rules import (
    improvements_due,
    low_scores_left,
    quantile,
    score_of_ticket,
    uniform,
    uniform_pair,
)
from simlab.engines.kernel_sources import WORDS, let_come
from simlab.engines.kernel_tickets import HOPS, REOPENS
from simlab.model.codes import Order, Origin, Outcome
from simlab.model.satisfaction import PLACE
from simlab.model.streams import Purpose

_REVIEW, _TIMER, _CANCELLED = int(Order.REVIEW), int(Order.TIMER), int(Outcome.CANCELLED)
_REPEAT, _IMPROVEMENT = int(Origin.REPEAT), int(Origin.IMPROVEMENT)
_SATISFACTION, _SURVEY = int(Purpose.SATISFACTION), int(Purpose.SURVEY)
_REPEAT_DRAW, _REPEAT_DELAY = int(Purpose.REPEAT), int(Purpose.REPEAT_DELAY)
_FIRST_ATTRIBUTE, _N_ATTRIBUTES = int(ATTRIBUTES[0]), len(ATTRIBUTES)


@compiled
def take_feedback(desk: Desk, place: int, now: float) -> None:
    """Score a ticket that was closed."""
    ticket, feedback = desk.tickets[place], desk.feedback[0]
    score = score_now(desk, place, now)
    if math.isnan(score):
        return
    ticket.facts[SCORE] = score
    if feedback.survey < 0:
        hear(desk, place, now)
    else:
        ask(desk, place, now)
    if feedback.repeat >= 0:
        come_again(desk, place, now)


@compiled
def score_now(desk: Desk, place: int, now: float) -> float:
    """Score of a closed ticket; NaN where it has none."""
    run, ticket = desk.run[0], desk.tickets[place]
    if ticket.outcome == _CANCELLED or chosen(desk, place, desk.feedback[0].scored, 0.0, now) < 0:
        return math.nan
    key = (run.key_0, run.key_1)
    return score_of_ticket(
        desk.weights[0],
        ticket.outcome,
        ticket.created,
        ticket.responded,
        ticket.resolved,
        ticket.respond_due,
        ticket.resolve_due,
        ticket.facts[HOPS],
        ticket.facts[REOPENS],
        uniform(key, ticket.subject, ticket.space, PLACE, 0, _SATISFACTION),
    )


# -- the survey


@compiled
def ask(desk: Desk, place: int, now: float) -> None:
    """Ask the customer, who may answer after a while; the ticket is kept until then."""
    run, ticket, feedback = desk.run[0], desk.tickets[place], desk.feedback[0]
    rule = chosen(desk, place, feedback.survey, 0.0, now)
    key = (run.key_0, run.key_1)
    answers, delays = uniform_pair(key, ticket.subject, ticket.space, PLACE, 0, _SURVEY)
    if rule >= 0 and answers < desk.responses[rule]:
        delay = quantile(desk.distributions, feedback.answer_delay, delays)
        ticket.n_held += 1
        schedule(desk, now + delay, _TIMER, ANSWER, place)


@inlined
def answer(desk: Desk, place: int, now: float) -> None:
    """Hear the answer of a customer, and let the ticket go."""
    hear(desk, place, now)
    let_go_of(desk, place)


@compiled
def hear(desk: Desk, place: int, now: float) -> None:
    """Note what a customer says, and raise an improvement ticket where it is one low score too many."""
    run, ticket, feedback = desk.run[0], desk.tickets[place], desk.feedback[0]
    ticket.answered = now
    if feedback.least_low <= ticket.facts[SCORE] <= feedback.greatest_low:
        run.low_scores += 1
        if 0 < feedback.after <= run.low_scores:
            run.low_scores = 0
            raise_improvement(desk, ticket.number, now)


# -- improvement tickets


@compiled
def schedule_review_of_scores(desk: Desk, at: float) -> None:
    """Schedule the next review, if it is within the time in which tickets arrive."""
    if at < desk.run[0].length:
        schedule(desk, at, _REVIEW, REVIEW_OF_SCORES, -1)


@compiled
def review_scores(desk: Desk, now: float) -> None:
    """Decide how many improvement tickets are raised, and put off to raise them."""
    run, feedback = desk.run[0], desk.feedback[0]
    due = improvements_due(run.low_scores, feedback.at_least, feedback.each)
    run.low_scores = low_scores_left(run.low_scores, feedback.at_least, feedback.each)
    raise_improvements(desk, due, now)


@compiled
def raise_improvements(desk: Desk, n: int, now: float) -> None:
    """Raise the first of so many improvement tickets, and put off the next; then wait for the next review."""
    if n > 0:
        put_off(desk, RAISE_IMPROVEMENTS, -1, n - 1, -1, -1)
        raise_improvement(desk, -1, now)
    else:
        schedule_review_of_scores(desk, now + desk.feedback[0].review)


@compiled
def raise_improvement(desk: Desk, ticket: int, now: float) -> None:
    """Raise an improvement ticket; its identity is its number."""
    run = desk.run[0]
    let_come(desk, now, desk.feedback[0].improvement_stream, run.n_raised, _IMPROVEMENT, ticket, -1)
    run.n_raised += 1


# -- repeat contacts


@compiled
def come_again(desk: Desk, place: int, now: float) -> None:
    """Let a customer come again with a new ticket, perhaps one like that before."""
    run, ticket, feedback = desk.run[0], desk.tickets[place], desk.feedback[0]
    key = (run.key_0, run.key_1)
    rule = chosen(desk, place, feedback.repeat, 0.0, now)
    decides, names = uniform_pair(key, ticket.subject, ticket.space, PLACE, 0, _REPEAT_DRAW)
    if rule < 0 or decides >= desk.repeats[rule].share:
        return
    again = desk.repeats[rule]
    u = uniform(key, ticket.subject, ticket.space, PLACE, 0, _REPEAT_DELAY)
    at = now + quantile(desk.distributions, again.delay, u)
    is_alike = again.stream < 0
    stream = ticket.stream if is_alike else again.stream
    born = let_come(desk, at, stream, int(names * WORDS), _REPEAT, ticket.number, ticket.fault)
    if is_alike:
        birth = desk.births[born]
        birth.is_alike = True
        for i in range(_N_ATTRIBUTES):
            birth.attributes[i] = ticket.facts[_FIRST_ATTRIBUTE + i]
