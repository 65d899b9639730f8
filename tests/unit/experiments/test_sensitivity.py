from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simlab.errors import InvalidInput
from simlab.experiments.parameters import Number
from simlab.experiments.sensitivity import (
    SensitivityExperiment,
    TornadoBar,
    by_design,
    read_sensitivity,
    sensitivity,
    width_of,
)
from simlab.statistics.comparison import paired_difference

Written = Callable[..., Path]
Floats = NDArray[np.float64]
PEOPLE = {"staffing.desk.people": {"from": 2, "to": 4}}
WORK = {"routing.steps.fix.work": {"pert": {"min": "15 min", "mode": "20 min", "max": "30 min"}}}


def numbers(*names: str) -> Sequence[Number]:
    return [Number(name, 0.0, 1.0, None, False) for name in names]


def file(**values: object) -> SensitivityExperiment:
    return SensitivityExperiment.model_validate({"experiment": "sensitivity", "scenario": "x.yaml", **values})


def test_morris_ranks_the_factors_of_a_linear_model() -> None:
    def evaluate(points: Floats, has_own: bool) -> Mapping[str, Floats]:
        assert not has_own
        return {"y": (points @ [1.0, -5.0])[:, np.newaxis] + np.zeros(3)}

    (told,) = by_design(file(method="morris"), numbers("a", "b"), 1, evaluate)
    assert [each.path for each in told.effects] == ["b", "a"]
    assert told.effects[0].effects.mu.value == pytest.approx(-5.0)
    assert told.effects[0].effects.sigma == pytest.approx(0.0, abs=1e-12)


def test_sobol_shares_of_a_linear_model_are_squares_of_its_slopes() -> None:
    def evaluate(points: Floats, has_own: bool) -> Mapping[str, Floats]:
        return {"y": (points @ [1.0, 2.0, 0.0])[:, np.newaxis]}

    (told,) = by_design(file(method="sobol", points=512), numbers("a", "b", "c"), 1, evaluate)
    assert [each.path for each in told.indices] == ["b", "a", "c"]
    shares = [each.indices.first.value for each in told.indices]
    assert shares == pytest.approx([0.8, 0.2, 0.0], abs=0.02)


def test_uncertainty_has_replications_of_its_own_for_each_draw() -> None:
    noise = np.random.default_rng(3)

    def evaluate(points: Floats, has_own: bool) -> Mapping[str, Floats]:
        assert has_own
        return {"y": points * 12**0.5 + noise.normal(0.0, 1.0, (len(points), 4))}

    (told,) = by_design(file(method="uncertainty", points=200), numbers("a"), 1, evaluate)
    assert told.outlook is not None
    share = told.outlook.split.input_share
    assert share.low < 0.5 < share.high
    assert told.outlook.low < told.outlook.median < told.outlook.high


def test_tornado_of_the_desk_shows_both_ends_against_today(written: Written) -> None:
    path = written(
        experiment="sensitivity", vary=PEOPLE, uncertain=WORK, replications=4, responses=["resolution_mean"]
    )
    told = sensitivity(path, jobs=1)
    (response,) = told.responses
    by_setting = {(bar.path, bar.setting): bar.paired.difference.value for bar in response.bars}
    # Today has two people, so that end differs by nothing.
    assert by_setting["staffing.desk.people", "2"] == 0.0
    assert by_setting["staffing.desk.people", "4"] < 0.0
    works = [value for (bar, _), value in by_setting.items() if bar == "routing.steps.fix.work"]
    assert works[0] < 0.0 < works[1]
    assert told.n_points == 5
    # The end that is today is simulated all the same: it is another way to write it.
    assert told.n_simulated == 20


@pytest.mark.parametrize(("method", "n_points"), [("morris", 6), ("sobol", 16), ("uncertainty", 4)])
def test_methods_run_on_the_desk(written: Written, method: str, n_points: int) -> None:
    path = written(
        experiment="sensitivity",
        method=method,
        vary=PEOPLE,
        uncertain=WORK,
        replications=2,
        trajectories=2,
        points=4,
        responses=["resolution_mean"],
    )
    told = sensitivity(path, jobs=1)
    (response,) = told.responses
    assert told.n_points == n_points
    assert bool(response.effects or response.indices or response.outlook)


def test_all_mistakes_of_a_sensitivity_study_are_told_at_once(written: Written) -> None:
    uncertain = {
        "staffing.desk.people": {"uniform": {"min": 1, "max": 3}},
        "routing.steps.fix.work": {"pert": {"min": "30 min", "mode": "20 min", "max": "40 min"}},
        "demand.mail.arrivals.rate": {"normal": {"mean": "60/day", "sd": "5/week"}},
        "staffing.desk.absence": {"triangular": {"min": "5 %", "mode": "8 %", "max": "180 %"}},
    }
    path = written(experiment="sensitivity", method="sobol", points=6, vary=PEOPLE, uncertain=uncertain)
    with pytest.raises(InvalidInput, match="min <= mode <= max must hold") as refusal:
        read_sensitivity(path)
    assert [problem.path for problem in refusal.value.problems] == [
        "uncertain.routing.steps.fix.work",
        "uncertain.demand.mail.arrivals.rate",
        "uncertain.staffing.desk.absence",
        "uncertain.staffing.desk.people",
        "points",
    ]


def test_distribution_without_a_shape_is_refused(written: Written) -> None:
    path = written(experiment="sensitivity", uncertain={"staffing.desk.people": {}})
    with pytest.raises(InvalidInput, match="exactly one of uniform, triangular, pert, normal"):
        read_sensitivity(path)
    with pytest.raises(InvalidInput, match="it must be said what varies"):
        read_sensitivity(written(experiment="sensitivity"))


def test_width_of_an_input_reaches_from_its_lowest_to_its_highest_value_with_that_of_today() -> None:
    def bar(path: str, difference: float) -> TornadoBar:
        today = np.array([10.0, 12.0, 11.0])
        return TornadoBar(path, "", paired_difference(today, today + difference, 0.95))

    bars = [bar("both", -11.0), bar("both", 21.0), bar("one", -25.0), bar("one", -5.0)]
    assert width_of("both", bars) == pytest.approx(32.0)
    assert width_of("one", bars) == pytest.approx(25.0)
