"""Kinds of tickets: those that made a log are found, and none where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.latent import Observations, find_kinds


def test_two_kinds_are_told_apart() -> None:
    rng = np.random.default_rng(6)
    n, per_case = 2000, 8
    is_hard = rng.random(n) < 0.3
    case = np.repeat(np.arange(n), per_case)
    outcome = (rng.random(n * per_case) < np.where(is_hard, 0.85, 0.15)[case]).astype(np.int64)
    seen = Observations.of(case, np.zeros(len(case), np.int64), outcome)
    kinds = find_kinds(seen, np.bincount(case, outcome).astype(np.float64) * 60.0, (1, 2))
    assert len(kinds) == 2
    assert kinds.share[1] == pytest.approx(0.3, abs=0.03)
    assert ((kinds.membership[:, 1] > 0.5) == is_hard).mean() > 0.95


def test_one_kind_is_not_divided() -> None:
    rng = np.random.default_rng(7)
    n, per_case = 2000, 6
    case = np.repeat(np.arange(n), per_case)
    outcome = rng.integers(0, 3, n * per_case)
    seen = Observations.of(case, np.zeros(len(case), np.int64), outcome)
    kinds = find_kinds(seen, rng.exponential(1.0, n), (1, 2, 4))
    assert len(kinds) == 1


def test_memberships_of_a_case_add_up_to_one() -> None:
    case = np.repeat(np.arange(300), 3)
    outcome = np.tile([0, 1, 0], 300)
    kinds = find_kinds(Observations.of(case, case * 0, outcome), np.arange(300.0), (3,))
    assert kinds.membership.sum(1) == pytest.approx(np.ones(300))
    assert kinds.share.sum() == pytest.approx(1.0)
