"""Levers applied to a scenario: a change of values in the tree, before anything else reads it.

A lever at level l turns a value v into v (1 + l (f - 1)), f being its factor at level 1; several levers on
one value multiply. Level 0 leaves the tree as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from simlab.errors import InvalidInput, Problem
from simlab.scenario.evidence import matches, remedy_for_path
from simlab.scenario.nodes import Entry, ListNode, MapNode, Node, ScalarNode, get_path, key_place_of, set_path
from simlab.scenario.schema.levers import Lever

Keys = tuple[str | int, ...]

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(\s*(?:%|[A-Za-z].*|/.*)?)")
_WHOLE = ("mean", "cv")
"""Facts of a distribution as a whole, whatever its family."""


def apply_levers(node: MapNode, levers: Mapping[str, Lever]) -> MapNode:
    """Return the tree with the effects of all levers.

    Raises
    ------
    InvalidInput
        With every effect whose path stands for no value that can be changed.
    """
    factors: dict[Keys, float] = {}
    problems: list[Problem] = []
    for name, lever in levers.items():
        for path, factor in lever.effects.items():
            targets = list(_targets(node, path))
            if not targets:
                problems.append(_no_target(node, name, path))
            for keys in targets:
                factors[keys] = factors.get(keys, 1.0) * (1.0 + lever.level * (factor - 1.0))
    if problems:
        raise InvalidInput(problems)
    changed: Node = node
    for keys, factor in factors.items():
        if factor != 1.0:
            changed = _with_factor(changed, keys, factor)
    assert isinstance(changed, MapNode)
    return changed


def _targets(node: MapNode, path: str) -> Iterator[Keys]:
    """Key paths of the values that an effect changes; facts of a whole distribution end in mean or cv."""
    head, _, last = path.rpartition(".")
    for keys in matches(node, path):
        value = get_path(node, keys)
        if isinstance(value, ScalarNode) and _QUANTITY.fullmatch(value.text.strip()):
            yield keys
    if last not in _WHOLE:
        return
    for keys in matches(node, head):
        for time_keys in _times_at(node, keys):
            if not _has(get_path(node, time_keys), last):
                yield (*time_keys, "adjust", last)


def _times_at(node: MapNode, keys: Keys) -> Iterator[Keys]:
    """Paths of the distributions at a path: itself, or those of a list of times with conditions."""
    value = get_path(node, keys)
    if isinstance(value, ListNode):
        for i, item in enumerate(value.items):
            if isinstance(item, MapNode) and "time" in item.entries:
                yield (*keys, i, "time")
    elif isinstance(value, ScalarNode) or _is_distribution(value):
        yield keys


def _is_distribution(value: MapNode) -> bool:
    from simlab.scenario.schema.distributions import TimeDistribution

    return bool(value.entries) and set(value.entries) <= set(TimeDistribution.model_fields)


def _has(value: Node, key: str) -> bool:
    return isinstance(value, MapNode) and key in value.entries


def _with_factor(node: Node, keys: Keys, factor: float) -> Node:
    if keys[-2:-1] == ("adjust",):
        return _adjusted(node, keys[:-2], str(keys[-1]), factor)
    value = get_path(node, keys)
    assert isinstance(value, ScalarNode)
    match = _QUANTITY.fullmatch(value.text.strip())
    assert match is not None
    text = f"{_limited(float(match[1]) * factor, match[2])!r}{match[2]}"
    is_number = not match[2].strip() and not value.is_quoted
    return set_path(
        node, keys, ScalarNode(float(match[1]) * factor if is_number else text, text, value.place)
    )


def _limited(number: float, unit: str) -> float:
    """Keep a share within 100 %: it cannot grow further."""
    return min(number, 100.0) if unit.strip() == "%" else number


def _adjusted(node: Node, keys: Keys, fact: str, factor: float) -> Node:
    """Note a factor on the mean or cv of a distribution beside its family."""
    value = get_path(node, keys)
    if isinstance(value, ScalarNode):
        value = MapNode({"fixed": Entry(value.place, value)}, value.place)
    assert isinstance(value, MapNode)
    entry = value.entries.get("adjust")
    adjust = entry.node if entry is not None and isinstance(entry.node, MapNode) else MapNode({}, value.place)
    number = ScalarNode(factor, repr(factor), value.place)
    adjust = adjust.with_entry(fact, Entry(value.place, number))
    return set_path(node, keys, value.with_entry("adjust", Entry(value.place, adjust)))


def _no_target(node: MapNode, lever: str, path: str) -> Problem:
    at = ("levers", lever, "effects", path)
    head, _, last = path.rpartition(".")
    remedy = remedy_for_path(node, head if last in _WHOLE and not matches(node, path) else path)
    return Problem(
        "the lever would change nothing: there is no number at this path",
        ".".join(("levers", lever, "effects")),
        key_place_of(node, at) or node.place,
        path,
        remedy,
    )
