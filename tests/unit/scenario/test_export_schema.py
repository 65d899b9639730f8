from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from simlab.scenario.document import parse_document, read_document
from simlab.scenario.export_schema import NAME, json_schema, json_text
from simlab.scenario.nodes import to_plain

ROOT = Path(__file__).parents[3]
SHIPPED = [*sorted((ROOT / "scenarios").rglob("*.yaml")), ROOT / "tests/scenarios/broken/good.yaml"]
SMALL = """
name: Small
time: {length: 1 week}
demand: {calls: {arrivals: {rate: 12/hour}}}
routing: {start: fix, steps: {fix: {team: desk, work: 8 min, next: resolved}}}
staffing: {desk: {people: 3}}
"""


def problems(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema())
    return [error.json_path for error in validator.iter_errors(to_plain(parse_document(text, "test")))]


def objects(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for item in value.values() for found in objects(item))]
    if isinstance(value, list):
        return [found for item in value for found in objects(item)]
    return []


def test_committed_file_is_the_one_that_the_schema_makes() -> None:
    assert (ROOT / "schema" / NAME).read_text(encoding="utf-8") == json_text()


def test_schema_is_a_valid_schema_that_names_no_host_but_its_dialect() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$id"] == NAME
    assert json.dumps(json_schema()).count("://") == 1


def test_every_key_has_a_description() -> None:
    for node in objects(json_schema()):
        for key, value in node.get("properties", {}).items():
            assert value.get("description"), key


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_scenario_holds_in_editors(path: Path) -> None:
    jsonschema.validate(to_plain(read_document(path)), json_schema())


@pytest.mark.parametrize(
    "changed",
    [
        "work: {exponential: 8 min}",
        "work: [{when: {class: calls}, time: 3 min}, {time: 8 min}]",
        "work: 1 h 30 min",
    ],
)
def test_other_ways_to_write_a_time_hold(changed: str) -> None:
    assert problems(SMALL.replace("work: 8 min", changed)) == []


def test_file_that_extends_another_needs_only_its_changes() -> None:
    assert (
        problems("extends: base.yaml\nstaffing: {desk: {shifts: {early: {hours: {sat: '08:00-12:00'}}}}}")
        == []
    )
    assert problems("staffing: {desk: {people: 3}}") != []


@pytest.mark.parametrize(
    ("written", "changed", "at"),
    [
        ("people: 3", "peple: 3", "$.staffing.desk"),
        ("people: 3", "people: -3", "$.staffing.desk.people"),
        ("length: 1 week", "length: 1 wek", "$.time.length"),
        ("rate: 12/hour", "rate: 12", "$.demand.calls.arrivals.rate"),
    ],
)
def test_mistake_is_shown_in_editors(written: str, changed: str, at: str) -> None:
    assert problems(SMALL) == []
    assert at in problems(SMALL.replace(written, changed))
