"""Roadmaps on both engines, and on random scenarios of the whole language: equal logs."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from simlab.engines.compiled import CompiledEngine
from simlab.model.compile import compile_model
from simlab.model.load import from_node
from simlab.model.regimes import Regime, joined
from simlab.model.tables import Model
from simlab.scenario.levers import apply_levers
from simlab.scenario.nodes import MapNode, from_plain
from simlab.scenario.schema.levers import Lever
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate
from tests.desks import broken
from tests.parity.comparison import BothEngines
from tests.strategies import scenarios

FEW = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

ROLLOUT: dict[str, Any] = {
    "name": "Rollout",
    "time": {"start": "2026-01-05", "length": "4 weeks"},
    "demand": {
        "calls": {
            "arrivals": {"rate": "8/hour", "day_cv": 0.2},
            "classes": {"easy": {"share": "60 %"}, "hard": {"share": "40 %"}},
        }
    },
    "staffing": {
        "desk": {"people": 3, "absence": "5 %", "hours": {"daily": "06:00-22:00"}, "at_shift_end": "pause"},
        "night": {
            "people": 1,
            "also_serves": ["desk"],
            "hours": {"daily": "21:00-07:00"},
            "hand_over": "2 min",
        },
    },
    "routing": {
        "start": "fix",
        "steps": {
            "fix": {
                "team": "desk",
                "work": {"lognormal": {"mean": "12 min", "cv": 1.2}},
                "next": {"resolved": "80 %", "fix": "10 %", "check": "10 %"},
            },
            "check": {"team": "night", "work": {"exponential": "10 min"}, "next": "resolved"},
        },
    },
    "automation": {
        "bot": {
            "at": "fix",
            "for": {"class": "easy"},
            "level": "none",
            "levels": {"none": {}, "full": {"coverage": "50 %", "success": "80 %", "run_time": "1 min"}},
        }
    },
    "levers": {"standards": {"level": 0, "effects": {"routing.steps.*.work.cv": "-40 %"}}},
    "targets": {"P3": {"resolve": "4 h"}},
    "roadmap": [
        {"at": "2026-01-08", "set": {"automation.bot.level": "full", "staffing.night.people": 2}},
        {
            "at": "2026-01-12",
            "set": {"levers.standards.level": 1, "staffing.desk.people": 5},
            "ramp": "1 week",
        },
        {"at": "2026-01-20", "set": {"demand.calls.arrivals.rate": "10/hour", "targets.P3.resolve": "2 h"}},
        {"at": "2026-01-24", "set": {"staffing.desk.people": 3, "staffing.night.people": 0}},
    ],
}


HASTE = Lever.model_validate({"level": 1, "effects": {"routing.steps.*.work.mean": "-50 %"}})


def tree(scenario: dict[str, Any]) -> MapNode:
    node = from_plain(scenario, "scenario")
    assert isinstance(node, MapNode)
    return node


def model_from_tuesday(scenario: dict[str, Any], levers: dict[str, Lever]) -> Model:
    """The scenario with levers moved on Tuesday noon."""
    before = compile_model(validate(Scenario, tree(scenario)))
    after = compile_model(validate(Scenario, apply_levers(tree(scenario), levers)))
    return joined([Regime(0.0, before), Regime(2160.0, after)], None)


def test_rollout_leaves_equal_logs_on_both_engines() -> None:
    model = from_node(tree(ROLLOUT), ".").model
    assert CompiledEngine().supports(model) is None
    logs = BothEngines().run(model, 3, 0)
    assert broken(model, logs) == []


@FEW
@given(scenario=scenarios())
def test_random_scenario_whose_work_changes_leaves_equal_logs(scenario: dict[str, Any]) -> None:
    model = model_from_tuesday(scenario, {"haste": HASTE})
    logs = BothEngines().run(model, 1, 0)
    assert broken(model, logs) == []


@FEW
@given(scenario=scenarios())
def test_random_scenario_is_the_same_bit_by_bit_until_its_work_changes(scenario: dict[str, Any]) -> None:
    engine = CompiledEngine()
    before = engine.run(compile_model(validate(Scenario, tree(scenario))), 1, 0).visits
    after = engine.run(model_from_tuesday(scenario, {"haste": HASTE}), 1, 0).visits
    early = [np.flatnonzero(log.ended < 2160.0) for log in (before, after)]
    for column in before.columns():
        one, other = (
            getattr(log, column.name)[rows] for log, rows in zip((before, after), early, strict=True)
        )
        np.testing.assert_array_equal(one, other)
