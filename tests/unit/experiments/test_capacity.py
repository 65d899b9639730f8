from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.experiments.capacity import capacity, read_capacity, wish_of
from simlab.experiments.first_guess import Wish, crews_of, guess
from simlab.experiments.limits import OutputLimit
from simlab.experiments.parameters import Number
from simlab.experiments.staffing_search import Judgement, Looks, standing_of
from simlab.experiments.workbench import Case
from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.model.load import LoadedScenario, from_node
from simlab.scenario.nodes import MapNode, from_plain
from simlab.statistics.queueing import agents_needed, erlang_a_served_within

Written = Callable[..., Path]
PEOPLE = {"staffing.desk.people": {"from": 1, "to": 9}}


def call_centre(tmp_path: Path, **desk: object) -> LoadedScenario:
    """100 calls in 30 minutes, 3 minutes each."""
    scenario: dict[str, Any] = {
        "name": "Calls",
        "time": {"length": "1 week"},
        "demand": {"calls": {"arrivals": {"rate": "200/hour"}}},
        "staffing": {"desk": {"people": 20, **desk}},
        "routing": {
            "start": "talk",
            "steps": {"talk": {"team": "desk", "work": {"exponential": "3 min"}, "next": "resolved"}},
        },
        "targets": [{"respond": "20 s"}],
    }
    node = from_plain(scenario, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path)


def people(low: int, high: int, path: str = "staffing.desk.people") -> Number:
    return Number(path, low, high, 1.0, True)


def test_first_guess_of_a_steady_queue_is_that_of_erlang_c(tmp_path: Path) -> None:
    scenario = call_centre(tmp_path)
    crews = crews_of(scenario, [people(1, 40)])
    exact = agents_needed(100 / 30, 3.0, target_share=0.8, within=1 / 3)
    assert guess(scenario.model, crews, Wish(0.8, 1 / 3)) == {"staffing.desk.people": exact.on_duty}


def test_first_guess_plans_for_absence(tmp_path: Path) -> None:
    scenario = call_centre(tmp_path, absence="30 %")
    found = guess(scenario.model, crews_of(scenario, [people(1, 40)]), Wish(0.8, 1 / 3))
    exact = agents_needed(100 / 30, 3.0, target_share=0.8, within=1 / 3, shrinkage=0.3)
    # Absent people leave fractions of a person, which are interpolated.
    assert abs(found["staffing.desk.people"] - exact.on_roster) <= 1


def test_first_guess_carries_what_comes_at_night_into_the_day(tmp_path: Path) -> None:
    by_day = {"hours": {"mon-sun": "08:00-16:00"}}
    scenario = call_centre(tmp_path, **by_day)
    found = guess(scenario.model, crews_of(scenario, [people(1, 80)]), Wish(0.05, 1 / 3))
    # Ten busy people round the clock are thirty in eight hours.
    assert 30 <= found["staffing.desk.people"] <= 45


def test_first_guess_staffs_the_shift_in_which_work_comes(tmp_path: Path) -> None:
    shifts = {
        "people": None,
        "shifts": {
            "day": {"people": 1, "hours": {"mon-sun": "08:00-16:00"}},
            "night": {"people": 1, "hours": {"mon-sun": "16:00-08:00"}},
        },
    }
    scenario = call_centre(tmp_path, **shifts).patch(
        {"demand.calls.arrivals": {"rate": None, "hourly": {"mon-sun": {"08:00-16:00": "200/hour"}}}}
    )
    numbers = [people(0, 40, f"staffing.desk.shifts.{shift}.people") for shift in ("day", "night")]
    crews = crews_of(scenario, numbers)
    assert [crew.paid_hours for crew in crews] == pytest.approx([56.0, 112.0])
    found = guess(scenario.model, crews, Wish(0.8, 1 / 3))
    assert found["staffing.desk.shifts.night.people"] == 0
    assert found["staffing.desk.shifts.day.people"] == pytest.approx(13, abs=1)


def test_first_guess_counts_on_those_who_leave(tmp_path: Path) -> None:
    patient = call_centre(tmp_path)
    leaving = {"routing.steps.talk.patience": {"time": {"exponential": "2 min"}, "to": "abandoned"}}
    impatient = patient.patch({**leaving, "routing.steps.abandoned": {"end": "abandoned"}})
    wish = Wish(0.8, 1 / 3)
    found = guess(impatient.model, crews_of(impatient, [people(1, 40)]), wish)["staffing.desk.people"]
    enough = [erlang_a_served_within(1 / 3, 100 / 30, 3.0, n, 2.0) >= 0.8 for n in (found - 1, found)]
    assert enough == [False, True]
    assert found < guess(patient.model, crews_of(patient, [people(1, 40)]), wish)["staffing.desk.people"]


def test_first_guess_keeps_people_from_being_too_busy(tmp_path: Path) -> None:
    scenario = call_centre(tmp_path)
    limits = (
        OutputLimit("respond_attainment", False, 0.5, "respond_attainment >= 50 %"),
        OutputLimit("occupancy[team=desk]", True, 0.6, "occupancy[team=desk] <= 60 %"),
    )
    wish = wish_of(scenario, limits)
    assert wish.most_occupancy == {"desk": 0.6}
    # Ten of them are busy at any time: seventeen are 59 % busy.
    assert guess(scenario.model, crews_of(scenario, [people(1, 40)]), wish) == {"staffing.desk.people": 17}


