from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.statistics.designs import morris_trajectories, saltelli_design
from simlab.statistics.sensitivity import elementary_effects, shapley_values, sobol_indices, variance_split

Floats = NDArray[np.float64]


def ishigami(points: Floats) -> Floats:
    """The Ishigami function with a = 7, b = 0.1 on the unit cube."""
    x = math.pi * (2.0 * points - 1.0)
    return np.asarray(
        np.sin(x[..., 0]) + 7.0 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])
    )


def test_sobol_indices_of_the_ishigami_function_are_the_known_ones() -> None:
    design = saltelli_design(2048, 3, seed=1)
    indices = sobol_indices(design, ishigami(design.points)[:, np.newaxis], seed=1)
    # Ishigami and Homma (1990): V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2.
    variance = 49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5
    first = [0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2 / variance, 49 / 8 / variance, 0.0]
    cross = 8 * 0.01 * math.pi**8 / 225 / variance
    total = [first[0] + cross, first[1], cross]
    assert [each.first.value for each in indices] == pytest.approx(first, abs=0.02)
    assert [each.total.value for each in indices] == pytest.approx(total, abs=0.02)
    for each, expected in zip(indices, total, strict=True):
        assert each.total.low <= expected <= each.total.high


def test_simulation_noise_widens_the_intervals_of_sobol_indices() -> None:
    design = saltelli_design(64, 2, seed=1)
    values = (design.points @ [3.0, 1.0])[:, np.newaxis] + np.zeros(4)
    noise = np.random.default_rng(5).normal(0.0, 1.0, values.shape)
    quiet, noisy = (sobol_indices(design, each, seed=1)[0].total for each in (values, values + noise))
    assert noisy.half_width > quiet.half_width


def test_response_that_does_not_vary_has_no_indices() -> None:
    design = saltelli_design(8, 2, seed=1)
    (index, _) = sobol_indices(design, np.full((len(design.points), 2), 5.0), seed=1)
    assert math.isnan(index.first.value)
    assert index.first.method == "the response does not vary"


def test_elementary_effects_of_a_linear_function_are_its_slopes() -> None:
    walks = morris_trajectories(5, 3, seed=2)
    effects = elementary_effects(walks, walks @ [4.0, -2.0, 0.0])
    assert [each.mu.value for each in effects] == pytest.approx([4.0, -2.0, 0.0])
    assert [each.mu_star.value for each in effects] == pytest.approx([4.0, 2.0, 0.0])
    assert [each.sigma for each in effects] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_interaction_shows_in_sigma() -> None:
    walks = morris_trajectories(20, 2, seed=2)
    effects = elementary_effects(walks, walks[..., 0] * walks[..., 1])
    assert all(each.sigma > 0.1 for each in effects)


def test_variance_split_finds_both_parts() -> None:
    draws = np.random.default_rng(7)
    values = draws.normal(10.0, 3.0, (400, 1)) + draws.normal(0.0, 4.0, (400, 5))
    split = variance_split(values)
    assert split.input_share.low < 9 / 25 < split.input_share.high
    assert split.simulation_variance == pytest.approx(16.0, rel=0.15)
    assert abs(split.mean.value - 10.0) < 2.5 * split.mean.half_width  # five standard errors


def test_interval_of_the_input_share_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(8)
    covered = 0
    for _ in range(1000):
        values = draws.normal(0.0, 1.0, (10, 1)) + draws.normal(0.0, 1.0, (10, 3))
        share = variance_split(values).input_share
        covered += share.low <= 0.5 <= share.high
    # Binomial(1000, 0.95): outside with a probability below 1e-5.
    assert 918 <= covered <= 979


def test_variance_split_at_the_edges() -> None:
    assert variance_split(np.array([[1.0, 1.0], [2.0, 2.0]])).input_share.value == 1.0
    assert variance_split(np.array([[1.0, 2.0], [1.0, 2.0]])).input_variance == 0.0
    assert math.isnan(variance_split(np.ones((3, 2))).input_share.value)
    with pytest.raises(UsageError, match="found 1 of 4"):
        variance_split(np.ones((1, 4)))


def worth_of(table: dict[frozenset[int], float]) -> Callable[[frozenset[int]], Floats]:
    return lambda group: np.array([table[group]])


def test_shapley_values_of_the_glove_game() -> None:
    # Player 0 has a left glove, 1 and 2 have right ones; a pair is worth 1: 2/3, 1/6, 1/6.
    groups = [frozenset(p for p in range(3) if bits >> p & 1) for bits in range(8)]
    table = {group: float(0 in group and bool(group & {1, 2})) for group in groups}
    assert shapley_values(3, worth_of(table))[:, 0].tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])
