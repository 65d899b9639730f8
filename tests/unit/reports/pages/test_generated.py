"""Whatever a scenario says can be told in words and documented."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from simlab.cli.describing import description
from simlab.errors import InvalidInput
from simlab.model.load import from_node
from simlab.reports.report import write_document
from simlab.scenario.nodes import MapNode, from_plain
from tests.mechanisms import mechanisms
from tests.strategies import scenarios

NO_NUMBER = re.compile(r"\bnan\b|\binf\b|\bNone\b|\{\w*\}")
"""What comes to a page where a value is missing or was not said."""


QUICKLY = settings(
    max_examples=6,
    phases=[Phase.generate],  # each documents a run, so that shrinking would take an hour
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def look_at(scenario: dict[str, Any]) -> None:
    node = from_plain(scenario, "memory")
    assert isinstance(node, MapNode)
    try:
        loaded = from_node(node, Path())
    except InvalidInput:
        reject()
    told = description(loaded)
    sentences = [sentence for part in told.values() for sentence in part]
    assert sentences
    with TemporaryDirectory() as folder:
        page = write_document(loaded, Path(folder) / "process.md").read_text()
    assert [each for each in (*sentences, *page.splitlines()) if NO_NUMBER.search(each)] == []


@pytest.mark.slow
@QUICKLY
@given(scenario=scenarios())
def test_generated_scenario_is_described_and_documented(scenario: dict[str, Any]) -> None:
    look_at(scenario)


@pytest.mark.slow
@QUICKLY
@given(scenario=mechanisms())
def test_generated_mechanisms_are_described_and_documented(scenario: dict[str, Any]) -> None:
    look_at(scenario)
