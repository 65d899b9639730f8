"""Control charts: limits by exact tails, runs, trends, and weeks that are not judged."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, poisson

from simlab.calibrate.auditing.control_charts import Chart, Weeks, counts_chart, share_chart


def weeks(n: int) -> Weeks:
    return Weeks(np.ones(n, bool), np.ones(n, bool))


def counts(values: list[float], expected: float = 100.0, allowed: float = 0.05) -> Chart:
    n = len(values)
    return counts_chart("x", np.array(values), weeks(n), allowed, expected=np.full(n, expected))


@pytest.mark.parametrize("mean", [3.0, 30.0, 300.0])
def test_limits_of_counts_have_an_eighth_of_the_false_alarms_of_a_week_beyond_each(mean: float) -> None:
    n, allowed = 10, 0.04
    tail = allowed / 2 / 2 / n
    chart = counts([mean] * n, mean, allowed)
    assert poisson.sf(np.floor(chart.high[0]), mean) <= tail < poisson.sf(np.floor(chart.high[0]) - 2, mean)
    assert poisson.cdf(np.ceil(chart.low[0]) - 1, mean) <= tail < poisson.cdf(np.ceil(chart.low[0]) + 1, mean)


@pytest.mark.parametrize(("share", "n"), [(0.02, 200), (0.5, 40), (0.97, 500)])
def test_limits_of_shares_are_those_of_binomial_tails(share: float, n: int) -> None:
    n_weeks, allowed = 12, 0.05
    tail = allowed / 4 / n_weeks
    all_of = np.full(n_weeks, float(n))
    chart = share_chart(
        "x", "", share * all_of, all_of, weeks(n_weeks), allowed, expected=np.full(n_weeks, share)
    )
    possible = np.arange(n + 1) / n
    beyond = binom.pmf(np.arange(n + 1), n, share) * ((possible < chart.low[0]) | (possible > chart.high[0]))
    assert beyond.sum() <= 2 * tail


def test_weeks_that_vary_more_than_by_chance_have_wider_limits() -> None:
    rng = np.random.default_rng(1)
    calm = counts(list(rng.poisson(100, 30).astype(float)))
    wild = counts(list((rng.poisson(100, 30) * rng.uniform(0.6, 1.4, 30)).round()))
    assert wild.high[0] - wild.low[0] > 2.0 * (calm.high[0] - calm.low[0])


def test_a_long_run_on_one_side_is_a_signal_from_its_last_week_on() -> None:
    values = [99.0, 101.0] * 3 + [101.0] * 13
    chart = counts(values)
    assert chart.run >= 8
    assert chart.is_run.tolist() == [number >= 5 + chart.run - 1 for number in range(len(values))]


def test_weeks_that_are_all_a_little_high_are_off_together() -> None:
    # Each week lies within its limits; together they are 12 x 8 above 1,200, 2.8 standard deviations of 35.
    value = [112.0, 112.0, 112.0, 96.0] * 3
    chart = counts(value, allowed=0.1)
    assert not chart.signals.any()
    assert (chart.level, chart.trend, chart.has_drifted) == (1, 0, True)
    assert counts([200.0 - each for each in value], allowed=0.1).level == -1
    assert counts([each - 8.0 for each in value], allowed=0.1).level == 0


def test_weeks_that_rise_slowly_have_a_trend_before_one_is_beyond() -> None:
    values = [88.0, 90.0, 91.0, 95.0, 96.0, 98.0, 103.0, 104.0, 108.0, 109.0, 112.0, 113.0]
    chart = counts(values)
    assert not chart.is_beyond.any()
    assert (chart.trend, chart.has_drifted) == (1, True)
    assert counts(values[::-1]).trend == -1


def test_a_week_without_tickets_is_no_signal() -> None:
    hits, n = np.array([5.0, 0.0, 4.0]), np.array([10.0, 0.0, 10.0])
    chart = share_chart("x", "", hits, n, weeks(3), 0.05, expected=np.full(3, 0.5))
    assert chart.signals.tolist() == [False] * 3
    assert np.isnan(chart.value[1])


def test_weeks_that_are_not_judged_are_no_signals() -> None:
    value = np.array([100.0, 300.0, 100.0, 300.0])
    some = Weeks(np.ones(4, bool), np.array([True, False, True, True]))
    chart = counts_chart("x", value, some, 0.05, expected=np.full(4, 100.0))
    assert not chart.signals[1]


@pytest.mark.parametrize("mean", [8.0, 200.0])
def test_charts_that_nothing_happened_in_alarm_as_often_as_is_allowed(mean: float) -> None:
    rng = np.random.default_rng(4)
    n_charts, allowed = 400, 0.1
    logs = rng.poisson(mean, (n_charts, 20)).astype(float)
    alarms = sum(counts(list(log), mean, allowed).has_drifted for log in logs)
    # At most what is allowed: more than this has a chance of one in ten thousand.
    assert alarms <= binom.ppf(0.9999, n_charts, allowed)
