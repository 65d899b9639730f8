"""``simlab document`` and ``simlab diff``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]


@pytest.fixture
def later(folder: Path) -> Path:
    """Return a later version of the desk: three people, and no costs."""
    path = folder / "later.yaml"
    path.write_text(
        (folder / "desk.yaml").read_text().replace("{people: 2, cost: 40 EUR/hour}", "{people: 3}")
    )
    return path


def test_process_is_documented_as_a_page(simlab: Simlab, folder: Path) -> None:
    ended = simlab("document", "desk.yaml")
    assert (ended.code, ended.out) == (0, "documentation: process.html\n")
    page = (folder / "process.html").read_text()
    assert page.startswith("<!")
    assert "<svg" in page


def test_process_is_documented_as_markdown_with_its_change_history(
    simlab: Simlab, folder: Path, later: Path
) -> None:
    ended = simlab("document", "later.yaml", "-o", "out/p.md", "--since", "desk.yaml")
    assert (ended.code, ended.out) == (0, "documentation: out/p.md\n")
    assert "staffing.desk.people" in (folder / "out" / "p.md").read_text().replace("\\", "")


def test_documented_is_the_scenario_with_its_changes(simlab: Simlab, folder: Path) -> None:
    arguments = ("-o", "p.md", "--what-if", "four", "--since", "desk.yaml")
    assert simlab("document", "desk.yaml", *arguments).code == 0
    history = (folder / "p.md").read_text()
    assert "staffing.desk.people" in history.replace("\\", "")


@pytest.mark.parametrize("name", ["p.pdf", "p", "p.txt"])
def test_documentation_in_another_format_is_refused_before_anything_is_read(
    simlab: Simlab, folder: Path, name: str
) -> None:
    ended = simlab("document", "none.yaml", "-o", name)
    assert ended.code == 2
    assert f"{name}: the documentation is HTML or Markdown" in ended.err
    assert not (folder / name).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.yaml",), "none.yaml"),
        (("desk.yaml", "--since", "none.yaml"), "none.yaml"),
        (("desk.yaml", "--what-if", "fourr"), "four"),
        (("desk.yaml", "--lang", "xx"), "no catalogue of the language 'xx'"),
    ],
)
def test_what_cannot_be_documented_is_refused(
    simlab: Simlab, arguments: tuple[str, ...], message: str
) -> None:
    ended = simlab("document", *arguments)
    assert ended.code == 2
    assert message in ended.err


def test_diff_tells_the_values_that_differ(simlab: Simlab, later: Path) -> None:
    ended = simlab("diff", "desk.yaml", "later.yaml")
    assert ended.code == 0
    assert "2 values differ" in ended.out
    found = json.loads(simlab("diff", "desk.yaml", "later.yaml", "--json").out)
    assert found == [
        {"path": "staffing.desk.people", "kind": "changed", "before": "2", "after": "3"},
        {"path": "staffing.desk.cost", "kind": "removed", "before": "40 EUR/hour", "after": ""},
    ]


def test_diff_of_a_scenario_with_itself_is_empty(simlab: Simlab) -> None:
    assert simlab("diff", "desk.yaml", "desk.yaml").out == "no value differs\n"
    assert json.loads(simlab("diff", "desk.yaml", "desk.yaml", "--json").out) == []


def test_changes_of_a_diff_are_those_of_the_later_version(simlab: Simlab) -> None:
    found = json.loads(simlab("diff", "desk.yaml", "desk.yaml", "--what-if", "one", "--json").out)
    assert [(each["path"], each["before"], each["after"]) for each in found] == [
        ("staffing.desk.people", "2", "1")
    ]


def test_diff_with_a_file_that_is_not_there_is_refused(simlab: Simlab) -> None:
    ended = simlab("diff", "desk.yaml", "none.yaml")
    assert ended.code == 2
    assert "none.yaml" in ended.err
