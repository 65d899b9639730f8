"""Inputs that nobody knows exactly: a distribution at a key path of the scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final, Literal, TypeAlias

from pydantic import Field

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.definition import Experiment
from simlab.experiments.parameters import Value, quantity_text, read_quantity, scalar
from simlab.experiments.study import FileT, Mistakes
from simlab.experiments.variation import check_in
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import MapNode, Node, ScalarNode, get_path, written
from simlab.scenario.schema.base import Alternatives, Block

Quantity: TypeAlias = int | float | str
Shape = Literal["uniform", "triangular", "pert", "normal"]

NUMBERS: Final[Mapping[Shape, tuple[str, ...]]] = {
    "uniform": ("min", "max"),
    "triangular": ("min", "mode", "max"),
    "pert": ("min", "mode", "max"),
    "normal": ("mean", "sd"),
}
"""What each distribution is told by."""
OUTERMOST: Final = 0.001
"""Quantiles are taken between this share and the rest, so that no draw is infinite or beyond belief."""


class UniformRange(Block):
    """All values between two bounds, equally likely."""

    min: Quantity
    """Least value, written as in the scenario."""
    max: Quantity
    """Greatest value, in the same unit."""


class ThreePoints(UniformRange):
    """Least, most likely and greatest value."""

    mode: Quantity
    """Most likely value, in the same unit."""


class Normal(Block):
    """A normal distribution."""

    mean: Quantity
    """Mean, written as in the scenario."""
    sd: Quantity
    """Standard deviation, in the same unit."""


class UncertainInput(Alternatives):
    """A distribution of an input; exactly one of its keys is written."""

    ONE_OF: ClassVar = ("uniform", "triangular", "pert", "normal")

    uniform: UniformRange | None = None
    """All values between two bounds, equally likely."""
    triangular: ThreePoints | None = None
    """A triangle over least, most likely and greatest value."""
    pert: ThreePoints | None = None
    """A smooth curve over least, most likely and greatest value: a beta distribution with mean
    (min + 4 mode + max) / 6."""
    normal: Normal | None = None
    """A normal distribution."""


class UncertainFields(Block):
    """What experiments over uncertain inputs say."""

    uncertain: dict[str, UncertainInput] = Field(default={})
    """Key path in the scenario to the distribution of its value."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An input with a distribution, and the unit that is written behind its value."""

    path: str
    shape: Shape
    numbers: tuple[float, ...]
    """Bounds; bounds and mode; mean and standard deviation."""
    is_whole: bool
    unit: str

    def at(self, share: float) -> Value:
        """Return the value with this share of the distribution below it; the outermost 0.1 % are cut off."""
        value = _quantile(self.shape, self.numbers, min(max(share, OUTERMOST), 1.0 - OUTERMOST))
        return round(value) if self.is_whole else float(f"{value:.6g}")

    def extremes(self) -> tuple[Value, Value]:
        """Return the 10 % and the 90 % quantile."""
        return self.at(0.1), self.at(0.9)

    def text(self, value: Value) -> str:
        """Return a value as a scenario file says it."""
        return quantity_text(int(value) if self.is_whole else float(value), self.unit)

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""
        return scalar(self.text(value))

    def values(self) -> tuple[Value, ...]:
        """Return the two ends of what is drawn."""
        return self.at(0.0), self.at(1.0)


def read_uncertain(
    mistakes: Mistakes, experiment: Experiment[FileT], scenario: LoadedScenario
) -> tuple[Uncertain, ...]:
    """Read what stands under ``uncertain``; both ends of each distribution are tried in the scenario."""
    try:
        node = get_path(experiment.node, "uncertain")
    except InvalidInput:
        return ()
    assert isinstance(node, MapNode)
    found = []
    for path, entry in node.entries.items():
        where = f"uncertain.{path}"
        assert isinstance(entry.node, MapNode)
        input_ = mistakes.attempt(partial(_uncertain, path, entry.node, scenario, entry.key_place), None)
        if input_ is not None:
            mistakes.attempt(partial(check_in, scenario, input_, entry.key_place, where), None)
            found.append(input_)
    if "vary" in experiment.node.entries:
        varied = get_path(experiment.node, "vary")
        assert isinstance(varied, MapNode)
        for path in node.entries.keys() & varied.entries.keys():
            mistakes.note(f"uncertain.{path}", "it stands under vary too", "leave one of them out")
    return tuple(found)


def _uncertain(path: str, node: MapNode, scenario: LoadedScenario, place: Place) -> Uncertain:
    where = f"uncertain.{path}"
    ((name, entry),) = node.entries.items()
    shape = shape_named(name)
    assert isinstance(entry.node, MapNode)
    parts = {key: each.node for key, each in entry.node.entries.items()}
    quantities = {}
    for key, part in parts.items():
        quantity = read_quantity(part.text) if isinstance(part, ScalarNode) else None
        if quantity is None:
            message = "a number is expected, with its unit"
            raise InvalidInput(Problem(message, f"{where}.{shape}.{key}", part.place, written(part)))
        quantities[key] = quantity
    units = {unit for _, unit in quantities.values()}
    if len(units) > 1:
        raise InvalidInput(Problem("all of its numbers are in the same unit", where, place))
    numbers = tuple(quantities[key][0] for key in NUMBERS[shape])
    if wrong := wrong_with(shape, numbers):
        raise InvalidInput(Problem(wrong, where, place))
    are_whole = shape == "normal" or all(number.is_integer() for number in numbers)
    return Uncertain(path, shape, numbers, are_whole and _is_whole_at(scenario, path), units.pop())


def shape_named(name: str) -> Shape:
    """Return the shape of this name, which the schema has seen to."""
    return next(shape for shape in NUMBERS if shape == name)


def wrong_with(shape: Shape, numbers: Sequence[float]) -> str:
    """Say what is wrong with the numbers of a distribution; empty where nothing is."""
    if shape == "normal":
        return "" if numbers[1] > 0.0 else "the standard deviation must be above 0"
    if list(numbers) != sorted(numbers) or numbers[0] == numbers[-1]:
        return f"{' <= '.join(NUMBERS[shape])} must hold, and min must lie below max"
    return ""


def _is_whole_at(scenario: LoadedScenario, path: str) -> bool:
    """Whether the scenario has a whole number without unit there."""
    try:
        node = get_path(scenario.node, path)
    except InvalidInput:
        return False
    return isinstance(node, ScalarNode) and isinstance(node.value, int)


def _quantile(shape: Shape, numbers: tuple[float, ...], share: float) -> float:
    from scipy.special import betaincinv, ndtri

    if shape == "uniform":
        low, high = numbers
        return low + share * (high - low)
    if shape == "normal":
        mean, deviation = numbers
        return mean + deviation * float(ndtri(share))
    low, mode, high = numbers
    width = high - low
    if shape == "pert":
        up, down = 1.0 + 4.0 * (mode - low) / width, 1.0 + 4.0 * (high - mode) / width
        return low + width * float(betaincinv(up, down, share))
    if share * width <= mode - low:
        return low + math.sqrt(share * width * (mode - low))
    return high - math.sqrt((1.0 - share) * width * (high - mode))
