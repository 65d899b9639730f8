"""The worker process: takes blocks of jobs from its connection and sends back each result."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from simlab.execution.interface import Job, JobResult, attempt, failure_of

READY = b"ready"


@dataclass(frozen=True, slots=True)
class Block:
    """Jobs of one model, with what the worker does not have yet."""

    jobs: tuple[Job, ...]
    model: str
    """SHA-256 of the pickled model."""
    pickled_model: bytes | None
    forget: str | None
    """Model that is not needed any more."""
    pickled_work: bytes | None


def main() -> None:
    """Serve the connection whose file descriptor is the only argument, until its other end is closed."""
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    desk = _Desk()
    try:
        connection.send_bytes(READY)
        while True:
            block = connection.recv()
            desk.take(block)
            for job in block.jobs:
                connection.send_bytes(packed(desk.result(block, job)))
    except (EOFError, ConnectionError):  # the coordinator has closed its end, or is gone
        return


class _Desk:
    """What a worker keeps from block to block; unpickled within a job, so that trouble is the job's."""

    def __init__(self) -> None:
        self._pickled_work = b""
        self._work: Callable[[Any, int, int], Any] | None = None
        self._pickled_models: dict[str, bytes] = {}
        self._models: dict[str, Any] = {}

    def take(self, block: Block) -> None:
        if block.pickled_work is not None:
            self._pickled_work = block.pickled_work
        if block.pickled_model is not None:
            self._pickled_models[block.model] = block.pickled_model
        if block.forget is not None:
            self._pickled_models.pop(block.forget, None)
            self._models.pop(block.forget, None)

    def result(self, block: Block, job: Job) -> JobResult[Any]:
        def call() -> object:
            if self._work is None:
                self._work = pickle.loads(self._pickled_work)
            if block.model in self._pickled_models:
                self._models[block.model] = pickle.loads(self._pickled_models[block.model])
                del self._pickled_models[block.model]
            return self._work(self._models[block.model], job.seed, job.replication)

        return attempt(job, call)


def packed(result: JobResult[Any]) -> bytes:
    """Return a result pickled; where its value cannot be, the reason takes its place."""
    try:
        return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # a value that cannot be sent is the job's failure
        return pickle.dumps(JobResult(result.job, None, failure_of(error), result.seconds))


def unpacked(message: bytes, job: Job) -> JobResult[Any]:
    """Return the result that `packed` was given; a failure of its job where it cannot be read here."""
    try:
        result: JobResult[Any] = pickle.loads(message)
    except Exception as error:
        return JobResult(job, None, failure_of(error), 0.0)
    return result
