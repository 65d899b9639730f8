"""A configuration as a scenario file: what it changes, on top of the file that it extends."""

from __future__ import annotations

import json
import re
from typing import Final

from simlab.errors import Place
from simlab.scenario.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from simlab.scenario.tree_builder import resolve_scalar

_REMOVED: Final = ScalarNode(None, "null", Place("removed"))
_PLAIN: Final = re.compile(r"\w(?:[\w .%/+<>=()-]*[\w%)])?")
"""Texts that mean themselves without quotes wherever they stand, if they are not read as something else."""
_INDENT: Final = "  "


def extending_text(base: MapNode, changed: MapNode, extends: str, comment: str = "") -> str:
    """Return the text of a scenario file that makes ``changed`` of the file ``extends``.

    Parameters
    ----------
    base
        What the extended file holds, with everything that it extends itself.
    changed
        The scenario to be had.
    extends
        The extended file, relative to the file to be written.
    comment
        Lines to begin with.
    """
    lines = [f"# {line}" for line in comment.splitlines()]
    lines.append(f"extends: {_scalar(extends)}")
    difference = changes_between(base, changed)
    return "\n".join([*lines, *_map_lines(difference, 0)]) + "\n"


def changes_between(base: MapNode, changed: MapNode) -> MapNode:
    """Return the map that, merged into ``base``, gives ``changed``: lists whole, null where a key goes."""
    entries: dict[str, Entry] = {}
    for key, entry in changed.entries.items():
        known = base.entries.get(key)
        if known is None:
            entries[key] = entry
        elif isinstance(known.node, MapNode) and isinstance(entry.node, MapNode):
            inside = changes_between(known.node, entry.node)
            if inside.entries:
                entries[key] = Entry(entry.key_place, inside)
        elif not _says_the_same(known.node, entry.node):
            entries[key] = entry
    for key, entry in base.entries.items():
        if key not in changed.entries:
            entries[key] = Entry(entry.key_place, _REMOVED)
    return MapNode(entries, changed.place)


def _says_the_same(one: Node, other: Node) -> bool:
    match one, other:
        case ScalarNode(), ScalarNode():
            return (type(one.value), one.value) == (type(other.value), other.value)
        case ListNode(), ListNode():
            return len(one.items) == len(other.items) and all(map(_says_the_same, one.items, other.items))
        case MapNode(), MapNode():
            return list(one.entries) == list(other.entries) and all(
                _says_the_same(entry.node, other.entries[key].node) for key, entry in one.entries.items()
            )
    return False


def _map_lines(node: MapNode, depth: int) -> list[str]:
    lines = []
    for key, entry in node.entries.items():
        head = f"{_INDENT * depth}{_key(key)}:"
        if isinstance(entry.node, MapNode) and entry.node.entries:
            lines += [head, *_map_lines(entry.node, depth + 1)]
        else:
            lines.append(f"{head} {_inline(entry.node)}")
    return lines


def _inline(node: Node) -> str:
    match node:
        case MapNode():
            inside = ", ".join(f"{_key(key)}: {_inline(entry.node)}" for key, entry in node.entries.items())
            return f"{{{inside}}}"
        case ListNode():
            return f"[{', '.join(map(_inline, node.items))}]"
        case ScalarNode(value=str() as value):
            return _scalar(value)
        case ScalarNode():
            return node.text or "null"


def _scalar(text: str) -> str:
    """Return a text so that it is read as this text: in quotes where it could mean something else."""
    if _PLAIN.fullmatch(text) and isinstance(resolve_scalar(text), str):
        return text
    return json.dumps(text, ensure_ascii=False)


def _key(key: str) -> str:
    """Return a key; only words of the reader (``null``, ``true``) and special characters need quotes."""
    return (
        key
        if _PLAIN.fullmatch(key) and not isinstance(resolve_scalar(key), bool | None)
        else json.dumps(key, ensure_ascii=False)
    )
