"""Cautions for Windows and macOS, tested as far as Linux allows."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import simlab as package
from simlab.results.manifest import slug
from tests.commands import Ended, Simlab, program

ROOT = Path(package.__file__).parent
POSIX_ONLY = {"fcntl", "grp", "posix", "pwd", "pty", "resource", "termios", "tty"}
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}


def imported_with_the_module(tree: ast.Module) -> Iterator[str]:
    """Names of modules that are imported when the module is, and not under a condition."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_no_module_needs_what_only_posix_has_to_be_imported() -> None:
    for path in ROOT.rglob("*.py"):
        names = set(imported_with_the_module(ast.parse(path.read_text(encoding="utf-8"))))
        assert not names & POSIX_ONLY, path


def test_nothing_is_forked() -> None:
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "os.fork" not in text, path
        assert 'get_context("fork' not in text, path
        assert "preexec_fn" not in text, path


ON_WINDOWS = """\
import builtins, os, signal, sys, types
# These load what they need for the system that there is.
import multiprocessing, numpy, pyarrow.parquet, duckdb, scipy.special, scipy.stats, matplotlib
import holidays, jinja2, pydantic, rich.console, rich.progress, rich.table, simpy, typer, yaml, zoneinfo
real_import, locked = builtins.__import__, set()
def without_posix(name, *rest, **named):
    caller = (rest[0] if rest else {}).get("__name__", "")
    if name in ("fcntl", "resource", "pwd", "grp", "termios") and caller.startswith("simlab"):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return real_import(name, *rest, **named)
builtins.__import__ = without_posix
def locking(descriptor, mode, n_bytes):
    key = os.fstat(descriptor).st_ino
    if key in locked:
        raise PermissionError(13, "Permission denied")
    locked.add(key)
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
for name in ("O_CLOEXEC", "O_DIRECTORY", "waitid", "pread", "pwrite", "fork", "mkfifo", "WSTOPPED"):
    delattr(os, name)
del signal.pthread_sigmask
from simlab.cli import main
import simlab.execution.local
simlab.execution.local.sys = types.SimpleNamespace(platform="win32")
main()
"""


STRICT = (sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning")


def on_windows(folder: Path, *arguments: str) -> Ended:
    return program(folder, sys.executable, "-c", ON_WINDOWS, *arguments)


@pytest.mark.slow
def test_run_without_what_windows_lacks_gives_the_same_figures(simlab: Simlab, folder: Path) -> None:
    command = ("run", "desk.yaml", "-n", "2", "-q", "--json", "--engine", "simpy")
    ended = on_windows(folder, *command, "-j", "4", "--store", "there")
    assert ended.code == 0, ended.err
    here = json.loads(simlab(*command, "--store", "here").out)
    there = json.loads(ended.out)
    assert there["responses"] == here["responses"]
    assert on_windows(folder, "results", "verify", "there").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("validate", "desk.yaml"),
        ("describe", "desk.yaml"),
        ("run", "desk.yaml", "-n", "2", "-q", "-j", "2"),
        ("init", "new"),
        ("results", "list"),
    ],
    ids=lambda command: command[0],
)
def test_files_are_read_and_written_as_utf_8_whatever_the_locale_says(
    folder: Path, command: tuple[str, ...]
) -> None:
    text = (folder / "desk.yaml").read_text().replace("name: Desk", "name: Büro 服务台")
    (folder / "desk.yaml").write_text(text, encoding="utf-8")
    (folder / "results").mkdir(exist_ok=True)
    ended = program(folder, *STRICT, "-m", "simlab", *command, LC_ALL="C", PYTHONUTF8="0")
    if command[0] == "run":  # the system has no letters for the name of the folder
        assert ended.code == 6, ended.err
        assert "-> set PYTHONUTF8=1" in ended.err
    else:
        assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_lines_of_a_scenario_may_end_as_on_windows(simlab: Simlab, folder: Path, end: str) -> None:
    text = (folder / "desk.yaml").read_text().replace("\n", end)
    (folder / "lines.yaml").write_bytes(text.encode())
    assert simlab("validate", "lines.yaml").code == 0
    (folder / "wrong.yaml").write_bytes(text.replace("people: 2", "people: -2").encode())
    assert "wrong.yaml:6:18" in simlab("validate", "wrong.yaml").err


@pytest.mark.parametrize(
    "name", ["a:b", "a\\b", "a*b?", "CON", "nul", "com1", "LPT9.txt", "x.", "x ", "..", "a<b>|"]
)
def test_names_of_folders_are_names_on_windows_too(name: str) -> None:
    made = slug(name)
    assert not set(made) & set('\\/:*?"<>|')
    assert made == made.strip(" .")
    folder = f"{made}-0123456789ab"  # the hash behind it keeps it apart from devices
    assert folder.partition(".")[0].upper() not in RESERVED


def test_equal_names_but_for_case_or_signs_make_folders_of_their_own(simlab: Simlab, folder: Path) -> None:
    text = (folder / "desk.yaml").read_text()
    names = ("a/b", "a:b", "A/B", "a-b")
    for name in names:
        (folder / "named.yaml").write_text(text.replace("name: Desk", f"name: {json.dumps(name)}"))
        assert simlab("run", "named.yaml", "-n", "1", "-q", "--logs", "none").code == 0
    made = [path.name for path in (folder / "results").iterdir()]
    assert len({name.casefold() for name in made}) == len(names)


def test_no_file_of_the_project_has_a_name_that_windows_refuses() -> None:
    for path in ROOT.parent.rglob("*"):
        parts = path.relative_to(ROOT.parent).parts
        if parts[0].startswith(".") or "__pycache__" in parts:
            continue
        assert not set(path.name) & set('\\:*?"<>|'), path
        assert path.name.partition(".")[0].upper() not in RESERVED, path
