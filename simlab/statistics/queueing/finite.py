"""Birth-death queues that lose, bound or re-use their customers: M/M/c/K, Erlang A, machine repair."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_not_negative, require_positive, require_servers

FloatArray = NDArray[np.float64]

NEGLIGIBLE = 1e-17
"""States this much rarer than the most frequent one are beyond double precision."""


@dataclass(frozen=True, slots=True)
class FiniteQueue:
    """Steady state of M/M/c/K."""

    blocked: float
    """Share of arrivals that find the system full and are lost."""
    wait_probability: float
    """Share of the admitted that wait."""
    mean_wait: float
    """Of the admitted."""
    mean_queue: float
    mean_in_system: float
    throughput: float
    utilisation: float
    """Share of server time that is busy."""


@dataclass(frozen=True, slots=True)
class ErlangA:
    """Steady state of M/M/c+M: customers with exponential patience."""

    abandoned: float
    """Share of arrivals that leave before service."""
    wait_probability: float
    """Share of arrivals that find all servers busy."""
    mean_wait: float
    """In the queue, over all arrivals, whether served or not."""
    mean_wait_served: float
    """In the queue, of those who are served."""
    mean_queue: float
    utilisation: float
    """Share of server time that is busy."""


@dataclass(frozen=True, slots=True)
class MachineRepair:
    """Steady state of the finite source M/M/c//N."""

    throughput: float
    """Requests per unit of time of the whole population."""
    mean_wait: float
    mean_queue: float
    mean_in_system: float
    """Members that wait or are served."""
    utilisation: float
    """Share of server time that is busy."""


def birth_death(birth_rates: ArrayLike, death_rates: ArrayLike) -> FloatArray:
    """Stationary distribution of a birth-death chain on 0..K.

    Parameters
    ----------
    birth_rates
        Rate from state i to i + 1 for i = 0..K-1, at least 0.
    death_rates
        Rate from state i + 1 to i for i = 0..K-1, above 0.

    Returns
    -------
    ndarray
        Shape (K + 1,), sums to 1; products are taken as sums of logarithms, so that none overflows.
    """
    births, deaths = np.asarray(birth_rates, dtype=np.float64), np.asarray(death_rates, dtype=np.float64)
    with np.errstate(divide="ignore"):
        log_weights = np.concatenate(([0.0], np.cumsum(np.log(births) - np.log(deaths))))
    weights: FloatArray = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    return weights


