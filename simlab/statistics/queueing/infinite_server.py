"""Infinite-server queues: the number in system when nobody ever waits, as the offered load over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_not_negative, require_positive


def mean_in_system(arrival_rate: float, mean_service: float) -> float:
    """Mean of the Poisson number in system of M/G/infinity: lambda E[S], whatever the service distribution.

    References
    ----------
    Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, 4th ed., chapter 2
    (unlimited service) and section 5.2.
    """
    require_not_negative("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
    return arrival_rate * mean_service


def sinusoidal_mean_in_system(
    t: float, mean_rate: float, amplitude: float, period: float, mean_service: float
) -> float:
    """Mean number at time t in M(t)/M/infinity with the rate mean_rate + amplitude sin(2 pi t / period).

    With w = 2 pi / period and s the mean service time: s (mean_rate + amplitude (sin wt - w s cos wt) / (1
    + (w s)^2)), the periodic state long after the start. The peak comes after that of the rate, and is
    lower.

    References
    ----------
    Eick, Massey and Whitt (1993), Mt/G/infinity queues with sinusoidal arrival rates, *Management Science*
    39.
    """
    require_positive("the period", period)
    require_positive("the mean service time", mean_service)
    if not 0.0 <= abs(amplitude) <= mean_rate:
        raise UsageError("the amplitude must not exceed the mean rate: a rate is at least 0")
    frequency = 2.0 * math.pi / period
    lag = frequency * mean_service
    swing = (math.sin(frequency * t) - lag * math.cos(frequency * t)) / (1.0 + lag**2)
    return mean_service * (mean_rate + amplitude * swing)


def piecewise_mean_in_system(
    t: float,
    starts: Sequence[float],
    rates: Sequence[float],
    mean_service: float,
    limited_mean: Callable[[float], float] | None = None,
) -> float:
    """Mean number at time t in M(t)/G/infinity that starts empty, with a piecewise constant rate.

    An arrival at u is still there at t with probability P(S > t - u); its integral over a piece of constant
    rate is a difference of limited means E[min(S, x)].

    Parameters
    ----------
    t
        When to look.
    starts, rates
        Increasing starts of the pieces and the rate of each; the last piece does not end, before the first
        nothing arrives.
    mean_service
        Mean of the service time, exponential unless ``limited_mean`` is given.
    limited_mean
        E[min(S, x)] of another service time, such as ``lambda x: min(x, d)`` for a constant d.

    References
    ----------
    Eick, Massey and Whitt (1993), The physics of the Mt/G/infinity queue, *Operations Research* 41.
    """
    require_positive("the mean service time", mean_service)
    if len(starts) != len(rates) or any(a >= b for a, b in pairwise(starts)):
        raise UsageError("the pieces need increasing starts, and one rate each")

    def exponential(x: float) -> float:
        return -mean_service * math.expm1(-x / mean_service)

    limited = limited_mean or exponential
    ends = [*starts[1:], math.inf]
    return sum(
        rate * (limited(t - start) - limited(max(t - end, 0.0)))
        for start, end, rate in zip(starts, ends, rates, strict=True)
        if start < t
    )
