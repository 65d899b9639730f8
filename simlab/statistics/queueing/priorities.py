"""Mean times by priority class, the first class being the most urgent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from simlab.statistics.queueing.checks import (
    require_not_negative,
    require_positive,
    require_same_length,
    require_servers,
)
from simlab.statistics.queueing.erlang import erlang_c, mmc


def nonpreemptive_mg1_waits(
    arrival_rates: Sequence[float], mean_services: Sequence[float], service_scvs: Sequence[float]
) -> tuple[float, ...]:
    """Mean wait of each class of M/G/1 with non-preemptive priorities.

    W_k = R / ((1 - sigma_{k-1}) (1 - sigma_k)), R half the sum over all classes of lambda E[S^2], sigma_k the
    load of classes 1..k. The first class that brings the load to 1 waits for ever and takes just the time
    that the classes above it leave; those below it get nothing.

    References
    ----------
    Cobham (1954), Priority assignment in waiting line problems, *Operations Research* 2;
    Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, 4th ed., section 3.4.2.
    """
    _check(arrival_rates, mean_services, service_scvs)
    served, free = [], 1.0
    for rate, mean in zip(arrival_rates, mean_services, strict=True):
        served.append(min(rate, free / mean))
        free = max(free - rate * mean, 0.0)
    residual = sum(_residuals(served, mean_services, service_scvs))
    loads = [rate * mean for rate, mean in zip(arrival_rates, mean_services, strict=True)]
    return tuple(residual * slowing for slowing in _slowing(loads))


def nonpreemptive_mmc_waits(
    arrival_rates: Sequence[float], mean_service: float, servers: int
) -> tuple[float, ...]:
    """Mean wait of each class of M/M/c with non-preemptive priorities and one service time for all.

    W_k = C(c, a) / (c mu) / ((1 - sigma_{k-1}) (1 - sigma_k)), sigma_k the load per server of classes 1..k.
    Where the whole is unstable all servers are always busy (C = 1), which is exact for the classes that are
    stable.

    References
    ----------
    Cobham (1954), *Operations Research* 2; Kella and Yechiali (1985), Waiting times in the non-preemptive
    priority M/M/c queue, *Stochastic Models* 1.
    """
    _check(arrival_rates, [mean_service] * len(arrival_rates))
    residual = erlang_c(sum(arrival_rates) * mean_service, servers) * mean_service / servers
    return tuple(
        residual * slowing for slowing in _slowing([rate * mean_service / servers for rate in arrival_rates])
    )


def preemptive_mg1_sojourns(
    arrival_rates: Sequence[float], mean_services: Sequence[float], service_scvs: Sequence[float]
) -> tuple[float, ...]:
    """Mean time in system of each class of M/G/1 with preemptive-resume priorities.

    T_k = E[S_k] / (1 - sigma_{k-1}) + R_k / ((1 - sigma_{k-1}) (1 - sigma_k)), R_k over classes 1..k only:
    a class does not feel those below it.

    References
    ----------
    Kleinrock, *Queueing Systems*, vol. 2, chapter 3; Gross et al., 4th ed., section 3.4.3.
    """
    _check(arrival_rates, mean_services, service_scvs)
    residuals = accumulate(_residuals(arrival_rates, mean_services, service_scvs))
    loads = [rate * mean for rate, mean in zip(arrival_rates, mean_services, strict=True)]
    above = [0.0, *accumulate(loads)]
    return tuple(
        mean / (1.0 - higher) + residual * slowing if higher < 1.0 else math.inf
        for mean, higher, residual, slowing in zip(
            mean_services, above, residuals, _slowing(loads), strict=False
        )
    )


def preemptive_mmc_sojourns(
    arrival_rates: Sequence[float], mean_service: float, servers: int
) -> tuple[float, ...]:
    """Mean time in system of each class of M/M/c with preemptive-resume priorities.

    All classes have one mean service time. Classes 1..k together are an M/M/c of their own, whoever of them
    is served; a class has the difference of two of these. Every class needs arrivals.

    References
    ----------
    Buzen and Bondi (1983), The response times of priority classes under preemptive resume in M/M/m queues,
    *Operations Research* 31.
    """
    _check(arrival_rates, [mean_service] * len(arrival_rates))
    require_servers(servers)
    sojourns: list[float] = []
    higher = 0.0
    for rate, total in zip(arrival_rates, accumulate(arrival_rates), strict=True):
        require_positive("the arrival rate of a class", rate)
        number = mmc(total, mean_service, servers).mean_in_system
        sojourns.append((number - higher) / rate if math.isfinite(number) else math.inf)
        higher = number
    return tuple(sojourns)


def _residuals(
    arrival_rates: Sequence[float], mean_services: Sequence[float], service_scvs: Sequence[float]
) -> list[float]:
    """Lambda E[S^2] / 2 of each class: the mean work left at the server on its account."""
    return [
        rate * mean**2 * (1.0 + scv) / 2.0
        for rate, mean, scv in zip(arrival_rates, mean_services, service_scvs, strict=True)
    ]


def _slowing(loads: Sequence[float]) -> list[float]:
    """1 / ((1 - sigma_{k-1}) (1 - sigma_k)) of each class, infinite from the first that is unstable."""
    totals = list(accumulate(loads))
    return [
        1.0 / ((1.0 - total + load) * (1.0 - total)) if total < 1.0 else math.inf
        for load, total in zip(loads, totals, strict=True)
    ]


def _check(
    arrival_rates: Sequence[float],
    mean_services: Sequence[float],
    service_scvs: Sequence[float] | None = None,
) -> None:
    scvs = service_scvs if service_scvs is not None else [1.0] * len(arrival_rates)
    require_same_length(arrival_rates=arrival_rates, mean_services=mean_services, service_scvs=scvs)
    for rate, mean, scv in zip(arrival_rates, mean_services, scvs, strict=True):
        require_not_negative("an arrival rate", rate)
        require_positive("a mean service time", mean)
        require_not_negative("a service's squared coefficient of variation", scv)
