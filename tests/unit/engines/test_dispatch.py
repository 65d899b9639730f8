"""Who is next, and who takes it: scripted queues, computed by hand."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from tests.desks import Run, one_step, run
from tests.unit.engines.week import at, timetable

OFFICE = {"mon-fri": "08:00-16:00"}


def order_of_service(ran: Run) -> list[int]:
    """Tickets by the start of work on them."""
    return [v.ticket for v in sorted(ran.visits("work"), key=lambda v: v.started)]


def taken_by(ran: Run) -> list[str]:
    """Who took each ticket."""
    return [v.person for v in sorted(ran.visits("work"), key=lambda v: v.ticket)]


def streams(**moments: str) -> dict[str, Any]:
    """One stream per priority or class, with one arrival each."""
    return {name: {"arrivals": timetable([moment]), "priority": name[:2]} for name, moment in moments.items()}


class TestDisciplines:
    """One person, busy with a first ticket until 10:00, while others queue."""

    def served(self, discipline: str, targets: object = ()) -> list[int]:
        written = one_step(timetable(["mon 09:00"]), "1 h", {"people": 1, "queue": discipline}, "1 week")
        # tickets in order of creation: the first one, then P3, P1, P2, P1
        written["demand"]["tickets"]["priority"] = "P3"
        written["demand"] |= streams(P3="mon 09:10", P1="mon 09:20", P2="mon 09:30", P1b="mon 09:40")
        written["routing"]["steps"]["work"]["work"] = [
            {"when": {"stream": "P2"}, "time": "5 min"},
            {"when": {"stream": "P1b"}, "time": "7 min"},
            {"when": {"stream": "P3"}, "time": "6 min"},
            {"time": "1 h"},
        ]
        written["targets"] = targets or {}
        return order_of_service(run(written))

    def test_priority_is_first_come_first_served_within_a_priority(self) -> None:
        assert self.served("priority") == [0, 2, 4, 3, 1]

    def test_fifo_ignores_priorities(self) -> None:
        assert self.served("fifo") == [0, 1, 2, 3, 4]

    def test_lifo_takes_the_latest(self) -> None:
        assert self.served("lifo") == [0, 4, 3, 2, 1]

    def test_shortest_takes_the_least_work(self) -> None:
        assert self.served("shortest") == [0, 3, 1, 4, 2]

    def test_earliest_due_takes_the_closest_target_and_those_without_last(self) -> None:
        # due at 09:20 + 2 h = 11:20 (P1), 09:30 + 40 min = 10:10 (P2), 09:40 + 2 h = 11:40 (P1); P3 never
        targets = {"P1": {"resolve": "2 h"}, "P2": {"resolve": "40 min"}}
        assert self.served("earliest_due", targets) == [0, 3, 2, 4, 1]

    def test_numbers_in_names_of_priorities_do_not_matter_where_an_order_is_written(self) -> None:
        written = one_step(timetable(["mon 09:00"]), "1 h", {"people": 1}, "1 week")
        written["demand"]["tickets"]["priority"] = "P1"
        written["demand"] |= streams(P1="mon 09:10", P3="mon 09:20")
        written["priorities"] = ["P3", "P1"]
        assert order_of_service(run(written)) == [0, 2, 1]


class TestWhoTakesIt:
    """Three people idle since Monday 00:00, unless they work."""

    PEOPLE: ClassVar[dict[str, Any]] = {
        "ann": {"speed": 1.0, "cost": "40 EUR/hour"},
        "bob": {"speed": 2.0, "cost": "50 EUR/hour"},
        "cid": {"speed": 0.5, "cost": "30 EUR/hour"},
    }

    def takers(self, who: str, *moments: str, work: str = "10 min") -> list[str]:
        team = {"people": self.PEOPLE, "who": who}
        return taken_by(run(one_step(timetable(moments), work, team, "1 week")))

    def test_longest_idle_goes_round(self) -> None:
        moments = ("mon 09:00", "mon 10:00", "mon 11:00", "mon 12:00")
        # after the first round ann has been idle since 09:10, bob since 10:05, cid since 11:20
        assert self.takers("longest_idle", *moments) == ["ann", "bob", "cid", "ann"]

    def test_longest_idle_counts_from_the_end_of_work(self) -> None:
        # ann is done at 09:10, bob at 09:06, cid at 09:22
        moments = ("mon 09:00", "mon 09:01", "mon 09:02", "mon 09:30", "mon 09:31", "mon 09:32")
        assert self.takers("longest_idle", *moments) == ["ann", "bob", "cid", "bob", "ann", "cid"]

    def test_fastest_takes_it_while_idle(self) -> None:
        assert self.takers("fastest", "mon 09:00", "mon 09:01", "mon 09:02", "mon 10:00") == [
            "bob",
            "ann",
            "cid",
            "bob",
        ]

    def test_cheapest_takes_it_while_idle(self) -> None:
        assert self.takers("cheapest", "mon 09:00", "mon 09:01", "mon 09:02", "mon 10:00") == [
            "cid",
            "ann",
            "bob",
            "cid",
        ]

    def test_least_loaded_has_the_fewest_hands_on_minutes(self) -> None:
        # 10 min take ann 10, bob 5, cid 20: loads are (10, 0, 0), (10, 5, 0), (10, 5, 20) after three tickets
        moments = [f"mon {hour:02}:00" for hour in (9, 10, 11, 12, 13, 14)]
        # bob 5 -> 10 (12:00), then ann and bob are level at 10: ann has been idle longer -> 20; bob at 14:00
        assert self.takers("least_loaded", *moments) == ["ann", "bob", "cid", "bob", "ann", "bob"]

    def test_speed_shortens_the_work_and_the_touch_time(self) -> None:
        team = {"people": {"bob": {"speed": 1.25}}}
        visit = run(one_step(timetable(["mon 09:00"]), "10 min", team, "1 week")).visits("work")[0]
        assert (visit.ended, visit.touch) == (at("mon 09:08"), 8.0)

    def test_idle_time_begins_with_the_shift(self) -> None:
        early = {"people": {"ann": {}}, "hours": {"mon-fri": "08:00-16:00"}}
        late = {"people": {"bob": {}}, "hours": {"mon-fri": "07:00-15:00"}}
        team = {"shifts": {"early": early, "late": late}}
        moments = ["mon 09:00", "tue 09:00"]
        # Each morning bob has been idle since 07:00 and ann since 08:00, whoever worked the day before.
        assert taken_by(run(one_step(timetable(moments), "10 min", team, "1 week"))) == ["bob", "bob"]


class TestShiftChanges:
    """Two shifts of one team, one person each."""

    @staticmethod
    def desk(policy: str, early: str, late: str, moments: list[str], work: str = "1 h") -> Run:
        shifts = {
            "early": {"people": {"ann": {}}, "hours": {"mon-fri": early}},
            "late": {"people": {"bob": {}}, "hours": {"mon-fri": late}},
        }
        team = {"shifts": shifts, "at_shift_end": policy, "hand_over": "5 min"}
        return run(one_step(timetable(moments), work, team, "1 week"))

    def test_an_idle_colleague_takes_over_at_once_and_reads_in(self) -> None:
        ran = self.desk("hand_over", "07:00-15:00", "13:00-21:00", ["mon 14:30"])
        assert [(s.person, s.started, s.ended) for s in ran.spells()] == [
            ("ann", at("mon 14:30"), at("mon 15:00")),
            ("bob", at("mon 15:00"), at("mon 15:35")),
        ]
        visit = ran.visits("work")[0]
        assert (visit.person, visit.touch, visit.handovers) == ("bob", 65.0, 1)

    def test_a_paused_ticket_waits_for_its_person_while_a_colleague_is_idle(self) -> None:
        ran = self.desk("pause", "07:00-15:00", "13:00-21:00", ["mon 14:30"])
        assert [(v.person, v.ended) for v in ran.visits("work")] == [("ann", at("tue 07:30"))]

    def test_a_ticket_handed_over_as_the_next_shift_starts_comes_before_the_queue(self) -> None:
        ran = self.desk("hand_over", "08:00-12:00", "12:00-16:00", ["mon 11:30", "mon 11:40"])
        assert [(s.person, s.ticket, s.started, s.ended) for s in ran.spells()] == [
            ("ann", 0, at("mon 11:30"), at("mon 12:00")),
            ("bob", 0, at("mon 12:00"), at("mon 12:35")),
            ("bob", 1, at("mon 12:35"), at("mon 13:35")),
        ]

    def test_a_ticket_handed_over_keeps_its_place_ahead_of_later_ones(self) -> None:
        ran = self.desk("hand_over", "08:00-12:00", "11:00-16:00", ["mon 11:20", "mon 11:30", "mon 11:40"])
        # bob is busy from 11:30 to 12:30; ann's ticket goes back to the head of the queue at 12:00
        assert [(s.person, s.ticket, s.started) for s in ran.spells()] == [
            ("ann", 0, at("mon 11:20")),
            ("bob", 1, at("mon 11:30")),
            ("bob", 0, at("mon 12:30")),
            ("bob", 2, at("mon 12:55")),
        ]

    def test_long_work_is_handed_over_again_and_again(self) -> None:
        ran = self.desk("hand_over", "08:00-12:00", "12:00-16:00", ["mon 08:00"], work="9 h")
        # ann 4 h, bob 5 min + 3 h 55 min, ann 5 min + 1 h 5 min
        assert [(s.person, s.ended - s.started) for s in ran.spells()] == [
            ("ann", 240.0),
            ("bob", 240.0),
            ("ann", 70.0),
        ]
        assert ran.visits("work")[0].handovers == 2

    def test_overtime_of_one_person_leaves_the_queue_to_the_next_shift(self) -> None:
        ran = self.desk("finish", "08:00-12:00", "12:00-16:00", ["mon 11:30", "mon 11:40"])
        assert [(s.person, s.ticket, s.started, s.ended, s.overtime) for s in ran.spells()] == [
            ("ann", 0, at("mon 11:30"), at("mon 12:30"), 30.0),
            ("bob", 1, at("mon 12:00"), at("mon 13:00"), 0.0),
        ]


class TestHelpers:
    """People of one team who also serve the queues of others."""

    @staticmethod
    def desk(first: dict[str, Any], second: dict[str, Any], **moments: list[str]) -> Run:
        """Streams ``one`` and ``two`` go to the teams of these names; 1 h of work each."""
        steps = {name: {"team": name, "work": "1 h", "next": "resolved"} for name in ("one", "two", "three")}
        teams = {"one": {"people": {"ann": {}}, **first}, "two": {"people": {"bob": {}}, **second}}
        teams["three"] = {"people": 0}
        demand = {
            name: {"arrivals": timetable(at_), "start": name.split("_")[0], "priority": name.split("_")[-1]}
            for name, at_ in moments.items()
        }
        written = {
            "name": "helpers",
            "time": {"length": "1 week"},
            "demand": demand,
            "staffing": teams,
            "routing": {"start": "one", "steps": steps},
            "priorities": ["P1", "P2"],
        }
        return run(written)

    @staticmethod
    def by_start(ran: Run) -> list[tuple[str, int, float]]:
        return [(s.person, s.ticket, s.started) for s in ran.spells()]

    def test_own_people_come_before_idle_helpers(self) -> None:
        ran = self.desk({"also_serves": ["two"]}, {}, two_P1=["mon 09:00", "mon 09:10"])
        assert self.by_start(ran) == [("bob", 0, at("mon 09:00")), ("ann", 1, at("mon 09:10"))]

    def test_own_queue_comes_before_that_of_others_whatever_the_priority(self) -> None:
        ran = self.desk(
            {"also_serves": ["two"]},
            {"people": 0},
            one_P2=["mon 09:00", "mon 09:20"],
            two_P1=["mon 09:10"],
        )
        assert self.by_start(ran) == [
            ("ann", 0, at("mon 09:00")),
            ("ann", 2, at("mon 10:00")),
            ("ann", 1, at("mon 11:00")),
        ]

    def test_best_rank_takes_the_most_urgent_ticket_of_all_queues(self) -> None:
        ran = self.desk(
            {"also_serves": ["two"], "serves_first": "best_rank"},
            {"people": 0},
            one_P2=["mon 09:00", "mon 09:05"],
            two_P1=["mon 09:10"],
        )
        assert [s.ticket for s in ran.spells()] == [0, 2, 1]

    def test_best_rank_takes_the_oldest_of_equal_priorities(self) -> None:
        ran = self.desk(
            {"also_serves": ["two"], "serves_first": "best_rank"},
            {"people": 0},
            one_P2=["mon 09:00", "mon 09:20"],
            two_P2=["mon 09:10"],
        )
        assert [s.ticket for s in ran.spells()] == [0, 1, 2]

    def test_helpers_serve_queues_in_their_order_of_preference(self) -> None:
        ran = self.desk(
            {"also_serves": ["three", "two"]},
            {"people": 0},
            one_P1=["mon 09:00"],
            two_P1=["mon 09:10"],
            three_P2=["mon 09:20"],
        )
        assert [s.ticket for s in ran.spells()] == [0, 2, 1]

    def test_help_is_not_mutual_unless_written(self) -> None:
        ran = self.desk({"also_serves": ["two"]}, {}, one_P1=["mon 09:00", "mon 09:10"])
        assert self.by_start(ran) == [("ann", 0, at("mon 09:00")), ("ann", 1, at("mon 10:00"))]


class TestSimultaneousEvents:
    """Completions, shift ends, shift starts, returns, arrivals: in this order at one instant."""

    def test_a_completion_serves_the_queue_before_an_arrival_of_higher_priority(self) -> None:
        written = one_step(timetable(["mon 09:00"]), "1 h", {"people": 1}, "1 week")
        written["demand"]["tickets"]["priority"] = "P3"
        written["demand"] |= streams(P3="mon 09:10", P1="mon 10:00")
        assert order_of_service(run(written)) == [0, 1, 2]

    def test_an_arrival_at_the_instant_of_a_completion_does_not_wait(self) -> None:
        ran = run(one_step(timetable(["mon 09:00", "mon 10:00"]), "1 h", {"people": 1}, "1 week"))
        assert ran.waits("work").tolist() == [0.0, 0.0]

    def test_an_opening_serves_the_queue_before_an_arrival_of_higher_priority(self) -> None:
        written = one_step(timetable(["mon 07:00"]), "1 h", {"people": 1, "hours": OFFICE}, "1 week")
        written["demand"]["tickets"]["priority"] = "P3"
        written["demand"] |= streams(P1="mon 08:00")
        assert order_of_service(run(written)) == [0, 1]

    def test_a_return_from_waiting_comes_before_an_arrival(self) -> None:
        written = one_step(timetable(["mon 08:00"]), "1 h", {"people": 1}, "1 week")
        written["routing"] = {
            "start": [{"when": {"stream": "tickets"}, "to": "ask"}, {"to": "work"}],
            "steps": {**written["routing"]["steps"], "ask": {"wait": "1 h", "next": "work"}},
        }
        written["demand"]["later"] = {"arrivals": timetable(["mon 09:00"])}
        assert order_of_service(run(written)) == [0, 1]

    def test_a_completion_comes_before_a_return(self) -> None:
        # Ticket 0 comes back at 10:00, as ticket 1 is done: the person takes the queue (2), then 0.
        written = one_step(timetable(["mon 09:00"]), "1 h", {"people": 1, "queue": "fifo"}, "1 week")
        written["routing"] = {
            "start": [{"when": {"stream": "tickets"}, "to": "ask"}, {"to": "work"}],
            "steps": {**written["routing"]["steps"], "ask": {"wait": "1 h", "next": "work"}},
        }
        written["demand"]["later"] = {"arrivals": timetable(["mon 09:00", "mon 09:30"])}
        assert order_of_service(run(written)) == [1, 2, 0]

    def test_arrivals_at_one_instant_come_in_the_order_of_the_streams(self) -> None:
        written = one_step(
            timetable(["mon 09:00", "mon 09:00"]), "1 h", {"people": 1, "queue": "fifo"}, "1 week"
        )
        written["demand"]["second"] = {"arrivals": timetable(["mon 09:00"])}
        ran = run(written)
        assert ran.logs.tickets.stream.tolist() == [0, 0, 1]
        assert order_of_service(ran) == [0, 1, 2]

    def test_who_is_free_takes_the_next_before_the_finished_ticket_comes_back(self) -> None:
        # Each ticket needs two visits; fifo: 0, 1, then 0 and 1 again.
        written = one_step(
            timetable(["mon 09:00", "mon 09:10"]), "1 h", {"people": 1, "queue": "fifo"}, "1 week"
        )
        written["routing"]["steps"]["work"]["next"] = [
            {"when": {"visits": "< 2"}, "to": "work"},
            {"to": "resolved"},
        ]
        assert order_of_service(run(written)) == [0, 1, 0, 1]


class TestPathwiseRecursion:
    """Waits of a FIFO queue obey the recursion of Kiefer and Wolfowitz, ticket by ticket."""

    @pytest.mark.parametrize("people", [1, 3])
    @pytest.mark.parametrize("work", [{"exponential": "2 min"}, {"lognormal": {"mean": "2 min", "cv": 1.5}}])
    def test_every_wait_follows_from_arrivals_and_service_times(self, people: int, work: object) -> None:
        rate = f"{0.9 * people / 2.0 * 60.0}/hour"
        team = {"people": people, "queue": "fifo"}
        ran = run(one_step({"rate": rate}, work, team, "2 days", time={"then": "drain"}))
        visits = ran.visits("work")
        free = np.zeros(people)
        for visit in visits:
            start = max(visit.arrived, free.min())
            free[free.argmin()] = start + visit.touch
            assert visit.started == pytest.approx(start, abs=1e-9)
        assert len(visits) > 800
