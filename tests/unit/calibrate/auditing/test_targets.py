"""Targets in an audit: clocks that stand still, tickets that are overdue, names that mean the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from simlab.calibrate.auditing.names import codes_in, priority_codes
from simlab.calibrate.auditing.targets import TargetCheck, interval, target_checks
from simlab.calibrate.auditing.ways import steps_of
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.paths import paths_of
from simlab.calibrate.read import read_log
from simlab.calibrate.simulated import simulated_log
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.codes import Outcome
from simlab.model.load import LoadedScenario, load

DESK = """
name: Desk
time: {start: 2024-01-01, length: 4 weeks, then: drain}
calendars: {office: {hours: {mon-fri: "08:00-18:00"}}}
demand:
  mail:
    arrivals: {rate: 120/week}
    priority: {P1: 30 %, P2: 70 %}
staffing: {desk: {people: 2, calendar: office}}
routing:
  start: call
  steps:
    call: {team: desk, work: {exponential: {mean: 20 min}}, next: [{share: 50 %, to: ask}, {to: fix}]}
    ask: {wait: {exponential: {mean: 5 h}}, pauses: [resolve], next: fix}
    fix: {team: desk, work: {exponential: {mean: 40 min}}, next: resolved}
    resolved: {end: resolved, reopen: {share: 20 %, after: {exponential: {mean: 4 h}}, to: call}}
targets: TARGETS
"""


def loaded(tmp_path: Path, targets: str) -> LoadedScenario:
    file = tmp_path / "desk.yaml"
    file.write_text(DESK.replace("TARGETS", targets), encoding="utf-8")
    return load(file)


def checks(desk: LoadedScenario, log: EventLog, pauses: tuple[str, ...] = ()) -> tuple[TargetCheck, ...]:
    step_of, _ = steps_of(desk, paths_of(log))
    return target_checks(desk, log, pauses, step_of)[0]


@pytest.mark.parametrize(
    "targets",
    [
        "{P1: {respond: 30 min, resolve: 4 h, calendar: office},"
        " P2: {resolve: 1 working day, calendar: office}}",
        "[{when: {priority: P1}, resolve: 3 h}, {respond: 2 h, resolve: 12 h}]",
    ],
)
def test_the_log_of_a_run_meets_targets_as_often_as_the_run_itself(tmp_path: Path, targets: str) -> None:
    desk = loaded(tmp_path, targets)
    logs = SimpyEngine().run(desk.model, 3, 0)
    tickets = logs.tickets
    found = {(each.priority, each.target): each for each in checks(desk, simulated_log(logs, desk.model))}
    once = tickets.reopens == 0  # of others a log of visits does not tell when they were resolved before
    assert (tickets.outcome == Outcome.RESOLVED).all()
    assert once.sum() < len(once)
    for (name, clock), each in found.items():
        row = int(name) - 1 if name.isdigit() else desk.model.names.priorities.index(name)
        mine = tickets.target == row
        done, due = (
            (tickets.responded, tickets.respond_due)
            if clock == "respond"
            else (tickets.resolved, tickets.resolve_due)
        )
        met = (done <= due + 1e-6)[mine]
        assert each.n == mine.sum()
        off = abs(round(each.met * each.n) - int(met.sum()))
        assert off <= (0 if clock == "respond" else (mine & ~once).sum())


CHANGES = """case,changed,state,priority
A,2024-01-01 08:00,New,3 - Moderate
A,2024-01-01 09:00,Awaiting caller,3 - Moderate
A,2024-01-01 15:00,Work,3 - Moderate
A,2024-01-01 16:00,Resolved,3 - Moderate
B,2024-01-01 08:00,New,3 - Moderate
B,2024-01-01 09:00,Resolved,3 - Moderate
B,2024-01-03 09:00,Work,3 - Moderate
B,2024-01-03 10:00,Resolved,3 - Moderate
C,2024-01-01 08:00,New,3 - Moderate
D,2024-01-03 09:30,New,3 - Moderate
"""


@pytest.fixture
def changes(tmp_path: Path) -> EventLog:
    file = tmp_path / "changes.csv"
    file.write_text(CHANGES)
    (tmp_path / "changes.mapping.yaml").write_text(
        "log: changes\ncolumns: {case: case, end: changed, status: state, priority: priority}\n"
        "finished: [Resolved]\nwaiting: {Awaiting caller: user}\n"
    )
    return read_log(file).log


def test_clocks_stand_still_while_a_ticket_waits_or_is_resolved(tmp_path: Path, changes: EventLog) -> None:
    # A ran 2 h beside 6 h of waiting, B 1 h before and 1 h after two days resolved; C is open and
    # overdue, D not due yet. P3 is "3 - Moderate" by its number.
    desk = loaded(tmp_path, "{P1: {resolve: 1 min}}")
    text = DESK.replace("TARGETS", "{P3: {resolve: 2 h}}").replace("{P1: 30 %, P2: 70 %}", "P3")
    (tmp_path / "desk.yaml").write_text(text, encoding="utf-8")
    desk = load(tmp_path / "desk.yaml")
    (check,) = checks(desk, changes, ("user",))
    assert (check.n, check.n_overdue) == (3, 1)
    assert check.met == pytest.approx(2 / 3)
    (strict,) = checks(desk, changes)
    assert strict.met == pytest.approx(1 / 3)


def test_targets_that_ask_for_what_no_log_tells_are_not_judged(tmp_path: Path, changes: EventLog) -> None:
    desk = loaded(tmp_path, '[{when: {difficulty: "> 2"}, resolve: 3 h}]')
    found, notes = target_checks(desk, changes, (), {})
    assert found == ()
    assert notes == ("targets are not judged: they depend on what a log does not tell (difficulty)",)


def test_tickets_of_priorities_without_a_target_are_told(tmp_path: Path, changes: EventLog) -> None:
    found, notes = target_checks(loaded(tmp_path, "{P1: {resolve: 3 h}}"), changes, (), {})
    assert found == ()
    assert notes == ("4 tickets have no priority that the targets of the scenario know",)


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    # Newcombe (1998), table I: 81 of 263.
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_names_mean_the_same_as_written_and_as_scenarios_have_them() -> None:
    assert codes_in(("3 - Moderate", "Mail", "?"), ("mail", "3_moderate")).tolist() == [1, 0, -1]


def test_priorities_mean_the_same_by_their_numbers_where_no_name_does() -> None:
    assert priority_codes(("1 - Critical", "4 - Low"), ("P4", "P1")).tolist() == [1, 0]
    assert priority_codes(("P1", "4 - Low"), ("P4", "P1")).tolist() == [1, -1]
