"""Mechanisms around the steps leave the same logs on both engines; what the compiled one leaves, it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.model.codes import StepKind
from tests.desks import model_of, one_step
from tests.mechanisms import mechanisms
from tests.parity.comparison import BothEngines

PLAIN = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1 day")


def changed(**step: object) -> dict[str, Any]:
    """The plain scenario with more in its step."""
    work = {**PLAIN["routing"]["steps"]["work"], **step}
    return {**PLAIN, "routing": {"start": "work", "steps": {"work": work}}}


def routed(**routing: object) -> dict[str, Any]:
    return {**PLAIN, "routing": {**PLAIN["routing"], **routing}}


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario=mechanisms(), seed=st.integers(0, 2**32), replication=st.integers(0, 3))
def test_engines_leave_equal_logs_on_generated_mechanisms(
    scenario: dict[str, Any], seed: int, replication: int
) -> None:
    model = model_of(scenario)
    assert CompiledEngine().supports(model) is None
    BothEngines().run(model, seed, replication, Guards(max_events=200_000))


@pytest.mark.slow
@pytest.mark.timeout(1500)
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario=mechanisms(), seed=st.integers(0, 2**32), replication=st.integers(0, 3))
def test_engines_leave_equal_logs_on_many_generated_mechanisms(
    scenario: dict[str, Any], seed: int, replication: int
) -> None:
    model = model_of(scenario)
    assert CompiledEngine().supports(model) is None
    BothEngines().run(model, seed, replication, Guards(max_events=200_000))


SPAWNING: dict[str, Any] = {
    **changed(spawns=[{"stream": "changes", "wait": True}], next="resolved"),
    "demand": {**PLAIN["demand"], "changes": {"arrivals": {"spawned": True}, "start": "resolved"}},
}


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(changed(patience={"time": "5 min"}), id="patience"),
        pytest.param(changed(escalate=[{"after": "5 min", "to": "cancelled"}]), id="escalation"),
        pytest.param(changed(batch={"size": 2, "together": True}), id="batch"),
        pytest.param(SPAWNING, id="spawned tickets"),
        pytest.param(changed(quality={"defects": "10 %", "comes_back": {"after": "1 day"}}), id="defects"),
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
        pytest.param(
            changed(divert=[{"to": "cancelled", "when": {"queue": {"team": "desk", "length": ">= 3"}}}]),
            id="diversion",
        ),
        pytest.param(
            changed(batch={"size": 3, "together": True}, patience={"time": "25 min"}),
            id="patience in batches",
        ),
        pytest.param(
            {
                **PLAIN,
                "automation": {
                    "portal": {
                        "before": "tickets",
                        "level": "on",
                        "levels": {"on": {"coverage": "50 %", "success": "50 %"}},
                    }
                },
            },
            id="self-service",
        ),
        pytest.param(
            {
                **PLAIN,
                "staffing": {"desk": {"people": 1}, "second": {"people": 1}},
                "control": {
                    "help": {
                        "watch": {"queue": "desk"},
                        "every": "30 min",
                        "start": {"at_least": 2},
                        "stop": {"at_most": 0},
                        "borrow": {"from": "second", "to": "desk", "people": 1},
                    }
                },
            },
            id="control rules",
        ),
        pytest.param(
            {
                **changed(skill="mail"),
                "staffing": {"desk": {"people": {"ann": {}, "bob": {"skills": ["mail"]}}}},
            },
            id="skills",
        ),
        pytest.param(
            {**PLAIN, "staffing": {"desk": {"people": 2, "at_once": {"tickets": 3, "speed": "shared"}}}},
            id="several tickets at a time",
        ),
        pytest.param(changed(swarm={"people": 2}), id="swarms"),
    ],
)
def test_the_compiled_engine_runs_a_mechanism_as_the_reference_does(written: dict[str, Any]) -> None:
    model = model_of(written)
    assert CompiledEngine().supports(model) is None
    BothEngines().run(model, 1, 0)


def test_what_it_does_not_know_is_left_to_the_reference() -> None:
    model = model_of(PLAIN)
    unknown_kind = model.steps._replace(kind=model.steps.kind + len(StepKind))
    assert CompiledEngine().supports(replace(model, steps=unknown_kind)) is not None
