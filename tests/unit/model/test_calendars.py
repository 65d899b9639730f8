from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simlab.model import calendars
from simlab.model.calendar_rules import CalendarRule, WallClock, parse_hours, parse_weekly
from simlab.model.calendars import (
    ALWAYS,
    SCALAR_FUNCTIONS,
    SNAP,
    Calendar,
    as_lists,
    calendar_of,
    compile_calendar,
    covers,
    finish,
    intersect,
    is_open,
    next_close,
    next_open,
    normalised,
    subtract,
    union,
    worked,
    worked_many,
)

DAY = 1440.0


def rule(zone: str, hours: dict[str, str], *holidays: str, **exceptions: Any) -> CalendarRule:  # noqa: ANN401
    return CalendarRule(zone, parse_weekly(hours), holidays, **exceptions)


def berlin(hours: dict[str, str], *holidays: str, **exceptions: Any) -> CalendarRule:  # noqa: ANN401
    return rule("Europe/Berlin", hours, *holidays, **exceptions)


TEN_HOURS = {"mon-fri": "08:00-18:00"}
NINE_TO_FIVE = {"mon-fri": "09:00-17:00"}
ALL_DAY = {"daily": "24 h"}
NIGHTS = {"daily": "22:00-06:00"}
OFFICE = berlin(TEN_HOURS)
BAVARIA = berlin(TEN_HOURS, "DE-BY")
LUNCH = berlin({"mon-fri": "08:00-12:00, 13:00-17:30"})
SHANGHAI = rule("Asia/Shanghai", {"mon-fri": "09:00-18:00"}, "CN")
SHORT_FRIDAY = rule("Asia/Shanghai", {"mon-thu": "09:00-18:00", "fri": "09:00-15:00"}, "CN")
LORD_HOWE = "Australia/Lord_Howe"
CHRISTMAS = berlin(TEN_HOURS, "DE-BY", special={date(2026, 12, 24): parse_hours("08:00-12:00")})
EPIPHANY_SALE = berlin(TEN_HOURS, "DE-BY", special={date(2026, 1, 6): parse_hours("10:00-14:00")})
ONE_WEEK = berlin(TEN_HOURS, valid_from=date(2026, 2, 2), valid_until=date(2026, 2, 6))

