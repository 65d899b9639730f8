from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from simlab.errors import ExitCode, StorageError, UsageError
from simlab.execution.interface import Interrupted, Job, JobResult
from simlab.execution.local import SerialExecutor
from simlab.experiments.replication import KeepLogs, keeps, replicate, work_of
from simlab.experiments.runner import ReplicationFailed, run, run_all
from simlab.experiments.runs import Replicated, truncations
from simlab.metrics.invariants import InvariantResult
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.results.store import ResultStore

Done = Callable[[JobResult[Replicated]], None]


class Watched(SerialExecutor[Model, Replicated]):
    """Remembers its jobs, and is interrupted before a given number of them."""

    def __init__(self, logs: KeepLogs = "first", interrupted_at: int | None = None) -> None:
        super().__init__(work_of(logs=logs))
        self.jobs: list[Job] = []
        self._interrupted_at = interrupted_at

    def run(self, models: Mapping[str, Model], jobs: Sequence[Job], on_done: Done) -> None:
        for job in jobs:
            if len(self.jobs) == self._interrupted_at:
                raise Interrupted("interrupted")
            self.jobs.append(job)
            super().run(models, [job], on_done)


class Counted:
    """Progress that counts."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def started(self, n_total: int) -> None:
        self.calls.append(f"started {n_total}")

    def advanced(self, n_pieces: int = 1) -> None:
        self.calls.append("advanced")

    def finished(self) -> None:
        self.calls.append("finished")


def test_run_gives_a_summary_for_each_replication_in_order(desk: LoadedScenario) -> None:
    finished = run(desk, replications=3, seed=7, jobs=1)
    assert [summary.replication for summary in finished.summaries] == [0, 1, 2]
    assert (finished.name, finished.seed, finished.n, finished.folder) == ("Desk", 7, 3, None)
    assert finished.is_steady
    assert finished.values("created_per_week").shape == (3,)


def test_summaries_do_not_depend_on_the_number_of_processes(desk: LoadedScenario) -> None:
    alone, beside = run(desk, replications=3, jobs=1), run(desk, replications=3, jobs=2)
    for one, other in zip(alone.summaries, beside.summaries, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


@pytest.mark.parametrize(("logs", "kept"), [("first", [0]), ("all", [0, 1]), ("none", [])])
def test_run_keeps_the_logs_that_were_asked_for(
    desk: LoadedScenario, tmp_path: Path, logs: KeepLogs, kept: list[int]
) -> None:
    in_memory = run(desk, replications=2, logs=logs, jobs=1)
    stored = run(desk, replications=2, logs=logs, jobs=1, store=tmp_path)
    assert stored.folder is not None
    store = ResultStore.open(stored.folder)
    assert sorted(in_memory.kept) == kept
    assert [number for number in (0, 1) if store.has(number, with_logs=True)] == kept
    assert [number for number in (0, 1) if keeps(number, logs)] == kept


def test_logs_are_read_from_memory_or_from_the_store(desk: LoadedScenario, tmp_path: Path) -> None:
    in_memory, stored = run(desk, replications=1, jobs=1), run(desk, replications=1, jobs=1, store=tmp_path)
    np.testing.assert_array_equal(in_memory.logs().tickets.created, stored.logs().tickets.created)


def test_logs_that_were_not_kept_are_refused_with_the_remedy(desk: LoadedScenario) -> None:
    with pytest.raises(StorageError, match="were not kept"):
        run(desk, replications=1, logs="none", jobs=1).logs()


def test_run_reads_what_the_store_has_and_runs_the_rest(desk: LoadedScenario, tmp_path: Path) -> None:
    first = run(desk, replications=2, jobs=1, store=tmp_path)
    executor = Watched()
    second = run(desk, replications=4, executor=executor, store=tmp_path)
    assert [job.replication for job in executor.jobs] == [2, 3]
    assert (second.n, second.n_reused) == (4, 2)
    assert first.folder == second.folder
    np.testing.assert_array_equal(first.summaries[1].value, second.summaries[1].value)


def test_run_with_another_seed_shares_no_result(desk: LoadedScenario, tmp_path: Path) -> None:
    first = run(desk, replications=1, jobs=1, store=tmp_path)
    second = run(desk, replications=1, jobs=1, store=tmp_path, seed=2)
    assert second.n_reused == 0
    assert first.folder != second.folder


def test_run_that_wants_more_logs_than_the_store_has_runs_again(desk: LoadedScenario, tmp_path: Path) -> None:
    run(desk, replications=2, logs="none", jobs=1, store=tmp_path)
    assert run(desk, replications=2, logs="first", jobs=1, store=tmp_path).n_reused == 1


def test_interrupted_run_keeps_what_was_finished_and_goes_on_from_there(
    desk: LoadedScenario, tmp_path: Path
) -> None:
    with pytest.raises(Interrupted, match="interrupted"):
        run(desk, replications=4, executor=Watched(interrupted_at=3), store=tmp_path)
    executor = Watched()
    resumed = run(desk, replications=4, executor=executor, store=tmp_path)
    assert len(executor.jobs) == 1
    whole = run(desk, replications=4, jobs=1)
    for one, other in zip(resumed.summaries, whole.summaries, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_damaged_replication_is_told_and_simulated_anew(desk: LoadedScenario, tmp_path: Path) -> None:
    folder = run(desk, replications=2, jobs=1, store=tmp_path).folder
    assert folder is not None
    file = folder / "r00001" / "summary.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    again = run(desk, replications=2, jobs=1, store=tmp_path)
    assert again.n_reused == 1
    assert any("damaged" in warning for warning in again.warnings)


def test_broken_invariant_is_a_defect_that_names_it(
    desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = InvariantResult("L = λW", False, 1.0, 2.0, 0.0, "both sides")
    monkeypatch.setattr("simlab.experiments.replication.check", lambda model, logs: (broken,))
    with pytest.raises(ReplicationFailed, match=r"replication 0 of 'Desk', seed 1: .*'L = λW'") as failure:
        run(desk, replications=2, jobs=1)
    assert failure.value.exit_code is ExitCode.DEFECT
    assert "InvariantBroken" in failure.value.traceback


def test_team_that_cannot_keep_up_makes_a_run_unsteady(with_people: Callable[[int], LoadedScenario]) -> None:
    # 60 tickets a day of 20 minutes are 0.83 people's work: a fifth of a person too much at three times that.
    busy = with_people(2).patch({"demand.mail.arrivals.rate": "180/day"})
    finished = run(busy, replications=1, jobs=1)
    assert not finished.is_steady
    assert len(finished.unstable) == 1
    assert "desk cannot keep up" in finished.unstable[0]
    assert "with about 3 people" in finished.unstable[0]


def test_team_that_can_hardly_keep_up_is_a_warning(desk: LoadedScenario) -> None:
    tight = run(desk.patch({"demand.mail.arrivals.rate": "140/day"}), replications=1, jobs=1)
    assert tight.is_steady
    assert any("can hardly keep up" in warning for warning in tight.warnings)


def test_replications_that_a_guard_ended_are_told(desk: LoadedScenario) -> None:
    from dataclasses import replace

    summary = run(desk, replications=1, jobs=1).summaries[0]
    assert truncations([summary]) == ()
    assert truncations([summary, replace(summary, truncated="too many events")]) == (
        "1 of 2 replications ended early: too many events\n"
        "    -> figures are of the time until then; shorten the run, or allow more with --limit",
    )


def test_far_too_many_tickets_are_refused_before_anything_runs(desk: LoadedScenario) -> None:
    endless = desk.patch({"demand.mail.arrivals.rate": "1000000/min"})
    with pytest.raises(UsageError, match=r"about 115\s200\s000\s000 tickets in 20 replications.*\n.*--force"):
        run(endless)


def test_hopeless_overload_is_refused_with_the_team_and_the_people_it_needs(desk: LoadedScenario) -> None:
    thousandfold = desk.patch({"demand.mail.arrivals.rate": "60000/day"})
    # 60,000 tickets of 20 minutes are 833 people at work at any time, in place of 2.
    told = r"team desk gets 4\d\d times the work that it can do: it has 2 people and would need about 9\d\d\n"
    with pytest.raises(UsageError, match=told):
        run(thousandfold)


def test_no_replications_are_refused(desk: LoadedScenario) -> None:
    with pytest.raises(UsageError, match="at least 1; found 0"):
        run(desk, replications=0)


def test_unknown_engine_is_refused(desk: LoadedScenario) -> None:
    with pytest.raises(UsageError, match="found 'steam'"):
        run(desk, engine="steam")


def test_scenarios_that_say_the_same_are_run_once(desk: LoadedScenario, tmp_path: Path) -> None:
    executor = Watched()
    runs = run_all([desk, desk.patch({}, "The same")], replications=2, executor=executor, store=tmp_path)
    assert len(executor.jobs) == 2
    assert [each.label for each in runs] == ["Desk", "The same"]
    np.testing.assert_array_equal(runs[0].values("wait_mean"), runs[1].values("wait_mean"))


def test_progress_counts_what_is_run_and_ends_even_after_a_failure(
    desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted()
    run(desk, replications=2, jobs=1, progress=counted)
    assert counted.calls == ["started 2", "advanced", "advanced", "finished"]
    failed = Counted()
    with pytest.raises(Interrupted, match="interrupted"):
        run(desk, replications=2, executor=Watched(interrupted_at=0), progress=failed)
    assert failed.calls == ["started 2", "finished"]


def test_work_is_a_function_of_its_arguments_alone(desk: LoadedScenario) -> None:
    once, again = (replicate(desk.model, 3, 5) for _ in range(2))
    np.testing.assert_array_equal(once.summary.value, again.summary.value)
    assert once.logs is None
