"""Work for executors to run; a module of its own, so that worker processes can import it."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np

from simlab.errors import StorageError

Model = tuple[str, Path, float]
"""What to do, a folder for traces, a number."""


def draw(model: Model, seed: int, replication: int) -> float:
    return model[2] * float(np.random.default_rng((seed, replication)).random())


def leave_trace(model: Model, seed: int, replication: int) -> int:
    """Note each start of a job in a file of its own; return how often it was started."""
    with (model[1] / f"job-{replication}").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len((model[1] / f"job-{replication}").read_text().splitlines())


def work(model: Model, seed: int, replication: int) -> object:
    n_starts = leave_trace(model, seed, replication)
    time.sleep(0.01)
    if replication == 3:
        trouble(model[0], n_starts)
    return draw(model, seed, replication)


def trouble(kind: str, n_starts: int) -> object:
    if kind == "raises":
        raise ValueError("the third one fails")
    if kind == "disk full":
        raise StorageError("results: no space")
    if kind == "dies once" and n_starts == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "dies always":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "stops once" and n_starts == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    if kind == "exits":
        os._exit(7)
    if kind == "hangs":
        time.sleep(600)
    return None


def gives_a_lock(model: Model, seed: int, replication: int) -> object:
    """Return what cannot be sent between processes."""
    return threading.Lock()


def pid(model: Model, seed: int, replication: int) -> int:
    time.sleep(0.02)
    return os.getpid()


class CannotBeRead:
    """A model that can be sent but not received."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (int, ("not a number",))
