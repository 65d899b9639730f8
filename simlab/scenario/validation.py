"""From a tree of values to a pydantic model, or to all mistakes with their places and remedies."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.docstrings import meanings
from simlab.scenario.nodes import ListNode, MapNode, Node, path_text, to_plain, written
from simlab.scenario.suggestions import nearest, remedy_for_unknown

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[str | int, ...]

_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "dict_type": ("a map", "write {key: value}"),
    "model_type": ("a map", "write {key: value}"),
    "model_attributes_type": ("a map", "write {key: value}"),
    "list_type": ("a list", "put it in brackets: [...]"),
    "tuple_type": ("a list", "put it in brackets: [...]"),
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", "write true or false"),
    "bool_parsing": ("true or false", "write true or false"),
    "int_type": ("a whole number", "write it without quotes and units"),
    "int_parsing": ("a whole number", "write it without quotes and units"),
    "int_from_float": ("a whole number", "write it without decimals"),
    "float_type": ("a number", "write it without quotes and units"),
    "float_parsing": ("a number", "write it without quotes and units"),
}
"""Error type -> what is expected, remedy."""

_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "must be above {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be below {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "too_short": ("min_length", "needs at least {} of them"),
    "too_long": ("max_length", "has at most {} of them"),
    "string_too_short": ("min_length", "needs at least {} characters"),
    "string_too_long": ("max_length", "has at most {} characters"),
}
"""Error type -> name of the bound in the error's context, what must hold."""


def validate(model: type[ModelT], node: Node) -> ModelT:
    """Make a model from a tree of values.

    Parameters
    ----------
    model
        The pydantic model of the whole tree. Text of a ValueError raised by its validators is told as it
        stands, what follows `` -> `` in it as the remedy.
    node
        The values.

    Raises
    ------
    InvalidInput
        With all mistakes, in the order of the file.
    """
    try:
        return model.model_validate(to_plain(node))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    found = [_Mistake.of(model, node, detail) for detail in details]
    problems = [_problem(mistake) for mistake in _without_echoes(found)]
    main_file = node.place.source
    unique = dict.fromkeys(sorted(problems, key=lambda problem: _order(problem, main_file)))
    raise InvalidInput(unique) from None


def _order(problem: Problem, main_file: str) -> tuple[bool, str, int, int]:
    place = problem.place or Place(main_file)
    return (place.source != main_file, place.source, place.line or 0, place.column or 0)


@dataclass(frozen=True, slots=True)
class _Mistake:
    """A pydantic error, with the part of the tree that it is about."""

    kind: str
    detail: ErrorDetails
    keys: Location
    """Path in the file: without the marks of union branches that pydantic puts into its own."""
    node: Node
    """The value at the path; for a missing key, the map that lacks it."""
    key_place: Place | None
    fields: Mapping[str, type[BaseModel]]
    """Known keys of the map that has an unknown key or lacks one, and the blocks that they belong to."""
    shapes: tuple[str, ...] = ()
    """Of a value of wrong shape, the errors of all branches of the union."""

    @classmethod
    def of(cls, model: type[BaseModel], root: Node, detail: ErrorDetails) -> _Mistake:
        kind, location = detail["type"], detail["loc"]
        keys: Location = ()
        node, key_place = root, None
        annotations: tuple[object, ...] = (model,)
        parents = annotations
        for key in location:
            child, child_place = _child(node, key)
            if child is None:
                continue
            parents, annotations = annotations, tuple(_inside(annotations, key))
            node, key_place, keys = child, child_place, (*keys, key)
        if kind == "missing":
            parents, keys, key_place = annotations, (*keys, location[-1]), None
        return cls(kind, detail, keys, node, key_place, {name: block for name, block, _ in _fields(parents)})

    @property
    def is_wrong_shape(self) -> bool:
        return self.kind in _SHAPES

    @property
    def key(self) -> str:
        return str(self.keys[-1]) if self.keys else ""


def _child(node: Node, key: str | int) -> tuple[Node | None, Place | None]:
    if isinstance(node, MapNode) and (entry := node.entries.get(str(key))):
        return entry.node, entry.key_place
    if isinstance(node, ListNode) and isinstance(key, int) and key < len(node.items):
        return node.items[key], None
    return None, None


