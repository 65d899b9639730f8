"""Choosing where jobs run, by one setting: this machine, a cluster on it, or a cluster elsewhere."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from simlab.errors import MissingExtra, UsageError
from simlab.execution.interface import Executor, Work
from simlab.execution.local import available_cores, local_executor

Model = TypeVar("Model")
Result = TypeVar("Result")

_LOCAL: Final = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
_SCHEDULER: Final = re.compile(r"(?:tcp|tls)://\S+:[0-9]+")
_OPEN: Final = re.compile(r"tcp://(?!localhost:|127\.|\[::1\])\S+")


def is_open_to_others(cluster: str | None) -> bool:
    """Whether a scheduler's address is on another machine and not encrypted: it asks nobody who they are."""
    return cluster is not None and _OPEN.fullmatch(cluster) is not None


def executor_at(
    work: Work[Model, Result], n_workers: int | None = None, cluster: str | None = None
) -> Executor[Model, Result]:
    """Return the executor of a place.

    Parameters
    ----------
    work
        Pure function of (model, seed, replication), of an importable module.
    n_workers
        Replications at the same time on this machine; None for one on each core.
    cluster
        ``local:4`` for a Dask cluster of four workers on this machine, the address of a Dask scheduler such
        as ``tcp://127.0.0.1:8786`` or ``tls://...``; None for this machine without Dask.

    Raises
    ------
    UsageError
        When the setting cannot be read, or no scheduler answers.
    MissingExtra
        When Dask is not installed.
    """
    if cluster is None:
        return local_executor(work, n_workers)
    local = _LOCAL.fullmatch(cluster)
    if local is None and _SCHEDULER.fullmatch(cluster) is None:
        raise UsageError(
            f"a cluster is 'local:4' or the address of a scheduler; found '{cluster}'\n"
            "    -> write it like tcp://127.0.0.1:8786"
        )
    try:
        from simlab.execution.dask import DaskExecutor
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"a cluster needs the package '{error.name}', which is not installed\n"
            "    -> pip install 'servicedesk-simlab[cluster]'"
        ) from None
    if local is None:
        return DaskExecutor(work, cluster)
    return DaskExecutor.on_this_machine(work, int(local[1]) if local[1] else available_cores())
