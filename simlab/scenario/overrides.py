"""Changing a scenario: what it extends, its named patches, and single values set from outside.

One merge rule holds for ``extends`` and patches: maps merge, lists and single values replace, null removes.
At the top of a patch a dotted key such as ``staffing.desk.shifts.early.people`` reaches inside: all but its
last key must exist. ``--set`` replaces the whole value at a dotted path. Later wins: bases in their order,
the file itself, patches in the order named, ``--set`` in the order given. Each value keeps its own place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.document import parse_document, read_document
from simlab.scenario.nodes import (
    Entry,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    get_path,
    path_keys,
    set_path,
    written,
)
from simlab.scenario.suggestions import remedy_for_unknown

DEEPEST_EXTENDS: Final = 8
"""Files that may extend each other in a row."""

_NOT_RELATIVE: Final = re.compile(r"[/\\~]|[A-Za-z]:|.*://", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedPatch:
    """One entry of ``what_if``."""

    name: str
    label: str
    """What reports call it; the name when none is given."""
    changes: MapNode
    place: Place


@dataclass(frozen=True, slots=True)
class ScenarioSource:
    """A scenario with everything it extends merged in."""

    scenario: MapNode
    """Without ``extends`` and ``what_if``."""
    patches: Mapping[str, NamedPatch]
    files: tuple[Path, ...]
    """All files read, the scenario's own first."""

    def patched(self, names: Iterable[str] = (), assignments: Iterable[str] = ()) -> MapNode:
        """Return the scenario with named patches, then ``path=value`` assignments, applied in order.

        InvalidInput tells all mistakes in them at once.
        """
        problems: list[Problem] = []
        scenario = self.scenario
        for name in names:
            try:
                scenario = apply_patch(scenario, self._patch(name).changes)
            except InvalidInput as refusal:
                problems += refusal.problems
        for assignment in assignments:
            try:
                path, value = parse_assignment(assignment)
                scenario = _as_map(set_path(scenario, path, value))
            except InvalidInput as refusal:
                problems += refusal.problems
        if problems:
            raise InvalidInput(problems)
        return scenario

    def _patch(self, name: str) -> NamedPatch:
        if name in self.patches:
            return self.patches[name]
        remedy = remedy_for_unknown(name, self.patches) or "add it under 'what_if'"
        raise InvalidInput(
            Problem(
                f"there is no patch '{name}'",
                f"what_if.{name}",
                Place(self.scenario.place.source),
                remedy=remedy,
            )
        )


def read_scenario(path: Path | str, *, root: Path | str | None = None) -> ScenarioSource:
    """Read a scenario file and everything it extends.

    Parameters
    ----------
    path
        The scenario file.
    root
        Folder that all files must lie in after following links; by default the folder of the file itself.

    Raises
    ------
    InvalidInput
        With the mistakes of all files that could be read.
    """
    path = Path(path)
    bases = _Bases(_real(path.parent if root is None else Path(root)))
    if root is not None and not _real(path).is_relative_to(bases.root):
        message = f"the scenario must lie in {root}"
        raise InvalidInput(Problem(message, place=Place(str(path)), remedy="name a wider root folder"))
    merged = _without_empty(bases.read(path, ()))
    _refuse_experiment(merged)
    patches = named_patches(merged)
    return ScenarioSource(merged.without("what_if"), patches, tuple(bases.files))


def _without_empty(tree: MapNode) -> MapNode:
    """Leave out sections with nothing in them, such as ``targets:`` of which all is commented out."""
    from simlab.scenario.schema.scenario import Scenario

    optional = {name for name, field in Scenario.model_fields.items() if not field.is_required()}
    empty = (
        key
        for key, entry in tree.entries.items()
        if key in optional and isinstance(entry.node, ScalarNode) and entry.node.value is None
    )
    return tree.without(*empty)


def _refuse_experiment(tree: MapNode) -> None:
    """Tell an experiment, taken for a scenario, in one message rather than by each of its keys."""
    if "experiment" not in tree.entries or "scenario" not in tree.entries:
        return
    named = tree.entries["scenario"].node
    remedy = f"name its scenario: {named.value}" if isinstance(named, ScalarNode) else "name its scenario"
    message = "this is an experiment, where a scenario is wanted"
    raise InvalidInput(Problem(message, "experiment", tree.entries["experiment"].node.place, remedy=remedy))


