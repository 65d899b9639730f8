"""What is finished survives whatever ends a command: signals, kills, a full disk; and damage is told."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simlab.results.catalogue import damage_in, run_folders, study_folders
from tests.commands import called, started

SCENARIO = """\
name: Desk
time: {length: 15 days, warm_up: 1 day}
demand:
  mail: {arrivals: {rate: 200/day}, priority: {P1: 20 %, P2: 80 %}}
staffing:
  desk: {people: 4, cost: 40 EUR/hour}
routing:
  start: fix
  steps:
    fix: {team: desk, work: {exponential: 20 min}, next: resolved}
targets: {P1: {resolve: 1 h}, P2: {resolve: 2 h}}
"""
SWEEP = "experiment: sweep\nscenario: desk.yaml\nreplications: 4\nvary: {staffing.desk.people: [4, 5, 6]}\n"
RUN = ("run", "desk.yaml", "-n", "12", "--engine", "simpy")
COMMANDS = {"run": RUN, "sweep": ("sweep", "people.yaml")}
KILLS = 4

each_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(SCENARIO)
    (tmp_path / "people.yaml").write_text(SWEEP)
    return tmp_path


def figures(folder: Path, command: tuple[str, ...], store: str) -> dict[str, Any]:
    ended = called(folder, *command, "--json", "-q", "-j", "2", "--store", store)
    assert ended.code == 0, ended.err
    told: dict[str, Any] = json.loads(ended.out)
    del told["folder"]
    return told


def workers_in(folder: Path) -> list[int]:
    """Worker processes of a command that runs in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (process / "cmdline").read_bytes()
            if b"simlab.execution.worker" in line and (process / "cwd").resolve() == folder.resolve():
                found.append(int(process.name))
    return found


def interrupted(folder: Path, command: tuple[str, ...], number: signal.Signals, after: float) -> int:
    process = started(folder, *command, "-q", "-j", "2", "--store", "disturbed")
    with suppress(subprocess.TimeoutExpired):
        process.wait(after)
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.slow
@each_command
def test_command_killed_at_random_moments_ends_as_if_undisturbed(
    folder: Path, command: tuple[str, ...]
) -> None:
    moments = random.Random(8)
    for _ in range(KILLS):
        interrupted(folder, command, signal.SIGKILL, moments.uniform(0.5, 3.0))
        if (folder / "disturbed").exists():
            assert called(folder, "results", "verify", "disturbed").code in (0, 6)
    until = time.monotonic() + 20
    while workers_in(folder):
        assert time.monotonic() < until, "workers go on without their command"
        time.sleep(0.05)
    assert figures(folder, command, "disturbed") == figures(folder, command, "undisturbed")
    assert called(folder, "results", "verify", "disturbed").code == 0


def filled(files: Iterable[Path]) -> bool:
    return any(file.stat().st_size for file in files)


@pytest.mark.slow
@each_command
def test_interrupted_command_ends_with_130_and_goes_on_from_there(
    folder: Path, command: tuple[str, ...]
) -> None:
    process = started(folder, *command, "-q", "-j", "2", "--store", "disturbed")
    until = time.monotonic() + 60
    while not list(folder.glob("disturbed/*/r00000")) and not filled(folder.glob("disturbed/*/*.ledger")):
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "the same command goes on from there" in err) == (130, True)
    assert called(folder, "results", "verify", "disturbed").code == 0
    assert figures(folder, command, "disturbed") == figures(folder, command, "undisturbed")


@pytest.mark.slow
def test_workers_killed_at_random_moments_change_nothing(folder: Path) -> None:
    moments = random.Random(9)
    process = started(folder, *RUN, "--json", "-q", "-j", "2", "--store", "disturbed")
    n_killed = 0
    while process.poll() is None and n_killed < 2:  # a replication at which three die is given up
        time.sleep(moments.uniform(0.3, 0.8))
        for pid in workers_in(folder)[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                n_killed += 1
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert n_killed
    told = json.loads(out)
    del told["folder"]
    assert told == figures(folder, RUN, "undisturbed")


def test_every_one_of_200_flipped_bits_is_told(folder: Path) -> None:
    for command in (("run", "desk.yaml", "-n", "2"), ("sweep", "people.yaml", "-n", "1")):
        assert called(folder, *command, "-j", "1", "--set", "time.length=3 days").code == 0
    stored = [*run_folders(folder / "results"), *study_folders(folder / "results")]
    assert len(stored) == 2
    files = [
        (each, path)
        for each in stored
        for path in sorted(each.rglob("*"))
        if path.is_file() and path.name not in ("lock", ".lock")
    ]
    chosen = random.Random(10)
    for number in range(200):
        home, path = files[number % len(files)]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[chosen.randrange(len(whole))] ^= 1 << chosen.randrange(8)
        path.write_bytes(damaged)
        assert damage_in(home), path
        path.write_bytes(whole)
    assert not any(map(damage_in, stored))


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """Return a file system of 400 KiB."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


@pytest.mark.slow
def test_full_disk_is_told_and_the_run_goes_on_when_there_is_space(folder: Path, small_disk: Path) -> None:
    command = (*RUN, "--logs", "all")
    ended = called(folder, *command, "-q", "--store", "disk/results")
    told = ended.err
    assert (ended.code, "No space left on device; needs " in told, " free" in told) == (6, True, True)
    assert called(folder, "results", "verify", "disk/results").code == 0
    enlarge(small_disk)
    assert figures(folder, command, "disk/results") == figures(folder, command, "undisturbed")


@pytest.mark.slow
def test_full_disk_is_told_and_the_sweep_goes_on_when_there_is_space(folder: Path, small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"." * 350_000)
    sweep = (*COMMANDS["sweep"], "-n", "50", "--set", "time.length=2 days")
    ended = called(folder, *sweep, "-q", "--store", "disk/results")
    assert (ended.code, "No space left on device" in ended.err) == (6, True)
    filler.unlink()
    assert figures(folder, sweep, "disk/results") == figures(folder, sweep, "undisturbed")
    assert called(folder, "results", "verify", "disk/results").code == 0


@pytest.mark.slow
def test_second_command_on_the_same_results_is_told_who_writes(folder: Path) -> None:
    long = (*RUN, "-n", "100", "-q", "-j", "1")
    first = started(folder, *long)
    until = time.monotonic() + 30
    while not list(folder.glob("results/*/lock")):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.1)
    ended = called(folder, *long)
    first.communicate(timeout=60)
    assert (ended.code, f"another run (process {first.pid}) is writing here" in ended.err) == (6, True)
    assert first.returncode == 0
