"""Rows 1, 2, 4 and 5: searches that are killed, and many that begin at once."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import multiprocessing
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from simlab.errors import StorageError
from simlab.optimise.definition import read_optimisation
from simlab.optimise.result import OptimisationResult
from simlab.optimise.study import watched
from simlab.results.lines import read_lines

TOY = Path(__file__).parents[1] / "unit" / "optimise" / "toy_desk.py"
KILLS = 20
RACES = 50
PROCESSES = 8


def loaded_toy() -> ModuleType:
    """Return the desk whose figures are a formula, which the searches of the unit tests have too."""
    found = importlib.util.spec_from_file_location("toy_desk", TOY)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def digest(result: OptimisationResult) -> str:
    """Hash of the table of trials."""
    rows = [
        (t.number, t.proposer, sorted(t.configuration.items()), t.verdict.values, t.verdict.violations)
        for t in result.trials
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_row_1_search_killed_twenty_times_loses_nothing_and_ends_with_its_budget(
    tmp_path: Path,
) -> None:
    toy = loaded_toy()
    path = toy.write(tmp_path)
    folder, alone = tmp_path / "killed", toy.optimise(path, tmp_path / "alone")
    moments, n_seen = random.Random(1), 0
    for _ in range(KILLS):
        with begun(path, folder) as process:
            wait_for_more(folder / "replications.ledger", process)
            time.sleep(moments.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
        acknowledged = len(trial_lines(folder))
        assert acknowledged >= n_seen  # every trial that was told stays told
        n_seen = acknowledged

    resumed = toy.optimise(path, folder)

    assert digest(resumed) == digest(alone)
    assert resumed.recommended == alone.recommended
    numbers = [trial.number for trial in resumed.trials]
    assert numbers == list(range(22))
    assert len(trial_lines(folder)) == 22
    rerun_equals_what_is_kept(toy, path, folder)


def search_once(path: str, folder: str) -> str:
    """Search in a process of its own; return why it did not, or nothing."""
    try:
        loaded_toy().optimise(Path(path), Path(folder))
    except StorageError as refusal:
        return str(refusal)
    return ""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_row_4_eight_searches_begin_in_a_new_folder_at_once_fifty_times(tmp_path: Path) -> None:
    """One searches, the others are told who does; the study is whole behind them."""
    toy = loaded_toy()
    text = toy.EXPERIMENT.replace("trials: 22", "trials: 4").replace("replications: 6", "replications: 2")
    path = toy.write(tmp_path, text)
    alone = toy.optimise(path, tmp_path / "alone")
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for race in range(RACES):
            folder = tmp_path / f"race{race}"
            ends = list(pool.map(search_once, [str(path)] * PROCESSES, [str(folder)] * PROCESSES))
            assert "" in ends
            assert all("is writing here" in end for end in ends if end), ends
            again = toy.optimise(path, folder)
            assert again.n_simulated == 0
            assert digest(again) == digest(alone)
            assert len(trial_lines(folder)) == len(alone.trials)


def begun(path: Path, folder: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, str(TOY), str(path), str(folder), "0.004"]
    return subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_for_more(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a file has grown, or the process has ended."""
    size = path.stat().st_size if path.exists() else 0
    while process.poll() is None and not (path.exists() and path.stat().st_size > size):
        time.sleep(0.005)


def trial_lines(folder: Path) -> list[dict[str, Any]]:
    """Trials in the journal."""
    found = list(folder.glob("*.journal"))
    whole = [line for path in found for line in path.read_text("utf-8").split("\n")[:-1] if line]
    return [trial for trial in map(json.loads, whole) if "params" in trial]


def rerun_equals_what_is_kept(toy: ModuleType, path: Path, folder: Path) -> None:
    """Every replication that is kept is, to the last bit, what its configuration and number give."""
    plan = read_optimisation(path)
    compiled = toy.compile_toy(plan)
    trials = [trial["params"] for trial in trial_lines(folder)]
    assert len(trials) == 22
    result = toy.optimise(path, folder)
    of_digest = {plan.space.digest(t.configuration): t.configuration for t in result.trials}
    records = [json.loads(record) for record in read_lines(folder / "replications.ledger").records]
    keys = [(each["configuration"], each["replication"]) for each in records]
    assert len(set(keys)) == len(keys)
    names = watched(plan)
    checked = 0
    for each in records:
        if each["configuration"] not in of_digest:
            continue  # of the random search
        found = toy.work(compiled(of_digest[each["configuration"]]), plan.seed, each["replication"]).summary
        assert each["names"] == list(names)
        assert np.array(each["value"]).tobytes() == found.value.tobytes()
        checked += 1
    assert checked >= 22
