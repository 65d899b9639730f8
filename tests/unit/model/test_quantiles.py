"""Time that is left of one that has begun."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.model.distributions import DistributionTable
from simlab.model.parametrisations import exponential, fixed, uniform
from simlab.model.quantiles import rest_of_time

UNIFORMS = np.linspace(0.001, 0.999, 50).tolist()
TABLE = DistributionTable.build([exponential(mean=10.0), fixed(30.0), uniform(min=0.0, max=60.0)])
EXPONENTIAL, FIXED, UNIFORM = 0, 1, 2


@pytest.mark.parametrize("spent", [0.5, 10.0, 60.0])
def test_an_exponential_time_is_as_good_as_new(spent: float) -> None:
    for u in UNIFORMS:
        whole = -10.0 * np.log1p(-u)
        assert rest_of_time(TABLE, EXPONENTIAL, u, spent) == pytest.approx(whole, rel=1e-6, abs=1e-9)


def test_of_a_fixed_time_the_rest_is_left() -> None:
    assert [rest_of_time(TABLE, FIXED, 0.3, spent) for spent in (10.0, 30.0, 40.0)] == [20.0, 0.0, 0.0]


def test_a_uniform_time_is_uniform_on_what_is_longer() -> None:
    for u in UNIFORMS:
        assert rest_of_time(TABLE, UNIFORM, u, 20.0) == pytest.approx(40.0 * u)
