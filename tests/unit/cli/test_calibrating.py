"""``simlab calibrate``: from a log to a scenario that runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Simlab = Callable[..., Any]


@pytest.fixture
def log(folder: Path) -> Path:
    """300 tickets of a desk: called in, fixed or passed to engineers, closed."""
    rng = np.random.default_rng(1)
    lines = ["case_id,activity,start_time,end_time,team,resource,priority"]
    at = np.datetime64("2024-01-01T08:00:00")
    for number in range(300):
        created = at + np.timedelta64(24 * (number // 20 + 2 * (number // 100)), "h")
        now = created + np.timedelta64(int(rng.integers(0, 480)), "m")
        steps = (
            [("call", "desk")] + ([("repair", "engineers")] if number % 3 == 0 else []) + [("close", "desk")]
        )
        for activity, team in steps:
            end = now + np.timedelta64(int(rng.integers(5, 30)), "m")
            person = f"{team}{int(rng.integers(0, 3))}"
            lines.append(f"T{number},{activity},{now},{end},{team},{person},P{1 + number % 2}")
            now = end + np.timedelta64(int(rng.integers(1, 400)), "m")
    path = folder / "tickets.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_log_becomes_a_scenario_that_runs_with_a_report(simlab: Simlab, log: Path) -> None:
    ended = simlab("calibrate", "tickets.csv", "-o", "desk", "--utilisation", "0.5")
    assert ended.code == 0, ended.err
    assert "cycle time [h]" in ended.out
    assert "utilisation" in ended.out
    assert "simlab run desk/scenario.yaml" in ended.err
    assert simlab("validate", "desk/scenario.yaml").code == 0
    assert "Likelihood of the anchor" in (log.parent / "desk" / "report.html").read_text()
    plain = json.loads((log.parent / "desk" / "calibration.json").read_text())
    assert plain["cases"] == 300
    assert plain["anchor"]["given"]


def test_without_an_anchor_the_default_is_told(simlab: Simlab, log: Path) -> None:
    log.write_text(log.read_text().replace("start_time", "noted"))  # ends alone do not tell hands-on time
    ended = simlab("calibrate", "tickets.csv", "-o", "desk", "--no-validation", "--json")
    assert ended.code == 0, ended.err
    assert "--utilisation" in ended.err
    assert json.loads(ended.out)["validation"] is None


def test_a_scenario_that_is_there_is_not_overwritten(simlab: Simlab, log: Path) -> None:
    (log.parent / "desk").mkdir()
    (log.parent / "desk" / "scenario.yaml").write_text("mine")
    ended = simlab("calibrate", "tickets.csv", "-o", "desk")
    assert ended.code == 2
    assert "--force" in ended.err


@pytest.mark.parametrize(
    ("option", "value"), [("--utilisation", "1.2"), ("--utilisation", "much"), ("--touch-time", "0 min")]
)
def test_an_anchor_that_cannot_be_is_refused(simlab: Simlab, log: Path, option: str, value: str) -> None:
    ended = simlab("calibrate", "tickets.csv", option, value)
    assert ended.code == 2
    assert option in ended.err


def test_too_few_cases_are_told(simlab: Simlab, folder: Path) -> None:
    rows = "".join(f"T{n},call,2024-01-0{1 + n % 9} 10:00\n" for n in range(20))
    (folder / "few.csv").write_text("case_id,activity,end_time\n" + rows)
    ended = simlab("calibrate", "few.csv", "--no-validation")
    assert ended.code == 2
    assert "too few complete cases" in ended.err


def test_an_audit_of_a_log_by_its_own_scenario_finds_no_unknown_way(simlab: Simlab, log: Path) -> None:
    assert simlab("calibrate", "tickets.csv", "-o", "desk", "--no-validation", "--all-cases").code == 0
    found = json.loads(simlab("audit", "desk/scenario.yaml", "tickets.csv", "--json").out)
    assert found["unknown_activities"] == []
    assert found["ways"] == []
