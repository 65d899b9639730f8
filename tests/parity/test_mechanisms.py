"""The compiled engine says which mechanisms it leaves to the reference engine."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.engines.compiled import CompiledEngine
from tests.desks import model_of, one_step

PLAIN = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1 day")


def changed(**step: object) -> dict[str, Any]:
    """The plain scenario with more in its step."""
    work = {**PLAIN["routing"]["steps"]["work"], **step}
    return {**PLAIN, "routing": {"start": "work", "steps": {"work": work}}}


def routed(**routing: object) -> dict[str, Any]:
    return {**PLAIN, "routing": {**PLAIN["routing"], **routing}}


def test_what_it_runs_it_does_not_leave() -> None:
    assert CompiledEngine().supports(model_of(PLAIN)) is None


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(changed(patience={"time": "5 min"}), id="patience"),
        pytest.param(changed(escalate=[{"after": "5 min", "to": "cancelled"}]), id="escalation"),
        pytest.param(changed(batch={"size": 2}), id="batch"),
        pytest.param(
            {
                **changed(spawns=[{"stream": "changes"}], next="resolved"),
                "demand": {
                    **PLAIN["demand"],
                    "changes": {"arrivals": {"spawned": True}, "start": "resolved"},
                },
            },
            id="spawned tickets",
        ),
        pytest.param(changed(quality={"defects": "10 %", "comes_back": {"after": "1 day"}}), id="defects"),
        pytest.param(
            {
                **PLAIN,
                "automation": {
                    "bot": {
                        "at": "work",
                        "level": "on",
                        "levels": {"on": {"coverage": "50 %", "errors": "10 %"}},
                    }
                },
            },
            id="errors of an automation",
        ),
        pytest.param(
            {**PLAIN, "faults": {"causes": {"stream": "tickets", "count": 3, "rates": {"zipf": 1}}}},
            id="faults",
        ),
        pytest.param(routed(limits={"few": {"at_most": 1, "steps": ["work"]}}), id="limit"),
        pytest.param(
            {
                **PLAIN,
                "staffing": {"desk": {"people": 2, "preempted_by": ["P1"]}},
                "priorities": {"order": ["P1", "P3"]},
            },
            id="preemption",
        ),
        pytest.param(
            {
                **routed(handoffs=[{"reread": "5 min"}]),
                "staffing": {"desk": {"people": 2}, "experts": {"people": 1}},
            },
            id="hand-offs",
        ),
        pytest.param(
            routed(
                start="both",
                steps={
                    "both": {"parallel": {"branches": ["one", "two"]}, "next": "resolved"},
                    "one": {"team": "desk", "work": "5 min", "next": "join"},
                    "two": {"wait": "5 min", "next": "join"},
                },
            ),
            id="parallel branches",
        ),
    ],
)
def test_a_mechanism_that_it_does_not_know_is_left_to_the_reference(written: dict[str, Any]) -> None:
    assert CompiledEngine().supports(model_of(written)) is not None


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            {"divert": [{"to": "cancelled", "when": {"queue": {"team": "desk", "length": ">= 3"}}}]},
            id="diversion",
        ),
    ],
)
def test_what_is_compiled_to_plain_rules_it_runs(step: dict[str, Any]) -> None:
    assert CompiledEngine().supports(model_of(changed(**step))) is None
