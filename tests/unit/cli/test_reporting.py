from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simlab.cli.reporting import _labels

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""


def test_report_of_a_result_folder_is_one_html_file(simlab: Simlab, folder: Path) -> None:
    simlab("run", "desk.yaml", "-n", "2", "-j", "1")
    (stored,) = (folder / "results").glob("Desk-*")
    ended = simlab("report", stored, "-o", "out/desk.html")
    assert (ended.code, ended.out) == (0, "report: out/desk.html\n")
    assert (folder / "out" / "desk.html").read_text().startswith("<!")


def test_command_of_a_stored_run_runs_the_scenario_beside_the_report(simlab: Simlab, folder: Path) -> None:
    simlab("run", "desk.yaml", "-n", "2", "-j", "1", "--seed", "5", "--set", "staffing.desk.people=3")
    (stored,) = (folder / "results").glob("Desk-*")
    simlab("report", stored, "-o", "desk.html")
    command = "simlab run desk_tables/scenario.yaml --replications 2 --seed 5"
    assert command in (folder / "desk.html").read_text()
    ended = simlab(*command.split()[1:], "--json")
    assert ended.code == 0
    # The same results: the folder was found, and nothing simulated anew.
    assert list((folder / "results").glob("Desk-*")) == [stored]


def test_report_of_several_folders_compares_them(simlab: Simlab, folder: Path) -> None:
    simlab("run", "desk.yaml", "-n", "3", "-j", "1")
    (base,) = (folder / "results").glob("Desk-*")
    simlab("run", "desk.yaml", "-n", "2", "-j", "1", "--what-if", "four")
    (other,) = set((folder / "results").glob("Desk-*")) - {base}
    assert simlab("report", base, other, "-o", "both.html").code == 0
    assert "staffing.desk.people: 4" in (folder / "both.html").read_text()


def test_report_of_an_optimisation_folder_is_that_of_its_experiment(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: optimize\nscenario: desk.yaml\nreplications: 2\n"
        "vary: {staffing.desk.people: {from: 2, to: 4}}\nminimise: cost_per_week\n"
        "constraints: ['resolution_mean <= 2 h']\n"
        "budget: {trials: 3, final_replications: 3}\n"
    )
    written = simlab("optimize", "x.yaml", "-j", "1", "--folder", "found", "--report", "a.html")
    assert written.code == 0
    refused = simlab("report", "found", "found")
    assert refused.code == 2
    assert "this one holds a study\n    -> simlab report found" in refused.err
    ended = simlab("report", "found", "-o", "b.html")
    assert (ended.code, ended.out) == (0, "report: b.html\n")
    pages = [(folder / name).read_text() for name in ("a.html", "b.html")]
    at_once = (
        pages[0].replace("simlab optimize x.yaml", "simlab report found").replace("a_tables", "b_tables")
    )
    assert at_once == pages[1]


def test_report_of_an_optimisation_that_was_not_finished_says_what_to_do(
    simlab: Simlab, folder: Path
) -> None:
    (folder / "found").mkdir()
    (folder / "found" / "optimisation.json").write_text("{}")
    ended = simlab("report", "found")
    assert ended.code == 6
    assert "simlab optimize EXPERIMENT goes on from its trials" in ended.err
    (folder / "found" / "result.json").write_text("{}")
    assert simlab("report", "found").code == 6


def test_report_of_something_else_is_refused(simlab: Simlab, folder: Path) -> None:
    (folder / "empty").mkdir()
    ended = simlab("report", "empty")
    assert ended.code == 6
    assert "not a result folder" in ended.err


def test_runs_of_one_scenario_are_named_by_what_differs() -> None:
    resolved = [{"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"b": 2}}, {"a": {"b": 1}}]
    names = ["Desk", "Desk", "Desk", "Other"]
    assert _labels(resolved, names) == ["Desk", "a.b: 2", "a.b: 2 (again)", "Other"]


def test_dry_run_of_an_optimisation_counts_it(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: optimize\nscenario: desk.yaml\nreplications: 2\n"
        "vary: {staffing.desk.people: {from: 1, to: 4}}\nminimise: cost_per_week\n"
        "budget: {trials: 4, final_replications: 3}\n"
    )
    ended = simlab("optimize", "x.yaml", "--dry-run", "-j", "1")
    assert ended.code == 0
    assert "trials             4" in ended.out


def test_optimisation_tells_what_to_change_and_writes_the_scenario(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: optimize\nscenario: desk.yaml\nreplications: 2\n"
        "vary: {staffing.desk.people: {from: 2, to: 4}}\nminimise: resolution_mean\n"
        "budget: {trials: 3, final_replications: 3}\n"
    )
    ended = simlab("optimize", "x.yaml", "-j", "1", "--folder", "found")
    assert ended.code == 0
    assert "staffing.desk.people" in ended.out
    assert (folder / "found" / "recommended.yaml").exists()


def test_demo_elsewhere_says_what_to_do(simlab: Simlab) -> None:
    ended = simlab("demo")
    assert ended.code == 2
    assert "change to the folder of the source" in ended.err
    assert "simlab init my-desk" in ended.err


ASKED = {
    "run": ("run", "desk.yaml", "--controls"),
    "compare": ("compare", "desk.yaml", "--what-if", "one", "--seed", "3"),
    "sweep": ("sweep", "x.yaml"),
    "sensitivity": ("sensitivity", "x.yaml"),
    "capacity": ("capacity", "x.yaml"),
}
FILES = {
    "sweep": "vary: {staffing.desk.people: [2, 3]}\nresponses: [resolution_mean]",
    "sensitivity": "method: tornado\nvary: {staffing.desk.people: {from: 1, to: 3}}\nresponses: [wait_mean]",
    "capacity": "vary: {staffing.desk.people: {from: 1, to: 5}}\nconstraints: [wait_mean <= 1 h]",
}


@pytest.mark.parametrize("command", ASKED)
def test_every_command_that_simulates_writes_its_report_when_asked(
    simlab: Simlab, folder: Path, command: str
) -> None:
    if command in FILES:
        text = f"experiment: {command}\nscenario: desk.yaml\n{FILES[command]}\n"
        (folder / "x.yaml").write_text(text)
    words = (*ASKED[command], "--replications", "3")
    ended = simlab(*words, "-j", "1", "--no-store", "--json", "--report", "r.md", "--lang", "zh")
    assert ended.code == 0, ended.err
    assert "report: r.md" in ended.err
    json.loads(ended.out)
    page = (folder / "r.md").read_text()
    assert "simlab " + " ".join(words[:2]) in page
    again = next(line for line in page.splitlines() if line.startswith("simlab "))
    assert sorted(again.split()[2:]) == sorted(words[1:])
