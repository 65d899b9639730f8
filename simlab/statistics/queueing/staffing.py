"""How many people: Erlang C against a service level, and the square-root rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_not_negative, require_positive, require_share
from simlab.statistics.queueing.erlang import erlang_c, mmc_wait_exceeds


@dataclass(frozen=True, slots=True)
class AgentsNeeded:
    """The smallest team that keeps the targets."""

    on_duty: int
    """People who take tickets at the same time."""
    on_roster: int
    """People to plan, shrinkage included."""
    service_level: float
    """Share answered within the time asked for."""
    occupancy: float
    """Busy share of the time on duty."""
    wait_probability: float


def agents_needed(
    arrival_rate: float,
    mean_service: float,
    *,
    target_share: float,
    within: float,
    max_occupancy: float = 1.0,
    shrinkage: float = 0.0,
) -> AgentsNeeded:
    """Fewest agents of an M/M/c queue that answer a share of contacts in time and are not too busy.

    Parameters
    ----------
    arrival_rate, mean_service
        Contacts per unit of time; mean handling time.
    target_share, within
        The service level: at least this share, above 0 and below 1, waits no longer than this time.
    max_occupancy
        Most that agents may be busy, above 0 up to 1.
    shrinkage
        Share of paid time in which agents are not available, from 0 to below 1.

    References
    ----------
    Koole, *Call Center Optimization* (Erlang C with shrinkage).
    """
    require_not_negative("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
    require_share("the target share", target_share)
    require_not_negative("the time to answer within", within)
    if not 0.0 < max_occupancy <= 1.0 or not 0.0 <= shrinkage < 1.0:
        raise UsageError("the occupancy must lie in (0, 1] and the shrinkage in [0, 1)")
    load = arrival_rate * mean_service
    agents = max(math.ceil(load / max_occupancy * (1.0 - 1e-12)), math.floor(load) + 1)

    def level(count: int) -> float:
        return 1.0 - mmc_wait_exceeds(within, arrival_rate, mean_service, count)

    # The level rises with every agent: gallop up, then halve the bracket.
    step, too_few = 1, agents - 1
    while level(agents) < target_share:
        too_few, agents, step = agents, agents + step, 2 * step
    while agents - too_few > 1:
        middle = (too_few + agents) // 2
        too_few, agents = (too_few, middle) if level(middle) >= target_share else (middle, agents)
    return AgentsNeeded(
        on_duty=agents,
        # The product may exceed a whole number by rounding alone.
        on_roster=math.ceil(agents / (1.0 - shrinkage) * (1.0 - 1e-12)),
        service_level=level(agents),
        occupancy=load / agents,
        wait_probability=erlang_c(load, agents),
    )


def delay_probability_at_safety(safety: float) -> float:
    """Limit of the probability to wait with a + safety x sqrt(a) servers as the load a grows.

    alpha = 1 / (1 + b Phi(b) / phi(b)), for a safety b of at least 0.

    References
    ----------
    Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers, *Operations
    Research* 29.
    """
    from scipy.special import ndtr

    require_not_negative("the safety", safety)
    density = math.exp(-safety * safety / 2.0) / math.sqrt(2.0 * math.pi)
    return density / (density + safety * float(ndtr(safety)))


def square_root_staffing(offered_load: float, target_wait_probability: float) -> int:
    """Servers by the square-root rule: the load and b times its root, b for the wanted probability to wait.

    A first guess, near the exact answer of Erlang C even for small teams.

    References
    ----------
    Halfin and Whitt (1981), *Operations Research* 29; Borst, Mandelbaum and Reiman (2004), Dimensioning
    large call centers, *Operations Research* 52.
    """
    require_not_negative("the offered load", offered_load)
    require_share("the wanted probability to wait", target_wait_probability)
    low, high = 0.0, 1.0
    while delay_probability_at_safety(high) > target_wait_probability:
        low, high = high, 2.0 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2.0
        low, high = (
            (middle, high) if delay_probability_at_safety(middle) > target_wait_probability else (low, middle)
        )
    return max(math.ceil(offered_load + high * math.sqrt(offered_load)), math.floor(offered_load) + 1)
