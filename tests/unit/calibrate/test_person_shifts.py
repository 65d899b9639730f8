"""Shifts of people: days and hours of each, from when they begin to work."""

from __future__ import annotations

import numpy as np

from simlab.calibrate.event_log import Integers
from simlab.calibrate.fit_teams import has_left
from simlab.calibrate.person_shifts import PersonShift, shifts_of
from simlab.calibrate.work_hours import WorkHours

DAY = 1440.0


def starts(
    person: int, days: tuple[int, ...], first: int, last: int, n: int = 400
) -> tuple[Integers, Integers]:
    """Even starts of somebody's work: who, and in which hours of the week."""
    hours = np.resize([24 * day + hour for day in days for hour in range(first, last)], n)
    return np.full(n, person), hours


def together(*parts: tuple[Integers, Integers]) -> tuple[PersonShift, ...]:
    person, hour = (np.concatenate(column) for column in zip(*parts, strict=True))
    return shifts_of(person, hour)


def hours_on(days: tuple[int, ...], first: int, last: int) -> WorkHours:
    return WorkHours(tuple((first, last) if day in days else (0, 0) for day in range(7)))


def test_people_of_the_same_hours_are_one_shift_and_others_another() -> None:
    week = (0, 1, 2, 3, 4)
    found = together(*(starts(each, week, 9, 17) for each in range(3)), starts(3, week, 13, 17))
    assert found == (PersonShift(3, hours_on(week, 9, 17)), PersonShift(1, hours_on(week, 13, 17)))


def test_days_on_which_somebody_never_begins_are_free() -> None:
    found = together(starts(0, (0, 2, 4), 9, 17), starts(1, (0, 2, 4), 9, 17))
    assert found == (PersonShift(2, hours_on((0, 2, 4), 9, 17)),)


def test_a_stray_start_at_night_makes_no_shift() -> None:
    person, hour = starts(0, (0, 1, 2, 3, 4), 8, 16)
    assert together((person, hour), (np.array([0]), np.array([3]))) == (
        PersonShift(1, hours_on((0, 1, 2, 3, 4), 8, 16)),
    )


def test_who_begins_seldom_works_when_most_do() -> None:
    found = together(starts(0, (0, 1), 8, 16), starts(1, (5,), 8, 9, n=5))
    assert found == (PersonShift(2, hours_on((0, 1), 8, 16)),)


def test_a_team_in_which_everybody_begins_seldom_has_no_shifts() -> None:
    assert together(starts(0, (0, 1), 8, 16, n=10)) == ()


def test_who_is_idle_for_longer_than_chance_makes_it_has_left() -> None:
    # One works every day to the end, one until day 100, one every twentieth day.
    days = [np.arange(0.0, 200.0), np.arange(0.0, 100.0), np.arange(0.0, 180.0, 20.0)]
    person = np.repeat([0, 1, 2], [len(each) for each in days]).astype(np.int32)
    left = has_left(person, np.concatenate(days) * DAY, np.ones(len(person), bool), 200.0 * DAY)
    assert left.tolist() == [False, True, False]
