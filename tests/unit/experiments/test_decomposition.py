from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.experiments.compare import Comparison, compare
from simlab.experiments.decomposition import Decomposition, decompose
from simlab.experiments.definition import CompareExperiment, read_experiment

Written = Callable[..., Path]
BOTH = {"staffing.desk.people": 3, "routing.steps.fix.work": "10 min"}
RESPONSES = ["resolution_mean", "cost_per_week"]


def carried_out(path: Path, store: Path | None = None) -> tuple[Comparison, tuple[Decomposition, ...]]:
    experiment = read_experiment(path, CompareExperiment)
    comparison = compare(
        experiment.scenario(), experiment.alternatives(), replications=experiment.file.replications, jobs=1
    )
    return comparison, decompose(experiment, comparison, RESPONSES, jobs=1, store=store)


def written_with(written: Written, changes: dict[str, Any], sharing: str) -> Path:
    return written(
        experiment="compare", replications=4, decompose=sharing, alternatives={"both": {"set": changes}}
    )


@pytest.mark.parametrize("sharing", ["shapley", "sequential"])
def test_effects_add_up_to_the_difference_of_the_alternative(written: Written, sharing: str) -> None:
    comparison, (told,) = carried_out(written_with(written, BOTH, sharing))
    for row in told.rows:
        difference = comparison.row(row.response).changes[0].paired.difference.value
        assert sum(each.effect.value for each in row.contributions) == pytest.approx(difference)
        assert row.total.value == pytest.approx(difference)
    assert [each.change for each in told.rows[0].contributions] == list(BOTH)
    assert not told.is_sampled


def test_change_that_does_nothing_to_a_response_has_no_share_in_it(written: Written) -> None:
    _, (told,) = carried_out(written_with(written, BOTH, "shapley"))
    people, work = (each.effect.value for each in told.rows[1].contributions)
    # Pay follows from people alone.
    assert people > 0.0
    assert work == pytest.approx(0.0, abs=1e-9)


def test_shapley_of_two_changes_is_the_mean_of_both_orders(written: Written) -> None:
    _, (shapley,) = carried_out(written_with(written, BOTH, "shapley"))
    _, (forth,) = carried_out(written_with(written, BOTH, "sequential"))
    _, (back,) = carried_out(written_with(written, dict(reversed(BOTH.items())), "sequential"))
    one = [each.effect.value for each in forth.rows[0].contributions]
    other = [each.effect.value for each in back.rows[0].contributions][::-1]
    found = [each.effect.value for each in shapley.rows[0].contributions]
    assert found == pytest.approx(np.mean([one, other], axis=0).tolist())


def test_many_changes_are_shared_out_by_sampled_orders(written: Written, tmp_path: Path) -> None:
    changes = {
        "staffing.desk.people": 3,
        "routing.steps.fix.work": "15 min",
        "staffing.desk.absence": "5 %",
        "staffing.desk.cost": "44 EUR/hour",
        "demand.mail.arrivals.rate": "65/day",
        "targets.P1.resolve": "30 min",
    }
    comparison, (told,) = carried_out(written_with(written, changes, "shapley"), tmp_path / "r")
    assert told.is_sampled
    row = told.rows[0]
    difference = comparison.row(row.response).changes[0].paired.difference.value
    assert sum(each.effect.value for each in row.contributions) == pytest.approx(difference)
    by_change = {each.change: each.effect.value for each in row.contributions}
    assert by_change["staffing.desk.cost"] == 0.0
    assert by_change["staffing.desk.people"] < 0.0 < by_change["demand.mail.arrivals.rate"]


def test_experiment_without_several_changes_is_told(written: Written) -> None:
    path = written_with(written, {"staffing.desk.people": 3}, "shapley")
    with pytest.raises(InvalidInput, match="no alternative has several changes"):
        carried_out(path)
