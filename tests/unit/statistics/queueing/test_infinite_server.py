from __future__ import annotations

import math

import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import (
    mean_in_system,
    piecewise_mean_in_system,
    sinusoidal_mean_in_system,
)


def test_constant_rate_gives_the_offered_load() -> None:
    assert mean_in_system(2.0, 3.0) == 6.0
    assert piecewise_mean_in_system(1e6, [0.0], [2.0], 3.0) == pytest.approx(6.0)
    assert sinusoidal_mean_in_system(17.0, 2.0, 0.0, 100.0, 3.0) == pytest.approx(6.0)


def test_sinusoidal_load_is_the_integral_of_the_rate_over_those_still_there() -> None:
    t, rate, amplitude, period, mean = 130.0, 2.0, 1.5, 240.0, 25.0
    step = 0.01
    integral = step * sum(
        (rate + amplitude * math.sin(2.0 * math.pi * (t - u) / period)) * math.exp(-u / mean)
        for u in ((i + 0.5) * step for i in range(100_000))
    )
    assert sinusoidal_mean_in_system(t, rate, amplitude, period, mean) == pytest.approx(integral, rel=1e-6)


def test_filling_from_empty_is_exponential() -> None:
    assert piecewise_mean_in_system(4.0, [1.0], [2.0], 3.0) == pytest.approx(6.0 * (1.0 - math.exp(-1.0)))
    assert piecewise_mean_in_system(0.5, [1.0], [2.0], 3.0) == 0


def test_piecewise_rates_with_constant_service_count_arrivals_of_the_last_service_time() -> None:
    # Service takes 3: at t = 11 those are there who came in (8, 11]: 2 at rate 5, 1 at rate 1.
    number = piecewise_mean_in_system(11.0, [0.0, 10.0], [5.0, 1.0], 3.0, lambda x: min(x, 3.0))
    assert number == pytest.approx(2.0 * 5.0 + 1.0 * 1.0)


def test_piecewise_rates_solve_their_differential_equation() -> None:
    starts, rates, mean = [0.0, 5.0, 12.0], [1.0, 4.0, 0.5], 2.0
    state, step = 0.0, 1e-3
    for i in range(20_000):
        rate = rates[0] if i < 5_000 else rates[1] if i < 12_000 else rates[2]
        # m' = rate - m / mean, exactly over one step of constant rate.
        state = rate * mean + (state - rate * mean) * math.exp(-step / mean)
    assert piecewise_mean_in_system(20.0, starts, rates, mean) == pytest.approx(state, rel=1e-9)


def test_arguments_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="amplitude must not exceed the mean rate"):
        sinusoidal_mean_in_system(0.0, 1.0, 2.0, 10.0, 1.0)
    with pytest.raises(UsageError, match="increasing starts, and one rate each"):
        piecewise_mean_in_system(1.0, [0.0, 0.0], [1.0, 1.0], 1.0)
