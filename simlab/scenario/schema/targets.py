"""Service targets and cost that is not staff or automation."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pydantic import model_validator

from simlab.scenario.quantities import HourlyCost, Money, Name
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.routing import Condition
from simlab.scenario.schema.values import MoneyPerMonth, TargetTime, by_shape


class Target(Block):
    """Times within which tickets shall be responded to and resolved."""

    respond: TargetTime | None = None
    """From creation to the first work: ``15 min``, or ``1 working day`` on a calendar."""
    resolve: TargetTime | None = None
    """From creation to the resolution, without the pauses: ``4 h``, or ``3 working days`` on a calendar."""
    calendar: Name | None = None
    """Calendar on which the clocks run; round the clock where not given."""
    penalty: Money | None = None
    """Cost of each missed resolution target."""

    @model_validator(mode="after")
    def _something(self) -> Target:
        if self.respond is None and self.resolve is None:
            raise ValueError("a target says respond, resolve or both")
        return self


class ConditionalTarget(Target):
    """A target for the tickets of which ``when`` holds; the first that holds applies."""

    when: Condition | None = None
    """Tickets that it is for; all where not given."""


if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    Targets: TypeAlias = dict[Name, Target] | tuple[ConditionalTarget, ...]
else:
    Targets = by_shape(map=dict[Name, Target], list=tuple[ConditionalTarget, ...])
"""Targets by priority, or in order with conditions."""


class Costs(Block):
    """Money that is not staff or automation."""

    user_waiting: dict[Name, HourlyCost] = {}
    """By priority: cost of an hour in which a ticket's user waits. Nothing where not given."""
    monthly: dict[Name, MoneyPerMonth] = {}
    """Named running costs, such as licences."""
    one_off: dict[Name, Money] = {}
    """Named costs that arise once; reported apart."""
