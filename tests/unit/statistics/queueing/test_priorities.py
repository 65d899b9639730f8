"""Priority formulas against balance equations of two classes, solved numerically on a large enough grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import (
    mg1,
    mmc,
    nonpreemptive_mg1_waits,
    nonpreemptive_mmc_waits,
    preemptive_mg1_sojourns,
    preemptive_mmc_sojourns,
)

State = tuple[int, int, int]
MOST = 25  # customers of a class; with loads below 0.6 the rest is rarer than a hundred thousandth


def mean_numbers(
    start: State,
    moves: Callable[[State], Iterable[tuple[float, State]]],
    of: Callable[[State], tuple[int, int]],
) -> tuple[float, float]:
    """Stationary means of two counts of a Markov chain, from the linear system of its reachable states."""
    index, todo = {start: 0}, [start]
    rates: list[tuple[int, int, float]] = []
    while todo:
        state = todo.pop()
        for rate, target in moves(state):
            if max(target[1:]) > MOST:
                continue
            if target not in index:
                index[target] = len(index)
                todo.append(target)
            rates.append((index[state], index[target], rate))
    generator = np.zeros((len(index), len(index)))
    for source, target_index, rate in rates:
        generator[source, target_index] += rate
        generator[source, source] -= rate
    system = generator.T.copy()
    system[-1] = 1.0
    pi = np.linalg.solve(system, np.eye(len(index))[-1])
    counts = np.array([of(state) for state in index])
    first, second = pi @ counts
    return float(first), float(second)


def test_nonpreemptive_mmc_solves_the_balance_of_two_classes() -> None:
    high, low, servers = 0.4, 0.6, 2

    def moves(state: State) -> Iterable[tuple[float, State]]:
        busy, urgent, other = state
        if busy < servers:
            yield high + low, (busy + 1, 0, 0)
        else:
            yield high, (busy, urgent + 1, other)
            yield low, (busy, urgent, other + 1)
        if urgent:
            yield float(busy), (busy, urgent - 1, other)
        elif other:
            yield float(busy), (busy, 0, other - 1)
        elif busy:
            yield float(busy), (busy - 1, 0, 0)

    queues = mean_numbers((0, 0, 0), moves, lambda state: state[1:])
    waits = nonpreemptive_mmc_waits([high, low], 1.0, servers)
    assert waits == pytest.approx((queues[0] / high, queues[1] / low), rel=1e-4)


def test_nonpreemptive_mg1_solves_the_balance_of_two_exponential_classes() -> None:
    rates, means = (0.2, 0.15), (1.0, 2.0)

    def moves(state: State) -> Iterable[tuple[float, State]]:
        serving, urgent, other = state
        if serving == 0:
            yield rates[0], (1, 0, 0)
            yield rates[1], (2, 0, 0)
            return
        yield rates[0], (serving, urgent + 1, other)
        yield rates[1], (serving, urgent, other + 1)
        done = 1.0 / means[serving - 1]
        if urgent:
            yield done, (1, urgent - 1, other)
        elif other:
            yield done, (2, 0, other - 1)
        else:
            yield done, (0, 0, 0)

    queues = mean_numbers((0, 0, 0), moves, lambda state: state[1:])
    waits = nonpreemptive_mg1_waits(rates, means, [1.0, 1.0])
    assert waits == pytest.approx((queues[0] / rates[0], queues[1] / rates[1]), rel=1e-4)


@pytest.mark.parametrize(("servers", "means"), [(1, (1.0, 2.0)), (1, (1.0, 1.0)), (2, (1.0, 1.0))])
def test_preemptive_sojourns_solve_the_balance_of_two_classes(
    servers: int, means: tuple[float, float]
) -> None:
    rates = (0.2 * servers, 0.15 * servers)

    def moves(state: State) -> Iterable[tuple[float, State]]:
        _, urgent, other = state
        yield rates[0], (0, urgent + 1, other)
        yield rates[1], (0, urgent, other + 1)
        first = min(urgent, servers)
        second = min(other, servers - first)
        if first:
            yield first / means[0], (0, urgent - 1, other)
        if second:
            yield second / means[1], (0, urgent, other - 1)

    numbers = mean_numbers((0, 0, 0), moves, lambda state: state[1:])
    expected = (numbers[0] / rates[0], numbers[1] / rates[1])
    if servers == 1:
        assert preemptive_mg1_sojourns(rates, means, [1.0, 1.0]) == pytest.approx(expected, rel=1e-4)
    if means[0] == means[1]:
        assert preemptive_mmc_sojourns(rates, means[0], servers) == pytest.approx(expected, rel=1e-4)


def test_one_class_is_the_queue_without_priorities() -> None:
    assert nonpreemptive_mg1_waits([0.7], [1.0], [0.3]) == pytest.approx((mg1(0.7, 1.0, 0.3).mean_wait,))
    assert nonpreemptive_mmc_waits([7.2], 1.0, 8) == pytest.approx((mmc(7.2, 1.0, 8).mean_wait,))
    assert preemptive_mg1_sojourns([0.7], [1.0], [0.3]) == pytest.approx((mg1(0.7, 1.0, 0.3).mean_sojourn,))
    assert preemptive_mmc_sojourns([7.2], 1.0, 8) == pytest.approx((mmc(7.2, 1.0, 8).mean_sojourn,))


def test_work_conservation_weighs_waits_to_the_wait_without_priorities() -> None:
    # Kleinrock's conservation law: the load-weighted wait does not depend on the order of service.
    rates, means, scvs = [0.2, 0.3, 0.1], [1.0, 0.8, 2.0], [0.5, 1.0, 2.0]
    loads = [rate * mean for rate, mean in zip(rates, means, strict=True)]
    residual = sum(r * m**2 * (1.0 + v) / 2.0 for r, m, v in zip(rates, means, scvs, strict=True))
    waits = nonpreemptive_mg1_waits(rates, means, scvs)
    weighted = sum(load * wait for load, wait in zip(loads, waits, strict=True))
    assert weighted == pytest.approx(sum(loads) * residual / (1.0 - sum(loads)))


def test_classes_above_an_overloaded_one_still_have_their_times() -> None:
    # The lower class fills the server: an urgent arrival meets a service of mean 1 in progress, always.
    for waits in (
        nonpreemptive_mg1_waits([0.5, 9.0], [1.0, 1.0], [1.0, 1.0]),
        nonpreemptive_mmc_waits([0.5, 9.0], 1.0, 1),
    ):
        assert waits == pytest.approx((2.0, math.inf))
    for sojourns in (
        preemptive_mg1_sojourns([0.5, 9.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
        preemptive_mmc_sojourns([0.5, 9.0, 1.0], 1.0, 1),
    ):
        assert sojourns == pytest.approx((2.0, math.inf, math.inf))


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(UsageError, match="one entry a class or station is needed in each list"):
        nonpreemptive_mg1_waits([0.1, 0.2], [1.0], [1.0, 1.0])
    with pytest.raises(UsageError, match="one entry a class or station is needed"):
        nonpreemptive_mmc_waits([], 1.0, 1)
