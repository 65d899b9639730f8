"""Running on this machine: in this process, or on several cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from simlab.errors import UsageError
from simlab.execution.delivery import Delivery
from simlab.execution.interface import Executor, Job, JobResult, Work, attempt
from simlab.execution.processes import ProcessExecutor

Model = TypeVar("Model")
Result = TypeVar("Result")


class SerialExecutor(Executor[Model, Result]):
    """Runs one job after the other in this process."""

    def __init__(self, work: Work[Model, Result]) -> None:
        self._work = work

    def run(
        self,
        models: Mapping[str, Model],
        jobs: Sequence[Job],
        on_done: Callable[[JobResult[Result]], None],
    ) -> None:
        """Run every job in the given order; see :class:`~simlab.execution.interface.Executor`."""
        with Delivery(len(jobs), on_done) as deliver:
            for job in jobs:
                deliver(self._result(models[job.model], job))

    def _result(self, model: Model, job: Job) -> JobResult[Result]:
        return attempt(job, lambda: self._work(model, job.seed, job.replication))

    def close(self) -> None:
        """Hold nothing that must be given up."""


def local_executor(
    work: Work[Model, Result], n_workers: int | None = None, time_limit: float | None = None
) -> Executor[Model, Result]:
    """Executor on this machine.

    Parameters
    ----------
    work
        Pure function of (model, seed, replication). With more than one worker it must be a function of an
        importable module, or a ``functools.partial`` of one.
    n_workers
        Replications to run at the same time; None for one on each available core.
    time_limit
        Seconds of wall-clock time after which a job counts as failed; None for no limit.
    """
    n_workers = available_cores() if n_workers is None else n_workers
    if n_workers < 1:
        raise UsageError(f"the number of workers must be at least 1; found {n_workers}")
    # Workers take over one end of a pipe, which Windows does not hand on by its number.
    if (n_workers == 1 and time_limit is None) or sys.platform == "win32":
        return SerialExecutor(work)
    return ProcessExecutor(work, n_workers, time_limit)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
