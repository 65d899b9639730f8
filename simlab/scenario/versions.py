"""What one version of a scenario has other than another, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that two versions do not share."""

    path: str
    """Its key path."""
    kind: Literal["added", "removed", "changed"]
    before: str
    """As a scenario file says it; empty where it was added."""
    after: str
    """Empty where it was removed."""


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return the differences of two resolved scenarios, in the order of the first, additions last.

    Maps are compared key by key, lists of one length item by item, other lists as a whole.
    """
    return tuple(_differences(before, after, ""))


def _differences(before: object, after: object, path: str) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*before, *(key for key in after if key not in before)):
            inner = f"{path}.{key}" if path else str(key)
            if key not in after:
                yield Difference(inner, "removed", flow_text(before[key]), "")
            elif key not in before:
                yield Difference(inner, "added", "", flow_text(after[key]))
            else:
                yield from _differences(before[key], after[key], inner)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(old, new, f"{path}.{place}")
    else:
        yield Difference(path, "changed", flow_text(before), flow_text(after))


def flow_text(value: object) -> str:
    """Return a value on one line, as a scenario file may say it."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {flow_text(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow_text, value)) + "]"
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return str(value)
