"""Running on a Dask cluster: a scheduler, and workers that may die, leave and join.

The coordinator hands out blocks of jobs, about as many at a time as the cluster has threads, so a worker that
dies takes one block with it, which Dask gives to another. Each block carries the versions of everything that
decides numbers; a worker that has others refuses it.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, Self, TypeVar

from distributed import Client, Future, KilledWorker, Security
from distributed.comm.core import connect

from simlab.errors import ExitCode, UsageError
from simlab.execution.delivery import Delivery
from simlab.execution.interface import (
    Executor,
    Failure,
    Job,
    JobResult,
    Work,
    WorkersLost,
    attempt,
    failure_of,
)
from simlab.execution.local_cluster import LocalClusterProgram
from simlab.execution.processes import MODELS_PER_WORKER
from simlab.execution.worker import packed, unpacked

Model = TypeVar("Model")
Result = TypeVar("Result")
Identity = Mapping[str, str]
"""Versions and kind of machine that numbers depend on."""

BLOCK_SECONDS: Final = 0.25
"""Work in a block: what the network and the scheduler take for it is then small beside it."""
PATIENCE_S: Final = 30.0
"""How long to wait for a scheduler to answer, and for a first worker."""
_LOOK_S: Final = 1.0
"""How often to look how many threads the cluster has, and whether it is still there."""


class WorkerRefused(UsageError):
    """A worker would compute with another version of simlab, Python or a library."""


class DaskExecutor(Executor[Model, Result]):
    """Runs jobs on the workers of a Dask scheduler."""

    def __init__(
        self, work: Work[Model, Result], address: str, program: LocalClusterProgram | None = None
    ) -> None:
        """Connect to the scheduler at ``address``; a ``program`` is ended with this executor."""
        self._program = program
        try:
            self._pickled_work = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            self.close()
            raise UsageError(f"the work cannot be sent to worker processes: {error}") from error
        self._models: OrderedDict[str, Future[Any]] = OrderedDict()
        _refuse_without_certificate(address)
        try:
            _require_scheduler(address)
            self._client = Client(address, timeout=PATIENCE_S, set_as_default=False)
            self._client.wait_for_workers(1, timeout=PATIENCE_S)
            self._refuse_other_versions()
        except (OSError, MemoryError) as error:  # Dask takes what other servers say first for a length
            self.close()
            raise UsageError(
                f"no scheduler with a worker answers at {address}\n    -> start them, or check the address"
            ) from error
        except BaseException:
            self.close()
            raise

    @classmethod
    def on_this_machine(cls, work: Work[Model, Result], n_workers: int) -> Self:
        """Return an executor with a cluster of its own: workers on this machine, reached by loopback only."""
        program = LocalClusterProgram(n_workers)
        return cls(work, program.address, program)

    def run(
        self,
        models: Mapping[str, Model],
        jobs: Sequence[Job],
        on_done: Callable[[JobResult[Result]], None],
    ) -> None:
        """Run every job; see :class:`~simlab.execution.interface.Executor`."""
        with Delivery(len(jobs), on_done) as deliver:
            run = _Run(self._client, self._pickled_work, self._model_of(models), jobs, deliver)
            try:
                run.to_end()
            finally:
                run.give_up()

    def close(self) -> None:
        """Leave the scheduler; a cluster of this executor's own ends."""
        client: Client | None = getattr(self, "_client", None)
        if client is not None:
            self._models.clear()
            client.close()
        if self._program is not None:
            self._program.close()

    def _model_of(self, models: Mapping[str, Model]) -> Callable[[str], Future[Any]]:
        """Return what gives the model of a key, as a task, which Dask does again where it gets lost."""
        by_key: dict[str, Future[Any]] = {}

        def model_of(key: str) -> Future[Any]:
            if key not in by_key:
                content = pickle.dumps(models[key], pickle.HIGHEST_PROTOCOL)
                digest = hashlib.sha256(content).hexdigest()
                if digest not in self._models:
                    self._models[digest] = self._client.submit(pickle.loads, content, pure=False)
                by_key[key] = self._models[digest]
                self._models.move_to_end(digest)
                if len(self._models) > MODELS_PER_WORKER:
                    self._models.popitem(last=False)
            return by_key[key]

        return model_of

    def _refuse_other_versions(self) -> None:
        try:
            found: dict[str, Identity] = self._client.run(identity)
        except (ImportError, AttributeError) as error:
            raise WorkerRefused(
                f"a worker has no simlab that can be used: {error}\n    -> install this simlab on all workers"
            ) from error
        for worker, theirs in found.items():
            require_same(identity(), theirs, worker)


def _refuse_without_certificate(address: str) -> None:
    """Refuse TLS for which Dask has no certificate: it would fail without saying so."""
    if address.startswith("tls://") and Security().get_connection_args("client")["ssl_context"] is None:
        raise UsageError(
            f"no certificate is set for {address}\n"
            "    -> set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __CLIENT__CERT and __CLIENT__KEY"
        )


