"""Urgent tickets that interrupt the work on others, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.metrics.spans import queue_spans
from tests.desks import Spell, ran_well
from tests.unit.engines.three_teams import closed, process, with_priorities
from tests.unit.engines.week import at


def desk(work: str = "30 min", people: object = 1, **moments: object) -> dict[str, Any]:
    """One team whose work on others P1 may interrupt; keywords ``P1``, ``P2``, ``P3`` are arrivals."""
    team = {key: moments.pop(key) for key in list(moments) if not key.startswith("P")}
    written = with_priorities(process({"a": {"work": work}}), **moments)  # type: ignore[arg-type]
    written["staffing"]["a"] = {"people": people, "preempted_by": ["P1"], **team}
    return written


def test_interrupted_work_is_resumed_where_it_stopped() -> None:
    ran = ran_well(desk(P1=["mon 10:10"], P2=["mon 10:00"]))
    assert closed(ran) == [at("mon 11:00"), at("mon 10:40")]
    assert ran.spells() == [
        Spell("1", 0, at("mon 10:00"), at("mon 10:10"), 0.0),
        Spell("1", 1, at("mon 10:10"), at("mon 10:40"), 0.0),
        Spell("1", 0, at("mon 10:40"), at("mon 11:00"), 0.0),
    ]
    assert ran.visits()[0].touch == 30.0
    assert ran.visits()[0].started == at("mon 10:00")


def test_equal_priority_does_not_interrupt() -> None:
    assert closed(ran_well(desk(P1=["mon 10:00", "mon 10:10"]))) == [at("mon 10:30"), at("mon 11:00")]


def test_a_priority_that_is_not_named_does_not_interrupt() -> None:
    ran = ran_well(desk(P1=[], P2=["mon 10:10"], P3=["mon 10:00"]))
    assert closed(ran) == [at("mon 10:30"), at("mon 11:00")]


def test_of_two_that_interrupt_the_more_urgent_interrupts_the_other() -> None:
    ran = ran_well(desk(P1=["mon 10:20"], P2=["mon 10:10"], P3=["mon 10:00"], preempted_by=["P1", "P2"]))
    assert closed(ran) == [at("mon 11:30"), at("mon 11:10"), at("mon 10:50")]


def test_the_least_urgent_and_then_the_latest_work_is_interrupted() -> None:
    two = ran_well(desk(people=2, P1=["mon 10:10"], P2=["mon 10:00"], P3=["mon 09:59"]))
    assert closed(two) == [at("mon 10:49"), at("mon 10:30"), at("mon 10:40")]
    same = ran_well(desk(people=2, P1=["mon 10:10"], P2=["mon 10:00", "mon 10:05"]))
    assert closed(same) == [at("mon 10:30"), at("mon 10:55"), at("mon 10:40")]


def test_nobody_is_interrupted_while_somebody_is_idle() -> None:
    ran = ran_well(desk(people=2, P1=["mon 10:10"], P2=["mon 10:00"]))
    assert closed(ran) == [at("mon 10:30"), at("mon 10:40")]


def test_interrupted_work_keeps_its_place_in_the_queue_and_anybody_resumes_it() -> None:
    people: dict[str, Any] = {"ann": {}, "bob": {}}
    ran = ran_well(desk(people=people, P1=["mon 10:10"], P2=["mon 10:00", "mon 10:05", "mon 10:06"]))
    # bob's ticket 1 is interrupted at 10:10 with 25 min left, before ticket 2 in the queue; ann resumes it
    assert [(s.person, s.ticket, s.started) for s in ran.spells()] == [
        ("ann", 0, at("mon 10:00")),
        ("bob", 1, at("mon 10:05")),
        ("bob", 3, at("mon 10:10")),
        ("ann", 1, at("mon 10:30")),
        ("bob", 2, at("mon 10:40")),
    ]
    assert closed(ran)[1] == at("mon 10:55")


def test_what_is_left_is_measured_in_work_and_not_in_time() -> None:
    people = {"slow": {"speed": 0.5}, "fast": {"speed": 1.25}}
    ran = ran_well(desk(people=people, P1=["mon 10:10", "mon 10:20"], P2=["mon 10:00"]))
    # slow does 10 of 30 min in 20 min; the 20 that are left take fast 16 min
    assert [(s.person, s.ticket, s.started, s.ended) for s in ran.spells()] == [
        ("slow", 0, at("mon 10:00"), at("mon 10:20")),
        ("fast", 1, at("mon 10:10"), at("mon 10:34")),
        ("slow", 2, at("mon 10:20"), at("mon 11:20")),
        ("fast", 0, at("mon 10:34"), at("mon 10:50")),
    ]


def test_work_that_a_break_interrupts_is_counted_without_the_break() -> None:
    lunch: dict[str, Any] = {"breaks": [{"at": "10:05", "length": "20 min"}]}
    ran = ran_well(desk(P1=["mon 10:30"], P2=["mon 10:00"], **lunch))
    # 5 min before the break and 5 min after it, then 20 min from 11:00 on
    assert closed(ran) == [at("mon 11:20"), at("mon 11:00")]


def test_who_comes_during_the_break_interrupts_when_it_is_over() -> None:
    lunch: dict[str, Any] = {"breaks": [{"at": "10:05", "length": "20 min"}]}
    ran = ran_well(desk(P1=["mon 10:10"], P2=["mon 10:00"], **lunch))
    assert closed(ran) == [at("mon 11:20"), at("mon 10:55")]


def test_who_comes_at_night_interrupts_in_the_morning() -> None:
    ran = ran_well(desk(hours={"daily": "08:00-16:00"}, P1=["mon 20:00"], P2=["mon 15:50"]))
    assert closed(ran) == [at("tue 08:50"), at("tue 08:30")]


def test_overtime_is_not_interrupted() -> None:
    hours: dict[str, Any] = {"hours": {"daily": "08:00-16:00"}, "at_shift_end": "finish"}
    ran = ran_well(desk(P1=["mon 16:05"], P2=["mon 15:50"], **hours))
    assert closed(ran) == [at("mon 16:20"), at("tue 08:30")]
    assert ran.spells()[0].overtime == 20.0


def test_work_that_would_have_ended_in_overtime_can_be_interrupted_before() -> None:
    hours: dict[str, Any] = {"hours": {"daily": "08:00-16:00"}, "at_shift_end": "finish"}
    ran = ran_well(desk("10 min", P1=["mon 15:57"], P2=["mon 15:55"], **hours))
    # the urgent one takes 3 min and 7 min of overtime; 8 min of the other are left for the next day
    assert [s.overtime for s in ran.spells()] == [0.0, 7.0, 0.0]
    assert closed(ran) == [at("tue 08:08"), at("mon 16:07")]


def test_work_that_is_done_in_the_same_instant_is_not_interrupted() -> None:
    ran = ran_well(desk(P1=["mon 10:30"], P2=["mon 10:00"]))
    assert closed(ran) == [at("mon 10:30"), at("mon 11:00")]
    assert len(ran.spells()) == 2


def test_interrupted_work_of_another_team_goes_on_with_its_own_people_where_they_are_free() -> None:
    written = process({"a": {"work": "30 min"}, "b": {"work": "30 min"}}, "b")
    written = with_priorities(written, P1=["mon 10:10"], P2=["mon 10:00"])
    written["demand"]["P1"]["start"] = "a"
    written["staffing"]["a"] = {"people": {"ann": {}}, "preempted_by": ["P1"], "also_serves": ["b"]}
    written["staffing"]["b"] = {"people": {"bob": {}}, "hours": {"daily": "10:05-16:00"}}
    ran = ran_well(written)
    # ann helps with b until the urgent ticket of a; bob is idle since 10:05 and takes what she drops
    assert [(s.person, s.ticket, s.started, s.ended) for s in ran.spells()] == [
        ("ann", 0, at("mon 10:00"), at("mon 10:10")),
        ("bob", 0, at("mon 10:10"), at("mon 10:30")),
        ("ann", 1, at("mon 10:10"), at("mon 10:40")),
    ]


def test_waits_after_an_interruption_are_part_of_the_queue() -> None:
    spans = queue_spans(ran_well(desk(P1=["mon 10:10"], P2=["mon 10:00"])).logs)
    assert [(s, e) for s, e in zip(spans.started, spans.ended, strict=True)] == [
        (at("mon 10:10"), at("mon 10:40"))
    ]


@pytest.mark.parametrize("discipline", ["priority", "fifo", "lifo", "earliest_due", "shortest"])
def test_where_nobody_can_wait_nobody_waits(discipline: str) -> None:
    # one person, a ticket an hour, ten minutes of work
    moments = {p: [f"mon {hour:02}:00" for hour in range(i, 24, 3)] for i, p in enumerate(("P1", "P2", "P3"))}
    ran = ran_well(desk("10 min", queue=discipline, **moments))
    assert ran.waits("a").tolist() == [0.0] * 24
    assert len(ran.spells()) == 24
