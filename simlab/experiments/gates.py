"""What a comparison must not find: ``resolve_attainment[priority=P1] < -1 %``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.compare import Change, Comparison
from simlab.experiments.parameters import finite
from simlab.metrics.responses import Response, resolve_response
from simlab.model.tables import Model
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.units import parse_duration

_GATE: Final = re.compile(r"(?P<response>[^<>]+?)\s*(?P<side>[<>])\s*(?P<sign>[-+−]?)\s*(?P<size>[^<>]+?)\s*")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_EXAMPLE: Final = "write it like 'resolve_attainment[priority=P1] < -1 %' or 'resolution_p90 > 30 min'"


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit to the change of a response: the comparison fails where the change goes beyond it."""

    text: str
    """As written."""
    response: Response
    is_upper: bool
    """Whether changes above the limit fail, or those below."""
    limit: float
    """In the unit of the response; as a share of the base where ``is_relative``."""
    is_relative: bool

    def failures(self, comparison: Comparison) -> tuple[Change, ...]:
        """Return the changes that are beyond the limit and significant.

        Raises
        ------
        InvalidInput
            When the comparison does not have the response.
        """
        try:
            row = comparison.row(self.response.name)
        except KeyError:
            names = [row.name for row in comparison.rows]
            remedy = remedy_for_unknown(self.response.name, names)
            raise _refusal("the scenarios have no such response", self.text, remedy) from None
        return tuple(change for change in row.changes if change.is_significant and self._is_beyond(change))

    def _is_beyond(self, change: Change) -> bool:
        told = change.paired.relative if self.is_relative else change.paired.difference
        return told.value > self.limit if self.is_upper else told.value < self.limit


def parse_gates(texts: Iterable[str], model: Model) -> tuple[Gate, ...]:
    """Read the gates of a scenario's comparison; InvalidInput with the mistakes of all of them."""
    gates: list[Gate] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            gates.append(parse_gate(text, model))
        except InvalidInput as refusal:
            problems += refusal.problems
    if problems:
        raise InvalidInput(problems)
    return tuple(gates)


def parse_gate(text: str, model: Model) -> Gate:
    """Read a gate: a response, ``<`` or ``>``, and a change against the base.

    The change is in the unit of the response: a duration (``30 min``) for times, an amount for money, a
    number for counts, percentage points (``1 %``) for shares. For what is not a share, ``%`` is a share of
    the base's value.

    Raises
    ------
    InvalidInput
        When it cannot be read, names no response of the scenario, or money of another currency.
    """
    match = _GATE.fullmatch(text.strip())
    if match is None:
        raise _refusal("a gate is a response, < or >, and a change", text, _EXAMPLE)
    response = resolve_response(match["response"], model, "--fail-on", Place(f"--fail-on {text}"))
    size = match["size"]
    is_percentage = size.endswith("%")
    limit = _size(size, response.metric.unit, text, model.money.currency)
    return Gate(
        text=text,
        response=response,
        is_upper=match["side"] == ">",
        limit=-limit if match["sign"] in ("-", "−") else limit,
        is_relative=is_percentage and response.metric.unit != "share",
    )


def _size(written: str, unit: str, text: str, currency: str) -> float:
    number, _, named = written.partition("/")[0].partition(" ")
    if unit.startswith("money") and _CURRENCY.fullmatch(named.strip()) and named.strip() != currency:
        remedy = f"write '{number} {currency}'" if currency else "leave it out"
        raise _refusal(f"the scenario counts in {currency or 'no currency'}", text, remedy)
    try:
        if written.endswith("%"):
            return finite(written[:-1]) / 100.0
        if unit == "min":
            return parse_duration(written)
        # Money may be written with its currency, a count with its unit.
        return finite(written.split()[0])
    except (ValueError, IndexError):
        raise _refusal("the change in a gate is a number with its unit", text, _EXAMPLE) from None


def _refusal(message: str, text: str, remedy: str | None) -> InvalidInput:
    return InvalidInput(Problem(message, "--fail-on", found=text, remedy=remedy))
