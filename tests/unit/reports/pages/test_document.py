"""Process documentation: what the planner wrote, told to those who work by it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from simlab.model.load import LoadedScenario, from_node
from simlab.reports.pages.document import document_page
from simlab.reports.pages.markdown import marked
from simlab.reports.report import write_document
from simlab.reports.tables import process_document as tables
from simlab.scenario.nodes import MapNode, from_plain

DESK: dict[str, Any] = {
    "name": "Desk",
    "description": "Handles mail.",
    "time": {"zone": "Europe/Berlin", "start": "2026-01-05", "length": "8 days"},
    "calendars": {"office": {"hours": {"mon-fri": "08:00-18:00"}, "holidays": "DE-BY"}},
    "demand": {"mail": {"kind": "incident", "arrivals": {"rate": "100/week"}, "priority": "P1"}},
    "staffing": {
        "desk": {"people": 2, "calendar": "office", "queue": "fifo"},
        "experts": {
            "shifts": {"early": {"people": 1, "hours": {"mon-fri": "09:00-17:00"}}},
            "also_serves": ["desk"],
        },
    },
    "routing": {
        "start": "triage",
        "steps": {
            "triage": {
                "about": "Look at it.",
                "team": "desk",
                "work": {"lognormal": {"mean": "10 min", "cv": 1}},
                "escalate": [{"after": "1 h", "to": "repair"}],
                "next": [{"when": {"priority": "P1"}, "share": "50 %", "to": "repair"}, {"to": "ask"}],
            },
            "ask": {"wait": "4 h", "pauses": ["resolve"], "next": "resolved"},
            "repair": {"team": "experts", "work": "20 min", "next": {"resolved": "90 %", "triage": "10 %"}},
        },
    },
    "automation": {
        "bot": {"at": "triage", "level": "full", "levels": {"off": {}, "full": {"coverage": "20 %"}}},
    },
    "levers": {"training": {"level": 0.5, "effects": {"routing.steps.repair.work": "-10 %"}}},
    "targets": {"P1": {"respond": "1 h", "resolve": "8 h", "calendar": "office"}},
}


def loaded(tmp_path: Path, desk: dict[str, Any] = DESK) -> LoadedScenario:
    node = from_plain(desk, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path)


def test_every_step_says_who_what_from_where_and_to_where(tmp_path: Path) -> None:
    rows = {row[0]: row[1:] for row in tables.step_table(loaded(tmp_path)).rows}
    assert rows["triage"] == (
        "desk",
        "Look at it; hands-on time 10\N{NO-BREAK SPACE}min on average",
        "new tickets and repair",
        "repair (priority: P1, 50 %); ask",
        "after 1 h in the queue: repair",
    )
    assert rows["ask"][0] == "nobody: it waits"
    assert rows["ask"][4] == "clocks stand still: resolve"


def test_each_step_of_work_has_a_team_that_does_it_and_one_that_is_told(tmp_path: Path) -> None:
    raci = tables.raci(loaded(tmp_path))
    assert [column.name for column in raci.columns] == ["step", "desk", "experts"]
    # The experts help the desk out, and get the ticket next: they are consulted.
    assert raci.rows == (("triage", "R, A", "C"), ("repair", "I", "R, A"))


def test_teams_calendars_targets_and_levels_are_listed(tmp_path: Path) -> None:
    desk = loaded(tmp_path)
    assert tables.team_table(desk).rows[0] == ("desk", "", "2", "office", "queue: fifo")
    assert tables.team_table(desk).rows[1][1:4] == ("early", "1", "mon-fri 09:00-17:00")
    assert tables.calendar_table(desk).rows == (("office", "mon-fri 08:00-18:00", "holidays: DE-BY"),)
    assert tables.target_table(desk).rows == (("P1", "1 h", "8 h", "office", ""),)
    levels = tables.level_table(desk)
    assert levels.texts("level in force") == ["full", "0.5"]


def test_self_service_is_listed_with_the_tickets_that_it_stands_before(tmp_path: Path) -> None:
    desk = deepcopy(DESK)
    desk["automation"]["bot"] = {"before": "mail", "level": "on", "levels": {"on": {"coverage": "20 %"}}}
    (row, _) = tables.level_table(loaded(tmp_path, desk)).rows
    assert row[:4] == ("bot", "automation", "self-service before mail", "on")


@pytest.mark.parametrize("to", ["repair", ["repair"]])
def test_a_team_to_which_tickets_go_astray_is_consulted(tmp_path: Path, to: object) -> None:
    desk = deepcopy(DESK)
    del desk["staffing"]["experts"]["also_serves"]
    triage = desk["routing"]["steps"]["triage"]
    triage["misroute"] = {"share": "5 %", "to": to, "look": "2 min"}
    assert tables.raci(loaded(tmp_path, desk)).rows[0] == ("triage", "R, A", "C")


def test_change_history_lists_what_differs(tmp_path: Path) -> None:
    later = deepcopy(DESK)
    later["staffing"]["desk"]["people"] = 3
    page = document_page(loaded(tmp_path, later), loaded(tmp_path))
    (history,) = (each for each in page.all_tables if each.name == "changes")
    assert history.rows == (("staffing.desk.people", "changed", "2", "3"),)


@pytest.mark.parametrize("suffix", ["html", "md"])
def test_documentation_is_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    written = [write_document(loaded(tmp_path), tmp_path / f"{n}" / f"doc.{suffix}") for n in "ab"]
    first, second = (path.read_bytes() for path in written)
    assert first == second
    assert b"Handles mail." in first
    pictures = list((tmp_path / "a" / "doc_tables").glob("*.svg"))
    assert len(pictures) == (1 if suffix == "md" else 0)


@pytest.mark.parametrize(
    "name", ["a|b", "<script>", "[x](javascript:1)", "`code`", "# head", "*b*", "\u202egnp"]
)
def test_markdown_shows_names_as_they_are(name: str) -> None:
    text = marked(name)
    assert "<" not in text
    assert "\u202e" not in text
    for mark in "|[]`#*":
        assert text.count(mark) == text.count(f"\\{mark}")
