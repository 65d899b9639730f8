"""A second look at a scenario that is refused: unknown names in the rest of it, hours that mean nothing.

Without it a planner would mend the values first, and only then be told of the wrong names. What is refused is
left out for the look, so only such mistakes are believed as leaving out cannot have made: a name that stands
nowhere in the file as a key, and what a calendar says by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

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

_NEEDED_WITHIN = (("time", "length", "1 day"), ("routing", "start", "resolved"))
"""The same within blocks of which something is left."""


def unknown_names(
    node: MapNode, refused: Sequence[Problem], mistakes_of: Callable[[Scenario], Iterable[Problem]]
) -> list[Problem]:
    """Return the mistakes about names that nobody has and within calendars, apart from what is refused.

    Parameters
    ----------
    refused
        What the schema, or the first thing that is compiled, said.
    mistakes_of
        Compiles a scenario and tells the mistakes in it; InvalidInput at once for those, such as of the time
        zone, without which nothing can be compiled.
    """
    rest, problems = node, list(refused)
    at_once: list[Problem] = []
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
        except InvalidInput as still:
            problems = list(still.problems)
            at_once += problems
            continue
        believed = [
            p
            for p in found
            if p.path.startswith("calendars.")
            or (p.message.endswith(UNKNOWN_NAME) and (p.found or "").strip("'\"") not in known)
        ]
        return [p for p in (*at_once, *believed) if p not in refused]
    return [p for p in at_once if p not in refused]


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
    for block, key, plain in _NEEDED_WITHIN:
        inside = node.entries[block].node
        if isinstance(inside, MapNode) and key not in inside.entries:
            added = inside.with_entry(key, Entry(node.place, from_plain(plain, "")))
            node = node.with_entry(block, Entry(node.place, added))
    return node


def _keys(node: Node) -> Iterator[str]:
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield key
            yield from _keys(entry.node)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _keys(item)
