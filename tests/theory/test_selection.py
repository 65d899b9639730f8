"""The probability of a correct selection, and the errors of tests that are looked at repeatedly, measured."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from simlab.statistics.selection import KimNelson, RepeatedLooks, Sign

FALSE_ALARM = 1e-4
"""Probability that a test here fails although all is well."""


def slippage(n: int, alternatives: int, shift: float, correlation: float, seed: int) -> tuple[int, float]:
    """Return how often the best of a slippage configuration was chosen, and the mean replications in all."""
    draws = np.random.default_rng(seed)
    rule = KimNelson(shift, 0.95)
    right, used = 0, 0
    for _ in range(n):
        common = draws.normal(size=(1, 3000)) * np.sqrt(correlation)
        values = common + draws.normal(size=(alternatives, 3000)) * np.sqrt(1.0 - correlation)
        values[1:] += shift
        looked = rule.first
        standing = rule.standing([each[:looked] for each in values])
        while not standing.is_decided:
            looked = min(3000, max(looked + 1, round(looked * 1.25)))
            standing = rule.standing([each[:looked] for each in values])
        means = [values[i, : min(looked, standing.needed)].mean() for i in standing.alive]
        right += standing.alive[int(np.argmin(means))] == 0
        end = max(standing.left_out_at.values()) if len(standing.alive) == 1 else standing.needed
        used += sum(standing.left_out_at.values()) + len(standing.alive) * end
    return right, used / n


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_best_of_a_slippage_configuration_is_chosen_as_often_as_stated(correlation: float) -> None:
    n = 60
    right, _ = slippage(n, 5, 0.5, correlation, seed=1)

    assert binom.cdf(right, n, 0.95) > FALSE_ALARM


@pytest.mark.slow
def test_common_random_numbers_save_replications_and_keep_the_probability() -> None:
    n = 1000
    right, used = slippage(n, 10, 0.5, 0.9, seed=2)

    assert binom.cdf(right, n, 0.95) > FALSE_ALARM
    assert used <= 125.0


def test_mean_of_zero_is_told_to_have_a_sign_no_more_often_than_stated() -> None:
    draws = np.random.default_rng(3)
    test = RepeatedLooks.between(3, 40, error=0.05)
    n = 4000
    values = draws.normal(size=(n, 40))
    above = sum(any(test.sign(row[:look]) is Sign.ABOVE for look in test.looks) for row in values)

    assert binom.sf(above - 1, n, 0.05) > FALSE_ALARM
    assert above > 0.01 * n  # and it is not idle either
