"""A second look at a scenario that the schema refuses: names in the rest of it that nobody has.

Without it a planner would mend the values first, and only then be told of the wrong names. What the schema
refuses is left out for the look, so only such mistakes are believed as leaving out cannot have made: a name
that stands nowhere in the file as a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from simlab.errors import InvalidInput, Problem
from simlab.model.compiling.context import UNKNOWN_NAME
from simlab.scenario.nodes import (
    Entry,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    from_plain,
    get_path,
    path_keys,
    set_path,
)
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate

ROUNDS = 8
"""Leaving out a value may make its surroundings wrong, which are then left out in the next round."""

_NEEDED = {
    "name": "x",
    "time": {"length": "1 day"},
    "demand": {"x": {"arrivals": {"rate": "1/hour"}}},
    "routing": {"start": "resolved", "steps": {}},
}
"""What a scenario cannot do without, put where nothing is left."""


def unknown_names(
    node: MapNode, refused: Iterable[Problem], mistakes_of: Callable[[Scenario], Iterable[Problem]]
) -> list[Problem]:
    """Return the mistakes about names that nobody has, apart from what the schema refuses.

    Parameters
    ----------
    refused
        What the schema said.
    mistakes_of
        Compiles a scenario and tells the mistakes in it.
    """
    rest, problems = node, list(refused)
    for _ in range(ROUNDS):
        for problem in problems:
            rest = _without(rest, problem.path)
        rest = _completed(rest)
        try:
            scenario = validate(Scenario, rest)
        except InvalidInput as still:
            problems = list(still.problems)
            continue
        known = set(_keys(node))
        try:
            found = list(mistakes_of(scenario))
        except InvalidInput:
            return []
        return [
            p for p in found if p.message.endswith(UNKNOWN_NAME) and (p.found or "").strip("'\"") not in known
        ]
    return []


def _without(node: MapNode, path: str) -> MapNode:
    """Leave out the value at a path, or the nearest one that encloses it."""
    keys = path_keys(path)
    nothing = ScalarNode(None, "null", node.place)
    for length in range(len(keys), 0, -1):
        try:
            get_path(node, keys[:length])
        except InvalidInput:
            continue
        changed = set_path(node, keys[:length], nothing)
        return changed if isinstance(changed, MapNode) else node
    return node


def _completed(node: MapNode) -> MapNode:
    """Put what every scenario needs where it was left out."""
    for key, plain in _NEEDED.items():
        if key not in node.entries:
            node = node.with_entry(key, Entry(node.place, from_plain(plain, "")))
    routing = node.entries["routing"].node
    if isinstance(routing, MapNode) and "start" not in routing.entries:
        start = Entry(node.place, from_plain("resolved", ""))
        node = node.with_entry("routing", Entry(node.place, routing.with_entry("start", start)))
    return node


def _keys(node: Node) -> Iterator[str]:
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield key
            yield from _keys(entry.node)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _keys(item)
