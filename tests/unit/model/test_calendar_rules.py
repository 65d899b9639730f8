from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from simlab.model.calendar_rules import (
    CalendarRule,
    Hours,
    WallClock,
    open_intervals,
    parse_days,
    parse_hours,
    parse_months,
    parse_weekly,
    public_holidays,
)

OFFICE = parse_weekly({"mon-fri": "08:00-18:00"})


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat", {5}),
        ("mon,wed, fri", {0, 2, 4}),
        ("daily", {0, 1, 2, 3, 4, 5, 6}),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekend", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("Sunday - Tuesday", {6, 0, 1}),
        ("mon-wed, sat", {0, 1, 2, 5}),
        ("sun-sun", {6}),
    ],
)
def test_days_are_read(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("moonday", "'moonday' in 'moonday' is not a day of the week; did you mean monday?"),
        ("mon-firday", "did you mean friday?"),
        ("mon-", "'' in 'mon-' is not a day of the week; known are monday, mon,"),
        ("", "is not a day of the week"),
        ("mon-wed-fri", "days must read like mon-fri or mon,wed,fri; found 'mon-wed-fri'"),
        ("weekdays-sun", "'weekdays' in 'weekdays-sun' is not a day of the week"),
        ("mon-weekend", "'weekend' in 'mon-weekend' is not a day of the week"),
    ],
)
def test_unknown_days_are_refused_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="day") as refusal:
        parse_days(text)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("jan", {0}),
        ("jun-aug", {5, 6, 7}),
        ("Nov-feb", {10, 11, 0, 1}),
        ("march, september", {2, 8}),
    ],
)
def test_months_are_read_as_written(text: str, months: set[int]) -> None:
    assert parse_months(text) == months


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("septemer", "'septemer' in 'septemer' is not a month; did you mean september?"),
        ("jan-feb-mar", "months must read like jun-aug or mar,sep; found 'jan-feb-mar'"),
    ],
)
def test_months_that_cannot_be_read_are_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_months(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("08:00-12:00, 13:00-17:30", ((480, 720), (780, 1050))),
        ("8:00 - 12:00,12:00-13:00", ((480, 720), (720, 780))),
        ("22:00-06:00", ((1320, 1800),)),
        ("05:00-09:00, 22:00-06:00", ((300, 540), (1320, 1800))),
        ("18:00-24:00", ((1080, 1440),)),
        ("18:00-00:00", ((1080, 1440),)),
        ("00:00-24:00", ((0, 1440),)),
        ("24 h", ((0, 1440),)),
        ("closed", ()),
        (" Closed ", ()),
    ],
)
def test_hours_are_read(text: str, hours: Hours) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("08:00-08:00", "08:00-08:00 is empty: it must end at another time than it starts"),
        ("24:00-06:00", "24:00-06:00 must not start at 24:00; write 00:00 on the next day"),
        ("20:00-24:01", "24:01 is not a time of day; times go from 00:00 to 24:00"),
        ("10:60-11:00", "10:60 is not a time of day"),
        ("08:00-12:00, 11:00-13:00", "11:00-13:00 must start after 08:00-12:00 ends"),
        ("13:00-17:00, 08:00-12:00", "08:00-12:00 must start after 13:00-17:00 ends"),
        ("22:00-06:00, 23:00-24:00", "23:00-24:00 must start after 22:00-06:00 ends"),
        ("8-12", "hours must read like 08:00-12:00, 13:00-17:30, or closed, or 24 h; found '8-12'"),
        ("08:00-12:00, closed", "found 'closed'"),
        ("08:00-12:00,", "found ''"),
        ("", "found ''"),
        ("٠٨:00-12:00", "hours must read like"),
    ],
)
def test_impossible_hours_are_refused_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"hour|time|start|empty") as refusal:
        parse_hours(text)
    assert message in str(refusal.value)


def test_long_text_is_refused_in_linear_time() -> None:
    with pytest.raises(ValueError, match="hours must read like"):
        parse_hours("0" * 100_000)


def test_weekly_hours_are_closed_on_days_not_named() -> None:
    weekly = parse_weekly({"mon-thu": "08:00-17:00", "sat": "10:00-14:00", "sun": "closed"})
    assert weekly == (*[((480, 1020),)] * 4, (), ((600, 840),), ())


