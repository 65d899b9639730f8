"""JSON with one spelling, and JSON files that carry their own checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simlab.errors import StorageError
from simlab.results.files import content_of, told_as_storage_error


def canonical_json(value: object) -> str:
    """JSON text with no spaces and shortest floats: equal values in equal order give equal text.

    Keys keep their order, for the order of steps, shares and streams of a scenario is part of its meaning.

    Raises
    ------
    ValueError
        For NaN and infinities, which JSON cannot say.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(value: object) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of plain values."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def sealed(content: Mapping[str, Any]) -> bytes:
    """Content of a JSON file that holds plain values together with their checksum."""
    return _sealed_text(content).encode()


def read_sealed(path: Path) -> dict[str, Any]:
    """Plain values from a file made of :func:`sealed`.

    Raises
    ------
    StorageError
        When the file is missing, or when a single bit of it differs from what was written.
    """
    with told_as_storage_error("read it", path):
        raw = content_of(path)
    try:
        text = raw.decode()
        content = json.loads(text)["content"]
        # Spelling it again also finds damage that means the same, such as other white space.
        is_whole = isinstance(content, dict) and _sealed_text(content) == text
    except (ValueError, KeyError, TypeError, RecursionError):
        is_whole = False
    if not is_whole:
        raise StorageError(f"{path}: the file is damaged: its content does not match its checksum")
    return dict(content)


def read_current(path: Path, newest: int) -> dict[str, Any]:
    """Plain values from a sealed file that says its ``format``; none is the first.

    Raises
    ------
    StorageError
        As `read_sealed`, and when it is newer than the newest format that can be read.
    """
    content = read_sealed(path)
    found = content.get("format", 1)
    if found > newest:
        raise StorageError(
            f"{path}: written in format {found}; this simlab reads formats up to {newest}\n"
            "    -> use the simlab that wrote it, or a newer one"
        )
    return content


def _sealed_text(content: Mapping[str, Any]) -> str:
    whole = {"sha256": digest_of(content), "content": content}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