# Computed by hand. In 2026 clocks change in Berlin on 29 March and 25 October, in New York on 8 March and
# 1 November, on Lord Howe Island (by half an hour) on 5 April and 4 October.
WORKED_CASES: list[tuple[str, CalendarRule, str, str, float]] = [
    ("a whole day", OFFICE, "2026-01-12T07:00", "2026-01-12T19:00", 600),
    ("within one interval", OFFICE, "2026-01-12T09:15", "2026-01-12T10:45", 90),
    ("over a week end", OFFICE, "2026-01-16T16:00", "2026-01-19T09:00", 180),
    ("a closed span", OFFICE, "2026-01-17T00:00", "2026-01-19T00:00", 0),
    ("from closing to opening", OFFICE, "2026-01-16T18:00", "2026-01-19T08:00", 0),
    ("Epiphany in Bavaria", BAVARIA, "2026-01-05T00:00", "2026-01-08T00:00", 1200),
    ("no Epiphany in Berlin", berlin(TEN_HOURS, "DE-BE"), "2026-01-05T00:00", "2026-01-08T00:00", 1800),
    ("Corpus Christi", BAVARIA, "2026-06-03T17:00", "2026-06-05T09:00", 120),
    ("over lunch", LUNCH, "2026-01-12T11:00", "2026-01-12T14:00", 120),
    ("a day with lunch", LUNCH, "2026-01-12T00:00", "2026-01-13T00:00", 510),
    ("lunch itself", LUNCH, "2026-01-12T12:00", "2026-01-12T13:00", 0),
    ("nights of a week", berlin({"mon-fri": "22:00-06:00"}), "2026-01-12T00:00", "2026-01-19T00:00", 2400),
    ("Friday's night", berlin({"mon-fri": "22:00-06:00"}), "2026-01-17T00:00", "2026-01-19T00:00", 360),
    ("night, spring", berlin(NIGHTS), "2026-03-28T12:00", "2026-03-29T12:00", 420),
    ("night, autumn", berlin(NIGHTS), "2026-10-24T12:00", "2026-10-25T12:00", 540),
    ("day, spring", berlin(ALL_DAY), "2026-03-29T00:00", "2026-03-30T00:00", 1380),
    ("day, autumn", berlin(ALL_DAY), "2026-10-25T00:00", "2026-10-26T00:00", 1500),
    ("around the gap", berlin({"sun": "01:00-05:00"}), "2026-03-29T00:00", "2026-03-30T00:00", 180),
    ("around the fold", berlin({"sun": "01:00-05:00"}), "2026-10-25T00:00", "2026-10-26T00:00", 300),
    ("start in gap", berlin({"sun": "02:30-06:00"}), "2026-03-29T00:00", "2026-03-30T00:00", 180),
    ("start in fold", berlin({"sun": "02:30-06:00"}), "2026-10-25T00:00", "2026-10-26T00:00", 270),
    ("end in gap", berlin({"sun": "00:00-02:30"}), "2026-03-29T00:00", "2026-03-30T00:00", 120),
    ("end in fold", berlin({"sun": "00:00-02:30"}), "2026-10-25T00:00", "2026-10-26T00:00", 150),
    ("the gap itself", berlin({"sun": "02:00-03:00"}), "2026-03-29T00:00", "2026-03-30T00:00", 0),
    ("the fold itself", berlin({"sun": "02:00-03:00"}), "2026-10-25T00:00", "2026-10-26T00:00", 120),
    ("inside the gap", berlin({"sun": "02:15-02:45"}), "2026-03-29T00:00", "2026-03-30T00:00", 0),
    ("inside the fold", berlin({"sun": "02:15-02:45"}), "2026-10-25T00:00", "2026-10-26T00:00", 30),
    ("New York, spring", rule("America/New_York", NIGHTS), "2026-03-07T12:00", "2026-03-08T12:00", 420),
    ("New York, autumn", rule("America/New_York", NIGHTS), "2026-10-31T12:00", "2026-11-01T12:00", 540),
    (
        "Thanksgiving and the day after in California",
        rule("America/Los_Angeles", NINE_TO_FIVE, "US-CA"),
        *("2026-11-25T16:00", "2026-11-30T10:00", 120),
    ),
    (
        "Thanksgiving elsewhere in the US",
        rule("America/New_York", NINE_TO_FIVE, "US"),
        *("2026-11-25T16:00", "2026-11-30T10:00", 600),
    ),
    (
        "4 July on a Saturday is observed on Friday",
        rule("America/New_York", NINE_TO_FIVE, "US"),
        *("2026-07-02T16:00", "2026-07-06T10:00", 120),
    ),
    (
        "Easter Monday in England",
        rule("Europe/London", NINE_TO_FIVE, "GB-ENG"),
        *("2026-04-02T16:00", "2026-04-07T10:00", 120),
    ),
    (
        "no Easter Monday in Scotland",
        rule("Europe/London", NINE_TO_FIVE, "GB-SCT"),
        *("2026-04-02T16:00", "2026-04-07T10:00", 600),
    ),
    ("make-up Saturday before Spring Festival", SHANGHAI, "2026-02-14T00:00", "2026-02-15T00:00", 540),
    ("Spring Festival", SHANGHAI, "2026-02-15T00:00", "2026-02-24T00:00", 0),
    ("both make-up days and four days", SHANGHAI, "2026-02-14T00:00", "2026-03-02T00:00", 3240),
    ("an ordinary Saturday in China", SHANGHAI, "2026-03-07T00:00", "2026-03-08T00:00", 0),
    ("make-up Sunday in September", SHANGHAI, "2026-09-20T00:00", "2026-09-21T00:00", 540),
    ("National Day week", SHANGHAI, "2026-10-01T00:00", "2026-10-08T00:00", 0),
    ("make-up day for a Friday", SHORT_FRIDAY, "2026-02-14T00:00", "2026-02-15T00:00", 360),
    ("make-up day for a Monday", SHORT_FRIDAY, "2026-02-28T00:00", "2026-03-01T00:00", 540),
    ("Lord Howe, spring", rule(LORD_HOWE, ALL_DAY), "2026-10-04T00:00", "2026-10-05T00:00", 1410),
    ("Lord Howe, autumn", rule(LORD_HOWE, ALL_DAY), "2026-04-05T00:00", "2026-04-06T00:00", 1470),
    (
        "half an hour skipped",
        rule(LORD_HOWE, {"sun": "01:00-03:00"}),
        *("2026-10-04T00:00", "2026-10-05T00:00", 90),
    ),
    (
        "half an hour repeated",
        rule(LORD_HOWE, {"sun": "01:00-03:00"}),
        *("2026-04-05T00:00", "2026-04-06T00:00", 150),
    ),
    ("St John's, spring", rule("America/St_Johns", NIGHTS), "2026-03-07T12:00", "2026-03-08T12:00", 420),
    ("night shift into New Year", berlin(NIGHTS, "DE-BY"), "2026-12-31T20:00", "2027-01-01T12:00", 480),
    ("no night shift on New Year", berlin(NIGHTS, "DE-BY"), "2027-01-01T12:00", "2027-01-02T12:00", 0),
    ("leap day", OFFICE, "2028-02-28T17:00", "2028-03-01T09:00", 720),
    ("until 24:00", berlin({"daily": "18:00-24:00"}), "2026-01-12T23:00", "2026-01-13T19:00", 120),
    (
        "a night overlaps the next morning",
        berlin({"mon": "22:00-06:00", "tue": "05:00-09:00"}),
        *("2026-01-12T22:00", "2026-01-13T12:00", 660),
    ),
    ("special hours on Christmas Eve", CHRISTMAS, "2026-12-23T17:00", "2026-12-28T09:00", 360),
    ("special hours on a holiday", EPIPHANY_SALE, "2026-01-06T00:00", "2026-01-07T00:00", 240),
    (
        "special date without hours",
        berlin(TEN_HOURS, special={date(2026, 1, 13): ()}),
        *("2026-01-12T00:00", "2026-01-15T00:00", 1200),
    ),
    (
        "closed date",
        berlin(TEN_HOURS, closed=frozenset({date(2026, 1, 13)})),
        *("2026-01-12T00:00", "2026-01-15T00:00", 1200),
    ),
    (
        "a Saturday with Monday's hours",
        berlin(TEN_HOURS, make_up={date(2026, 1, 17): 0}),
        *("2026-01-17T00:00", "2026-01-19T00:00", 600),
    ),
    ("before it is valid", ONE_WEEK, "2026-01-26T00:00", "2026-02-02T00:00", 0),
    ("its only week", ONE_WEEK, "2026-01-26T00:00", "2026-02-27T00:00", 3000),
    (
        "the last valid night ends next morning",
        berlin(NIGHTS, valid_until=date(2026, 1, 12)),
        *("2026-01-12T12:00", "2026-01-14T12:00", 480),
    ),
]