def test_day_with_hours_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="wednesday must have its hours once; 'wed' gives them again"):
        parse_weekly({"mon-fri": "08:00-17:00", "wed": "08:00-12:00"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zone": "Europe/Berln"}, "did you mean Europe/Berlin"),
        ({"weekly": ((),) * 6}, "must be given for 7 days, Monday first; found 6"),
        ({"weekly": (((600, 500),), *((),) * 6)}, "found minutes 600 to 500"),
        ({"special": {date(2026, 1, 2): ((0, 1500),)}}, "last at most 24 h; found minutes 0 to 1500"),
        ({"make_up": {date(2026, 1, 3): 7}}, "hours of a weekday 0 to 6; found 7"),
        (
            {"closed": frozenset({date(2026, 1, 2)}), "special": {date(2026, 1, 2): ()}},
            "2026-01-02 must be closed, a make-up day or special, not two of them",
        ),
        (
            {"valid_from": date(2026, 2, 1), "valid_until": date(2026, 1, 1)},
            r"must not end \(2026-01-01\) before it starts \(2026-02-01\)",
        ),
        ({"holidays": ("DE-BX",)}, "holidays are not known for 'DE-BX'"),
    ],
)
def test_impossible_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CalendarRule(**({"zone": "Europe/Berlin", "weekly": OFFICE} | changes))


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("Germany", "did you mean DE?"),
        ("united kingdom", "did you mean GB?"),
        ("de-by", "did you mean DE-BY?"),
        ("DE_BY", "did you mean DE-BY?"),
        ("DE-by", "did you mean DE-BY?"),
        ("DE-BX", "known after DE- are BB, BE, BW, BY"),
        ("DE-", "known after DE- are BB"),
        ("CN-BJ", "write CN instead of 'CN-BJ'"),
        ("", "write a country as DE, a region as DE-BY"),
    ],
)
def test_unknown_holiday_code_is_refused_with_the_nearest(code: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="holidays are not known") as refusal:
        public_holidays(code, 2026, 2026)
    assert remedy in str(refusal.value)


def test_holidays_of_bavaria_are_those_of_the_feast_days_law() -> None:
    # Easter 2026 is on 5 April: Good Friday -2, Ascension +39, Whit Monday +50, Corpus Christi +60 days.
    expected = "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26"
    found = sorted(day for day in public_holidays("DE-BY", 2026, 2026).closed if day.year == 2026)
    assert " ".join(f"{day:%m-%d}" for day in found) == expected


def test_make_up_days_of_china_stand_for_the_weekday_they_replace() -> None:
    # Days off and made up for 2026 as decreed by the State Council.
    make_up = public_holidays("CN", 2026, 2026).make_up
    expected = {
        date(2026, 1, 4): date(2026, 1, 2),
        date(2026, 2, 14): date(2026, 2, 20),
        date(2026, 2, 28): date(2026, 2, 23),
        date(2026, 5, 9): date(2026, 5, 5),
        date(2026, 9, 20): date(2026, 10, 6),
        date(2026, 10, 10): date(2026, 10, 7),
    }
    found = {day: weekday for day, weekday in make_up.items() if day.year == 2026}
    assert found == {day: replaced.weekday() for day, replaced in expected.items()}


def test_several_holiday_codes_add_up() -> None:
    both = CalendarRule("Europe/Berlin", OFFICE, ("DE-BY", "US"))
    clock = WallClock("Europe/Berlin", datetime(2026, 1, 1))
    opened = open_intervals(both, clock, 0.0, 20 * 1440.0)
    days = {clock.to_local(start).date() for start, _ in opened if start >= 0}
    assert date(2026, 1, 6) not in days  # Epiphany
    assert date(2026, 1, 19) not in days  # Martin Luther King Day
    assert date(2026, 1, 12) in days


def test_special_hours_win_over_a_holiday_and_over_its_make_up_day() -> None:
    special = {date(2026, 2, 14): parse_hours("10:00-11:00"), date(2026, 2, 17): parse_hours("10:00-12:00")}
    rule = CalendarRule("Asia/Shanghai", OFFICE, ("CN",), special=special)
    clock = WallClock("Asia/Shanghai", datetime(2026, 2, 14))
    opened = open_intervals(rule, clock, 0.0, 6 * 1440.0)
    inside = opened[opened[:, 0] > 0]
    assert inside.tolist() == [[600, 660], [3 * 1440 + 600, 3 * 1440 + 720]]


def test_intervals_are_told_on_the_time_axis_of_the_clock_given() -> None:
    rule = CalendarRule("Asia/Kolkata", parse_weekly({"mon": "09:30-18:30"}))
    clock = WallClock("Europe/Berlin", datetime(2026, 1, 5))
    opened = open_intervals(rule, clock, 0.0, 1440.0)
    assert opened.tolist() == [[300.0, 840.0]]


def test_rule_that_never_opens_has_no_intervals() -> None:
    rule = CalendarRule("UTC", ((),) * 7)
    opened = open_intervals(rule, WallClock("UTC", datetime(2026, 1, 5)), 0.0, 1e5)
    assert opened.shape == (0, 2)
    assert opened.dtype == np.float64
