"""What queueing formulas say of configurations: exact for textbook networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simlab.model.flow import ways_of
from simlab.model.load import load
from simlab.model.visits import exact_visits
from simlab.optimise.definition import read_optimisation
from simlab.optimise.formula import Formula
from simlab.optimise.formula_search import best_by_formula
from simlab.optimise.starts import beginning_of
from simlab.statistics.queueing import mg1, mmc

REWORK = """
name: Rework
time: {zone: UTC, start: 2026-01-05, warm_up: 1 week, length: 5 weeks}
demand: {parts: {arrivals: {rate: 6/hour}, priority: P1}}
staffing:
  make: {people: 3, cost: 30 EUR/hour}
  check: {people: 2, cost: 20 EUR/hour}
costs: {user_waiting: {P1: 12 EUR/hour}}
routing:
  start: make
  steps:
    make: {team: make, work: {exponential: {mean: 16 min}}, next: check}
    check: {team: check, work: {exponential: {mean: 8 min}}, next: [{to: make, share: 20 %}, {to: resolved}]}
"""
PEOPLE = """
experiment: optimize
scenario: scenario.yaml
vary: {staffing.make.people: {from: 1, to: 9}, staffing.check.people: {from: 1, to: 9}}
minimise: cost_per_week
"""
ROUTES = """
name: Two routes
time: {zone: UTC, start: 2026-01-05, length: 1 week}
demand: {calls: {arrivals: {rate: 1/min}, priority: P1}}
staffing: {quick: {people: 1}, slow: {people: 1}}
routing:
  start: {quick: 50 %, slow: 50 %}
  steps:
    quick: {team: quick, work: {fixed: 1 min}, next: resolved}
    slow: {team: slow, work: {exponential: {mean: 2 min}}, next: resolved}
"""
SHARES = """
experiment: optimize
scenario: scenario.yaml
vary: {routing.start.quick: {from: 0 %, to: 100 %}, routing.start.slow: {from: 0 %, to: 100 %}}
sum: [{of: [routing.start.quick, routing.start.slow], total: 100 %}]
minimise: sojourn_mean
"""


def written(folder: Path, scenario: str, experiment: str) -> Path:
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    (folder / "experiment.yaml").write_text(experiment, encoding="utf-8")
    return folder / "experiment.yaml"


def rework_cost(make: int, check: int) -> float:
    """Cost of a week of the Jackson network: each part comes to each step 1 / (1 - 20 %) times."""
    rate = 6.0 / 60.0 / 0.8
    inside = mmc(rate, 16.0, make).mean_in_system + mmc(rate, 8.0, check).mean_in_system
    return 168.0 * (30.0 * make + 20.0 * check + 12.0 * inside)


def test_visits_of_a_loop_are_a_geometric_sum(tmp_path: Path) -> None:
    written(tmp_path, REWORK, PEOPLE)
    model = load(tmp_path / "scenario.yaml").model

    visits = exact_visits(model)

    assert visits is not None
    found = dict(zip(model.names.steps, visits[0].tolist(), strict=True))
    assert found["make"] == pytest.approx(1.25)
    assert found["check"] == pytest.approx(1.25)
    assert ways_of(model, 1).tickets == pytest.approx(0.1)


def test_process_with_conditions_is_walked_through_instead(tmp_path: Path) -> None:
    asked = "next: [{when: {visits: '>= 2'}, to: resolved}, {to: make, share: 20 %}, {to: resolved}]"
    text = REWORK.replace("next: [{to: make, share: 20 %}, {to: resolved}]", asked)
    written(tmp_path, text, PEOPLE)
    model = load(tmp_path / "scenario.yaml").model

    assert exact_visits(model) is None
    ways = ways_of(model, 4000)
    # One loop at most: 1.2 visits to each step; the error is that of a share of 4,000 tickets.
    assert ways.visits[model.names.steps.index("make")] == pytest.approx(0.12, abs=0.1 * 4 * 0.4 / 63.0)


def test_cost_of_a_jackson_network_is_exact(tmp_path: Path) -> None:
    plan = read_optimisation(written(tmp_path, REWORK, PEOPLE))
    here = {"staffing.make.people": 3, "staffing.check.people": 2}
    formula = Formula.around(plan.space, plan.scenario, here)

    assert formula is not None
    there = {"staffing.make.people": 5, "staffing.check.people": 3}
    told = formula.predicted([here, there])["cost_per_week"]
    assert told == pytest.approx([rework_cost(3, 2), rework_cost(5, 3)])


def test_best_people_of_a_jackson_network_are_the_first_to_be_tried(tmp_path: Path) -> None:
    best = min((rework_cost(m, c), m, c) for m in range(3, 10) for c in range(2, 10))

    many = REWORK.replace("people: 3", "people: 7").replace("people: 2", "people: 5")
    beginning = beginning_of(read_optimisation(written(tmp_path, many, PEOPLE)))

    assert beginning.starts[1] == (
        "formula",
        {"staffing.make.people": best[1], "staffing.check.people": best[2]},
    )
    assert beginning.hint is not None


def test_best_shares_of_two_queues_are_those_of_pollaczek_and_khinchine(tmp_path: Path) -> None:
    plan = read_optimisation(written(tmp_path, ROUTES, SHARES))

    def sojourn(share: float) -> float:
        return share * mg1(share, 1.0, 0.0).mean_sojourn + (1 - share) * mg1(1 - share, 2.0, 1.0).mean_sojourn

    grid = np.linspace(0.55, 0.95, 4001)
    best = grid[np.argmin([sojourn(share) for share in grid])]
    found = best_by_formula(plan.space, plan.scenario, plan.aims, plan.present)

    assert found is not None
    assert float(found[0]["routing.start.quick"]) == pytest.approx(100 * best, abs=0.3)
    assert sum(map(float, found[0].values())) == pytest.approx(100.0)


def test_queue_that_cannot_be_kept_up_with_grows_with_the_run(tmp_path: Path) -> None:
    plan = read_optimisation(written(tmp_path, REWORK, PEOPLE))
    formula = Formula.around(plan.space, plan.scenario, plan.present)

    assert formula is not None
    few = [{"staffing.make.people": n, "staffing.check.people": 2} for n in (1, 2, 3)]
    told = formula.predicted(few)["queue_mean[team=make]"]
    # Two people's work comes: one leaves half of 7.5 visits an hour behind, on average for half of the run.
    assert told[0] == pytest.approx(0.5 * 7.5 * 840 / 2, rel=0.1)
    assert (np.diff(told) < 0.0).all()


def test_goal_that_formulas_do_not_know_has_no_hint(tmp_path: Path) -> None:
    text = PEOPLE.replace("cost_per_week", "resolution_p90")

    beginning = beginning_of(read_optimisation(written(tmp_path, REWORK, text)))

    assert beginning.hint is None
    assert beginning.starts[0][0] == "today"
