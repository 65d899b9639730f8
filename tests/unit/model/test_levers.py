"""Levers from the file to the run: what they change, what they cost, and that they change nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.engines.logs import Log, RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.load import LoadedScenario, from_node, load
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import broken

DESK: dict[str, Any] = {
    "name": "Desk",
    "time": {"warm_up": "1 week", "length": "3 weeks"},
    "demand": {"calls": {"arrivals": {"rate": "10/hour"}}},
    "staffing": {"desk": {"people": 3}, "experts": {"people": 2}},
    "routing": {
        "start": "fix",
        "steps": {
            "fix": {
                "team": "desk",
                "work": {"lognormal": {"mean": "12 min", "cv": 1.2}},
                "next": {"resolved": "80 %", "deep": "20 %"},
                "misroute": {"share": "10 %", "to": "deep", "look": "3 min"},
            },
            "deep": {"team": "experts", "work": {"exponential": "20 min"}, "next": "resolved"},
        },
    },
}
STANDARDS = {
    "effects": {
        "routing.steps.*.work.cv": "-40 %",
        "routing.steps.*.misroute.share": "-50 %",
        "routing.steps.fix.next.deep": "-50 %",
    },
    "cost": {"one_off": "8000 EUR", "monthly": "800 EUR"},
}


def desk(levers: Mapping[str, Any] | None = None, **more: object) -> LoadedScenario:
    node = from_plain({**DESK, **({"levers": levers} if levers else {}), **more}, "desk")
    assert isinstance(node, MapNode)
    return from_node(node, ".")


def run(loaded: LoadedScenario) -> RunLogs:
    return SimpyEngine().run(loaded.model, seed=7, replication=0)


def assert_same(one: Log, other: Log) -> None:
    for column in one.columns():
        np.testing.assert_array_equal(getattr(one, column.name), getattr(other, column.name))


def test_lever_at_level_zero_gives_the_same_logs_bit_by_bit() -> None:
    without, idle = run(desk()), run(desk({"standards": {"level": 0, **STANDARDS}}))
    for log in ("tickets", "visits", "work", "duty"):
        assert_same(getattr(without, log), getattr(idle, log))


def test_lever_leaves_arrivals_and_the_draws_of_other_values_alone() -> None:
    without = run(desk())
    with_lever = run(desk({"standards": {"level": 1, "effects": {"routing.steps.deep.work.mean": "x0.5"}}}))
    np.testing.assert_array_equal(without.tickets.created, with_lever.tickets.created)
    at_deep = [logs.visits.touch_min[logs.visits.step == 1] for logs in (without, with_lever)]
    assert at_deep[1].sum() < 0.75 * at_deep[0].sum()


def test_effects_of_several_levers_multiply_in_the_compiled_model() -> None:
    effects = {"routing.steps.fix.work.mean": "-50 %"}
    both = desk({"a": {"level": 1, "effects": effects}, "b": {"level": "50 %", "effects": effects}})
    (work,) = (step.work for name, step in both.scenario.routing.steps.items() if name == "fix")
    assert work is not None
    assert not isinstance(work, tuple)
    assert work.adjust is not None
    assert work.adjust.mean == 0.5 * 0.75


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_cost_of_a_lever_is_in_proportion_to_its_level_and_adds_up(level: float) -> None:
    loaded = desk({"standards": {"level": level, **STANDARDS}})
    logs = run(loaded)
    summary = summarise(loaded.model, logs)
    assert summary.of("cost_levers_per_week") == pytest.approx(level * 800 * 12 * 7 / 365.25)
    assert summary.of("cost_per_week") == pytest.approx(level * 800 * 12 * 7 / 365.25)
    assert summary.of("cost_one_off") == pytest.approx(level * 8000)
    assert broken(loaded.model, logs) == []


def test_shares_that_an_effect_leaves_incomplete_are_refused() -> None:
    effects = {"routing.steps.fix.next.*": "-50 %"}
    with pytest.raises(InvalidInput, match="the shares must add up to 100 %"):
        desk({"less": {"level": 1, "effects": effects}})


def test_value_that_an_effect_makes_impossible_is_told_with_its_cause() -> None:
    with pytest.raises(InvalidInput, match="a whole number is expected here") as refusal:
        desk({"training": {"level": 1, "effects": {"staffing.desk.people": "x1.5"}}})
    (problem,) = refusal.value.problems
    assert problem.path == "staffing.desk.people"
    assert "(the levers change this value)" in problem.message


def test_cv_that_cannot_be_raised_is_refused_where_the_time_stands() -> None:
    uniform = {"uniform": {"min": "4 min", "max": "8 min"}}
    steps = {"fix": {"team": "desk", "work": uniform, "next": "resolved"}}
    with pytest.raises(InvalidInput, match="the cv of this distribution can only be lowered") as refusal:
        desk(
            {"haste": {"level": 1, "effects": {"routing.steps.fix.work.cv": "+50 %"}}},
            routing={"start": "fix", "steps": steps},
            staffing={"desk": {"people": 3}},
        )
    assert refusal.value.problems[0].path == "routing.steps.fix.work.uniform"


FILE = """
name: Desk
time: {length: 1 week}
demand: {calls: {arrivals: {rate: 12/hour}}}
staffing: {desk: {people: 3}}
routing: {start: fix, steps: {fix: {team: desk, work: {exponential: 8 min}, next: resolved}}}
levers:
  standards: {level: 0, effects: {routing.steps.*.work.mean: -40 %}}
evidence:
  levers.standards.effects: {kind: assumption, source: no public figure}
what_if:
  standards: {label: Standards, set: {levers.standards.level: 50 %}}
  training: {set: {levers: {training: {level: 1, effects: {routing.steps.fix.work.mean: x0.5}}}}}
"""


def mean_of_work(loaded: LoadedScenario) -> float:
    timing = loaded.scenario.routing.steps["fix"].work
    assert timing is not None
    assert not isinstance(timing, tuple)
    return 1.0 if timing.adjust is None else timing.adjust.mean


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(FILE)
    return tmp_path / "desk.yaml"


def test_level_is_set_and_levers_are_added_by_changes_under_what_if(file: Path) -> None:
    assert mean_of_work(load(file)) == 1.0
    assert mean_of_work(load(file, what_if=["standards"])) == 0.8
    assert mean_of_work(load(file, what_if=["standards", "training"])) == 0.4
    assert mean_of_work(load(file, assignments=["levers.standards.level=1"])) == 0.6
    assert mean_of_work(load(file).patch({"levers.standards.level": 0.25})) == 0.9


def test_levers_reach_what_a_scenario_extends_and_are_changed_by_those_that_extend_theirs(file: Path) -> None:
    other = file.with_name("other.yaml")
    other.write_text(
        "extends: desk.yaml\n"
        "levers: {standards: {level: 1, effects: {routing.steps.*.work.mean: x0.9,"
        " demand.*.arrivals.rate: x0.5}}}"
    )
    loaded = load(other)
    assert mean_of_work(loaded) == 0.9
    assert loaded.scenario.demand["calls"].arrivals.rate == pytest.approx(6 / 60)
    assert loaded.resolved["demand"] == {"calls": {"arrivals": {"rate": "12/hour"}}}


def test_mistakes_of_levers_and_of_the_rest_are_told_at_once(file: Path) -> None:
    file.write_text(FILE.replace("level: 0,", "level: 2,").replace("people: 3", "people: many"))
    with pytest.raises(InvalidInput, match="a level is from 0 to 1") as refusal:
        load(file)
    paths = [problem.path for problem in refusal.value.problems]
    assert paths == ["staffing.desk.people", "levers.standards.level"]
