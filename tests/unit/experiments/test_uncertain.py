from __future__ import annotations

import numpy as np
import pytest

from simlab.experiments.uncertain import Uncertain

SHARES = (np.arange(20_000) + 0.5) / 20_000


def moments(shape: str, *numbers: float) -> tuple[float, float]:
    values = [float(Uncertain("x", shape, numbers, False, "").at(share)) for share in SHARES]  # type: ignore[arg-type]
    return float(np.mean(values)), float(np.std(values))


@pytest.mark.parametrize(
    ("shape", "numbers", "mean", "deviation"),
    [
        ("uniform", (2.0, 8.0), 5.0, 6 / 12**0.5),
        ("triangular", (0.0, 1.0, 5.0), 2.0, ((25 + 1 - 5) / 18) ** 0.5),
        # PERT: mean (min + 4 mode + max) / 6, variance (mean - min)(max - mean) / 7.
        ("pert", (0.0, 1.0, 5.0), 1.5, (1.5 * 3.5 / 7) ** 0.5),
        ("normal", (10.0, 2.0), 10.0, 2.0),
    ],
)
def test_draws_have_the_moments_of_the_distribution(
    shape: str, numbers: tuple[float, ...], mean: float, deviation: float
) -> None:
    found = moments(shape, *numbers)
    assert found == pytest.approx((mean, deviation), rel=0.01)


def test_whole_inputs_are_whole_and_keep_their_unit() -> None:
    people = Uncertain("x", "uniform", (2.0, 6.0), True, "")
    assert {people.text(people.at(share)) for share in SHARES[::100]} == {"2", "3", "4", "5", "6"}
    assert Uncertain("x", "uniform", (40.0, 80.0), False, "/day").text(50.0) == "50/day"
