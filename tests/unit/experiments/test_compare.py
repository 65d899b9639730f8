from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.experiments.compare import compare, compare_runs
from simlab.experiments.runner import run
from simlab.model.load import LoadedScenario

People = Callable[[int], LoadedScenario]


def test_difference_is_the_mean_of_differences_of_paired_replications(with_people: People) -> None:
    comparison = compare(with_people(2), {"three": with_people(3)}, replications=5, jobs=1)
    before = comparison.base.values("resolution_mean")
    after = comparison.alternatives["three"].values("resolution_mean")
    change = comparison.row("resolution_mean").changes[0]
    assert change.alternative == "three"
    assert change.paired.difference.value == pytest.approx(float(np.mean(after - before)))
    # Both met the same tickets with the same needs, which shows as correlation.
    assert change.paired.correlation > 0.5


def test_shorter_times_are_better_and_higher_cost_is_worse(with_people: People) -> None:
    comparison = compare(with_people(1), {"three": with_people(3)}, replications=5, jobs=1)
    assert comparison.row("resolution_mean").changes[0].verdict == "better"
    assert comparison.row("cost_per_week").changes[0].verdict == "worse"
    assert comparison.row("utilisation").changes[0].verdict == "lower"
    assert comparison.row("created_per_week").changes[0].verdict == "not shown"


def test_alternative_that_changes_nothing_shows_nothing(desk: LoadedScenario) -> None:
    comparison = compare(desk, {"same": desk.patch({}, "same")}, replications=3, jobs=1)
    assert all(change.verdict == "not shown" for row in comparison.rows for change in row.changes)
    assert not comparison.rows[0].changes[0].is_significant


def test_intervals_are_wider_the_more_alternatives_are_compared(with_people: People) -> None:
    base, three, four = (run(with_people(n), replications=4, jobs=1) for n in (2, 3, 4))
    alone = compare_runs(base, {"three": three}).row("resolution_mean").changes[0]
    beside = compare_runs(base, {"three": three, "four": four}).row("resolution_mean").changes[0]
    assert beside.paired.difference.half_width > alone.paired.difference.half_width


def test_only_shared_responses_are_compared(desk: LoadedScenario) -> None:
    other = desk.patch({"demand.mail.priority": {"P1": "50 %", "P2": None, "P3": "50 %"}, "targets.P2": None})
    comparison = compare(desk, {"other": other}, replications=2, jobs=1)
    names = [row.name for row in comparison.rows]
    assert "resolution_mean[priority=P1]" in names
    assert "resolution_mean[priority=P3]" not in names


def test_responses_asked_for_are_the_rows(desk: LoadedScenario) -> None:
    comparison = compare(desk, {"same": desk}, replications=2, jobs=1, responses=["wait_mean"])
    assert [row.name for row in comparison.rows] == ["wait_mean"]
    with pytest.raises(KeyError, match="resolution_mean"):
        comparison.row("resolution_mean")


def test_runs_with_other_seeds_cannot_be_paired(desk: LoadedScenario) -> None:
    base, other = run(desk, replications=2, jobs=1), run(desk, replications=2, jobs=1, seed=2)
    with pytest.raises(UsageError, match="'other' and the base have other seeds"):
        compare_runs(base, {"other": other})


def test_comparison_without_an_alternative_is_refused(desk: LoadedScenario) -> None:
    with pytest.raises(UsageError, match="at least one alternative"):
        compare_runs(run(desk, replications=1, jobs=1), {})


def test_controls_of_the_base_narrow_estimates_and_differences_alike(with_people: People) -> None:
    asked = ["utilisation", "resolution_mean", "created_per_week"]
    plain, told = (
        compare(
            with_people(2),
            {"three": with_people(3)},
            replications=12,
            jobs=1,
            responses=asked,
            controls=controls,
        )
        for controls in (False, True)
    )
    # The load is the work that came over the people: so is its difference.
    before, after = plain.row("utilisation"), told.row("utilisation")
    assert after.base.variance_reduction > 1.0
    assert after.changes[0].paired.difference.half_width < before.changes[0].paired.difference.half_width
    # One regression for all: the difference is that of the estimates.
    mean = told.row("resolution_mean")
    assert mean.changes[0].paired.difference.value == pytest.approx(
        mean.changes[0].estimate.value - mean.base.value
    )
    assert told.row("created_per_week").changes[0].paired.difference.value == 0.0


def test_money_of_two_currencies_is_not_compared(desk: LoadedScenario) -> None:
    other = desk.patch({"staffing.desk.cost": "40 CHF/hour"})
    with pytest.raises(UsageError, match="counts in EUR and 'abroad' in CHF"):
        compare(desk, {"abroad": other}, replications=1, jobs=1)
    base, abroad = run(desk, replications=1, jobs=1), run(other, replications=1, jobs=1)
    with pytest.raises(UsageError, match="convert the amounts"):
        compare_runs(base, {"abroad": abroad})
    without_money = desk.patch({"staffing.desk.cost": None})
    free = compare(desk, {"free": without_money}, replications=1, jobs=1)
    assert not any(row.name.startswith("cost") for row in free.rows)
