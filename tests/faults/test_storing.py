"""Rows 3 to 11, 14 and 15: results that are cut, flipped, locked, full, or from another version."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest

from simlab.errors import StorageError
from simlab.results.lock import sole_writer
from simlab.results.manifest import Manifest
from simlab.results.store import ResultStore
from tests.commands import Simlab, program

MANIFEST = Manifest(
    scenario="Desk",
    resolved={"name": "Desk"},
    data_files={},
    seed=7,
    engine="simpy",
    versions={"simlab": "0.1.0", "numpy": "2.1.0"},
    machine={"system": "Linux", "processor": "x86_64", "implementation": "CPython"},
    created="2026-01-05T08:00:00+00:00",
)
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def stored(simlab: Simlab, folder: Path) -> Path:
    """Results of three replications with their logs."""
    assert simlab("run", "desk.yaml", "-n", "3", "-q", "--logs", "all").code == 0
    (run,) = (folder / "results").iterdir()
    return run


def hold(path: str, ready: Event) -> None:
    with sole_writer(Path(path)):
        ready.set()
        time.sleep(60)


def test_row_3_lock_ends_with_its_owner_however_that_ends(tmp_path: Path) -> None:
    ready = SPAWN.Event()
    owner = SPAWN.Process(target=hold, args=(str(tmp_path / "lock"), ready))
    owner.start()
    assert ready.wait(60)
    assert owner.pid is not None
    with pytest.raises(StorageError, match=f"process {owner.pid}"), sole_writer(tmp_path / "lock"):
        pass
    os.kill(owner.pid, signal.SIGKILL)
    owner.join()
    with sole_writer(tmp_path / "lock"):
        pass


def keep_one(root: str, replication: int) -> int:
    store = ResultStore.open_or_create(Path(root), MANIFEST)
    store.write(replication, {"value": np.array([float(replication)]), "name": ["mean"]})
    return replication


@pytest.mark.parametrize("races", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(1200)
def test_row_4_eight_processes_open_new_folders_at_once_and_none_fails(tmp_path: Path, races: int) -> None:
    with ProcessPoolExecutor(8, mp_context=SPAWN) as pool:
        for race in range(races):
            root = tmp_path / f"race{race}"
            kept = list(pool.map(keep_one, [str(root)] * 8, range(8)))
            store = ResultStore.open(next(root.iterdir()))
            assert store.replications() == tuple(kept)
            assert store.damage() == {}


def test_row_5_second_writer_is_told_who_writes(simlab: Simlab, stored: Path) -> None:
    with sole_writer(stored / "lock"):
        ended = simlab("run", "desk.yaml", "-n", "4", "-q")
    assert ended.code == 6
    assert f"process {os.getpid()}" in ended.err


@pytest.fixture
def small_disk(folder: Path) -> Path:
    """Folder of a file system of 400 KiB; it goes with the mount namespace of the commands that use it."""
    (folder / "disk").mkdir()
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("unshare and mount are needed for a small file system")
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder / "disk")]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    return folder / "disk"


def test_row_6_full_disk_is_told_with_bytes_and_what_is_there_stays(folder: Path, small_disk: Path) -> None:
    script = (
        f"mount -t tmpfs -o size=400k tmpfs {small_disk} && "
        f"{sys.executable} -m simlab run desk.yaml -n 40 -q --logs all --store disk/results; echo first $?; "
        f"{sys.executable} -m simlab results verify disk/results; echo verified $?; "
        f"mount -o remount,size=64m {small_disk} && "
        f"{sys.executable} -m simlab run desk.yaml -n 40 -q --logs all --store disk/results; echo resumed $?"
    )
    ended = program(folder, "unshare", "-m", "sh", "-c", script)
    assert "No space left on device; needs " in ended.err, ended.err
    ends = [line for line in ended.out.splitlines() if line.startswith(("first", "verified", "resumed"))]
    assert ends == ["first 6", "verified 0", "resumed 0"]


def test_row_7_folder_that_is_a_file_or_absent_is_told_in_a_line(simlab: Simlab, folder: Path) -> None:
    (folder / "taken").write_text("")
    ended = simlab("run", "desk.yaml", "-n", "2", "-q", "--store", "taken")
    assert ended.code == 6
    assert "taken" in ended.err
    assert "Traceback" not in ended.err
    assert simlab("results", "show", "absent").code == 6


def test_row_8_every_flipped_bit_is_told(simlab: Simlab, stored: Path) -> None:
    files = sorted(path for path in stored.rglob("*") if path.is_file() and path.name != "lock")
    bits = random.Random(8)
    for _ in range(40):
        file = bits.choice(files)
        whole = file.read_bytes()
        broken = bytearray(whole)
        broken[bits.randrange(len(whole))] ^= 1 << bits.randrange(8)
        file.write_bytes(broken)
        ended = simlab("results", "verify", stored)
        assert ended.code == 6, file
        assert "Traceback" not in ended.err
        file.write_bytes(whole)
    assert simlab("results", "verify", stored).code == 0


def figures(simlab: Simlab) -> object:
    ended = simlab("run", "desk.yaml", "-n", "3", "-q", "--json", "--logs", "all")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)["responses"]


@pytest.mark.parametrize("name", ["manifest.json", "r00001/summary.parquet", "r00001/checksums.json"])
def test_row_9_cut_file_is_told_and_the_next_run_mends_what_can_be_mended(
    simlab: Simlab, stored: Path, name: str
) -> None:
    whole = figures(simlab)
    for cut in (1, 37, 500):
        content = (stored / name).read_bytes()
        (stored / name).write_bytes(content[: max(0, len(content) - cut)])
        assert simlab("results", "verify", stored).code == 6
        if name == "manifest.json":
            assert simlab("run", "desk.yaml", "-n", "3", "-q").code == 6
            (stored / name).write_bytes(content)
        else:
            assert figures(simlab) == whole
    assert simlab("results", "verify", stored).code == 0


def test_row_10_garbage_in_one_replication_leaves_the_others(simlab: Simlab, stored: Path) -> None:
    file = stored / "r00001" / "visits.parquet"
    content = bytearray(file.read_bytes())
    content[64:128] = os.urandom(64)
    file.write_bytes(content)
    store = ResultStore.open(stored)
    assert set(store.damage()) == {1}
    assert len(store.read_logs(0).visits) > 0
    assert len(store.read_logs(2).visits) > 0


def test_row_14_replication_that_is_delivered_twice_is_kept_once(tmp_path: Path) -> None:
    store = ResultStore.open_or_create(tmp_path, MANIFEST)
    for value in (1.0, 2.0):
        store.write(3, {"value": np.array([value]), "name": ["mean"]})
    assert store.replications() == (3,)
    assert store.read_summary(3)["value"][0] == 1.0


def test_row_15_results_of_another_version_are_another_run() -> None:
    other = replace(MANIFEST, versions={**MANIFEST.versions, "numpy": "9.9.9"})
    assert other.run_hash != MANIFEST.run_hash
    assert json.loads(json.dumps(other.versions))["numpy"] == "9.9.9"
