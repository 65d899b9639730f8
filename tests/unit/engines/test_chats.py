"""People who hold several tickets at a time, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.metrics.summary import summarise
from simlab.metrics.teams import person_time
from simlab.metrics.window import observation_window
from tests.desks import one_step, ran_well, run
from tests.unit.engines.three_teams import closed, process, with_priorities
from tests.unit.engines.week import at, timetable


def chats(*moments: str, work: object = "30 min", **team: object) -> dict[str, Any]:
    """One person for up to three chats, at 80 % with two and 50 % with three; keywords change the team."""
    block = {"people": 1, "at_once": {"tickets": 3, "speed": {2: "80 %", 3: "50 %"}}, **team}
    return one_step(timetable(moments), work, block, "1 week", time={"then": "drain"})


class TestSlowDown:
    def test_each_ticket_is_slower_while_there_are_more(self) -> None:
        ran = ran_well(chats("mon 10:00", "mon 10:10"))
        # 10 of 30 min are done alone; 20 at 80 % take 25; then the second has done 20 and is alone again
        assert closed(ran) == pytest.approx([at("mon 10:35"), at("mon 10:45")])
        assert [v.started for v in ran.visits()] == [at("mon 10:00"), at("mon 10:10")]

    def test_a_ticket_beyond_the_most_waits(self) -> None:
        ran = ran_well(chats("mon 10:00", "mon 10:00", "mon 10:00", "mon 10:01"))
        # three at 50 % until 11:00
        assert ran.visits()[3].started == pytest.approx(at("mon 11:00"))
        assert closed(ran)[3] == pytest.approx(at("mon 11:30"))

    def test_a_number_that_is_not_written_has_the_speed_of_the_next_lower(self) -> None:
        ran = ran_well(chats(*["mon 10:00"] * 3, at_once={"tickets": 4, "speed": {"2": "50 %"}}))
        assert closed(ran) == pytest.approx([at("mon 11:00")] * 3)

    def test_without_slow_down_nobody_holds_anybody_up(self) -> None:
        ran = ran_well(chats("mon 10:00", "mon 10:10", "mon 10:20", at_once=3))
        assert closed(ran) == [at("mon 10:30"), at("mon 10:40"), at("mon 10:50")]

    def test_shared_divides_the_speed(self) -> None:
        ran = ran_well(chats("mon 10:00", "mon 10:10", at_once={"tickets": 9, "speed": "shared"}))
        # 20 min left and 30: at half speed the first takes 40; then 10 left alone
        assert closed(ran) == pytest.approx([at("mon 10:50"), at("mon 11:00")])


class TestWhoTakesIt:
    def test_who_holds_the_fewest(self) -> None:
        people: dict[str, Any] = {"ann": {}, "bob": {}}
        moments = ("mon 10:00", "mon 10:01", "mon 10:02", "mon 10:31", "mon 10:32")
        ran = ran_well(chats(*moments, people=people, at_once=2))
        # ann is free at 10:30 but for one, bob holds one: ann has been so for longer
        assert [v.person for v in ran.visits()] == ["ann", "bob", "ann", "bob", "ann"]

    def test_at_the_start_of_the_shift_they_take_them_in_turn(self) -> None:
        people: dict[str, Any] = {"ann": {}, "bob": {}}
        ran = ran_well(chats(*["mon 07:00"] * 3, people=people, at_once=2, hours={"daily": "08:00-16:00"}))
        assert [v.person for v in ran.visits()] == ["ann", "bob", "ann"]


HOURS: dict[str, Any] = {"hours": {"daily": "08:00-16:00"}}


class TestEndOfShift:
    def test_paused_chats_rest_and_the_same_person_resumes_all(self) -> None:
        ran = ran_well(chats("mon 15:50", "mon 15:50", at_once={"tickets": 3, "speed": "shared"}, **HOURS))
        # 10 min shared: 25 are left of each
        assert closed(ran) == pytest.approx([at("tue 08:50")] * 2)

    def test_all_are_handed_over(self) -> None:
        ran = ran_well(chats("mon 15:50", "mon 15:50", at_shift_end="hand_over", hand_over="6 min", **HOURS))
        # 8 of 30 min are done of each; 22 + 6 at 80 %
        assert closed(ran) == pytest.approx([at("tue 08:35")] * 2)
        assert [v.handovers for v in ran.visits()] == [1, 1]

    def test_one_that_is_done_as_the_shift_ends_does_not_keep_the_other(self) -> None:
        written = chats("mon 15:30", "mon 15:50", at_once=2, at_shift_end="hand_over", **HOURS)
        ran = ran_well(written)
        assert closed(ran) == [at("mon 16:00"), at("tue 08:20")]
        slow = {"tickets": 2, "speed": "shared"}
        written = chats(
            "mon 15:50", "mon 15:50", work="5 min", at_once=slow, at_shift_end="hand_over", **HOURS
        )
        assert closed(ran_well(written)) == [at("mon 16:00")] * 2

    def test_overtime_is_paid_once_for_all_tickets_held(self) -> None:
        ran = ran_well(
            chats(
                "mon 15:50",
                "mon 15:55",
                at_once={"tickets": 2, "speed": "shared"},
                at_shift_end="finish",
                **HOURS,
            )
        )
        # 5 alone, then shared: 25 left of the first take 50; then 5 left of the second
        assert closed(ran) == pytest.approx([at("mon 16:45"), at("mon 16:50")])
        assert [s.overtime for s in ran.spells()] == pytest.approx([45.0, 50.0])
        time = person_time(ran.model, ran.logs, observation_window(ran.model, ran.logs.totals))
        assert time.overtime[0] == pytest.approx(50.0)
        assert time.busy[0] == pytest.approx(10.0)

    def test_overtime_into_the_next_shift_goes_on_as_regular_work(self) -> None:
        hours: dict[str, Any] = {"hours": {"daily": "08:00-16:00, 16:20-18:00"}}
        ran = ran_well(
            chats(
                "mon 15:50",
                "mon 15:50",
                "mon 16:01",
                at_once={"tickets": 3, "speed": "shared"},
                at_shift_end="finish",
                **hours,
            )
        )
        # 15 min of each are done at 16:20; with the third at a third: 45 min more
        assert closed(ran) == pytest.approx([at("mon 17:05"), at("mon 17:05"), at("mon 17:20")])
        assert sorted(s.overtime for s in ran.spells()) == pytest.approx([0.0, 0.0, 0.0, 20.0, 20.0])

    def test_they_rest_in_a_break(self) -> None:
        lunch: dict[str, Any] = {"breaks": [{"at": "10:10", "length": "20 min"}]}
        ran = ran_well(chats("mon 10:00", "mon 10:05", at_once={"tickets": 2, "speed": "shared"}, **lunch))
        # 5 + 2.5 done of the first at 10:10; 22.5 left take 45 from 10:30
        assert closed(ran) == pytest.approx([at("mon 11:15"), at("mon 11:20")])


class TestInterruption:
    def test_an_urgent_ticket_takes_a_free_place_before_it_interrupts(self) -> None:
        written = process({"a": {"work": "30 min"}})
        written = with_priorities(written, P1=["mon 10:10", "mon 10:15"], P2=["mon 10:00"])
        written["staffing"]["a"] = {"people": 1, "preempted_by": ["P1"], "at_once": 2}
        ran = ran_well(written)
        # the second finds no place: the work begun first is less urgent, 15 min of it are left
        assert closed(ran) == [at("mon 10:55"), at("mon 10:40"), at("mon 10:45")]
        assert summarise(ran.model, ran.logs).of("interruption_wait_mean") == 25.0


def test_utilisation_counts_people_and_slot_occupancy_places() -> None:
    ran = ran_well(chats("mon 10:00", "mon 10:00", at_once=4))
    values, length = summarise(ran.model, ran.logs), ran.logs.totals.end
    assert values.of("utilisation[team=desk]") == pytest.approx(30.0 / length)
    assert values.of("slot_occupancy[team=desk]") == pytest.approx(2 * 30.0 / (4 * length))


def test_places_without_slow_down_are_as_good_as_people() -> None:
    """Six people give each ticket the same life, to the bit, as two with three places each."""

    def lives(team: dict[str, Any]) -> list[tuple[float, float]]:
        log = run(one_step({"rate": "40/hour"}, {"exponential": "8 min"}, team, "3 days")).logs.tickets
        return list(zip(log.responded.tolist(), log.closed.tolist(), strict=True))

    people, places = lives({"people": 6}), lives({"people": 2, "at_once": 3})
    assert np.array_equal(people, places, equal_nan=True)
