"""Reading what may vary: ranges and choices at key paths of the scenario, each tried in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

from pydantic import Field, model_validator

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.parameters import Choice, Number, Parameter, Value, label_of, read_quantity
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import Entry, ListNode, MapNode, Node, ScalarNode, get_path, set_path, written
from simlab.scenario.quantities import PositiveInt
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.values import by_shape
from simlab.scenario.validation import validate

_MOST_STEPS: Final = 1_000_000


class Values(Block):
    """Values that a parameter may take: a range, or choices in order."""

    from_: int | float | str | None = Field(default=None, alias="from")
    """Least value, written as in the scenario: ``4``, ``10 min``, ``20 %``."""
    to: int | float | str | None = None
    """Greatest value, in the same unit."""
    step: int | float | str | None = None
    """Distance between values; 1 where both ends are whole numbers without unit, else any value between."""
    steps: PositiveInt | None = None
    """Number of equal steps, in place of ``step``; 4 give five values."""
    ordered: tuple[Any, ...] | None = None
    """Choices of which each lies between its neighbours, in place of a range."""

    @model_validator(mode="after")
    def _range_or_order(self) -> Self:
        is_range = self.from_ is not None and self.to is not None
        has_step = self.step is not None or self.steps is not None
        if self.step is not None and self.steps is not None:
            raise ValueError("the distance of values is said once -> write step or steps")
        if is_range == (self.ordered is not None) or (self.ordered is not None and has_step):
            raise ValueError(
                "values are a range or choices in order -> write {from: 2, to: 9} or {ordered: [low, high]}"
            )
        return self


if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    Variation: TypeAlias = Values | tuple[Any, ...]
else:
    Variation = by_shape(map=Values, list=tuple[Any, ...])


class Tried(Protocol):
    """What varies, as far as its values are tried in the scenario."""

    @property
    def path(self) -> str:
        """Its key path."""

    def values(self) -> tuple[Value, ...]:
        """Return the values to try."""

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""


def read_parameters(experiment: MapNode, scenario: LoadedScenario) -> tuple[Parameter, ...]:
    """Read what stands under ``vary``.

    Parameters
    ----------
    experiment
        The experiment file, of the right shape.
    scenario
        The scenario whose values are to vary; each bound and each choice is tried in it.

    Raises
    ------
    InvalidInput
        With all paths that do not exist and all values that the scenario does not accept, at the place in
        the experiment file.
    """
    vary = get_path(experiment, "vary")
    assert isinstance(vary, MapNode)
    parameters: list[Parameter] = []
    problems: list[Problem] = []
    for path, entry in vary.entries.items():
        try:
            parameter = _parameter(path, entry)
            check_in(scenario, parameter, entry.key_place, f"vary.{path}")
            parameters.append(parameter)
        except InvalidInput as refusal:
            problems += refusal.problems
    problems += _overlaps(vary)
    if problems:
        raise InvalidInput(problems)
    return tuple(parameters)


def _parameter(path: str, entry: Entry) -> Parameter:
    where = f"vary.{path}"
    match entry.node:
        case ListNode(items=items):
            return _choice(path, items, entry, is_ordered=False)
        case MapNode(entries=entries) if "ordered" in entries:
            options = entries["ordered"].node
            assert isinstance(options, ListNode)
            return _choice(path, options.items, entry, is_ordered=True)
        case MapNode(entries=entries):
            return _number(path, {key: each.node for key, each in entries.items()}, entry)
    raise _refusal("a range or a list of choices is expected", where, entry.key_place)


def _choice(path: str, options: Sequence[Node], entry: Entry, *, is_ordered: bool) -> Choice:
    labels = tuple(label_of(option) for option in options)
    if len(set(labels)) < 2 or len(set(labels)) < len(labels):
        raise _refusal("choices are at least two different values", f"vary.{path}", entry.key_place)
    return Choice(path, tuple(options), labels, is_ordered)


def _number(path: str, nodes: Mapping[str, Node], entry: Entry) -> Number:
    where = f"vary.{path}"
    quantities = {}
    for key, node in nodes.items():
        if key == "steps":
            continue
        quantity = read_quantity(node.text) if isinstance(node, ScalarNode) else None
        if quantity is None:
            raise _refusal("a number is expected, with its unit", f"{where}.{key}", node.place, written(node))
        quantities[key] = quantity
    units = {unit for _, unit in quantities.values()}
    if len(units) > 1:
        remedy = f"write all of them in {quantities['from'][1] or 'plain numbers'}"
        message = "from, to and step are in the same unit"
        raise InvalidInput(Problem(message, where, entry.key_place, remedy=remedy))
    low, high = quantities["from"][0], quantities["to"][0]
    is_plain = units == {""} and all(_is_whole_text(nodes[key]) for key in ("from", "to"))
    step = quantities["step"][0] if "step" in quantities else (1.0 if is_plain else None)
    if low >= high:
        raise _refusal("'from' must lie below 'to'", where, entry.key_place, f"{low:g} and {high:g}")
    if isinstance(steps := nodes.get("steps"), ScalarNode):
        step = (high - low) / int(str(steps.value))
    if step is not None:
        n_steps = (high - low) / step if step > 0 else 0.0
        if n_steps < 1 or abs(n_steps - round(n_steps)) > 1e-6 or n_steps > _MOST_STEPS:
            raise _refusal(
                "'to' must lie a whole number of steps above 'from'", where, entry.key_place, f"{step:g}"
            )
    is_whole = step is not None and all(number.is_integer() for number in (low, high, step))
    return Number(path, low, high, step, is_whole, units.pop())


def _is_whole_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, int)


def check_in(scenario: LoadedScenario, parameter: Tried, place: Place, where: str) -> None:
    """Refuse a path that leads nowhere, and values that the scenario does not accept.

    Choices are compiled, since they may be names; of numbers it is enough that they can be read.
    """
    values = (
        (parameter.snapped(parameter.low), parameter.snapped(parameter.high))
        if isinstance(parameter, Number)
        else parameter.values()
    )
    for value in values:
        node = parameter.node(value)
        try:
            changed = set_path(scenario.node, parameter.path, node)
            assert isinstance(changed, MapNode)
            if isinstance(parameter, Number):
                validate(Scenario, changed)
            else:
                scenario.changed(changed)
        except InvalidInput as refusal:
            problem = refusal.problems[0]
            raise InvalidInput(
                Problem(
                    problem.message,
                    where,
                    place,
                    problem.found or written(node),
                    problem.remedy,
                )
            ) from None


def _overlaps(vary: MapNode) -> list[Problem]:
    """Parameters inside each other would overwrite each other."""
    paths = sorted(vary.entries)
    return [
        Problem(
            f"this lies inside '{outer}', which varies too", f"vary.{inner}", vary.entries[inner].key_place
        )
        for outer in paths
        for inner in paths
        if inner.startswith(f"{outer}.")
    ]


def _refusal(message: str, path: str, place: Place, found: str | None = None) -> InvalidInput:
    return InvalidInput(Problem(message, path, place, found))
