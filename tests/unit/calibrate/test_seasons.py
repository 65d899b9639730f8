"""The season of the year: found where it is, not where it is not, and written."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.arrival_level import level_of
from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit_arrivals import fit_arrivals
from simlab.calibrate.seasons import MONTHS, month_factors
from simlab.calibrate.work_hours import months_of

FIRST_DAY = 18_631  # 2021-01-04, a Monday
N_WEEKS = 156
SUMMER = np.array([0.7, 0.7, 0.8, 1.0, 1.1, 1.3, 1.5, 1.3, 1.1, 0.9, 0.8, 0.8])
SUMMER = SUMMER / np.exp(np.log(SUMMER).mean())


def months_of_weeks(n_weeks: int = N_WEEKS) -> Floats:
    """Share of each week in each month."""
    days = months_of(FIRST_DAY + np.arange(7 * n_weeks)).reshape(n_weeks, 7)
    return np.array([np.bincount(week, minlength=MONTHS) / 7.0 for week in days])


def test_months_of_days_are_those_of_the_calendar() -> None:
    days = np.array([-1, 0, 30, 31, FIRST_DAY, FIRST_DAY + 27])
    assert months_of(days).tolist() == [11, 0, 0, 1, 0, 0]


def test_factors_of_an_exact_season_come_back() -> None:
    months = months_of_weeks()
    found = month_factors(100.0 * (months @ SUMMER), np.full(N_WEEKS, 100.0), months, 0.0, 0.5)
    assert found == pytest.approx(SUMMER, rel=0.03)


def test_months_that_may_not_differ_do_not() -> None:
    months = months_of_weeks()
    found = month_factors(100.0 * (months @ SUMMER), np.full(N_WEEKS, 100.0), months, 0.02, 1e-4)
    assert found == pytest.approx(np.ones(MONTHS), abs=0.001)


def test_a_season_that_foretells_better_is_used_and_the_level_is_that_without_it() -> None:
    months, rng = months_of_weeks(), np.random.default_rng(4)
    count = rng.poisson(100.0 * (months @ SUMMER)).astype(np.float64)
    found = level_of(count, np.full(N_WEEKS, count.mean()), 0.0, months)
    assert np.array(found.season) == pytest.approx(SUMMER, rel=0.12)
    assert found.factor * count.mean() == pytest.approx(100.0, rel=0.05)
    assert found.error < found.error_of_all


def test_even_years_have_no_season() -> None:
    months, rng = months_of_weeks(), np.random.default_rng(5)
    count = rng.poisson(100.0, N_WEEKS).astype(np.float64)
    assert level_of(count, np.full(N_WEEKS, count.mean()), 0.0, months).season == ()


def test_a_year_tells_no_season() -> None:
    months = months_of_weeks(60)
    assert level_of(100.0 * (months @ SUMMER), np.full(60, 100.0), 0.0, months).season == ()


def test_arrivals_of_three_years_tell_rate_and_season() -> None:
    rng = np.random.default_rng(6)
    days = FIRST_DAY + np.arange(7 * N_WEEKS)
    counts = rng.poisson(20.0 * SUMMER[months_of(days)])
    created = np.sort(np.repeat(days, counts) * 1440.0 + rng.uniform(0.0, 1440.0, counts.sum()))
    found = fit_arrivals(created, "UTC")
    assert np.array(found.level.season) == pytest.approx(SUMMER, rel=0.12)
    assert found.per_week == pytest.approx(140.0, rel=0.05)
    assert found.day_cv < 0.1  # what the months do is no variation from day to day


def test_poor_weeks_of_a_long_log_are_its_season_and_not_its_end() -> None:
    # Three tickets a week for half a year, nine for the other half: weeks without any come by chance.
    rng = np.random.default_rng(7)
    days = FIRST_DAY + np.arange(7 * 210)
    counts = rng.poisson(np.where(np.isin(months_of(days), (3, 4, 5, 6, 7, 8)), 9.0, 3.0) / 7.0)
    created = np.sort(np.repeat(days, counts) * 1440.0 + rng.uniform(0.0, 1440.0, counts.sum()))
    found = fit_arrivals(created, "UTC")
    assert (found.last_day - found.first_day).days > 7 * 200
    assert found.per_week == pytest.approx(6.0, rel=0.2)
    assert found.left_out == ()
