from __future__ import annotations

import math
from fractions import Fraction

import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import (
    allen_cunneen_wait,
    erlang_b,
    erlang_c,
    mg1,
    mm1_sojourn_exceeds,
    mmc,
    mmc_wait_exceeds,
    mmc_wait_quantile,
)


def exact_erlang_b(load: Fraction, servers: int) -> Fraction:
    """The textbook quotient of sums, in exact arithmetic."""
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def exact_erlang_c(load: Fraction, servers: int) -> Fraction:
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


@pytest.mark.parametrize(
    ("load", "servers"), [(Fraction(7), 10), (Fraction(1, 10), 1), (Fraction(120), 100), (Fraction(95), 100)]
)
def test_erlang_b_is_the_quotient_of_sums_in_exact_arithmetic(load: Fraction, servers: int) -> None:
    assert erlang_b(float(load), servers) == pytest.approx(float(exact_erlang_b(load, servers)), rel=1e-12)


@pytest.mark.parametrize(
    ("load", "servers"), [(Fraction(36, 5), 8), (Fraction(1, 2), 1), (Fraction(95), 100), (Fraction(10), 14)]
)
def test_erlang_c_is_the_quotient_of_sums_in_exact_arithmetic(load: Fraction, servers: int) -> None:
    assert erlang_c(float(load), servers) == pytest.approx(float(exact_erlang_c(load, servers)), rel=1e-12)


def test_erlang_b_agrees_with_printed_tables() -> None:
    # Loads at which 5, 10 and 20 trunks block 1 % of calls, to the digits printed.
    for servers, load in ((5, 1.36), (10, 4.46), (20, 12.03)):
        assert erlang_b(load, servers) == pytest.approx(0.01, abs=1e-4)


def test_erlang_b_of_huge_and_of_tiny_systems_is_stable() -> None:
    # Jagerman: where the load equals c, 1 / B tends to sqrt(pi c / 2) as c grows.
    leading = math.sqrt(2.0 / (math.pi * 1e6))
    assert erlang_b(1e6, 10**6) == pytest.approx(leading, rel=1e-3)
    assert erlang_b(0.001, 1000) == 0.0
    assert erlang_b(0.0, 3) == 0.0
    assert erlang_b(5.0, 0) == 1.0


def test_mmc_with_eight_servers_at_ninety_per_cent_waits_for_the_textbook_time() -> None:
    assert mmc(7.2, 1.0, 8).mean_wait == pytest.approx(0.87692, abs=5e-6)


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_mmc_with_one_server_is_mm1(rho: float) -> None:
    queue = mmc(rho / 2.0, 2.0, 1)
    assert queue.wait_probability == pytest.approx(rho)
    assert queue.mean_wait == pytest.approx(2.0 * rho / (1.0 - rho))
    assert queue.mean_sojourn == pytest.approx(2.0 / (1.0 - rho))
    assert queue.mean_in_system == pytest.approx(rho / (1.0 - rho))
    assert queue.mean_queue == pytest.approx(rho**2 / (1.0 - rho))
    assert queue.utilisation == pytest.approx(rho)


@pytest.mark.parametrize("load", [8.0, 9.0])
def test_overloaded_queue_waits_for_ever(load: float) -> None:
    queue = mmc(load, 1.0, 8)
    assert (queue.wait_probability, queue.mean_wait, queue.mean_queue) == (1.0, math.inf, math.inf)
    assert mmc_wait_exceeds(1e6, load, 1.0, 8) == 1.0
    assert mmc_wait_quantile(0.01, load, 1.0, 8) == math.inf


def test_queue_without_arrivals_is_empty() -> None:
    queue = mmc(0.0, 5.0, 2)
    assert (queue.mean_wait, queue.mean_queue, queue.mean_sojourn) == (0.0, 0.0, 5.0)


def test_wait_quantile_inverts_the_tail_and_is_zero_where_few_wait() -> None:
    t = mmc_wait_quantile(0.9, 7.2, 1.0, 8)
    assert mmc_wait_exceeds(t, 7.2, 1.0, 8) == pytest.approx(0.1)
    assert mmc_wait_quantile(0.2, 7.2, 1.0, 8) == 0.0
    assert mmc_wait_exceeds(0.0, 7.2, 1.0, 8) == erlang_c(7.2, 8)


def test_mean_wait_is_the_integral_of_the_tail() -> None:
    step = 0.001
    tail = sum(mmc_wait_exceeds((i + 0.5) * step, 2.0, 1.0, 3) for i in range(40_000)) * step
    assert tail == pytest.approx(mmc(2.0, 1.0, 3).mean_wait, rel=1e-6)


def test_mm1_sojourn_tail_is_exponential_with_the_mean_sojourn() -> None:
    assert mm1_sojourn_exceeds(6.0, 0.25, 2.0) == pytest.approx(math.exp(-6.0 / 4.0))


def test_allen_cunneen_is_exact_for_mmc_and_mg1() -> None:
    assert allen_cunneen_wait(7.2, 1.0, 8, 1.0, 1.0) == pytest.approx(mmc(7.2, 1.0, 8).mean_wait)
    assert allen_cunneen_wait(0.7, 1.0, 1, 1.0, 0.3) == pytest.approx(mg1(0.7, 1.0, 0.3).mean_wait)
    assert allen_cunneen_wait(2.0, 1.0, 3, 0.0, 0.0) == 0.0


def test_arguments_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="at least one server is needed; found 0"):
        mmc(1.0, 1.0, 0)
    with pytest.raises(UsageError, match="arrival rate must be a finite number of at least 0; found -1"):
        mmc(-1.0, 1.0, 1)
    with pytest.raises(UsageError, match="mean service time must be a finite number above 0; found nan"):
        mmc(1.0, math.nan, 1)
    with pytest.raises(UsageError, match="probability of a quantile must lie between 0 and 1"):
        mmc_wait_quantile(1.0, 1.0, 1.0, 2)