def _branches(annotation: object) -> Iterator[object]:
    """Yield the types of a union, of annotated types the types themselves."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for branch in get_args(annotation):
            yield from _branches(branch)
    else:
        yield annotation


def _inside(annotations: tuple[object, ...], key: str | int) -> Iterator[object]:
    """Yield the types that a key's value may have."""
    for annotation in annotations:
        for branch in _branches(annotation):
            if isinstance(branch, type) and issubclass(branch, BaseModel):
                yield from (annotation for name, _, annotation in _fields((branch,)) if name == key)
            elif get_origin(branch) is dict:
                yield get_args(branch)[1]
            elif get_origin(branch) in {list, tuple} and isinstance(key, int):
                yield get_args(branch)[0]


def _fields(annotations: tuple[object, ...]) -> Iterator[tuple[str, type[BaseModel], object]]:
    """Yield the keys of the models among types, as written in files: each with its model and its type."""
    for annotation in annotations:
        for branch in _branches(annotation):
            if isinstance(branch, type) and issubclass(branch, BaseModel):
                for name, field in branch.model_fields.items():
                    yield field.alias or name, branch, field.annotation


def _without_echoes(mistakes: list[_Mistake]) -> list[_Mistake]:
    """Drop what only repeats another mistake: a missing key that was mistyped, branches not meant."""
    misspelt = {
        (*mistake.keys[:-1], nearest(mistake.key, mistake.fields))
        for mistake in mistakes
        if mistake.kind == "extra_forbidden"
    }
    kept = [mistake for mistake in mistakes if mistake.kind != "missing" or mistake.keys not in misspelt]
    told = {
        mistake.keys[:n] for mistake in kept for n in range(len(mistake.keys) + (not mistake.is_wrong_shape))
    }
    shapes: dict[Location, tuple[str, ...]] = {}
    for mistake in kept:
        if mistake.is_wrong_shape:
            shapes[mistake.keys] = (*shapes.get(mistake.keys, ()), mistake.kind)
    return [
        replace(mistake, shapes=shapes[mistake.keys]) if mistake.is_wrong_shape else mistake
        for mistake in kept
        if not (mistake.is_wrong_shape and mistake.keys in told)
    ]


def _problem(mistake: _Mistake) -> Problem:
    message, remedy = _explanation(mistake)
    is_about_key = mistake.kind == "extra_forbidden" or mistake.detail["loc"][-1:] == ("[key]",)
    place, found = mistake.node.place, None
    if is_about_key and mistake.key_place:
        place = mistake.key_place
    elif mistake.is_wrong_shape or not isinstance(mistake.node, MapNode | ListNode):
        found = written(mistake.node)
    return Problem(message, path_text(mistake.keys), place, found, remedy)


def _explanation(mistake: _Mistake) -> tuple[str, str | None]:
    """Return what must hold, and the remedy."""
    kind, context = mistake.kind, mistake.detail.get("ctx", {})
    if kind in {"value_error", "assertion_error"}:
        message, _, remedy = str(context["error"]).partition(" -> ")
        return message, remedy or None
    if kind == "missing":
        block = mistake.fields.get(mistake.key)
        first_line = meanings(block).get(mistake.key, "").split("\n")[0] if block else ""
        return f"the key '{mistake.key}' is missing", f"add it: {first_line}" if first_line else "add it"
    if kind == "extra_forbidden":
        remedy = remedy_for_unknown(mistake.key, mistake.fields) or "remove it"
        return f"there is no key '{mistake.key}' here", remedy
    if kind in _SHAPES:
        expected, remedies = zip(*(_SHAPES[shape] for shape in mistake.shapes), strict=True)
        rule = f"{' or '.join(dict.fromkeys(expected))} is expected here"
        if set(expected) == {"text"} and isinstance(mistake.node, ListNode):
            return rule, f"write one text: '{', '.join(map(written, mistake.node.items))}'"
        return rule, " or ".join(dict.fromkeys(remedies))
    if kind in {"literal_error", "enum"}:
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return "this is not one of the known words", remedy_for_unknown(written(mistake.node), known)
    if kind in _BOUNDS:
        bound, rule = _BOUNDS[kind]
        if bound == "min_length" and context.get(bound) == 1:
            return "this is empty", "fill it in, or leave the key out"
        return f"this {rule.format(context.get(bound))}", None
    return _lower_first(mistake.detail["msg"]), None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
