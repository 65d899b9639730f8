"""Faults: the root causes of incidents, and the problem tickets by which they are found and removed."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from simlab.scenario.quantities import Name, PositiveDuration, PositiveInt, PositiveNumber, Share
from simlab.scenario.schema.base import Alternatives, Block
from simlab.scenario.schema.distributions import NumberDistribution, TimeDistribution
from simlab.scenario.schema.routing import NameOrNames


class FaultRates(Alternatives):
    """How the incidents are shared out among the faults: their rates in proportion to these numbers."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("listed", "zipf", "pareto", "drawn")

    listed: tuple[PositiveNumber, ...] | None = Field(default=None, min_length=1)
    """A number for each fault; ``count`` is not written then."""
    zipf: PositiveNumber | None = None
    """The fault of rank r has 1/r to this power: 1 is the usual heavy tail."""
    pareto: PositiveNumber | None = None
    """Drawn anew in each replication from a Pareto distribution of this index: the smaller, the heavier."""
    drawn: NumberDistribution | None = None
    """Drawn anew in each replication: ``{lognormal: {mean: 1, cv: 2}}``."""


class ProblemReview(Block):
    """A review of the trend of incidents, every so often."""

    every: PositiveDuration
    """Time from one review to the next, the first after one of them."""
    worst: PositiveInt = 1
    """At most so many problem tickets are raised at a review: for the faults with most incidents."""
    at_least: PositiveInt = 1
    """Fewest incidents of a fault that get a problem ticket raised."""


class Problems(Block):
    """When a problem ticket is raised for a fault; one at a time for each."""

    stream: Name
    """Demand stream of the problem tickets; it may have ``arrivals: {spawned: true}``."""
    after: PositiveInt | None = None
    """When so many incidents of the fault have come."""
    review: ProblemReview | None = None
    """By a review every so often."""
    within: PositiveDuration | None = None
    """Only incidents of this last time count; all since the fault's last problem ticket where not given."""

    @model_validator(mode="after")
    def _some_trigger(self) -> Self:
        if self.after is None and self.review is None:
            raise ValueError("problem tickets are raised after a number of incidents, by a review, or both")
        return self


class Faults(Block):
    """Root causes of incidents. Each incident of the stream belongs to one of them, or to none."""

    about: str | None = None
    """What these faults are, in a sentence."""
    stream: Name
    """Demand stream of which they cause tickets."""
    class_: NameOrNames | None = Field(default=None, alias="class")
    """Class of the tickets, or one of several; all of the stream where not given."""
    share: Share = 1.0
    """Share of these tickets that have a fault behind them; the others are one-offs."""
    count: PositiveInt | None = Field(default=None, le=5000)
    """Number of faults at the start."""
    rates: FaultRates
    """How heavy the tail is: which part of the tickets each fault causes."""
    problems: Problems | None = None
    """When problem tickets are raised; never where not given."""
    new_after: TimeDistribution | None = None
    """Time after which a new fault of the same rate takes the place of a fixed one; never where not given."""

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        if (self.rates.listed is None) == (self.count is None):
            raise ValueError("write either count, or rates: {listed: [...]} with a number for each fault")
        return self
