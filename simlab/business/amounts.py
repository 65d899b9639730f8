"""Assumptions of a business case: an amount, a share or a rate, known or with a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab import units
from simlab.errors import InvalidInput, Problem
from simlab.experiments.uncertain import (
    NUMBERS,
    Quantity,
    Uncertain,
    UncertainInput,
    shape_named,
    wrong_with,
)
from simlab.scenario.nodes import MapNode, Node, ScalarNode, written
from simlab.scenario.schema.values import by_shape

Floats = NDArray[np.float64]
Kind = Literal["money", "money a year", "money an hour", "share"]

if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    Amount: TypeAlias = Quantity | UncertainInput
else:
    Amount = by_shape(text=Quantity, map=UncertainInput)


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that nobody has measured yet."""

    path: str
    """Its key path in the experiment file."""
    kind: Kind
    base: float
    """The most likely value: what was written, the mode, the middle of a range, the mean of a normal one."""
    distribution: Uncertain | None = None
    """None where one value is taken for sure."""

    @property
    def is_uncertain(self) -> bool:
        """Whether it has a distribution."""
        return self.distribution is not None

    def at(self, shares: Floats) -> Floats:
        """Return the quantiles at some shares, same shape; the base value where it is known.

        An amount is never below 0, a share never beyond 0 and 1.
        """
        if self.distribution is None:
            return np.full(np.shape(shares), self.base)
        values = [float(self.distribution.at(share)) for share in np.ravel(shares).tolist()]
        highest = 1.0 if self.kind == "share" else math.inf
        quantiles: Floats = np.clip(np.array(values).reshape(np.shape(shares)), 0.0, highest)
        return quantiles

    def holds(self, value: float) -> bool:
        """Whether it could have this value."""
        return math.isfinite(value) and 0.0 <= value <= (1.0 if self.kind == "share" else math.inf)

    def text(self, value: float, currency: str) -> str:
        """Return a value as an experiment file says it."""
        if self.kind == "share":
            return f"{100.0 * value:.4g} %"
        per = {"money": "", "money a year": "/year", "money an hour": "/hour"}[self.kind]
        return units.format_money(float(f"{value:.6g}"), currency) + per


def read_assumption(path: str, node: Node, kind: Kind, currencies: dict[str, str]) -> Assumption:
    """Read an amount that the schema has accepted.

    Parameters
    ----------
    path
        Key path, for messages.
    node
        What stands there: a quantity, or a distribution of quantities.
    kind
        What it must be.
    currencies
        Currencies met so far, with the place of the first; the one of this amount is added.

    Raises
    ------
    InvalidInput
        When it is no such amount, or its distribution is none.
    """
    if isinstance(node, ScalarNode):
        return Assumption(path, kind, _number(path, node, kind, currencies))
    assert isinstance(node, MapNode)  # the schema has seen to it
    ((name, entry),) = node.entries.items()
    shape = shape_named(name)
    assert isinstance(entry.node, MapNode)
    parts = entry.node.entries
    numbers = tuple(
        _number(f"{path}.{shape}.{key}", parts[key].node, kind, currencies) for key in NUMBERS[shape]
    )
    if wrong := wrong_with(shape, numbers):
        raise InvalidInput(Problem(wrong, path, entry.node.place))
    base = {"uniform": sum(numbers) / 2.0, "normal": numbers[0]}.get(shape, numbers[1])
    return Assumption(path, kind, base, Uncertain(path, shape, numbers, is_whole=False, unit=""))


def _money(text: object) -> tuple[float, str]:
    money = units.parse_money(text)
    return money.amount, money.currency


def _yearly(text: object) -> tuple[float, str]:
    rate = units.parse_money_rate(text)
    if rate.per not in units.MINUTES:
        raise ValueError(f"this amount is per time -> write it like '12000 {rate.currency}/year'")
    return rate.amount * units.MINUTES_PER_YEAR / float(units.MINUTES[rate.per]), rate.currency


def _hourly(text: object) -> tuple[float, str]:
    rate = units.parse_money_rate(text)
    if rate.per != "hour":
        raise ValueError(f"this amount is per hour -> write it like '42 {rate.currency}/hour'")
    return rate.amount, rate.currency


def _share(text: object) -> tuple[float, str]:
    return units.parse_share(text), ""


_READERS: Final[Mapping[Kind, Callable[[object], tuple[float, str]]]] = {
    "money": _money,
    "money a year": _yearly,
    "money an hour": _hourly,
    "share": _share,
}


def _number(path: str, node: Node, kind: Kind, currencies: dict[str, str]) -> float:
    value = node.value if isinstance(node, ScalarNode) else None
    try:
        number, currency = _READERS[kind](value)
    except ValueError as refusal:
        rule, _, remedy = str(refusal).partition(" -> ")
        raise InvalidInput(Problem(rule, path, node.place, written(node), remedy or None)) from None
    if currency:
        first = next(iter(currencies), currency)
        currencies.setdefault(currency, str(node.place))
        if first != currency:
            message = f"a business case has one currency, and there is {first} at {currencies[first]}"
            raise InvalidInput(Problem(message, path, node.place, written(node), f"write it in {first}"))
    return number
