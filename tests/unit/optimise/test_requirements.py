"""Requirements: bounds of means and of most runs, read and judged."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.optimise.definition import read_optimisation
from simlab.optimise.requirements import Requirement, Standing, figure_of, series
from simlab.statistics.selection import RepeatedLooks


def replications(shares: list[float], tickets: list[float] | None = None) -> list[ReplicationSummary]:
    """Replications in which so large a share of so many tickets was on time."""
    totals = tickets or [100.0] * len(shares)
    return [
        ReplicationSummary(
            i,
            ("resolve_attainment",),
            np.array([share]),
            np.array([share * n]),
            np.array([n]),
            (),
            Window(0.0, 1.0),
            "",
        )
        for i, (share, n) in enumerate(zip(shares, totals, strict=True))
    ]


def requirement(toy: ModuleType, folder: Path, text: str) -> Requirement:
    written = toy.EXPERIMENT.replace("resolve_attainment >= 80 %", text)
    (found,) = read_optimisation(toy.write(folder, written)).aims.limits
    return found


def test_series_of_a_ratio_has_the_pooled_ratio_as_its_mean() -> None:
    summaries = replications([0.9, 0.5, 0.7], [100.0, 300.0, 50.0])

    values = series(summaries, "resolve_attainment")

    assert values.mean() == pytest.approx((90.0 + 150.0 + 35.0) / 450.0)


def test_chance_is_the_share_of_runs_that_keep_the_bound(toy: ModuleType, tmp_path: Path) -> None:
    chance = requirement(toy, tmp_path, "P(resolve_attainment >= 80 %) >= 90 %")
    summaries = replications([0.95] * 18 + [0.6, 0.7])

    figure = figure_of(chance, summaries)

    assert chance.text == "P(resolve_attainment >= 80 %) >= 90 %"
    assert chance.violation(summaries) == pytest.approx(0.0)
    assert figure.estimate.value == pytest.approx(0.9)
    assert figure.estimate.low < 0.75  # 18 of 20 do not show 90 %
    assert "each bound by itself" in figure.estimate.method
    assert figure.standing is Standing.OPEN


def test_chance_is_kept_only_where_its_lower_bound_says_so(toy: ModuleType, tmp_path: Path) -> None:
    chance = requirement(toy, tmp_path, "P(resolve_attainment >= 80 %) >= 90 %")

    def standing(n: int) -> Standing:
        return chance.standing(chance.violations(replications([0.95] * n)), RepeatedLooks((n,)))

    assert standing(28) is Standing.OPEN
    assert standing(29) is Standing.KEPT
    assert chance.standing(chance.violations(replications([0.5] * 10)), RepeatedLooks((10,))) is (
        Standing.BROKEN
    )


def test_mean_is_kept_or_broken_only_where_runs_show_it(toy: ModuleType, tmp_path: Path) -> None:
    mean = requirement(toy, tmp_path, "resolve_attainment >= 80 %")

    def standing(shares: list[float]) -> Standing:
        return mean.standing(mean.violations(replications(shares)), RepeatedLooks((len(shares),)))

    assert standing([0.9, 0.91, 0.92, 0.89]) is Standing.KEPT
    assert standing([0.7, 0.71, 0.72, 0.69]) is Standing.BROKEN
    assert standing([0.9, 0.7, 0.85, 0.79]) is Standing.OPEN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("P(resolve_attainment >= 80 %) <= 90 %", "the other way round"),
        ("P(resolve_attainment >= 80 %) >= 100 %", "below 100 %"),
        ("P(resolve_attainment >= 80 %) >= 0.9", "percent sign"),
        ("P(resolve_atainment >= 80 %) >= 90 %", "did you mean 'resolve_attainment'"),
    ],
)
def test_chance_that_cannot_be_is_told_with_its_place(
    toy: ModuleType, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told) as refusal:
        requirement(toy, tmp_path, text)

    assert "experiment.yaml:" in str(refusal.value)
