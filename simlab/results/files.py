"""Files that are either whole or absent, and trouble with them told in one sentence."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from simlab.errors import StorageError
from simlab.units import format_count

UNFINISHED = ".unfinished-"
"""Names of files and folders that are being written begin with this."""

_REMEDIES = {
    errno.ENOSPC: "free some space and run again; what is finished is kept",
    errno.EDQUOT: "free some of your quota and run again; what is finished is kept",
    errno.EROFS: "choose a folder that can be written",
    errno.EACCES: "choose a folder that can be read and written, or change its permissions",
    errno.EPERM: "choose a folder that can be read and written, or change its permissions",
    errno.ENOENT: "check the path",
    errno.EEXIST: "choose a path on which every part is a folder",
    errno.ENOTDIR: "choose a path on which every part is a folder",
    errno.ENAMETOOLONG: "choose a shorter path",
    errno.EISDIR: "name a file",
    errno.EINVAL: "name a file",
}


@contextmanager
def told_as_storage_error(doing: str, path: Path, needed: int | None = None) -> Iterator[None]:
    """Turn an :class:`OSError` inside the block into a :class:`~simlab.errors.StorageError`.

    Parameters
    ----------
    doing
        What fails, such as ``write replication 3``.
    path
        File or folder concerned.
    needed
        Bytes that must fit; told together with the free ones when the disk is full.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        spelling = f"names of files are spelt in {sys.getfilesystemencoding()} here"
        raise StorageError(f"{path}: cannot {doing}: {spelling}\n    -> set PYTHONUTF8=1") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        is_full = needed is not None and error.errno in (errno.ENOSPC, errno.EDQUOT)
        space = f"; needs {format_count(needed or 0)} bytes, {free_bytes(path)} free" if is_full else ""
        remedy = _REMEDIES.get(error.errno or 0, "check the disk")
        raise StorageError(f"{path}: cannot {doing}: {reason}{space}\n    -> {remedy}") from error


def free_bytes(path: Path) -> str:
    """Free bytes of the file system that holds ``path`` or would hold it."""
    for folder in (path, *path.absolute().parents):
        with suppress(OSError):
            return format_count(shutil.disk_usage(folder).free)
    return "an unknown number"


def unfinished(path: Path) -> Path:
    """Fresh name beside ``path``, for what will be renamed to it once complete."""
    return path.with_name(f"{UNFINISHED}{path.name}-{uuid.uuid4().hex[:12]}")


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file that is complete whenever it is there, even if the machine stops in between."""
    with streamed(path, len(content)) as file:
        file.write(content)


@contextmanager
def streamed(path: Path, needed: int | None = None) -> Iterator[IO[bytes]]:
    """Open a file for writing that gets its name when the block ends well.

    Parameters
    ----------
    path
        The file; one that is there is replaced, but never a pipe or a device.
    needed
        Bytes that will be written, where that is known.

    Raises
    ------
    StorageError
        It cannot be written; nothing of it is left then.
    """
    temporary = unfinished(path)
    with told_as_storage_error("write it", path, needed):
        _refuse_special(path)
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def _refuse_special(path: Path) -> None:
    """Refuse, by OSError, to put a file in place of what is none.

    Whoever may write to ``/dev`` would otherwise lose ``/dev/null``, or the link that is ``/dev/stdout``.
    """
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
        is_open_file = path.is_symlink() and os.readlink(path).startswith("/proc/")
    except FileNotFoundError:
        return
    if not is_file or is_open_file:
        raise _not_regular(path)


def _not_regular(path: Path) -> OSError:
    return OSError(errno.EISDIR if path.is_dir() else errno.EINVAL, "this is not a regular file")


def write_through(path: Path, content: bytes | memoryview) -> None:
    """Write a new file down to the disk."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write the names in a folder down to the disk; Windows does that by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync a folder; the rename is then as durable as they make it.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def content_of(path: Path) -> bytes:
    """Content of a regular file; a pipe or a device, which may never end, is refused by OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _not_regular(path)
    return path.read_bytes()


def is_copy(path: Path, digest: str) -> bool:
    """Whether a file is there with the SHA-256 that it should have."""
    try:
        return hashlib.sha256(content_of(path)).hexdigest() == digest
    except OSError:
        return False
