"""Queues whose service time is not exponential, or whose customers come in batches."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_not_negative, require_positive, require_servers
from simlab.statistics.queueing.erlang import QueueMeasures, measures

FloatArray = NDArray[np.float64]

ADDED_TERMS = 40_000
"""Terms of Crommelin's series that are added one by one; the rest is integrated."""
NODES = 200
"""Nodes of the Gauss-Legendre rule for the rest."""


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
    start at once. The terms needed grow like 1 / (c (1 - rho)^2); the many late ones of a high load change so
    little from one to the next that their sum is taken as an integral. Relative accuracy 1e-9 up to a load of
    0.99 per server; 1e-5 above, as far as the incomplete gamma function of large arguments carries.

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
    i, weight = _crommelin_terms(servers, rho)
    full = gammainc(i * servers, i * load)
    wait = float(weight @ (full - gammainc(i * servers + 1.0, i * load) / rho))
    return measures(arrival_rate, service, servers, -math.expm1(-float(weight @ (full / i))), wait * service)


def _crommelin_terms(servers: int, rho: float) -> tuple[FloatArray, FloatArray]:
    """Indices at which to evaluate Crommelin's series, and the weight of each in the sum."""
    # Chernoff: P(N_i >= i c) <= exp(-i c (rho - 1 - ln rho)), negligible after this many terms.
    last = math.ceil(40.0 / (servers * (rho - 1.0 - math.log(rho))))
    added = np.arange(1.0, min(last, ADDED_TERMS) + 1.0)
    if last <= ADDED_TERMS:
        return added, np.ones_like(added)
    # The midpoint rule backwards: the sum from k on is the integral from k - 1/2 on, here over log(i).
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    low, high = math.log(ADDED_TERMS + 0.5), math.log(last + 0.5)
    late = np.exp((high + low + (high - low) * nodes) / 2.0)
    return np.concatenate((added, late)), np.concatenate(
        (np.ones_like(added), weights * late * (high - low) / 2)
    )


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
