"""Growing demand: every arrival rate of a scenario times a factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.parameters import quantity_text, read_quantity, scalar
from simlab.experiments.study import Mistakes
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import Entry, MapNode, Node, ScalarNode, get_path, place_of, set_path, written

_MOST: Final = 100.0


def _growth(written: object) -> float:
    quantity = read_quantity(str(written))
    if quantity is None or quantity[1] != "%":
        raise ValueError("growth of the demand is a percentage -> write it like 10 %")
    growth = quantity[0] / 100.0
    if not -1.0 < growth <= _MOST:
        raise ValueError("demand grows by more than -100 % and at most 10000 % -> write it like 10 %")
    return growth


Growth = Annotated[
    float,
    BeforeValidator(_growth),
    WithJsonSchema(
        {
            "type": "string",
            "description": "More demand than today, or less: `10 %`, `-5 %`.",
            "pattern": r"^\s*[+-]?\d+(\.\d+)?\s*%\s*$",
            "examples": ["10 %"],
        }
    ),
]
"""Share of the demand that is added, above -1."""


def demand_paths(scenario: MapNode) -> tuple[str, ...]:
    """Return the key paths of all arrival rates; empty where some demand has none."""
    demand = get_path(scenario, "demand")
    assert isinstance(demand, MapNode)
    found = []
    for name, entry in demand.entries.items():
        arrivals = get_path(entry.node, "arrivals")
        keys = arrivals.entries if isinstance(arrivals, MapNode) else {}
        key = next((key for key in ("rate", "hourly") if key in keys), None)
        if key is None:
            return ()
        found.append(f"demand.{name}.arrivals.{key}")
    return tuple(found)


def grown(scenario: MapNode, paths: Sequence[str], growth: float) -> Mapping[str, Node]:
    """Return the values at key paths, each number in them times ``1 + growth``; none without growth."""
    if growth == 0.0:
        return {}
    return {path: _scaled(get_path(scenario, path), 1.0 + growth) for path in paths}


def at_growth(scenario: LoadedScenario, paths: Sequence[str], growth: float) -> LoadedScenario:
    """Return a scenario with the rates at key paths times ``1 + growth``; itself without growth."""
    node: Node = scenario.node
    for path, value in grown(scenario.node, paths, growth).items():
        node = set_path(node, path, value)
    assert isinstance(node, MapNode)
    return scenario if node is scenario.node else scenario.changed(node)


def read_demand(
    mistakes: Mistakes,
    experiment: MapNode,
    scenario: LoadedScenario,
    paths: tuple[str, ...],
    growth: Sequence[float],
) -> tuple[str, ...]:
    """Return the key paths of the rates that grow: those of an experiment file, or all arrival rates."""
    if not paths:
        known = demand_paths(scenario.node)
        if not known and any(growth):
            message = "not all demand has a rate that could grow"
            mistakes.note("growth", message, "name what grows: demand: [demand.mail.arrivals.rate]")
        return known
    for number, path in enumerate(paths):
        where = f"demand.{number}"
        place = place_of(experiment, where)
        mistakes.attempt(partial(check_path, scenario.node, path, where, place), None)
    return paths


def check_path(scenario: MapNode, path: str, where: str, place: Place) -> None:
    """Refuse a key path that leads to something other than rates."""
    try:
        node = get_path(scenario, path)
    except InvalidInput as refusal:
        problem = refusal.problems[0]
        raise InvalidInput(Problem(problem.message, where, place, path, problem.remedy)) from None
    if not all(map(_is_quantity, _leaves(node))):
        message, remedy = "demand that grows is a rate", "name a path such as demand.mail.arrivals.rate"
        raise InvalidInput(Problem(message, where, place, written(node), remedy))


def _scaled(node: Node, factor: float) -> Node:
    if isinstance(node, MapNode):
        entries = {
            key: Entry(entry.key_place, _scaled(entry.node, factor)) for key, entry in node.entries.items()
        }
        return MapNode(entries, node.place)
    assert isinstance(node, ScalarNode)
    quantity = read_quantity(node.text)
    assert quantity is not None
    return scalar(quantity_text(quantity[0] * factor, quantity[1]))


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, MapNode):
        for entry in node.entries.values():
            yield from _leaves(entry.node)
    else:
        yield node


def _is_quantity(node: Node) -> bool:
    return isinstance(node, ScalarNode) and read_quantity(node.text) is not None
