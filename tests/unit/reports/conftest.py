"""Runs of a small desk that reports are written about, and of one with hostile and Chinese names."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from simlab.experiments.compare import Comparison, compare_runs
from simlab.experiments.runner import run
from simlab.experiments.runs import ScenarioRun
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain

DESK: dict[str, Any] = {
    "name": "Small desk",
    "time": {"zone": "Europe/Berlin", "start": "2026-01-05", "warm_up": "1 day", "length": "8 days"},
    "calendars": {"office": {"hours": {"mon-fri": "08:00-18:00"}}},
    "demand": {
        "mail": {
            "arrivals": {"rate": "200/week"},
            "classes": {
                "password": {"share": "60 %", "priority": "P2"},
                "network": {"share": "40 %", "priority": "P1"},
            },
        }
    },
    "staffing": {
        "desk": {"people": 2, "hours": {"mon-fri": "08:00-17:00"}, "cost": "30 EUR/hour"},
        "experts": {"people": 1, "hours": {"mon-fri": "09:00-17:00"}, "cost": "60 EUR/hour"},
    },
    "routing": {
        "start": "triage",
        "steps": {
            "triage": {
                "team": "desk",
                "work": "10 min",
                "next": {"resolved": "50 %", "ask": "20 %", "repair": "30 %"},
            },
            "ask": {"wait": "4 h", "next": "triage"},
            "repair": {"team": "experts", "work": "20 min", "next": {"resolved": "90 %", "triage": "10 %"}},
        },
    },
    "targets": {"P1": {"respond": "1 h", "resolve": "1 day"}, "P2": {"resolve": "2 days"}},
    "evidence": {"demand.mail.arrivals": {"kind": "measured", "source": "Log of 2025"}},
}


def simulate(desk: dict[str, Any], replications: int = 3) -> ScenarioRun:
    node = from_plain(desk, "memory")
    assert isinstance(node, MapNode)
    return run(from_node(node, Path()), replications=replications, jobs=1, logs="all")


def with_desk_people(people: int, name: str) -> dict[str, Any]:
    changed = deepcopy(DESK)
    changed["name"] = name
    changed["staffing"]["desk"]["people"] = people
    return changed


@pytest.fixture(scope="session")
def base() -> ScenarioRun:
    return simulate(DESK)


@pytest.fixture(scope="session")
def comparison(base: ScenarioRun) -> Comparison:
    return compare_runs(base, {"three people": simulate(with_desk_people(3, "Three"))})


@pytest.fixture(scope="session")
def simulated() -> Callable[..., ScenarioRun]:
    return lambda desk, replications=2: simulate(desk, replications)


@pytest.fixture
def year_of_ten_teams() -> dict[str, Any]:
    """Return the small desk with ten teams in a row, over a year of 52 weeks after one of warm-up."""
    desk = deepcopy(DESK)
    desk["time"] |= {"warm_up": "1 week", "length": "53 weeks"}
    desk["demand"]["mail"]["arrivals"]["rate"] = "60/week"
    desk["staffing"] = {f"team_{n}": {"people": 1, "cost": "30 EUR/hour"} for n in range(10)}
    desk["routing"]["start"] = "step_0"
    desk["routing"]["steps"] = {
        f"step_{n}": {
            "team": f"team_{n}",
            "work": {"exponential": "30 min"},
            "next": {"resolved": "20 %", "step_0": "10 %", f"step_{n + 1}": "70 %"}
            if n < 9
            else {"resolved": "100 %"},
        }
        for n in range(10)
    }
    return desk
