"""Faults, feedback and improvement in words."""

from __future__ import annotations

from typing import Any

from simlab.cli.describing import description
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import one_step

WRITTEN: dict[str, Any] = one_step(
    {"rate": "4/hour"},
    "10 min",
    {"people": 2},
    "2 weeks",
    faults={
        "causes": {
            "stream": "tickets",
            "share": "80 %",
            "rates": {"listed": [6, 3, 1, 1, 1]},
            "problems": {
                "stream": "problems",
                "after": 5,
                "within": "4 weeks",
                "review": {"every": "1 week", "worst": 2},
            },
            "new_after": {"exponential": "30 days"},
        }
    },
    feedback={
        "score": {"at_best": 4.5, "per_hour": 0.1, "per_reopen": 1, "spread": 0.5, "abandoned": 1.5},
        "satisfied": ">= 4",
        "survey": {"response": "25 %"},
        "repeat": [{"when": {"score": "<= 2"}, "share": "30 %"}],
        "improvements": {"stream": "improvements", "low": "<= 2", "after": 20},
    },
    levers={
        "standards": {
            "level": 0.2,
            "effects": {"routing.steps.work.work.mean": "-50 %"},
            "improve": {"at": "work", "by": 0.2, "share": "50 %", "decay": "2 weeks"},
        }
    },
)
for stream in ("problems", "improvements"):
    WRITTEN["demand"][stream] = {"arrivals": {"spawned": True}}


def said() -> dict[str, list[str]]:
    node = from_plain(WRITTEN, "scenario")
    assert isinstance(node, MapNode)
    return description(from_node(node, "."))


def test_faults_are_told_with_how_uneven_they_are_and_how_they_are_found() -> None:
    assert said()["Faults"] == [
        "causes: 5 faults are behind 80 % of tickets",
        "  the worst causes 50 % of them",
        "  after 5 incidents of one fault within 4 weeks, a ticket of problems is raised",
        "  every 7 days, a ticket of problems is raised for each of the 2 faults with most incidents"
        " (at least 1 within 4 weeks)",
        "  a new fault takes the place of a fixed one after 30 days on average",
    ]


def test_feedback_is_told_with_its_weights_and_what_follows() -> None:
    assert said()["Feedback"] == [
        "the score of a closed ticket, from 1 to 5, is 4.5, less 0.1 for each hour until the resolution,"
        " 1 for each reopening",
        "customers differ by 0.5 (standard deviation)",
        "who gives up has a score of 1.5",
        "25 % of the customers are heard",
        "30 % of the customers of some tickets come again",
        "after 20 low scores, a ticket of improvements is raised",
    ]


def test_what_moves_a_lever_is_told() -> None:
    assert said()["Levers"][-2:] == [
        "  each end of work moves it up by 0.2, in 50 % of the cases, up to 1",
        "  it falls by as much each time that nothing has moved it for 2 weeks",
    ]
