"""Finite queues against an independent solution of their balance equations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from simlab.errors import UsageError
from simlab.statistics.queueing import (
    erlang_a,
    erlang_a_served_within,
    erlang_b,
    machine_repair,
    mmc,
    mmc_wait_exceeds,
    mmck,
)
from simlab.statistics.queueing.finite import birth_death


def stationary(size: int, up: Callable[[int], float], down: Callable[[int], float]) -> NDArray[np.float64]:
    """Solve pi Q = 0, sum(pi) = 1 as a linear system, from the generator matrix."""
    generator = np.zeros((size, size))
    for i in range(size - 1):
        generator[i, i + 1] = up(i)
        generator[i + 1, i] = down(i + 1)
    generator -= np.diag(generator.sum(axis=1))
    system = generator.T.copy()
    system[-1] = 1.0
    return np.linalg.solve(system, np.eye(size)[-1])


@pytest.mark.parametrize(
    ("rate", "servers", "capacity"), [(2.0, 3, 7), (5.0, 3, 4), (1.0, 1, 1), (9.0, 2, 40)]
)
def test_mmck_solves_its_balance_equations(rate: float, servers: int, capacity: int) -> None:
    mean = 0.8
    pi = stationary(capacity + 1, lambda _: rate, lambda n: min(n, servers) / mean)
    queue = mmck(rate, mean, servers, capacity)
    waiting = float(sum(p * max(n - servers, 0) for n, p in enumerate(pi)))
    admitted = rate * (1.0 - float(pi[-1]))
    assert queue.blocked == pytest.approx(float(pi[-1]), rel=1e-9)
    assert queue.throughput == pytest.approx(admitted, rel=1e-9)
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-9, abs=1e-12)
    assert queue.mean_wait == pytest.approx(waiting / admitted, rel=1e-9, abs=1e-12)
    assert queue.wait_probability == pytest.approx(float(pi[servers:-1].sum()) * rate / admitted, abs=1e-12)
    assert queue.mean_in_system == pytest.approx(float(pi @ np.arange(capacity + 1)), rel=1e-9)
    assert queue.utilisation == pytest.approx(admitted * mean / servers, rel=1e-9)


def test_mmck_without_waiting_room_is_erlang_b_and_with_much_is_mmc() -> None:
    assert mmck(7.0, 1.0, 10, 10).blocked == pytest.approx(erlang_b(7.0, 10), rel=1e-12)
    assert mmck(2.0, 1.0, 3, 400).mean_wait == pytest.approx(mmc(2.0, 1.0, 3).mean_wait, rel=1e-12)


@pytest.mark.parametrize(
    ("rate", "servers", "patience"), [(10.0, 9, 2.0), (3.0, 1, 0.5), (2.0, 4, 1.0), (30.0, 10, 5.0)]
)
def test_erlang_a_solves_its_balance_equations(rate: float, servers: int, patience: float) -> None:
    states = 300
    pi = stationary(states, lambda _: rate, lambda n: min(n, servers) + max(n - servers, 0) / patience)
    queue = erlang_a(rate, 1.0, servers, patience)
    waiting = float(sum(p * max(n - servers, 0) for n, p in enumerate(pi)))
    busy = float(sum(p * min(n, servers) for n, p in enumerate(pi)))
    assert queue.mean_queue == pytest.approx(waiting, rel=1e-9)
    assert queue.mean_wait == pytest.approx(waiting / rate, rel=1e-9)
    assert queue.wait_probability == pytest.approx(float(pi[servers:].sum()), rel=1e-9)
    assert queue.utilisation == pytest.approx(busy / servers, rel=1e-9)
    # Whoever does not abandon is served: the flow through the servers tells the share.
    assert queue.abandoned == pytest.approx(1.0 - busy / rate, rel=1e-9)


def test_erlang_a_wait_of_the_served_follows_a_tagged_customer_step_by_step() -> None:
    rate, servers, patience = 10.0, 9, 2.0
    pi = stationary(200, lambda _: rate, lambda n: min(n, servers) + max(n - servers, 0) / patience)
    served = [float(pi[:servers].sum())]
    waited = 0.0
    chance, time = 1.0, 0.0  # of the tagged customer in front of an idle server: served, after no wait
    for ahead in range(200 - servers):
        onward = servers + ahead / patience
        leave = onward + 1.0 / patience
        # The next event comes after 1 / leave on average; it moves the queue on, or the customer gives up.
        chance, time = onward / leave * chance, onward / leave * (time + chance / leave)
        served.append(float(pi[servers + ahead]) * chance)
        waited += float(pi[servers + ahead]) * time
    expected = waited / sum(served)
    assert erlang_a(rate, 1.0, servers, patience).mean_wait_served == pytest.approx(expected, rel=1e-9)


def test_erlang_a_with_endless_patience_is_mmc() -> None:
    patient, queue = erlang_a(7.2, 1.0, 8, 1e9), mmc(7.2, 1.0, 8)
    assert patient.mean_wait == pytest.approx(queue.mean_wait, rel=1e-6)
    assert patient.mean_wait_served == pytest.approx(queue.mean_wait, rel=1e-6)
    assert patient.abandoned == pytest.approx(0.0, abs=1e-8)


def test_erlang_a_where_patience_equals_service_is_an_infinite_server_queue() -> None:
    # Leaving at the same rate whether served or not, the number in system is Poisson of mean 5.
    queue = erlang_a(5.0, 1.0, 3, 1.0)
    poisson = [math.exp(-5.0) * 5.0**n / math.factorial(n) for n in range(60)]
    assert queue.wait_probability == pytest.approx(sum(poisson[3:]), rel=1e-12)
    assert queue.mean_queue == pytest.approx(
        sum((n - 3) * p for n, p in enumerate(poisson) if n > 3), rel=1e-12
    )


@pytest.mark.parametrize(("population", "servers"), [(1, 1), (6, 2), (40, 3), (3, 5)])
def test_machine_repair_solves_its_balance_equations(population: int, servers: int) -> None:
    between, mean = 9.0, 1.5
    pi = stationary(population + 1, lambda n: (population - n) / between, lambda n: min(n, servers) / mean)
    shop = machine_repair(population, between, mean, servers)
    throughput = float(sum(p * (population - n) for n, p in enumerate(pi))) / between
    down = float(pi @ np.arange(population + 1))
    assert shop.throughput == pytest.approx(throughput, rel=1e-9)
    assert shop.mean_in_system == pytest.approx(down, rel=1e-9)
    assert shop.mean_wait == pytest.approx(down / throughput - mean, rel=1e-9, abs=1e-12)
    assert shop.utilisation == pytest.approx(throughput * mean / servers, rel=1e-9)


def test_capacity_below_the_servers_is_refused() -> None:
    with pytest.raises(UsageError, match="capacity must be at least the 3 servers; found 2"):
        mmck(1.0, 1.0, 3, 2)


@pytest.mark.parametrize(("rate", "servers", "patience"), [(3.0, 10, 2.0), (4.0, 10, 5.0), (0.5, 1, 1.0)])
def test_served_within_lies_between_no_wait_and_all_who_are_served(
    rate: float, servers: int, patience: float
) -> None:
    exact = erlang_a(rate, 3.0, servers, patience)
    at_once, ever = (erlang_a_served_within(t, rate, 3.0, servers, patience) for t in (0.0, 1e4))
    assert at_once == pytest.approx(1.0 - exact.wait_probability)
    assert ever == pytest.approx(1.0 - exact.abandoned)


def test_served_within_is_that_of_erlang_c_where_nobody_leaves() -> None:
    exact = 1.0 - mmc_wait_exceeds(1 / 3, 100 / 30, 3.0, 14)
    assert erlang_a_served_within(1 / 3, 100 / 30, 3.0, 14, 1e7) == pytest.approx(exact, abs=1e-6)


def test_served_within_follows_the_equations_of_the_queue_in_front() -> None:
    rate, service, servers, patience, t = 3.0, 2.0, 4, 1.5, 0.7
    most = 60
    # States: so many ahead in the queue; then served, then gone. Whoever comes loses patience as all do.
    generator = np.zeros((most + 2, most + 2))
    for ahead in range(most):
        forth = servers / service + ahead / patience
        generator[ahead, ahead - 1 if ahead else most] += forth
        generator[ahead, most + 1] += 1.0 / patience
        generator[ahead, ahead] -= forth + 1.0 / patience
    served = expm(generator * t)[:most, most]
    states = np.arange(1, servers + most)
    shares = birth_death(
        np.full(servers + most - 1, rate),
        np.minimum(states, servers) / service + np.maximum(states - servers, 0) / patience,
    )
    exact = shares[:servers].sum() + shares[servers:] @ served
    assert erlang_a_served_within(t, rate, service, servers, patience) == pytest.approx(exact, abs=1e-9)
