from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.engines.logs import DutyLog, Log, RunLogs, RunTotals, StateLog, TicketLog, VisitLog, WorkLog
from simlab.errors import ExitCode, StorageError
from simlab.model.tables import Names
from simlab.results import store as store_module
from simlab.results.manifest import Manifest
from simlab.results.records import tables_of
from simlab.results.store import ResultStore
from simlab.units import format_count
from tests.commands import surroundings

Summary = dict[str, Any]
Start = Callable[[str, Path], subprocess.Popen[str]]
NAMES = Names(
    streams=("incidents",),
    kinds=("incident",),
    classes=("network",),
    priorities=("P1", "P2"),
    channels=(),
    teams=("desk",),
    shifts=("desk.early",),
    people=("desk.early.1",),
    steps=("triage", "fix"),
    calendars=(),
    automations=(),
    states=("faults.causes.1",),
)


def random_log(log_type: type[Log], rng: np.random.Generator, n_rows: int = 40) -> Log:
    """Codes are 0 or none, which every vocabulary has but that of the channels, which has none."""
    arrays = []
    for column in log_type.columns():
        top = 0 if column.name == "channel" else 1
        is_float = column.dtype is np.float64
        values = rng.exponential(size=n_rows) if is_float else rng.integers(-1, top, n_rows)
        arrays.append(values.astype(column.dtype))
    return log_type(*arrays)


@pytest.fixture
def logs() -> RunLogs:
    rng = np.random.default_rng(1)
    totals = RunTotals(created=40, closed=31, in_system=9, wip_area_min=123.456, end=1e5, events=777)
    named = {log.LOG: random_log(log, rng) for log in (TicketLog, VisitLog, WorkLog, DutyLog, StateLog)}
    return RunLogs(replication=3, totals=totals, **named)  # type: ignore[arg-type]


def files_of(store: ResultStore) -> list[Path]:
    return sorted(path for path in store.folder.rglob("*") if path.is_file() and path.name != "lock")


def is_equal(read: Summary, written: Summary) -> bool:
    return np.array_equal(read["value"], written["value"], equal_nan=True) and read["name"] == written["name"]


def test_summary_comes_back_equal(store: ResultStore, summary: Summary) -> None:
    store.write(12, summary)
    assert is_equal(store.read_summary(12), summary)


def test_logs_come_back_bit_for_bit(store: ResultStore, summary: Summary, logs: RunLogs) -> None:
    store.write(3, summary, tables_of(logs, NAMES))
    again = store.read_logs(3)
    assert again.replication == 3
    assert again.totals == logs.totals
    for name in ("tickets", "visits", "work", "duty"):
        written, read = getattr(logs, name), getattr(again, name)
        for column in written.columns():
            assert getattr(read, column.name).tobytes() == getattr(written, column.name).tobytes()


def test_replications_are_listed_in_order(store: ResultStore, summary: Summary) -> None:
    for replication in (100_000, 2, 0, 11):
        store.write(replication, summary)
    assert store.replications() == (0, 2, 11, 100_000)


def test_absent_replication_is_told(store: ResultStore) -> None:
    assert not store.has(4)
    with pytest.raises(StorageError, match=r"r00004.*cannot read it: No such file"):
        store.read_summary(4)


def test_logs_that_were_not_kept_are_told_and_can_be_added(
    store: ResultStore, summary: Summary, logs: RunLogs
) -> None:
    store.write(3, summary)
    assert store.has(3)
    assert not store.has(3, with_logs=True)
    with pytest.raises(StorageError, match="kept without its tickets"):
        store.read_logs(3)
    store.write(3, summary, tables_of(logs, NAMES))
    assert store.has(3, with_logs=True)
    assert store.read_logs(3).totals == logs.totals


def test_replication_that_is_delivered_twice_stays_as_it_was(
    store: ResultStore, summary: Summary, logs: RunLogs
) -> None:
    store.write(3, summary, tables_of(logs, NAMES))
    before = {path: path.read_bytes() for path in files_of(store)}
    store.write(3, summary)
    store.write(3, summary, tables_of(logs, NAMES))
    assert {path: path.read_bytes() for path in files_of(store)} == before


