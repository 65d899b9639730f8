"""Python's search for garbage, and where it is left out."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Leave out the search for garbage where much is made that lasts.

    A run frees what it no longer needs by itself, and would be walked through again and again; a compiler
    keeps most of what it makes, and the search takes a tenth of its time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
