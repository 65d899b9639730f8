"""The bytes of a log file: regular files only, unpacked if they are gzip, never more than a limit."""

from __future__ import annotations

import stat
import zlib
from pathlib import Path
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.suggestions import remedy_for_unknown

LARGEST_MIB: Final = 2048
"""Most MiB of a log, unpacked."""
MOST_DENSE: Final = 100
"""A packed log has at most so many times its size, which logs never have: a bomb is stopped long before."""
_FREE: Final = 64 * 2**20
"""Bytes that may come of any packed file, however small."""
_PIECE: Final = 2**22
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EXCEL_97: Final = b"\xd0\xcf\x11\xe0"


def log_content(path: Path, largest_mib: int = LARGEST_MIB) -> bytes:
    """Return the content of a log file, unpacked where it is packed with gzip.

    Raises
    ------
    InvalidInput
        The file is not there, not a regular file, cannot be read or unpacked, is a zip archive or an Excel
        workbook, is empty, or is too large.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            kind = "a folder" if path.is_dir() else "not a regular file"
            raise refused(path, f"a log is a file, but this is {kind}", "name a log file")
        if about.st_size > largest_mib * 2**20:
            raise _too_large(path, largest_mib)
        with path.open("rb") as file:
            content = file.read(largest_mib * 2**20 + 1)
    except FileNotFoundError:
        neighbours = [near.name for near in path.parent.iterdir()] if path.parent.is_dir() else []
        near = remedy_for_unknown(path.name, neighbours)
        raise refused(path, "there is no such file", near or "check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise refused(path, f"the file cannot be read: {reason}", "check the file") from None
    if content.startswith((_ZIP, _EXCEL_97)):
        remedy = "unpack it, or save the sheet as CSV UTF-8"
        raise refused(path, "this is a zip archive or an Excel workbook, not a log", remedy)
    if content.startswith(_GZIP):
        content = _unpacked(path, content, largest_mib)
    if len(content) > largest_mib * 2**20:
        raise _too_large(path, largest_mib)
    if not content.strip():
        raise refused(path, "the file is empty", "export it again")
    return content


def refused(path: Path, message: str, remedy: str, line: int | None = None) -> InvalidInput:
    """Return the error of a file that cannot be read as a log."""
    place = Place(str(path)) if line is None else Place(str(path), line, 1)
    return InvalidInput(Problem(message, place=place, remedy=remedy))


def _too_large(path: Path, largest_mib: int) -> InvalidInput:
    return refused(path, f"a log has at most {largest_mib:,} MiB", "export a shorter period")


def _unpacked(path: Path, packed: bytes, largest_mib: int) -> bytes:
    """Unpack all members of a gzip file piece by piece, so that a bomb never fills the memory."""
    pieces, n_bytes = [], 0
    limit, densest = largest_mib * 2**20, max(_FREE, MOST_DENSE * len(packed))
    while packed:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                piece = unpacker.decompress(packed, _PIECE)
                packed = unpacker.unconsumed_tail
                n_bytes += len(piece)
                pieces.append(piece)
                if n_bytes > limit:
                    raise _too_large(path, largest_mib)
                if n_bytes > densest:
                    told = f"the gzip file holds more than {MOST_DENSE} times its size, which no log does"
                    raise refused(path, told, "unpack it first, if it is one")
                if not piece and not packed and not unpacker.eof:
                    raise refused(path, "the gzip file ends too early", "copy it again")
        except zlib.error as error:
            raise refused(path, f"the gzip file is damaged: {error}", "copy it again") from None
        packed = unpacker.unused_data.lstrip(b"\x00")
    return b"".join(pieces)
