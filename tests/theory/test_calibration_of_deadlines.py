"""Round trip of a desk with deadlines: they are found in its log, and simulated as they were.

Offers are called about some days after they were made. Half of the applicants never answer: their
applications are cancelled exactly 30 days after they were made. The others answer some time after the call.
Every interval is at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import SIMPLEST, Due
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulation import loaded_for, simulate, write_files
from simlab.calibrate.written_scenario import WrittenScenario, write_scenario
from tests.unit.calibrate.paths_for_tests import HOUR, MONDAY, paths_from

DAY = 24 * HOUR
MONTH = 30 * DAY
N = 800
Z = 3.9


def desk() -> Paths:
    rng = np.random.default_rng(5)
    cases = []
    for at in MONDAY + np.sort(rng.uniform(0.0, 26 * 7 * DAY, N)):
        called = at + rng.uniform(1.0, 20.0) * DAY
        is_silent = rng.uniform() < 0.5
        over = at + MONTH if is_silent else called + rng.exponential(3.0 * DAY)
        last = "cancel" if is_silent else "answer"
        cases.append([("offer", at, at), ("call", called, called), (last, over, over)])
    return paths_from(cases)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    """What is fitted to its log, with deadlines."""
    return fit(desk(), use_all=True, mechanisms=replace(SIMPLEST, due=Due.EARLIER))


@pytest.fixture(scope="module")
def written(fitted: Fitted) -> WrittenScenario:
    """The scenario of that."""
    return write_scenario(fitted, "Deadlines")


@pytest.fixture(scope="module")
def simulated(fitted: Fitted, written: WrittenScenario, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Its log."""
    path = write_files(written, tmp_path_factory.mktemp("fitted"))
    start = float(fitted.cases.created[0])
    return simulate(loaded_for(path, fitted.cases, N, start, 30.0), written, fitted.cases, 0).paths


def cycles(paths: Paths, last: str) -> Floats:
    ends = paths.activity[paths.first[1:] - 1] == paths.activities.index(last)
    minutes: Floats = paths.cycle_min()[ends]
    return minutes


def test_the_scenario_counts_the_wait_from_the_creation_and_says_why(written: WrittenScenario) -> None:
    text = written.files["scenario.yaml"]
    assert text.count("since: created") == 1
    assert "routing.steps.call_to_cancel.since:" in text
    assert "times closer together since then than since the last event" in text


def test_cancelled_applications_take_as_long_as_the_deadline_says(simulated: Paths) -> None:
    # What people do at the end takes a little hands-on time, which was taken out of the wait on average.
    taken = cycles(simulated, "cancel")
    assert np.quantile(taken, [0.05, 0.5, 0.95]) == pytest.approx(MONTH, rel=0.01)


def test_as_many_are_cancelled_as_before(simulated: Paths) -> None:
    share = len(cycles(simulated, "cancel")) / len(simulated)
    assert share == pytest.approx(0.5, abs=Z * np.sqrt(2 * 0.25 / N))


def test_without_deadlines_they_are_smeared() -> None:
    fitted = fit(desk(), use_all=True)
    assert not fitted.deadlines
    assert "since:" not in write_scenario(fitted, "None").files["scenario.yaml"]