FINISH_CASES: list[tuple[str, CalendarRule, str, float, str]] = [
    ("same day", OFFICE, "2026-01-12T09:00", 45, "2026-01-12T09:45"),
    ("over a week end", OFFICE, "2026-01-16T17:00", 120, "2026-01-19T09:00"),
    ("at closing time", OFFICE, "2026-01-16T17:00", 60, "2026-01-16T18:00"),
    ("one minute more", OFFICE, "2026-01-16T17:00", 61, "2026-01-19T08:01"),
    ("from closing time", OFFICE, "2026-01-16T18:00", 1, "2026-01-19T08:01"),
    ("no work while closed", OFFICE, "2026-01-17T12:00", 0, "2026-01-17T12:00"),
    ("no work while open", OFFICE, "2026-01-16T12:00", 0, "2026-01-16T12:00"),
    ("one day from a week end", OFFICE, "2026-01-17T12:00", 600, "2026-01-19T18:00"),
    ("one week from a week end", OFFICE, "2026-01-17T12:00", 3000, "2026-01-23T18:00"),
    ("one week and a minute", OFFICE, "2026-01-17T12:00", 3001, "2026-01-26T08:01"),
    ("over Epiphany", BAVARIA, "2026-01-05T17:00", 120, "2026-01-07T09:00"),
    ("over lunch", LUNCH, "2026-01-12T11:30", 60, "2026-01-12T13:30"),
    ("until lunch", LUNCH, "2026-01-12T11:30", 30, "2026-01-12T12:00"),
    ("24 hours, spring", berlin(ALL_DAY), "2026-03-28T22:00", 1440, "2026-03-29T23:00"),
    ("24 hours, autumn", berlin(ALL_DAY), "2026-10-24T22:00", 1440, "2026-10-25T21:00"),
    ("at the change, spring", berlin(NIGHTS), "2026-03-28T22:00", 240, "2026-03-29T03:00"),
    ("at the change, autumn", berlin(NIGHTS), "2026-10-24T22:00", 300, "2026-10-25T02:00+01:00"),
    ("Saturday before Spring Festival", SHANGHAI, "2026-02-13T17:00", 120, "2026-02-14T10:00"),
    ("over Spring Festival", SHANGHAI, "2026-02-14T17:00", 120, "2026-02-24T10:00"),
    ("on leap day", OFFICE, "2028-02-28T17:00", 61, "2028-02-29T08:01"),
    ("over New Year", BAVARIA, "2026-12-31T17:00", 120, "2027-01-04T09:00"),
    (
        "over a change of clocks while closed",
        rule("America/New_York", NINE_TO_FIVE),
        *("2026-03-06T16:30", 60, "2026-03-09T09:30"),
    ),
    ("never, past the validity", ONE_WEEK, "2026-02-06T17:00", 61, ""),
]


