from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""

HEAVY = (
    "numpy",
    "simpy",
    "scipy",
    "pydantic",
    "matplotlib",
    "optuna",
    "yaml",
    "pyarrow",
    "numba",
    "rich.markdown",
)
COMMANDS = (
    "init",
    "validate",
    "describe",
    "run",
    "compare",
    "optimize",
    "report",
    "schema",
    "doctor",
    "demo",
    "version",
)


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom simlab.cli import main\n"
        "try: main(sys.argv[1:])\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ended = python(code, *arguments)
    assert ended.returncode == 0
    assert ended.stderr.strip() == "[]"


def test_importing_the_package_imports_nothing_heavy() -> None:
    ended = python(f"import sys, simlab\nprint([name for name in {HEAVY!r} if name in sys.modules])")
    assert ended.stdout.strip() == "[]"


def test_help_names_every_command(simlab: Simlab) -> None:
    out = simlab("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in out


@pytest.mark.parametrize("arguments", [("version",), ("--version",)])
def test_version_is_that_of_the_distribution(simlab: Simlab, arguments: tuple[str, ...]) -> None:
    assert simlab(*arguments).out == f"simlab {version('servicedesk-simlab')}\n"


def test_call_without_a_command_is_a_usage_error(simlab: Simlab) -> None:
    assert simlab().code == 2


def test_module_can_be_run(folder: Path) -> None:
    ended = python("import runpy; runpy.run_module('simlab', run_name='__main__')")
    assert ended.returncode == 2
    assert "Usage: simlab" in ended.stdout + ended.stderr


def test_reader_that_goes_away_is_no_error(folder: Path) -> None:
    code = "import sys\nfrom simlab.cli import main\nmain(sys.argv[1:])"
    command = [sys.executable, "-c", code, "describe", "desk.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"}
    read_end, write_end = os.pipe()
    os.close(read_end)
    ended = subprocess.run(
        command, cwd=folder, env=environment, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (0, "")