def _require_scheduler(address: str) -> None:
    """Refuse a place where something listens that does not greet in time; a client would wait for ever."""

    async def greet() -> None:
        comm = await connect(address, **Security().get_connection_args("client"))
        await comm.close()

    with ThreadPoolExecutor(1) as beside_a_running_loop:  # such as that of a notebook
        beside_a_running_loop.submit(asyncio.run, asyncio.wait_for(greet(), PATIENCE_S)).result()


class _Run(Generic[Result]):
    """One run: which jobs wait, and which blocks are out."""

    def __init__(
        self,
        client: Client,
        pickled_work: bytes,
        model_of: Callable[[str], Future[Any]],
        jobs: Sequence[Job],
        deliver: Delivery[Result],
    ) -> None:
        self._client = client
        self._pickled_work = pickled_work
        self._model_of = model_of
        self._waiting = deque(jobs)
        self._alone: set[Job] = set()
        """Jobs of blocks that several workers died at: one of them may have been the cause."""
        self._deliver = deliver
        self._out: dict[Future[Any], tuple[Job, ...]] = {}
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()
        self._identity = identity()
        self._n_threads = 1
        self._seconds = 0.0
        self._n_timed = 0

    def to_end(self) -> None:
        """Run until every job has its result."""
        self._count_threads()
        while self._waiting or self._out:
            while self._waiting and len(self._out) < self._n_threads:
                self._hand_block()
            with suppress(Empty):
                self._take(self._finished.get(timeout=_LOOK_S))
                continue
            self._count_threads()

    def give_up(self) -> None:
        """Take back what is still out."""
        if self._out and self._client.status == "running":
            self._client.cancel(list(self._out), force=True)
        self._out.clear()

    def _count_threads(self) -> None:
        if self._client.status not in ("running", "connecting"):
            raise WorkersLost("the scheduler is gone; what is finished is kept")
        with suppress(OSError):
            self._n_threads = max(1, sum(self._client.nthreads().values()))

    def _hand_block(self) -> None:
        first = self._waiting.popleft()
        jobs = [first]
        per_job = self._seconds / self._n_timed if self._n_timed else BLOCK_SECONDS
        fair_share = len(self._waiting) // (2 * self._n_threads)
        most = min(fair_share, int(BLOCK_SECONDS / max(per_job, 1e-6)))
        while (
            len(jobs) < most
            and first not in self._alone
            and self._waiting[0].model == first.model
            and self._waiting[0] not in self._alone
        ):
            jobs.append(self._waiting.popleft())
        block = self._client.submit(
            run_block,
            self._identity,
            self._pickled_work,
            self._model_of(first.model),
            tuple(jobs),
            pure=False,
        )
        self._out[block] = tuple(jobs)
        block.add_done_callback(self._finished.put)

    def _take(self, block: Future[Any]) -> None:
        jobs = self._out.pop(block)
        try:
            messages: list[bytes] = block.result()
        except WorkerRefused:
            raise
        except asyncio.CancelledError as error:
            raise WorkersLost("the scheduler has lost what it was given") from error
        except KilledWorker as error:
            self._suspect(jobs, error)
        except Exception as error:  # the work or the model cannot be read by the worker
            for job in jobs:
                self._deliver(JobResult(job, None, failure_of(error), 0.0))
        else:
            results = [unpacked(message, job) for message, job in zip(messages, jobs, strict=True)]
            self._seconds += sum(result.seconds for result in results)
            self._n_timed += len(results)
            for result in results:
                self._deliver(result)

    def _suspect(self, jobs: tuple[Job, ...], error: KilledWorker) -> None:
        """Try the jobs of a block that workers died at one by one; give up one that was alone."""
        if len(jobs) > 1:
            self._alone.update(jobs)
            self._waiting.extendleft(reversed(jobs))
            return
        reason = f"{error.allowed_failures + 1} worker processes died at it"
        self._deliver(JobResult(jobs[0], None, Failure(reason, ExitCode.DEFECT), 0.0))


def run_block(expected: Identity, pickled_work: bytes, model: object, jobs: tuple[Job, ...]) -> list[bytes]:
    """Run jobs of one model, on the worker; returns each result, pickled.

    Raises
    ------
    WorkerRefused
        When this process has other versions than the coordinator.
    """
    from distributed import get_worker

    require_same(expected, identity(), get_worker().address)
    work: Work[Any, Any] = pickle.loads(pickled_work)

    def result(job: Job) -> JobResult[Any]:
        return attempt(job, lambda: work(model, job.seed, job.replication))

    return [packed(result(job)) for job in jobs]


def identity() -> dict[str, str]:
    """Return what numbers depend on besides scenario and seed: code, libraries, kind of machine."""
    from simlab.results import provenance

    return {**provenance.versions(), **provenance.machine()}


def require_same(ours: Identity, theirs: Identity, worker: str) -> None:
    """Raise `WorkerRefused` when a worker has something other than the coordinator."""
    other = [name for name in ours if theirs.get(name) != ours[name]]
    if other:
        told = ", ".join(f"{name} {theirs.get(name, 'unknown')} in place of {ours[name]}" for name in other)
        raise WorkerRefused(
            f"the worker {worker} is refused: it has {told}\n"
            "    -> install on all workers what this machine has, then start them again"
        )
