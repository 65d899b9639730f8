"""From the events of the YAML parser to a tree of values with places: what a document may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

import yaml

from simlab.errors import Place, Problem
from simlab.scenario.nodes import Entry, ListNode, MapNode, Node, Scalar, ScalarNode
from simlab.units import format_count


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be."""

    n_bytes: int = 4 * 1024 * 1024
    depth: int = 64
    """Levels of maps and lists inside each other."""
    n_nodes: int = 200_000
    n_alias_nodes: int = 10_000
    """Values that aliases stand for, counted as often as they are repeated."""


DEFAULT_LIMITS: Final = Limits()

_LONGEST_KEY: Final = 200
_LONGEST_NUMBER: Final = 400  # a longer run of digits stays text: no float64 needs it
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_PREFIXED_INT: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
# Controls except tab and line ends; line ends that YAML 1.1 knows and 1.2 does not; marks that reorder text.
FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)


def character_problem(character: str, place: Place) -> Problem:
    """Refuse an invisible character."""
    return Problem(
        "control characters and marks that reorder text are not allowed",
        place=place,
        found=f"U+{ord(character):04X}",
        remedy="delete this invisible character",
    )


def resolve_scalar(text: str) -> Scalar:
    """Return the value of an unquoted scalar by the YAML 1.2 core rules; leading zeros keep a number text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _PREFIXED_INT.fullmatch(text):
            return int(text, 0)
    return text


class StopReadingError(Exception):
    """A mistake after which reading on makes no sense."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A finished value that aliases may stand for."""

    node: Node
    n_nodes: int
    depth: int


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been read yet."""

    place: Place
    anchor: str | None
    is_map: bool
    is_flow: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: tuple[str, Place] | None = None
    """The key that waits for its value."""
    n_nodes: int = 1
    depth: int = 1

    def node(self) -> Node:
        if self.is_map:
            return MapNode(self.entries, self.place)
        return ListNode(tuple(self.items), self.place)


class TreeBuilder:
    """Builds the tree from the parser's events, with a stack in place of recursion."""

    def __init__(self, source: str, limits: Limits, has_lines: bool) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._source = source
        self._limits = limits
        self._has_lines = has_lines
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._n_nodes = 0
        self._n_alias_nodes = 0
        self._n_documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take in the next event."""
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self._open.pop()
                self._finish(_Anchored(done.node(), done.n_nodes, done.depth), done.anchor)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._document(event)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        if mark is None or not self._has_lines:
            return Place(self._source)
        return Place(self._source, mark.line + 1, mark.column + 1)

    def _refuse(self, message: str, place: Place, remedy: str, found: str | None = None) -> None:
        self.problems.append(Problem(message, place=place, found=found, remedy=remedy))

    def _stop(self, message: str, place: Place, remedy: str) -> NoReturn:
        self._refuse(message, place, remedy)
        raise StopReadingError

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._n_documents += 1
        if event.tags:
            self._stop("tags ('%TAG') are not used in scenario files", self._place(event), "remove this line")
        if self._n_documents > 1:
            self._stop(
                "a file holds one document, here a second one begins",
                self._place(event),
                "remove the line '---'",
            )

    def _count(self, place: Place) -> None:
        self._n_nodes += 1
        if self._n_nodes > self._limits.n_nodes:
            remedy = "keep long tables in CSV files and name these"
            self._stop(f"a document has at most {format_count(self._limits.n_nodes)} values", place, remedy)

    def _check_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None:
            remedy = "remove the tag; for text, put the value in quotes"
            self._refuse(
                "tags ('!...') are not used in scenario files", place, remedy, found=tag[:_LONGEST_KEY]
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        self._count(place)
        self._check_tag(event.tag, place)
        text: str = event.value
        is_quoted = bool(event.style)
        escaped = FORBIDDEN.search(text) if is_quoted else None
        if escaped:
            self.problems.append(character_problem(escaped[0], place))
        node = ScalarNode(text if is_quoted else resolve_scalar(text), text, place, is_quoted)
        if self._is_key_next():
            self._key(node)
            if event.anchor:
                self._anchors[event.anchor] = _Anchored(node, 1, 0)
        else:
            self._finish(_Anchored(node, 1, 0), event.anchor)

    def _is_key_next(self) -> bool:
        return bool(self._open) and self._open[-1].is_map and self._open[-1].key is None

    def _key(self, node: ScalarNode) -> None:
        top = self._open[-1]
        key, place = node.text, node.place
        top.key = (key, place)
        if len(key) > _LONGEST_KEY:
            self._stop(f"a key has at most {_LONGEST_KEY} characters", place, "shorten it")
        if node.is_quoted:
            pass
        elif key == "<<":
            remedy = "use 'extends' or write the keys out"
            self._refuse("merge keys ('<<') are not used in scenario files", place, remedy)
        elif node.value is None:
            self._refuse("a key must not be empty", place, "write its name before the colon")
        elif isinstance(node.value, bool):
            self._refuse("a key is text", place, f"put it in quotes: '{key}'", found=key)
        if key in top.entries:
            first = top.entries[key].key_place
            where = f"line {first.line}" if first.line else "the first one"
            self._refuse(
                f"the key '{key}' stands twice in one map", place, f"remove this one or the one in {where}"
            )

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = self._place(event)
        self._count(place)
        self._check_tag(event.tag, place)
        if self._is_key_next():
            self._stop("a key is text, not a map or list", place, "put it in quotes")
        self._check_depth(len(self._open) + 1, place)
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._open.append(_Open(place, event.anchor, is_map, bool(event.flow_style)))

    def _check_depth(self, depth: int, place: Place) -> None:
        if depth > self._limits.depth:
            remedy = "check for brackets that are never closed"
            self._stop(f"maps and lists stand at most {self._limits.depth} deep in each other", place, remedy)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place, name = self._place(event), event.anchor or ""
        anchored = self._anchors.get(name)
        if self._is_key_next():
            self._stop("a key is text, not an alias", place, f"put it in quotes: '*{name}'")
        if anchored is None:
            if any(outer.anchor == name for outer in self._open):
                self._stop(f"'*{name}' stands inside what it repeats", place, "write the value out")
            self._stop(f"there is no '&{name}' above", place, f"for text, put it in quotes: '*{name}'")
        self._n_alias_nodes += anchored.n_nodes
        if self._n_alias_nodes > self._limits.n_alias_nodes:
            message = f"aliases stand for at most {format_count(self._limits.n_alias_nodes)} values in all"
            self._stop(message, place, "use fewer aliases, or 'extends'")
        self._check_depth(len(self._open) + anchored.depth, place)
        self._finish(anchored, None)

    def _finish(self, done: _Anchored, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = done
        if not self._open:
            self.root = done.node
            return
        top = self._open[-1]
        top.n_nodes += done.n_nodes
        top.depth = max(top.depth, done.depth + 1)
        if top.key is None:
            top.items.append(done.node)
            return
        (key, place), top.key = top.key, None
        is_empty = isinstance(done.node, ScalarNode) and done.node.value is None and not done.node.text
        if top.is_flow and is_empty and ":" in key:
            name, _, value = key.partition(":")
            self._refuse("a colon needs a space after it", place, f"write '{name}: {value}'", found=key)
        top.entries.setdefault(key, Entry(place, done.node))
