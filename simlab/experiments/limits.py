"""Bounds that responses must keep: ``resolve_attainment[priority=P1] >= 95 %``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.estimates import estimate
from simlab.experiments.parameters import finite
from simlab.metrics.responses import Response, resolve_response
from simlab.metrics.summary import ReplicationSummary
from simlab.model.tables import Model
from simlab.units import parse_duration, parse_money, parse_share

_CONSTRAINT: Final = re.compile(r"\s*([^<>]+?)\s*(>=|<=)\s*([^<>=]+?)\s*")
_EXAMPLE: Final = "write it like 'resolve_attainment[priority=P1] >= 95 %' or 'resolution_p90 <= 8 h'"


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """A bound that the estimate of a response must keep."""

    response: str
    is_upper: bool
    bound: float
    text: str
    """As written."""

    def violation(self, summaries: Sequence[ReplicationSummary]) -> float:
        """Return by how much the bound is broken, 0 or less where it is kept; NaN where there is no value."""
        value = estimate(summaries, self.response).value
        return value - self.bound if self.is_upper else self.bound - value


def read_output_limit(text: str, model: Model, path: str, place: Place) -> OutputLimit:
    """Read a constraint such as ``resolve_attainment[priority=P1] >= 95 %``; the bound has its unit."""
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise InvalidInput(
            Problem("a constraint is a response, <= or >=, and a bound", path, place, text, _EXAMPLE)
        )
    response = resolve_response(match[1], model, path, place)
    try:
        bound = _bound(match[3], response, model)
    except ValueError as refusal:
        message, _, remedy = str(refusal).partition(" -> ")
        raise InvalidInput(Problem(message, path, place, match[3], remedy or None)) from None
    return OutputLimit(response.name, match[2] == "<=", bound, f"{response.name} {match[2]} {match[3]}")


def _bound(text: str, response: Response, model: Model) -> float:
    unit = response.metric.unit
    if unit == "min":
        return parse_duration(text)
    if unit == "share":
        return parse_share(text)
    if unit.startswith("money"):
        amount = parse_money(text.partition("/")[0])
        if amount.currency != model.money.currency:
            raise ValueError(f"the scenario counts in {model.money.currency} -> write the bound in it")
        return amount.amount
    try:
        return finite(text.partition(" ")[0].partition("/")[0])
    except ValueError:
        raise ValueError(f"a bound in {unit} is a number -> {_EXAMPLE}") from None
