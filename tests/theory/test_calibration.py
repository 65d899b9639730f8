"""Round trip: a known desk is simulated, its log calibrated, and the desk's own numbers come back.

Every interval is at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from simlab.calibrate.decisions import END
from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Duty, Mechanisms
from simlab.calibrate.paths import Paths
from simlab.calibrate.validate import validate
from simlab.calibrate.written_scenario import SCENARIO_FILE, write_scenario
from simlab.model.load import load
from tests.known_desks import paths_of_desk

DESK = """
name: Known desk
time: {zone: Europe/Berlin, start: 2026-01-05, length: 26 weeks, then: drain}
calendars:
  office: {hours: {mon-fri: "08:00-18:00"}}
demand:
  tickets:
    arrivals: {rate: 300/week, by_hour: {mon-fri: {"08:00-17:00": 1}}}
    classes:
      easy: {share: 70 %, priority: {P1: 5 %, P2: 95 %}}
      hard: {share: 30 %, priority: {P1: 20 %, P2: 80 %}}
staffing:
  desk: {people: 12, calendar: office, queue: fifo, at_shift_end: finish}
  engineers: {people: 12, calendar: office, queue: fifo, at_shift_end: finish}
routing:
  start: triage
  steps:
    triage:
      team: desk
      work: {lognormal: {mean: 8 min, cv: 0.5}}
      next: [{when: {class: easy}, share: 80 %, to: resolved}, {to: wait_for_parts}]
    wait_for_parts: {wait: {exponential: 20 h}, calendar: office, next: repair}
    repair:
      team: engineers
      work: {lognormal: {mean: 20 min, cv: 0.5}}
      next: [{share: 25 %, to: wait_for_parts}, {to: resolved}]
"""
RATE, EASY, REPEATS = 300.0, 0.7, 0.25
QUEUES = """
name: Four queues
time: {start: 2026-01-05, length: 8 weeks, warm_up: 0 min}
priorities: [high, normal, low]
demand:
  tickets:
    priority: {high: 15 %, normal: 60 %, low: 25 %}
    arrivals: {hourly: {mon-fri: {"08:00-18:00": 11/hour}}}
staffing:
  desk: {people: 3, hours: {mon-fri: "08:00-18:00"}, queue: priority}
  experts: {people: 2, hours: {mon-fri: "09:00-17:00"}, queue: lifo}
  office: {people: 1, hours: {mon-fri: "09:00-17:00"}, queue: shortest, at_shift_end: finish}
  mailroom: {people: 2, hours: {mon-fri: "09:00-17:00"}, queue: fifo}
routing:
  start: answer
  steps:
    answer:
      team: desk
      work: {lognormal: {mean: 14 min, cv: 0.8}}
      next: {analyse: 30 %, write: 20 %, send: 20 %, resolved: 30 %}
    analyse: {team: experts, work: {lognormal: {mean: 25 min, cv: 0.8}}, next: resolved}
    write: {team: office, work: {lognormal: {mean: 15 min, cv: 0.8}}, next: resolved}
    send: {team: mailroom, work: {lognormal: {mean: 33 min, cv: 0.8}}, next: resolved}
"""
SHIFTS = """
name: Two shifts and a board
time: {start: 2026-01-05, length: 16 weeks, warm_up: 0 min, then: drain}
demand:
  tickets: {arrivals: {hourly: {mon-fri: {"08:00-20:00": 7/hour}}}}
staffing:
  desk:
    at_shift_end: pause
    shifts:
      early: {people: 3, hours: {mon-fri: "08:00-16:00"}}
      late: {people: 2, hours: {mon-fri: "12:00-20:00"}}
  board: {people: 1, hours: {tue: "09:00-15:00", thu: "09:00-15:00"}, at_shift_end: pause}
routing:
  start: check
  steps:
    check: {team: desk, work: {lognormal: {mean: 15 min, cv: 0.5}}, next: {decide: 20 %, resolved: 80 %}}
    decide: {team: board, work: {lognormal: {mean: 6 min, cv: 0.5}}, next: resolved}
