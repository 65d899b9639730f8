"""Choice trees: they find what matters, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.choice_tree import Feature, grow, row_of_leaf


def feature(name: str, level: list[int], n_levels: int, *, is_ordered: bool) -> Feature:
    return Feature(name, np.array(level, np.int64), n_levels, is_ordered)


def test_a_fact_that_decides_is_split_off_and_shares_are_exact() -> None:
    rng = np.random.default_rng(1)
    priority = np.repeat([0, 1, 2], 200)
    noise = rng.integers(0, 4, 600)
    outcome = np.where(priority == 0, 0, np.arange(600) % 4 != 0).astype(np.int64)
    features = [
        Feature("noise", noise, 4, is_ordered=False),
        Feature("priority", priority.astype(np.int64), 3, is_ordered=True),
    ]
    leaves = grow(features, outcome, np.ones(600), 2)
    assert [leaf.levels[1].tolist() for leaf in leaves] == [[True, False, False], [False, True, True]]
    assert all(leaf.levels[0].all() for leaf in leaves)
    assert leaves[0].shares.tolist() == [1.0, 0.0]
    assert leaves[1].shares.tolist() == [0.25, 0.75]


def test_without_anything_that_matters_there_is_one_leaf() -> None:
    rng = np.random.default_rng(2)
    features = [Feature("any", rng.integers(0, 5, 2000), 5, is_ordered=False)]
    leaves = grow(features, rng.integers(0, 3, 2000), np.ones(2000), 3)
    assert len(leaves) == 1
    assert leaves[0].weight == 2000.0


def test_an_ordered_fact_is_cut_into_ranges_only() -> None:
    level = np.tile([0, 1, 2, 3], 300)
    outcome = np.isin(level, (0, 3)).astype(np.int64)
    leaves = grow([Feature("hops", level, 4, is_ordered=True)], outcome, np.ones(1200), 2)
    assert sorted(leaf.levels[0].tolist() for leaf in leaves) == [
        [False, False, False, True],
        [False, True, True, False],
        [True, False, False, False],
    ]


def test_a_named_fact_is_divided_by_what_follows_it() -> None:
    level = np.tile([0, 1, 2, 3], 300)
    outcome = np.isin(level, (0, 3)).astype(np.int64)
    leaves = grow([Feature("class", level, 4, is_ordered=False)], outcome, np.ones(1200), 2)
    assert sorted(leaf.levels[0].tolist() for leaf in leaves) == [
        [False, True, True, False],
        [True, False, False, True],
    ]


def test_weights_count_as_so_many_observations() -> None:
    single = feature("only", [0, 0], 1, is_ordered=True)
    leaf = grow([single], np.array([0, 1]), np.array([3.0, 1.0]), 2)[0]
    assert leaf.counts.tolist() == [3.0, 1.0]
    assert leaf.shares.tolist() == [0.75, 0.25]


def test_observations_find_their_leaf() -> None:
    level = np.repeat([0, 1], 100)
    features = [Feature("class", level, 2, is_ordered=False)]
    leaves = grow(features, level.astype(np.int64), np.ones(200), 2)
    found = row_of_leaf(leaves, features)
    assert [leaves[row].shares[int(kind)] for row, kind in zip(found, level, strict=True)] == [1.0] * 200


def test_nothing_observed_gives_no_leaf() -> None:
    assert grow([], np.zeros(0, np.int64), np.zeros(0), 3) == []


@pytest.mark.parametrize("n", [10, 23])
def test_few_observations_are_not_split(n: int) -> None:
    level = np.arange(n) % 2
    leaves = grow([Feature("class", level, 2, is_ordered=False)], level, np.ones(n), 2)
    assert len(leaves) == 1
