"""Faults, workarounds, fixes and problem tickets, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.codes import FaultState, Origin
from tests.desks import Run, model_of, ran_well, run
from tests.unit.engines.three_teams import closed, process
from tests.unit.engines.week import at

HOURLY = tuple(f"mon {hour:02}:00" for hour in range(10, 20))


def faulty(
    problems: dict[str, Any] | None = None,
    work: dict[str, Any] | None = None,
    moments: tuple[str, ...] = HOURLY,
    **faults: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Incidents at ``a``; problem tickets at ``b``, of 10 min each, where ``work`` is done on the fault."""
    written = process({"b": {"fault": work or {"fixed": "100 %"}}}, moments=moments)
    written["demand"]["problems"] = {"arrivals": {"spawned": True}, "start": "b", "kind": "problem"}
    group = {"stream": "tickets", "rates": {"listed": [1]}, **faults}
    if problems is not None:
        group["problems"] = {"stream": "problems", **problems}
    written["faults"] = {"causes": group}
    return written


def created(ran: Run, origin: Origin = Origin.DEMAND) -> list[float]:
    tickets = ran.logs.tickets
    times: list[float] = tickets.created[tickets.origin == origin].tolist()
    return times


def states(ran: Run) -> list[tuple[float, str, FaultState, int]]:
    log = ran.logs.states
    return [
        (
            float(log.at[i]),
            ran.model.names.states[log.state[i]],
            FaultState(int(log.value[i])),
            int(log.ticket[i]),
        )
        for i in range(len(log))
    ]


def test_the_third_incident_raises_a_problem_whose_fix_ends_the_incidents() -> None:
    ran = ran_well(faulty({"after": 3}))
    assert created(ran) == [at("mon 10:00"), at("mon 11:00"), at("mon 12:00")]
    assert created(ran, Origin.PROBLEM) == [at("mon 12:00")]
    assert states(ran) == [(at("mon 12:10"), "faults.causes.1", FaultState.FIXED, 3)]
    assert ran.logs.tickets.fault.tolist() == [0, 0, 0, 0]
    assert ran.logs.tickets.parent.tolist() == [-1, -1, -1, 2]
    assert ran.logs.totals.prevented == 7


def test_figures_count_what_fixes_prevent() -> None:
    written = faulty({"after": 3}, new_after="150 min")
    written["time"] = {"length": "20 h", "start": "2026-01-05", "warm_up": "10 h"}
    ran = ran_well(written)
    figures = summarise(ran.model, ran.logs)
    # Not fixed from 10:00 to 12:10, 14:40 to 17:10 and 19:40 to 20:00.
    assert figures.of("faults_active") == pytest.approx((130.0 + 150.0 + 20.0) / 600.0)
    # At 13, 14, 18 and 19 h, in ten hours.
    assert figures.of("prevented_per_week") == pytest.approx(4 * 168.0 / 10.0)


def test_a_failed_fix_leaves_the_fault_and_the_next_incidents_raise_a_problem_again() -> None:
    ran = ran_well(faulty({"after": 3}, {"fixed": "0 %"}))
    assert created(ran, Origin.PROBLEM) == [at("mon 12:00"), at("mon 15:00"), at("mon 18:00")]
    assert len(created(ran)) == 10
    assert states(ran) == []


def test_while_a_problem_is_open_incidents_do_not_count_for_the_next() -> None:
    written = faulty({"after": 2}, {"fixed": "0 %"})
    written["routing"]["steps"]["b"]["work"] = "150 min"
    # Raised at 11:00 and closed at 13:30: those of 12:00 and 13:00 do not count.
    assert created(ran_well(written), Origin.PROBLEM) == [at("mon 11:00"), at("mon 15:00"), at("mon 19:00")]


def test_only_incidents_of_the_last_time_count() -> None:
    moments = ("mon 10:00", "mon 11:00", "mon 14:00", "mon 15:00", "mon 15:30", "mon 20:00")
    ran = ran_well(faulty({"after": 3, "within": "2 h"}, moments=moments))
    assert created(ran, Origin.PROBLEM) == [at("mon 15:30")]


def test_a_review_raises_problems_for_the_worst_faults() -> None:
    written = faulty(
        {"review": {"every": "6 h", "worst": 1, "at_least": 2}}, rates={"listed": [3, 1]}, moments=HOURLY
    )
    ran = ran_well(written)
    tickets = ran.logs.tickets
    incidents = tickets.fault[(tickets.created <= at("mon 12:00")) & (tickets.origin == Origin.DEMAND)]
    worst = int(np.argmax(np.bincount(incidents)))
    problems = tickets.origin == Origin.PROBLEM
    assert created(ran, Origin.PROBLEM)[0] == at("mon 12:00")
    assert int(tickets.fault[problems][0]) == worst
    assert tickets.parent[problems].tolist() == [-1] * int(problems.sum())


def test_a_review_at_the_instant_of_an_incident_sees_it() -> None:
    ran = ran_well(faulty({"review": {"every": "10 h"}}, moments=("mon 10:00", "mon 11:00")))
    assert created(ran, Origin.PROBLEM) == [at("mon 10:00")]


