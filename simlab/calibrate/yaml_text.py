"""YAML that people read: maps in block style down to a depth, one line each below it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ /.%()-]*|[0-9][0-9.]* (?:%|min|h|days|weeks)|[0-9.]+/week")
_LOOKS_OTHERWISE: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


@dataclass(frozen=True, slots=True)
class Named:
    """A value that is written where it stands first, and by its name from then on."""

    name: str
    value: object
    is_first: bool


def flow(value: object) -> str:
    """Write a value in one line."""
    if isinstance(value, Named):
        return f"&{value.name} {flow(value.value)}" if value.is_first else f"*{value.name}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _LOOKS_OTHERWISE and text == text.strip()
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def block(key: str, value: object, indent: int = 0, depth: int = 1) -> list[str]:
    """Write a key with its value: so many levels of maps in block style; long lists an entry a line."""
    margin = "  " * indent
    if isinstance(value, Named) and value.is_first and isinstance(value.value, list):
        lines = [f"{margin}{flow(key)}: &{value.name}"]
        return lines + [f"{margin}  - {flow(each)}" for each in value.value]
    if isinstance(value, Mapping) and value and depth > 0:
        lines = [f"{margin}{flow(key)}:"]
        for name, each in value.items():
            lines += block(str(name), each, indent + 1, depth - 1)
        return lines
    line = f"{margin}{flow(key)}: {flow(value)}"
    if len(line) <= 110:
        return [line]
    if isinstance(value, Mapping):
        lines = [f"{margin}{flow(key)}:"]
        for name, each in value.items():
            lines += block(str(name), each, indent + 1, 0)
        return lines
    if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], Mapping):
        return [f"{margin}{flow(key)}:", *(f"{margin}  - {flow(each)}" for each in value)]
    return [line]
