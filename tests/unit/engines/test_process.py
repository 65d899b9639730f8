"""Routing, waits, automations and sources of tickets: scripted tickets, computed by hand."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest

from simlab.errors import InvalidInput
from tests.desks import model_of, run
from tests.unit.engines.three_teams import path, process
from tests.unit.engines.week import at, timetable


def ways(written: dict[str, Any]) -> list[str]:
    """Paths of all tickets."""
    ran = run(written)
    return [path(ran, ticket) for ticket in range(len(ran.logs.tickets))]


class TestConditions:
    """Which way tickets go from step ``a``."""

    def test_visits_count_the_present_one(self) -> None:
        rules = [{"when": {"visits": "< 3"}, "to": "a"}, {"to": "resolved"}]
        assert ways(process({"a": {"next": rules}})) == ["aaa"]

    def test_came_from_names_the_step_before(self) -> None:
        rules = [{"when": {"came_from": "b"}, "to": "c"}, {"to": "b"}]
        assert ways(process({"a": {"next": rules}, "b": {"next": "a"}})) == ["abac"]

    def test_came_from_at_the_first_step_is_nothing(self) -> None:
        rules = [{"unless": {"came_from": ["a", "b", "c"]}, "to": "b"}, {"to": "c"}]
        assert ways(process({"a": {"next": rules}})) == ["ab"]

    def test_came_from_looks_through_decisions(self) -> None:
        steps = {
            "a": {"next": "d"},
            "d": {"decide": "b"},
            "b": {"next": [{"when": {"came_from": "a"}, "to": "c"}, {"to": "resolved"}]},
        }
        assert ways(process(steps)) == ["abc"]

    def test_came_from_and_visits_look_through_transparent_steps(self) -> None:
        rules = [{"when": {"came_from": "a"}, "to": "c"}, {"to": "resolved"}]
        steps = {
            "a": {"next": "b"},
            "b": {"transparent": True, "next": "d"},
            "d": {"decide": rules},
        }
        assert ways(process(steps)) == ["abc"]
        counted = [
            {"when": {"visits": ">= 2"}, "to": "c"},
            {"when": {"hops": ">= 5"}, "to": "c"},
            {"to": "a"},
        ]
        assert ways(process({"a": {"next": "b"}, "b": {"transparent": True, "next": counted}})) == ["abababc"]

    def test_hops_count_changes_of_team(self) -> None:
        rules = [{"when": {"hops": ">= 4"}, "to": "resolved"}, {"to": "b"}]
        ran = run(process({"a": {"next": rules}, "b": {"next": "a"}}))
        assert path(ran) == "ababa"
        assert (ran.ticket(0)["hops"], ran.ticket(0)["ping_pongs"]) == (4, 3)

    def test_a_loop_within_a_team_is_no_hop(self) -> None:
        rules = [{"when": {"visits": "< 3"}, "to": "a"}, {"to": "resolved"}]
        ran = run(process({"a": {"next": rules}}))
        assert (ran.ticket(0)["hops"], ran.ticket(0)["work_visits"]) == (0, 3)

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ({"class": "one"}, ["ab", "ac"]),
            ({"class": ["one", "two"]}, ["ab", "ab"]),
            ({"stream": "second"}, ["ac", "ab"]),
            ({"kind": "request"}, ["ac", "ab"]),
            ({"priority": "P1"}, ["ab", "ac"]),
            ({"channel": "phone"}, ["ab", "ac"]),
            ({"difficulty": ">= 2"}, ["ac", "ab"]),
            ({"difficulty": "2"}, ["ac", "ab"]),
            ({"difficulty": "< 2"}, ["ab", "ac"]),
            ({"class": "two", "priority": "P1"}, ["ac", "ac"]),
        ],
    )
    def test_attributes_decide(self, condition: dict[str, Any], expected: list[str]) -> None:
        rules = [{"when": condition, "to": "b"}, {"to": "c"}]
        written = process(
            {"a": {"next": rules}},
            stream={"priority": "P1", "channel": "phone", "classes": {"one": {"share": "100 %"}}},
        )
        written["demand"]["second"] = {
            "arrivals": timetable(["mon 11:00"]),
            "classes": {"two": {"share": "100 %", "priority": "P2", "kind": "request", "difficulty": 2}},
        }
        assert ways(written) == expected
        opposite = [{"unless": condition, "to": "b"}, {"to": "c"}]
        written["routing"]["steps"]["a"]["next"] = opposite
        swap = {"ab": "ac", "ac": "ab"}
        assert ways(written) == [swap[way] for way in expected]

    def test_an_exception_of_several_facts_excepts_only_where_all_hold(self) -> None:
        rules = [{"unless": {"priority": "P1", "visits": 2}, "to": "a"}, {"to": "b"}]
        assert ways(process({"a": {"next": rules}}, stream={"priority": "P1"})) == ["aab"]

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [("mon 07:49", "ac"), ("mon 07:50", "ab"), ("mon 15:49", "ab"), ("mon 15:50", "ac")],
    )
    def test_a_calendar_is_asked_at_the_instant_of_the_decision(self, moment: str, expected: str) -> None:
        # work of 10 min ends when the office opens (open) or closes (closed)
        written = process(
            {
                "a": {
                    "next": [
                        {"when": {"open": "office"}, "to": "b"},
                        {"when": {"closed": "office"}, "to": "c"},
                        {"to": "a"},
                    ]
                }
            },
            moments=(moment,),
        )
        written["calendars"] = {"office": {"hours": {"mon-fri": "08:00-16:00"}}}
        assert ways(written) == [expected]

    def test_a_queue_is_asked_without_those_at_work(self) -> None:
        moments = ("mon 10:00", "mon 10:01", "mon 10:02", "mon 10:03", "mon 10:04")
        start = [{"when": {"queue": {"team": "a", "length": ">= 2"}}, "to": "b"}, {"to": "a"}]
        written = process({}, start, moments)
        written["staffing"]["a"] = {"people": 1}
        assert ways(written) == ["a", "a", "a", "b", "b"]

    def test_timing_rules_choose_the_time_by_visits(self) -> None:
        rules = [{"when": {"visits": "< 2"}, "to": "a"}, {"to": "resolved"}]
        work = [{"when": {"visits": 1}, "time": "10 min"}, {"time": "3 min"}]
        ran = run(process({"a": {"work": work, "next": rules}}))
        assert [v.touch for v in ran.visits()] == [10.0, 3.0]

    def test_shares_of_zero_and_all_are_certain(self) -> None:
        moments = tuple(f"mon {hour:02}:00" for hour in range(20))
        assert set(ways(process({"a": {"next": {"b": "0 %", "c": "100 %"}}}, moments=moments))) == {"ac"}

    def test_share_of_another_hop_follows_the_number_of_hops(self) -> None:
        # not yet at 0 hops, surely after 1 and 2, never from 3 on
        rules = [{"to": "b", "share": {"by_hops": ["100 %", "100 %", "0 %"]}}, {"to": "resolved"}]
        back = [{"to": "a", "share": {"by_hops": ["0 %", "100 %", "100 %", "0 %"]}}, {"to": "resolved"}]
        assert ways(process({"a": {"next": rules}, "b": {"next": back}})) == ["aba"]

    def test_work_grows_with_difficulty_to_its_power(self) -> None:
        steps = {"a": {"difficulty_power": 2, "extra": "1 min"}}
        ran = run(process(steps, stream={"difficulty": 3}))
        assert ran.visits()[0].touch == 10.0 * 9.0 + 1.0


class TestAddedSteps:
    """Decisions, looks and runs that stand in front of a step leave its facts alone."""

    BOT: ClassVar[dict[str, Any]] = {"at": "b", "level": "on"}

    def with_bot(self, success: str, steps: dict[str, Any], **more: object) -> dict[str, Any]:
        written = process(steps)
        level = {"coverage": "100 %", "success": success, "run_time": "2 min"}
        written["automation"] = {"bot": {**self.BOT, "levels": {"on": level}, **more}}
        return written

    RULES: ClassVar[list[dict[str, Any]]] = [{"when": {"came_from": "a"}, "to": "c"}, {"to": "resolved"}]

    @pytest.mark.parametrize("success", ["0 %", "100 %"])
    @pytest.mark.parametrize("fall_back", [None, {"extra": "1 min"}])
    def test_came_from_is_the_step_before_an_automation(
        self, success: str, fall_back: dict[str, Any] | None
    ) -> None:
        written = self.with_bot(success, {"a": {"next": "b"}, "b": {"next": self.RULES}})
        if fall_back:
            written["automation"]["bot"]["fall_back"] = fall_back
        assert run(written).visits()[-1].step == "c"

    def test_came_from_after_an_automation_is_its_step(self) -> None:
        written = self.with_bot(
            "100 %",
            {
                "a": {"next": "b"},
                "b": {"next": "c"},
                "c": {"next": [{"when": {"came_from": "b"}, "to": "d"}, {"to": "resolved"}]},
                "d": {"wait": "1 min", "next": "resolved"},
            },
        )
        assert run(written).visits()[-1].step == "d"

    def test_came_from_after_a_reopening_is_the_end(self) -> None:
        rules = [{"when": {"came_from": "resolved"}, "to": "c"}, {"to": "resolved"}]
        reopen = {"share": "100 %", "at_most": 1, "after": "1 h", "to": "a"}
        written = process({"a": {"next": rules}, "resolved": {"end": "resolved", "reopen": reopen}})
        assert path(run(written)) == "arac"

    def test_came_from_is_the_step_before_a_misrouting(self) -> None:
        misroute = {"share": "100 %", "to": "c", "look": "1 min"}
        written = process({"a": {"next": "b"}, "b": {"next": self.RULES, "misroute": misroute}})
        assert run(written).visits()[-1].step == "c"

    @pytest.mark.parametrize("success", ["0 %", "100 %"])
    @pytest.mark.parametrize("fall_back", [None, {"extra": "1 min"}])
    def test_visits_count_passes_of_the_step_however_it_was_done(
        self, success: str, fall_back: dict[str, Any] | None
    ) -> None:
        # the automation takes only what comes from the start; the second pass is the people's
        rules = [{"when": {"visits": "< 2"}, "to": "a"}, {"to": "resolved"}]
        written = self.with_bot(success, {"a": {"next": "b"}, "b": {"next": rules}})
        written["automation"]["bot"]["for"] = {"hops": "<= 0"}
        if fall_back:
            written["automation"]["bot"]["fall_back"] = fall_back
        ran = run(written)
        assert [v.step for v in ran.visits()].count("a") == 2

    def test_visits_leave_out_the_look_of_a_wrong_team(self) -> None:
        misroute = {"share": "100 %", "to": "c", "look": "1 min"}
        rules = [{"when": {"visits": 1}, "to": "resolved"}, {"to": "a"}]
        ran = run(process({"a": {"next": rules, "misroute": misroute}}))
        assert [(v.touch, v.ended) for v in ran.visits()] == [(1.0, at("mon 10:01")), (10.0, at("mon 10:11"))]

    def test_automation_takes_its_time_and_no_person(self) -> None:
        ran = run(self.with_bot("100 %", {"a": {"next": "b"}}))
        ticket = ran.ticket(0)
        assert (ticket["automation_min"], ticket["touch_min"], ticket["closed"]) == (
            2.0,
            10.0,
            at("mon 10:12"),
        )

    def test_automation_may_lead_elsewhere(self) -> None:
        written = self.with_bot("100 %", {"a": {"next": "b"}}, then="c")
        assert [v.step for v in run(written).visits()] == ["a", "b~bot run", "c"]

    def test_failed_automation_leaves_the_work_with_its_fall_back(self) -> None:
        written = self.with_bot(
            "0 %",
            {"a": {"next": "b"}, "b": {"extra": "1 min"}},
            fall_back={"work": "20 min", "extra": "4 min"},
        )
        ticket = run(written).ticket(0)
        assert (ticket["automation_min"], ticket["touch_min"]) == (2.0, 10.0 + 20.0 + 1.0 + 4.0)

    def test_failed_automation_hands_on_to_the_next_automation(self) -> None:
        written = self.with_bot("0 %", {"a": {"next": "b"}})
        second = {"coverage": "100 %", "run_time": "5 min"}
        written["automation"]["second"] = {**self.BOT, "levels": {"on": second}}
        ticket = run(written).ticket(0)
        assert (ticket["automation_min"], ticket["touch_min"]) == (7.0, 10.0)

    def test_ineligible_tickets_are_not_attempted(self) -> None:
        written = self.with_bot("100 %", {"a": {"next": "b"}})
        written["automation"]["bot"]["for"] = {"hops": ">= 1"}
        assert run(written).ticket(0)["automation_min"] == 0.0

    def test_a_misrouted_ticket_hops_to_the_wrong_team_and_on(self) -> None:
        misroute = {"share": "100 %", "to": ["b", "c"], "look": "3 min"}
        ran = run(process({"a": {"misroute": misroute}}, moments=tuple(f"mon {h:02}:00" for h in range(20))))
        looks = [v for v in ran.visits() if "astray" in v.step]
        assert {v.step for v in looks} == {"a~astray at b", "a~astray at c"}
        assert set(ran.logs.tickets.touch_min.tolist()) == {13.0}
        assert set(ran.logs.tickets.hops.tolist()) == {1}


class TestWaits:
    @pytest.mark.parametrize(
        ("moment", "wait", "calendar", "until", "back"),
        [
            ("mon 10:00", "90 min", None, None, "mon 11:30"),
            ("mon 15:00", "4 h", "office", None, "tue 11:00"),
            ("sat 15:00", "4 h", "office", None, "mon+1 12:00"),
            ("mon 12:00", "4 h", "office", None, "mon 16:00"),
            ("mon 10:00", "0", None, "board", "wed 14:00"),
            ("wed 14:00", "0", None, "board", "wed 14:00"),
            ("wed 14:59", "0", None, "board", "wed 14:59"),
            ("wed 15:00", "0", None, "board", "wed+1 14:00"),
            ("tue 15:00", "1 day", None, "board", "wed+1 14:00"),
            ("tue 12:00", "8 h", "office", "board", "wed 14:00"),
            ("tue 14:30", "8 h", "office", "board", "wed 14:30"),
            ("tue 15:00", "8 h", "office", "board", "wed+1 14:00"),
        ],
    )
    def test_a_wait_ends_after_its_time_and_when_its_calendar_is_open(
        self, moment: str, wait: str, calendar: str | None, until: str | None, back: str
    ) -> None:
        step = {"wait": wait, "next": "a"}
        step |= {key: name for key, name in (("calendar", calendar), ("until", until)) if name}
        written = process({"w": step}, "w", (moment,))
        written["calendars"] = {
            "office": {"hours": {"mon-fri": "08:00-16:00"}},
            "board": {"hours": {"wed": "14:00-15:00"}},
        }
        ran = run(written)
        assert ran.visits("w")[0].ended == at(back)
        assert ran.ticket(0)["delay_min"] == at(back) - at(moment)

    def test_a_wait_for_a_calendar_that_never_opens_again_does_not_end(self) -> None:
        written = process({"w": {"wait": "1 h", "until": "once", "next": "a"}}, "w")
        written["calendars"] = {
            "once": {
                "hours": {"sun": "08:00-09:00"},
                "closed": ["2026-01-11", "2026-01-18", "2026-01-25", "2026-02-01"],
            }
        }
        assert math.isnan(run(written).visits("w")[0].ended)


class TestSources:
    def test_population_comes_again_after_its_ticket_is_closed(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {
            "population": {"size": 2, "away": "50 min", "start_with": "ticket"}
        }
        written["staffing"]["a"] = {"people": 1}
        # first 0-10 and 10-20; the members come back at 60 and 70, 120 and 130, ...
        ran = run(written)
        assert ran.logs.tickets.created[:6].tolist() == [0.0, 0.0, 60.0, 70.0, 120.0, 130.0]
        assert ran.logs.tickets.subject[:6].tolist() == [0, 1, 2, 3, 4, 5]

    def test_population_that_starts_away(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {"population": {"size": 1, "away": "50 min"}}
        assert run(written).logs.tickets.created[:3].tolist() == [50.0, 110.0, 170.0]

    def test_limited_population_makes_no_more_tickets(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {"population": {"size": 2, "away": "50 min"}, "limit": 5}
        assert len(run(written).logs.tickets) == 5

    def test_a_batch_arrives_together(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {**timetable(["mon 10:00", "tue 10:00"]), "batch": 3}
        assert run(written).logs.tickets.created.tolist() == [at("mon 10:00")] * 3 + [at("tue 10:00")] * 3

    def test_a_limit_cuts_a_batch(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {"every": "1 day", "batch": 3, "limit": 4}
        assert run(written).logs.tickets.created.tolist() == [0.0, 0.0, 0.0, 1440.0]

    def test_regular_arrivals_within_their_dates(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {
            "every": "12 h",
            "from": "2026-01-06",
            "until": "2026-01-07 12:00",
        }
        assert run(written).logs.tickets.created.tolist() == [
            at("tue 00:00"),
            at("tue 12:00"),
            at("wed 00:00"),
        ]

    def test_no_ticket_arrives_at_the_end_of_the_run(self) -> None:
        written = process({})
        written["demand"]["tickets"]["arrivals"] = {"every": "1 week"}
        assert len(run(written).logs.tickets) == 4


class TestEndOfRun:
    def test_a_run_stops_at_its_length_with_open_work(self) -> None:
        ran = run(process({"a": {"work": "1 day"}}, moments=("sun+3 12:00",)))
        totals = ran.logs.totals
        assert (totals.created, totals.closed, totals.in_system, totals.end) == (1, 0, 1, at("mon+4 00:00"))
        visit = ran.visits()[0]
        assert (visit.started, math.isnan(visit.ended)) == (at("sun+3 12:00"), True)

    def test_a_completion_at_the_end_of_the_run_is_not_part_of_it(self) -> None:
        assert run(process({"a": {"work": "12 h"}}, moments=("sun+3 12:00",))).logs.totals.closed == 0

    def test_draining_goes_on_until_the_last_ticket_is_closed(self) -> None:
        written = process({"a": {"work": "1 day"}}, moments=("sun+3 12:00",), time={"then": "drain"})
        totals = run(written).logs.totals
        assert (totals.closed, totals.in_system, totals.end) == (1, 0, at("mon+4 12:00"))

    def test_draining_does_not_end_before_the_length(self) -> None:
        assert run(process({}, time={"then": "drain"})).logs.totals.end == at("mon+4 00:00")

    def test_work_in_system_is_counted_from_the_warm_up(self) -> None:
        written = process({"a": {"work": "10 h"}}, time={"warm_up": "12 h"})
        # created at 10:00, closed at 20:00: 8 h after the warm-up
        assert run(written).logs.totals.wip_area_min == 480.0


class TestRefusals:
    def test_a_loop_without_time_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="without any time passing"):
            run(process({"d": {"decide": "e"}, "e": {"decide": "d"}}, "d"))

    def test_a_loop_of_work_without_time_is_refused(self) -> None:
        with pytest.raises(InvalidInput, match="without any time passing"):
            run(process({"a": {"work": "0", "next": "b"}, "b": {"work": "0", "next": "a"}}))

    def test_rules_that_leave_some_tickets_without_a_next_step_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match="next"):
            model_of(
                process(
                    {"a": {"next": [{"when": {"priority": "P1"}, "to": "b"}]}},
                    stream={"priority": {"P1": "50 %", "P2": "50 %"}},
                )
            )

    @pytest.mark.parametrize(
        "written", [{"b": "50 %", "c": "30 %"}, [{"to": "b", "share": "50 %"}, {"to": "c", "share": "30 %"}]]
    )
    def test_shares_that_do_not_add_up_are_refused(self, written: object) -> None:
        with pytest.raises(InvalidInput, match="100 %"):
            model_of(process({"a": {"next": written}}))


def test_every_visit_of_a_ticket_follows_the_one_before() -> None:
    rules = [{"when": {"visits": "< 3"}, "to": "b"}, {"to": "resolved"}]
    ran = run(process({"a": {"next": rules}, "b": {"next": "w"}, "w": {"wait": "1 h", "next": "a"}}))
    visits = ran.visits()
    assert np.array_equal([v.arrived for v in visits[1:]], [v.ended for v in visits[:-1]])
