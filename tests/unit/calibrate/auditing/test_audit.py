"""Audits: a desk that follows its model passes; ways, targets and rates that depart are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.allowed_ways import END, START, allowed_pairs
from simlab.calibrate.audit import Audit, audit, loaded_for
from simlab.calibrate.control_charts import counts_chart, individuals_chart, share_chart
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.simulated import simulated_log
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.load import load
from tests.desks import model_of
from tests.unit.calibrate.paths_for_tests import MONDAY, log_from

DESK = """
name: Desk
time: {start: 1970-01-05, length: 12 weeks, then: drain}
demand: {mail: {arrivals: {rate: 200/week}, priority: P1}}
staffing: {desk: {people: 4}}
routing:
  start: call
  steps:
    call: {team: desk, work: 10 min, next: [{share: 50 %, to: fix}, {to: resolved}]}
    fix: {team: desk, work: 30 min, next: resolved}
targets: {P1: {resolve: 2 h}}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    return file


def of(file: Path, log: EventLog) -> Audit:
    return audit(loaded_for(file, log), log)


def failed(found: Audit) -> list[str]:
    return [check.name for check in found.checks if not check.is_passed]


def test_a_desk_that_follows_its_model_passes(desk: Path) -> None:
    model = load(desk).model
    found = of(desk, simulated_log(SimpyEngine().run(model, 1, 0), model))
    assert failed(found) == []
    assert found.ways == ()
    assert len(found.weeks) == 12
    assert [(each.priority, each.target, each.met) for each in found.targets] == [("P1", "resolve", 1.0)]


def test_ways_that_the_model_does_not_know_are_told_with_cases(desk: Path) -> None:
    cases = [[("call", MONDAY, MONDAY + 5.0), ("fix", MONDAY + 10.0, MONDAY + 20.0)]] * 3
    cases.append([("fix", MONDAY + 1.0, MONDAY + 2.0), ("call", MONDAY + 3.0, MONDAY + 4.0)])
    found = of(desk, log_from(cases))
    # Of 4 x 3 ways, start -> fix and fix -> call are unknown; call -> end is not.
    assert {(way.before, way.after, way.times) for way in found.ways} == {
        ("start", "fix", 1),
        ("fix", "call", 1),
    }
    assert {way.examples for way in found.ways} == {("case 3",)}
    assert failed(found) == ["transitions astray"]


def test_activities_that_are_no_step_are_told(desk: Path) -> None:
    found = of(desk, log_from([[("call", MONDAY, MONDAY + 1.0), ("phone home", MONDAY + 2.0, MONDAY + 3.0)]]))
    assert found.unknown == (("phone home", 1),)
    assert failed(found) == ["activities unknown"]


def test_more_tickets_than_the_model_says_are_drift(desk: Path) -> None:
    rng = np.random.default_rng(1)
    at = MONDAY + np.sort(rng.uniform(0.0, 8 * 10080.0, 8 * 400))
    found = of(desk, log_from([[("call", float(t), float(t) + 1.0)] for t in at]))
    assert "drift of arrivals" in failed(found)
    assert found.charts[0].signals.all()


def test_conditions_on_the_step_before_narrow_what_may_follow() -> None:
    model = model_of(DESK.replace("{team: desk, work: 30 min, next: resolved}", """
      team: desk
      work: 30 min
      next: [{when: {came_from: call}, to: check}, {to: call}]
    check: {team: desk, work: 1 min, next: resolved}
"""))  # fmt: skip
    steps = {name: model.names.steps.index(name) for name in ("call", "fix", "check")}
    pairs = allowed_pairs(model, {step: code for code, step in enumerate(steps.values())})
    call, fix, check = range(3)
    # fix is reached from call only, so that it never leads back to it.
    assert pairs == {(START, call), (call, fix), (call, END), (fix, check), (check, END)}


def test_a_single_week_beyond_three_standard_deviations_is_a_signal() -> None:
    chart = counts_chart("x", np.array([100.0, 131.0, 69.0, 129.0]), np.full(4, 100.0), np.zeros(4))
    assert chart.signals.tolist() == [False, True, True, False]


def test_the_eighth_week_in_a_row_on_one_side_is_a_signal() -> None:
    value = np.array([99.0] + [101.0] * 9)
    chart = counts_chart("x", value, np.full(10, 100.0), np.zeros(10))
    assert chart.signals.tolist() == [False] * 8 + [True] * 2


def test_a_week_without_a_number_is_no_signal() -> None:
    chart = share_chart("x", np.array([5.0, 0.0]), np.array([10.0, 0.0]), 0.5)
    assert chart.signals.tolist() == [False, False]


def test_limits_of_single_numbers_come_from_their_differences() -> None:
    chart = individuals_chart("x", "h", np.array([10.0, 12.0, 10.0, 12.0]))
    # Mean difference 2, standard deviation 2 / 1.128, three of them either side of 11.
    assert chart.high[0] == pytest.approx(11.0 + 3.0 * 2.0 / 1.128)
    assert chart.low[0] == pytest.approx(11.0 - 3.0 * 2.0 / 1.128)