@dataclass(slots=True)
class _Bases:
    """Reads files and what they extend, each file once."""

    root: Path
    files: list[Path] = field(default_factory=list)
    _done: dict[Path, MapNode] = field(default_factory=dict)
    _failed: dict[Path, InvalidInput] = field(default_factory=dict)

    def read(self, path: Path, chain: tuple[Path, ...]) -> MapNode:
        """Return a file with its bases merged in; ``chain`` holds the files that led here."""
        real = _real(path)
        if real in self._failed:
            raise self._failed[real]
        if real not in self._done:
            try:
                self._done[real] = self._merged(path, (*chain, path))
            except InvalidInput as refusal:
                self._failed[real] = refusal
                raise
        return self._done[real]

    def _merged(self, path: Path, chain: tuple[Path, ...]) -> MapNode:
        document = read_document(path)
        self.files.append(path)
        problems: list[Problem] = []
        merged: MapNode | None = None
        for reference in _references(document, problems):
            try:
                base = self.read(self._base_path(path, reference, chain), chain)
                merged = base if merged is None else merge(merged, base)
            except InvalidInput as refusal:
                problems += refusal.problems
        if problems:
            raise InvalidInput(dict.fromkeys(problems))
        own = document.without("extends")
        return own if merged is None else merge(merged, own)

    def _base_path(self, path: Path, reference: ScalarNode, chain: tuple[Path, ...]) -> Path:
        def refuse(message: str, remedy: str) -> InvalidInput:
            return InvalidInput(Problem(message, "extends", reference.place, written(reference), remedy))

        text = reference.text
        if _NOT_RELATIVE.match(text):
            raise refuse(
                "'extends' names a file relative to this one", "write a relative path such as base.yaml"
            )
        base = path.parent / text
        real = _real(base)
        if not real.is_relative_to(self.root):
            raise refuse(
                "'extends' must stay in the folder of the scenario", "move the file or widen the root"
            )
        trail = [_real(file) for file in chain]
        if real in trail:
            names = " -> ".join(str(file) for file in (*chain[trail.index(real) :], base))
            raise refuse(f"files extend each other in a circle: {names}", "remove one of these 'extends'")
        if len(chain) > DEEPEST_EXTENDS:
            raise refuse(f"at most {DEEPEST_EXTENDS} files extend each other in a row", "merge some of them")
        if not os.path.isfile(real):
            neighbours = [file.name for file in base.parent.glob("*.y*ml")] if base.parent.is_dir() else []
            remedy = remedy_for_unknown(base.name, neighbours) or "check the name"
            raise refuse("there is no such file to extend", remedy)
        return base


def _real(path: Path) -> Path:
    """Follow links; unlike `Path.resolve`, a loop of links is no error here: such a file is not found."""
    return Path(os.path.realpath(path))


def _references(document: MapNode, problems: list[Problem]) -> list[ScalarNode]:
    """Return the file names under ``extends``; what is not text is added to the problems."""
    entry = document.entries.get("extends")
    if entry is None:
        return []
    nodes = entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)
    references = []
    for node in nodes:
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value:
            references.append(node)
        else:
            message, remedy = "'extends' is a file name or a list of them", "write extends: base.yaml"
            problems.append(Problem(message, "extends", node.place, written(node), remedy))
    return references


def merge(base: MapNode, changes: MapNode) -> MapNode:
    """Merge maps: maps in maps merge, lists and single values replace, null removes.

    InvalidInput when there is nothing that null could remove. New maps are taken as they are.
    """
    problems: list[Problem] = []
    merged = _merge(base, changes, (), problems)
    if problems:
        raise InvalidInput(problems)
    return merged


def _merge(base: MapNode, changes: MapNode, above: tuple[str, ...], problems: list[Problem]) -> MapNode:
    entries = dict(base.entries)
    for key, change in changes.entries.items():
        known = base.entries.get(key)
        if isinstance(change.node, ScalarNode) and change.node.value is None:
            if entries.pop(key, None) is None:
                problems.append(_nothing_to_remove(key, base, above, change.key_place))
        elif known and isinstance(known.node, MapNode) and isinstance(change.node, MapNode):
            node = _merge(known.node, change.node, (*above, key), problems)
            entries[key] = Entry(known.key_place, node)
        else:
            entries[key] = change
    return MapNode(entries, base.place)


