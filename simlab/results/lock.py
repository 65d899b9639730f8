"""One writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from simlab.errors import StorageError
from simlab.results.files import told_as_storage_error

_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
_FAR: Final = 2**30
"""Windows locks bytes against reading too: one behind the name of the owner, which must stay readable."""


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, which names the process that holds it.

    The lock belongs to the open file, and the kernel gives it up with the process, however that ends: it
    cannot go stale, neither by a kill nor by a process number that is used again. The file stays, because
    to remove it would let two others lock two files of the same name.

    Raises
    ------
    StorageError
        When another process, or another part of this one, holds it.
    """
    with told_as_storage_error("lock it", path):
        descriptor = os.open(path, _FLAGS, 0o666)
    try:
        try:
            with told_as_storage_error("lock it", path):
                _lock(descriptor)
        except StorageError as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            os.lseek(descriptor, 0, os.SEEK_SET)
            owner = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            raise StorageError(
                f"{path.parent}: another run (process {owner}) is writing here\n"
                "    -> wait until it has ended, or stop it"
            ) from None
        with told_as_storage_error("lock it", path):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file for as long as it is open; BlockingIOError where somebody else has it."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
