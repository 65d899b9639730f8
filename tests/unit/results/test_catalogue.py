from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import simlab as sl
from simlab.errors import StorageError
from simlab.results.catalogue import damage_in, remove, run_folders, stored_run
from simlab.results.lock import sole_writer

DESK = {
    "name": "Desk",
    "time": {"length": "1 day"},
    "demand": {"mail": {"arrivals": {"trace": {"file": "mails.csv", "at": "created"}}}},
    "staffing": {"desk": {"people": 2}},
    "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "20 min", "next": "resolved"}}},
}
MAILS = "created\n" + "".join(f"2026-01-05 {hour:02d}:00\n" for hour in range(8, 18))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the result folder of two replications, the first with its logs."""
    (tmp_path / "mails.csv").write_text(MAILS)
    scenario = sl.from_values(DESK, tmp_path)
    run = sl.run(scenario, replications=2, jobs=1, store=tmp_path / "results")
    assert run.folder is not None
    return run.folder


def test_runs_of_a_folder_are_described(folder: Path) -> None:
    (folder.parent / "notes").mkdir()
    assert run_folders(folder.parent) == run_folders(folder) == (folder,)
    run = stored_run(folder)
    assert run.manifest is not None
    assert (run.manifest.scenario, run.n_replications, run.n_with_logs) == ("Desk", 2, 1)
    assert run.n_bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_whole_run_has_no_damage(folder: Path) -> None:
    assert damage_in(folder) == ()


def test_every_flipped_bit_is_told(folder: Path) -> None:
    generator = random.Random(1)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"]
    assert any(path.parent.name == "data" for path in files)
    for path in files:
        whole = path.read_bytes()
        for _ in range(5):
            damaged = bytearray(whole)
            damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
            path.write_bytes(damaged)
            assert damage_in(folder), path
        path.write_bytes(whole)
    assert damage_in(folder) == ()


def test_run_with_damaged_data_is_not_read_and_the_next_run_repairs_it(folder: Path) -> None:
    copy = folder / "data" / "mails.csv"
    copy.write_text(MAILS.replace("08:00", "08:01"))
    with pytest.raises(StorageError, match="the copy of the scenario's data is damaged"):
        sl.read_run(folder)
    scenario = sl.from_values(DESK, folder.parents[1])
    sl.run(scenario, replications=2, jobs=1, store=folder.parent)
    assert sl.read_run(folder).n == 2


def test_removed_run_is_gone(folder: Path) -> None:
    remove(folder)
    assert list(folder.parent.iterdir()) == []


def test_run_that_is_being_written_is_not_removed(folder: Path) -> None:
    told = rf"another run \(process {os.getpid()}\) is writing here"
    with sole_writer(folder / "lock"), pytest.raises(StorageError, match=told):
        remove(folder)
    assert stored_run(folder).n_replications == 2


def test_other_folders_are_not_removed(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a result folder"):
        remove(tmp_path)
    assert tmp_path.exists()


def test_absent_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="check the path"):
        run_folders(tmp_path / "absent")


def test_second_process_is_told_who_writes(folder: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom simlab.results.catalogue import remove\n"
        "remove(Path(sys.argv[1]))"
    )
    with sole_writer(folder / "lock"):
        ended = subprocess.run(
            [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False
        )
    assert f"another run (process {os.getpid()}) is writing here" in ended.stderr
