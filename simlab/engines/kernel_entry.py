"""The kernel as it is called: compiled once, then kept on disk for the processes that come after."""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

import numba
from numba.core.event import Listener, install_listener

from simlab.engines import logs
from simlab.engines.garbage import without_garbage_collection
from simlab.engines.kernel import process_events
from simlab.engines.kernel_builds import Build
from simlab.engines.kernel_layout import Stop
from simlab.engines.kernel_memory import IS_PLAIN, desk_at, lean_desk_at
from simlab.engines.kernel_parts import WholeCompiler
from simlab.model import (
    backlog,
    calendars,
    control_table,
    distributions,
    families,
    improvement_rules,
    lines,
    matching,
    quantiles,
    satisfaction,
    streams,
    tables,
    ticket_rules,
)

Kernel = Callable[[int], int]
"""Runs the memory whose table of addresses stands at an address, until a :class:`Stop`."""

_SHARED = (
    logs, backlog, calendars, control_table, distributions, families, improvement_rules, lines, matching,
    quantiles, satisfaction, streams, tables, ticket_rules,
)  # fmt: skip
"""Modules whose functions and constants are compiled into the kernel."""
_SIGNATURE = "int64(int64)"
_OPTIONS: Final[dict[str, Any]] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "pipeline_class": WholeCompiler,
}
_OTHER_BUILD = int(Stop.OTHER_BUILD)
_log = logging.getLogger(__name__)


@functools.cache
def kernel(build: Build) -> Kernel:
    """Return a build of the kernel, compiled now or by an earlier process."""
    if IS_PLAIN:
        return _entry(build)
    dispatcher = _dispatcher(build)
    with install_listener("numba:compile", _Announcement()), without_garbage_collection():
        try:
            dispatcher.compile(_SIGNATURE)
        except OSError as error:  # the disk is full, or what was kept cannot be read
            _log.warning("the compiled engine cannot be kept for the next time: %s", error)
            dispatcher = _not_kept(build)
            dispatcher.compile(_SIGNATURE)
    mark = _mark(dispatcher, build)
    if mark is not None:
        with suppress(OSError):
            mark.touch()
    _loaded.add(build)
    return cast(Kernel, dispatcher)


_loaded: set[Build] = set()


def is_loaded(build: Build) -> bool:
    """Whether a build of the kernel is ready in this process."""
    return build in _loaded


def is_kept(build: Build) -> bool:
    """Whether an earlier process has compiled this build, so that it starts at once."""
    if IS_PLAIN:
        return True
    mark = _mark(_dispatcher(build), build)
    return mark is not None and mark.exists()


@functools.cache
def _dispatcher(build: Build) -> Any:  # noqa: ANN401
    try:
        return numba.njit(cache=True, **_OPTIONS)(_entry(build))
    except RuntimeError:  # no folder in which compiled code could be kept
        return _not_kept(build)


def _not_kept(build: Build) -> Any:  # noqa: ANN401
    return numba.njit(**_OPTIONS)(_entry(build))


def _mark(dispatcher: Any, build: Build) -> Path | None:  # noqa: ANN401
    """File that says that this build is kept, beside the compiled code; None where nothing is kept."""
    folder = dispatcher.stats.cache_path
    return Path(folder) / f"simlab-kernel-{sources():x}-{build.name}.kept" if folder else None


class _Announcement(Listener):
    """Says once that the kernel is being compiled; compiled code that was kept makes no such event."""

    def __init__(self) -> None:
        self._is_made = False

    def on_start(self, event: object) -> None:
        if not self._is_made:
            self._is_made = True
            _log.warning("compiling the simulation engine; later runs start at once ...")

    def on_end(self, event: object) -> None:
        pass


@functools.cache
def sources() -> int:
    """Number of the sources that the kernel is made of: numba itself looks at a single file only."""
    digest = hashlib.sha256(numba.__version__.encode())
    own = sorted(Path(__file__).parent.glob("kernel*.py"))
    for source in [*own, *(Path(str(module.__file__)) for module in _SHARED)]:
        digest.update(source.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


def _entry(build: Build) -> Kernel:
    """Make the entry of a build; numba keeps compiled code apart by the value of ``these_sources``."""
    these_sources = sources()

    def run_whole_kernel(address: int) -> int:
        desk = desk_at(address)
        if desk.run[0].sources != these_sources:
            return _OTHER_BUILD
        return process_events(desk)

    def run_lean_kernel(address: int) -> int:
        desk = lean_desk_at(address)
        if desk.run[0].sources != these_sources:
            return _OTHER_BUILD
        return process_events(desk)

    return run_lean_kernel if build is Build.LEAN else run_whole_kernel
