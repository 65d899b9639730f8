"""Experiment files of optimisations: what they say, and every mistake with place and remedy."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from simlab.errors import InvalidInput, MissingExtra
from simlab.experiments.parameters import Choice, Number
from simlab.optimise.definition import read_optimisation
from simlab.optimise.proposers import check_available

LONG = """
experiment: optimize
scenario: scenario.yaml
vary:
  staffing.front.people: {from: 1, to: 9}
  staffing.back.absence: {from: 0 %, to: 20 %, step: 5 %}
  routing.steps.solve.work.exponential.mean: {from: 10 min, to: 20 min}
  automation.bot.level: ["off", full]
  staffing.back.queue: {ordered: [fifo, priority]}
minimise: [cost_per_week, resolution_p90]
maximise: resolve_attainment
constraints: ["resolution_p90 <= 8 h", "cost_per_week <= 90000 EUR/week", "backlog_end <= 5"]
"""


def problems(toy: ModuleType, folder: Path, text: str) -> str:
    path = toy.write(folder, text)
    with pytest.raises(InvalidInput, match=r".") as refusal:
        read_optimisation(path)
    return str(refusal.value)


def test_ranges_and_choices_are_read_with_their_units(toy: ModuleType, tmp_path: Path) -> None:
    optimisation = read_optimisation(toy.write(tmp_path, LONG))

    people, absence, mean, level, queue = optimisation.space.parameters
    assert people == Number("staffing.front.people", 1.0, 9.0, 1.0, is_whole=True)
    assert isinstance(absence, Number)
    assert absence.text(15) == "15 %"
    assert isinstance(mean, Number)
    assert mean.step is None
    assert mean.text(12.5) == "12.5 min"
    assert isinstance(level, Choice)
    assert level.labels == ("off", "full")
    assert isinstance(queue, Choice)
    assert queue.is_ordered


def test_goals_and_constraints_are_read_in_the_units_of_the_responses(
    toy: ModuleType, tmp_path: Path
) -> None:
    aims = read_optimisation(toy.write(tmp_path, LONG)).aims

    assert [(goal.name, goal.shown_sign) for goal in aims.goals] == [
        ("cost_per_week", 1.0),
        ("resolution_p90", 1.0),
        ("resolve_attainment", -1.0),
    ]
    assert [(limit.is_upper, limit.bound) for limit in aims.limits] == [
        (True, 480.0),
        (True, 90000.0),
        (True, 5.0),
    ]


def test_seed_of_the_call_goes_before_that_of_the_file(toy: ModuleType, tmp_path: Path) -> None:
    path = toy.write(tmp_path)

    assert read_optimisation(path).seed == 1
    assert read_optimisation(path, seed=5).seed == 5


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("staffing.front.people: {", "staffing.frnt.people: {", "did you mean 'front'?"),
        ("staffing.front.people: {", "staffing.front.peple: {", "did you mean 'people'?"),
        ("{from: 1, to: 9}", "{from: -1, to: 9}", "must not be negative"),
        ("{from: 1, to: 9}", "{from: 9, to: 1}", "'from' must lie below 'to'"),
        ("{from: 1, to: 9}", "{from: 1, to: 9, step: 3}", "a whole number of steps above 'from'"),
        ("{from: 1, to: 9}", "{from: 1, to: 9 min}", "from, to and step are in the same unit"),
        ("{from: 1, to: 9}", "{from: one, to: 9}", "a number is expected, with its unit; found one"),
        ("{from: 1, to: 9}", "{to: 9}", "values are a range or choices in order"),
        ('["off", full]', '["off"]', "at least two different values"),
        ('["off", full]', '["off", ful]', "automation.bot.level"),
        ("cost_per_week", "cost_per_wek", "did you mean 'cost_per_week'?"),
        ("minimise: cost_per_week", "description: nothing", "it must be said what is sought"),
        (
            "minimise: cost_per_week",
            "minimise: cost_per_week\nmaximise: cost_per_week",
            "a response is sought once",
        ),
        ("resolve_attainment >= 80 %", "resolve_atainment >= 80 %", "did you mean 'resolve_attainment'?"),
        ("resolve_attainment >= 80 %", "resolve_attainment >= 0.8", "a share needs a percent sign"),
        ("resolve_attainment >= 80 %", "resolution_p90 <= 30", "a duration needs a unit"),
        ("resolve_attainment >= 80 %", "cost_per_week <= 9000 USD", "the scenario counts in EUR"),
        ("resolve_attainment >= 80 %", "resolve_attainment = 80 %", "a response, <= or >=, and a bound"),
        ("resolve_attainment >= 80 %", "'resolve_attainment[priority=P9] >= 80 %'", "P1"),
        ("resolve_attainment >= 80 %", "staffing.front.peeple <= 5", "is no number under 'vary'"),
        ("resolve_attainment >= 80 %", "staffing.front.people <= 5 %", "in the unit of the sum"),
        ("budget: {", "budgt: {", "did you mean 'budget'?"),
        ("trials: 22", "trials: 0", "at least 1"),
        ("experiment: optimize", "experiment: optimise", "did you mean 'optimize'?"),
    ],
)
def test_mistake_is_told_with_place_and_remedy(
    toy: ModuleType, tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in toy.EXPERIMENT

    message = problems(toy, tmp_path, toy.EXPERIMENT.replace(old, new, 1))

    assert told in message
    assert "experiment.yaml:" in message


def test_all_mistakes_are_told_at_once(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace("front.people", "frunt.people").replace("cost_per_week", "cost")
    text = text.replace("back.people: {from: 1", "back.people: {from: 10")

    message = problems(toy, tmp_path, text)

    assert "did you mean 'front'?" in message
    assert "'from' must lie below 'to'" in message
    assert "minimise" in message


@pytest.mark.parametrize(
    ("of", "total", "told"),
    [
        ("[staffing.front.people, staffing.back.people]", "30", "can add up to 2 at least and 18 at most"),
        ("[staffing.front.people, staffing.back.peopel]", "9", "is no number under 'vary'"),
        ("[staffing.front.people, staffing.back.people]", "9 min", "in the unit of its parts"),
        ("[staffing.front.people, staffing.front.people]", "9", "stands in a sum once"),
    ],
)
def test_sum_that_cannot_be_kept_is_refused(
    toy: ModuleType, tmp_path: Path, of: str, total: str, told: str
) -> None:
    assert told in problems(toy, tmp_path, f"{toy.EXPERIMENT}sum: [{{of: {of}, total: {total}}}]\n")


def test_parameter_inside_another_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace(
        "vary:", "vary:\n  staffing.front: [{people: 2, cost: 40 EUR/hour}, {people: 3, cost: 40 EUR/hour}]"
    )

    assert "lies inside 'staffing.front', which varies too" in problems(toy, tmp_path, text)


def test_sampler_without_its_package_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(MissingExtra, match=r"needs the package torch[\s\S]*sampler: tpe"):
        check_available("gp")


SHIPPED = sorted(
    path
    for path in (Path(__file__).parents[3] / "experiments").glob("*.yaml")
    if "experiment: optimize" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_optimisation_holds_no_mistakes_and_begins_with_today(path: Path) -> None:
    optimisation = read_optimisation(path)

    assert optimisation.space.holds(optimisation.space.present(optimisation.scenario.node))
