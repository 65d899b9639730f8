from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]


@pytest.fixture
def stored(simlab: Simlab, folder: Path) -> Path:
    """Return the folder of a stored run, as a user would name it."""
    simlab("run", "desk.yaml", "-n", "2", "-j", "1")
    (found,) = (folder / "results").iterdir()
    return found.relative_to(folder)


def test_list_and_show_describe_runs(simlab: Simlab, stored: Path) -> None:
    (told,) = json.loads(simlab("results", "list", "--json").out)
    assert (told["scenario"], told["seed"], told["replications"]) == ("Desk", 1, 2)
    assert stored.name in simlab("results", "list").out
    assert told["run_hash"] in simlab("results", "show", stored).out
    assert json.loads(simlab("results", "show", stored, "--json").out)["resolved"]["name"] == "Desk"


def test_list_tells_runs_of_one_scenario_apart(simlab: Simlab, stored: Path) -> None:
    simlab("run", "desk.yaml", "-n", "1", "-j", "1", "--set", "staffing.desk.people=5")
    told = simlab("results", "list").out
    # Runs of the same second stand in the order of their folders, so that either may be the first.
    differs = [people for people in (2, 5) if f"Desk: staffing.desk.people: {people}" in told]
    assert len(differs) == 1


def test_verify_ends_with_6_and_names_the_damaged_file(simlab: Simlab, stored: Path) -> None:
    assert simlab("results", "verify").code == 0
    damaged = stored / "r00001" / "summary.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    ended = simlab("results", "verify")
    assert ended.code == 6
    assert f"{damaged}: the file is damaged" in ended.err
    assert "1 damaged" in ended.out


def test_remove_asks_and_needs_yes_where_nobody_answers(simlab: Simlab, stored: Path) -> None:
    refused = simlab("results", "remove", stored)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert stored.exists()
    assert simlab("results", "remove", stored, "--yes").code == 0
    assert not stored.exists()


def test_export_names_its_files(simlab: Simlab, stored: Path) -> None:
    assert "out/tickets.csv" in simlab("results", "export", stored, "-o", "out").out
    assert simlab("results", "export", stored, "-f", "xlsx").out.strip() == f"{stored.name}.xlsx"
    assert simlab("results", "export", stored, "-f", "excel").out.strip() == f"{stored.name}.xlsx"
    assert simlab("results", "export", stored, "-o", stored).code == 2


def test_what_is_no_result_folder_ends_with_6(simlab: Simlab, folder: Path) -> None:
    assert simlab("results", "list", "absent").code == 6
    assert simlab("results", "show", folder).code == 6