@pytest.mark.parametrize("n", [1, 30])
def test_first_guess_is_the_same_from_any_lower_bound_that_is_not_too_high(tmp_path: Path, n: int) -> None:
    scenario = call_centre(tmp_path)
    crews = crews_of(scenario, [people(1, 40)])
    found = guess(scenario.model, crews, Wish(0.8, 1 / 3), least={"staffing.desk.people": n})
    assert found == {"staffing.desk.people": max(n, 14)}


def test_staffing_that_owes_its_success_to_chance_is_struck_out_on_new_numbers(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simlab.experiments import capacity as module

    seen: list[tuple[int, int]] = []

    def judged(case: Case, limits: object, bench: object, looks: Looks, confidence: float) -> Judgement:
        n = int(case.label.rpartition("=")[2])
        seen.append((n, looks.begin))
        is_lucky = n >= 3 if looks.begin == 0 else n >= 4
        return Judgement(is_lucky, (), "" if is_lucky else "missed", range(looks.begin, looks.begin + 2))

    monkeypatch.setattr(module, "judged", judged)
    path = written(experiment="capacity", vary=PEOPLE, constraints=["wait_mean <= 1 h"], most_replications=20)
    (point,) = capacity(path, jobs=1).points
    assert (point.n_people, point.is_kept) == (4, True)
    assert [each for each in seen if each[1]] == [(3, 20), (4, 40)]


def test_wish_is_the_strictest_response_target(tmp_path: Path) -> None:
    scenario = call_centre(tmp_path)
    limits = (OutputLimit("respond_attainment", False, 0.8, "respond_attainment >= 80 %"),)
    wish = wish_of(scenario, limits)
    assert wish.share == 0.8
    assert wish.within == pytest.approx(1 / 3)
    assert wish_of(scenario, ()) == Wish(0.5, 0.0)


def test_grown_demand_keeps_its_unit(written: Written) -> None:
    path = written(
        experiment="capacity", vary=PEOPLE, constraints=["wait_p90 <= 30 min"], growth=["-10 %", "20 %"]
    )
    plan = read_capacity(path)
    assert plan.demand == ("demand.mail.arrivals.rate",)
    rates = [
        plan.at_growth(growth).resolved["demand"]["mail"]["arrivals"]["rate"]  # type: ignore[call-overload, index]
        for growth in plan.experiment.file.growth
    ]
    assert rates == ["54/day", "72/day"]


def summaries_of(*shares: float) -> list[ReplicationSummary]:
    return [
        ReplicationSummary(
            number,
            ("occupancy",),
            np.array([share]),
            np.array([share]),
            np.array([1.0]),
            (),
            Window(0.0, 1.0),
            "",
        )
        for number, share in enumerate(shares)
    ]


def test_target_stands_by_the_whole_interval() -> None:
    def standing(is_upper: bool, bound: float, *shares: float) -> str:
        limit = OutputLimit("occupancy", is_upper, bound, "text")
        return standing_of(limit, summaries_of(*shares), 0.95).standing

    assert standing(True, 0.85, 0.80, 0.81, 0.79) == "kept"
    assert standing(True, 0.80, 0.80, 0.81, 0.79) == "not shown"
    assert standing(True, 0.70, 0.80, 0.81, 0.79) == "missed"
    assert standing(False, 0.70, 0.80, 0.81, 0.79) == "kept"
    assert standing(False, 0.90, 0.80, 0.81, 0.79) == "missed"
    assert standing(True, 0.85, 0.80) == "not shown"


def test_capacity_of_the_desk_cannot_spare_anybody(written: Written) -> None:
    path = written(
        experiment="capacity",
        vary=PEOPLE,
        constraints=["resolve_attainment >= 80 %"],
        growth=["0 %", "200 %"],
        replications=5,
        responses=["cost_per_week"],
    )
    told = capacity(path, jobs=1)
    assert told.is_kept
    few, more = told.points
    assert few.n_people < more.n_people
    for point in told.points:
        assert point.targets[0].estimate.low >= 0.8
        assert point.estimates["cost_per_week"].value == pytest.approx(point.n_people * 168 * 40.0)
        assert point.paid_hours_per_week == pytest.approx(point.n_people * 168.0)
    plan = read_capacity(path)
    fewer = {"staffing.desk.people": {"from": 1, "to": more.n_people - 1}}
    short = written(
        experiment="capacity",
        vary=fewer,
        constraints=["resolve_attainment >= 80 %"],
        growth=["200 %"],
        replications=5,
    )
    assert plan.replications == 5
    assert not capacity(short, jobs=1).is_kept


def test_all_mistakes_of_a_capacity_study_are_told_at_once(written: Written) -> None:
    path = written(
        experiment="capacity",
        vary={"staffing.desk.absence": {"from": "0 %", "to": "10 %"}, "staffing.dsk.people": [1, 2]},
        constraints=["wait_p90 < 30 min", "respond_atainment >= 80 %"],
        demand=["staffing.desk.queue", "demand.mail"],
        confidence="100 %",
    )
    with pytest.raises(InvalidInput, match="dsk") as refusal:
        read_capacity(path)
    assert {problem.path for problem in refusal.value.problems} >= {
        "confidence",
        "vary.staffing.dsk.people",
        "constraints.0",
        "constraints.1",
        "demand.0",
    }


def test_growth_that_is_no_percentage_is_refused(written: Written) -> None:
    path = written(experiment="capacity", vary=PEOPLE, constraints=["wait_mean <= 1 h"], growth=[1.2])
    with pytest.raises(InvalidInput, match="growth of the demand is a percentage"):
        read_capacity(path)
