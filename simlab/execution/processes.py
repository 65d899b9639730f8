"""Running in worker processes that may die, hang or be killed.

Workers are programs of their own, started through ``subprocess`` and served through a pipe each. Compared
with ``concurrent.futures``, a death concerns one worker and one job, a job that hangs can be killed alone,
nothing is forked from a process that has threads, and a script that calls simlab needs no
``if __name__ == "__main__"``. Starting takes about as long as with ``multiprocessing``: the imports decide.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from time import monotonic
from typing import Any, Generic, TypeVar

from simlab.errors import ExitCode, UsageError
from simlab.execution.delivery import Delivery
from simlab.execution.interface import Executor, Failure, Job, JobResult, Work, WorkersLost
from simlab.execution.worker import READY, Block, unpacked

Model = TypeVar("Model")
Result = TypeVar("Result")

BLOCK_SECONDS = 0.05
"""Jobs are handed out in blocks of about this much work, so that sending costs little."""
MAX_ATTEMPTS = 3
"""A job that was in work when this many workers died is given up."""
MODELS_PER_WORKER = 8
"""Most models that a worker keeps; the one unused for longest goes first."""

STOPPED_SECONDS = 5.0
"""A worker that was stopped (SIGSTOP) for this long is replaced; its job goes to another."""
_LOOK_SECONDS = 1.0
"""How often to look for workers that were stopped."""

_PROGRAM = "from simlab.execution.worker import main; main()"


def can_be_sent(value: object) -> bool:
    """Whether a value can be handed to another process: no function of a script or a notebook is in it."""
    try:
        pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:
        return False
    return True


class ProcessExecutor(Executor[Model, Result]):
    """Runs jobs in worker processes, which live until it is closed."""

    def __init__(self, work: Work[Model, Result], n_workers: int, time_limit: float | None = None) -> None:
        try:
            self._pickled_work = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            raise UsageError(f"the work cannot be sent to worker processes: {error}") from error
        self._n_workers = n_workers
        self._time_limit = time_limit
        self._workers: list[_Worker] = []

    def run(
        self,
        models: Mapping[str, Model],
        jobs: Sequence[Job],
        on_done: Callable[[JobResult[Result]], None],
    ) -> None:
        """Run every job; see :class:`~simlab.execution.interface.Executor`."""
        with Delivery(len(jobs), on_done) as deliver:
            try:
                _Run(self._workers, self._pickled_work, models, jobs, deliver, self._time_limit).to_end(
                    self._n_workers
                )
            finally:
                # Only after an interruption or an error are there busy ones: their results are not wanted.
                for worker in [worker for worker in self._workers if worker.in_work]:
                    worker.kill()
                    self._workers.remove(worker)

    def close(self) -> None:
        """End the worker processes."""
        while self._workers:
            self._workers.pop().kill()


def start_program(program: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """Start Python on a few lines of code, which import what this process can import.

    The terminal sends Ctrl-C to every process of its group: the program, which inherits the mask, leaves it
    to this process. The options are those of `subprocess.Popen`.
    """
    has_masks = hasattr(signal, "pthread_sigmask")  # Windows has none
    former_mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if has_masks else set()
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", program, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            **options,
        )
    except OSError as error:
        raise WorkersLost(f"a worker process cannot be started: {error.strerror}") from error
    finally:
        if has_masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, former_mask)


class _Worker:
    """One worker process as the coordinator sees it."""

    def __init__(self) -> None:
        self.is_ready = False
        self.in_work: deque[Job] = deque()
        """Jobs handed out whose results have not come in; it is working at the first one."""
        self.job_started = 0.0
        self.stopped_since: float | None = None
        """When it was first seen to be stopped."""
        self.has_work_function = False
        self.models: OrderedDict[str, None] = OrderedDict()
        """Models that it holds, the one unused for longest first."""
        self.connection, theirs = Pipe()
        # A worker whose coordinator is gone ends with its connection.
        try:
            descriptor = theirs.fileno()
            self.process = start_program(
                _PROGRAM, str(descriptor), stdin=subprocess.DEVNULL, pass_fds=[descriptor]
            )
        except WorkersLost:
            self.connection.close()
            raise
        finally:
            theirs.close()

    def hand(self, jobs: Sequence[Job], digest: str, pickled_model: bytes, pickled_work: bytes) -> None:
        """Send jobs of one model; the worker must be idle, so that it reads while this writes."""
        is_new = digest not in self.models
        self.models[digest] = None
        self.models.move_to_end(digest)
        forget = self.models.popitem(last=False)[0] if len(self.models) > MODELS_PER_WORKER else None
        block = Block(
            jobs=tuple(jobs),
            model=digest,
            pickled_model=pickled_model if is_new else None,
            forget=forget,
            pickled_work=None if self.has_work_function else pickled_work,
        )
        self.has_work_function = True
        self.in_work.extend(jobs)
        self.job_started = monotonic()
        with suppress(ConnectionError):  # it has just died, which its connection will tell
            self.connection.send(block)

    def has_been_stopped_for(self) -> float:
        """Return the seconds for which it is seen to be stopped; 0 where it is not."""
        if not _is_stopped(self.process.pid):
            self.stopped_since = None
            return 0.0
        if self.stopped_since is None:
            self.stopped_since = monotonic()
        return monotonic() - self.stopped_since

    def end(self) -> int:
        """Clear up after its death; returns the exit status, negative for the signal that ended it."""
        with suppress(subprocess.TimeoutExpired):  # its connection closes a moment before it is gone
            self.process.wait(1.0)
        return self.kill()

    def kill(self) -> int:
        """End it at once."""
        self.process.kill()
        status = self.process.wait()
        self.connection.close()
        return status


class _Run(Generic[Model, Result]):
    """One run: which jobs wait, which are in work, which failed how often."""

    def __init__(
        self,
        workers: list[_Worker],
        pickled_work: bytes,
        models: Mapping[str, Model],
        jobs: Sequence[Job],
        deliver: Delivery[Result],
        time_limit: float | None,
    ) -> None:
        self._workers = workers
        self._pickled_work = pickled_work
        self._models = models
        self._waiting = deque(jobs)
        self._deliver = deliver
        self._time_limit = time_limit
        self._pickled: dict[str, tuple[str, bytes]] = {}
        self._deaths: Counter[Job] = Counter()
        self._deaths_at_start = 0
        self._seconds = 0.0
        self._n_timed = 0

    def to_end(self, n_workers: int) -> None:
        """Run until every job has its result."""
        while n_open := len(self._waiting) + sum(len(worker.in_work) for worker in self._workers):
            while len(self._workers) < min(n_workers, n_open):
                self._workers.append(_Worker())
            for worker in self._workers:
                if worker.is_ready and not worker.in_work and self._waiting:
                    self._hand_block(worker, n_workers)
            by_connection: dict[Any, _Worker] = {worker.connection: worker for worker in self._workers}
            for connection in wait(list(by_connection), self._seconds_to_next_look()):
                self._receive(by_connection[connection])
            self._end_overdue()
            self._end_stopped()

    def _hand_block(self, worker: _Worker, n_workers: int) -> None:
        first = self._waiting.popleft()
        jobs = [first]
        per_job = self._seconds / self._n_timed if self._n_timed else BLOCK_SECONDS
        fair_share = len(self._waiting) // (2 * n_workers)
        most = min(fair_share, int(BLOCK_SECONDS / max(per_job, 1e-6)))
        # A job that was in work when a worker died goes alone: it may have been the cause.
        while (
            len(jobs) < most
            and not self._deaths[first]
            and self._waiting[0].model == first.model
            and not self._deaths[self._waiting[0]]
        ):
            jobs.append(self._waiting.popleft())
        worker.hand(jobs, *self._pickled_model(first.model), self._pickled_work)

    def _pickled_model(self, key: str) -> tuple[str, bytes]:
        """Digest and content; the digest, not the key, tells workers which model it is."""
        if key not in self._pickled:
            content = pickle.dumps(self._models[key], pickle.HIGHEST_PROTOCOL)
            self._pickled[key] = hashlib.sha256(content).hexdigest(), content
        return self._pickled[key]

    def _receive(self, worker: _Worker) -> None:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if message == READY:
            worker.is_ready = True
            return
        job = worker.in_work.popleft()
        worker.job_started = monotonic()
        result: JobResult[Result] = unpacked(message, job)
        self._seconds += result.seconds
        self._n_timed += 1
        self._deliver(result)

    def _lost(self, worker: _Worker) -> None:
        """Replace a dead worker; the job that it was working at counts as tried."""
        self._workers.remove(worker)
        self._try_again(worker, _told(worker.end()))

    def _end_stopped(self) -> None:
        """Replace workers that somebody has stopped, so that nothing waits for them for ever."""
        for worker in self._workers[:]:
            if worker.has_been_stopped_for() >= STOPPED_SECONDS:
                self._workers.remove(worker)
                worker.kill()
                self._try_again(worker, "after it was stopped")

    def _try_again(self, worker: _Worker, died: str) -> None:
        """Queue again what a former worker had, unless its job has cost too many workers."""
        if not worker.is_ready:
            self._deaths_at_start += 1
            if self._deaths_at_start >= MAX_ATTEMPTS:
                raise WorkersLost(f"worker processes do not start; the last one ended {died}")
        if worker.in_work:
            job = worker.in_work[0]
            self._deaths[job] += 1
            if self._deaths[job] < MAX_ATTEMPTS:
                self._take_back(worker)
            else:
                self._give_up(worker, f"{MAX_ATTEMPTS} worker processes died at it, the last one {died}")

    def _end_overdue(self) -> None:
        """Kill workers whose job takes too long."""
        limit = self._time_limit
        if limit is None:
            return
        for worker in self._workers[:]:
            is_overdue = worker.in_work and monotonic() - worker.job_started >= limit
            if is_overdue and not worker.connection.poll():
                self._workers.remove(worker)
                worker.kill()
                self._give_up(worker, f"it took longer than {limit:g} s")

    def _give_up(self, worker: _Worker, reason: str) -> None:
        """Let the job fail that a former worker was working at."""
        job = worker.in_work.popleft()
        self._take_back(worker)
        seconds = monotonic() - worker.job_started
        self._deliver(JobResult(job, None, Failure(reason, ExitCode.DEFECT), seconds))

    def _take_back(self, worker: _Worker) -> None:
        """Queue the jobs of a former worker again, ahead of the others."""
        self._waiting.extendleft(reversed(worker.in_work))
        worker.in_work.clear()

    def _seconds_to_next_look(self) -> float:
        starts = [worker.job_started for worker in self._workers if worker.in_work]
        if self._time_limit is None or not starts:
            return _LOOK_SECONDS
        return max(0.0, min(_LOOK_SECONDS, min(starts) + self._time_limit - monotonic()))


def _is_stopped(pid: int) -> bool:
    """Whether a child process is stopped; asked without taking the news from those who wait for its end."""
    if not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def _told(status: int) -> str:
    if status < 0:
        return f"by signal {signal.Signals(-status).name}"
    return f"with exit status {status}"
