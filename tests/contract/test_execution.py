"""What holds for every executor, and what holds for worker processes beyond that."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simlab.errors import ExitCode, UsageError
from simlab.execution import processes
from simlab.execution.dask import DaskExecutor, WorkerRefused
from simlab.execution.interface import Executor, Interrupted, Job, JobResult
from simlab.execution.local import SerialExecutor
from simlab.execution.local_cluster import LocalClusterProgram
from simlab.execution.processes import MAX_ATTEMPTS, MODELS_PER_WORKER, ProcessExecutor
from simlab.results import provenance
from tests.commands import surroundings

Results = list[JobResult[Any]]
Make = Callable[[Any], Executor[Any, Any]]
MAKERS: dict[str, Make] = {
    "serial": SerialExecutor,
    "one worker": lambda work: ProcessExecutor(work, 1),
    "two workers": lambda work: ProcessExecutor(work, 2),
}


@pytest.fixture(scope="session")
def cluster_address() -> Iterator[str]:
    """Return the address of a Dask scheduler with two worker processes that import the workload."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        program = LocalClusterProgram(2)
    yield program.address
    program.close()


@pytest.fixture(params=[*MAKERS, pytest.param("cluster", marks=pytest.mark.slow)])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param != "cluster":
        return MAKERS[request.param]
    address = request.getfixturevalue("cluster_address")
    return lambda work: DaskExecutor(work, address)