def test_a_workaround_changes_the_way_of_later_incidents() -> None:
    written = faulty({"after": 2}, {"workaround": "100 %"})
    written["routing"]["steps"]["a"]["work"] = [
        {"when": {"fault": "workaround"}, "time": "3 min"},
        {"time": "10 min"},
    ]
    ran = ran_well(written)
    spent = [v.ended - v.started for v in ran.visits("a")]
    assert spent == [10.0, 10.0] + [3.0] * 8
    assert [state for _, _, state, _ in states(ran)] == [FaultState.WORKAROUND]


def test_rules_can_ask_whether_the_fix_worked() -> None:
    written = faulty({"after": 2}, {"fixed": "100 %"})
    written["routing"]["steps"]["b"]["next"] = [{"when": {"fault": "fixed"}, "to": "c"}, {"to": "b"}]
    assert [v.step for v in ran_well(written).visits() if v.ticket == 2] == ["b", "c"]


def test_a_new_fault_takes_the_place_of_a_fixed_one() -> None:
    ran = ran_well(faulty({"after": 3}, new_after="150 min"))
    # Fixed at 12:10, again there from 14:40 on: incidents at 15, 16, 17 h raise the next problem.
    assert created(ran) == [at(f"mon {hour}:00") for hour in (10, 11, 12, 15, 16, 17)]
    assert ran.logs.tickets.fault.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert [(when, state) for when, _, state, _ in states(ran)] == [
        (at("mon 12:10"), FaultState.FIXED),
        (at("mon 14:40"), FaultState.UNKNOWN),
        (at("mon 17:10"), FaultState.FIXED),
        (at("mon 19:40"), FaultState.UNKNOWN),
    ]


def test_a_change_that_a_problem_gives_rise_to_can_fix_the_fault() -> None:
    written = faulty({"after": 3}, {"workaround": "0 %"})
    steps = written["routing"]["steps"]
    steps["b"]["spawns"] = [{"stream": "changes", "same_fault": True, "wait": True}]
    steps["c"]["fault"] = {"fixed": "100 %"}
    written["demand"]["changes"] = {"arrivals": {"spawned": True}, "start": "c"}
    ran = ran_well(written)
    assert states(ran) == [(at("mon 12:20"), "faults.causes.1", FaultState.FIXED, 4)]
    assert closed(ran)[3:] == [at("mon 12:20"), at("mon 12:20")]


def test_only_the_named_classes_have_faults_behind_them() -> None:
    written = faulty(rates={"zipf": 1.0}, count=3)
    written["faults"]["causes"]["class"] = "network"
    written["demand"]["tickets"]["classes"] = {"network": {"share": "50 %"}, "other": {"share": "50 %"}}
    tickets = ran_well(written).logs.tickets
    network = tickets.ticket_class == 0
    assert np.all((tickets.fault >= 0) == network)


def test_other_tickets_keep_their_draws_when_faults_are_fixed() -> None:
    written = faulty({"after": 2}, share="60 %", rates={"listed": [3, 2, 1]})
    written["routing"]["steps"]["a"]["work"] = {"exponential": "10 min"}
    without = {**written, "faults": {"causes": {**written["faults"]["causes"], "problems": None}}}
    some, every = ran_well(written), ran_well(without)
    touch = dict(zip(every.logs.tickets.subject.tolist(), every.logs.tickets.touch_min.tolist(), strict=True))
    mine = some.logs.tickets
    arrived = mine.origin == Origin.DEMAND
    assert len(mine.subject[arrived]) < len(touch)
    assert mine.touch_min[arrived].tolist() == [touch[subject] for subject in mine.subject[arrived].tolist()]


def test_faults_that_nobody_works_on_change_nothing_but_their_column() -> None:
    written = faulty()
    plain = {key: value for key, value in written.items() if key != "faults"}
    plain["routing"]["steps"]["b"] = {
        k: v for k, v in written["routing"]["steps"]["b"].items() if k != "fault"
    }
    written = faulty()
    one, other = run(written).logs, run(plain).logs
    for column in one.tickets.columns():
        if column.name != "fault":
            same = getattr(one.tickets, column.name), getattr(other.tickets, column.name)
            assert np.array_equal(*same, equal_nan=column.dtype is np.float64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stream": "nothing"}, "there is no stream of this name"),
        ({"count": 3}, "write either count"),
        ({"class": "problems"}, "the class belongs to another stream"),
        ({"stream": "problems"}, "only tickets that arrive by themselves"),
        ({"problems": {"stream": "problems"}}, "raised after a number of incidents, by a review, or both"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    written = faulty({"after": 3})
    written["faults"]["causes"] |= change
    with pytest.raises(InvalidInput, match=message):
        model_of(written)


def test_two_groups_of_faults_behind_the_same_tickets_are_refused() -> None:
    written = faulty()
    written["faults"]["others"] = written["faults"]["causes"]
    with pytest.raises(InvalidInput, match="causes and others are about the same tickets"):
        model_of(written)


def test_conditions_on_faults_need_faults() -> None:
    written = process({"a": {"next": [{"when": {"fault": "fixed"}, "to": "b"}, {"to": "resolved"}]}})
    with pytest.raises(InvalidInput, match="the scenario has no faults"):
        model_of(written)