def mmck(arrival_rate: float, mean_service: float, servers: int, capacity: int) -> FiniteQueue:
    """M/M/c/K: at most ``capacity`` customers, served ones included; further arrivals are lost.

    Any load is stable.

    References
    ----------
    Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, 4th ed., chapter 2.
    """
    require_positive("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
    require_servers(servers)
    if capacity < servers:
        raise UsageError(f"the capacity must be at least the {servers} servers; found {capacity}")
    states = np.arange(capacity + 1)
    busy = np.minimum(states, servers)
    shares = birth_death(np.full(capacity, arrival_rate), busy[1:] / mean_service)
    admitted = arrival_rate * float(shares[:-1].sum())
    queue = float(shares @ (states - busy))
    return FiniteQueue(
        blocked=float(shares[-1]),
        wait_probability=arrival_rate * float(shares[servers:-1].sum()) / admitted,
        mean_wait=queue / admitted,
        mean_queue=queue,
        mean_in_system=float(shares @ states),
        throughput=admitted,
        utilisation=float(shares @ busy) / servers,
    )


def erlang_a(arrival_rate: float, mean_service: float, servers: int, mean_patience: float) -> ErlangA:
    """M/M/c+M (Erlang A, Palm): each customer leaves the queue after an exponential time unless served first.

    Any load is stable. The number of states grows until the rest is negligible.

    References
    ----------
    Palm (1957); Garnett, Mandelbaum and Reiman (2002), Designing a call center with impatient customers,
    *M&SOM* 4. The wait of the served: from state c + j one is served with probability c mu / (c mu + (j +
    1) theta) and then waits the sum over i = 1..j+1 of 1 / (c mu + i theta) on average.
    """
    shares = _erlang_a_shares(arrival_rate, mean_service, servers, mean_patience)
    states = np.arange(shares.size)
    busy = np.minimum(states, servers)
    waiting = states - busy
    queue = float(shares @ waiting)
    abandoned = queue / mean_patience / arrival_rate
    # An arrival in state c + j sees j wait: it is customer j + 1 of the queue.
    steps = servers / mean_service + (waiting[servers:] + 1) / mean_patience
    served_wait = float(shares[servers:] @ (servers / mean_service / steps * np.cumsum(1.0 / steps)))
    served = float(shares[:servers].sum()) + float(shares[servers:] @ (servers / mean_service / steps))
    return ErlangA(
        abandoned=abandoned,
        wait_probability=float(shares[servers:].sum()),
        mean_wait=queue / arrival_rate,
        mean_wait_served=served_wait / served,
        mean_queue=queue,
        utilisation=float(shares @ busy) / servers,
    )


def erlang_a_served_within(
    t: float, arrival_rate: float, mean_service: float, servers: int, mean_patience: float
) -> float:
    """Share of all arrivals at M/M/c+M that are served, and begun within ``t``, which is at least 0.

    An arrival that sees c + j others waits, if it has the patience, for the sum of exponential times with
    rates c mu + i theta, i = 0..j. With a = c mu / theta, exp(-theta V) of that wait V has the beta
    distribution with parameters a and j + 1, from which the share follows as a / (a + j + 1) times the
    probability that a beta variate with parameters a + 1 and j + 1 is at least exp(-theta t).

    References
    ----------
    Palm (1957); Mandelbaum and Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue, in
    *Advances in Services Innovations*.
    """
    from scipy.special import betainc

    require_not_negative("the time", t)
    shares = _erlang_a_shares(arrival_rate, mean_service, servers, mean_patience)
    at_once, rest = float(shares[:servers].sum()), shares[servers:]
    a = servers * mean_patience / mean_service
    ahead = np.arange(rest.size) + 1.0
    in_time = 1.0 - betainc(a + 1.0, ahead, math.exp(-t / mean_patience))
    return at_once + float(rest @ (a / (a + ahead) * in_time))


def machine_repair(population: int, mean_between: float, mean_service: float, servers: int) -> MachineRepair:
    """M/M/c//N: each of N members asks again an exponential time after its last service ended.

    Parameters
    ----------
    population
        Members, at least 1.
    mean_between
        Mean time from the end of a member's service to its next request.
    mean_service, servers
        Mean service time; servers.

    References
    ----------
    Gross et al., *Fundamentals of Queueing Theory*, 4th ed., chapter 2 (finite-source queues).
    """
    require_positive("the population", population)
    require_positive("the mean time between requests", mean_between)
    require_positive("the mean service time", mean_service)
    require_servers(servers)
    states = np.arange(population + 1)
    busy = np.minimum(states, servers)
    asking = (population - states) / mean_between
    shares = birth_death(asking[:-1], busy[1:] / mean_service)
    throughput = float(shares @ asking)
    queue = float(shares @ (states - busy))
    return MachineRepair(
        throughput=throughput,
        mean_wait=queue / throughput,
        mean_queue=queue,
        mean_in_system=float(shares @ states),
        utilisation=float(shares @ busy) / servers,
    )


def _erlang_a_shares(
    arrival_rate: float, mean_service: float, servers: int, mean_patience: float
) -> FloatArray:
    """Stationary distribution of the number in M/M/c+M."""
    require_positive("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
    require_positive("the mean patience", mean_patience)
    require_servers(servers)
    capacity = _erlang_a_states(arrival_rate, mean_service, servers, mean_patience)
    states = np.arange(capacity + 1)
    busy = np.minimum(states, servers)
    leaving = busy / mean_service + (states - busy) / mean_patience
    return birth_death(np.full(capacity, arrival_rate), leaving[1:])


def _erlang_a_states(arrival_rate: float, mean_service: float, servers: int, mean_patience: float) -> int:
    """The state beyond which Erlang A's probabilities are negligible."""
    state, log_weight, highest = 0, 0.0, 0.0
    while state <= servers or log_weight - highest > math.log(NEGLIGIBLE):
        state += 1
        leaving = min(state, servers) / mean_service + max(state - servers, 0) / mean_patience
        log_weight += math.log(arrival_rate / leaving)
        highest = max(highest, log_weight)
    return state
