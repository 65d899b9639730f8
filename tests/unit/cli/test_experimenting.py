from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""

SWEEP = """\
experiment: sweep
name: People
scenario: desk.yaml
replications: 2
vary: {staffing.desk.people: [1, 3]}
responses: [resolution_mean, cost_per_week]
"""
SENSITIVITY = """\
experiment: sensitivity
scenario: desk.yaml
replications: 3
method: METHOD
points: 4
trajectories: 2
vary: {staffing.desk.people: {from: 1, to: 3}}
uncertain: {routing.steps.fix.work: {uniform: {min: 15 min, max: 25 min}}}
responses: [resolution_mean]
"""
CAPACITY = """\
experiment: capacity
scenario: desk.yaml
replications: 4
vary: {staffing.desk.people: {from: 1, to: MOST}}
constraints: [resolve_attainment >= 80 %]
growth: [0 %, 200 %]
responses: [cost_per_week]
"""


def test_sweep_prints_a_row_for_each_point(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(SWEEP)
    ended = simlab("sweep", "x.yaml", "-j", "1", "--csv", "x.csv")
    assert ended.code == 0
    assert "People: 2 points, 2 replications of each, seed 1" in ended.out
    assert "stored in results" in ended.err
    rows = list(csv.DictReader((folder / "x.csv").read_text().splitlines()))
    assert [row["staffing.desk.people"] for row in rows] == ["1", "1", "3", "3"]
    told = json.loads(simlab("sweep", "x.yaml", "-j", "1", "--json").out)
    assert [point["settings"] for point in told["points"]] == [
        {"staffing.desk.people": "1"},
        {"staffing.desk.people": "3"},
    ]
    value = told["points"][0]["responses"]["resolution_mean"]["value"]
    assert float(rows[0]["value"]) == pytest.approx(value)


@pytest.mark.parametrize("method", ["tornado", "morris", "sobol", "uncertainty"])
def test_sensitivity_has_a_table_for_each_response(simlab: Simlab, folder: Path, method: str) -> None:
    (folder / "x.yaml").write_text(SENSITIVITY.replace("METHOD", method))
    ended = simlab("sensitivity", "x.yaml", "-j", "1", "--no-store")
    assert ended.code == 0
    assert "esolution time" in ended.out
    told = json.loads(simlab("sensitivity", "x.yaml", "-j", "1", "--no-store", "--json").out)
    measures = {row["measure"] for row in told["measures"]}
    expected = {"tornado": "difference", "morris": "mu*", "sobol": "total", "uncertainty": "mean"}[method]
    assert expected in measures


def test_capacity_prints_the_staffing_curve(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(CAPACITY.replace("MOST", "6"))
    ended = simlab("capacity", "x.yaml", "-j", "1", "--no-store")
    assert ended.code == 0
    assert "demand +200 %" in ended.out
    assert "kept" in ended.out
    told = json.loads(simlab("capacity", "x.yaml", "-j", "1", "--no-store", "--json").out)
    few, more = (point["crews"][0]["people"] for point in told["points"])
    assert few < more
    assert told["points"][0]["crews"][0]["paid_hours_per_week"] == pytest.approx(168.0 * few)


def test_capacity_that_is_out_of_reach_ends_with_4(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(CAPACITY.replace("MOST", "2"))
    ended = simlab("capacity", "x.yaml", "-j", "1", "--no-store")
    assert ended.code == 4
    assert "the most people allowed do not keep the targets" in ended.err


@pytest.mark.parametrize("command", ["sweep", "sensitivity", "capacity"])
def test_dry_run_tells_the_size_without_simulating(simlab: Simlab, folder: Path, command: str) -> None:
    text = {"sweep": SWEEP, "sensitivity": SENSITIVITY.replace("METHOD", "sobol")}.get(
        command, CAPACITY.replace("MOST", "6")
    )
    (folder / "x.yaml").write_text(text)
    ended = simlab(command, "x.yaml", "--dry-run")
    assert ended.code == 0
    assert "replications       about" in ended.out
    assert not (folder / "results").exists()


def test_other_kind_of_experiment_is_refused_with_its_command(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(SWEEP)
    ended = simlab("capacity", "x.yaml")
    assert ended.code == 2
    assert "run it with: simlab sweep x.yaml" in ended.err


def test_compare_shares_out_the_effect_of_several_changes(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: compare\nscenario: desk.yaml\nreplications: 2\ndecompose: shapley\n"
        "alternatives: {both: {label: Both, what_if: [four], set: {routing.steps.fix.work: 10 min}}}\n"
    )
    ended = simlab("compare", "x.yaml", "-j", "1", "--no-store")
    assert "Both: the effect of each change, mean over all orders" in ended.out
    told = json.loads(simlab("compare", "x.yaml", "-j", "1", "--no-store", "--json").out)
    parts = told["contributions"]["both"]["responses"]["resolution_mean"]
    assert list(parts) == ["four", "routing.steps.fix.work", "all together"]
    total = parts["four"]["value"] + parts["routing.steps.fix.work"]["value"]
    assert total == pytest.approx(parts["all together"]["value"])


def test_studies_are_listed_shown_and_verified(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: sweep\nscenario: desk.yaml\nreplications: 2\nvary: {staffing.desk.people: [1, 2]}\n"
    )
    assert simlab("sweep", "x.yaml", "-j", "1", "--set", "time.length=2 days", "--what-if", "four").code == 0
    (stored,) = (folder / "results").glob("x-*")
    (told,) = json.loads(simlab("results", "list", "--json").out)
    assert (told["study"], told["replications"]) == ("sweep", 4)
    assert stored.name in simlab("results", "list").out
    assert "of all configurations together" in simlab("results", "show", stored).out
    shown = json.loads(simlab("results", "show", stored, "--json").out)
    assert [point["settings"] for point in shown["result"]["points"]] == [
        {"staffing.desk.people": "1"},
        {"staffing.desk.people": "2"},
    ]
    ledger = stored / "replications.ledger"
    ledger.write_bytes(ledger.read_bytes()[:-9])
    ended = simlab("results", "verify")
    assert (ended.code, "damaged or cut off: 1 of its records" in ended.err) == (6, True)