def _nothing_to_remove(key: str, base: MapNode, above: tuple[str, ...], place: Place) -> Problem:
    remedy = remedy_for_unknown(key, base.entries) or "remove this line"
    return Problem(
        "null removes a key, but there is none to remove", ".".join((*above, key)), place, remedy=remedy
    )


def apply_patch(scenario: MapNode, changes: MapNode) -> MapNode:
    """Return the scenario with a patch applied.

    Parameters
    ----------
    scenario
        What is changed.
    changes
        Nested maps, merged by the rule of `merge`; dotted keys at its top are paths into the scenario.

    Raises
    ------
    InvalidInput
        With all paths that lead nowhere and the nearest existing key of each.
    """
    problems: list[Problem] = []
    for key, entry in changes.entries.items():
        try:
            scenario = _apply_change(scenario, key, entry)
        except InvalidInput as refusal:
            problems += refusal.problems
    if problems:
        raise InvalidInput(problems)
    return scenario


def _apply_change(scenario: MapNode, key: str, entry: Entry) -> MapNode:
    if "." not in key or key in scenario.entries:
        return merge(scenario, MapNode({key: entry}, entry.key_place))
    keys, value = path_keys(key), entry.node
    if isinstance(value, MapNode):
        try:
            present = get_path(scenario, keys)
        except InvalidInput:
            present = None  # the last key may be new; set_path tells when more is missing
        if isinstance(present, MapNode):
            value = merge(present, value)
    try:
        return _as_map(set_path(scenario, keys, value))
    except InvalidInput as refusal:
        raise InvalidInput(
            Problem(problem.message, key, entry.key_place, problem.found, problem.remedy)
            for problem in refusal.problems
        ) from None


def _as_map(node: Node) -> MapNode:
    assert isinstance(node, MapNode)  # a non-empty path never replaces the root
    return node


def parse_assignment(text: str) -> tuple[str, Node]:
    """Read ``a.b=value``: the path and the value, which is YAML (``8 min``, ``null``, ``{mean: 8 min}``).

    Raises
    ------
    InvalidInput
        Without ``=``, path or value, or with a value that is not YAML.
    """
    source = f"--set {text}"
    path, equals, value = text.partition("=")
    if not (equals and all(path.strip().split(".")) and value.strip()):
        message = "a value is set as path=value"
        remedy = "write it like staffing.desk.cost='42 EUR/hour', or path=null to remove a key"
        raise InvalidInput(Problem(message, place=Place(source), remedy=remedy))
    return path.strip(), parse_document(value.strip(), source, has_lines=False)


def named_patches(scenario: MapNode) -> dict[str, NamedPatch]:
    """Return the patches under ``what_if`` by name; InvalidInput tells all that are not written well."""
    entry = scenario.entries.get("what_if")
    if entry is None:
        return {}
    if not isinstance(entry.node, MapNode):
        raise InvalidInput(_misshapen("what_if", "'what_if' is a map of named patches", entry.node))
    problems: list[Problem] = []
    patches = {name: _named_patch(name, patch, problems) for name, patch in entry.node.entries.items()}
    if problems:
        raise InvalidInput(problems)
    return patches


def _named_patch(name: str, patch: Entry, problems: list[Problem]) -> NamedPatch:
    path, label = f"what_if.{name}", name
    changes = MapNode({}, patch.node.place)
    if not isinstance(patch.node, MapNode):
        problems.append(_misshapen(path, "a patch is a map with 'label' and 'set'", patch.node))
        return NamedPatch(name, label, changes, patch.key_place)
    for key, entry in patch.node.entries.items():
        match key, entry.node:
            case "label", ScalarNode() as node if node.text.strip():
                label = node.text.strip()
            case "label", node:
                problems.append(_misshapen(f"{path}.label", "a label is a short text", node))
            case "set", MapNode() as node:
                changes = node
            case "set", node:
                problems.append(_misshapen(f"{path}.set", "'set' is a map of changes", node))
            case _:
                remedy = remedy_for_unknown(key, ("label", "set")) or "write the changes under 'set'"
                message = "a patch has no such key"
                problems.append(Problem(message, f"{path}.{key}", entry.key_place, key, remedy))
    return NamedPatch(name, label, changes, patch.key_place)


def _misshapen(path: str, message: str, node: Node) -> Problem:
    remedy = "write it like what_if: {more: {label: More people, set: {staffing.desk.people: 9}}}"
    return Problem(message, path, node.place, written(node), remedy)
