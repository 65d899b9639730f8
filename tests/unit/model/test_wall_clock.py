from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.model.wall_clock import WallClock

SPRING = WallClock("Europe/Berlin", datetime(2026, 3, 29))  # a Sunday; 02:00 becomes 03:00
AUTUMN = WallClock("Europe/Berlin", datetime(2026, 10, 25))  # a Sunday; 03:00 becomes 02:00
SATURDAY, SUNDAY, MONDAY = 120, 144, 0
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("clock", "moment", "minutes"),
    [
        (SPRING, "2026-03-29T00:00", 0),
        (SPRING, "2026-03-29T01:59", 119),
        (SPRING, "2026-03-29T02:00", 120),
        (SPRING, "2026-03-29T02:30", 120),
        (SPRING, "2026-03-29T03:00", 120),
        (SPRING, "2026-03-29T03:01", 121),
        (SPRING, "2026-03-30T00:00", 1380),
        (SPRING, "2026-03-28T23:00", -60),
        (AUTUMN, "2026-10-25T02:00", 120),
        (AUTUMN, "2026-10-25T02:30", 150),
        (AUTUMN, "2026-10-25T02:30+01:00", 210),
        (AUTUMN, "2026-10-25T03:00", 240),
        (AUTUMN, "2026-10-26T00:00", 1500),
        (AUTUMN, "2026-10-25T00:00+00:00", 120),
    ],
)
def test_local_times_become_elapsed_minutes(clock: WallClock, moment: str, minutes: float) -> None:
    assert clock.minutes_of(at(moment)) == minutes


def test_start_without_zone_is_local_and_start_with_zone_an_instant() -> None:
    assert WallClock("Asia/Kolkata", datetime(2026, 1, 5)).start == at("2026-01-04T18:30+00:00")
    clock = WallClock("Asia/Kolkata", at("2026-01-05T00:00+01:00"))
    assert clock.to_local(0.0) == at("2026-01-05T04:30+05:30")
    assert clock.in_zone("Europe/Berlin").minutes_of(datetime(2026, 1, 5, 1)) == 60.0


def test_local_time_is_told_with_the_offset_that_holds() -> None:
    shown = [AUTUMN.to_local(t).isoformat() for t in (150.0, 210.0)]
    assert shown == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


@given(st.sampled_from(ZONES), st.integers(0, 4 * 365 * 1440))
def test_hour_of_week_agrees_with_the_local_time_of_the_standard_library(zone: str, minute: int) -> None:
    clock = WallClock(zone, datetime(2026, 1, 1))
    local = clock.to_local(float(minute))
    assert clock.hour_of_week(float(minute)) == local.weekday() * 24 + local.hour


@given(st.sampled_from(ZONES), st.integers(0, 2 * 365 * 96))
def test_local_time_stands_for_the_first_instant_that_shows_it_or_a_later_one(
    zone: str, quarter: int
) -> None:
    wall = datetime(2026, 1, 1) + timedelta(minutes=15 * quarter)
    clock = WallClock(zone, datetime(2026, 1, 1))
    found = clock.start + timedelta(minutes=clock.minutes_of(wall))
    around = [wall.replace(tzinfo=UTC) + timedelta(minutes=15 * i) for i in range(-16 * 4, 16 * 4)]
    first = next(i for i in around if i.astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= wall)
    assert found == first


def test_hour_of_week_of_arrays_keeps_their_shape() -> None:
    hours = SPRING.hour_of_week([[0.0, 60.0], [119.0, 120.0]])
    assert hours.tolist() == [[SUNDAY, SUNDAY + 1], [SUNDAY + 1, SUNDAY + 3]]
    assert SPRING.hour_of_week(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("clock", "start", "end", "edges", "hours"),
    [
        (SPRING, 30, 200, [30, 60, 120, 180, 200], [0, 1, 3, 4]),
        (AUTUMN, 0, 300, [0, 60, 120, 180, 240, 300], [0, 1, 2, 2, 3]),
        (
            WallClock("Australia/Lord_Howe", datetime(2026, 10, 4)),
            *(60, 240),
            *([60, 120, 150, 210, 240], [1, 2, 3, 4]),
        ),
        (
            WallClock("Australia/Lord_Howe", datetime(2026, 4, 5)),
            *(60, 240),
            *([60, 120, 150, 210, 240], [1, 1, 2, 3]),
        ),
        (WallClock("Europe/Berlin", at("2026-10-25T00:30+00:00")), 0, 60, [0, 30, 60], [2, 2]),
    ],
)
def test_edges_of_hours_follow_changes_of_the_clock(
    clock: WallClock, start: float, end: float, edges: list[float], hours: list[int]
) -> None:
    found_edges, found_hours = clock.edges_hour_of_week(start, end)
    assert found_edges.tolist() == edges
    assert found_hours.tolist() == [SUNDAY + hour for hour in hours]


def test_edges_of_a_kolkata_day_on_a_utc_axis_stand_at_half_hours() -> None:
    clock = WallClock("UTC", datetime(2026, 1, 4)).in_zone("Asia/Kolkata")
    edges, hours = clock.edges_hour_of_week(0.0, 1440.0)
    assert edges.tolist() == [0.0, *(30.0 + 60.0 * i for i in range(24)), 1440.0]
    assert (hours[0], hours[1], hours[-1]) == (SUNDAY + 5, SUNDAY + 6, MONDAY + 5)


def test_edges_of_a_year_have_every_hour_once() -> None:
    clock = WallClock("Europe/Berlin", datetime(2026, 1, 1))
    edges, hours = clock.edges_hour_of_week(0.0, clock.minutes_of(datetime(2027, 1, 1)))
    assert np.all(np.diff(edges) == 60.0)
    assert len(hours) == 365 * 24


def test_span_that_does_not_end_after_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts; found 5 to 4"):
        SPRING.edges_hour_of_week(5, 4)


@pytest.mark.parametrize(
    ("zone", "remedy"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("new york", "did you mean America/New_York?"),
        ("../../etc/hostname", "write it as Europe/Berlin"),
        ("", "write it as Europe/Berlin"),
    ],
)
def test_unknown_zone_is_refused_with_the_nearest_name(zone: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone") as refusal:
        WallClock(zone, datetime(2026, 1, 1))
    assert remedy in str(refusal.value)