def test_same_run_is_found_again_and_another_seed_gets_its_own_folder(
    store: ResultStore, manifest: Manifest, summary: Summary
) -> None:
    store.write(0, summary)
    root = store.folder.parent
    assert ResultStore.open_or_create(root, manifest).replications() == (0,)
    assert ResultStore.open_or_create(root, replace(manifest, seed=8)).replications() == ()


def test_folder_of_another_run_is_not_mixed_with(store: ResultStore, manifest: Manifest) -> None:
    replace(manifest, seed=8).write(store.folder)
    with pytest.raises(StorageError, match="holds the results of another run"):
        ResultStore.open_or_create(store.folder.parent, manifest)


def test_replication_copied_from_another_run_is_refused(
    store: ResultStore, manifest: Manifest, summary: Summary
) -> None:
    other = ResultStore.open_or_create(store.folder.parent, replace(manifest, seed=8))
    other.write(0, summary)
    shutil.copytree(other.folder / "r00000", store.folder / "r00000")
    with pytest.raises(StorageError, match="belongs to another run or replication"):
        store.read_summary(0)


@pytest.fixture
def filled(store: ResultStore, summary: Summary, logs: RunLogs) -> ResultStore:
    store.write(2, summary)
    store.write(3, summary, tables_of(logs, NAMES))
    return store


def notices(store: ResultStore, manifest: Manifest) -> bool:
    """Whether opening the folder and checking it tells damage."""
    try:
        opened = ResultStore.open_or_create(store.folder.parent, manifest)
    except StorageError:
        return True
    return bool(opened.damage())


def test_whole_store_tells_no_damage(filled: ResultStore, manifest: Manifest) -> None:
    assert not notices(filled, manifest)


def test_every_one_of_many_flipped_bits_is_noticed(filled: ResultStore, manifest: Manifest) -> None:
    chance = random.Random(5)
    for file in files_of(filled):
        whole = file.read_bytes()
        for _ in range(15):
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            file.write_bytes(flipped)
            assert notices(filled, manifest), file
        file.write_bytes(whole)
    assert not notices(filled, manifest)


def test_every_cut_and_missing_file_is_noticed(filled: ResultStore, manifest: Manifest) -> None:
    chance = random.Random(6)
    for file in files_of(filled)[:-1]:
        whole = file.read_bytes()
        for n_cut in (1, 2, chance.randrange(3, 40), len(whole)):
            file.write_bytes(whole[:-n_cut])
            assert notices(filled, manifest), file
        file.unlink()
        if file.name != "manifest.json":
            assert notices(filled, manifest), file
        file.write_bytes(whole)


def test_damaged_file_is_told_by_name_when_read(filled: ResultStore) -> None:
    file = filled.folder / "r00003" / "work.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    whole = format_count(len(content))
    expected = rf"work\.parquet: the file is damaged: it has .* of {whole} bytes\n.*run the scenario again"
    with pytest.raises(StorageError, match=expected):
        filled.read_logs(3)
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(StorageError, match="does not match its checksum"):
        filled.read_logs(3)


def test_writer_puts_damaged_replications_aside_with_a_warning(filled: ResultStore, summary: Summary) -> None:
    (filled.folder / "r00003" / "duty.parquet").write_bytes(b"garbage")
    with filled.writing() as warnings:
        assert len(warnings) == 1
        assert "duty.parquet" in warnings[0]
        assert filled.replications() == (2,)
        filled.write(3, summary)
    assert filled.replications() == (2, 3)
    assert not filled.damage()
    assert list(filled.folder.glob("damaged-r00003-*"))


def test_second_writer_is_refused_with_the_owner_and_let_in_afterwards(store: ResultStore) -> None:
    refused = pytest.raises(StorageError, match=rf"another run \(process {os.getpid()}\) is writing here")
    with store.writing(), refused:
        store.writing().__enter__()
    with store.writing() as warnings:
        assert warnings == ()


HOLDER = """
import sys, time
from pathlib import Path
from simlab.results.store import ResultStore
store = ResultStore.open(Path(sys.argv[1]))
with store.writing():
    print("held", flush=True)
    time.sleep(60)
"""

