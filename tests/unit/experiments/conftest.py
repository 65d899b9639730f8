"""A small desk that simulates in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simlab.model.load import LoadedScenario, from_node
from simlab.scenario.nodes import MapNode, from_plain

DESK: dict[str, Any] = {
    "name": "Desk",
    "time": {"length": "4 days", "warm_up": "1 day"},
    "demand": {"mail": {"arrivals": {"rate": "60/day"}, "priority": {"P1": "20 %", "P2": "80 %"}}},
    "staffing": {"desk": {"people": 2, "cost": "40 EUR/hour"}},
    "routing": {
        "start": "fix",
        "steps": {"fix": {"team": "desk", "work": {"exponential": "20 min"}, "next": "resolved"}},
    },
    "targets": {"P1": {"resolve": "1 h"}, "P2": {"resolve": "2 h"}},
}


@pytest.fixture
def desk(tmp_path: Path) -> LoadedScenario:
    node = from_plain(DESK, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path)


@pytest.fixture
def with_people(desk: LoadedScenario) -> Callable[[int], LoadedScenario]:
    return lambda people: desk.patch({"staffing.desk.people": people})


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Return the function that writes an experiment file beside the desk's scenario."""
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(DESK, sort_keys=False))

    def write(**values: object) -> Path:
        path = tmp_path / "experiment.yaml"
        path.write_text(yaml.safe_dump({"scenario": "scenario.yaml", **values}, sort_keys=False))
        return path

    return write
