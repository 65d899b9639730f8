"""Feedback in the SimPy engine: scores of closed tickets, survey, repeat contacts, improvement tickets."""

from __future__ import annotations

import math

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_sources import WORDS, Sources
from simlab.engines.simpy_tickets import Cause, Ticket
from simlab.model.codes import Field, Order, Origin, Outcome
from simlab.model.improvement_rules import improvements_due, low_scores_left
from simlab.model.improvement_tables import FeedbackTable
from simlab.model.satisfaction import PLACE, score_of_ticket
from simlab.model.streams import Purpose, uniform, uniform_pair
from simlab.model.tables import Model


class Feedback:
    """Scores the tickets that are closed, and lets happen what follows from it."""

    def __init__(self, desk: Flow, model: Model, sources: Sources) -> None:
        assert model.feedback is not None
        self.desk = desk
        self.sources = sources
        self.length = model.length
        self.table: FeedbackTable = model.feedback
        self.low_scores = 0
        """Low scores that were heard and have raised nothing yet."""
        self.raised = 0
        self._schedule_review(self.table.review)

    def closed(self, ticket: Ticket, now: float) -> None:
        """Score a ticket that was closed."""
        score = self._score(ticket)
        if score != score:
            return
        ticket.facts[Field.SCORE] = score
        table = self.table
        if table.survey < 0:
            self._heard(ticket, now)
        else:
            self._ask(ticket, now)
        if table.repeat >= 0:
            self._come_again(ticket, now)

    def _score(self, ticket: Ticket) -> float:
        """Score of a closed ticket; NaN where it has none."""
        table = self.table
        if ticket.outcome == Outcome.CANCELLED or self.desk.first_rule(ticket, table.scored) < 0:
            return math.nan
        return score_of_ticket(
            table.weights,
            ticket.outcome,
            ticket.created,
            ticket.responded,
            ticket.resolved,
            ticket.respond_due,
            ticket.resolve_due,
            ticket.trail.hops,
            ticket.facts[Field.REOPENS],
            uniform(self.desk.key, *self._address(ticket), Purpose.SATISFACTION),
        )

    def _address(self, ticket: Ticket) -> tuple[int, int, int, int]:
        return ticket.subject, self.desk.spaces[ticket.stream], PLACE, 0

    # -- the survey

    def _ask(self, ticket: Ticket, now: float) -> None:
        rule = self.desk.first_rule(ticket, self.table.survey)
        answers, delays = uniform_pair(self.desk.key, *self._address(ticket), Purpose.SURVEY)
        if rule >= 0 and answers < self.table.response[rule]:
            delay = self.desk.samplers[self.table.answer_delay](delays)
            self.desk.env.at(now + delay, Order.TIMER, self._answer, ticket)

    def _answer(self, occasion: Occasion) -> None:
        self._heard(occasion.subject, self.desk.env.now)

    def _heard(self, ticket: Ticket, now: float) -> None:
        """Note what a customer says, and raise an improvement ticket where it is one low score too many."""
        ticket.answered = now
        low, high = self.table.low
        if low <= ticket.facts[Field.SCORE] <= high:
            self.low_scores += 1
            if 0 < self.table.after <= self.low_scores:
                self.low_scores = 0
                self._raise(now, ticket.number)

    # -- improvement tickets

    def _schedule_review(self, at: float) -> None:
        if at < self.length:
            self.desk.env.at(at, Order.REVIEW, self._review, None)

    def _review(self, occasion: Occasion) -> None:
        now, of_review = self.desk.env.now, (self.low_scores, self.table.at_least, self.table.each)
        for _ in range(improvements_due(*of_review)):
            self._raise(now, -1)
        self.low_scores = low_scores_left(*of_review)
        self._schedule_review(now + self.table.review)

    def _raise(self, now: float, ticket: int) -> None:
        """Raise an improvement ticket; its identity is its number."""
        cause = Cause(Origin.IMPROVEMENT, ticket)
        self.sources.schedule(now, self.table.improvement_stream, self.raised, cause)
        self.raised += 1

    # -- repeat contacts

    def _come_again(self, ticket: Ticket, now: float) -> None:
        table, at = self.table, self._address(ticket)
        rule = self.desk.first_rule(ticket, table.repeat)
        decides, names = uniform_pair(self.desk.key, *at, Purpose.REPEAT)
        if rule < 0 or decides >= table.repeat_share[rule]:
            return
        u = uniform(self.desk.key, *at, Purpose.REPEAT_DELAY)
        arrives = now + self.desk.samplers[table.repeat_delay[rule]](u)
        cause = Cause(Origin.REPEAT, ticket.number, ticket.fault)
        stream, alike = int(table.repeat_stream[rule]), None
        if stream < 0:
            stream, alike = ticket.stream, tuple(ticket.facts[Field.KIND : Field.DIFFICULTY + 1])
        self.sources.schedule(arrives, stream, int(names * WORDS), cause, alike)