def compiled_around(rule: CalendarRule, *moments: str) -> tuple[Calendar, list[float]]:
    """Compile from days before the first moment to weeks after the last; return the moments in minutes."""
    clock = WallClock(rule.zone, datetime(2026, 1, 1))
    instants = [clock.minutes_of(datetime.fromisoformat(moment)) for moment in moments]
    return compile_calendar(rule, clock, min(instants) - 4000.0, max(instants) + 30 * DAY), instants


@pytest.mark.parametrize(
    ("rule", "start", "end", "minutes"),
    [case[1:] for case in WORKED_CASES],
    ids=[case[0] for case in WORKED_CASES],
)
def test_worked_on_a_rule_equals_hand_computation(
    rule: CalendarRule, start: str, end: str, minutes: float
) -> None:
    calendar, (t0, t1) = compiled_around(rule, start, end)
    assert worked(calendar, t0, t1) == minutes


@pytest.mark.parametrize(
    ("rule", "start", "work", "end"),
    [case[1:] for case in FINISH_CASES],
    ids=[case[0] for case in FINISH_CASES],
)
def test_finish_on_a_rule_equals_hand_computation(
    rule: CalendarRule, start: str, work: float, end: str
) -> None:
    calendar, instants = compiled_around(rule, start, *([end] if end else []))
    expected = instants[1] if end else math.inf
    assert finish(calendar, instants[0], work) == expected


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "opening"),
    [
        ("Asia/Kolkata", "09:30-18:30", "2026-01-05T00:00", "2026-01-05T05:00"),
        ("America/St_Johns", "09:00-17:00", "2026-01-12T00:00", "2026-01-12T13:30"),
        # Berlin is an hour ahead of Greenwich in winter, two in summer; Newfoundland 3:30 and 2:30 behind.
        ("America/St_Johns", "09:00-17:00", "2026-06-15T00:00", "2026-06-15T13:30"),
        # From 8 to 29 March summer time holds in Newfoundland, not yet in Berlin.
        ("America/St_Johns", "09:00-17:00", "2026-03-16T00:00", "2026-03-16T12:30"),
        ("Asia/Shanghai", "09:00-18:00", "2026-01-12T00:00", "2026-01-12T02:00"),
    ],
)
def test_calendar_of_another_zone_opens_at_its_own_local_time(
    zone: str, hours: str, moment: str, opening: str
) -> None:
    clock = WallClock("Europe/Berlin", datetime(2026, 1, 5))
    calendar = compile_calendar(rule(zone, {"mon-fri": hours}), clock, 0.0, 365 * DAY)
    t, expected = (clock.minutes_of(datetime.fromisoformat(text)) for text in (moment, opening))
    assert next_open(calendar, t) == expected


