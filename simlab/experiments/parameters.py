"""What may vary in a scenario: a number in a range, or one of several choices, at a key path.

A value is the number of a quantity (its unit stays as written), the label of a choice, or the position of an
ordered choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from simlab.errors import Place
from simlab.scenario.nodes import Node, ScalarNode
from simlab.scenario.tree_builder import resolve_scalar

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value: TypeAlias = int | float | str

SOURCE: Final = "experiment"
EXACT: Final = 1e-9
"""Two numbers closer than this share of a range are the same."""
_QUANTITY: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*(.*?)\s*")


@dataclass(frozen=True, slots=True)
class Number:
    """A whole or real number, with the unit that is written behind it."""

    path: str
    low: float
    high: float
    step: float | None
    """None where every number between the bounds is allowed."""
    is_whole: bool
    unit: str = ""

    @property
    def n_steps(self) -> int:
        """Steps from the lower to the upper bound; 0 where there are no steps."""
        return 0 if self.step is None else round((self.high - self.low) / self.step)

    def values(self) -> tuple[Value, ...]:
        """Return all values in order; none where every number between the bounds is allowed."""
        if self.step is None:
            return ()
        return tuple(self.snapped(self.low + number * self.step) for number in range(self.n_steps + 1))

    def distribution(self) -> BaseDistribution:
        """Return Optuna's description of the values."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.is_whole:
            return IntDistribution(int(self.low), int(self.high), step=int(self.step or 1))
        return FloatDistribution(self.low, self.high, step=self.step)

    def snapped(self, value: float) -> int | float:
        """Return the nearest allowed number."""
        value = min(max(float(value), self.low), self.high)
        if self.step is not None:
            value = min(self.low + round((value - self.low) / self.step) * self.step, self.high)
        return round(value) if self.is_whole else float(f"{value:.10g}")

    def text(self, value: Value) -> str:
        """Return a value as a scenario file says it."""
        return quantity_text(int(value) if self.is_whole else float(value), self.unit)

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""
        return scalar(self.text(value))

    def value_of(self, node: Node) -> Value | None:
        """Return the value that the scenario has, if it is a number in the same unit (in range or not)."""
        quantity = read_quantity(node.text) if isinstance(node, ScalarNode) else None
        if quantity is None or quantity[1] != self.unit or (self.is_whole and not quantity[0].is_integer()):
            return None
        return int(quantity[0]) if self.is_whole else quantity[0]

    def holds(self, value: Value) -> bool:
        """Whether a value is one of those allowed."""
        return math.isclose(self.snapped(float(value)), float(value), abs_tol=EXACT * (self.high - self.low))

    def moves(self, value: Value, level: int) -> Iterator[Value]:
        """Values one move away: 1, 2 and 4 steps, or ever finer parts of a range without steps."""
        width = 2**level * self.step if self.step else (self.high - self.low) / (8 * 4**level)
        for moved in (float(value) - width, float(value) + width):
            if self.low - EXACT <= moved <= self.high + EXACT:
                yield self.snapped(moved)

    def features(self, value: Value) -> list[float]:
        """Return the value as coordinates between 0 and 1."""
        return [(float(value) - self.low) / (self.high - self.low)]

    def at(self, share: float) -> Value:
        """Return the value with this share of all values, from 0 to 1, below it."""
        if self.step is None:
            return self.snapped(self.low + share * (self.high - self.low))
        position = min(int(share * (self.n_steps + 1)), self.n_steps)
        return self.snapped(self.low + self.step * position)

    def random(self, draws: np.random.Generator) -> Value:
        """Draw a value, all equally likely."""
        if self.step is None:
            return self.snapped(draws.uniform(self.low, self.high))
        return self.snapped(self.low + self.step * int(draws.integers(self.n_steps + 1)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, whose order may mean something."""

    path: str
    options: tuple[Node, ...]
    labels: tuple[str, ...]
    is_ordered: bool = False

    def distribution(self) -> BaseDistribution:
        """Return Optuna's description of the values."""
        from optuna.distributions import CategoricalDistribution, IntDistribution

        return (
            IntDistribution(0, len(self.labels) - 1)
            if self.is_ordered
            else CategoricalDistribution(self.labels)
        )

    def values(self) -> tuple[Value, ...]:
        """Return all values, in the order written."""
        return tuple(range(len(self.labels))) if self.is_ordered else self.labels

    def _index(self, value: Value) -> int:
        return int(value) if self.is_ordered else self.labels.index(str(value))

    def text(self, value: Value) -> str:
        """Return the label of a value."""
        return self.labels[self._index(value)]

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""
        return self.options[self._index(value)]

    def value_of(self, node: Node) -> Value | None:
        """Return the value that the scenario has, if it is one of the options."""
        label = label_of(node)
        return self.values()[self.labels.index(label)] if label in self.labels else None

    def holds(self, value: Value) -> bool:
        """Whether a value is one of those allowed."""
        return 0 <= value < len(self.labels) if isinstance(value, int) else value in self.labels

    def moves(self, value: Value, level: int) -> Iterator[Value]:
        """Values one move away: neighbours in order, or all others where there is no order."""
        here = self._index(value)
        near = (here - 2**level, here + 2**level) if self.is_ordered else range(len(self.labels))
        if self.is_ordered or level == 0:
            yield from (
                self.values()[index] for index in near if 0 <= index < len(self.labels) and index != here
            )

    def features(self, value: Value) -> list[float]:
        """Return the value as coordinates between 0 and 1."""
        here = self._index(value)
        if self.is_ordered:
            return [here / max(len(self.labels) - 1, 1)]
        return [float(index == here) for index in range(len(self.labels))]

    def at(self, share: float) -> Value:
        """Return the value at this share, from 0 to 1, of the list."""
        return self.values()[min(int(share * len(self.labels)), len(self.labels) - 1)]

    def random(self, draws: np.random.Generator) -> Value:
        """Draw a value, all equally likely."""
        return self.values()[int(draws.integers(len(self.labels)))]


Parameter: TypeAlias = Number | Choice


def scalar(text: str) -> ScalarNode:
    """Return a text as a scenario file that says it."""
    return ScalarNode(resolve_scalar(text), text, Place(SOURCE))


def quantity_text(number: float, unit: str) -> str:
    """Return a quantity as a scenario file says it: ``20 %``, ``420/week``."""
    text = str(number) if isinstance(number, int) else f"{number:.10g}"
    return f"{text}{'' if unit.startswith('/') else ' '}{unit}" if unit else text


def read_quantity(text: str) -> tuple[float, str] | None:
    """Return number and unit of a text such as ``20 %``; None where it is no number with or without unit."""
    match = _QUANTITY.fullmatch(text)
    return (float(match[1]), match[2]) if match else None


def finite(text: str) -> float:
    """Return the number that a text is; ValueError for text that is none, and for NaN and infinities."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number must be finite")
    return number


def label_of(node: Node) -> str:
    """Return a short text that tells an option apart from others."""
    if isinstance(node, ScalarNode):
        return node.text
    from simlab.results.sealed import canonical_json
    from simlab.scenario.nodes import to_plain

    return canonical_json(to_plain(node))
