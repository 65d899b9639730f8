"""Service clocks: due instants, responses and pauses, computed by hand to the minute."""

from __future__ import annotations

import math
from typing import Any

import pytest

from simlab.errors import InvalidInput
from tests.desks import Run, one_step, run
from tests.unit.engines.week import at, timetable

OFFICE = {"hours": {"mon-fri": "08:00-16:00"}}


def desk(moment: str, target: dict[str, Any], **steps: object) -> dict[str, Any]:
    """Tickets of priority P1 with a target; ``work`` of 10 min by plenty of people, and more steps."""
    written = one_step(timetable([moment]), "10 min", {"people": 9}, "4 weeks", stream={"priority": "P1"})
    written["calendars"] = {
        "office": OFFICE,
        "nights": {"hours": {"daily": "22:00-06:00"}},
        "weekdays": {"hours": {"mon-fri": "00:00-24:00"}},
        "every_day": {"hours": {"daily": "00:00-24:00"}},
        "short_fridays": {"hours": {"mon-thu": "08:00-17:00", "fri": "08:00-13:00"}},
    }
    written["targets"] = {"P1": target}
    written["routing"]["steps"] |= steps
    return written


def ticket_of(written: dict[str, Any]) -> dict[str, float]:
    return run(written).ticket(0)


class TestDueInstants:
    @pytest.mark.parametrize(
        ("created", "calendar", "resolve", "due"),
        [
            ("mon 10:00", None, "4 h", "mon 14:00"),
            ("fri 23:00", None, "1 day", "sat 23:00"),
            ("mon 09:00", "office", "4 h", "mon 13:00"),
            ("mon 15:00", "office", "4 h", "tue 11:00"),
            ("mon 12:00", "office", "4 h", "mon 16:00"),
            ("mon 08:00", "office", "8 h", "mon 16:00"),
            ("mon 16:00", "office", "4 h", "tue 12:00"),
            ("mon 07:00", "office", "4 h", "mon 12:00"),
            ("sat 12:00", "office", "4 h", "mon+1 12:00"),
            ("fri 15:59", "office", "2 min", "mon+1 08:01"),
            ("mon 15:00", "office", "1 working day", "tue 15:00"),
            ("thu 12:00", "office", "3 working days", "tue+1 12:00"),
            ("mon 15:00", "office", "0.5 working days", "tue 11:00"),
            ("mon 22:00", "nights", "1 working day", "tue 06:00"),
            ("fri 12:00", "weekdays", "1 working day", "mon+1 12:00"),
            ("fri 12:00", "every_day", "2 working days", "sun 12:00"),
            ("mon 08:00", "short_fridays", "1 working day", "mon 17:00"),
            ("mon 10:00", None, "2 working days", "wed 10:00"),
        ],
    )
    def test_target_is_due_after_its_open_time(
        self, created: str, calendar: str | None, resolve: str, due: str
    ) -> None:
        target = {"resolve": resolve} | ({} if calendar is None else {"calendar": calendar})
        ticket = ticket_of(desk(created, target))
        assert ticket["resolve_due"] == pytest.approx(at(due), abs=1e-6)
        assert ticket["respond_due"] == math.inf

    def test_tickets_without_a_target_are_never_due(self) -> None:
        written = desk("mon 10:00", {"resolve": "1 h"})
        written["demand"]["tickets"]["priority"] = "P2"
        written["demand"]["others"] = {"arrivals": timetable(["mon 11:00"]), "priority": "P1"}
        ran = run(written)
        assert (ran.ticket(0)["resolve_due"], ran.ticket(1)["resolve_due"]) == (math.inf, at("mon 12:00"))

    def test_the_first_condition_that_holds_names_the_target(self) -> None:
        written = desk("mon 10:00", {})
        written["targets"] = [
            {"when": {"priority": "P2"}, "resolve": "1 h"},
            {"when": {"stream": "tickets"}, "resolve": "2 h", "respond": "5 min"},
            {"resolve": "3 h"},
        ]
        written["demand"]["others"] = {"arrivals": timetable(["mon 10:00"]), "priority": "P2"}
        written["demand"]["more"] = {"arrivals": timetable(["mon 10:00"]), "priority": "P1"}
        ran = run(written)
        assert [ran.ticket(i)["resolve_due"] for i in range(3)] == [
            at("mon 12:00"),
            at("mon 11:00"),
            at("mon 13:00"),
        ]
        assert [ran.ticket(i)["respond_due"] for i in range(3)] == [at("mon 10:05"), math.inf, math.inf]


