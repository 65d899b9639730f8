"""Dates on which something runs, and when it was due before."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simlab.calibrate.clocks import Clock, Mode, choose, ended, measured
from simlab.calibrate.due_times import due_after
from simlab.calibrate.event_log import Integers
from simlab.calibrate.run_dates import RunDates, run_dates

DAY = 1440.0
FIRST = date(2022, 1, 1)
N_DAYS = 3 * 365


def number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def days_at(*wanted: tuple[int, int]) -> Integers:
    """Ten events on each of the days of the month (month 0) or of the year, within three years."""
    days = [date.fromordinal(FIRST.toordinal() + each) for each in range(N_DAYS)]
    found = [number(day) for day in days if {(0, day.day), (day.month, day.day)} & set(wanted)]
    return np.repeat(found, 10)


def test_what_runs_on_the_first_and_the_fifteenth_runs_on_days_of_the_month() -> None:
    days = days_at((0, 1), (0, 15))
    found = run_dates(days, np.full(len(days), 9), number(date(2024, 12, 31)))
    assert found == RunDates(((0, 1), (0, 15)), (9, 10), date(2024, 12, 31))


def test_what_runs_once_a_year_runs_on_days_of_the_year() -> None:
    days = np.repeat(days_at((3, 26), (3, 27)), 2)
    found = run_dates(days, np.full(len(days), 0), number(date(2024, 12, 31)))
    assert found is not None
    assert found.days == ((3, 26), (3, 27))


def test_last_days_of_months_are_one_day() -> None:
    ends = [number(date(year, month % 12 + 1, 1)) - 1 for year in (2022, 2023) for month in range(1, 12)]
    days = np.repeat(ends, 5)
    found = run_dates(days, np.full(len(days), 23), number(date(2024, 1, 31)))
    assert found is not None
    assert found.days == ((0, 31),)
    assert found.special(date(2024, 2, 1), date(2024, 4, 30)) == {
        date(2024, 2, 29): (1380, 1440),
        date(2024, 3, 31): (1380, 1440),
        date(2024, 4, 30): (1380, 1440),
    }


@pytest.mark.parametrize("days", [np.arange(N_DAYS), np.arange(40), np.repeat(np.arange(0, N_DAYS, 7), 3)])
def test_what_runs_all_the_time_or_every_week_has_no_dates(days: Integers) -> None:
    assert run_dates(days + number(FIRST), np.full(len(days), 9), number(date(2025, 1, 1))) is None


def test_days_in_a_row_are_one_run() -> None:
    runs = RunDates(((3, 26), (3, 27)), (8, 10), date(2025, 1, 1))
    assert runs.special(date(2025, 3, 1), date(2025, 4, 1)) == {
        date(2025, 3, 26): (480, 1440),
        date(2025, 3, 27): (0, 600),
    }
    written = runs.written()
    assert written["hours"] == {"daily": "closed"}
    assert dict(list(written["special"].items())[:2]) == {  # type: ignore[attr-defined]
        "2025-03-26": "08:00-24:00",
        "2025-03-27": "00:00-10:00",
    }


def test_known_times_stay_and_the_others_lie_in_their_intervals() -> None:
    low, high = np.array([3.0, 5.0, 0.0]), np.array([3.0, 9.0, 4.0])
    found = due_after(low, high, np.array([0.5, 0.5, 0.5]))
    assert found[0] == 3.0
    assert ((found >= low) & (found <= high)).all()


def test_a_fixed_time_that_only_intervals_tell_is_found() -> None:
    # Runs every 100 days; each wait was due after 30, and is seen at the next run.
    rng = np.random.default_rng(1)
    start = rng.uniform(0.0, 1000.0, 400)
    run = 100.0 * np.ceil((start + 30.0) / 100.0)
    low = np.maximum(run - 100.0 - start, 0.0)
    found = due_after(low, run - start, rng.uniform(0.0, 1.0, 400))
    assert np.quantile(found, [0.05, 0.95]) == pytest.approx([30.0, 30.0], abs=5.0)


def test_a_wait_of_a_fixed_time_and_until_the_next_date_gets_the_clock_of_the_dates() -> None:
    rng = np.random.default_rng(2)
    runs = RunDates(((4, 1), (10, 1)), (6, 7), date(2025, 1, 1))
    start = np.sort(rng.uniform(0.0, 2.5 * 365.0, 600) + number(FIRST)) * DAY
    calendar = Clock(Mode.DATES, 0, runs).compiled("UTC", float(start.min()), float(start.max()) + 500 * DAY)
    end = ended(Mode.DATES, calendar, start, np.full(600, 45.0 * DAY))
    assert choose(start, end, [(Mode.DATES, calendar, 0.0)], "UTC") == 1
    assert np.median(measured(Mode.DATES, calendar, start, end)) == pytest.approx(45.0 * DAY, rel=0.05)
