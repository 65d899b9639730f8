"""The space of configurations: what may vary, and how a configuration becomes a scenario.

A configuration gives a value to every parameter: the number of a quantity (its unit stays as written), the
label of a choice, or the position of an ordered choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput, Place
from simlab.results.sealed import digest_of
from simlab.scenario.nodes import MapNode, Node, ScalarNode, from_plain, get_path, set_path
from simlab.scenario.tree_builder import resolve_scalar

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value: TypeAlias = int | float | str
Configuration: TypeAlias = Mapping[str, Value]
"""Value by key path, in the order of the space's parameters; the empty one leaves the scenario as it is."""

SOURCE: Final = "optimisation"
LEVELS: Final = 3
"""Sizes of step that a neighbourhood has."""
_QUANTITY: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*(.*?)\s*")
_EXACT: Final = 1e-9
"""Two numbers closer than this share of a range are the same."""


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
        number = str(value) if self.is_whole else f"{float(value):.10g}"
        return f"{number} {self.unit}" if self.unit else number

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""
        text = self.text(value)
        return ScalarNode(resolve_scalar(text), text, Place(SOURCE))

    def value_of(self, node: Node) -> Value | None:
        """Return the value that the scenario has, if it is a number in the same unit (in range or not)."""
        quantity = read_quantity(node.text) if isinstance(node, ScalarNode) else None
        if quantity is None or quantity[1] != self.unit or (self.is_whole and not quantity[0].is_integer()):
            return None
        return int(quantity[0]) if self.is_whole else quantity[0]

    def holds(self, value: Value) -> bool:
        """Whether a value is one of those allowed."""
        return math.isclose(self.snapped(float(value)), float(value), abs_tol=_EXACT * (self.high - self.low))

    def moves(self, value: Value, level: int) -> Iterator[Value]:
        """Values one move away: 1, 2 and 4 steps, or ever finer parts of a range without steps."""
        width = 2**level * self.step if self.step else (self.high - self.low) / (8 * 4**level)
        for moved in (float(value) - width, float(value) + width):
            if self.low - _EXACT <= moved <= self.high + _EXACT:
                yield self.snapped(moved)

    def features(self, value: Value) -> list[float]:
        """Return the value as coordinates between 0 and 1."""
        return [(float(value) - self.low) / (self.high - self.low)]

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

    def random(self, draws: np.random.Generator) -> Value:
        """Draw a value, all equally likely."""
        return self.values()[int(draws.integers(len(self.labels)))]


Parameter: TypeAlias = Number | Choice


@dataclass(frozen=True, slots=True)
class FixedSum:
    """Numbers that add up to a total: ten people over three shifts."""

    members: tuple[Number, ...]
    total: float

    def is_kept(self, configuration: Configuration) -> bool:
        """Whether the members add up to the total."""
        total = math.fsum(float(configuration[member.path]) for member in self.members)
        return abs(total - self.total) <= _EXACT * max(abs(self.total), 1.0)

    def repaired(self, configuration: Configuration) -> dict[str, Value]:
        """Return the configuration with the members changed as little as the total needs, within bounds."""
        value = {member.path: float(configuration[member.path]) for member in self.members}
        step = self.members[0].step
        while abs(left := self.total - sum(value.values())) > _EXACT * max(abs(self.total), 1.0):
            room = {
                member.path: member.high - value[member.path] if left > 0 else value[member.path] - member.low
                for member in self.members
            }
            if step is None:
                for path in value:
                    value[path] += left * room[path] / sum(room.values())
            else:
                widest = max(room, key=lambda path: room[path])
                value[widest] += math.copysign(step, left)
        return {**configuration, **{m.path: m.snapped(value[m.path]) for m in self.members}}


@dataclass(frozen=True, slots=True)
class InputLimit:
    """A limit on a sum of parameters, checked before anything is simulated."""

    paths: tuple[str, ...]
    is_upper: bool
    bound: float
    text: str
    """As written."""

    def violation(self, configuration: Configuration) -> float:
        """Return by how much the limit is broken; 0 or less where it is kept."""
        total = sum(float(configuration[path]) for path in self.paths)
        return total - self.bound if self.is_upper else self.bound - total


