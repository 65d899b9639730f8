"""Frozen dataclasses as plain values for JSON, and back, by the types that they state."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def plain_of(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as JSON can say it: NaN and infinities, which it cannot, as text.

    Raises
    ------
    TypeError
        For what is neither a dataclass nor a plain value.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Path():
            return str(value)
        case Mapping():
            return {str(key): plain_of(each) for key, each in value.items()}
        case tuple() | list():
            return [plain_of(each) for each in value]
    if is_dataclass(value):
        return {field.name: plain_of(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def record_of(kind: type[Record], plain: Mapping[str, Any]) -> Record:
    """Return the dataclass that `plain_of` was given.

    A field that was not written, because it is newer, has its default.

    Raises
    ------
    TypeError, ValueError, KeyError
        When the plain values are not those of the kind.
    """
    hints = get_type_hints(kind)
    return kind(**{name: _value_of(hints[name], each) for name, each in plain.items()})


def _value_of(hint: Any, plain: Any) -> Any:  # noqa: ANN401 - of whatever type the hint says
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if plain is None:
            return None
        kinds = [each for each in inner if each is not type(None)]
        return plain if type(plain) in kinds else _value_of(kinds[0], plain)
    if origin is Literal:
        if plain not in inner:
            raise ValueError(f"one of {inner} is expected; found {plain!r}")
        return plain
    if origin is tuple:
        return tuple(_value_of(inner[0], each) for each in plain)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _value_of(inner[1], each) for key, each in plain.items()}
    if is_dataclass(hint):
        return record_of(cast(type[object], hint), plain)
    if hint in (float, Path) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint(plain)
    if not isinstance(plain, hint):
        raise TypeError(f"{hint.__name__} is expected; found {plain!r}")
    return plain
