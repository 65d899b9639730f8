"""Automation: what it attempts, at a step or before there is a ticket, how well, and at what cost."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from simlab.scenario.quantities import Money, Name, PositiveNumber, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.routing import Condition, NameOrNames
from simlab.scenario.schema.values import MoneyPerMonth, MoneyPerRun


class AutomationCost(Block):
    """What an automation costs; a level may say otherwise."""

    one_off: Money | None = None
    """Once, to build or buy it; reported apart from running cost."""
    monthly: MoneyPerMonth | None = None
    """Each month: ``900 EUR`` or ``900 EUR/month``."""
    per_run: MoneyPerRun | None = None
    """Each attempt: ``0.10 EUR`` or ``0.10 EUR/run``."""


class Level(Block):
    """One level of an automation. An empty level attempts nothing and costs nothing."""

    coverage: Share = 0.0
    """Share of the eligible tickets that it attempts; of self-service, adoption."""
    success: Share = 1.0
    """Share of its attempts that succeed."""
    errors: Share = 0.0
    """Share of its successes that are wrong and not noticed: the ticket comes back after its resolution."""
    comes_back: TimeDistribution = Field(default="1 day", validate_default=True)
    """Time from the resolution until a ticket with an error comes back, to people."""
    run_time: TimeDistribution = Field(default="0", validate_default=True)
    """Time that an attempt takes, whether it succeeds or not."""
    cost: AutomationCost | None = None
    """Cost at this level, in place of that of the automation."""


class FallBack(Block):
    """What a failed attempt means for the people who then do the work."""

    work: TimeDistribution | None = None
    """Hands-on time in place of the step's own; tickets that a machine cannot do are often harder."""
    extra: TimeDistribution | None = None
    """Hands-on time added, to find out what the automation did."""


class FailedAttempt(Block):
    """What self-service that did not help means for the ticket that there is then."""

    harder: PositiveNumber = 1.0
    """Factor on its difficulty: what people could not do themselves is often harder, and they are annoyed."""
    channel: Name | None = None
    """Channel by which it comes, such as phone; as it would have come where not given."""


class Automation(Block):
    """An automation in front of a step, or self-service before there is a ticket.

    In front of a step it attempts some of the tickets before people get them. Before the tickets of a stream
    it is tried by some of those who would have sent one: what it contains never becomes a ticket.
    """

    at: Name | None = None
    """Work step whose tickets it attempts."""
    before: NameOrNames | None = None
    """Self-service: demand stream, or several, of which some contacts try it before they become tickets."""
    for_: Condition | None = Field(default=None, alias="for")
    """Tickets that are eligible; all where not given."""
    level: Name
    """Level that is in force: one of ``levels``."""
    levels: dict[Name, Level]
    """Levels by name, such as off, assisted, full."""
    then: Name | None = None
    """Step after a success; as after the step itself where not given."""
    fall_back: FallBack | None = None
    """Work of people after a failure; the step's own where not given."""
    failed: FailedAttempt | None = None
    """Tickets after self-service that did not help."""
    cost: AutomationCost | None = None
    """Cost at every level that attempts anything."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.at is None) == (self.before is None):
            raise ValueError("an automation has either at (a step) or before (a demand stream)")
        if self.before is not None and (self.then is not None or self.fall_back is not None):
            raise ValueError(
                "then and fall_back belong to an automation at a step -> write failed in place of them"
            )
        if self.at is not None and self.failed is not None:
            raise ValueError("failed belongs to self-service (before) -> write fall_back in place of it")
        return self
