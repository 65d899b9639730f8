from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.statistics.queueing import batch_mm1, mdc, mg1, mmc


def poisson(mean: float, size: int) -> NDArray[np.float64]:
    return np.array([math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(size)])


def number_in_mdc(load: float, servers: int, size: int = 400) -> NDArray[np.float64]:
    """Number in M/D/c seen one service time apart: those in service leave, a Poisson number comes."""
    arrivals = poisson(load, size)
    step = np.zeros((size, size))
    for n in range(size):
        left = max(n - servers, 0)
        step[n, left:] = arrivals[: size - left]
        step[n, -1] += 1.0 - step[n].sum()
    system = (step - np.eye(size)).T
    system[-1] = 1.0
    return np.linalg.solve(system, np.eye(size)[-1])


@pytest.mark.parametrize(
    ("rho", "accuracy"),
    [(0.2, 1e-9), (0.7, 1e-9), (0.95, 1e-9), (0.99, 1e-9), (0.999, 1e-5), (0.99999, 1e-5)],
)
def test_mdc_with_one_server_is_pollaczek_khinchine(rho: float, accuracy: float) -> None:
    series, closed = mdc(rho / 3.0, 3.0, 1), mg1(rho / 3.0, 3.0, 0.0)
    assert series.mean_wait == pytest.approx(closed.mean_wait, rel=accuracy)
    assert series.wait_probability == pytest.approx(rho, rel=accuracy)


@pytest.mark.parametrize(("load", "servers"), [(1.0, 2), (7.2, 8), (4.5, 5), (3.0, 20)])
def test_mdc_agrees_with_the_chain_of_numbers_a_service_time_apart(load: float, servers: int) -> None:
    pi = number_in_mdc(load, servers)
    queue = mdc(load / 2.0, 2.0, servers)
    waiting = float(sum(p * max(n - servers, 0) for n, p in enumerate(pi)))
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-8)
    assert queue.wait_probability == pytest.approx(float(pi[servers:].sum()), rel=1e-8)


def test_mdc_at_the_ends_of_its_range() -> None:
    assert mdc(0.0, 1.0, 2).mean_wait == 0.0
    assert mdc(2.0, 1.0, 2).mean_wait == math.inf


def test_mg1_with_exponential_service_is_mm1_and_with_constant_service_waits_half() -> None:
    assert mg1(0.8, 1.0, 1.0).mean_wait == pytest.approx(mmc(0.8, 1.0, 1).mean_wait)
    assert mg1(0.8, 1.0, 0.0).mean_wait == pytest.approx(2.0)
    assert mg1(1.0, 1.0, 0.0).mean_wait == math.inf


def test_batches_of_one_are_mm1() -> None:
    single, plain = batch_mm1(0.8, 1.0, 0.0, 1.0), mmc(0.8, 1.0, 1)
    assert single.mean_wait == pytest.approx(plain.mean_wait)
    assert single.wait_probability == pytest.approx(plain.wait_probability)


def test_batches_solve_their_balance_equations() -> None:
    # Batches of 1 or 3 with equal probability at a rate of 0.3; service at rate 1.
    size = 400
    generator = np.zeros((size, size))
    for n in range(size):
        for batch in (1, 3):
            if n + batch < size:
                generator[n, n + batch] += 0.15
        if n:
            generator[n, n - 1] += 1.0
    generator -= np.diag(generator.sum(axis=1))
    system = generator.T.copy()
    system[-1] = 1.0
    pi = np.linalg.solve(system, np.eye(size)[-1])
    queue = batch_mm1(0.3, 2.0, 0.25, 1.0)
    assert queue.mean_in_system == pytest.approx(float(pi @ np.arange(size)), rel=1e-9)
    assert queue.mean_queue == pytest.approx(float(pi[1:] @ np.arange(size - 1)), rel=1e-9)
    # A batch holds 2 customers on average; its first is served at once where the server is idle.
    assert queue.wait_probability == pytest.approx(1.0 - float(pi[0]) / 2.0, rel=1e-9)


def test_batches_at_full_load_wait_for_ever() -> None:
    assert batch_mm1(0.5, 2.0, 0.0, 1.0).mean_wait == math.inf
    with pytest.raises(UsageError, match=r"at least one customer; found a mean of 0\.5"):
        batch_mm1(0.5, 0.5, 0.0, 1.0)
