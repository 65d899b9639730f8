from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Simlab = Callable[..., Any]


def test_precision_that_is_reached_ends_with_0(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "--precision", "resolution_mean 90 %", "--no-store", "-j", "1")
    assert ended.code == 0
    assert "Precision after 10 replications" in ended.out
    assert "not reached" not in ended.out


def test_precision_that_is_not_reached_ends_with_3_and_says_how_many_more(simlab: Simlab) -> None:
    arguments = (
        "run",
        "desk.yaml",
        "--precision",
        "resolution_mean 1 %",
        "--max-replications",
        "12",
        "-j",
        "1",
    )
    ended = simlab(*arguments, "--json")
    assert ended.code == 3
    told = json.loads(ended.out)["precision"]
    needed = told["goals"]["resolution_mean"]["replications_needed"]
    assert told["still_needed"] == needed - 12 > 0
    assert f"about {needed - 12:,} more replications are needed: --max-replications {needed}" in ended.err
    again = simlab(*arguments)
    assert "(12 of 12 replications were there already)" in again.err
    assert f"{needed:,}" in again.out


def test_precision_below_ten_replications_and_maximum_without_a_goal_are_refused(simlab: Simlab) -> None:
    assert simlab("run", "desk.yaml", "--precision", "resolution_mean 5 %", "-n", "5").code == 2
    ended = simlab("run", "desk.yaml", "--max-replications", "50")
    assert ended.code == 2
    assert "needs --precision" in ended.err


def test_experiment_says_its_precision(simlab: Simlab, folder: Path) -> None:
    (folder / "precise.yaml").write_text(
        "experiment: run\nscenario: desk.yaml\nreplications: {at_least: 10, at_most: 12}\n"
        "precision:\n  resolution_mean: 1 %\nby_hour: day\n"
    )
    ended = simlab("run", "precise.yaml", "--no-store", "-j", "1")
    assert ended.code == 3
    assert "Precision after 12 replications" in ended.out
    assert "By hour, all teams together" in ended.out


def test_one_replication_claims_no_interval(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "-n", "1", "--no-store")
    assert "without intervals: one run does not show how sure it is" in ended.out
    assert "±" not in ended.out


def test_hours_are_printed_and_written(simlab: Simlab, folder: Path) -> None:
    ended = simlab("run", "desk.yaml", "-n", "2", "-j", "1", "--by-hour", "day", "--csv", "hours.csv")
    assert ended.code == 0
    assert "By hour, all teams together" in ended.out
    assert len((folder / "hours.csv").read_text().splitlines()) == 1 + 2 * 24
    told = json.loads(simlab("run", "desk.yaml", "-n", "2", "--by-hour", "week", "--json").out)["by_hour"]
    assert {row["team"] for row in told} == {None, "desk"}
    assert told[0]["queue"]["unit"] == "tickets"


def test_period_other_than_day_or_week_and_csv_alone_are_refused(simlab: Simlab) -> None:
    assert "day, week" in simlab("run", "desk.yaml", "--by-hour", "month").err
    assert simlab("run", "desk.yaml", "--csv", "hours.csv").code == 2
    assert simlab("run", "desk.yaml", "-n", "1", "--by-hour", "day", "--no-store").code == 2
