"""The level of arrivals to come: all weeks, the last ones, or a trend."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.calibrate.arrival_level import TREND, Level, level_of
from simlab.calibrate.event_log import Floats

USUAL = 100.0


def level(by_week: Floats) -> Level:
    """The level of weeks of which each is expected to bring the mean of all."""
    return level_of(by_week, np.full(len(by_week), by_week.mean()), 0.0)


def test_even_weeks_are_told_by_their_mean() -> None:
    found = level(np.full(30, USUAL))
    assert (found.weeks, found.growth_per_year) == (0, 0.0)
    assert found.factor == pytest.approx(1.0)
    assert found.error == pytest.approx(0.0)


def test_steady_growth_is_told_by_its_trend() -> None:
    # A weekly factor g brings g^52.18 a year; the level now is that of the week after the last.
    weekly = 1.4 ** (7.0 / 365.25)
    by_week = USUAL * weekly ** np.arange(78)
    found = level(by_week)
    assert found.weeks == TREND
    assert found.growth_per_year == pytest.approx(0.4, abs=0.01)
    assert found.factor * by_week.mean() == pytest.approx(USUAL * weekly**78, rel=0.01)


def test_a_jump_is_told_by_the_weeks_after_it() -> None:
    by_week = np.concatenate([np.full(30, USUAL), np.full(20, 2.0 * USUAL)])
    found = level(by_week)
    assert found.weeks in (4, 8, 13)
    assert found.factor * by_week.mean() == pytest.approx(2.0 * USUAL)
    assert found.error < found.error_of_all


def test_weeks_without_a_day_that_counts_do_not_count() -> None:
    expected = np.full(20, USUAL)
    expected[5] = 0.0
    counts = np.full(20, USUAL)
    counts[5] = 7.0
    assert level_of(counts, expected, 0.0).factor == pytest.approx(1.0)


def test_few_weeks_are_told_by_their_mean() -> None:
    found = level(np.array([50.0, 100.0, 150.0, 200.0]))
    assert (found.weeks, found.factor) == (0, 1.0)
    assert math.isnan(found.error)


def test_growth_that_chance_may_make_is_none() -> None:
    rng = np.random.default_rng(3)
    assert level(rng.poisson(USUAL, 60).astype(np.float64)).growth_per_year == 0.0
