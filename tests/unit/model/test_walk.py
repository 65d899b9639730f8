"""Expected traffic through the mechanisms that stand around the steps."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.model.traffic import estimate_traffic, expected_tickets
from tests.desks import model_of
from tests.unit.engines.three_teams import process

WEEK_MIN = 7 * 1440.0


def hourly(steps: dict[str, Any], start: object = "a", **routing: object) -> dict[str, Any]:
    """A ticket an hour for four weeks; work of 10 min at each of the steps a, b and c."""
    written = process(steps, start)
    written["demand"]["tickets"]["arrivals"] = {"rate": "1/hour"}
    written["routing"] |= routing
    return written


def loads(written: dict[str, Any]) -> dict[str, float]:
    """Minutes of work a ticket, by team."""
    return {team.team: 60.0 * team.load for team in estimate_traffic(model_of(written)).teams}


def forked(join: object, others: str) -> dict[str, Any]:
    steps = {
        "p": {"parallel": {"branches": ["a", "b"], "join": join, "others": others}, "next": "c"},
        "a": {"work": "10 min", "next": "join"},
        "b": {"work": "25 min", "next": "join"},
    }
    return hourly(steps, "p")


@pytest.mark.parametrize(
    ("join", "others", "at_b"), [("all", "stop", 25.0), ("any", "stop", 10.0), ("any", "finish", 25.0)]
)
def test_all_branches_bring_work_until_they_are_stopped(join: object, others: str, at_b: float) -> None:
    assert loads(forked(join, others)) == pytest.approx({"a": 10.0, "b": at_b, "c": 10.0}, rel=0.01)


def test_a_branch_that_ends_the_ticket_stops_the_others() -> None:
    written = forked("all", "finish")
    written["routing"]["steps"]["a"]["next"] = "cancelled"
    assert loads(written) == pytest.approx({"a": 10.0, "b": 10.0, "c": 0.0}, rel=0.01)


def test_a_batch_is_worked_on_once() -> None:
    assert loads(hourly({"a": {"batch": {"size": 5}}}))["a"] == pytest.approx(2.0)
    assert loads(hourly({"a": {"batch": {"size": 5, "together": False}}}))["a"] == pytest.approx(10.0)
    assert loads(hourly({"a": {"batch": {"longest_wait": "3 h"}}}))["a"] == pytest.approx(10.0 / 4.0)


def test_audits_bring_work_to_their_team() -> None:
    audit = {"share": "50 %", "team": "b", "work": "6 min"}
    quality = {"defects": "0 %", "audit": audit, "comes_back": {"after": "1 h"}}
    assert loads(hourly({"a": {"quality": quality}}))["b"] == pytest.approx(3.0, rel=0.1)


def test_handoffs_bring_their_reading_and_lost_information() -> None:
    handoff = {"reread": "4 min", "loss": {"share": "25 %", "redo": "8 min"}}
    found = loads(hourly({"a": {"next": "b"}}, handoffs=[handoff]))
    assert found == pytest.approx({"a": 10.0, "b": 10.0 + 4.0 + 2.0, "c": 0.0}, rel=0.01)


def test_spawned_tickets_count_with_their_stream() -> None:
    written = hourly({"a": {"spawns": [{"stream": "changes", "share": "40 %"}]}})
    written["demand"]["changes"] = {"arrivals": {"spawned": True}, "start": "b"}
    written["routing"]["steps"]["b"]["spawns"] = [{"stream": "changes", "share": "50 %"}]
    model = model_of(written)
    n = 24.0 * 28
    # each change gives rise to half a change: 0.4 / (1 - 0.5) of them a ticket
    assert estimate_traffic(model).by_stream == pytest.approx((n, 0.8 * n))
    assert expected_tickets(model) == pytest.approx(1.8 * n)
    assert loads(written)["b"] == pytest.approx(8.0)


def test_tickets_that_give_rise_to_ever_more_have_no_bound() -> None:
    written = hourly({"a": {"spawns": [{"stream": "tickets"}]}})
    assert expected_tickets(model_of(written)) == float("inf")


def test_nobody_loses_patience_on_the_walk() -> None:
    step = {"patience": {"time": "1 min"}, "escalate": [{"after": "1 min", "to": "b"}]}
    assert loads(hourly({"a": step})) == pytest.approx({"a": 10.0, "b": 0.0, "c": 0.0})
