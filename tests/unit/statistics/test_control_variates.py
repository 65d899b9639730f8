from __future__ import annotations

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.control_variates import FEWEST, controlled
from simlab.statistics.intervals import mean_interval


def test_estimate_is_the_intercept_of_the_regression() -> None:
    # y = 5 + 2 x + e, with residuals that are at right angles to 1 and x: the fit is exact.
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, -2.0, -1.0, 0.0, 1.0, 2.0]) + 0.5
    e = np.array([1.0] * 5 + [-1.0] * 5)
    y = 5.0 + 2.0 * x + e
    told = controlled(mean_interval(y), y, x[:, None])
    assert told.value == pytest.approx(5.0)
    # About their mean of 0.5 the x are c = -2..2, twice. A replication has the leverage 1/10 + c^2 / 20 and
    # the weight 1/10 - 0.5 c / 20 in the intercept, and all residuals are 1 or -1.
    variance = 2.0 * sum(((0.1 - 0.025 * c) / (0.9 - c * c / 20.0)) ** 2 for c in range(-2, 3))
    # t with 8 degrees of freedom at 97.5 %.
    assert told.half_width == pytest.approx(2.306004 * np.sqrt(variance), rel=1e-6)
    assert told.variance_reduction == pytest.approx(np.var(y, ddof=1) / 10.0 / variance)
    assert told.method.endswith("1 control variate")


@pytest.mark.parametrize("correlation", [0.0, 0.7, 0.99])
def test_interval_covers_as_often_as_it_says(correlation: float) -> None:
    rng = np.random.default_rng(5)
    n, studies = 12, 3000
    covered = 0
    for _ in range(studies):
        controls = rng.normal(size=(n, 2))
        own = rng.normal(size=n)
        values = 3.0 + correlation * controls[:, 0] + np.sqrt(1.0 - correlation**2) * own
        told = controlled(mean_interval(values), values, controls)
        covered += told.low <= 3.0 <= told.high
    # Four standard errors below 95 %; with twelve replications the interval is rather too wide.
    assert 0.95 - 4.0 * np.sqrt(0.95 * 0.05 / studies) <= covered / studies <= 0.98


def test_replications_without_a_value_are_left_out() -> None:
    rng = np.random.default_rng(6)
    controls, values = rng.normal(size=(20, 2)), rng.normal(size=20)
    values[3] = np.nan
    told = controlled(mean_interval(values), values, controls)
    kept = np.arange(20) != 3
    assert told.value == controlled(mean_interval(values[kept]), values[kept], controls[kept]).value
    assert (told.n, told.missing) == (19, 1)


def test_controls_that_say_nothing_new_are_left_out() -> None:
    rng = np.random.default_rng(7)
    one, values = rng.normal(size=20), rng.normal(size=20)
    alone = controlled(mean_interval(values), values, one[:, None])
    beside = controlled(mean_interval(values), values, np.column_stack([one, np.zeros(20), 3.0 * one]))
    assert beside == alone


@pytest.mark.parametrize("n", [1, 2, FEWEST - 1])
def test_too_few_replications_have_the_plain_estimate(n: int) -> None:
    values = np.arange(float(n))
    plain = mean_interval(values)
    assert repr(controlled(plain, values, values[:, None])) == repr(plain)


def test_response_that_does_not_vary_has_the_plain_estimate() -> None:
    values = np.full(12, 4.0)
    assert controlled(mean_interval(values), values, np.arange(12.0)[:, None]) == mean_interval(values)


def test_controls_of_other_replications_are_refused() -> None:
    with pytest.raises(UsageError, match=r"shape \(n, k\); found shapes \(3,\) and \(2, 1\)"):
        controlled(mean_interval([1.0, 2.0, 4.0]), [1.0, 2.0, 4.0], [[1.0], [2.0]])
