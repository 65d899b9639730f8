"""Audits: a desk that follows its model passes; ways, targets and rates that depart are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.auditing.allowed_ways import END, START, allowed_pairs
from simlab.calibrate.auditing.audit import Audit, audit, loaded_for
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.simulated import simulated_log
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import UsageError
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
WEEK = 10080.0


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK, encoding="utf-8")
    return file


def of(file: Path, log: EventLog, since: float | None = None) -> Audit:
    loaded, notes = loaded_for(file, log)
    return audit(loaded, log, since=since, notes=notes)


def failed(found: Audit) -> list[str]:
    return [check.name for check in found.checks if not check.is_passed]


def calls(rng: np.random.Generator, weeks: int, per_week: int) -> EventLog:
    at = MONDAY + np.sort(rng.uniform(0.0, weeks * WEEK, weeks * per_week))
    return log_from([[("call", float(t), float(t) + 1.0)] for t in at])


def test_a_desk_that_follows_its_model_passes(desk: Path) -> None:
    model = load(desk).model
    found = of(desk, simulated_log(SimpyEngine().run(model, 1, 0), model))
    assert failed(found) == []
    assert found.ways is not None
    assert found.ways.ways == ()
    assert len(found.weekly.mondays) == 12
    assert [(each.priority, each.target, each.met) for each in found.targets] == [("P1", "resolve", 1.0)]


def test_ways_that_the_model_does_not_know_are_told_with_cases(desk: Path) -> None:
    cases = [[("call", MONDAY, MONDAY + 5.0), ("fix", MONDAY + 10.0, MONDAY + 20.0)]] * 3
    cases.append([("fix", MONDAY + 1.0, MONDAY + 2.0), ("call", MONDAY + 3.0, MONDAY + 4.0)])
    found = of(desk, log_from(cases))
    # Of 4 x 3 ways, start -> fix and fix -> call are unknown; call -> end is not.
    assert found.ways is not None
    assert {(way.before, way.after, way.times) for way in found.ways.ways} == {
        ("start", "fix", 1),
        ("fix", "call", 1),
    }
    assert {way.examples for way in found.ways.ways} == {("case 3",)}
    assert failed(found) == ["transitions astray"]


def test_the_way_to_the_end_is_not_asked_of_cases_that_go_on(desk: Path) -> None:
    cases = [[("call", MONDAY, MONDAY + 5.0), ("fix", MONDAY + 10.0, MONDAY + 20.0)]]
    log = log_from([*cases, [("call", MONDAY, MONDAY + 5.0)]])
    going_on = replace(log, cases=replace(log.cases, resolved=np.array([MONDAY + 20.0, np.nan])))
    assert [of(desk, each).checks[1].n for each in (log, going_on)] == [5, 4]


def test_activities_that_are_no_step_are_told(desk: Path) -> None:
    found = of(desk, log_from([[("call", MONDAY, MONDAY + 1.0), ("phone home", MONDAY + 2.0, MONDAY + 3.0)]]))
    assert found.ways is not None
    assert found.ways.unknown == (("phone home", 1),)
    assert failed(found) == ["activities unknown"]


def test_one_odd_event_in_very_many_fails_nothing(desk: Path) -> None:
    cases = [[("call", MONDAY, MONDAY + 1.0)]] * 400
    cases.append([("phone home", MONDAY, MONDAY + 1.0), ("call", MONDAY + 2.0, MONDAY + 3.0)])
    assert failed(of(desk, log_from(cases))) == []


def test_steps_of_automations_are_known_by_the_names_that_runs_give_them(tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    levels = "levels: {on: {coverage: 80 %, success: 50 %, run_time: 1 min}}"
    file.write_text(f"{DESK}automation: {{bot: {{at: fix, level: on, {levels}}}}}\n", encoding="utf-8")
    model = load(file).model
    found = of(file, simulated_log(SimpyEngine().run(model, 1, 0), model))
    assert found.ways is not None
    assert (found.ways.unknown, found.ways.ways) == ((), ())


def test_more_tickets_than_the_model_says_are_drift(desk: Path) -> None:
    found = of(desk, calls(np.random.default_rng(1), 8, 400))
    assert "drift of arrivals" in failed(found)
    assert found.charts[0].signals.all()


def test_since_judges_later_weeks_only_against_those_before(desk: Path) -> None:
    rng = np.random.default_rng(2)
    n = 12 * 200
    at = MONDAY + np.sort(rng.uniform(0.0, 12 * WEEK, n))
    # In the last four weeks a third takes two days, before that none.
    slow = (at > MONDAY + 8 * WEEK) & (rng.random(n) < 1 / 3)
    ends = at + np.where(slow, 2880.0, rng.uniform(5.0, 15.0, n))
    log = log_from([[("call", float(a), float(b))] for a, b in zip(at, ends, strict=True)])
    early, late = (of(desk, log, MONDAY + week * WEEK) for week in (4, 8))
    (chart, *_) = (each for each in late.charts if each.kind == "resolved within")
    assert not chart.is_judged[:8].any()
    assert chart.signals[8:11].all()  # the last week has not had the time that nine in ten need
    assert f"drift of {chart.name}" in failed(late)
    assert f"drift of {chart.name}" in failed(early)
    assert late.n_cases < early.n_cases < n


def test_since_after_the_last_ticket_is_refused(desk: Path) -> None:
    with pytest.raises(UsageError, match="no ticket was created since then"):
        of(desk, calls(np.random.default_rng(1), 1, 10), MONDAY + 2 * WEEK)


def test_a_log_without_tickets_is_refused(desk: Path) -> None:
    log = calls(np.random.default_rng(1), 1, 10)
    with pytest.raises(UsageError, match="the log has no tickets"):
        of(desk, log.select(np.zeros(len(log.cases), bool)))


def test_a_log_of_tickets_has_targets_but_no_ways(desk: Path) -> None:
    log = calls(np.random.default_rng(1), 1, 50)
    none = log.select(np.zeros(len(log.cases), bool))
    found = of(desk, replace(none, cases=log.cases))
    assert found.ways is None
    assert "a row is a ticket: which way tickets went is not in this log" in found.notes


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
