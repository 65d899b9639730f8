"""Waits that grow or shrink over the time of a log."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.paths import Paths
from simlab.calibrate.transitions import chain_of
from simlab.calibrate.trends import ADDED_MIN, trend_factors
from tests.unit.calibrate.paths_for_tests import MONDAY, paths_from

N_CASES = 1_200
SPACING_MIN = 60.0


def test_steady_waits_have_no_trend() -> None:
    assert (factors(_log(growth=1.0)) == 1.0).all()


def test_growing_waits_are_brought_to_the_level_of_the_end() -> None:
    # Waits double over the log: those at its start are multiplied by 2, the last ones by 1.
    paths = _log(growth=2.0)
    late = np.flatnonzero(~paths.is_first)
    found = factors(paths)[late]
    assert found[:50].mean() == pytest.approx(2.0, rel=0.1)
    assert found[-50:].mean() == pytest.approx(1.0, rel=0.05)


def test_shrinking_waits_are_brought_to_the_level_of_the_end() -> None:
    paths = _log(growth=0.5)
    assert factors(paths)[~paths.is_first][:50].mean() == pytest.approx(0.5, rel=0.1)


def test_few_waits_have_no_trend() -> None:
    assert (factors(_log(growth=2.0, n_cases=150)) == 1.0).all()


def factors(paths: Paths) -> np.ndarray:
    chain = chain_of(paths)
    return trend_factors(chain, chain.gap_min)


def _log(growth: float, n_cases: int = N_CASES) -> Paths:
    """Cases of two events; the wait between them has a median of 10 h times the growth so far."""
    rng = np.random.default_rng(7)
    cases = []
    for number in range(n_cases):
        start = MONDAY + SPACING_MIN * number
        so_far = growth ** (number / n_cases)
        end = start + (600.0 + ADDED_MIN) * so_far * float(np.exp(0.3 * rng.standard_normal())) - ADDED_MIN
        cases.append([("open", start, start), ("close", end, end)])
    return paths_from(cases)
