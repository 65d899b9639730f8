"""Searches among configurations of which some block themselves, which no count of work and people tells."""

from __future__ import annotations

from pathlib import Path

from simlab.optimise.study import optimize

SCENARIO = """
name: Two steps, one permit at a time
time: {zone: UTC, start: 2026-01-05, warm_up: 2 days, length: 16 days}
demand: {parts: {arrivals: {rate: 3/hour}, priority: P1}}
staffing:
  make: {people: 1, cost: 30 EUR/hour}
  check: {people: 1, cost: 20 EUR/hour}
routing:
  start: make
  limits: {shop: {steps: [make, check], at_most: 2}}
  steps:
    make: {team: make, work: {exponential: {mean: 12 min}}, next: check}
    check: {team: check, work: {exponential: {mean: 12 min}}, next: resolved}
"""
EXPERIMENT = """
experiment: optimize
scenario: scenario.yaml
replications: 5
vary: {routing.limits.shop.at_most: {from: 1, to: 5}}
minimise: resolution_mean
budget: {trials: 5, final_replications: 5, random_search: 0 %}
"""


def test_permits_with_which_work_piles_up_without_end_are_infeasible_and_it_is_said(tmp_path: Path) -> None:
    """With n permits two like stations let through n / (n + 1) of what one alone could: 5 parts an hour.

    One permit lets 2.5 an hour through where 3 come, although each team has work for 60 % of its time; more
    permits keep up, and the more there are, the less a part waits.
    """
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT, encoding="utf-8")

    result = optimize(tmp_path / "experiment.yaml", folder=tmp_path / "study", jobs=1)

    path = "routing.limits.shop.at_most"
    infeasible = {each.configuration[path]: each.verdict.infeasible for each in result.trials}
    assert infeasible.keys() == {1, 2, 3, 4, 5}
    (reason,) = infeasible.pop(1)
    assert reason.startswith("the queues grow without end: by")
    assert not any(infeasible.values())
    assert result.recommended is not None
    assert result.recommended.settings == {path: "5"}