class TestPauses:
    """Work of 10 min, then the user is asked, then work again."""

    def asked(
        self, created: str, wait: str, target: dict[str, Any], pauses: list[str], **more: object
    ) -> dict[str, float]:
        written = desk(
            created,
            target,
            ask={"wait": wait, "pauses": pauses, "next": "again", **more},
            again={"team": "desk", "work": "10 min", "next": "resolved"},
        )
        written["routing"]["steps"]["work"]["next"] = "ask"
        return ticket_of(written)

    @pytest.mark.parametrize(
        ("created", "wait", "calendar", "due"),
        [
            # 10 of 240 min have passed when the wait begins
            ("mon 10:00", "2 h", None, "mon 16:00"),
            ("mon 10:00", "24 h", None, "tue 14:00"),
            # asked at 15:10 with 230 min left, back on Tuesday at 11:10
            ("mon 15:00", "20 h", "office", "tue 15:00"),
            # back at 20:10, while the clock's calendar is closed: 230 min from Tuesday 08:00
            ("mon 15:00", "5 h", "office", "tue 11:50"),
            # asked at 16:00 exactly, as the office closes, with 230 min left
            ("mon 15:50", "1 h", "office", "tue 11:50"),
        ],
    )
    def test_paused_target_goes_on_with_what_it_had_left(
        self, created: str, wait: str, calendar: str | None, due: str
    ) -> None:
        target = {"resolve": "4 h"} | ({} if calendar is None else {"calendar": calendar})
        assert self.asked(created, wait, target, ["resolve"])["resolve_due"] == at(due)

    def test_a_wait_without_pauses_lets_the_clock_run(self) -> None:
        assert self.asked("mon 10:00", "6 h", {"resolve": "4 h"}, [])["resolve_due"] == at("mon 14:00")

    def test_a_wait_that_pauses_the_response_only_lets_the_resolution_run(self) -> None:
        assert self.asked("mon 10:00", "6 h", {"resolve": "4 h"}, ["respond"])["resolve_due"] == at(
            "mon 14:00"
        )

    def test_a_missed_target_stays_missed(self) -> None:
        assert self.asked("mon 10:00", "6 h", {"resolve": "5 min"}, ["resolve"])["resolve_due"] == at(
            "mon 10:05"
        )

    def test_a_target_due_at_the_instant_of_the_pause_is_due_when_it_goes_on(self) -> None:
        assert self.asked("mon 10:00", "6 h", {"resolve": "10 min"}, ["resolve"])["resolve_due"] == at(
            "mon 16:10"
        )

    def test_an_answered_response_is_not_moved_by_a_later_pause(self) -> None:
        ticket = self.asked("mon 10:00", "6 h", {"respond": "5 min"}, ["respond", "resolve"])
        assert (ticket["responded"], ticket["respond_due"]) == (at("mon 10:00"), at("mon 10:05"))

    def test_paused_target_has_no_due_instant_at_the_end_of_the_run(self) -> None:
        assert self.asked("mon 10:00", "5 weeks", {"resolve": "4 h"}, ["resolve"])["resolve_due"] == math.inf

    def test_a_wait_until_a_calendar_opens_pauses_to_its_end(self) -> None:
        # asked at 15:10, answer at 17:10, on the desk again when the office opens
        target = {"resolve": "4 h"}
        ticket = self.asked("mon 15:00", "2 h", target, ["resolve"], until="office")
        assert (ticket["resolve_due"], ticket["closed"]) == (at("tue 11:50"), at("tue 08:10"))

    def test_a_first_wait_pauses_the_response(self) -> None:
        written = desk(
            "mon 10:00",
            {"respond": "15 min"},
            ask={"wait": "1 h", "pauses": ["respond"], "next": "work"},
        )
        written["routing"]["start"] = "ask"
        ticket = ticket_of(written)
        assert (ticket["respond_due"], ticket["responded"]) == (at("mon 11:15"), at("mon 11:00"))


class TestReopening:
    def reopened(self, target: dict[str, Any], after: str, **more: object) -> Run:
        reopen = {"share": "100 %", "after": after, "to": "work", "at_most": 1, **more}
        return run(desk("mon 10:00", target, resolved={"end": "resolved", "reopen": reopen}))

    def test_the_clock_stands_still_while_the_ticket_is_resolved(self) -> None:
        # resolved at 10:10 with 230 min left; back on Tuesday at 10:10
        ticket = self.reopened({"resolve": "4 h"}, "1 day").ticket(0)
        assert ticket["resolve_due"] == at("tue 14:00")
        assert (ticket["resolved"], ticket["closed"], ticket["reopens"]) == (
            at("tue 10:20"),
            at("tue 10:20"),
            1,
        )
        assert (ticket["dormant_min"], ticket["touch_min"], ticket["work_visits"]) == (1440.0, 20.0, 2)

    def test_a_target_missed_by_the_first_resolution_stays_missed(self) -> None:
        assert self.reopened({"resolve": "5 min"}, "1 day").ticket(0)["resolve_due"] == at("mon 10:05")

    def test_a_dormant_ticket_counts_as_resolved_and_is_in_the_system(self) -> None:
        ran = self.reopened({"resolve": "4 h"}, "5 weeks")
        ticket = ran.ticket(0)
        assert (ticket["resolved"], ticket["outcome"]) == (at("mon 10:10"), 1)
        assert math.isnan(ticket["closed"])
        assert ran.logs.totals.in_system == 1

    def test_a_cancelled_ticket_has_no_resolution(self) -> None:
        written = desk("mon 10:00", {"resolve": "4 h"})
        written["routing"]["steps"]["work"]["next"] = "cancelled"
        ticket = ticket_of(written)
        assert math.isnan(ticket["resolved"])
        assert (ticket["closed"], ticket["outcome"]) == (at("mon 10:10"), 2)