@pytest.mark.parametrize(
    ("hours", "closing"),
    [
        ({"mon": "22:00-06:00", "tue": "05:00-09:00"}, "2026-01-13T09:00"),
        ({"mon": "18:00-24:00", "tue": "00:00-06:00"}, "2026-01-13T06:00"),
        ({"mon": "20:00-22:00, 22:00-23:00"}, "2026-01-12T23:00"),
    ],
)
def test_intervals_that_overlap_or_touch_become_one(hours: dict[str, str], closing: str) -> None:
    calendar, (t, expected) = compiled_around(berlin(hours), "2026-01-12T22:00", closing)
    assert next_close(calendar, t) == expected


def test_night_shift_under_way_at_the_start_of_the_span_is_open() -> None:
    clock = WallClock("Europe/Berlin", datetime(2026, 1, 13, 1))
    calendar = compile_calendar(berlin({"mon": "22:00-06:00"}), clock, 0.0, DAY)
    assert list(calendar.opens) == [0.0]
    assert list(calendar.closes) == [300.0]


def minutes_calendar(*edges: float, end: float = 1000.0) -> Calendar:
    return calendar_of(np.array(edges, np.float64).reshape(-1, 2), 0.0, end)


def test_edges_belong_to_the_opening_and_not_to_the_closing() -> None:
    calendar = minutes_calendar(10, 20, 30, 40)
    assert [is_open(calendar, t) for t in (9, 10, 19, 20, 30, 40)] == [False, True, True, False, True, False]
    assert [next_open(calendar, t) for t in (0, 10, 15, 20, 40)] == [10, 10, 15, 30, math.inf]
    assert [next_close(calendar, t) for t in (0, 10, 20, 30, 40)] == [20, 20, 40, 40, math.inf]


def test_calendar_past_its_span_is_closed_and_says_so() -> None:
    calendar = minutes_calendar(10, 2000)
    assert (covers(calendar, 0.0), covers(calendar, 1000.0), covers(calendar, 1001.0)) == (True, True, False)
    assert worked(calendar, 0.0, 5000.0) == 990.0
    assert finish(calendar, 0.0, 990.0) == 1000.0
    assert finish(calendar, 0.0, 991.0) == math.inf
    assert finish(calendar, 1500.0, 1.0) == math.inf


def test_calendar_without_intervals_never_opens() -> None:
    calendar = minutes_calendar()
    assert not is_open(calendar, 5.0)
    assert next_open(calendar, 5.0) == next_close(calendar, 5.0) == finish(calendar, 5.0, 1.0) == math.inf
    assert worked(calendar, 0.0, 9.0) == 0.0
    assert worked_many(calendar, [0.0, 1.0], 9.0).tolist() == [0.0, 0.0]


