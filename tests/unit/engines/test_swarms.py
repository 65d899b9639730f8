"""Several people who work on a ticket together, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.metrics.spans import queue_spans
from simlab.metrics.summary import summarise
from tests.desks import Run, ran_well
from tests.unit.engines.three_teams import closed, process, with_priorities
from tests.unit.engines.week import at, timetable


def spells(ran: Run) -> list[tuple[str, int, float, float]]:
    rows = ((s.person, s.ticket, s.started, s.ended) for s in ran.spells())
    return sorted(rows, key=lambda row: (row[2], row[1], row[0]))


def swarming(swarm: dict[str, Any], *moments: str, **people: object) -> dict[str, Any]:
    """Step ``a`` of 30 min with a swarm; keywords are the people of teams."""
    written = process({"a": {"work": "30 min", "swarm": swarm}}, moments=moments)
    for team, block in people.items():
        written["staffing"][team] = block if isinstance(block, dict) else {"people": block}
    return written


def with_tickets_of(written: dict[str, Any], step: str, *moments: str, **more: object) -> dict[str, Any]:
    """Add a stream ``others`` that starts at a step."""
    written["demand"]["others"] = {"arrivals": timetable(moments), "start": step, **more}
    return written


class TestTakenTogether:
    def test_all_work_for_the_whole_time_and_each_is_in_the_work_log(self) -> None:
        written = swarming({"people": 2, "with": {"b": 1}}, "mon 10:00", a=2, b=1)
        for team in "ab":
            written["staffing"][team]["cost"] = "60 EUR/hour"
        ran = ran_well(written)
        assert closed(ran) == [at("mon 10:30")]
        assert spells(ran) == [("1", 0, at("mon 10:00"), at("mon 10:30"))] * 2 + [
            ("2", 0, at("mon 10:00"), at("mon 10:30"))
        ]
        (visit,) = ran.visits("a")
        assert visit.touch == 90.0
        assert ran.ticket(0)["touch_min"] == 90.0

    def test_it_waits_until_all_are_free(self) -> None:
        written = swarming({"with": {"b": 1}}, "mon 10:00", a=1, b=1)
        written = with_tickets_of(written, "b", "mon 09:55")
        ran = ran_well(written)
        assert ran.visits("a")[0].started == at("mon 10:05")
        assert [ran.ticket(n)["queue_min"] for n in (0, 1)] == [0.0, 5.0]

    def test_those_who_let_it_go_are_given_the_next_at_once(self) -> None:
        written = swarming({"people": 2}, "mon 10:00", "mon 10:10", a=2)
        assert closed(ran_well(written)) == [at("mon 10:30"), at("mon 11:00")]

    def test_it_is_as_fast_as_the_slowest(self) -> None:
        people = {"ann": {"speed": 2}, "bob": {"speed": 0.5}}
        ran = ran_well(swarming({"people": 2}, "mon 10:00", a={"people": people}))
        assert closed(ran) == [at("mon 11:00")]

    def test_one_who_serves_two_teams_takes_the_role_that_nobody_else_can(self) -> None:
        # ann is first among the idle of a, but only she can be the one of b
        people = {"people": {"ann": {}}, "also_serves": ["b"]}
        written = swarming({"with": {"b": 1}}, "mon 10:00")
        written["staffing"]["a"] = {"shifts": {"one": people, "two": {"people": {"bob": {}}}}}
        written["staffing"]["b"] = {"people": 1, "hours": {"daily": "12:00-13:00"}}
        assert closed(ran_well(written)) == [at("mon 10:30")]

    def test_who_is_free_joins_and_makes_it_faster(self) -> None:
        swarm = {"if_free": {"b": 2, "c": 1}, "faster": 0.25}
        ran = ran_well(swarming(swarm, "mon 10:00", a=1, b=1, c=1))
        # three of them: 30 / 1.5
        assert closed(ran) == [at("mon 10:20")]
        assert len(ran.spells()) == 3
        alone = with_tickets_of(swarming(swarm, "mon 10:00", a=1, b=1, c=1), "b", "mon 09:55")
        assert len([s for s in ran_well(alone).spells() if s.ended == at("mon 10:24")]) == 2


class TestWhoComesFirst:
    def test_an_ordinary_ticket_behind_it_overtakes_while_it_lacks_people(self) -> None:
        written = swarming({"people": 2}, "mon 10:00", a=2)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        moments = [f"mon 09:{m:02}" for m in (45, 55)] + ["mon 10:01", "mon 10:02"]
        ran = ran_well(with_tickets_of(written, "alone", *moments))
        # somebody is always at work alone until 10:35
        assert ran.visits("a")[0].started == at("mon 10:35")

    def test_a_swarm_that_holds_keeps_people_back(self) -> None:
        written = swarming({"people": 2, "hold": True}, "mon 10:00", a=2)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        moments = [f"mon 09:{m:02}" for m in (45, 55)] + ["mon 10:01", "mon 10:02"]
        ran = ran_well(with_tickets_of(written, "alone", *moments))
        assert ran.visits("a")[0].started == at("mon 10:15")
        starts = [v.started for v in ran.visits("alone")]
        assert starts[2:] == [at("mon 10:45"), at("mon 10:45")]

    def test_only_as_many_are_kept_back_as_it_needs(self) -> None:
        written = swarming({"with": {"b": 1}, "hold": True}, "mon 10:00", a=2, b=1)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        written = with_tickets_of(written, "b", "mon 09:59")
        written["demand"]["more"] = {"arrivals": timetable(["mon 10:01", "mon 10:02"]), "start": "alone"}
        ran = ran_well(written)
        # one of a is kept for the swarm until b is free at 10:09, the other takes what comes
        assert ran.visits("a")[0].started == at("mon 10:09")
        assert [v.started for v in ran.visits("alone")] == [at("mon 10:01"), at("mon 10:21")]

    def test_a_more_urgent_ticket_takes_who_is_kept_back(self) -> None:
        written = swarming({"with": {"b": 1}, "hold": True}, a=1, b=1)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        written = with_priorities(written, P2=["mon 10:00"], P1=["mon 10:01"])
        written["demand"]["P1"]["start"] = "alone"
        written = with_tickets_of(written, "b", "mon 09:59", priority="P1")
        ran = ran_well(written)
        assert ran.visits("alone")[0].started == at("mon 10:01")
        assert ran.visits("a")[0].started == at("mon 10:21")

    def test_people_kept_back_look_for_work_when_the_swarm_leaves(self) -> None:
        written = swarming({"people": 2, "hold": True}, "mon 10:00", a=2)
        written["routing"]["steps"]["a"]["patience"] = {"time": "10 min"}
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "1 h", "next": "resolved"}
        ran = ran_well(with_tickets_of(written, "alone", "mon 09:45", "mon 10:05"))
        assert [v.started for v in ran.visits("alone")] == [at("mon 09:45"), at("mon 10:10")]

    def test_swarms_that_want_the_same_people_do_not_wait_for_each_other(self) -> None:
        written = process(
            {
                "a": {"work": "30 min", "swarm": {"with": {"b": 1}, "hold": True}},
                "b": {"work": "30 min", "swarm": {"with": {"a": 1}, "hold": True}},
            },
            moments=("mon 10:00", "mon 10:00"),
        )
        written["staffing"] |= {"a": {"people": 1, "queue": "lifo"}, "b": {"people": 1}}
        written = with_tickets_of(written, "b", "mon 10:00", "mon 10:00")
        assert sorted(closed(ran_well(written))) == [
            at(f"mon {t}") for t in ("10:30", "11:00", "11:30", "12:00")
        ]


class TestEndOfDuty:
    def shifts(self, policy: str, **more: object) -> dict[str, Any]:
        """The one of a leaves at 10:10, a colleague comes at 11:00; b is there all day."""
        hours = {"one": "08:00-10:10", "two": "11:00-16:00"}
        block = {
            "shifts": {n: {"people": {n: {}}, "hours": {"daily": h}} for n, h in hours.items()},
            "at_shift_end": policy,
            "hand_over": "5 min",
            **more,
        }
        return swarming({"with": {"b": 1}}, "mon 10:00", a=block, b=1)

    @pytest.mark.parametrize(("policy", "reading", "handovers"), [("pause", 0.0, 0), ("hand_over", 5.0, 1)])
    def test_it_breaks_up_when_one_of_them_leaves(self, policy: str, reading: float, handovers: int) -> None:
        ran = ran_well(with_tickets_of(self.shifts(policy), "b", "mon 10:05"))
        assert spells(ran) == [
            ("1", 0, at("mon 10:00"), at("mon 10:10")),
            ("one", 0, at("mon 10:00"), at("mon 10:10")),
            ("1", 1, at("mon 10:10"), at("mon 10:20")),
            ("1", 0, at("mon 11:00"), at("mon 11:20") + reading),
            ("two", 0, at("mon 11:00"), at("mon 11:20") + reading),
        ]
        assert ran.visits("a")[0].handovers == handovers
        spans = queue_spans(ran.logs)
        assert (at("mon 10:10"), at("mon 11:00")) in list(zip(spans.started, spans.ended, strict=True))

    def test_with_finish_they_stay_and_each_has_own_overtime(self) -> None:
        ran = ran_well(self.shifts("finish"))
        assert closed(ran) == [at("mon 10:30")]
        assert [s.overtime for s in ran.spells()] == [20.0, 0.0]

    def test_overtime_into_the_next_shift_goes_on_as_regular_work(self) -> None:
        block = {
            "shifts": {"one": {"people": {"ann": {}}, "hours": {"daily": "08:00-10:10, 10:20-16:00"}}},
            "at_shift_end": "finish",
        }
        ran = ran_well(swarming({"with": {"b": 1}}, "mon 10:00", a=block, b=1))
        assert closed(ran) == [at("mon 10:30")]
        assert sorted((s.ended - s.started, s.overtime) for s in ran.spells()) == [
            (10.0, 0.0),
            (10.0, 0.0),
            (20.0, 0.0),
            (20.0, 10.0),
        ]

    def test_a_break_of_one_breaks_it_up(self) -> None:
        lunch: dict[str, Any] = {"people": 1, "breaks": [{"at": "10:10", "length": "30 min"}]}
        ran = ran_well(swarming({"with": {"b": 1}}, "mon 10:00", a=lunch, b=1))
        assert closed(ran) == [at("mon 11:00")]
        assert ran.visits("a")[0].handovers == 0


class TestInterruption:
    def test_an_urgent_swarm_takes_people_from_less_urgent_work(self) -> None:
        written = swarming({"people": 2, "with": {"b": 1}}, a={"people": 2, "preempted_by": ["P1"]}, b=1)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        written = with_priorities(written, P1=["mon 10:10"], P2=["mon 10:00", "mon 10:05"])
        written["demand"]["P2"]["start"] = "alone"
        ran = ran_well(written)
        assert closed(ran) == [at("mon 10:50"), at("mon 10:55"), at("mon 10:40")]
        values = summarise(ran.model, ran.logs)
        assert values.of("interruptions_per_week[team=a]") * ran.model.length / 10080.0 == pytest.approx(2.0)
        assert values.of("interruption_wait_mean") == 30.0
        assert values.of("interrupted_share[step=alone]") == 1.0

    def test_nobody_is_interrupted_before_that_is_enough(self) -> None:
        written = swarming({"people": 2, "with": {"b": 1}}, a={"people": 2, "preempted_by": ["P1"]}, b=1)
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        written = with_priorities(written, P1=["mon 10:10"], P2=["mon 10:00"])
        written["demand"]["P2"]["start"] = "alone"
        written = with_tickets_of(written, "b", "mon 10:05", priority="P1")
        ran = ran_well(written)
        # the one of b has something as urgent in hand until 10:15
        assert closed(ran) == [at("mon 10:50"), at("mon 10:15"), at("mon 10:45")]

    def test_a_swarm_that_is_interrupted_breaks_up_and_forms_again(self) -> None:
        written = swarming({"people": 2}, a={"people": 2, "preempted_by": ["P1"]})
        written["routing"]["steps"]["alone"] = {"team": "a", "work": "20 min", "next": "resolved"}
        written = with_priorities(written, P1=["mon 10:10"], P2=["mon 10:00"])
        written["demand"]["P1"]["start"] = "alone"
        ran = ran_well(written)
        assert closed(ran) == [at("mon 10:50"), at("mon 10:30")]
        assert summarise(ran.model, ran.logs).of("interruption_wait_mean[step=a]") == 20.0
