"""Clocks of waits: paces, batches, and that a wait put on a clock ends when it did."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.clocks import (
    EVERYBODY,
    Clock,
    Mode,
    Pace,
    candidates_of,
    choose,
    clocks_of,
    ended,
    is_batch,
    measured,
    pace_of,
)
from simlab.calibrate.work_hours import WorkHours
from simlab.model.calendars import Calendar

DAY, WEEK = 1440.0, 10080.0
MONDAY = 4 * DAY  # 1970-01-05
OFFICE = WorkHours(((9, 17),) * 5 + ((0, 0),) * 2)


@pytest.fixture
def office() -> Calendar:
    """Monday to Friday, 9 to 17."""
    return Clock(Mode.RUNS, EVERYBODY, OFFICE).compiled("UTC", MONDAY, MONDAY + 20 * WEEK)


def test_a_pace_opens_hours_as_much_as_they_are_busy() -> None:
    hours = np.concatenate([24 * day + np.repeat([9, 10, 11], [300, 300, 150]) for day in range(5)])
    pace = pace_of(hours)
    assert pace is not None
    assert np.reshape(pace.minutes, (7, 24))[:, 8:13].tolist() == [[0, 60, 60, 30, 0]] * 5 + [[0] * 5] * 2
    assert pace.written() == {"mon-fri": "09:00-11:30"}


def test_hours_of_a_pace_that_are_not_busy_throughout_are_open_in_part() -> None:
    pace = Pace((0,) * 9 + (30, 60) + (0,) * 157)
    assert pace.written() == {"mon": "09:00-09:30, 10:00-11:00"}


def test_too_little_activity_has_no_pace() -> None:
    assert pace_of(np.arange(10)) is None


def test_what_happens_in_a_few_hours_of_the_week_only_is_a_batch() -> None:
    assert is_batch(np.full(100, 24 * 3 + 10))
    assert not is_batch(np.arange(160))


def test_a_wait_on_a_running_clock_ends_when_it_did(office: Calendar) -> None:
    start = MONDAY + np.array([10.0 * 60, 16.0 * 60, 4 * DAY + 16.5 * 60])
    end = MONDAY + np.array([12.0 * 60, DAY + 10.0 * 60, WEEK + 9.25 * 60])
    waits = measured(Mode.RUNS, office, start, end)
    assert waits.tolist() == [120.0, 120.0, 45.0]
    assert ended(Mode.RUNS, office, start, waits).tolist() == end.tolist()


def test_a_wait_until_people_are_there_ends_at_the_next_opening(office: Calendar) -> None:
    start = np.array([MONDAY + 16.0 * 60])
    assert ended(Mode.UNTIL, office, start, np.array([30.0])).tolist() == [MONDAY + 16.5 * 60]
    assert ended(Mode.UNTIL, office, start, np.array([120.0])).tolist() == [MONDAY + DAY + 9.0 * 60]


def test_what_ends_soon_after_an_opening_may_have_been_due_at_once(office: Calendar) -> None:
    start, end = np.array([MONDAY + 17.5 * 60]), np.array([MONDAY + DAY + 9.2 * 60])
    assert measured(Mode.NEXT, office, start, end).tolist() == [0.0]


def test_waits_that_last_working_time_get_the_running_clock(office: Calendar) -> None:
    rng = np.random.default_rng(3)
    start = np.sort(MONDAY + rng.uniform(0.0, 15.0 * WEEK, 800))
    end = ended(Mode.RUNS, office, start, rng.exponential(300.0, 800))
    assert choose(start, end, [(Mode.RUNS, office, 0.1)], "UTC") == 1


def test_waits_that_last_elapsed_time_keep_it(office: Calendar) -> None:
    rng = np.random.default_rng(4)
    start = np.sort(MONDAY + rng.uniform(0.0, 15.0 * WEEK, 800))
    assert choose(start, start + rng.exponential(3000.0, 800), [(Mode.RUNS, office, 0.1)], "UTC") == 0


def test_clocks_are_chosen_by_transition() -> None:
    rng = np.random.default_rng(5)
    start = np.sort(MONDAY + rng.uniform(0.0, 15.0 * WEEK, 1000))
    calendar = Clock(Mode.RUNS, EVERYBODY, OFFICE).compiled("UTC", start[0], start[-1] + WEEK)
    is_worked = np.arange(1000) % 2 == 0
    end = np.where(
        is_worked,
        ended(Mode.RUNS, calendar, start, rng.exponential(300.0, 1000)),
        start + rng.exponential(3000.0, 1000),
    )
    hour = ((end - MONDAY) // 60 % 168).astype(np.int64)
    candidates = candidates_of({0: hour[is_worked], 1: hour[~is_worked]}, hour[is_worked])
    transition = np.where(is_worked, 1, 2).astype(np.int64)
    found = clocks_of(start, end, transition, [(0, True), (1, True)], candidates, "UTC")
    assert found.of_transition[1] >= 0
    assert found.of_transition[2] == -1
    assert found.minutes[~is_worked] == pytest.approx((end - start)[~is_worked])
