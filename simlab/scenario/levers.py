"""Levers applied to a scenario: a change of values in the tree, before it is compiled.

A lever at level l turns a value v into v (1 + l (f - 1)), f being its factor at level 1; several levers on
one value multiply. Level 0 leaves the tree as it is. Shares stay within 100 %, and those that add up to
100 % go on doing so (`simlab.scenario.shares`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.evidence import matches, remedy_for_path
from simlab.scenario.nodes import Entry, ListNode, MapNode, Node, ScalarNode, get_path, key_place_of, set_path
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.levers import Lever
from simlab.scenario.shares import Keys, with_sums_kept
from simlab.units import parse_duration

SECTIONS: Final = ("demand", "staffing", "routing", "automation", "targets", "costs")
"""Parts of a scenario that levers change."""

_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_PER: Final = r"\s*(?:/|per\b)\s*[A-Za-z]+"
_QUANTITY: Final = re.compile(rf"({_NUMBER})(|\s*(?:%|[A-Z]{{3}})(?:{_PER})?|{_PER}|\s+working days?)")
_ONE_UNIT: Final = re.compile(rf"({_NUMBER})(\s*[A-Za-z]+)")
_WHOLE: Final = ("mean", "cv")
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
            targets = tuple(dict.fromkeys(_targets(node, path)))
            if not targets:
                problems.append(_no_target(node, name, path))
            for keys in targets:
                factors[keys] = factors.get(keys, 1.0) * factor_at(lever.level, factor)
    if problems:
        raise InvalidInput(problems)
    moved = {keys: factor for keys, factor in factors.items() if factor != 1.0}
    changed: Node = node
    for keys, factor in moved.items():
        changed = _with_factor(changed, keys, factor)
    assert isinstance(changed, MapNode)
    return with_sums_kept(node, changed, moved)


def factor_at(level: float, factor: float) -> float:
    """Return what is left at a level of an effect that has this factor at level 1."""
    return 1.0 + level * (factor - 1.0)


def _targets(node: MapNode, path: str) -> Iterator[Keys]:
    """Key paths of the values that an effect changes; facts of a whole distribution end in mean or cv."""
    for keys in _matches(node, path):
        value = get_path(node, keys)
        if isinstance(value, ScalarNode) and _scaled(value, 1.0) is not None:
            yield keys
        elif isinstance(value, MapNode) and "by_hops" in value.entries:
            yield from ((*keys, *rest) for rest in matches(value, "by_hops.*"))
    head, _, last = path.rpartition(".")
    if last in _WHOLE:
        for keys in _matches(node, head):
            yield from _facts_of_times(node, keys, last)


def _matches(node: MapNode, path: str) -> Iterator[Keys]:
    return (keys for keys in matches(node, path) if keys[0] in SECTIONS)


def _facts_of_times(node: Node, keys: Keys, fact: str) -> Iterator[Keys]:
    """Mean or cv of the distribution at a path, or of those of a list of times with conditions."""
    value = get_path(node, keys)
    if isinstance(value, ListNode):
        for i, item in enumerate(value.items):
            if isinstance(item, MapNode) and "time" in item.entries:
                yield from _facts_of_times(node, (*keys, i, "time"), fact)
    elif isinstance(value, ScalarNode):  # a constant, which has no cv
        if fact == "mean" and _is_time(value):
            yield keys
    elif _is_distribution(value) and not (fact == "cv" and "fixed" in value.entries):
        yield (*keys, "adjust", fact)


def _is_time(value: ScalarNode) -> bool:
    try:
        parse_duration(value.text)
    except ValueError:
        return False
    return True


def _is_distribution(value: MapNode) -> bool:
    return bool(value.entries) and set(value.entries) <= set(TimeDistribution.model_fields)


def _is_constant(value: Node) -> bool:
    return (
        _is_time(value)
        if isinstance(value, ScalarNode)
        else isinstance(value, MapNode) and "fixed" in value.entries
    )


def _with_factor(node: Node, keys: Keys, factor: float) -> Node:
    if keys[-2:-1] == ("adjust",):
        return _adjusted(node, keys[:-2], str(keys[-1]), factor)
    value = get_path(node, keys)
    assert isinstance(value, ScalarNode)
    scaled = _scaled(value, factor)
    assert scaled is not None
    return set_path(node, keys, scaled)


def _scaled(value: ScalarNode, factor: float) -> ScalarNode | None:
    """Return a quantity times a factor, in its unit; None where the value is no quantity."""
    quantity = quantity_of(value)
    if quantity is None:
        return None
    number, unit = quantity[0] * factor, quantity[1]
    return quantity_node(min(number, 100.0) if unit.strip() == "%" else number, unit, value.place)


def quantity_of(value: ScalarNode) -> tuple[float, str] | None:
    """Return number and unit of a quantity; None where the value is none.

    A plain number has an empty unit; a time of several units, such as ``1 h 30 min``, is in minutes.
    """
    text = value.text.strip()
    if match := _QUANTITY.fullmatch(text) or (_ONE_UNIT.fullmatch(text) if _is_time(value) else None):
        number, unit = float(match[1]), match[2]
        is_plain_text = not unit and isinstance(value.value, str)
        return None if is_plain_text or not math.isfinite(number) else (number, unit)
    return (parse_duration(text), " min") if _is_time(value) else None


def quantity_node(number: float, unit: str, place: Place) -> ScalarNode:
    """Return a quantity as a value of the tree."""
    if not unit:
        return ScalarNode(number, repr(number), place)
    text = f"{number!r}{unit}"
    return ScalarNode(text, text, place)


def _adjusted(node: Node, keys: Keys, fact: str, factor: float) -> Node:
    """Note a factor on the mean or cv of a distribution beside its family."""
    value = get_path(node, keys)
    assert isinstance(value, MapNode)
    entry = value.entries.get("adjust")
    adjust = entry.node if entry is not None and isinstance(entry.node, MapNode) else MapNode({}, value.place)
    before = adjust.entries.get(fact)
    if (
        before is not None
        and isinstance(before.node, ScalarNode)
        and isinstance(before.node.value, int | float)
    ):
        factor *= before.node.value
    adjust = adjust.with_entry(fact, Entry(value.place, ScalarNode(factor, repr(factor), value.place)))
    return set_path(node, keys, value.with_entry("adjust", Entry(value.place, adjust)))


def _no_target(node: MapNode, lever: str, path: str) -> Problem:
    at = ("levers", lever, "effects", path)
    return Problem(
        "the lever would change nothing: there is no quantity at this path",
        ".".join(at[:-1]),
        key_place_of(node, at) or node.place,
        path,
        _remedy(node, path),
    )


def _remedy(node: MapNode, path: str) -> str:
    if path.partition(".")[0] not in (*SECTIONS, "*") and path.partition(".")[0] in node.entries:
        return f"levers change {', '.join(SECTIONS[:-1])} and {SECTIONS[-1]}"
    head, _, last = path.rpartition(".")
    if last == "cv" and any(_is_constant(get_path(node, keys)) for keys in matches(node, head)):
        return "a constant does not vary: write a distribution of times there"
    below = dict.fromkeys(
        key
        for keys in matches(node, path)
        if isinstance(value := get_path(node, keys), MapNode)
        for key in value.entries
    )
    if below:
        return f"go on to a single value of it: {', '.join(below)}"
    return remedy_for_path(node, head if last in _WHOLE and matches(node, head) == () else path)
