from __future__ import annotations

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.designs import latin_hypercube, morris_trajectories, saltelli_design, sobol_points


def test_latin_hypercube_has_one_point_in_each_part_of_each_range() -> None:
    points = latin_hypercube(8, 3, seed=1)
    assert [sorted(np.floor(column * 8).astype(int).tolist()) for column in points.T] == [list(range(8))] * 3


def test_sobol_points_fill_every_quarter_alike() -> None:
    points = sobol_points(16, 2, seed=1)
    quarters = np.floor(points * 2) @ [1, 2]
    assert np.bincount(quarters.astype(int)).tolist() == [4, 4, 4, 4]
    assert len(sobol_points(5, 2, seed=1)) == 5


def test_each_trajectory_changes_each_factor_once_by_the_same_step() -> None:
    walks = morris_trajectories(6, 4, seed=3)
    changes = np.abs(np.diff(walks, axis=1))
    assert np.allclose(np.sort(changes.sum(axis=1), axis=1), 2 / 3)
    assert np.all((changes > 0).sum(axis=2) == 1)
    assert walks.min() >= 0.0
    assert walks.max() <= 1.0 + 1e-12
    with pytest.raises(UsageError, match="must be even; found 3"):
        morris_trajectories(2, 2, seed=1, levels=3)


def test_saltelli_design_exchanges_one_column_at_a_time() -> None:
    design = saltelli_design(8, 3, seed=1)
    assert design.points.shape == (8 * 5, 3)
    a, b, ab = design.split(design.points)
    assert np.array_equal(a, design.a)
    assert np.array_equal(b, design.b)
    assert np.array_equal(ab[1][:, 1], b[:, 1])
    assert np.array_equal(ab[1][:, [0, 2]], a[:, [0, 2]])


def test_design_without_points_is_refused() -> None:
    with pytest.raises(UsageError, match="found 0 points of 2 factors"):
        latin_hypercube(0, 2, seed=1)
