"""Files of lines that are only ever added, each behind the first 16 hexadecimal digits of its SHA-256.

A writer that is killed leaves whole lines and, at most, one that is cut off. A line that was damaged is told
from the others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simlab.results.files import content_of, told_as_storage_error

_HEX_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class CheckedLines:
    """What a file holds."""

    records: tuple[bytes, ...]
    """Those that are as they were written, in order."""
    n_damaged: int
    """Lines that are not; one that was cut off counts."""


def checked_line(record: bytes) -> bytes:
    """Return a record, which has no line ends, as a line of such a file."""
    return _digest(record) + b" " + record + b"\n"


def read_lines(path: Path) -> CheckedLines:
    """Return what a file holds; nothing where there is no file.

    Raises
    ------
    StorageError
        When it cannot be read.
    """
    with told_as_storage_error("read it", path):
        content = content_of(path) if path.exists() else b""
    *lines, rest = content.split(b"\n")
    found = records_of(lines)
    return CheckedLines(found.records, found.n_damaged + bool(rest))


def records_of(lines: Iterable[bytes]) -> CheckedLines:
    """Return what lines hold, given without their line ends."""
    records, n_damaged = [], 0
    for line in lines:
        digest, _, record = line.partition(b" ")
        if digest == _digest(record):
            records.append(record)
        else:
            n_damaged += 1
    return CheckedLines(tuple(records), n_damaged)


def mend_last_line(path: Path) -> None:
    """Cut off what a writer that was killed has left of its last line."""
    if not path.exists():
        return
    content = content_of(path)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _digest(record: bytes) -> bytes:
    return hashlib.sha256(record).hexdigest()[:_HEX_DIGITS].encode()
