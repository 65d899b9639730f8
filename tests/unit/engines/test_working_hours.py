"""Work on calendars, computed by hand to the minute: opening, closing, breaks, nights, holidays, DST."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.desks import Run, broken, one_step, run
from tests.unit.engines.week import at, timetable

OFFICE = {"mon-fri": "08:00-16:00"}
LUNCH = [{"at": "12:00", "length": "1 h"}]
DESK: dict[str, Any] = {"people": 1, "hours": OFFICE}
NIGHT: dict[str, Any] = {"people": 1, "hours": {"mon-fri": "22:00-06:00"}}


class Case(NamedTuple):
    """Arrivals at a team, and when work on each ticket starts and ends."""

    team: dict[str, Any]
    work: str
    arrivals: tuple[str, ...]
    spans: tuple[tuple[str, str], ...]
    calendar: dict[str, Any] | None = None


def by_calendar(**rule: object) -> dict[str, Any]:
    return {"hours": OFFICE, **rule}


ON_CALENDAR = {"people": 1, "calendar": "office"}
CASES = {
    "within hours": Case(DESK, "30 min", ("mon 09:00",), (("mon 09:00", "mon 09:30"),)),
    "before opening": Case(DESK, "30 min", ("mon 06:12",), (("mon 08:00", "mon 08:30"),)),
    "exactly at opening": Case(DESK, "30 min", ("mon 08:00",), (("mon 08:00", "mon 08:30"),)),
    "a minute before closing": Case(DESK, "30 min", ("mon 15:59",), (("mon 15:59", "tue 08:29"),)),
    "exactly at closing": Case(DESK, "30 min", ("mon 16:00",), (("tue 08:00", "tue 08:30"),)),
    "at the weekend": Case(DESK, "30 min", ("sat 12:00",), (("mon+1 08:00", "mon+1 08:30"),)),
    "queued over night": Case(
        DESK,
        "1 h",
        ("mon 15:00", "mon 15:00"),
        (("mon 15:00", "mon 16:00"), ("tue 08:00", "tue 09:00")),
    ),
    "paused over night": Case(DESK, "1 h", ("mon 15:30",), (("mon 15:30", "tue 08:30"),)),
    "paused over the weekend": Case(DESK, "1 h", ("fri 15:30",), (("fri 15:30", "mon+1 08:30"),)),
    "paused for several nights": Case(DESK, "20 h", ("mon 08:00",), (("mon 08:00", "wed 12:00"),)),
    "paused, the queue waits": Case(
        DESK,
        "1 h",
        ("mon 15:30", "mon 15:40"),
        (("mon 15:30", "tue 08:30"), ("tue 08:30", "tue 09:30")),
    ),
    "finished in overtime": Case(
        {**DESK, "at_shift_end": "finish"}, "1 h", ("mon 15:30",), (("mon 15:30", "mon 16:30"),)
    ),
    "no new work in overtime": Case(
        {**DESK, "at_shift_end": "finish"},
        "1 h",
        ("mon 15:30", "mon 15:40"),
        (("mon 15:30", "mon 16:30"), ("tue 08:00", "tue 09:00")),
    ),
    "arrival in overtime": Case(
        {**DESK, "at_shift_end": "finish"},
        "1 h",
        ("mon 15:30", "mon 16:30"),
        (("mon 15:30", "mon 16:30"), ("tue 08:00", "tue 09:00")),
    ),
    "overtime meets the next shift": Case(
        {**DESK, "at_shift_end": "finish"}, "20 h", ("mon 15:00",), (("mon 15:00", "tue 11:00"),)
    ),
    "handed over to oneself, with reading in": Case(
        {**DESK, "at_shift_end": "hand_over", "hand_over": "10 min"},
        "1 h",
        ("mon 15:30",),
        (("mon 15:30", "tue 08:40"),),
    ),
    **{
        f"ends exactly at closing, {policy}": Case(
            {**DESK, "at_shift_end": policy, "hand_over": "10 min"},
            "1 h",
            ("mon 15:00",),
            (("mon 15:00", "mon 16:00"),),
        )
        for policy in ("pause", "finish", "hand_over")
    },
    "break in between": Case({**DESK, "breaks": LUNCH}, "1 h", ("mon 11:30",), (("mon 11:30", "mon 13:30"),)),
    "arrival in the break": Case(
        {**DESK, "breaks": LUNCH}, "1 h", ("mon 12:15",), (("mon 13:00", "mon 14:00"),)
    ),
    "arrival at the start of the break": Case(
        {**DESK, "breaks": LUNCH}, "1 h", ("mon 12:00",), (("mon 13:00", "mon 14:00"),)
    ),
    "arrival at the end of the break": Case(
        {**DESK, "breaks": LUNCH}, "1 h", ("mon 13:00",), (("mon 13:00", "mon 14:00"),)
    ),
    "ends exactly at the break": Case(
        {**DESK, "breaks": LUNCH}, "1 h", ("mon 11:00",), (("mon 11:00", "mon 12:00"),)
    ),
    "work rests in the break whatever the policy": Case(
        {**DESK, "breaks": LUNCH, "at_shift_end": "hand_over", "hand_over": "10 min"},
        "1 h",
        ("mon 11:30",),
        (("mon 11:30", "mon 13:30"),),
    ),
    "a break takes its part of the shift before overtime": Case(
        {**DESK, "breaks": LUNCH, "at_shift_end": "finish"},
        "5 h",
        ("mon 11:00",),
        (("mon 11:00", "mon 17:00"),),
    ),
    "breaks spread over the people": Case(
        {
            "people": 2,
            "hours": OFFICE,
            "breaks": [{"at": "12:00", "length": "30 min", "spread": "1 h"}],
        },
        "5 min",
        ("mon 12:10", "mon 12:11", "mon 12:30", "mon 12:31"),
        (
            ("mon 12:10", "mon 12:15"),
            ("mon 12:15", "mon 12:20"),
            ("mon 12:30", "mon 12:35"),
            ("mon 12:35", "mon 12:40"),
        ),
    ),
    "through midnight": Case(NIGHT, "3 h", ("mon 23:00",), (("mon 23:00", "tue 02:00"),)),
    "night shift paused by day": Case(NIGHT, "1 h", ("tue 05:30",), (("tue 05:30", "tue 22:30"),)),
    "Friday's night ends on Saturday": Case(NIGHT, "1 h", ("sat 03:00",), (("sat 03:00", "sat 04:00"),)),
    "no night shift from Saturday to Monday": Case(
        NIGHT, "1 h", ("sat 06:00",), (("mon+1 22:00", "mon+1 23:00"),)
    ),
    "Monday morning is Sunday's night": Case(NIGHT, "1 h", ("mon 03:00",), (("mon 22:00", "mon 23:00"),)),
    "two intervals a day": Case(
        {"people": 1, "hours": {"mon-fri": "08:00-12:00, 13:00-17:00"}, "at_shift_end": "hand_over"},
        "6 h",
        ("mon 08:00",),
        (("mon 08:00", "mon 15:00"),),
    ),
    "closed date": Case(
        ON_CALENDAR, "1 h", ("mon 15:30",), (("mon 15:30", "wed 08:30"),), by_calendar(closed=["2026-01-06"])
    ),
    "public holiday": Case(
        ON_CALENDAR, "1 h", ("mon 15:30",), (("mon 15:30", "wed 08:30"),), by_calendar(holidays="DE-BY")
    ),
    "no holiday in the next region": Case(
        ON_CALENDAR, "1 h", ("mon 15:30",), (("mon 15:30", "tue 08:30"),), by_calendar(holidays="DE-BE")
    ),
    "make-up day": Case(
        ON_CALENDAR,
        "1 h",
        ("fri 15:30",),
        (("fri 15:30", "sat 08:30"),),
        by_calendar(make_up={"2026-01-10": "mon"}),
    ),
    "special hours": Case(
        ON_CALENDAR,
        "3 h",
        ("tue 09:00",),
        (("tue 10:00", "wed 09:00"),),
        by_calendar(special={"2026-01-06": "10:00-12:00"}),
    ),
    "holidays of a team with hours": Case(
        {**DESK, "holidays": "DE-BY"}, "1 h", ("tue 09:00",), (("wed 08:00", "wed 09:00"),)
    ),
}


def ran(case: Case, **time: object) -> Run:
    written = one_step(
        timetable(case.arrivals), case.work, case.team, "3 weeks", time={"start": "2026-01-05", **time}
    )
    if case.calendar is not None:
        written["calendars"] = {"office": case.calendar}
    return run(written)


@pytest.mark.parametrize("name", CASES)
def test_work_starts_and_ends_to_the_minute(name: str) -> None:
    case = CASES[name]
    visits = ran(case).visits("work")
    assert [(v.started, v.ended) for v in visits] == [(at(a), at(b)) for a, b in case.spans]


@pytest.mark.parametrize("name", CASES)
def test_every_invariant_holds(name: str) -> None:
    done = ran(CASES[name], then="drain")
    assert broken(done.model, done.logs) == []


@pytest.mark.parametrize(
    ("name", "overtime"),
    [
        ("finished in overtime", 30.0),
        ("paused over night", 0.0),
        ("a break takes its part of the shift before overtime", 60.0),
        ("overtime meets the next shift", 16 * 60.0),
    ],
)
def test_overtime_is_work_after_the_end_of_the_shift_until_the_next(name: str, overtime: float) -> None:
    assert ran(CASES[name]).logs.work.overtime_min.sum() == overtime


def test_hands_on_time_leaves_out_nights_and_breaks() -> None:
    visit = ran(CASES["paused over night"]).visits("work")[0]
    assert visit.touch == 60.0


def test_touch_includes_the_time_to_read_in_after_a_hand_over() -> None:
    visit = ran(CASES["handed over to oneself, with reading in"]).visits("work")[0]
    assert (visit.touch, visit.handovers) == (70.0, 1)


class TestDaylightSaving:
    """Berlin: 29 March 2026 has 23 hours (no 02:xx), 25 October has 25 (two 02:xx)."""

    @staticmethod
    def ended(start: str, arrival: str, work: str) -> float:
        written = one_step(
            {"timetable": [arrival]},
            work,
            {"people": 1, "hours": {"daily": "01:00-05:00"}},
            "4 days",
            time={"start": start, "zone": "Europe/Berlin"},
        )
        return run(written).visits("work")[0].ended

    def test_work_through_the_lost_hour_takes_as_long_as_ever(self) -> None:
        assert self.ended("2026-03-29", "2026-03-29 01:30", "1 h") == 90.0 + 60.0

    def test_a_shift_through_the_lost_hour_is_an_hour_shorter(self) -> None:
        # 01:00-05:00 is 60 to 240 elapsed; the next day begins after 23 h, its shift an hour later.
        assert self.ended("2026-03-29", "2026-03-29 01:00", "3 h") == 240.0
        assert self.ended("2026-03-29", "2026-03-29 01:00", "3 h 1 min") == 23 * 60.0 + 61.0

    def test_a_shift_through_the_repeated_hour_is_an_hour_longer(self) -> None:
        assert self.ended("2026-10-25", "2026-10-25 01:00", "5 h") == 360.0
        assert self.ended("2026-10-25", "2026-10-25 01:00", "5 h 1 min") == 25 * 60.0 + 61.0


class TestAbsence:
    """People who are absent from every shift."""

    def test_named_absent_person_takes_no_ticket(self) -> None:
        people = {"ann": {"absence": "100 %"}, "bob": {}}
        written = one_step(
            timetable(["mon 09:00", "mon 09:01"]), "30 min", {"people": people, "hours": OFFICE}, "1 week"
        )
        visits = run(written).visits("work")
        assert [(v.person, v.started) for v in visits] == [("bob", at("mon 09:00")), ("bob", at("mon 09:30"))]

    def test_a_person_may_be_present_in_an_absent_team(self) -> None:
        people = {"ann": {}, "bob": {"absence": "0 %"}}
        team = {"people": people, "hours": OFFICE, "absence": "100 %"}
        visits = run(one_step(timetable(["mon 09:00"]), "30 min", team, "1 week")).visits("work")
        assert [v.person for v in visits] == ["bob"]

    def test_work_is_never_taken_where_everybody_is_absent(self) -> None:
        team = {"people": 3, "absence": "100 %"}
        done = run(one_step(timetable(["mon 09:00"]), "30 min", team, "1 week"))
        assert np.isnan(done.visits("work")[0].started)
        assert (done.logs.totals.in_system, len(done.logs.duty)) == (1, 0)
