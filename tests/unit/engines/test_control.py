"""Control rules, computed by hand: a ticket every 10 minutes or all at once, work of known length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.metrics.summary import summarise
from tests.desks import Run, one_step, ran_well, run

NAN = float("nan")


def watched(rule: dict[str, Any], n_at_once: int = 6, work: str = "60 min", **more: object) -> dict[str, Any]:
    """Tickets at once at minute 0 for one person; a review every 30 minutes, from 3 that wait until 1."""
    usual = {
        "watch": {"queue": "desk"},
        "every": "30 min",
        "start": {"at_least": 3, "lag": "15 min"},
        "stop": {"at_most": 1, "lag": "10 min"},
    }
    written = one_step({"timetable": ["2026-01-05 00:00"] * n_at_once}, work, {"people": 1}, "1 day")
    written["time"]["start"] = "2026-01-05"
    written["control"] = {"help": {**usual, **rule}}
    return {**written, **more}


def actions(ran: Run) -> list[list[float]]:
    log = ran.logs.actions
    return [[getattr(log, column.name)[i].item() for column in log.columns()] for i in range(len(log))]


def closed(ran: Run) -> list[float]:
    times: list[float] = ran.logs.tickets.closed.tolist()
    return times


SECOND = {"desk": {"people": 1}, "second": {"people": 2}}


def test_a_rule_decides_at_reviews_and_takes_effect_after_its_lags() -> None:
    written = watched({"borrow": {"from": "second", "to": "desk", "people": 1}}, staffing=SECOND)
    ran = ran_well(written)
    # 5 wait at the review at 0; from 15 on a second person helps: 60, 75, 120, 135, ... End of queue at 135:
    # taken at 0, 15, 60, 75, 120, 135; 1 waits from 120 on: the review at 120 sees 5 - 4 = 1.
    assert actions(ran) == [[0, 0.0, 5.0, 15.0, 120.0, 1.0, 130.0]]
    # The loan ends at 130, so that the last one does not start at 135 but waits for the desk's own person.
    assert closed(ran) == [60.0, 75.0, 120.0, 135.0, 180.0, 240.0]


def test_lent_people_serve_the_other_team_before_their_own_and_only_as_many_as_are_lent() -> None:
    written = watched(
        {"borrow": {"from": "second", "to": "desk", "people": 1}, "start": {"at_least": 3}}, staffing=SECOND
    )
    written["demand"]["own"] = {"arrivals": {"timetable": ["2026-01-05 00:10"] * 3}, "start": "own"}
    written["routing"]["steps"]["own"] = {"team": "second", "work": "60 min", "next": "resolved"}
    ran = ran_well(written)
    # One of the second team is lent from 0 on, the other takes own work at 10. At 60 the lent one goes on
    # with the desk's; at 120 the queue ends, and the last of the own is taken at 130.
    assert sorted(v.started for v in ran.visits("work")) == [0.0, 0.0, 60.0, 60.0, 120.0, 120.0]
    assert [v.started for v in ran.visits("own")] == [10.0, 70.0, 130.0]


def test_people_called_in_work_until_they_are_done_and_are_paid_from_coming_to_leaving() -> None:
    call = {"team": "desk", "people": 1, "cost": "80 EUR/hour", "call_out": "50 EUR"}
    written = watched({"call_in": call})
    written["staffing"]["desk"]["cost"] = "40 EUR/hour"
    ran = ran_well(written)
    assert actions(ran) == [[0, 0.0, 5.0, 15.0, 120.0, 1.0, 130.0]]
    assert closed(ran) == [60.0, 75.0, 120.0, 135.0, 180.0, 240.0]
    on_call = ran.model.names.people.index("desk.on call help.1")
    duty = [
        (s, e)
        for p, s, e in zip(ran.logs.duty.person, ran.logs.duty.started, ran.logs.duty.ended, strict=True)
        if p == on_call
    ]
    assert duty == [(15.0, 135.0)]  # sent home at 130, done at 135
    summary = summarise(ran.model, ran.logs)
    weeks = 1.0 / 7.0
    assert summary.of("cost_call_outs_per_week") * weeks == pytest.approx(50.0)
    assert summary.of("cost_staff_per_week") * weeks == pytest.approx(24.0 * 40.0 + 2.0 * 80.0)
    assert summary.of("cost_per_week") * weeks == pytest.approx(24.0 * 40.0 + 2.0 * 80.0 + 50.0)
    assert summary.of("control_activations[control=help]") == 1.0
    assert summary.of("control_active_share[control=help]") == pytest.approx(115.0 / 1440.0)
    paid = 1440.0 + 120.0
    assert summary.of("utilisation") == pytest.approx(360.0 / paid)


def test_called_in_people_who_are_called_again_before_they_have_left_stay() -> None:
    rule = {
        "call_in": {"team": "desk", "people": 1},
        "every": "10 min",
        "start": {"at_least": 3},
        "stop": {"at_most": 1},
    }
    written = watched(rule, n_at_once=4, work="100 min")
    written["demand"]["more"] = {"arrivals": {"timetable": ["2026-01-05 01:00"] * 3}}
    ran = ran_well(written)
    # 0: 3 wait, called in, takes one; 2 wait. Nothing stops at 2. At 60 three more: 5 wait.
    # Taken at 0, 0, 100, 100, 200, 200, 300: 3 wait from 100, 1 from 200, so that it stops at 200.
    assert actions(ran) == [[0, 0.0, 3.0, 0.0, 200.0, 1.0, 200.0]]
    assert sorted(v.started for v in ran.visits()) == [0.0, 0.0, 100.0, 100.0, 200.0, 200.0, 300.0]
    assert ran.logs.duty.ended[ran.logs.duty.person == 1].tolist() == [300.0]


def test_tickets_overflow_only_while_the_rule_acts() -> None:
    written = watched(
        {"overflow": {"at": "work", "to": "elsewhere"}, "start": {"at_least": 2}, "stop": {"at_most": 0}},
        n_at_once=3,
        staffing=SECOND,
    )
    written["routing"]["steps"]["elsewhere"] = {"team": "second", "work": "5 min", "next": "resolved"}
    late = [f"2026-01-05 {clock}" for clock in ("00:20", "01:50", "02:10")]
    written["demand"]["late"] = {"arrivals": {"timetable": late}}
    ran = ran_well(written)
    # 2 wait at 0: it acts. 60: 1 waits, 120: none, and it stops at the review at 120.
    assert actions(ran) == [[0, 0.0, 2.0, 0.0, 120.0, 0.0, 120.0]]
    assert [v.arrived for v in ran.visits("elsewhere")] == [20.0, 110.0]
    assert [v.arrived for v in ran.visits("work")] == [0.0, 0.0, 0.0, 130.0]


def test_routing_asks_whether_a_rule_acts() -> None:
    written = watched({"start": {"at_least": 2}, "stop": {"at_most": 0}}, n_at_once=3, staffing=SECOND)
    steps = written["routing"]["steps"]
    steps["elsewhere"] = {"team": "second", "work": "5 min", "next": "resolved"}
    written["routing"]["start"] = [{"when": {"control": "help"}, "to": "elsewhere"}, {"to": "work"}]
    written["demand"]["late"] = {"arrivals": {"timetable": ["2026-01-05 00:20", "2026-01-05 02:10"]}}
    ran = ran_well(written)
    assert [v.arrived for v in ran.visits("elsewhere")] == [20.0]


def test_the_age_of_the_oldest_is_watched() -> None:
    rule = {
        "watch": {"oldest": "desk"},
        "start": {"at_least": "90 min"},
        "stop": {"at_most": "30 min"},
        "call_in": {"team": "desk", "people": 1},
    }
    ran = ran_well(watched(rule, n_at_once=4))
    # Waiting since 0: 90 at the review at 90. Both at work: 90, then the last is taken at 120; nobody waits.
    assert actions(ran) == [[0, 90.0, 90.0, 90.0, 120.0, 0.0, 120.0]]
    assert sorted(v.started for v in ran.visits()) == [0.0, 60.0, 90.0, 120.0]


def test_the_oldest_may_be_one_that_needs_a_skill() -> None:
    rule = {"watch": {"oldest": "desk"}, "start": {"at_least": "90 min"}, "stop": {"at_most": "30 min"}}
    written = watched(rule, n_at_once=4)
    written["routing"]["steps"]["work"]["skill"] = "network"
    written["staffing"]["desk"]["skills"] = ["network"]
    assert actions(ran_well(written)) == [[0, 90.0, 90.0, 90.0, 180.0, 0.0, 180.0]]


def test_open_tickets_are_watched() -> None:
    rule = {"watch": {"open": True}, "start": {"at_least": 4}, "stop": {"at_most": 2}}
    ran = ran_well(watched(rule, n_at_once=4))
    assert actions(ran) == [[0, 0.0, 4.0, 0.0, 120.0, 2.0, 120.0]]


@pytest.mark.parametrize(
    ("target", "begins", "measured"),
    # Resolved at 60, 120, 180, 240, due at 200: the review at 150 is the first within 60 minutes of that,
    # with two still open. Responded to at 0, 60, 120, 180.
    [("resolve", 150.0, 2.0), ("respond", 150.0, 1.0)],
)
def test_tickets_at_risk_are_watched(target: str, begins: float, measured: float) -> None:
    rule = {
        "watch": {"at_risk": {"within": "60 min", "target": target}},
        "start": {"at_least": 1},
        "stop": {"at_most": 0},
    }
    written = watched(rule, n_at_once=4, targets={"P3": {target: "200 min"}})
    ran = ran_well(written)
    first = actions(ran)[0]
    assert first[1:4] == [begins, measured, begins]
    # What is due at 200 is no longer at risk at 210, missed or not; all are responded to at 180.
    assert first[4:] == ([210.0, 0.0, 210.0] if target == "resolve" else [180.0, 0.0, 180.0])


def test_reviews_keep_to_their_calendar() -> None:
    written = watched(
        {"during": "office", "start": {"at_least": 2}},
        calendars={"office": {"hours": {"daily": "01:00-01:40, 05:10-06:00"}}},
        n_at_once=7,
    )
    # Reviews at 60, 90, 330: 5 wait at 60, 1 from 300 on (taken at 0, 60, ..., 300).
    assert actions(ran_well(written)) == [[0, 60.0, 5.0, 60.0, 330.0, 1.0, 340.0]]


@pytest.mark.parametrize(
    ("lag", "row"),
    [("0", [0, 60.0, 5.0, 60.0, 100.0, 5.0, 100.0]), ("50 min", [0, 60.0, 5.0, NAN, 100.0, 5.0, 100.0])],
)
def test_a_rule_may_stop_when_its_calendar_closes_also_before_it_took_effect(
    lag: str, row: list[float]
) -> None:
    written = watched(
        {"during": "office", "outside": "stop", "start": {"at_least": 2, "lag": lag}},
        calendars={"office": {"hours": {"daily": "01:00-01:40"}}},
        n_at_once=7,
    )
    np.testing.assert_array_equal(actions(ran_well(written)), [row])


def test_a_decision_that_has_not_taken_effect_at_the_end_has_no_further_times() -> None:
    written = watched({"start": {"at_least": 3, "lag": "2 days"}})
    log = run(written).logs.actions
    assert log.decided.tolist() == [0.0]
    assert np.isnan([log.started, log.release_decided, log.measured_at_release, log.ended]).all()


def test_a_rule_that_never_fires_changes_nothing() -> None:
    written = watched({"borrow": {"from": "second", "to": "desk", "people": 1}}, staffing=SECOND)
    written["routing"]["steps"]["work"]["work"] = {"exponential": "60 min"}
    written["control"]["help"]["start"]["at_least"] = 7
    with_rule = run(written)
    del written["control"]
    without = run(written)
    assert len(with_rule.logs.actions) == 0
    for name in ("tickets", "visits", "work", "duty"):
        one, other = getattr(with_rule.logs, name), getattr(without.logs, name)
        for column in one.columns():
            np.testing.assert_array_equal(getattr(one, column.name), getattr(other, column.name))
