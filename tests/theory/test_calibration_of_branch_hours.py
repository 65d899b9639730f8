"""Round trip of a desk one of whose branches is done on two days of the week.

Intervals are at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.calibrate.event_log import Integers
from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Correction, Mechanisms, Waits, Ways
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulation import loaded_for, simulate, write_files
from simlab.calibrate.written_scenario import write_scenario
from tests.known_desks import paths_of_desk

DESK = """
name: A desk that pays on Tuesdays and Fridays
time: {start: 2026-01-05, length: 30 weeks, then: drain}
demand: {claims: {arrivals: {hourly: {mon-fri: {"09:00-15:00": 2/hour}}}}}
staffing:
  desk: {people: 20, hours: {mon-fri: "08:00-18:00"}}
  payers: {people: 20, hours: {tue: "09:00-16:00", fri: "09:00-16:00"}}
routing:
  start: assess
  steps:
    assess: {team: desk, work: {lognormal: {mean: 30 min, cv: 0.3}}, next: both}
    both: {parallel: {branches: [advise, pay]}, next: close}
    advise: {team: desk, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: join}
    pay: {team: payers, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: join}
    close: {team: desk, work: {lognormal: {mean: 5 min, cv: 0.3}}, next: resolved}
"""
TUESDAY, FRIDAY, FIRST_HOUR, LAST_HOUR = 1, 4, 9, 16
Z = 3.9


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The log of the desk."""
    return paths_of_desk(DESK, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def fitted(paths: Paths) -> Fitted:
    """What is fitted to it, with branches, and waits at the pace of work."""
    mechanisms = Mechanisms(Waits.PACES, Correction.TIMES, ways=Ways.BRANCHES)
    return fit(paths, use_all=True, mechanisms=mechanisms)


@pytest.fixture(scope="module")
def simulated(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A log of the scenario of that."""
    written = write_scenario(fitted, "Branches")
    path = write_files(written, tmp_path_factory.mktemp("fitted"))
    cases = fitted.cases
    loaded = loaded_for(path, cases, 2_000, float(cases.created[0]), fitted.arrivals.per_week)
    return simulate(loaded, written, cases, 0).paths


def paid(log: Paths) -> tuple[Integers, Integers]:
    """Hour of the week in which each claim was assessed, and in which it was paid."""
    names = list(log.activities)
    assessed, payments = (np.flatnonzero(log.activity == names.index(each)) for each in ("assess", "pay"))
    assert (log.case[assessed] == log.case[payments]).all()
    return log.hour_of_week(log.end[assessed]), log.hour_of_week(log.start[payments])


def test_a_branch_lasts_until_its_people_are_there_whether_it_is_the_first_or_not(fitted: Fitted) -> None:
    chain, clocks = fitted.chain, fitted.clocks
    pay = [
        number
        for number, each in enumerate(chain.transitions, start=1)
        if chain.branching.is_fork[each.source] and chain.paths.activities[each.target].startswith("pay")
    ]
    assert len(pay) >= 2
    (clock,) = {clocks.of_transition[number] for number in pay}
    hours = clocks.clocks[clock].hours.written()
    assert hours == dict.fromkeys(("tue", "fri"), f"{FIRST_HOUR:02d}:00-{LAST_HOUR}:00")


def test_simulated_branches_begin_when_those_of_the_log_do(paths: Paths, simulated: Paths) -> None:
    for log in (paths, simulated):
        day, hour = np.divmod(paid(log)[1], 24)
        assert set(day.tolist()) == {TUESDAY, FRIDAY}
        assert FIRST_HOUR <= hour.min() <= hour.max() < LAST_HOUR


def test_who_comes_while_the_people_of_a_branch_are_there_is_served_at_once(
    paths: Paths, simulated: Paths
) -> None:
    shares, variances = [], []
    for log in (paths, simulated):
        assessed, payment = paid(log)
        open_then = np.isin(assessed // 24, (TUESDAY, FRIDAY)) & (assessed % 24 < LAST_HOUR - 1)
        at_once = (payment - assessed)[open_then & (assessed % 24 >= FIRST_HOUR)] <= 1
        shares.append(float(at_once.mean()))
        variances.append(0.25 / len(at_once))
    assert shares[0] > 0.9
    assert shares[1] == pytest.approx(shares[0], abs=Z * math.sqrt(sum(variances)))