@given(st.floats(-1e7, 1e7), st.floats(0.0, 1e6))
def test_always_open_calendar_adds_and_subtracts_exactly(t: float, work: float) -> None:
    assert is_open(ALWAYS, t)
    assert finish(ALWAYS, t, work) == t + work
    assert worked(ALWAYS, t, t + work) == (t + work) - t
    assert worked_many(ALWAYS, t, t + work) == (t + work) - t
    assert next_open(ALWAYS, t) == t
    assert next_close(ALWAYS, t) == math.inf


def test_infinite_work_is_never_finished() -> None:
    assert finish(ALWAYS, 3.0, math.inf) == math.inf
    assert finish(minutes_calendar(10, 20), 3.0, math.inf) == math.inf


def test_rounding_error_at_closing_time_does_not_reach_the_next_opening() -> None:
    calendar = minutes_calendar(0, 1, 500, 501, 900, 901)
    assert sum([0.1] * 3) + 0.7 > 1.0 - 1e-15
    assert finish(calendar, 0.0, 1.0 + 1e-12) == 1.0
    assert finish(calendar, 0.0, 2.0 + 1e-12) == 501.0
    assert finish(calendar, 0.0, 2.0 + 2 * SNAP) == pytest.approx(900.0, abs=3 * SNAP)
    assert finish(calendar, 0.0, 2.0 + 2 * SNAP) > 900.0


def test_span_that_does_not_end_after_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts; found 5 to 5"):
        calendar_of(np.empty((0, 2)), 5, 5)


def test_compiled_arrays_are_frozen() -> None:
    calendar = minutes_calendar(10, 20)
    for column in (calendar.opens, calendar.closes, calendar.worked_before):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0


HORIZON = 400
whole_minutes = st.integers(0, HORIZON).map(float)
interval_rows = st.lists(st.tuples(st.integers(0, HORIZON), st.integers(0, 60)), max_size=12).map(
    lambda rows: np.array([(a, min(a + n, HORIZON)) for a, n in rows], np.float64).reshape(-1, 2)
)


