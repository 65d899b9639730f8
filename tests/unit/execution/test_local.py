from __future__ import annotations

import os

import pytest

from simlab.errors import UsageError
from simlab.execution.local import SerialExecutor, available_cores, local_executor
from simlab.execution.processes import ProcessExecutor


def work(model: float, seed: int, replication: int) -> float:
    return model


def test_one_worker_needs_no_process_unless_it_may_have_to_be_killed() -> None:
    assert isinstance(local_executor(work, 1), SerialExecutor)
    assert isinstance(local_executor(work, 2), ProcessExecutor)
    assert isinstance(local_executor(work, 1, time_limit=1.0), ProcessExecutor)


@pytest.mark.parametrize("n_workers", [0, -1])
def test_fewer_workers_than_one_are_refused(n_workers: int) -> None:
    with pytest.raises(UsageError, match=f"at least 1; found {n_workers}"):
        local_executor(work, n_workers)


def test_available_cores_are_those_that_exist_at_most() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
