"""Time that is left of one that has begun."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.model.backlog import time_left

UNIFORMS = np.linspace(0.001, 0.999, 50).tolist()


def exponential(u: float) -> float:
    return -10.0 * math.log1p(-u)


@pytest.mark.parametrize("spent", [0.5, 10.0, 60.0])
def test_an_exponential_time_is_as_good_as_new(spent: float) -> None:
    for u in UNIFORMS:
        assert time_left(exponential, u, spent) == pytest.approx(exponential(u), rel=1e-6, abs=1e-9)


def test_of_a_fixed_time_the_rest_is_left() -> None:
    assert [time_left(lambda u: 30.0, 0.3, spent) for spent in (10.0, 30.0, 40.0)] == [20.0, 0.0, 0.0]


def test_a_uniform_time_is_uniform_on_what_is_longer() -> None:
    for u in UNIFORMS:
        assert time_left(lambda v: 60.0 * v, u, 20.0) == pytest.approx(40.0 * u)
