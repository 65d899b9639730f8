from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""

FEW = ("-n", "3", "-j", "1", "--no-store")


def test_compare_with_what_ifs_has_a_table_for_each(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml", "--what-if", "one", "--what-if", "four", *FEW)
    assert ended.code == 0
    assert ended.out.index("One person") < ended.out.index("Four people")
    assert "worse" in ended.out
    assert "Base: Desk. 3 replications of each, seed 1, paired by common random numbers." in ended.out
    assert "for all alternatives together" in ended.err


def test_compare_of_files_names_alternatives_by_their_scenario(simlab: Simlab, folder: Path) -> None:
    (folder / "more.yaml").write_text("extends: desk.yaml\nname: More\nstaffing: {desk: {people: 3}}\n")
    told = json.loads(simlab("compare", "desk.yaml", "more.yaml", *FEW, "--json").out)
    assert told["alternatives"] == ["More"]
    row = told["responses"]["resolution_mean"]
    change = row["alternatives"]["More"]
    assert change["verdict"] in ("better", "not shown")
    assert change["difference"]["value"] < 0.0
    assert change["correlation"] > 0.0


def test_alternatives_of_one_name_are_named_by_their_files(simlab: Simlab, folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text("extends: desk.yaml\n")
    told = json.loads(simlab("compare", "desk.yaml", "a.yaml", "b.yaml", *FEW, "--json").out)
    assert told["alternatives"] == ["a.yaml", "b.yaml"]


def test_compare_experiment_names_its_alternatives(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: compare\nscenario: desk.yaml\nreplications: 2\n"
        "alternatives: {few: {what_if: [one]}, many: {label: Many, what_if: [four]}}\n"
    )
    told = json.loads(simlab("compare", "x.yaml", "--json", "-j", "1", "--no-store").out)
    assert (told["alternatives"], told["replications"]) == (["few", "many"], 2)
    refused = simlab("compare", "x.yaml", "desk.yaml")
    assert refused.code == 2
    assert "give no other file" in refused.err


def test_responses_asked_for_are_shown_alone(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml", "--what-if", "one", *FEW, "--response", "wait_mean[team=desk]")
    assert "difference" in ended.out
    assert "desk" in ended.out.split("One person")[1]
    assert "EUR" not in ended.out


def test_unknown_response_is_refused_with_the_known_ones(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml", "--what-if", "one", *FEW, "--response", "wait_mean[team=dsk]")
    assert ended.code == 2
    assert "did you mean 'desk'" in ended.err


def test_regression_that_is_shown_ends_with_5(simlab: Simlab) -> None:
    arguments = ("compare", "desk.yaml", "--what-if", "one", "-n", "8", "-j", "1", "--no-store")
    ended = simlab(*arguments, "--fail-on", "resolution_mean > 1 min")
    assert ended.code == 5
    assert "resolution_mean > 1 min: 'one' has " in ended.err
    assert simlab(*arguments, "--fail-on", "resolution_mean > 90 days").code == 0


def test_gate_that_cannot_be_read_is_refused_before_anything_runs(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml", "--what-if", "one", "--fail-on", "resolution_mean is bad")
    assert ended.code == 2
    assert "--fail-on" in ended.err


def test_compare_without_an_alternative_names_the_what_ifs(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml")
    assert ended.code == 2
    assert "--what-if NAME (one, four)" in ended.err


def test_dry_run_of_a_comparison_counts_all_scenarios(simlab: Simlab) -> None:
    ended = simlab("compare", "desk.yaml", "--what-if", "one", "--dry-run", "-n", "10")
    assert "scenarios          2" in ended.out
    assert "expected tickets   4800" in ended.out


def test_force_holds_for_sharing_out_effects_too(
    simlab: Simlab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simlab.experiments.runner.MOST_TICKETS", 10)
    (folder / "x.yaml").write_text(
        "experiment: compare\nscenario: desk.yaml\nreplications: 2\ndecompose: sequential\n"
        "alternatives: {both: {what_if: [four], set: {staffing.desk.cost: 50 EUR/hour}}}\n"
    )
    command = ("compare", "x.yaml", "-j", "1", "--no-store")
    assert "insist with --force" in simlab(*command).err
    assert "all together" in simlab(*command, "--force").out


def test_control_variates_are_told_and_refused_where_effects_are_shared_out(
    simlab: Simlab, folder: Path
) -> None:
    run = ("-n", "10", "-j", "1", "--no-store")
    told = simlab("compare", "desk.yaml", "--what-if", "four", *run, "--controls")
    assert "narrowed by control variates" in told.err
    (folder / "x.yaml").write_text(
        "experiment: compare\nscenario: desk.yaml\ndecompose: sequential\ncontrols: true\n"
        "alternatives: {both: {what_if: [four], set: {staffing.desk.cost: 50 EUR/hour}}}\n"
    )
    refused = simlab("compare", "x.yaml", *run)
    assert refused.code == 2
    assert "would not add up" in refused.err
