"""The tree of a scenario document: values that know where they were written, and key paths into it.

A key path such as ``staffing.desk.shifts.early.people`` or ``routing.steps.triage.next.0.to`` names keys of
maps and positions (from 0) in lists. Trees are immutable; changing one shares what is left unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.suggestions import remedy_for_unknown

Scalar: TypeAlias = str | int | float | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"
Path: TypeAlias = str | Sequence[str | int]
"""A dotted key path, or its keys one by one (needed only where a key itself has dots)."""


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A single value."""

    value: Scalar
    text: str
    """The value as written, without its quotes; numbers keep all their characters."""
    place: Place
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class ListNode:
    """Values in order."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    key_place: Place
    node: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """Values by key, in the order written."""

    entries: Mapping[str, Entry]
    place: Place

    def with_entry(self, key: str, entry: Entry) -> MapNode:
        """Return this map with one entry added or replaced."""
        return MapNode({**self.entries, key: entry}, self.place)

    def without(self, *keys: str) -> MapNode:
        """Return this map without some keys; absent ones are no mistake."""
        return MapNode({key: entry for key, entry in self.entries.items() if key not in keys}, self.place)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def to_plain(node: Node) -> Plain:
    """Return the tree's values alone: dicts, lists and scalars."""
    match node:
        case MapNode():
            return {key: to_plain(entry.node) for key, entry in node.entries.items()}
        case ListNode():
            return [to_plain(item) for item in node.items]
        case ScalarNode():
            return node.value


def from_plain(plain: object, source: str) -> Node:
    """Make a tree of plain values that did not come from a file.

    Parameters
    ----------
    plain
        Dicts (keys become their text), lists or tuples, text, numbers, truth values, None; other objects
        (a date, say) are taken by their text.
    source
        Where the values come from, for messages: every place of the tree.
    """
    place = Place(source)
    if isinstance(plain, Mapping):
        return MapNode(
            {str(key): Entry(place, from_plain(item, source)) for key, item in plain.items()}, place
        )
    if isinstance(plain, list | tuple):
        return ListNode(tuple(from_plain(item, source) for item in plain), place)
    if plain is None or isinstance(plain, bool):
        return ScalarNode(plain, {None: "null", True: "true", False: "false"}[plain], place)
    if isinstance(plain, int | float):
        return ScalarNode(plain, repr(plain), place)
    return ScalarNode(str(plain), str(plain), place, is_quoted=isinstance(plain, str))


def written(node: Node, longest: int = 60) -> str:
    """Say a value as it was written, for a message: shortened, on one line, nothing unprintable."""
    match node:
        case MapNode():
            text = f"a map with {', '.join(map(repr, node.entries))}" if node.entries else "an empty map"
        case ListNode():
            return f"a list of {len(node.items)}"
        case ScalarNode(is_quoted=True):
            text = repr(node.text)
        case ScalarNode():
            text = node.text or "nothing"
    if not text.isprintable():
        text = repr(text)
    return text if len(text) <= longest else f"{text[:longest]}..."


def get_path(node: Node, path: Path) -> Node:
    """Return the value at a key path; InvalidInput names the key that is missing and the nearest one."""
    keys = path_keys(path)
    for index in range(len(keys)):
        node = _child(node, keys, index, None)
    return node


def place_of(node: Node, path: Path) -> Place:
    """Return the place of the value at a key path, or of the nearest value that encloses the path."""
    keys = path_keys(path)
    for index in range(len(keys)):
        try:
            node = _child(node, keys, index, None)
        except InvalidInput:
            break
    return node.place


def key_place_of(node: Node, path: Path) -> Place | None:
    """Return the place of the last key of a path; None for list items and keys that do not exist."""
    keys = path_keys(path)
    try:
        parent = get_path(node, keys[:-1])
    except InvalidInput:
        return None
    entry = parent.entries.get(str(keys[-1])) if keys and isinstance(parent, MapNode) else None
    return entry.key_place if entry else None


def set_path(node: Node, path: Path, value: Node) -> Node:
    """Return the tree with the value at a key path replaced (null removes it).

    Everything before the last key must exist; the last key may be new in a map. InvalidInput, at the place
    of the value, names the missing key and the nearest one otherwise.
    """
    keys = path_keys(path)
    if not keys:
        return value
    return _with_value(node, keys, 0, value)


def _with_value(node: Node, keys: Sequence[str | int], index: int, value: Node) -> Node:
    is_last = index == len(keys) - 1
    key = str(keys[index])
    is_removal = is_last and isinstance(value, ScalarNode) and value.value is None
    if isinstance(node, MapNode) and is_last and not is_removal:
        entry = node.entries.get(key)
        return node.with_entry(key, Entry(value.place if entry is None else entry.key_place, value))
    child = _child(node, keys, index, value.place)
    if isinstance(node, MapNode):
        if is_removal:
            return node.without(key)
        entry = node.entries[key]
        return node.with_entry(key, Entry(entry.key_place, _with_value(child, keys, index + 1, value)))
    assert isinstance(node, ListNode)
    at = int(key)
    if is_removal:
        return ListNode(node.items[:at] + node.items[at + 1 :], node.place)
    item = value if is_last else _with_value(child, keys, index + 1, value)
    return ListNode((*node.items[:at], item, *node.items[at + 1 :]), node.place)


def path_keys(path: Path) -> tuple[str | int, ...]:
    """Split a dotted key path into its keys; the empty path is the whole tree."""
    if isinstance(path, str):
        return tuple(path.split(".")) if path else ()
    return tuple(path)


def path_text(keys: Path) -> str:
    """Join keys to a dotted key path."""
    return keys if isinstance(keys, str) else ".".join(map(str, keys))


def _to_add(keys: Sequence[str | int], index: int) -> str:
    """Say how to add a key that is not there yet, and what a path goes on to within it."""
    if index == len(keys) - 1:
        return ""
    inner = "..."
    for key in reversed(keys[index + 1 :]):
        inner = f"{{{key}: {inner}}}"
    return f"to add it, set {path_text(keys[: index + 1])} to a map: {inner}"


def _child(node: Node, keys: Sequence[str | int], index: int, place: Place | None) -> Node:
    """Return one step of a path; a mistake is told at ``place``, or where the enclosing value stands."""
    key, above = str(keys[index]), path_text(keys[:index])
    remedy: str | None
    inside = f"in '{above}'" if above else "at the top of the scenario"
    match node:
        case MapNode():
            if key in node.entries:
                return node.entries[key].node
            message = f"there is no key '{key}' {inside}"
            remedy = remedy_for_unknown(key, node.entries)
            if remedy is None or not remedy.startswith("did you mean"):
                remedy = "; ".join(filter(None, (remedy, _to_add(keys, index)))) or None
        case ListNode():
            if key.isascii() and key.isdigit() and len(key) < 9 and int(key) < len(node.items):
                return node.items[int(key)]
            message = f"there is no item '{key}' {inside}, a list of {len(node.items)}"
            remedy = f"use a position from 0 to {len(node.items) - 1}" if node.items else None
        case ScalarNode():
            message, remedy = (
                f"'{above}' is a single value and has no key '{key}'",
                f"stop the path at '{above}'",
            )
    raise InvalidInput(Problem(message, path=path_text(keys), place=place or node.place, remedy=remedy))
