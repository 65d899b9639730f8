from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.experiments.runner import run
from simlab.experiments.sweep import read_sweep, sweep
from simlab.model.load import load

Written = Callable[..., Path]


def test_grid_has_every_combination_in_order(written: Written) -> None:
    plan = read_sweep(
        written(
            experiment="sweep",
            vary={
                "staffing.desk.people": {"from": 2, "to": 4},
                "staffing.desk.absence": {"from": "0 %", "to": "10 %", "steps": 2},
                "staffing.desk.queue": ["fifo", "priority"],
            },
        )
    )
    texts = [plan.texts(point) for point in plan.points]
    assert len(texts) == 3 * 3 * 2
    assert texts[0] == {
        "staffing.desk.people": "2",
        "staffing.desk.absence": "0 %",
        "staffing.desk.queue": "fifo",
    }
    assert texts[2]["staffing.desk.absence"] == "5 %"


def test_point_of_a_sweep_gives_what_the_changed_scenario_gives(written: Written) -> None:
    path = written(
        experiment="sweep", vary={"staffing.desk.people": [2, 3]}, replications=3, responses=["wait_mean"]
    )
    told = sweep(path, jobs=1)
    for point, people in zip(told.points, (2, 3), strict=True):
        scenario = load(path.parent / "scenario.yaml", assignments=[f"staffing.desk.people={people}"])
        expected = run(scenario, replications=3, jobs=1).estimates(names=["wait_mean"])
        assert point.settings == {"staffing.desk.people": str(people)}
        assert point.estimates == expected
        assert point.unstable == ()
    assert told.responses == ("wait_mean",)
    assert told.n_simulated == 6


def test_sweep_goes_on_from_what_was_kept(written: Written, tmp_path: Path) -> None:
    common = {"experiment": "sweep", "replications": 2, "responses": ["wait_mean"]}
    first = sweep(written(vary={"staffing.desk.people": [2, 3]}, **common), jobs=1, store=tmp_path / "r")
    wider = written(vary={"staffing.desk.people": [2, 3, 4]}, **common)
    more = sweep(wider, jobs=1, store=tmp_path / "r")
    assert first.folder == more.folder
    assert (first.n_simulated, more.n_simulated) == (4, 2)
    assert more.points[:2] == first.points


def test_listed_points_are_taken_as_they_are(written: Written) -> None:
    points = [
        {"staffing.desk.people": 2, "staffing.desk.absence": "5 %"},
        {"staffing.desk.absence": "5 %", "staffing.desk.people": 3},
    ]
    plan = read_sweep(written(experiment="sweep", design="list", list=points))
    assert [plan.texts(point) for point in plan.points] == [
        {"staffing.desk.people": "2", "staffing.desk.absence": "5 %"},
        {"staffing.desk.people": "3", "staffing.desk.absence": "5 %"},
    ]


@pytest.mark.parametrize("design", ["latin", "sobol"])
def test_spread_points_keep_units_and_fill_the_range(written: Written, design: str) -> None:
    plan = read_sweep(
        written(
            experiment="sweep",
            design=design,
            points=8,
            vary={"demand.mail.arrivals.rate": {"from": "40/day", "to": "80/day"}},
        )
    )
    rates = [plan.texts(point)["demand.mail.arrivals.rate"] for point in plan.points]
    assert all(rate.endswith("/day") for rate in rates)
    numbers = np.sort([float(rate.removesuffix("/day")) for rate in rates])
    assert np.array_equal(np.floor((numbers - 40) / 5), np.arange(8))


def test_all_mistakes_of_a_sweep_are_told_at_once(written: Written) -> None:
    path = written(
        experiment="sweep",
        vary={"staffing.dsk.people": [2, 3], "staffing.desk.absence": {"from": "0 %", "to": "10 %"}},
        responses=["resolution_men", "wait_mean"],
        confidence="20 %",
    )
    with pytest.raises(InvalidInput, match="dsk") as refusal:
        read_sweep(path)
    assert [problem.path for problem in refusal.value.problems] == [
        "confidence",
        "vary.staffing.dsk.people",
        "responses.0",
    ]
    assert all(problem.place and problem.place.line for problem in refusal.value.problems)


def test_grid_over_a_range_without_steps_is_refused(written: Written) -> None:
    vary = {"staffing.desk.absence": {"from": "0 %", "to": "10 %"}}
    with pytest.raises(InvalidInput, match="a grid needs the distance of values"):
        read_sweep(written(experiment="sweep", vary=vary))


def test_sweep_over_nothing_is_refused(written: Written) -> None:
    with pytest.raises(InvalidInput, match="it must be said what varies"):
        read_sweep(written(experiment="sweep"))
    with pytest.raises(InvalidInput, match="the points must be listed"):
        read_sweep(written(experiment="sweep", design="list"))
    uneven = [{"staffing.desk.people": 2}, {"staffing.desk.absence": "1 %"}]
    with pytest.raises(InvalidInput, match="every point sets the same paths"):
        read_sweep(written(experiment="sweep", design="list", list=uneven))


def test_grid_of_too_many_points_is_refused(written: Written) -> None:
    vary = {"staffing.desk.people": {"from": 1, "to": 20001}}
    with pytest.raises(
        InvalidInput, match="20\N{NO-BREAK SPACE}001 points, more than 10\N{NO-BREAK SPACE}000"
    ):
        read_sweep(written(experiment="sweep", vary=vary))