@pytest.fixture
def workload(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("execution_workload")


def jobs(n: int, model: str = "today", seed: int = 7) -> list[Job]:
    return [Job(model, seed, replication) for replication in range(n)]


def collected(executor: Executor[Any, Any], models: dict[str, Any], asked: list[Job]) -> dict[Job, Any]:
    results: Results = []
    executor.run(models, asked, results.append)
    assert sorted(map(order, (result.job for result in results))) == sorted(map(order, asked))
    return {result.job: result for result in results}


def order(job: Job) -> tuple[str, int, int]:
    return job.model, job.seed, job.replication


class TestEveryExecutor:
    def test_each_job_is_delivered_once_with_the_value_of_its_address(
        self, make: Make, workload: ModuleType, tmp_path: Path
    ) -> None:
        models = {"today": ("", tmp_path, 1.0), "what-if": ("", tmp_path, 2.0)}
        asked = [*jobs(40), *jobs(40, "what-if"), *jobs(5, seed=8)]
        with make(workload.draw) as executor:
            results = collected(executor, models, asked)
        for job in asked:
            assert results[job].failure is None
            assert results[job].value == workload.draw(models[job.model], job.seed, job.replication)

    def test_models_and_jobs_can_be_given_again_and_again(
        self, make: Make, workload: ModuleType, tmp_path: Path
    ) -> None:
        with make(workload.draw) as executor:
            for factor in (1.0, 2.0, 1.0, *map(float, range(3, 5 + MODELS_PER_WORKER)), 1.0):
                # One key for different models: what counts is what a run is given.
                (result,) = collected(executor, {"m": ("", tmp_path, factor)}, [Job("m", 1, 0)]).values()
                assert result.value == workload.draw(("", tmp_path, factor), 1, 0)

    def test_no_jobs_give_no_results(self, make: Make, workload: ModuleType) -> None:
        with make(workload.draw) as executor:
            assert collected(executor, {}, []) == {}

    def test_results_are_handed_over_in_the_thread_of_the_caller(
        self, make: Make, workload: ModuleType, tmp_path: Path
    ) -> None:
        threads = []
        with make(workload.draw) as executor:
            executor.run(
                {"today": ("", tmp_path, 1.0)}, jobs(3), lambda _: threads.append(threading.get_ident())
            )
        assert threads == [threading.get_ident()] * 3

    @pytest.mark.parametrize(
        ("kind", "reason", "exit_code"),
        [
            ("raises", "ValueError: the third one fails", ExitCode.DEFECT),
            ("disk full", "results: no space", ExitCode.STORAGE),
        ],
    )
    def test_job_that_raises_fails_with_its_reason_and_the_others_go_on(
        self, make: Make, workload: ModuleType, tmp_path: Path, kind: str, reason: str, exit_code: ExitCode
    ) -> None:
        with make(workload.work) as executor:
            results = collected(executor, {"today": (kind, tmp_path, 1.0)}, jobs(6))
        failed = {job.replication for job, result in results.items() if result.failure}
        assert failed == {3}
        failure = results[jobs(6)[3]].failure
        assert (failure.reason, failure.exit_code) == (reason, exit_code)
        assert "in trouble" in failure.traceback

    def test_error_of_the_receiver_ends_the_run_and_leaves_the_executor_usable(
        self, make: Make, workload: ModuleType, tmp_path: Path
    ) -> None:
        def refuse(result: JobResult[Any]) -> None:
            raise OSError("cannot take it")

        models = {"today": ("", tmp_path, 1.0)}
        with make(workload.work) as executor:
            with pytest.raises(OSError, match="cannot take it"):
                executor.run(models, jobs(9), refuse)
            assert len(collected(executor, models, jobs(4))) == 4

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signal_between_results_keeps_those_that_were_handed_over(
        self, make: Make, workload: ModuleType, tmp_path: Path, number: signal.Signals
    ) -> None:
        handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        results: Results = []

        def take(result: JobResult[Any]) -> None:
            if len(results) == 4:
                os.kill(os.getpid(), number)
            results.append(result)  # the signal does not break this off

        with make(workload.work) as executor:
            with pytest.raises(Interrupted, match="interrupted after 5 of 30 replications") as caught:
                executor.run({"today": ("", tmp_path, 1.0)}, jobs(30), take)
            assert caught.value.exit_code is ExitCode.INTERRUPTED
            assert len(results) == 5
            assert len(collected(executor, {"today": ("", tmp_path, 1.0)}, jobs(3))) == 3
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers

    def test_signal_breaks_off_a_job_that_takes_long(
        self, make: Make, workload: ModuleType, tmp_path: Path
    ) -> None:
        def interrupt_once_hanging() -> None:
            while not (tmp_path / "job-3").exists():
                time.sleep(0.005)
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        results: Results = []
        interrupter = threading.Thread(target=interrupt_once_hanging)
        with make(workload.work) as executor:
            interrupter.start()
            with pytest.raises(Interrupted, match="of 4 replications"):
                executor.run({"today": ("hangs", tmp_path, 1.0)}, jobs(4), results.append)
            interrupter.join()
        assert {result.job.replication for result in results} <= {0, 1, 2}


@pytest.fixture(params=[1, 2])
def n_workers(request: pytest.FixtureRequest) -> int:
    return int(request.param)


class TestWorkerProcesses:
    def test_killed_worker_costs_only_the_job_in_work(
        self, n_workers: int, workload: ModuleType, tmp_path: Path
    ) -> None:
        model = ("dies once", tmp_path, 1.0)
        with ProcessExecutor[Any, Any](workload.work, n_workers) as executor:
            results = collected(executor, {"today": model}, jobs(30))
        assert all(
            result.value == workload.draw(model, 7, job.replication) for job, result in results.items()
        )
        n_starts = [len((tmp_path / f"job-{r}").read_text().splitlines()) for r in range(30)]
        assert n_starts == [2 if r == 3 else 1 for r in range(30)]

    @pytest.mark.parametrize(
        ("kind", "how"), [("dies always", "by signal SIGKILL"), ("exits", "with exit status 7")]
    )
    def test_job_that_kills_every_worker_is_given_up_with_its_reason(
        self, n_workers: int, workload: ModuleType, tmp_path: Path, kind: str, how: str
    ) -> None:
        with ProcessExecutor[Any, Any](workload.work, n_workers) as executor:
            results = collected(executor, {"today": (kind, tmp_path, 1.0)}, jobs(10))
        assert [job.replication for job, result in results.items() if result.failure] == [3]
        assert results[jobs(4)[3]].failure.reason == f"3 worker processes died at it, the last one {how}"
        assert len((tmp_path / "job-3").read_text().splitlines()) == MAX_ATTEMPTS

    def test_workers_killed_from_outside_change_no_result(self, workload: ModuleType, tmp_path: Path) -> None:
        model = ("", tmp_path, 1.0)
        results: Results = []

        def take(result: JobResult[Any]) -> None:
            results.append(result)
            if len(results) in (5, 6, 20):
                started = (tmp_path / f"job-{result.job.replication}").read_text().split()
                os.kill(int(started[-1]), signal.SIGKILL)

        with ProcessExecutor[Any, Any](workload.work, 2) as executor:
            executor.run({"today": model}, jobs(40), take)
        values = {result.job.replication: result.value for result in results}
        assert len(results) == 40
        assert values == {r: workload.draw(model, 7, r) for r in range(40)}

    def test_stopped_worker_is_replaced_and_changes_no_result(
        self, workload: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processes, "STOPPED_SECONDS", 0.2)
        model = ("stops once", tmp_path, 1.0)
        with ProcessExecutor[Any, Any](workload.work, 2) as executor:
            results = collected(executor, {"today": model}, jobs(12))
        values = {job.replication: result.value for job, result in results.items()}
        assert values == {r: workload.draw(model, 7, r) for r in range(12)}
        assert workload.leave_trace(model, 7, 3) == 3  # started twice, and once more just now

    def test_job_beyond_its_time_limit_fails_and_the_others_go_on(
        self, workload: ModuleType, tmp_path: Path
    ) -> None:
        with ProcessExecutor[Any, Any](workload.work, 2, time_limit=5.0) as executor:
            results = collected(executor, {"today": ("hangs", tmp_path, 1.0)}, jobs(10))
        assert [job.replication for job, result in results.items() if result.failure] == [3]
        assert results[jobs(4)[3]].failure.reason == "it took longer than 5 s"

    def test_value_that_cannot_be_sent_fails_with_its_reason(
        self, workload: ModuleType, tmp_path: Path
    ) -> None:
        with ProcessExecutor[Any, Any](workload.gives_a_lock, 1) as executor:
            results = collected(executor, {"today": ("", tmp_path, 1.0)}, jobs(2))
        assert all("cannot pickle" in result.failure.reason for result in results.values())

    def test_model_that_a_worker_cannot_read_fails_with_its_reason(self, workload: ModuleType) -> None:
        with ProcessExecutor[Any, Any](workload.draw, 1) as executor:
            results = collected(executor, {"today": workload.CannotBeRead()}, jobs(2))
        assert all("invalid literal for int()" in result.failure.reason for result in results.values())

    def test_work_that_cannot_be_sent_is_refused_at_once(self) -> None:
        with pytest.raises(UsageError, match="cannot be sent to worker processes"):
            ProcessExecutor(lambda model, seed, replication: None, 2)

    def test_workers_stay_between_runs_and_end_with_the_executor(
        self, workload: ModuleType, tmp_path: Path
    ) -> None:
        models = {"today": ("", tmp_path, 1.0)}
        with ProcessExecutor[Any, Any](workload.pid, 2) as executor:
            first = {result.value for result in collected(executor, models, jobs(12)).values()}
            second = {result.value for result in collected(executor, models, jobs(12)).values()}
        assert first & second
        assert len(first | second) <= 2
        assert not any(Path(f"/proc/{number}").exists() for number in first | second)

    def test_script_without_a_main_guard_runs_and_a_killed_coordinator_leaves_no_worker(
        self, workload: ModuleType, tmp_path: Path
    ) -> None:
        script = tmp_path / "planner.py"
        script.write_text(
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from execution_workload import pid\n"
            "from simlab.execution.interface import Job\n"
            "from simlab.execution.local import local_executor\n"
            "def take(result):\n"
            "    print(result.value, flush=True)\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            "local_executor(pid, 2).run({'m': None}, [Job('m', 1, r) for r in range(100)], take)\n"
        )
        command = [sys.executable, str(script)]
        ended = subprocess.run(command, env=surroundings(), capture_output=True, text=True, timeout=60)
        assert ended.returncode == -signal.SIGKILL
        ends_soon(int(ended.stdout))


@pytest.fixture
def importable(workload: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the workload, which clusters started by the test import too."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    return workload


@pytest.mark.slow
class TestClusters:
    def test_killed_worker_costs_only_the_block_in_flight_and_changes_no_result(
        self, importable: ModuleType, tmp_path: Path
    ) -> None:
        model = ("", tmp_path, 1.0)
        results: Results = []

        def take(result: JobResult[Any]) -> None:
            results.append(result)
            if len(results) in (5, 20):
                started = (tmp_path / f"job-{result.job.replication}").read_text().split()
                os.kill(int(started[-1]), signal.SIGKILL)

        with DaskExecutor[Any, Any].on_this_machine(importable.work, 2) as executor:
            executor.run({"today": model}, jobs(60), take)
        values = {result.job.replication: result.value for result in results}
        assert len(results) == 60
        assert values == {r: importable.draw(model, 7, r) for r in range(60)}
        n_starts = sum(len((tmp_path / f"job-{r}").read_text().splitlines()) for r in range(60))
        # Blocks of at most a quarter of a second, of jobs that take a hundredth: 25 jobs, twice.
        assert n_starts <= 60 + 2 * 25

    def test_job_that_kills_every_worker_is_given_up_and_the_others_go_on(
        self, importable: ModuleType, tmp_path: Path
    ) -> None:
        with DaskExecutor[Any, Any].on_this_machine(importable.work, 2) as executor:
            results = collected(executor, {"today": ("dies always", tmp_path, 1.0)}, jobs(10))
        assert [job.replication for job, result in results.items() if result.failure] == [3]
        assert results[jobs(4)[3]].failure.reason == f"{MAX_ATTEMPTS} worker processes died at it"

    def test_stopped_worker_is_started_anew_and_changes_no_result(
        self, importable: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = ("stops once", tmp_path, 1.0)
        with DaskExecutor[Any, Any].on_this_machine(importable.work, 2) as executor:
            results = collected(executor, {"today": model}, jobs(12))
        values = {job.replication: result.value for job, result in results.items()}
        assert values == {r: importable.draw(model, 7, r) for r in range(12)}

    def test_worker_with_another_version_is_refused(
        self, cluster_address: str, importable: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours = {**provenance.versions(), "simlab": "99.0.0"}
        monkeypatch.setattr(provenance, "versions", lambda: ours)
        theirs = importlib.metadata.version("servicedesk-simlab")
        with pytest.raises(WorkerRefused, match=rf"is refused: it has simlab {theirs} in place of 99\.0\.0"):
            DaskExecutor[Any, Any](importable.draw, cluster_address)

    def test_worker_that_joins_later_with_another_version_refuses_its_block(
        self, importable: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with DaskExecutor[Any, Any].on_this_machine(importable.draw, 1) as executor:
            ours = {**provenance.versions(), "code": "0" * 16}
            monkeypatch.setattr(provenance, "versions", lambda: ours)
            with pytest.raises(WorkerRefused, match="in place of 0000000000000000"):
                executor.run({"today": ("", tmp_path, 1.0)}, jobs(4), lambda _: None)

    def test_value_that_cannot_be_sent_and_model_that_cannot_be_read_fail_with_their_reasons(
        self, importable: ModuleType, tmp_path: Path
    ) -> None:
        with DaskExecutor[Any, Any].on_this_machine(importable.gives_a_lock, 1) as executor:
            results = collected(executor, {"today": ("", tmp_path, 1.0)}, jobs(2))
            assert all("cannot pickle" in result.failure.reason for result in results.values())
            results = collected(executor, {"today": importable.CannotBeRead()}, jobs(2))
            assert all("invalid literal for int()" in result.failure.reason for result in results.values())

    def test_cluster_listens_on_loopback_only_and_ends_with_a_killed_coordinator(
        self, importable: ModuleType, tmp_path: Path
    ) -> None:
        script = tmp_path / "planner.py"
        script.write_text(
            "import os, signal\n"
            "from execution_workload import pid\n"
            "from simlab.execution.cluster import executor_at\n"
            "from simlab.execution.interface import Job\n"
            "executor = executor_at(pid, cluster='local:2')\n"
            "print(executor._program.address, flush=True)\n"
            "def take(result):\n"
            "    print(result.value, flush=True)\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            "executor.run({'m': None}, [Job('m', 1, r) for r in range(100)], take)\n"
        )
        ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        address, worker = ended.stdout.split()
        assert address.startswith("tcp://127.0.0.1:")
        ends_soon(int(worker))


def ends_soon(pid: int) -> None:
    process = Path(f"/proc/{pid}")
    until = time.monotonic() + 30
    while process.exists() and "Z" not in (process / "stat").read_text().split()[2]:
        assert time.monotonic() < until, "the worker goes on without its coordinator"
        time.sleep(0.02)
