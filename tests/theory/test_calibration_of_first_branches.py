"""Round trips of tickets that begin in parallel branches, and of branches that wait on their own.

Every interval is at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Correction, Mechanisms, Waits, Ways
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulation import loaded_for, simulate, write_files
from simlab.calibrate.written_scenario import write_scenario
from tests.known_desks import paths_of_desk
from tests.unit.calibrate.paths_for_tests import paths_from

AT_ONCE = """
name: A desk that looks at two places at once, often first of all
time: {start: 2026-01-05, length: 10 weeks, then: drain}
demand: {requests: {arrivals: {rate: 2/hour}}}
staffing: {desk: {people: 20}, checkers: {people: 20}, valuers: {people: 20}}
routing:
  start: [{share: 60 %, to: look}, {to: receive}]
  steps:
    receive: {team: desk, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: decide}
    look: {parallel: {branches: [check, value]}, next: decide}
    check: {team: checkers, work: {lognormal: {mean: 60 min, cv: 0.3}}, next: rate}
    rate: {team: checkers, work: {lognormal: {mean: 30 min, cv: 0.3}}, next: join}
    value: {team: valuers, work: {lognormal: {mean: 120 min, cv: 0.3}}, next: join}
    decide: {team: desk, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: resolved}
"""
SHARE, AGAIN, Z = 0.6, 0.1, 3.9


def foretold(fitted: Fitted, n_cases: int, folder: Path) -> Paths:
    """Return a simulated log of a fit."""
    written = write_scenario(fitted, "Branches")
    path = write_files(written, folder)
    start, per_week = float(fitted.cases.created[0]), fitted.arrivals.per_week
    return simulate(loaded_for(path, fitted.cases, n_cases, start, per_week), written, fitted.cases, 0).paths


def assert_alike(real: Paths, found: Paths) -> None:
    """Cycle times have the same mean, and the same quantiles within 5 %."""
    one, other = real.cycle_min(), found.cycle_min()
    error = math.sqrt(one.var() / len(one) + other.var() / len(other))
    assert float(other.mean()) == pytest.approx(float(one.mean()), abs=Z * error)
    for quantile in (0.2, 0.6, 0.9):
        assert np.quantile(other, quantile) == pytest.approx(np.quantile(one, quantile), rel=0.05)


@pytest.mark.parametrize("ways", [Ways.BRANCHES, Ways.RACES])
def test_tickets_that_begin_in_branches_come_back(ways: Ways, tmp_path: Path) -> None:
    paths = paths_of_desk(AT_ONCE, tmp_path)
    mechanisms = Mechanisms(Waits.HOURS, Correction.QUEUES, ways=ways)
    fitted = fit(paths, use_all=True, mechanisms=mechanisms)
    branching = fitted.chain.branching
    firsts = fitted.chain.paths.activity[fitted.chain.starts]
    share = float(branching.is_whole[firsts].mean())
    assert share == pytest.approx(SHARE, abs=Z * math.sqrt(SHARE * (1 - SHARE) / len(paths)))
    found = foretold(fitted, 4_000, tmp_path / "fitted")
    assert_alike(paths, found)
    names = np.array(found.activities)[found.activity[found.first[:-1]]]
    begins = float((names != "receive").mean())
    assert begins == pytest.approx(
        SHARE, abs=Z * math.sqrt(SHARE * (1 - SHARE) * (1 / 4_000 + 1 / len(paths)))
    )


def purchases(n_cases: int, seed: int) -> Paths:
    """Orders whose goods, often in parts, and bills come independently; instants only."""
    rng = np.random.default_rng(seed)

    def wait(mean_h: float) -> float:
        return float(rng.gamma(4.0, mean_h * 60.0 / 4.0))

    cases = []
    for ordered in np.cumsum(rng.exponential(60.0, n_cases)).tolist():
        events, at = [("order", ordered)], ordered
        while len(events) == 1 or rng.random() < AGAIN:
            at += wait(50.0)
            events.append(("goods", at))
        billed = ordered + wait(90.0)
        booked = billed + wait(20.0)
        events += [("bill", billed), ("book", booked), ("pay", max(at, booked) + wait(30.0))]
        cases.append([(name, at, at) for name, at in sorted(events, key=lambda event: event[1])])
    return paths_from(cases)


def test_branches_that_wait_on_their_own_come_back_in_a_log_of_instants(tmp_path: Path) -> None:
    real = purchases(3_000, 8)
    mechanisms = Mechanisms(Waits.HOURS, Correction.TIMES, ways=Ways.RACES)
    fitted = fit(real, use_all=True, mechanisms=mechanisms)
    branching, names = fitted.chain.branching, fitted.cases.activities
    members = [names[branching.original[each]] for variant in branching.variants for each in variant.members]
    assert sorted(members) == ["bill", "goods"]
    found = foretold(fitted, 4_000, tmp_path / "fitted")
    assert_alike(real, found)
    for one, other in (("goods", "bill"), ("bill", "goods"), ("goods", "goods"), ("book", "goods")):
        shares = [follows(log, one, other) for log in (real, found)]
        error = math.sqrt(shares[0] * (1.0 - min(shares[0], 1.0)) * (1 / len(real) + 1 / len(found)))
        assert shares[1] == pytest.approx(shares[0], abs=Z * error + 0.01)


def test_several_at_once_of_the_same_come_back_in_a_log_of_instants(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    cases = []
    for ordered, n_items in zip(
        np.cumsum(rng.exponential(60.0, 3_000)), rng.integers(1, 4, 3_000), strict=True
    ):
        picked = ordered + np.sort(rng.gamma(4.0, 15.0 * 60.0, n_items))
        packed = picked[-1] + rng.gamma(4.0, 5.0 * 60.0)
        names = ["order", *["pick"] * int(n_items), "pack"]
        instants = [float(at) for at in (ordered, *picked, packed)]
        cases.append([(name, at, at) for name, at in zip(names, instants, strict=True)])
    real = paths_from(cases)
    fitted = fit(real, use_all=True, mechanisms=Mechanisms(Waits.HOURS, Correction.TIMES, ways=Ways.RACES))
    assert {len(variant.members) for variant in fitted.chain.branching.variants} == {2, 3}
    found = foretold(fitted, 4_000, tmp_path)
    assert_alike(real, found)
    gaps = [log.start[1:] - log.end[:-1] for log in (real, found)]
    again = [
        gap[~log.is_first[1:] & (log.activity[1:] == log.activity[:-1])]
        for log, gap in zip((real, found), gaps, strict=True)
    ]
    error = math.sqrt(sum(each.var() / len(each) for each in again))
    assert again[1].mean() == pytest.approx(again[0].mean(), abs=Z * error)


def follows(log: Paths, one: str, other: str) -> float:
    """How often one activity directly follows another, a case."""
    names = np.array(log.activities)[log.activity]
    same = ~log.is_first[1:]
    return float(((names[:-1] == one) & (names[1:] == other) & same).sum()) / len(log)
