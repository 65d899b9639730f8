"""Targets that cannot be kept without any queue; the shares are counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.model.load import from_node
from simlab.model.target_checks import target_warnings
from simlab.scenario.nodes import MapNode, from_plain

DAY = {"hours": {"daily": "08:00-16:00"}}
CALL_IN = {
    "watch": {"queue": "desk"},
    "every": "15 min",
    "start": {"at_least": 1},
    "stop": {"at_most": 0},
    "call_in": {"team": "desk", "people": 1},
}


def warned(target: object, **changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Return path and share of each warning about a desk that is there from 8 to 16 o'clock."""
    plain = {
        "name": "Small",
        "time": {"length": "10 weeks"},
        "calendars": {"day": DAY},
        "priorities": ["P1"],
        "demand": {"calls": {"arrivals": {"rate": "1/hour"}, "priority": "P1"}},
        "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "20 min", "next": "resolved"}}},
        "staffing": {"desk": {"people": 9, "calendar": "day"}},
        "targets": target,
    }
    node = from_plain({**plain, **changes}, "memory")
    assert isinstance(node, MapNode)
    keys = list(target) if isinstance(target, dict) else list(range(len(target)))  # type: ignore[arg-type]
    return [
        (warning.path, warning.message.split(" of its")[0].removeprefix("about "))
        for warning in target_warnings(from_node(node, ".").model, keys)
    ]


def routing(*, wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "start": "ask",
        "steps": {
            "ask": {**wait, "next": "fix"},
            "fix": {"team": "desk", "work": "20 min", "next": "resolved"},
        },
    }


ROUND_THE_CLOCK = {"staffing": {"desk": {"people": 9}}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # From 16:00 to 07:00, nobody comes within an hour: 15 of 24 hours.
        ({"P1": {"respond": "1 h"}}, [("targets.P1.respond", "62 %")]),
        # Of 40 min, 20 are for the work: from 16:00 to 07:40.
        ({"P1": {"resolve": "40 min"}}, [("targets.P1.resolve", "65 %")]),
        ({"P1": {"respond": "1 h", "resolve": "4 h", "calendar": "day"}}, []),
        ({"P1": {"respond": "15 h", "resolve": "1 day"}}, []),
        # All but those of the last ten minutes of a day, in which what was begun is taken to go on.
        ([{"resolve": "10 min", "calendar": "day"}], [("targets.0.resolve", "99 %")]),
    ],
)
def test_share_of_tickets_for_which_nobody_is_there_in_time(
    target: object, expected: list[tuple[str, str]]
) -> None:
    assert warned(target) == expected


def test_people_on_call_may_come_at_any_time() -> None:
    assert warned({"P1": {"respond": "1 h"}}, control={"night": CALL_IN}) == []


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ({"wait": "4 h"}, [("targets.P1.resolve", "100 %")]),
        ({"wait": "4 h", "pauses": ["resolve"]}, []),
        ({"wait": "1 h"}, []),
    ],
)
def test_waits_count_where_they_do_not_pause_the_clock(
    wait: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert warned({"P1": {"resolve": "2 h"}}, routing=routing(wait=wait), **ROUND_THE_CLOCK) == expected


def test_streams_count_with_their_tickets() -> None:
    # One in eleven tickets has work of 3 hours: too few to be warned of.
    demand = {
        "calls": {"arrivals": {"rate": "10/hour"}, "priority": "P1"},
        "changes": {"arrivals": {"rate": "1/hour"}, "priority": "P1", "start": "change"},
    }
    steps = {
        "fix": {"team": "desk", "work": "20 min", "next": "resolved"},
        "change": {"team": "desk", "work": "3 h", "next": "resolved"},
    }
    changes = {"demand": demand, "routing": {"start": "fix", "steps": steps}, **ROUND_THE_CLOCK}
    assert warned({"P1": {"resolve": "2 h"}}, **changes) == []
    demand["calls"]["arrivals"] = {"rate": "3/hour"}
    assert warned({"P1": {"resolve": "2 h"}}, **changes) == [("targets.P1.resolve", "25 %")]


def test_scenarios_without_targets_are_not_walked() -> None:
    assert warned({}) == []
