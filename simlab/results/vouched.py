"""Checksums beside a file that another program's library adds to, so that damage to it is told.

The file of checksums has a line for each piece that was added: where the piece ends, and its SHA-256. What
comes behind the last of them is not vouched for: a writer was killed between the two, or another program
added it.
"""

from __future__ import annotations

import hashlib
import json
import os
from itertools import pairwise
from pathlib import Path

from simlab.results.files import content_of, told_as_storage_error, write_whole
from simlab.results.lines import checked_line, mend_last_line, read_lines


def sums_of(path: Path) -> Path:
    """Return the file of the checksums of a file."""
    return path.with_suffix(".sums")


def begin(path: Path) -> None:
    """Make ready for vouching: cut off half a checksum, and forget those of what is gone from the end.

    A power cut may take the end of a file that a checksum was already written for. What is left is as good as
    after a kill.
    """
    sums = sums_of(path)
    with told_as_storage_error("write it", sums):
        if not path.exists():
            sums.unlink(missing_ok=True)
        mend_last_line(sums)
        size = path.stat().st_size if path.exists() else 0
    kept = read_lines(sums)
    if not kept.n_damaged and _ends(sums)[-1][0] > size:
        left = [record for record in kept.records if int(record.split()[0]) <= size]
        write_whole(sums, b"".join(map(checked_line, left)))


def vouch(path: Path) -> None:
    """Add the checksum of what was added to a file since the last one, down to the disk."""
    sums = sums_of(path)
    ends = _ends(sums)
    with told_as_storage_error("read it", path), path.open("rb") as content:
        content.seek(ends[-1][0])
        piece = content.read()
    if not piece:
        return
    record = f"{ends[-1][0] + len(piece)} {hashlib.sha256(piece).hexdigest()}".encode()
    with told_as_storage_error("write it", sums), sums.open("ab") as added:
        added.write(checked_line(record))
        added.flush()
        os.fsync(added.fileno())


def is_whole(path: Path) -> bool:
    """Whether what is vouched for is as it was written, and what is not is at least lines of JSON.

    Raises
    ------
    StorageError
        When the file or its checksums cannot be read.
    """
    sums = sums_of(path)
    if read_lines(sums).n_damaged:
        return False
    with told_as_storage_error("read it", path):
        content = content_of(path)
    ends = _ends(sums)
    pieces = ((content[before:end], digest) for (before, _), (end, digest) in pairwise(ends))
    if len(content) < ends[-1][0] or any(hashlib.sha256(piece).hexdigest() != told for piece, told in pieces):
        return False
    return all(map(_is_json, content[ends[-1][0] :].splitlines()))


def _ends(sums: Path) -> list[tuple[int, str]]:
    """Return where each piece ends, and its checksum; first of all the beginning of the file."""
    told = (record.decode().split() for record in read_lines(sums).records)
    return [(0, ""), *((int(end), digest) for end, digest in told)]


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
