"""Feedback: how satisfied customers are, who is heard, who comes again, and what is raised from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema, model_validator

from simlab.scenario.quantities import Name, NonNegativeNumber, PositiveDuration, PositiveInt, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.routing import Condition
from simlab.scenario.schema.values import NumberTest, by_shape

LOWEST, HIGHEST = 1.0, 5.0
"""The scale of scores: from very dissatisfied to very satisfied."""


def _score(written: Any) -> float:  # noqa: ANN401
    if isinstance(written, int | float) and not isinstance(written, bool) and LOWEST <= written <= HIGHEST:
        return float(written)
    raise ValueError("a score from 1 to 5 is expected here -> write it like 4.5")


ScoreValue: TypeAlias = Annotated[
    float,
    BeforeValidator(_score),
    WithJsonSchema(
        {"type": "number", "minimum": LOWEST, "maximum": HIGHEST, "description": "A score from 1 to 5."}
    ),
]
"""From 1, very dissatisfied, to 5, very satisfied."""


class Score(Block):
    """The score of a ticket, from 1 to 5: what it is at best, less points for what went wrong.

    What is not written takes nothing off. The score never leaves the scale.
    """

    at_best: ScoreValue
    """Score of a ticket with which nothing went wrong."""
    per_hour: NonNegativeNumber = 0.0
    """Points off for each elapsed hour until the resolution."""
    per_hour_to_response: NonNegativeNumber = 0.0
    """Points off for each elapsed hour until the first response."""
    per_hop: NonNegativeNumber = 0.0
    """Points off for each change of team."""
    per_reopen: NonNegativeNumber = 0.0
    """Points off for each time the ticket was reopened."""
    late_response: NonNegativeNumber = 0.0
    """Points off for a missed response target."""
    late_resolution: NonNegativeNumber = 0.0
    """Points off for a missed resolution target."""
    spread: NonNegativeNumber = 0.0
    """Standard deviation between customers with the same experience (normal, in points)."""
    abandoned: ScoreValue | None = None
    """Score of those who gave up; they have none where not given. Cancelled tickets never have one."""


class Answers(Block):
    """Who answers the survey."""

    share: Share
    """Share of them who answer."""
    when: Condition | None = None
    """Tickets that it is about, such as ``{score: "<= 2"}``; all where not given."""


if TYPE_CHECKING:
    AnswerShares: TypeAlias = Share | tuple[Answers, ...]
else:
    AnswerShares = by_shape(text=Share, list=Annotated[tuple[Answers, ...], Field(min_length=1)])


class Survey(Block):
    """Asking customers: some of them answer, later."""

    response: AnswerShares
    """Share who answer; or by conditions, of which the first that holds applies (nobody where none does)."""
    after: TimeDistribution = Field(default="0", validate_default=True)
    """Time from closing the ticket to the answer."""


class Repeat(Block):
    """Customers who come again with a new ticket; of several rules, the first that fits a ticket applies."""

    share: Share
    """Share of them who come again."""
    when: Condition | None = None
    """Tickets that it is about, such as ``{score: "<= 2.5"}``; all where not given."""
    after: TimeDistribution = Field(default="0", validate_default=True)
    """Time from closing the ticket to the new one."""
    stream: Name | None = None
    """Demand stream of the new ticket; where not given it is one of the same stream, class and priority."""


class ImprovementReview(Block):
    """A review of the scores, every so often."""

    every: PositiveDuration
    """Time from one review to the next, the first after one of them."""
    at_least: PositiveInt = 1
    """Fewest low scores since the last review that raise an improvement ticket."""
    each: StrictBool = False
    """Whether every so many (``at_least``) low scores raise one, instead of one for all."""


class ImprovementTickets(Block):
    """Improvement tickets that low scores raise; they are worked on like any other."""

    stream: Name
    """Demand stream of the improvement tickets; it may have ``arrivals: {spawned: true}``."""
    low: NumberTest
    """What a low score is, such as ``"<= 2"``. Only scores that were heard count: answers to the survey."""
    after: PositiveInt | None = None
    """Each time so many low scores have come."""
    review: ImprovementReview | None = None
    """By a review every so often."""

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        if (self.after is None) == (self.review is None):
            raise ValueError(
                "improvement tickets are raised after a number of low scores, or by a review: write one"
            )
        return self


class Feedback(Block):
    """What customers think of their tickets, and what follows from it."""

    of: Condition | None = None
    """Tickets that are scored when they are closed; all where not given."""
    score: Score
    """How the score comes about."""
    satisfied: NumberTest
    """Scores that count as satisfied, such as ``">= 4"``."""
    survey: Survey | None = None
    """Who tells the score; all do, at once, where not given."""
    repeat: tuple[Repeat, ...] = ()
    """Customers who come again."""
    improvements: ImprovementTickets | None = None
    """Improvement tickets that low scores raise."""
