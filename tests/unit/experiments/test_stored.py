from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simlab.errors import StorageError
from simlab.experiments.runner import run
from simlab.experiments.stored import differences, read_run
from simlab.model.load import LoadedScenario, load

TRACED = """\
name: Traced
time: {length: 1 day}
demand: {mail: {arrivals: {trace: {file: mail.csv, at: minute}}}}
staffing: {desk: {people: 1}}
routing:
  start: fix
  steps: {fix: {team: desk, work: 20 min, next: resolved}}
"""
OVERLOADED = """\
name: Too much
time: {length: 2 days}
demand: {mail: {arrivals: {rate: 100/day}}}
staffing: {desk: {people: 1}}
routing:
  start: fix
  steps: {fix: {team: desk, work: 20 min, next: resolved}}
"""


def test_run_read_from_its_folder_is_the_run_that_was_stored(desk: LoadedScenario, tmp_path: Path) -> None:
    stored = run(desk, replications=2, jobs=1, store=tmp_path)
    assert stored.folder is not None
    again = read_run(stored.folder)
    assert (again.name, again.seed, again.engine, again.scenario_hash) == (
        stored.name,
        stored.seed,
        stored.engine,
        stored.scenario_hash,
    )
    for one, other in zip(stored.summaries, again.summaries, strict=True):
        np.testing.assert_array_equal(one.value, other.value)
    assert again.model.names == stored.model.names
    assert len(again.logs().tickets) == len(stored.logs().tickets)


def test_run_is_read_back_when_its_data_files_are_gone(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(TRACED)
    (tmp_path / "mail.csv").write_text("minute\n10\n20\n300\n")
    stored = run(load(tmp_path / "scenario.yaml"), replications=1, jobs=1, store=tmp_path / "results")
    (tmp_path / "mail.csv").unlink()
    assert stored.folder is not None
    assert read_run(stored.folder).values("resolved_per_week").tolist() == [21.0]


def test_folder_without_replications_is_refused(desk: LoadedScenario, tmp_path: Path) -> None:
    folder = run(desk, replications=1, jobs=1, store=tmp_path).folder
    assert folder is not None
    (folder / "r00000").rename(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="holds no replication yet"):
        read_run(folder)


def test_folder_that_holds_no_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a result folder"):
        read_run(tmp_path)


def test_differences_name_the_values_that_changed() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 2}
    assert differences(base, {"a": {"b": 3, "c": [1]}, "e": "new"}) == ("a.b: 3", "d: None", "e: new")
    assert differences(base, base) == ()


def test_a_team_that_cannot_keep_up_is_told_of_a_run_read_from_its_folder_too(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(OVERLOADED)
    stored = run(load(tmp_path / "desk.yaml"), replications=1, jobs=1, store=tmp_path)
    assert stored.folder is not None
    again = read_run(stored.folder)
    assert "the team desk cannot keep up" in again.unstable[0]
    assert again.unstable == stored.unstable
    assert again.warnings == stored.warnings
