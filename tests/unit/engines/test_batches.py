"""Tickets that gather in front of a step, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.model.codes import Outcome
from tests.desks import ran_well
from tests.unit.engines.three_teams import closed, process, with_priorities
from tests.unit.engines.week import at


def batched(batch: dict[str, Any], *moments: str, **more: object) -> dict[str, Any]:
    return process({"a": {"batch": batch}}, moments=moments, **more)


def test_the_last_of_a_batch_lets_it_go_on() -> None:
    ran = ran_well(batched({"size": 3}, "mon 10:00", "mon 10:20", "mon 11:00", "mon 11:30"))
    assert closed(ran)[:3] == [at("mon 11:10")] * 3
    assert np.isnan(closed(ran)[3])  # one is left that nobody joins
    assert [ran.ticket(i)["delay_min"] for i in range(3)] == [60.0, 40.0, 0.0]


def test_work_on_a_batch_is_done_once_and_its_time_is_shared() -> None:
    ran = ran_well(batched({"size": 4}, *["mon 10:00"] * 4))
    assert len(ran.spells()) == 1
    assert [v.touch for v in ran.visits("a")] == [2.5] * 4
    assert {(v.started, v.ended, v.person) for v in ran.visits("a")} == {
        (at("mon 10:00"), at("mon 10:10"), "1")
    }


def test_tickets_of_a_batch_may_be_worked_on_one_by_one() -> None:
    written = batched({"size": 3, "together": False}, "mon 10:00", "mon 10:05", "mon 10:30")
    written["staffing"]["a"] = {"people": 1}
    assert closed(ran_well(written)) == [at("mon 10:40"), at("mon 10:50"), at("mon 11:00")]


def test_the_first_waits_at_most_for_so_long() -> None:
    ran = ran_well(
        batched({"longest_wait": "1 h"}, "mon 10:00", "mon 10:50", "mon 11:00", "mon 11:01", "mon 12:02")
    )
    # a timer comes before an arrival in the same instant
    assert closed(ran) == [at(f"mon {t}") for t in ("11:10", "11:10", "12:10", "12:10", "13:12")]


def test_size_or_time_whichever_comes_first() -> None:
    batch = {"size": 2, "longest_wait": "1 h"}
    ran = ran_well(batched(batch, "mon 10:00", "mon 10:30", "mon 10:40", "mon 13:00"))
    # the timer of the first batch is void when the second has begun
    assert closed(ran) == [at(f"mon {t}") for t in ("10:40", "10:40", "11:50", "14:10")]


def test_a_weekly_board_takes_what_has_gathered() -> None:
    written = batched({"at": "board"}, "mon 10:00", "tue 10:00", "wed 13:59", "wed 14:20", "wed 15:00")
    written["calendars"] = {"board": {"hours": {"wed": "14:00-15:00"}}}
    times = ("wed 14:10", "wed 14:10", "wed 14:10", "wed 14:30", "wed+1 14:10")
    assert closed(ran_well(written)) == [at(t) for t in times]


def test_at_most_splits_a_batch() -> None:
    ran = ran_well(batched({"longest_wait": "1 h", "at_most": 2}, *[f"mon 10:0{i}" for i in range(5)]))
    assert closed(ran) == [at("mon 11:10")] * 5
    assert [s.ticket for s in ran.spells()] == [0, 2, 4]
    assert [v.touch for v in ran.visits("a")] == [5.0, 5.0, 5.0, 5.0, 10.0]


def test_no_ticket_is_lost_where_batches_have_no_upper_bound() -> None:
    written = batched({"longest_wait": "30 min"}, "mon 10:00", time={"then": "drain"})
    written["demand"]["tickets"]["arrivals"] = {"rate": "20/hour", "batch": {"uniform": {"min": 1, "max": 5}}}
    ran = ran_well(written)
    assert ran.logs.totals.created > 1000
    assert ran.logs.totals.closed == ran.logs.totals.created
    visits = ran.logs.visits
    at_work = ran.at("a")
    assert np.array_equal(np.bincount(visits.ticket[at_work]), np.ones(len(ran.logs.tickets)))


def test_batches_in_front_of_a_wait_go_on_one_by_one() -> None:
    written = process(
        {"w": {"wait": "1 h", "batch": {"size": 2}, "next": "a"}}, "w", ("mon 10:00", "mon 10:30")
    )
    assert closed(ran_well(written)) == [at("mon 11:40")] * 2


def test_a_batch_can_be_interrupted() -> None:
    written = batched({"size": 2}, "mon 10:00", "mon 10:00")
    written["demand"]["tickets"]["priority"] = "P2"
    written["demand"]["major"] = {
        "arrivals": {"timetable": ["2026-01-05 10:04"]}, "priority": "P1", "start": "m"
    }  # fmt: skip
    written["routing"]["steps"]["m"] = {"team": "a", "work": "20 min", "next": "resolved"}
    written["staffing"]["a"] = {"people": 1, "preempted_by": ["P1"]}
    ran = ran_well(written)
    assert closed(ran) == [at("mon 10:30"), at("mon 10:30"), at("mon 10:24")]
    assert [v.touch for v in ran.visits("a")] == [5.0, 5.0]


def test_branches_of_a_ticket_that_are_stopped_leave_their_batches() -> None:
    written = process(
        {
            "p": {"parallel": {"branches": ["a", "b"], "join": "any"}, "next": "resolved"},
            "a": {"work": "10 min", "next": "join", "batch": {"longest_wait": "30 min"}},
            "b": {"work": "20 min", "next": "join"},
        },
        "p",
        ("mon 10:00", "mon 10:15"),
    )
    written["staffing"]["b"] = {"people": 1}
    ran = ran_well(written)
    # the first is done at b at 10:20; the second waits alone from 10:15 until 10:45, but b does it by 10:40
    assert closed(ran) == [at("mon 10:20"), at("mon 10:40")]
    assert ran.visits("a") == []


def test_a_batch_goes_on_for_the_others_when_one_of_it_is_stopped() -> None:
    written = process(
        {
            "p": {"parallel": {"branches": ["a", "b"], "join": "any"}, "next": "resolved"},
            "a": {"work": "40 min", "next": "join", "batch": {"size": 2}},
            "b": {"work": "20 min", "next": "join"},
        },
        "p",
        ("mon 10:00", "mon 10:00"),
    )
    written["staffing"]["b"] = {"people": 1}
    ran = ran_well(written)
    # b does the first at 10:20, the second would be done at 10:40 by both: a's end was planned before
    assert closed(ran) == [at("mon 10:20"), at("mon 10:40")]
    assert [v.touch for v in ran.visits("a")] == [0.0, 40.0]
    assert len([s for s in ran.spells() if s.ended - s.started == 40.0]) == 1


@pytest.mark.parametrize(("patience", "left"), [("15 min", 0), ("5 min", 2)])
def test_who_loses_patience_leaves_the_batch_that_waits(patience: str, left: int) -> None:
    step = {"work": "30 min", "batch": {"size": 2}, "patience": {"time": patience}}
    written = process({"a": step}, "a", ("mon 10:00", "mon 10:00", "mon 10:10", "mon 10:20"))
    written["staffing"]["a"] = {"people": 1}
    ran = ran_well(written)
    # one person: the batch that is complete at 10:20 waits until 10:30
    ends = [at("mon 10:25")] * 2 if left else [at("mon 11:00")] * 2
    assert closed(ran) == [at("mon 10:30"), at("mon 10:30"), *ends]
    assert int((ran.logs.tickets.outcome == Outcome.ABANDONED).sum()) == left
    assert len(ran.spells()) == 2 - left // 2


def test_a_batch_goes_on_with_those_whose_patience_lasts() -> None:
    patience = {"uniform": {"min": "0", "max": "20 min"}}
    step = {"work": "30 min", "batch": {"size": 6}, "patience": {"time": patience}}
    written = process({"a": step}, "a", ("mon 10:00",) * 6 + ("mon 10:20",) * 6)
    written["staffing"]["a"] = {"people": 1}
    ran = ran_well(written)
    second = np.array(closed(ran)[6:])
    left = second < at("mon 10:30")
    assert 0 < left.sum() < 6
    assert set(second[~left]) == {at("mon 11:00")}
    assert [s.ended - s.started for s in ran.spells()] == [30.0, 30.0]
    touch = [v.touch for v in ran.visits("a") if v.ended == at("mon 11:00")]
    assert touch == [30.0 / len(touch)] * len(touch)


def test_a_ticket_that_is_raised_makes_its_batch_as_urgent() -> None:
    step = {"work": "30 min", "batch": {"size": 2}, "escalate": [{"after": "10 min", "raise_to": "P1"}]}
    moments = {"P2": ["mon 10:25"], "P3": ["mon 10:00", "mon 10:00", "mon 10:05", "mon 10:05", "mon 10:25"]}
    written = with_priorities(process({"a": step}, priorities=["P1", "P2", "P3"]), **moments)
    written["staffing"]["a"] = {"people": 1}
    ran = ran_well(written)
    assert closed(ran)[2:4] == [at("mon 11:00"), at("mon 11:00")]