def minutes_open(intervals: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The oracle: which whole minutes lie in some interval."""
    mask = np.zeros(HORIZON, np.bool_)
    for start, end in intervals.astype(int):
        mask[start:end] = True
    return mask


@given(interval_rows, whole_minutes, whole_minutes)
def test_scalar_functions_agree_with_counting_minutes(
    rows: NDArray[np.float64], t0: float, t1: float
) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    mask = minutes_open(rows)
    assert worked(calendar, t0, t1) == mask[int(t0) : int(t1)].sum()
    later = np.flatnonzero(mask[int(t0) :])
    assert next_open(calendar, t0) == (t0 + later[0] if later.size else math.inf)
    assert is_open(calendar, t0) == (t0 < HORIZON and mask[int(t0)])


@given(interval_rows, whole_minutes, st.integers(0, HORIZON))
def test_finish_agrees_with_counting_minutes(rows: NDArray[np.float64], t: float, work: int) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    minutes = t + np.flatnonzero(minutes_open(rows)[int(t) :])
    expected = t if work == 0 else minutes[work - 1] + 1 if work <= minutes.size else math.inf
    assert finish(calendar, t, float(work)) == expected


@given(interval_rows, whole_minutes, whole_minutes)
def test_finish_of_worked_is_the_earliest_instant_with_as_much_work(
    rows: NDArray[np.float64], t: float, later: float
) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    work = worked(calendar, t, later)
    done = finish(calendar, t, work)
    assert worked(calendar, t, done) == work
    assert done <= max(t, later)
    assert done == t or worked(calendar, t, done - 0.5) < work


fractions = st.floats(0.0, float(HORIZON))


@given(interval_rows, fractions, fractions, fractions)
def test_worked_adds_up_over_adjacent_spans(rows: NDArray[np.float64], a: float, b: float, c: float) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    a, b, c = sorted((a, b, c))
    total = worked(calendar, a, b) + worked(calendar, b, c)
    assert worked(calendar, a, c) == pytest.approx(total, abs=1e-10)


@given(interval_rows, fractions, fractions)
def test_worked_inverts_finish_for_any_fraction(rows: NDArray[np.float64], t: float, work: float) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    done = finish(calendar, t, work)
    if done == math.inf:
        assert worked(calendar, t, float(HORIZON)) < work
    else:
        assert worked(calendar, t, done) == pytest.approx(work, abs=1.01 * SNAP)


@given(interval_rows, fractions, fractions, fractions)
def test_finish_never_decreases_in_work_or_start(
    rows: NDArray[np.float64], t: float, one: float, other: float
) -> None:
    calendar = calendar_of(rows, 0.0, float(HORIZON))
    low, high = sorted((one, other))
    assert finish(calendar, t, low) <= finish(calendar, t, high)
    assert finish(calendar, low, t) <= finish(calendar, high, t) + 1e-10


@given(interval_rows, interval_rows)
def test_set_operations_agree_with_counting_minutes(a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    in_a, in_b = minutes_open(a), minutes_open(b)
    for combined, mask in (
        (union(a, b), in_a | in_b),
        (intersect(a, b), in_a & in_b),
        (subtract(a, b), in_a & ~in_b),
    ):
        assert np.array_equal(minutes_open(combined), mask)
        assert np.array_equal(normalised(combined), combined)
        assert np.all(combined[1:, 0] > combined[:-1, 1])


def random_calendar_and_instants() -> tuple[Calendar, NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(20260105)
    edges = np.cumsum(rng.exponential(300.0, 400)).reshape(-1, 2)
    calendar = calendar_of(edges, 0.0, float(edges[-1, 1]) + 100.0)
    t = rng.uniform(-500.0, edges[-1, 1] + 500.0, 2000)
    t[:600] = rng.choice(edges.ravel(), 600)
    u = t + rng.choice([-1.0, 1.0], 2000) * rng.exponential(2000.0, 2000)
    u[300:900] = rng.choice(edges.ravel(), 600)
    return calendar, t, u


def test_worked_many_equals_worked_bit_for_bit() -> None:
    calendar, t, u = random_calendar_and_instants()
    one_by_one = [worked(calendar, a, b) for a, b in zip(t, u, strict=True)]
    assert worked_many(calendar, t, u).tolist() == one_by_one
    assert worked_many(as_lists(calendar), t, u).tolist() == one_by_one
    assert worked_many(calendar, t[:, None], u[None, :3]).shape == (2000, 3)


def all_answers(calendar: Calendar, t: float, u: float) -> Sequence[float]:
    return (
        1.0 if calendars.is_open(calendar, t) else 0.0,
        calendars.next_open(calendar, t),
        calendars.next_close(calendar, t),
        calendars.worked(calendar, t, u),
        calendars.finish(calendar, t, abs(u - t)),
        1.0 if calendars.covers(calendar, t) else 0.0,
    )


def test_scalar_functions_compiled_by_numba_give_the_same_bits_as_plain_python_on_lists() -> None:
    import numba
    from numba.extending import register_jitable

    for function in SCALAR_FUNCTIONS:
        register_jitable(function)
    compiled: Callable[[Calendar, float, float], Sequence[float]] = numba.njit()(all_answers)
    calendar, t, u = random_calendar_and_instants()
    lists = as_lists(calendar)
    for a, b in zip(t.tolist(), u.tolist(), strict=True):
        assert compiled(calendar, a, b) == all_answers(lists, a, b) == all_answers(calendar, a, b)
    assert compiled(ALWAYS, 7.25, 9.5) == all_answers(ALWAYS, 7.25, 9.5)
