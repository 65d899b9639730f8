"""Product-form networks: open ones by Jackson, closed ones by convolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import (
    require_not_negative,
    require_positive,
    require_same_length,
    require_servers,
)
from simlab.statistics.queueing.erlang import QueueMeasures, mmc

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClosedNetwork:
    """Steady state of a closed network, per station where there are several values."""

    throughput: float
    """Cycles per unit of time: visits per unit of time to a station with visit ratio 1."""
    cycle_time: float
    """Mean time of a customer's whole cycle, delays included: population / throughput."""
    mean_in_station: tuple[float, ...]
    mean_sojourn: tuple[float, ...]
    """Mean time of one visit to the station, waiting and in service."""
    utilisation: tuple[float, ...]
    """Share of server time that is busy; for a delay station, the mean number of busy ones."""


def traffic_rates(external_rates: Sequence[float], routing: ArrayLike) -> tuple[float, ...]:
    """Arrival rate at each station of an open network, from lambda = gamma + lambda P.

    Parameters
    ----------
    external_rates
        Arrivals from outside at each station, shape (stations,).
    routing
        Probability to go from station i (row) to station j (column), shape (stations, stations); what a row
        lacks to 1 leaves the network.

    References
    ----------
    Jackson (1957), Networks of waiting lines, *Operations Research* 5.
    """
    gamma, matrix = np.asarray(external_rates, dtype=np.float64), np.asarray(routing, dtype=np.float64)
    if matrix.shape != (gamma.size, gamma.size) or gamma.size == 0:
        raise UsageError(
            f"the routing matrix must be {gamma.size} x {gamma.size}; found shape {matrix.shape}"
        )
    if np.any(gamma < 0.0) or np.any(matrix < 0.0) or np.any(matrix.sum(axis=1) > 1.0 + 1e-12):
        raise UsageError(
            "rates and probabilities must be at least 0, and each row of the routing at most 1 in all"
        )
    balance = np.eye(gamma.size) - matrix.T
    if np.linalg.cond(balance) > 1e12:
        raise UsageError("some station is never left for outside: the network is not open")
    return tuple(np.linalg.solve(balance, gamma).tolist())


def jackson_network(
    external_rates: Sequence[float],
    routing: ArrayLike,
    mean_services: Sequence[float],
    servers: Sequence[int],
) -> tuple[QueueMeasures, ...]:
    """Open Jackson network: each station behaves as an M/M/c of its own with the rate of `traffic_rates`.

    References
    ----------
    Jackson (1957), *Operations Research* 5; Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing
    Theory*, 4th ed., section 4.2.
    """
    require_same_length(external_rates=external_rates, mean_services=mean_services, servers=servers)
    rates = traffic_rates(external_rates, routing)
    return tuple(mmc(rate, mean, c) for rate, mean, c in zip(rates, mean_services, servers, strict=True))


def closed_network(
    population: int,
    visit_ratios: Sequence[float],
    mean_services: Sequence[float],
    servers: Sequence[int | None],
) -> ClosedNetwork:
    """Closed network with exponential first-come-first-served stations and delays, exactly.

    Buzen's convolution: it agrees with mean value analysis and, unlike that, adds only positive terms, so
    that stations with many servers lose no digits.

    Parameters
    ----------
    population
        Customers that circulate, at least 1.
    visit_ratios
        Visits to each station in one cycle.
    mean_services
        Mean service time of a visit, exponential (delays: any distribution).
    servers
        Servers of each station; None: a delay, where nobody waits.

    References
    ----------
    Buzen (1973), Computational algorithms for closed queueing networks with exponential servers, *Comm.
    ACM* 16; Reiser and Lavenberg (1980), Mean-value analysis of closed multichain queueing networks, *J.
    ACM* 27.
    """
    require_positive("the population", population)
    counts = [population if c is None else c for c in servers]
    require_same_length(visit_ratios=visit_ratios, mean_services=mean_services, servers=counts)
    for visits, mean, count in zip(visit_ratios, mean_services, counts, strict=True):
        require_not_negative("a visit ratio", visits)
        require_positive("a mean service time", mean)
        require_servers(count)
    demands = np.asarray(visit_ratios, dtype=np.float64) * np.asarray(mean_services, dtype=np.float64)
    if not demands.any():
        raise UsageError("at least one station must be visited")
    scale = float(np.max(demands / np.minimum(counts, population)))
    factors = [
        _factor(demand / scale, c, population) for demand, c in zip(demands.tolist(), counts, strict=True)
    ]
    others = _products_without_each(factors)
    whole = _convolved(factors[0], others[0])
    throughput = float(whole[-2] / whole[-1]) / scale
    numbers = np.arange(population + 1)
    in_station = [
        float((own * rest[::-1]) @ numbers / whole[-1]) for own, rest in zip(factors, others, strict=True)
    ]
    busy = throughput * demands
    return ClosedNetwork(
        throughput=throughput,
        cycle_time=population / throughput,
        mean_in_station=tuple(in_station),
        mean_sojourn=tuple(
            number / (throughput * visits) if visits > 0.0 else 0.0
            for number, visits in zip(in_station, visit_ratios, strict=True)
        ),
        utilisation=tuple(
            float(load) if c is None else float(load) / c for load, c in zip(busy, servers, strict=True)
        ),
    )


def _factor(demand: float, servers: int, population: int) -> FloatArray:
    """Weights of 0..population customers at one station, the largest being 1."""
    numbers = np.arange(1, population + 1)
    with np.errstate(divide="ignore"):
        steps = np.log(demand) - np.log(np.minimum(numbers, servers))
    log_weights = np.concatenate(([0.0], np.cumsum(steps)))
    weights: FloatArray = np.exp(log_weights - log_weights.max())
    return weights


def _convolved(first: FloatArray, second: FloatArray) -> FloatArray:
    product: FloatArray = np.convolve(first, second)[: first.size]
    return product


def _products_without_each(factors: Sequence[FloatArray]) -> list[FloatArray]:
    """For each station the convolution of all others: prefixes times suffixes, nothing divided out."""
    unit = np.zeros_like(factors[0])
    unit[0] = 1.0
    before, after = [unit], [unit]
    for factor in factors[:-1]:
        before.append(_convolved(before[-1], factor))
    for factor in reversed(factors[1:]):
        after.append(_convolved(after[-1], factor))
    return [_convolved(left, right) for left, right in zip(before, reversed(after), strict=True)]