class TestResolvedWaits:
    """A ticket of Monday at 10:00 with 10 min of work, which is resolved before it ends."""

    def ticket(self, target: dict[str, Any], **steps: object) -> dict[str, float]:
        written = desk("mon 10:00", target, **steps)
        written["routing"]["steps"]["work"]["next"] = "closing"
        return ticket_of(written)

    def test_a_ticket_is_resolved_when_it_comes_to_the_wait_and_closed_when_it_ends(self) -> None:
        closing = {"wait": "2 days", "resolved": True, "next": "resolved"}
        ticket = self.ticket({"resolve": "4 h"}, closing=closing)
        assert (ticket["resolved"], ticket["closed"]) == (at("mon 10:10"), at("wed 10:10"))
        assert (ticket["resolve_due"], ticket["outcome"], ticket["reopens"]) == (at("mon 14:00"), 1, 0)
        assert (ticket["delay_min"], ticket["dormant_min"]) == (2880.0, 0.0)

    def test_pauses_change_nothing_while_a_ticket_counts_as_resolved(self) -> None:
        closing = {"wait": "1 h", "resolved": True, "pauses": ["resolve"], "next": "asleep"}
        asleep = {"wait": "2 days", "pauses": ["resolve"], "next": "resolved"}
        ticket = self.ticket({"resolve": "4 h"}, closing=closing, asleep=asleep)
        assert (ticket["resolve_due"], ticket["closed"]) == (at("mon 14:00"), at("wed 11:10"))

    def test_work_on_a_resolved_ticket_leaves_it_resolved(self) -> None:
        closing = {"wait": "1 h", "resolved": True, "next": "document"}
        document = {"team": "desk", "work": "20 min", "next": "resolved"}
        ticket = self.ticket({"resolve": "4 h"}, closing=closing, document=document)
        assert (ticket["resolved"], ticket["closed"]) == (at("mon 10:10"), at("mon 11:30"))
        assert ticket["touch_min"] == 30.0

    def test_a_reopened_ticket_is_open_from_the_end_of_the_wait(self) -> None:
        # resolved at 10:10 with 230 min left, open again on Tuesday at 10:10, resolved there for good
        closing = {
            "wait": "0 min",
            "resolved": True,
            "next": [{"when": {"reopens": 0}, "to": "objection"}, {"to": "resolved"}],
        }
        objection = {"wait": "1 day", "reopened": True, "next": "work"}
        ticket = self.ticket({"resolve": "4 h"}, closing=closing, objection=objection)
        assert (ticket["resolved"], ticket["closed"]) == (at("tue 10:20"), at("tue 10:20"))
        assert (ticket["resolve_due"], ticket["reopens"]) == (at("tue 14:00"), 1)
        assert (ticket["dormant_min"], ticket["delay_min"], ticket["work_visits"]) == (1440.0, 0.0, 2)

    def test_a_wait_cannot_be_both(self) -> None:
        closing = {"wait": "1 h", "resolved": True, "reopened": True, "next": "resolved"}
        with pytest.raises(InvalidInput, match="write two waits"):
            self.ticket({"resolve": "4 h"}, closing=closing)

    def test_only_waits_are_resolved(self) -> None:
        closing = {"team": "desk", "work": "1 h", "resolved": True, "next": "resolved"}
        with pytest.raises(InvalidInput, match="a step with work has no resolved"):
            self.ticket({"resolve": "4 h"}, closing=closing)


class TestResponses:
    def test_work_that_waits_is_the_response_when_it_starts(self) -> None:
        written = desk("mon 10:00", {"respond": "15 min"})
        written["staffing"]["desk"] = {"people": 1, "hours": {"mon-fri": "11:00-12:00"}}
        assert ticket_of(written)["responded"] == at("mon 11:00")

    def test_the_look_of_a_wrong_team_is_a_response(self) -> None:
        written = desk(
            "mon 10:00", {"respond": "15 min"}, other={"team": "others", "work": "1 h", "next": "resolved"}
        )
        written["staffing"]["others"] = {"people": 1}
        written["routing"]["steps"]["work"]["misroute"] = {"share": "100 %", "to": "other", "look": "3 min"}
        ticket = ticket_of(written)
        assert (ticket["responded"], ticket["closed"]) == (at("mon 10:00"), at("mon 10:13"))
        assert (ticket["hops"], ticket["work_visits"], ticket["touch_min"]) == (1, 2, 13.0)

    @pytest.mark.parametrize(("success", "responded"), [("100 %", "mon 10:02"), ("0 %", "mon 11:00")])
    def test_an_automation_responds_when_it_succeeds(self, success: str, responded: str) -> None:
        written = desk("mon 10:00", {"respond": "15 min"})
        written["staffing"]["desk"] = {"people": 1, "hours": {"mon-fri": "11:00-12:00"}}
        level = {"coverage": "100 %", "success": success, "run_time": "2 min"}
        written["automation"] = {"bot": {"at": "work", "level": "on", "levels": {"on": level}}}
        assert ticket_of(written)["responded"] == at(responded)
