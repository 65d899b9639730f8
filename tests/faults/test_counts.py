"""Faults that must be met many times over: kills, races, cuts. The quick rows are beside."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simlab.execution.processes import ProcessExecutor
from simlab.experiments.ledger import Ledger
from simlab.optimise.stored import read_optimised
from simlab.results.catalogue import damage_in
from tests.commands import Simlab, started

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SEARCH = """\
experiment: optimize
scenario: desk.yaml
replications: 2
seed: 3
vary: {staffing.desk.people: {from: 1, to: 6}, demand.mail.arrivals.rate: [50/day, 60/day]}
minimise: cost_per_week
constraints: [resolve_attainment >= 80 %]
budget: {trials: 10, final_replications: 4}
"""


def found(folder: Path) -> tuple[object, ...]:
    result = read_optimised(folder)
    trials = tuple((each.number, str(each.configuration), str(each.verdict)) for each in result.trials)
    return trials, result.recommended and str(result.recommended.settings)


def test_rows_1_and_2_search_killed_20_times_ends_as_if_undisturbed(folder: Path) -> None:
    (folder / "search.yaml").write_text(SEARCH)
    command = ("optimize", "search.yaml", "-q", "-j", "1", "--folder")
    began = time.monotonic()
    undisturbed = started(folder, *command, "undisturbed")
    undisturbed.communicate(timeout=600)
    assert undisturbed.returncode == 0
    seconds = time.monotonic() - began
    moments = random.Random(20)
    n_killed = 0
    while n_killed < 20:
        process = started(folder, *command, "killed")
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=moments.uniform(0.3, 0.95) * seconds)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        n_killed += 1
    last = started(folder, *command, "killed")
    _, err = last.communicate(timeout=600)
    assert last.returncode == 0, err
    assert found(folder / "killed") == found(folder / "undisturbed")
    numbers = [each.number for each in read_optimised(folder / "killed").trials]
    assert numbers == list(range(len(numbers)))
    assert damage_in(folder / "killed") == ()


def test_row_9_file_cut_by_any_of_1_to_500_bytes_is_told(simlab: Simlab, folder: Path) -> None:
    (folder / "sweep.yaml").write_text(
        "experiment: sweep\nscenario: desk.yaml\nreplications: 2\nvary: {staffing.desk.people: [2, 3]}\n"
    )
    assert simlab("run", "desk.yaml", "-n", "2", "-q", "-j", "1").code == 0
    assert simlab("sweep", "sweep.yaml", "-q", "-j", "1").code == 0
    for home in sorted((folder / "results").iterdir()):
        for path in sorted(home.rglob("*")):
            if not path.is_file() or path.name in ("lock", ".lock"):
                continue
            whole = path.read_bytes()
            for cut in range(1, min(500, len(whole)) + 1):
                path.write_bytes(whole[:-cut])
                told = damage_in(home)
                # A file of lines that lost whole lines is as it was before they were written.
                is_shorter = path.suffix == ".ledger" and (cut == len(whole) or whole[-cut - 1] == ord("\n"))
                assert told or is_shorter, (path, cut)
            path.write_bytes(whole)
        assert damage_in(home) == ()


def test_row_9_ledger_cut_anywhere_keeps_every_whole_record(simlab: Simlab, folder: Path) -> None:
    (folder / "sweep.yaml").write_text(
        "experiment: sweep\nscenario: desk.yaml\nreplications: 2\nvary: {staffing.desk.people: [2, 3]}\n"
    )
    assert simlab("sweep", "sweep.yaml", "-q", "-j", "1").code == 0
    (path,) = folder.glob("results/*/*.ledger")
    whole = path.read_bytes()
    names = json.loads(whole.splitlines()[0].partition(b" ")[2])["names"]
    for cut in range(1, min(500, len(whole)) + 1):
        path.write_bytes(whole[:-cut])
        with Ledger(path, names) as ledger:
            assert len(ledger) == whole[:-cut].count(b"\n")
    path.write_bytes(whole)


def slow_work(model: object, seed: int, replication: int) -> tuple[int, int]:
    """Take a while, and leave a trace of the process."""
    time.sleep(0.05)
    return seed, replication


def test_row_12_three_of_four_workers_killed_change_no_result() -> None:
    from simlab.execution.interface import Job, JobResult

    results: dict[int, Any] = {}

    def take(result: JobResult[Any]) -> None:
        results[result.job.replication] = result.value
        if len(results) == 4:
            own = [
                int(path.name)
                for path in Path("/proc").glob("[0-9]*")
                if f"PPid:\t{os.getpid()}\n" in status(path) and b"execution.worker" in command_line(path)
            ]
            assert len(own) == 4
            for pid in own[:3]:
                os.kill(pid, signal.SIGKILL)

    with ProcessExecutor[Any, Any](slow_work, 4) as executor:
        executor.run({"m": None}, [Job("m", 5, number) for number in range(60)], take)
    assert results == {number: (5, number) for number in range(60)}


def status(process: Path) -> str:
    try:
        return (process / "status").read_text()
    except OSError:
        return ""


def command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