@dataclass(frozen=True, slots=True)
class Space:
    """All configurations that may be tried."""

    parameters: tuple[Parameter, ...]
    sums: tuple[FixedSum, ...] = ()
    limits: tuple[InputLimit, ...] = ()

    def texts(self, configuration: Configuration) -> dict[str, str]:
        """Return the values as a scenario file says them."""
        return {each.path: each.text(configuration[each.path]) for each in self._given(configuration)}

    def digest(self, configuration: Configuration) -> str:
        """Return the hash by which a configuration is known."""
        return digest_of(self.texts(configuration))

    def applied(self, node: MapNode, configuration: Configuration) -> MapNode:
        """Return the scenario with the values of a configuration."""
        for each in self._given(configuration):
            changed = set_path(node, each.path, each.node(configuration[each.path]))
            assert isinstance(changed, MapNode)
            node = changed
        return node

    def present(self, node: MapNode) -> dict[str, Value]:
        """Return the values that a scenario has now, where they can be told; allowed or not."""
        found: dict[str, Value] = {}
        for each in self.parameters:
            try:
                value = each.value_of(get_path(node, each.path))
            except InvalidInput:
                continue
            if value is not None:
                found[each.path] = value
        return found

    def holds(self, configuration: Configuration) -> bool:
        """Whether a configuration is one of those that may be tried."""
        return all(
            each.path in configuration and each.holds(configuration[each.path]) for each in self.parameters
        ) and self.repaired(configuration) == dict(configuration)

    def nearest(self, wanted: Mapping[str, Value]) -> dict[str, Value]:
        """Return the allowed configuration near to wanted values; the middle where nothing is wanted."""
        near: dict[str, Value] = {}
        for each in self.parameters:
            value = wanted.get(each.path)
            if isinstance(each, Number):
                near[each.path] = each.snapped((each.low + each.high) / 2 if value is None else float(value))
            else:
                near[each.path] = each.values()[0] if value is None or not each.holds(value) else value
        return self.repaired(near)

    def repaired(self, configuration: Configuration) -> dict[str, Value]:
        """Return the configuration with all fixed sums kept."""
        repaired = dict(configuration)
        for each in self.sums:
            repaired = each.repaired(repaired)
        return repaired

    def broken_limits(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the input limits that a configuration breaks, as written."""
        if not configuration:
            return ()
        return tuple(limit.text for limit in self.limits if limit.violation(configuration) > _EXACT)

    def features(self, configuration: Configuration) -> NDArray[np.float64]:
        """Return a configuration as a point of the unit cube."""
        return np.array([x for each in self.parameters for x in each.features(configuration[each.path])])

    def random(self, draws: np.random.Generator) -> dict[str, Value]:
        """Draw a configuration."""
        return self.repaired({each.path: each.random(draws) for each in self.parameters})

    def neighbours(self, configuration: Configuration, level: int) -> Iterator[dict[str, Value]]:
        """Configurations one move away, of one value or of two at once; fixed sums stay as they are."""
        moves = [
            (each.path, value)
            for each in self.parameters
            for value in each.moves(configuration[each.path], level)
        ]
        for path, value in moves:
            if self._keeps_sums({**configuration, path: value}):
                yield {**configuration, path: value}
        for (path, value), (other, another) in combinations(moves, 2):
            both = {**configuration, path: value, other: another}
            if path != other and self._keeps_sums(both):
                yield both

    def _keeps_sums(self, configuration: Configuration) -> bool:
        return all(each.is_kept(configuration) for each in self.sums)

    def _given(self, configuration: Configuration) -> Iterator[Parameter]:
        return (each for each in self.parameters if each.path in configuration)


def read_quantity(text: str) -> tuple[float, str] | None:
    """Return number and unit of a text such as ``20 %``; None where it is no number with or without unit."""
    match = _QUANTITY.fullmatch(text)
    return (float(match[1]), match[2]) if match else None


def label_of(node: Node) -> str:
    """Return a short text that tells an option apart from others."""
    if isinstance(node, ScalarNode):
        return node.text
    from simlab.results.sealed import canonical_json
    from simlab.scenario.nodes import to_plain

    return canonical_json(to_plain(node))


def as_nodes(options: Sequence[object]) -> tuple[Node, ...]:
    """Return plain values as nodes."""
    return tuple(from_plain(option, SOURCE) for option in options)
