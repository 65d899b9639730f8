"""Shares that add up to 100 %, and go on doing so when some of them are changed.

The shares beside the changed ones take what these leave, in the proportions that they had among themselves.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final, TypeAlias

from simlab.scenario.nodes import ListNode, MapNode, Node, ScalarNode, get_path, set_path, to_plain
from simlab.units import parse_share

Keys: TypeAlias = tuple[str | int, ...]

TOLERANCE: Final = 1e-9

_SHARES_BY_NAME: Final = ("next", "decide", "start", "priority", "channel")
"""Keys of maps from names to shares."""
_PARTS: Final = ("next", "decide", "start", "mixture", "phases", "classes")
"""Keys of lists or maps of parts that each have a ``share``."""


def with_sums_kept(before: MapNode, after: MapNode, changed: Collection[Keys]) -> MapNode:
    """Return the changed tree with sums of 100 % restored.

    Parameters
    ----------
    before, after
        The tree before and after the change.
    changed
        Key paths of the values that were changed on purpose; these are left alone. A sum of which all parts
        were changed is left as it is.
    """
    node: Node = after
    for group in dict.fromkeys(_group_of(before, keys) for keys in changed):
        shares = {keys: _share(get_path(before, keys)) for keys in group}
        others = {keys: share for keys, share in shares.items() if keys not in changed}
        moved = [get_path(after, keys) for keys in shares if keys not in others]
        is_whole = abs(math.fsum(shares.values()) - 1.0) <= TOLERANCE
        if not (others and is_whole and all(_is_share(share) for share in moved)):
            continue
        left = max(1.0 - math.fsum(map(_share, moved)), 0.0)
        sum_of_others = math.fsum(others.values())
        for keys, share in others.items():
            part = left * (share / sum_of_others if sum_of_others else 1.0 / len(others))
            text = f"{100.0 * part:.15g} %"
            node = set_path(node, keys, ScalarNode(text, text, get_path(before, keys).place))
    assert isinstance(node, MapNode)
    return node


def _group_of(node: Node, keys: Keys) -> tuple[Keys, ...]:
    """Key paths of the shares that a share stands beside, itself included; empty where it stands alone."""
    if keys[-1] == "share" and keys[-3:-2] and keys[-3] in _PARTS:
        parts = keys[:-2]
        group = [(*parts, key, "share") for key in _like_parts(get_path(node, parts), keys[-2])]
    elif (keys[-2:-1] and keys[-2] in _SHARES_BY_NAME) or keys[-3:-2] == ("matrix",):
        table = get_path(node, keys[:-1])
        group = [(*keys[:-1], name) for name in table.entries] if isinstance(table, MapNode) else []
    else:
        return ()
    return tuple(group) if all(_is_share(get_path(node, each)) for each in group) else ()


def _like_parts(parts: Node, key: str | int) -> list[str | int]:
    """Keys of the parts that have a share and are for the same tickets as the one of a key."""
    items: dict[str | int, Node] = {}
    if isinstance(parts, MapNode):
        items = {name: entry.node for name, entry in parts.entries.items()}
    elif isinstance(parts, ListNode):
        items = dict(enumerate(parts.items))
    return [
        name
        for name, item in items.items()
        if isinstance(item, MapNode)
        and "share" in item.entries
        and _condition(item) == _condition(items[key])
    ]


def _condition(part: Node) -> list[object]:
    assert isinstance(part, MapNode)
    return [to_plain(part.entries[key].node) if key in part.entries else None for key in ("when", "unless")]


def _is_share(node: Node) -> bool:
    try:
        return isinstance(node, ScalarNode) and 0.0 <= _share(node) <= 1.0
    except ValueError:
        return False


def _share(node: Node) -> float:
    assert isinstance(node, ScalarNode)
    return parse_share(node.value)
