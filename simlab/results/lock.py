"""One writer at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simlab.errors import StorageError
from simlab.results.files import told_as_storage_error


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
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            with told_as_storage_error("lock it", path):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except StorageError as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise StorageError(
                f"{path.parent}: another run (process {owner}) is writing here\n"
                "    -> wait until it has ended, or stop it"
            ) from None
        with told_as_storage_error("lock it", path):
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
