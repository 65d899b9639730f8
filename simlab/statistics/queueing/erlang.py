"""Erlang's formulas and the M/M/c queue."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlab.statistics.queueing.checks import (
    require_not_negative,
    require_positive,
    require_servers,
    require_share,
)


@dataclass(frozen=True, slots=True)
class QueueMeasures:
    """Steady state of one queue; infinite where the load reaches the capacity."""

    utilisation: float
    """Load per server; 1 or more: unstable."""
    wait_probability: float
    """Share of arrivals that find all servers busy."""
    mean_wait: float
    """In the queue, over all arrivals."""
    mean_queue: float
    """Waiting, not counting those in service."""
    mean_sojourn: float
    """Waiting and in service."""
    mean_in_system: float


def measures(
    arrival_rate: float, mean_service: float, servers: int, wait_probability: float, mean_wait: float
) -> QueueMeasures:
    """All measures from the mean wait, by Little's law."""
    load = arrival_rate * mean_service
    queue = arrival_rate * mean_wait if arrival_rate > 0.0 else 0.0
    return QueueMeasures(
        utilisation=load / servers,
        wait_probability=wait_probability,
        mean_wait=mean_wait,
        mean_queue=queue,
        mean_sojourn=mean_wait + mean_service,
        mean_in_system=queue + load,
    )


def erlang_b(offered_load: float, servers: int) -> float:
    """Blocking probability of M/G/c/c.

    By the recursion 1/B(k) = 1 + k / (a B(k-1)), stable for any load and number of servers; no servers
    block all.

    References
    ----------
    Cooper, *Introduction to Queueing Theory*, 2nd ed., section 3.3; Jagerman (1974), *Bell System Tech. J.*
    53.
    """
    require_not_negative("the offered load", offered_load)
    require_not_negative("servers", servers)
    if offered_load == 0.0:
        return 0.0 if servers else 1.0
    inverse = 1.0
    for k in range(1, servers + 1):
        inverse = 1.0 + inverse * k / offered_load
        if inverse == math.inf:
            return 0.0
    return 1.0 / inverse


def erlang_c(offered_load: float, servers: int) -> float:
    """Probability that an arrival at M/M/c waits: C = B / (1 - rho (1 - B)); 1 where the queue is unstable.

    References
    ----------
    Cooper, *Introduction to Queueing Theory*, 2nd ed., section 3.4.
    """
    require_servers(servers)
    if offered_load >= servers:
        return 1.0
    blocked = erlang_b(offered_load, servers)
    return blocked / (1.0 - offered_load / servers * (1.0 - blocked))


def mmc(arrival_rate: float, mean_service: float, servers: int) -> QueueMeasures:
    """M/M/c, first come first served: W = C(c, a) / (c mu - lambda). One server gives M/M/1.

    References
    ----------
    Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, 4th ed., section 2.3.
    """
    _check(arrival_rate, mean_service)
    waits = erlang_c(arrival_rate * mean_service, servers)
    return measures(
        arrival_rate, mean_service, servers, waits, waits * _drain_time(arrival_rate, mean_service, servers)
    )


def mmc_wait_exceeds(t: float, arrival_rate: float, mean_service: float, servers: int) -> float:
    """P(W > t) in M/M/c: C(c, a) exp(-(c mu - lambda) t); t is at least 0.

    References
    ----------
    Gross et al., *Fundamentals of Queueing Theory*, 4th ed., section 2.3.2.
    """
    _check(arrival_rate, mean_service)
    require_not_negative("the time", t)
    waits = erlang_c(arrival_rate * mean_service, servers)
    return waits * math.exp(-t / _drain_time(arrival_rate, mean_service, servers))


def mmc_wait_quantile(probability: float, arrival_rate: float, mean_service: float, servers: int) -> float:
    """Time by which that share of arrivals at M/M/c has begun service; inverts `mmc_wait_exceeds`."""
    _check(arrival_rate, mean_service)
    require_share("the probability of a quantile", probability)
    waits = erlang_c(arrival_rate * mean_service, servers)
    if waits <= 1.0 - probability:
        return 0.0
    return math.log(waits / (1.0 - probability)) * _drain_time(arrival_rate, mean_service, servers)


def mm1_sojourn_exceeds(t: float, arrival_rate: float, mean_service: float) -> float:
    """P(T > t) of the time in an M/M/1 system, first come first served: exp(-(mu - lambda) t).

    References
    ----------
    Gross et al., *Fundamentals of Queueing Theory*, 4th ed., section 2.2.4.
    """
    _check(arrival_rate, mean_service)
    require_not_negative("the time", t)
    return math.exp(-t / _drain_time(arrival_rate, mean_service, 1))


def allen_cunneen_wait(
    arrival_rate: float, mean_service: float, servers: int, arrival_scv: float, service_scv: float
) -> float:
    """Approximate mean wait of G/G/c, from that of M/M/c.

    It is scaled by the mean of the two squared coefficients of variation (scv): that of the interarrival and
    that of the service times. Exact for M/M/c and M/G/1; an approximation elsewhere, good in heavy traffic.

    References
    ----------
    Allen, *Probability, Statistics, and Queueing Theory*, 2nd ed., chapter 5.
    """
    require_not_negative("the arrivals' squared coefficient of variation", arrival_scv)
    require_not_negative("the service's squared coefficient of variation", service_scv)
    variability = (arrival_scv + service_scv) / 2.0
    return mmc(arrival_rate, mean_service, servers).mean_wait * variability if variability > 0.0 else 0.0


def _drain_time(arrival_rate: float, mean_service: float, servers: int) -> float:
    """Mean wait of those who wait: 1 / (c mu - lambda), infinite where unstable."""
    spare = servers / mean_service - arrival_rate
    return 1.0 / spare if arrival_rate * mean_service < servers and spare > 0.0 else math.inf


def _check(arrival_rate: float, mean_service: float) -> None:
    require_not_negative("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
