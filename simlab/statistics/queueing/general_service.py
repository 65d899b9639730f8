"""Queues whose service time is not exponential, or whose customers come in batches."""

from __future__ import annotations

import math

import numpy as np

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_not_negative, require_positive, require_servers
from simlab.statistics.queueing.erlang import QueueMeasures, measures

BLOCK = 4096
"""Terms of Crommelin's series added at a time."""
MAX_TERMS = 50_000_000


def mg1(arrival_rate: float, mean_service: float, service_scv: float) -> QueueMeasures:
    """M/G/1 by Pollaczek and Khinchine: W = rho E[S] (1 + scv) / (2 (1 - rho)).

    ``service_scv`` is the squared coefficient of variation of the service time: 0 gives M/D/1, 1 gives M/M/1.

    References
    ----------
    Gross, Shortle, Thompson and Harris, *Fundamentals of Queueing Theory*, 4th ed., section 5.1.
    """
    _check(arrival_rate, mean_service)
    require_not_negative("the service's squared coefficient of variation", service_scv)
    load = arrival_rate * mean_service
    if load >= 1.0:
        return measures(arrival_rate, mean_service, 1, 1.0, math.inf)
    wait = load * mean_service * (1.0 + service_scv) / (2.0 * (1.0 - load))
    return measures(arrival_rate, mean_service, 1, load, wait)


def mdc(arrival_rate: float, service: float, servers: int) -> QueueMeasures:
    """M/D/c, every service taking exactly ``service``, by Crommelin's series.

    With the offered load a, N_i a Poisson number of mean i a, and rho = a / c::

        W / D      = sum over i >= 1 of P(N_i >= i c) - P(N_i >= i c + 1) / rho
        P(W = 0)   = exp(-sum over i >= 1 of P(N_i >= i c) / i)

    These are Spitzer's identities: a server meets every c-th arrival. P(W = 0) is the share of arrivals that
    start at once. The terms needed grow like 1 / (c (1 - rho)^2); beyond ``MAX_TERMS`` a load is refused.

    References
    ----------
    Crommelin (1932), Delay probability formulae when the holding times are constant, *P.O. Electrical
    Engineers Journal* 25; Tijms, *A First Course in Stochastic Models*, section 9.6.2.
    """
    from scipy.special import gammainc

    _check(arrival_rate, service)
    require_servers(servers)
    load = arrival_rate * service
    rho = load / servers
    if rho >= 1.0:
        return measures(arrival_rate, service, servers, 1.0, math.inf)
    if load == 0.0:
        return measures(arrival_rate, service, servers, 0.0, 0.0)
    # Chernoff: P(N_i >= i c) <= exp(-i c (rho - 1 - ln rho)).
    terms = math.ceil(40.0 / (servers * (rho - 1.0 - math.log(rho))))
    if terms > MAX_TERMS:
        raise UsageError(f"the load of {rho:.6f} per server is too near 1 for Crommelin's series")
    wait = exponent = 0.0
    for first in range(1, terms + 1, BLOCK):
        i = np.arange(first, min(first + BLOCK, terms + 1), dtype=np.float64)
        full = gammainc(i * servers, i * load)
        wait += float(np.sum(full - gammainc(i * servers + 1.0, i * load) / rho))
        exponent += float(np.sum(full / i))
    return measures(arrival_rate, service, servers, -math.expm1(-exponent), wait * service)


def batch_mm1(batch_rate: float, mean_batch: float, batch_scv: float, mean_service: float) -> QueueMeasures:
    """M[X]/M/1: batches of random size come in a Poisson process and are served one customer at a time.

    The mean number in system is rho (1 + E[X^2] / E[X]) / (2 (1 - rho)); all measures are per customer. The
    probability to wait counts those behind another customer of their own batch.

    Parameters
    ----------
    batch_rate
        Batches per unit of time.
    mean_batch, batch_scv
        Mean of the batch size (at least 1) and its squared coefficient of variation (0: all alike).
    mean_service
        Mean service time of a customer, exponential.

    References
    ----------
    Gross et al., *Fundamentals of Queueing Theory*, 4th ed., section 3.1.
    """
    _check(batch_rate, mean_service)
    require_not_negative("the batch size's squared coefficient of variation", batch_scv)
    if mean_batch < 1.0:
        raise UsageError(f"a batch has at least one customer; found a mean of {mean_batch}")
    rate = batch_rate * mean_batch
    load = rate * mean_service
    if load >= 1.0:
        return measures(rate, mean_service, 1, 1.0, math.inf)
    square_over_mean = mean_batch * (1.0 + batch_scv)
    wait = mean_service * ((1.0 + square_over_mean) / (2.0 * (1.0 - load)) - 1.0)
    # Served at once: the first of a batch that finds the server idle.
    at_once = (1.0 - load) / mean_batch
    return measures(rate, mean_service, 1, 1.0 - at_once, wait)


def _check(arrival_rate: float, mean_service: float) -> None:
    require_not_negative("the arrival rate", arrival_rate)
    require_positive("the mean service time", mean_service)
