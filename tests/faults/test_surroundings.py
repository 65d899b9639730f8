"""Rows 44 to 60: names, secrets, signals, clocks, locales and hash seeds."""

from __future__ import annotations

import ast
import json
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import simlab as package
from simlab.cli import main
from simlab.model.calendar_rules import CalendarRule, open_intervals, parse_weekly
from simlab.model.wall_clock import WallClock
from tests.commands import SCENARIO, Simlab, called, program, started

ROOT = Path(package.__file__).parent
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$\\frac{1}{2}$",
    "javascript:alert(1)",
]


def named(folder: Path, name: str) -> str:
    (folder / "named.yaml").write_text(SCENARIO.replace("name: Desk", f"name: {json.dumps(name)}"))
    return "named.yaml"


@pytest.mark.parametrize("name", MARKUP)
def test_row_45_markup_in_names_is_text_in_reports(simlab: Simlab, folder: Path, name: str) -> None:
    assert simlab("run", named(folder, name), "-n", "2", "-q", "--logs", "all").code == 0
    (stored,) = (folder / "results").iterdir()
    assert simlab("report", stored, "-o", "report.html").code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("name", ["../../x", "a/b", "CON", "x" * 200, "..", "a:b*c?"])
def test_row_46_names_of_scenarios_make_plain_folder_names(simlab: Simlab, folder: Path, name: str) -> None:
    ended = simlab("run", named(folder, name), "-n", "2", "-q")
    assert ended.code == 0, ended.err
    (stored,) = (folder / "results").iterdir()
    assert len(stored.name) <= 120
    assert not set(stored.name) & set('/\\:*?"<>|')
    assert not stored.name.startswith(".")


def test_row_47_terminal_codes_in_names_are_not_printed(simlab: Simlab, folder: Path) -> None:
    (folder / "named.yaml").write_text(SCENARIO.replace("name: Desk", 'name: "a\\e]0;owned\\ab"'))
    ended = simlab("run", "named.yaml", "-n", "2")
    assert "\x1b]0" not in ended.out + ended.err
    assert "\x07" not in ended.out + ended.err


def test_row_49_no_pickle_is_read_from_files() -> None:
    """What unpickles reads from its own worker processes only."""
    readers = {}
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
        }
        if names & {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}:
            readers[path.relative_to(ROOT).as_posix()] = names
    assert set(readers) <= {"execution/worker.py", "execution/processes.py", "execution/dask.py"}


def test_row_51_environment_is_in_no_stored_file(folder: Path) -> None:
    secret = "hunter2-never-told"
    ended = called(folder, "run", "desk.yaml", "-n", "2", "--logs", "all", DATABASE_PASSWORD=secret)
    assert ended.code == 0, ended.err
    assert secret not in ended.out + ended.err
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret.encode() not in path.read_bytes()


def test_row_52_simlab_serves_no_page_of_its_own() -> None:
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "http.server" not in text, path
        assert "wsgiref" not in text, path


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_row_56_signal_ends_with_130_and_the_run_goes_on_from_there(
    folder: Path, number: signal.Signals
) -> None:
    command = (
        "run",
        "desk.yaml",
        "-n",
        "400",
        "--set",
        "time.length=40 days",
        "--engine",
        "simpy",
        "-j",
        "2",
    )
    process = started(folder, *command, "-q")
    until = time.monotonic() + 120
    while len(list(folder.glob("results/*/r*"))) < 2 and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "goes on" in err
    finished = len(list(folder.glob("results/*/r*")))
    assert finished >= 2
    assert called(folder, "results", "verify", "results").code == 0


def test_row_56_signal_during_the_start_ends_with_130_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simlab.cli.app.app", interrupted)
    with pytest.raises(SystemExit, match="130"):
        main(["version"])
    assert capsys.readouterr().err == "simlab: interrupted\n"


def digest(folder: Path, store: str, *options: str, **environment: str) -> str:
    ended = called(
        folder, "run", "desk.yaml", "-n", "3", "--json", "-q", "--store", store, *options, **environment
    )
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    del told["folder"], told["engine"]
    return json.dumps(told, sort_keys=True)


@pytest.mark.slow
def test_rows_57_59_and_60_figures_depend_on_nothing_around(folder: Path) -> None:
    expected = digest(folder, "first")
    surroundings = [
        ({"TZ": "Asia/Kathmandu"}, ()),
        ({"TZ": "America/St_Johns"}, ()),
        ({"TZ": "Pacific/Apia"}, ()),
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}, ()),
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, ()),
        *[({"PYTHONHASHSEED": str(seed)}, ()) for seed in range(10)],
        ({}, ("-j", "1")),
        ({}, ("-j", "2")),
        ({}, ("-j", "4")),
        ({}, ("--engine", "simpy")),
        ({}, ("--engine", "compiled")),
    ]
    for number, (environment, options) in enumerate(surroundings):
        assert digest(folder, f"other{number}", *options, **environment) == expected, (environment, options)


@pytest.mark.parametrize(
    ("day", "opens"), [((2026, 3, 29), 60.0), ((2026, 10, 25), 30.0)], ids=["gap", "overlap"]
)
def test_row_58_edge_in_a_gap_moves_on_and_in_an_overlap_is_the_first(
    day: tuple[int, int, int], opens: float
) -> None:
    """In Berlin 02:30 does not exist on the first day, and comes at 00:30 and 01:30 UTC on the second."""
    clock = WallClock("Europe/Berlin", datetime(*day, tzinfo=UTC))
    rule = CalendarRule("Europe/Berlin", parse_weekly({"sun": "02:30-10:00"}))
    assert open_intervals(rule, clock, 0.0, 600.0)[0][0] == opens


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", ["version", "--help", "describe desk.yaml"])
def test_row_6_full_disk_behind_a_redirection_is_told(folder: Path, command: str) -> None:
    ended = program(folder, "sh", "-c", f"{sys.executable} -m simlab {command} > /dev/full")
    assert ended.code == 6, ended.err
    assert "No space left on device" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["version", "run desk.yaml -n 1 --no-store -j 1"])
def test_reader_that_has_gone_ends_a_command_well(folder: Path, command: str) -> None:
    ended = program(folder, "sh", "-c", f"({sys.executable} -m simlab {command}; echo $? >&2) | true")
    assert ended.err.splitlines()[-1] == "0"
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_letters_that_a_terminal_lacks_are_replaced(folder: Path, encoding: str) -> None:
    for command in ("run", "describe"):
        ended = called(folder, command, named(folder, "Büro 服务台"), PYTHONIOENCODING=encoding)
        assert ended.code == 0, ended.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_commands_work_without_streams_as_services_have_none(folder: Path, closed: str) -> None:
    ended = program(folder, "sh", "-c", f"{sys.executable} -m simlab schema {closed}")
    assert (ended.code, ended.err) == (0, "")
