"""Do nominal 95 % intervals cover 95 %? Measured on synthetic studies whose truth is known exactly.

Each case makes 2000 studies. The coverage counted then has a standard error of 0.5 points: an interval that
covers exactly 95 % falls outside 93 % to 97 % in fewer than one of 10,000 runs; seeds are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from simlab.statistics.comparison import compare_to_base, paired_difference
from simlab.statistics.intervals import (
    Estimate,
    mean_interval,
    quantile_interval,
    ratio_interval,
    sectioned_quantile_interval,
    share_interval,
)
from simlab.statistics.queueing import mmc, mmc_wait_exceeds, mmc_wait_quantile
from simlab.statistics.stopping import PrecisionGoal, StoppingRule

pytestmark = pytest.mark.slow

FloatArray = NDArray[np.float64]
STUDIES = 2000


def coverage(estimates: Iterable[Estimate], truth: float) -> float:
    covered = [estimate.low <= truth <= estimate.high for estimate in estimates]
    return sum(covered) / len(covered)


def studies(seed: int, estimate: Callable[[Generator], Estimate]) -> Iterator[Estimate]:
    rng = np.random.default_rng(seed)
    return (estimate(rng) for _ in range(STUDIES))


@pytest.mark.parametrize("n", [5, 10, 30])
def test_mean_interval_covers_for_normal_replications(n: int) -> None:
    assert 0.93 <= coverage(studies(1, lambda rng: mean_interval(rng.normal(5.0, 2.0, n))), 5.0) <= 0.97


def test_mean_interval_covers_for_replications_that_average_skewed_tickets() -> None:
    drawn = studies(2, lambda rng: mean_interval(rng.exponential(size=(20, 100)).mean(axis=1)))
    assert 0.93 <= coverage(drawn, 1.0) <= 0.97


@pytest.mark.parametrize("n", [10, 20])
def test_ratio_interval_covers_cost_per_ticket_with_random_ticket_counts(n: int) -> None:
    def cost_per_ticket(rng: Generator) -> Estimate:
        tickets = rng.poisson(30.0, n)
        return ratio_interval(
            rng.gamma(np.maximum(tickets, 1e-9), 2.0), tickets
        )  # sums of exponentials of mean 2

    assert 0.93 <= coverage(studies(3, cost_per_ticket), 2.0) <= 0.97


def test_share_interval_covers_where_days_differ() -> None:
    def attainment(rng: Generator) -> Estimate:
        tickets = rng.poisson(200.0, 20)
        return share_interval(
            rng.binomial(tickets, rng.beta(16.0, 4.0, 20)), tickets
        )  # mean 0.8, varying by day

    assert 0.93 <= coverage(studies(4, attainment), 0.8) <= 0.97


@pytest.mark.parametrize("probability", [0.5, 0.9])
@pytest.mark.parametrize("n", [10, 20])
def test_quantile_interval_covers_for_skewed_tickets_in_random_number(n: int, probability: float) -> None:
    def quantile(rng: Generator) -> Estimate:
        return quantile_interval([rng.exponential(size=k) for k in rng.poisson(60.0, n)], probability)

    assert 0.93 <= coverage(studies(5, quantile), -math.log(1.0 - probability)) <= 0.97


def test_sectioned_quantile_interval_covers_for_replications_of_many_tickets() -> None:
    def quantile(rng: Generator) -> Estimate:
        tickets = rng.exponential(size=(20, 400))
        return sectioned_quantile_interval(
            np.quantile(tickets, 0.9, axis=1), float(np.quantile(tickets, 0.9))
        )

    assert 0.93 <= coverage(studies(6, quantile), math.log(10.0)) <= 0.97


def waits_of_mm1(rng: Generator, runs: int, customers: int, load: float) -> FloatArray:
    """Waits of successive customers by Lindley's recursion, stationary from the first; a row a run."""
    waits = np.empty((customers, runs))
    waits[0] = np.where(rng.random(runs) < load, rng.exponential(load / (1.0 - load), runs), 0.0)
    for i in range(1, customers):
        step = rng.exponential(load, runs) - rng.exponential(1.0, runs)
        np.maximum(waits[i - 1] + step, 0.0, out=waits[i])
    return waits.T


def test_intervals_cover_for_the_dependent_waits_of_a_queue() -> None:
    load, n, customers, block = 0.6, 20, 1000, 100
    rng = np.random.default_rng(7)
    means, quantiles, shares = [], [], []
    for _ in range(STUDIES // block):
        for study in waits_of_mm1(rng, block * n, customers, load).reshape(block, n, customers):
            means.append(mean_interval(study.mean(axis=1)))
            quantiles.append(quantile_interval(list(study), 0.9))
            shares.append(share_interval(np.count_nonzero(study > 1.0, axis=1), [customers] * n))
    assert 0.93 <= coverage(means, mmc(1.0, load, 1).mean_wait) <= 0.97
    assert 0.93 <= coverage(quantiles, mmc_wait_quantile(0.9, 1.0, load, 1)) <= 0.97
    assert 0.93 <= coverage(shares, mmc_wait_exceeds(1.0, 1.0, load, 1)) <= 0.97


def paired_replications(rng: Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """A base of mean 10 and an alternative of mean 8 that share most of their randomness."""
    shared = rng.normal(size=n)
    return 10.0 + 3.0 * shared + rng.normal(size=n), 8.0 + 2.5 * shared + rng.normal(size=n)


def test_difference_and_relative_difference_cover() -> None:
    rng = np.random.default_rng(8)
    compared = [paired_difference(*paired_replications(rng, 10)) for _ in range(STUDIES)]
    assert 0.93 <= coverage((each.difference for each in compared), -2.0) <= 0.97
    assert 0.93 <= coverage((each.relative for each in compared), -0.2) <= 0.97


def test_ten_alternatives_that_change_nothing_seldom_show_any_difference() -> None:
    rng = np.random.default_rng(9)
    alarms = shown = 0
    for _ in range(STUDIES):
        base = rng.normal(size=10)
        compared = compare_to_base(base, {str(i): base + rng.normal(size=10) for i in range(10)})
        alarms += any(each.significant for each in compared)
        shown += any(each.paired.difference.excludes(0.0) for each in compared)
    # Independent alternatives, nearly the worst case: 1 - (1 - 0.005)^10 = 4.9 %, and four standard errors.
    assert 0.03 <= alarms / STUDIES <= 0.07
    assert shown == alarms


@pytest.mark.parametrize("relative", [0.05, 0.1, 0.2, 0.3])
def test_stopping_at_a_precision_costs_at_most_three_points_of_coverage(relative: float) -> None:
    rule = StoppingRule((PrecisionGoal("wait", relative=relative),), maximum=10_000)

    def sequential(rng: Generator) -> Estimate:
        values, run_next = np.empty(0), rule.minimum
        while run_next:
            values = np.concatenate([values, rng.normal(1.0, 0.5, run_next)])
            estimate = mean_interval(values)
            run_next = rule.decide(values.size, {"wait": estimate}).run_next
        return estimate

    estimates = list(studies(10, sequential))
    assert all(estimate.relative_precision <= relative for estimate in estimates)
    assert 0.92 <= coverage(estimates, 1.0) <= 0.97
