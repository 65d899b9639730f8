"""Files that grow while they are written, and are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from simlab.results.files import sync_folder, told_as_storage_error, unfinished


@contextmanager
def streamed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that gets its name when the block ends well.

    Raises
    ------
    StorageError
        It cannot be written; nothing of it is left then.
    """
    temporary = unfinished(path)
    with told_as_storage_error("write it", path):
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
