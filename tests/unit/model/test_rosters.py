"""Absences: how often people are away, and that it is their own."""

from __future__ import annotations

import numpy as np

from simlab.model.calendars import IntervalArray
from simlab.model.rosters import draw_calendars, duty_intervals
from simlab.model.streams import replication_key
from tests.desks import model_of, one_step


def attendance(absence: str, people: int, hours: str = "08:00-16:00", weeks: int = 40) -> list[IntervalArray]:
    """Duty intervals of each person in one replication."""
    team = {"people": people, "hours": {"mon-fri": hours}, "absence": absence}
    model = model_of(one_step({"rate": "1/day"}, "1 min", team, f"{weeks} weeks"))
    calendars = draw_calendars(model, replication_key(3, 0))
    return [duty_intervals(own, model.length) for own in calendars]


def test_absence_takes_its_share_of_whole_shifts() -> None:
    duty = attendance("10 %", 50)
    n = sum(len(spans) for spans in duty)
    expected, sd = 50 * 200 * 0.9, (50 * 200 * 0.09) ** 0.5
    assert abs(n - expected) < 4.0 * sd
    assert all(np.all(spans[:, 1] - spans[:, 0] == 480.0) for spans in duty)


def test_people_are_absent_independently_of_each_other() -> None:
    duty = attendance("20 %", 2, weeks=200)
    days = [set(spans[:, 0].tolist()) for spans in duty]
    both_away = 1000 - len(days[0] | days[1])
    assert abs(both_away - 40.0) < 4.0 * (1000 * 0.04 * 0.96) ** 0.5


def test_two_intervals_of_one_day_are_missed_together() -> None:
    (duty,) = attendance("30 %", 1, "08:00-12:00, 13:00-17:00")
    mornings, afternoons = duty[duty[:, 0] % 1440 == 480.0], duty[duty[:, 0] % 1440 == 780.0]
    assert np.array_equal(mornings[:, 0] // 1440, afternoons[:, 0] // 1440)
    assert 0 < len(mornings) < 200


def test_a_night_shift_is_missed_as_a_whole() -> None:
    (duty,) = attendance("30 %", 1, "22:00-06:00", weeks=10)
    later = duty[duty[:, 0] > 0.0][:-1]
    assert np.all(later[:, 1] - later[:, 0] == 480.0)


def test_people_without_absence_share_one_calendar() -> None:
    model = model_of(one_step({"rate": "1/day"}, "1 min", {"people": 3}, "1 week"))
    one, two, three = draw_calendars(model, replication_key(1, 0))
    assert one is two is three