"""
Z = 3.9


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The log of the known desk."""
    return paths_of_desk(DESK, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def fitted(paths: Paths) -> Fitted:
    """What is fitted to it."""
    return fit(paths, use_all=True)


def test_the_rate_of_arrivals_comes_back(fitted: Fitted) -> None:
    weeks = (fitted.arrivals.last_day - fitted.arrivals.first_day).days / 7.0
    assert fitted.arrivals.per_week == pytest.approx(RATE, abs=Z * math.sqrt(RATE / weeks))
    assert fitted.arrivals.day_cv < 0.1


def test_arrivals_come_in_the_hours_of_the_desk(fitted: Fitted) -> None:
    by_hour = fitted.arrivals.by_hour.reshape(7, 24)
    assert by_hour[:5, 8:17].sum() == pytest.approx(1.0)


def test_the_shares_of_classes_come_back(fitted: Fitted) -> None:
    facts, names = fitted.facts, fitted.chain.paths.classes
    easy = fitted.classes.index(names.index("easy"))
    share = float((facts.case_class == easy).mean())
    assert share == pytest.approx(EASY, abs=Z * math.sqrt(EASY * (1 - EASY) / len(facts.case_class)))


def test_the_share_that_is_repaired_again_comes_back(fitted: Fitted) -> None:
    repair = fitted.chain.paths.activities.index("repair")
    decision = fitted.choices.next_of[repair]
    counts = np.sum([leaf.counts for leaf in decision.leaves], axis=0)
    again = 1.0 - float(counts[decision.outcomes.index(END)]) / decision.n_seen
    assert again == pytest.approx(REPEATS, abs=Z * math.sqrt(REPEATS * (1 - REPEATS) / decision.n_seen))


def test_hard_tickets_always_wait_and_easy_ones_by_their_share(fitted: Fitted) -> None:
    paths = fitted.chain.paths
    decision = fitted.choices.next_of[paths.activities.index("triage")]
    place = decision.features.index("class")
    easy = fitted.classes.index(paths.classes.index("easy"))
    of_easy = [leaf for leaf in decision.leaves if leaf.levels[place][easy] and not leaf.levels[place].all()]
    of_hard = [leaf for leaf in decision.leaves if not leaf.levels[place][easy]]
    end = decision.outcomes.index(END)
    resolved, n = sum(leaf.counts[end] for leaf in of_easy), sum(leaf.weight for leaf in of_easy)
    assert resolved / n == pytest.approx(0.8, abs=Z * math.sqrt(0.16 / n))
    assert sum(leaf.counts[end] for leaf in of_hard) == 0.0


def test_working_hours_come_back(fitted: Fitted) -> None:
    by_name = {team.name: team for team in fitted.teams}
    for name in ("desk", "engineers"):
        hours = by_name[name].hours
        assert [last > first for first, last in hours.by_day] == [True] * 5 + [False] * 2
        assert all(first == 8 and last in (17, 18) for first, last in hours.by_day[:5])


def test_teams_and_hand_overs_come_back(fitted: Fitted) -> None:
    assert sorted(fitted.roles.names) == ["desk", "engineers"]
    paths = fitted.chain.paths
    has_repair = np.unique(paths.case[paths.activity == paths.activities.index("repair")])
    last = paths.first[1:] - 1
    assert np.flatnonzero(fitted.roles.hops[last] == 1).tolist() == has_repair.tolist()


def test_queue_disciplines_come_back(tmp_path: Path) -> None:
    fitted = fit(paths_of_desk(QUEUES, tmp_path), use_all=True)
    orders = dict(zip(fitted.roles.names, fitted.orders, strict=True))
    expected = {"desk": "priority", "experts": "lifo", "office": "shortest", "mailroom": "fifo"}
    assert {team: order.discipline for team, order in orders.items()} == expected
    assert all(order.is_found and order.share > 0.95 for order in orders.values())
    written = yaml.safe_load(write_scenario(fitted, "again").files[SCENARIO_FILE])
    assert {team: staff["queue"] for team, staff in written["staffing"].items()} == expected
    assert written["evidence"]["staffing.desk.queue"]["kind"] == "measured"


def test_shifts_of_people_come_back(tmp_path: Path) -> None:
    paths = paths_of_desk(SHIFTS, tmp_path)
    fitted = fit(paths, use_all=True, mechanisms=Mechanisms(duty=Duty.SHIFTS))
    written = yaml.safe_load(write_scenario(fitted, "again").files[SCENARIO_FILE])
    desk, board = written["staffing"]["desk"], written["staffing"]["board"]
    assert desk["shifts"] == {
        "shift_1": {"people": 3, "hours": {"mon-fri": "08:00-16:00"}},
        "shift_2": {"people": 2, "hours": {"mon-fri": "12:00-20:00"}},
    }
    assert (board["people"], board["hours"]) == (1, {"tue": "09:00-15:00", "thu": "09:00-15:00"})
    # What waits for the board waits for its hours: on these, for hardly anything but the queue.
    wait = next(each for each in fitted.times if fitted.chain.transitions[each - 1].target == 1)
    assert fitted.clocks.minutes[fitted.chain.transition == wait].mean() < 60.0


def test_the_scenario_of_the_fit_is_sound_and_foretells_the_rest(paths: Paths, tmp_path: Path) -> None:
    written = write_scenario(fit(paths), "again")
    for name, text in written.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert load(tmp_path / SCENARIO_FILE).name == "again"
    result = validate(paths, replications=4)
    whole = result.groups[0]
    assert whole.n_cases == len(result.real) == len(result.simulated) / result.n_logs
    # Nothing changed at this desk: what is left is chance, of four logs against halves of one.
    assert whole.together.n_gram < 2.0 * whole.floor.n_gram
    assert whole.together.cycle_time < 2.0 * whole.floor.cycle_time
