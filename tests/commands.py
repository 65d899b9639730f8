"""The command line as users call it: arguments in, exit code and both streams out.

`simlab` calls it in this process (a fixture to import, as `folder` is), `called` and `started` in one of its
own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from simlab.cli import main

SCENARIO = """\
name: Desk
time: {length: 4 days, warm_up: 1 day}
demand:
  mail: {arrivals: {rate: 60/day}, priority: {P1: 20 %, P2: 80 %}}
staffing:
  desk: {people: 2, cost: 40 EUR/hour}
routing:
  start: fix
  steps:
    fix: {team: desk, work: {exponential: 20 min}, next: resolved}
targets: {P1: {resolve: 1 h}, P2: {resolve: 2 h}}
what_if:
  one: {label: One person, set: {staffing.desk.people: 1}}
  four: {label: Four people, set: {staffing.desk.people: 4}}
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Simlab: TypeAlias = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the present folder, which holds ``desk.yaml``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # tables are as wide as they need
    (tmp_path / "desk.yaml").write_text(SCENARIO)
    return tmp_path


@pytest.fixture
def simlab(folder: Path, capsys: pytest.CaptureFixture[str]) -> Simlab:
    """Return the function that runs a command."""

    def run(*arguments: str | Path) -> Ended:
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(int(left.value.code or 0), out, err)

    return run


LONGEST_SECONDS = 300


def surroundings(**changes: str) -> dict[str, str]:
    """Environment of a process that finds what this one finds, with changes."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **changes}


def started(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Begin a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "simlab", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(**environment),
    )


def called(folder: Path, *arguments: str, **environment: str) -> Ended:
    """Carry out a command in a process of its own."""
    return program(folder, sys.executable, "-m", "simlab", *arguments, **environment)


def program(folder: Path, *arguments: str, **environment: str) -> Ended:
    """Carry out any program."""
    ended = subprocess.run(
        arguments,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=LONGEST_SECONDS,
        env=surroundings(**environment),
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)
