"""Plain values as YAML that a planner reads: short maps in one line, long ones in lines, comments beside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Keys = tuple[str | int, ...]
WIDTH: Final = 100
_PLAIN: Final = re.compile(r"[A-Za-z_(][\w %/+()<>=-]*|\d[\d.]*[ /]?[A-Za-z%][\w %/+-]*|\d{4}-\d\d-\d\d")
_RESERVED: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))
_NUMBER_LIKE: Final = re.compile(r"[-+.\d][\d_]*(\.\d*)?([eE][-+]?\d+)?|0[xob].*")


def yaml_text(value: Mapping[str, Any], comments: Mapping[Keys, str] | None = None) -> str:
    """Return a document.

    Parameters
    ----------
    value
        Maps, lists and plain values.
    comments
        Comment beside the value at a key path; such a value gets a line of its own.
    """
    shown = {path: _one_line(text) for path, text in (comments or {}).items()}
    return "\n".join(_lines(value, (), 0, shown)) + "\n"


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def scalar_text(value: object) -> str:
    """Return a plain value as it stands in a YAML 1.2 file."""
    if isinstance(value, str):
        text = value.strip()
        is_plain = _PLAIN.fullmatch(value) and value == text and value.lower() not in _RESERVED
        if is_plain and not _NUMBER_LIKE.fullmatch(value):
            return value
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _lines(
    value: Mapping[str, Any] | list[Any], at: Keys, indent: int, comments: Mapping[Keys, str]
) -> Iterator[str]:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, child in pairs:
        path = (*at, key)
        mark = f"{scalar_text(key)}:" if isinstance(value, Mapping) else "-"
        lead = " " * indent
        beside = f"  # {comments[path]}" if path in comments else ""
        flat = _flat(child)
        is_inside = any(each[: len(path)] == path and len(each) > len(path) for each in comments)
        if (
            not isinstance(child, Mapping | list)
            or (not is_inside and len(lead + mark + flat) < WIDTH)
            or not child
        ):
            yield f"{lead}{mark} {flat}{beside}"
        else:
            yield f"{lead}{mark}{beside}"
            yield from _lines(child, path, indent + 2, comments)


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar_text(key)}: {_flat(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return scalar_text(value)
