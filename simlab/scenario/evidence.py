"""Which values of a scenario carry evidence: key paths in which ``*`` stands for any key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simlab.errors import Problem
from simlab.scenario.nodes import ListNode, MapNode, Node, key_place_of
from simlab.scenario.suggestions import remedy_for_unknown


def matches(node: Node, path: str) -> tuple[tuple[str | int, ...], ...]:
    """Return the key paths of all values that a path with ``*`` stands for."""
    found: list[tuple[tuple[str | int, ...], Node]] = [((), node)]
    for key in path.split("."):
        found = [((*above, name), child) for above, at in found for name, child in _children(at, key)]
    return tuple(keys for keys, _ in found)


def evidence_problems(node: MapNode, paths: Iterable[str]) -> list[Problem]:
    """Return a mistake for each path of evidence that stands for no value of the scenario."""
    return [
        Problem(
            "there is no such value that the evidence could be about",
            f"evidence.{path}",
            key_place_of(node, ("evidence", path)) or node.place,
            path,
            remedy_for_path(node, path),
        )
        for path in paths
        if not matches(node, path)
    ]


def _children(node: Node, key: str) -> Iterator[tuple[str | int, Node]]:
    if isinstance(node, MapNode):
        yield from ((name, entry.node) for name, entry in node.entries.items() if key in ("*", name))
    elif isinstance(node, ListNode):
        yield from ((i, item) for i, item in enumerate(node.items) if key in ("*", str(i)))


def remedy_for_path(node: Node, path: str) -> str:
    """Say what the first key of a path may have meant that matches nothing."""
    level = [node]
    for key in path.split("."):
        below = [child for at in level for _, child in _children(at, key)]
        if not below:
            known = dict.fromkeys(str(name) for at in level for name, _ in _children(at, "*"))
            return remedy_for_unknown(key, known) or "write the key path of a value in this file"
        level = below
    return "let the path end at a single value"
