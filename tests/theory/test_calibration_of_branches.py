"""Round trip of a desk with parallel branches: they are found in its log, and simulated as they were.

Every interval is at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Correction, Mechanisms, Waits, Ways
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulation import SimulatedLog, loaded_for, simulate, write_files
from simlab.calibrate.written_scenario import WrittenScenario, write_scenario
from tests.known_desks import paths_of_desk

DESK = """
name: A desk that looks at two places at once
time: {start: 2026-01-05, length: 10 weeks, then: drain}
demand: {requests: {arrivals: {rate: 2/hour}}}
staffing: {desk: {people: 20}, checkers: {people: 20}, valuers: {people: 20}}
routing:
  start: receive
  steps:
    receive:
      team: desk
      work: {lognormal: {mean: 10 min, cv: 0.3}}
      next: [{share: 60 %, to: look}, {to: decide}]
    look: {parallel: {branches: [check, value]}, next: decide}
    check: {team: checkers, work: {lognormal: {mean: 60 min, cv: 0.3}}, next: rate}
    rate: {team: checkers, work: {lognormal: {mean: 30 min, cv: 0.3}}, next: join}
    value: {team: valuers, work: {lognormal: {mean: 120 min, cv: 0.3}}, next: join}
    decide: {team: desk, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: resolved}
"""
SHARE, Z = 0.6, 3.9


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The log of the desk."""
    return paths_of_desk(DESK, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def fitted(paths: Paths) -> Fitted:
    """What is fitted to it, with branches."""
    mechanisms = Mechanisms(Waits.HOURS, Correction.QUEUES, ways=Ways.BRANCHES)
    return fit(paths, use_all=True, mechanisms=mechanisms)


@pytest.fixture(scope="module")
def written(fitted: Fitted) -> WrittenScenario:
    """The scenario of that."""
    return write_scenario(fitted, "Branches")


@pytest.fixture(scope="module")
def simulated(
    fitted: Fitted, written: WrittenScenario, tmp_path_factory: pytest.TempPathFactory
) -> SimulatedLog:
    """Its log."""
    path = write_files(written, tmp_path_factory.mktemp("fitted"))
    loaded = loaded_for(path, fitted.cases, 4_000, float(fitted.cases.created[0]), fitted.arrivals.per_week)
    return simulate(loaded, written, fitted.cases, 0)


def test_the_branches_of_a_known_desk_come_back(fitted: Fitted) -> None:
    branching, names = fitted.chain.branching, fitted.cases.activities
    begins = {
        frozenset(names[branching.original[each]] for each in variant.members)
        for variant in branching.variants
    }
    assert begins == {frozenset({"check", "value"})}
    inside = {names[each] for each in branching.original[branching.is_inside].tolist()}
    assert inside == {"check", "rate", "value"}


def test_the_share_of_tickets_with_branches_comes_back(fitted: Fitted) -> None:
    n = fitted.chain.n_cases
    share = float((fitted.chain.branching.variant >= 0).sum()) / n
    assert share == pytest.approx(SHARE, abs=Z * math.sqrt(SHARE * (1 - SHARE) / n))


def test_the_scenario_has_a_parallel_step_whose_branches_all_join(written: WrittenScenario) -> None:
    text = written.files["scenario.yaml"]
    assert "parallel:" in text
    assert "join: all" in text


def test_simulated_branches_overlap_and_take_as_long_as_the_longest_of_them(
    paths: Paths, simulated: SimulatedLog
) -> None:
    real, found = paths.cycle_min(), simulated.paths.cycle_min()
    error = math.sqrt(real.var() / len(real) + found.var() / len(found))
    assert float(found.mean()) == pytest.approx(float(real.mean()), abs=Z * error)
    for quantile in (0.2, 0.5, 0.9):
        assert np.quantile(found, quantile) == pytest.approx(np.quantile(real, quantile), rel=0.05)


def test_events_of_simulated_branches_have_the_team_that_did_them(simulated: SimulatedLog) -> None:
    log = simulated.paths
    by_name = {
        log.activities[each]: {log.teams[team] for team in np.unique(log.team[log.activity == each])}
        for each in np.unique(log.activity).tolist()
    }
    assert by_name["value"] == {"valuers"}
    assert by_name["check"] == by_name["rate"] == {"checkers"}


def test_times_between_events_are_those_of_the_fit(fitted: Fitted, simulated: SimulatedLog) -> None:
    chain, branching = fitted.chain, fitted.chain.branching
    inside = [
        number
        for number, each in enumerate(chain.transitions, start=1)
        if branching.is_inside[each.source] and branching.is_inside[each.target]
    ]
    assert inside
    gaps = [float(chain.gap_min[chain.transition == each].mean()) for each in inside]
    assert simulated.lasted[inside].tolist() == pytest.approx(gaps, abs=0.5)
