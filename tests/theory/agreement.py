"""How theory and simulation are compared: by standard errors of the mean over independent replications."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from tests.desks import Run, Written, model_of, run

REPLICATIONS = 30
"""Student's t with 29 degrees of freedom lies beyond 4 once in 2,500: so often a right engine fails."""
MOST_STANDARD_ERRORS = 4.0


def measured(
    written: Written, measures: Mapping[str, Callable[[Run], float]], seed: int = 20260105
) -> dict[str, list[float]]:
    """Measures of independent replications, one number a replication."""
    model = model_of(written)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for replication in range(REPLICATIONS):
        ran = run(model, seed, replication)
        for name, measure in measures.items():
            found[name].append(measure(ran))
    return found


def assert_agrees(values: Sequence[float] | ArrayLike, exact: float, precision: float = 0.01) -> None:
    """Assert that a mean over replications is exact within 4 standard errors, and that these are small."""
    sample = np.asarray(values, np.float64)
    error = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    mean = float(sample.mean())
    assert error <= precision * abs(exact), f"too coarse: standard error {error:.4g} of {exact:.6g}"
    off = (mean - exact) / error
    assert abs(off) <= MOST_STANDARD_ERRORS, f"{mean:.6g} against {exact:.6g}: {off:.2f} standard errors"


def assert_all_agree(
    written: Written,
    exact: Mapping[str, float],
    measures: Mapping[str, Callable[[Run], float]],
    precision: float = 0.01,
) -> None:
    """Run replications of a scenario and compare each measure with its exact value."""
    found = measured(written, measures)
    for name, value in exact.items():
        try:
            assert_agrees(found[name], value, precision)
        except AssertionError as difference:
            raise AssertionError(f"{name}: {difference}") from None
