from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simlab.errors import StorageError
from simlab.experiments.capacity import capacity
from simlab.experiments.sensitivity import sensitivity
from simlab.experiments.stored_studies import Study, read_study
from simlab.experiments.sweep import sweep
from simlab.results.catalogue import damage_in, remove, run_folders, study_folders
from simlab.results.files import write_whole
from simlab.results.sealed import read_sealed, sealed
from simlab.results.studies import RESULT_FILE, stored_study

Written = Callable[..., Path]
PEOPLE = {"staffing.desk.people": {"from": 1, "to": 3}}
TWO_PEOPLE = {"staffing.desk.people": [1, 2]}


@pytest.fixture
def swept(written: Written, tmp_path: Path) -> Study:
    path = written(experiment="sweep", vary=TWO_PEOPLE, replications=2)
    return sweep(path, store=tmp_path / "results", jobs=1)


def folder_of(study: Study) -> Path:
    assert study.folder is not None
    return study.folder


def assert_read_back(study: Study) -> None:
    # What is missing is NaN, which equals nothing: the texts are compared.
    assert repr(read_study(folder_of(study))) == repr(replace(study, n_simulated=0))


def test_sweep_is_read_back(swept: Study) -> None:
    assert_read_back(swept)


@pytest.mark.parametrize(
    "method",
    [
        {"method": "tornado"},
        {"method": "morris", "trajectories": 2},
        {"method": "sobol", "points": 2},
        {"method": "uncertainty", "points": 2},
    ],
    ids=lambda method: method["method"],
)
def test_sensitivity_is_read_back(written: Written, tmp_path: Path, method: dict[str, object]) -> None:
    uncertain = {"demand.mail.arrivals.rate": {"uniform": {"min": "50/day", "max": "60/day"}}}
    path = written(experiment="sensitivity", uncertain=uncertain, replications=2, **method)
    assert_read_back(sensitivity(path, store=tmp_path / "results", jobs=1))


def test_capacity_is_read_back(written: Written, tmp_path: Path) -> None:
    path = written(experiment="capacity", vary=PEOPLE, constraints=["wait_mean <= 30 min"], replications=2)
    assert_read_back(capacity(path, store=tmp_path / "results", jobs=1))


def test_folder_tells_what_it_holds(swept: Study, tmp_path: Path) -> None:
    (folder,) = study_folders(tmp_path / "results")
    assert run_folders(tmp_path / "results") == ()
    told = stored_study(folder)
    assert (told.kind, told.scenario, told.seed, told.n_replications, told.damage) == (
        "sweep",
        "Desk",
        1,
        4,
        "",
    )
    assert damage_in(folder) == ()


def test_study_that_did_not_end_is_told_and_cannot_be_read(swept: Study) -> None:
    (folder_of(swept) / RESULT_FILE).unlink()
    assert stored_study(folder_of(swept)).kind == ""
    with pytest.raises(StorageError, match="holds no finished study"):
        read_study(folder_of(swept))


def test_result_of_another_version_is_refused(swept: Study) -> None:
    path = folder_of(swept) / RESULT_FILE
    content = read_sealed(path)
    write_whole(path, sealed({**content, "result": {**content["result"], "novelty": 1}}))
    with pytest.raises(StorageError, match="carry out the experiment again"):
        read_study(folder_of(swept))


def test_every_flipped_bit_is_told(swept: Study) -> None:
    generator = random.Random(3)
    files = [path for path in sorted(folder_of(swept).iterdir()) if path.name != ".lock"]
    assert {path.name for path in files} == {"study.json", "result.json", "replications.ledger"}
    for path in files:
        whole = path.read_bytes()
        for _ in range(30):
            damaged = bytearray(whole)
            damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
            path.write_bytes(damaged)
            assert damage_in(folder_of(swept)), path
        path.write_bytes(whole)
    assert damage_in(folder_of(swept)) == ()


def test_damaged_replications_are_told_and_run_anew(swept: Study, written: Written, tmp_path: Path) -> None:
    ledger = folder_of(swept) / "replications.ledger"
    damaged = bytearray(ledger.read_bytes())
    damaged[100] ^= 1
    ledger.write_bytes(damaged)
    path = written(experiment="sweep", vary=TWO_PEOPLE, replications=2)
    again = sweep(path, store=tmp_path / "results", jobs=1)
    assert (again.n_damaged, again.n_simulated) == (1, 1)
    assert repr(again.points) == repr(swept.points)  # type: ignore[union-attr]


def test_study_is_removed(swept: Study) -> None:
    remove(folder_of(swept))
    assert not folder_of(swept).exists()


def test_options_change_the_scenario_of_a_study(written: Written, tmp_path: Path) -> None:
    path = written(experiment="sweep", vary=TWO_PEOPLE, replications=2)
    longer = sweep(path, assignments=["time.length=6 days"], store=tmp_path / "results", jobs=1)
    shorter = sweep(path, store=tmp_path / "results", jobs=1)
    assert longer.folder != shorter.folder
    assert longer.points != shorter.points
