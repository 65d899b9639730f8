"""What every executor does: run jobs anywhere, in any order, and hand over each result once.

A job is a replication of a model. Its randomness is addressed by (seed, replication), so its result does
not depend on where, when or beside which others it ran.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from simlab.errors import ExitCode, SimlabError

Model = TypeVar("Model")
Result = TypeVar("Result")
Model_contra = TypeVar("Model_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

Work = Callable[[Model, int, int], Result]
"""Pure function of (model, seed, replication); executors that use processes pickle it."""


class Interrupted(SimlabError):
    """SIGINT or SIGTERM ended the run; results that were handed over are kept."""

    exit_code = ExitCode.INTERRUPTED


class WorkersLost(SimlabError):
    """Worker processes die before they can take a job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One replication to run."""

    model: str
    """Key of the model among those that the executor is given together with the job."""
    seed: int
    replication: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no value."""

    reason: str
    exit_code: ExitCode
    """That of the error that the work raised; DEFECT where it was none of simlab's."""
    traceback: str = ""
    """Where it was raised, for ``--debug``."""


@dataclass(frozen=True, slots=True)
class JobResult(Generic[Result_co]):
    """What became of a job: a value, or the reason why there is none."""

    job: Job
    value: Result_co | None
    failure: Failure | None
    seconds: float
    """Wall-clock time that it took."""


class Executor(Protocol[Model_contra, Result_co]):
    """A place where jobs run. It is closed after use, as a context manager or by ``close``."""

    def run(
        self,
        models: Mapping[str, Model_contra],
        jobs: Sequence[Job],
        on_done: Callable[[JobResult[Result_co]], None],
    ) -> None:
        """Run every job and hand each result to ``on_done``, in the caller's thread, as it comes in.

        A job that raises, that takes too long or that kills its workers gives a result with a failure; the
        others go on. An exception of ``on_done`` ends the run.

        Raises
        ------
        Interrupted
            On SIGINT or SIGTERM; a result that is being handed over is handed over completely.
        """

    def close(self) -> None:
        """Give up what the executor holds, such as worker processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()


def attempt(job: Job, call: Callable[[], Result]) -> JobResult[Result]:
    """Result of a job whose value ``call`` gives, or of which it raises the failure."""
    started = perf_counter()
    try:
        value = call()
    except Exception as error:  # whatever a job raises is its result
        return JobResult(job, None, failure_of(error), perf_counter() - started)
    return JobResult(job, value, None, perf_counter() - started)


def failure_of(error: Exception) -> Failure:
    """Failure that tells an exception."""
    where = "".join(traceback.format_exception(error))
    if isinstance(error, SimlabError):
        return Failure(str(error), error.exit_code, where)
    return Failure(f"{type(error).__name__}: {error}", ExitCode.DEFECT, where)