ENDLESS_WRITER = """
import sys, numpy as np
from pathlib import Path
from simlab.results.store import ResultStore
store = ResultStore.open(Path(sys.argv[1]))
with store.writing():
    print("held", flush=True)
    for replication in range(10**6):
        store.write(replication, {"value": np.full(50_000, float(replication)), "name": ["x"]})
"""


@pytest.fixture
def started() -> Iterator[Start]:
    children: list[subprocess.Popen[str]] = []

    def start(code: str, folder: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, str(folder)]
        child = subprocess.Popen(command, env=surroundings(), stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def test_writer_in_another_process_is_named_and_its_lock_ends_with_a_kill(
    store: ResultStore, started: Start
) -> None:
    holder = started(HOLDER, store.folder)
    with pytest.raises(StorageError, match=rf"process {holder.pid}\)"):
        store.writing().__enter__()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with store.writing() as warnings:
        assert warnings == ()


def test_kill_while_writing_leaves_whole_replications_and_nothing_else(
    store: ResultStore, started: Start
) -> None:
    chance = random.Random(7)
    for _ in range(4):
        n_before = len(store.replications())
        writer = started(ENDLESS_WRITER, store.folder)
        while len(store.replications()) <= n_before and writer.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.02))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        with store.writing() as warnings:
            assert warnings == ()
        assert not list(store.folder.glob(".*"))
        found = store.replications()
        assert found == tuple(range(len(found)))
        assert all(np.array_equal(store.read_summary(r)["value"], np.full(50_000, float(r))) for r in found)
        shutil.rmtree(store.folder / f"r{found[-1]:05d}")


def test_full_disk_is_told_with_bytes_needed_and_free_and_keeps_what_is_there(
    store: ResultStore, summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(0, summary)

    def fails_after_half(path: Path, content: bytes | memoryview) -> None:
        path.write_bytes(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(store_module, "write_through", fails_after_half)
        expected = (
            r"replication 1: No space left on device; needs [\d\xa0]+ bytes, [\d\xa0]+ free\n.*free some"
        )
        with pytest.raises(StorageError, match=expected) as caught:
            store.write(1, summary)
    assert caught.value.exit_code is ExitCode.STORAGE
    assert not list(store.folder.glob(".*"))
    assert store.replications() == (0,)
    assert is_equal(store.read_summary(0), summary)
    store.write(1, summary)
    assert store.replications() == (0, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_small_disk_fills_up_and_goes_on_after_space_is_freed(small_disk: Path, manifest: Manifest) -> None:
    store = ResultStore.open_or_create(small_disk, manifest)
    incompressible = np.random.default_rng(3).random(10_000)

    def fill() -> None:
        for replication in range(10):
            store.write(replication, {"value": incompressible})

    with store.writing(), pytest.raises(StorageError, match="No space left on device"):
        fill()
    kept = store.replications()
    assert kept == tuple(range(len(kept)))
    assert 1 <= len(kept) < 10
    assert not store.damage()
    shutil.rmtree(store.folder / "r00000")
    with store.writing():
        store.write(0, {"value": incompressible})
    assert np.array_equal(store.read_summary(0)["value"], incompressible)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_folder_that_cannot_be_written_is_told_in_a_sentence(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuses(path: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(Path, "mkdir", refuses)
    with pytest.raises(StorageError, match=r"cannot create the folder: .*\n.*choose a folder that can be"):
        ResultStore.open_or_create(tmp_path, manifest)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_read_only_folder_is_told_in_a_sentence(store: ResultStore, summary: Summary) -> None:
    store.folder.chmod(0o555)
    try:
        with pytest.raises(StorageError, match="cannot write replication 0: Permission denied"):
            store.write(0, summary)
    finally:
        store.folder.chmod(0o755)


def test_root_that_is_a_file_is_told_in_a_sentence(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "results").write_text("not a folder")
    with pytest.raises(StorageError, match=r"cannot create the folder: (Not a directory|File exists)"):
        ResultStore.open_or_create(tmp_path / "results", manifest)
