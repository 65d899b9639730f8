"""What is learnt in a run - faults, feedback, levers - leaves the same logs on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.logs import RunLogs
from simlab.errors import InvalidInput
from simlab.model.load import from_node
from simlab.model.tables import Model
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import one_step
from tests.learning import learning
from tests.mechanisms import mechanisms
from tests.parity.comparison import BothEngines
from tests.strategies import scenarios


def model_of(written: dict[str, Any]) -> Model:
    """Load a scenario as a file is loaded: levers that are moved make one model of several."""
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    try:
        return from_node(node, ".").model
    except InvalidInput:  # what the checks of a loaded scenario refuse, whatever is learnt in it
        reject()


def run_both(model: Model, seed: int, replication: int) -> RunLogs:
    return BothEngines().run(model, seed, replication, Guards(max_events=200_000))


SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@settings(max_examples=40, suppress_health_check=SLOW)
@given(scenario=learning(scenarios()), seed=st.integers(0, 2**32), replication=st.integers(0, 3))
def test_engines_learn_the_same(scenario: dict[str, Any], seed: int, replication: int) -> None:
    model = model_of(scenario)
    assert CompiledEngine().supports(model) is None
    run_both(model, seed, replication)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@settings(max_examples=600, suppress_health_check=SLOW)
@given(scenario=learning(mechanisms()), seed=st.integers(0, 2**32), replication=st.integers(0, 3))
def test_engines_learn_the_same_among_all_mechanisms(
    scenario: dict[str, Any], seed: int, replication: int
) -> None:
    run_both(model_of(scenario), seed, replication)


OTHERS = {"arrivals": {"spawned": True}, "start": "improve"}
BUSY: dict[str, Any] = {
    **one_step({"every": "10 min"}, "10 min", {"people": 3}, "2 days"),
    "routing": {
        "start": "work",
        "steps": {
            "work": {"team": "desk", "work": "10 min", "next": "resolved"},
            "improve": {"team": "desk", "work": "20 min", "next": "resolved", "fault": {"fixed": "60 %"}},
        },
    },
}
"""Tickets come and are done at the same times, and so does all that follows from them."""


def busy(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    written = {**BUSY, "demand": {**BUSY["demand"], "others": OTHERS}, **more}
    if "faults" not in more:
        steps = BUSY["routing"]["steps"]
        improve = {name: value for name, value in steps["improve"].items() if name != "fault"}
        written["routing"] = {**BUSY["routing"], "steps": {**steps, "improve": improve}}
    return written


OF_TWO_CLASSES: dict[str, Any] = {
    **BUSY["demand"]["tickets"],
    "classes": {
        "easy": {"share": "60 %", "priority": {"P2": "50 %", "P3": "50 %"}},
        "hard": {"share": "40 %", "difficulty": {"uniform": {"min": 1, "max": 3}}},
    },
}
CAUSES: dict[str, Any] = {"stream": "tickets", "count": 3, "rates": {"zipf": 1}}
BY_NUMBER = {"stream": "others", "after": 2}
SCORES: dict[str, Any] = {"score": {"at_best": 4, "spread": 1}, "satisfied": ">= 4"}
EFFECTS: dict[str, Any] = {"level": 0, "effects": {"routing.steps.work.work.mean": "-50 %"}}


@pytest.mark.parametrize(
    ("written", "origins", "n_states"),
    [
        pytest.param(
            busy(
                faults={
                    "causes": {**CAUSES, "new_after": "1 h", "problems": {"stream": "others", "after": 2}}
                }
            ),
            {0, 2},
            10,
            id="problem tickets by number",
        ),
        pytest.param(
            busy(
                faults={
                    "causes": {
                        **CAUSES,
                        "problems": {
                            "stream": "others",
                            "within": "30 min",
                            "review": {"every": "20 min", "worst": 2},
                        },
                    }
                }
            ),
            {0, 2},
            3,
            id="problem tickets by review",
        ),
        pytest.param(
            busy(faults={"causes": {**CAUSES, "problems": {**BY_NUMBER, "within": "10 min"}}}),
            {0, 2},
            3,
            id="incidents that are just old enough not to count any more",
        ),
        pytest.param(
            busy(
                demand={"tickets": OF_TWO_CLASSES, "others": OTHERS},
                faults={
                    name: {
                        **CAUSES,
                        "class": name,
                        "new_after": {"exponential": "1 h"},
                        "problems": BY_NUMBER,
                    }
                    for name in ("easy", "hard")
                },
                feedback={**SCORES, "repeat": [{"share": "20 %"}]},
            ),
            {0, 2, 3},
            10,
            id="repeat contacts about two groups of faults",
        ),
        pytest.param(
            busy(feedback={**SCORES, "improvements": {"stream": "others", "low": "<= 4", "after": 3}}),
            {0, 4},
            0,
            id="improvement tickets by number",
        ),
        pytest.param(
            busy(feedback={**SCORES, "repeat": [{"share": "20 %"}], "survey": {"response": "70 %"}}),
            {0, 3},
            0,
            id="repeat contacts",
        ),
        pytest.param(
            busy(
                feedback={
                    **SCORES,
                    "improvements": {
                        "stream": "others",
                        "low": "<= 4",
                        "review": {"every": "1 day", "each": True},
                    },
                }
            ),
            {0, 4},
            0,
            id="dozens of improvement tickets at one review",
        ),
        pytest.param(
            busy(levers={"one": {**EFFECTS, "improve": {"at": "work", "by": 0.5, "decay": "5 min"}}}),
            {0},
            100,
            id="a lever that moves and falls",
        ),
        pytest.param(
            busy(
                levers={
                    "one": {
                        **EFFECTS,
                        "improve": {"at": "work", "by": 0.25, "share": "20 %", "after": "1 h"},
                    },
                    "two": {**EFFECTS, "improve": {"at": "work", "by": 0.5, "share": "10 %", "decay": "2 h"}},
                }
            ),
            {0},
            6,
            id="two levers",
        ),
    ],
)
def test_the_compiled_engine_learns_as_the_reference_does(
    written: dict[str, Any], origins: set[int], n_states: int
) -> None:
    """And there is something to learn: tickets of these origins, and at least so many changes of states."""
    model = model_of(written)
    assert CompiledEngine().supports(model) is None
    logs = run_both(model, 1, 0)
    assert set(logs.tickets.origin.tolist()) == origins
    assert len(logs.states) >= n_states
