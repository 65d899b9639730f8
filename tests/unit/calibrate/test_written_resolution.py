"""When tickets of a calibrated scenario are resolved: as the log tells it, and not when they are closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.fit import fit
from simlab.calibrate.paths import Paths, resolving_activities
from simlab.calibrate.simulation import loaded_for, write_files
from simlab.calibrate.written_scenario import write_scenario
from simlab.engines.auto import engine_named
from tests.unit.calibrate.paths_for_tests import HOUR, MONDAY, log_from, paths_from

N = 300
CLOSED_AFTER = 5 * 24 * HOUR
LEFT = 3 * 24 * HOUR
"""Until a third of the tickets is open again."""


@pytest.fixture(scope="module")
def paths() -> Paths:
    """Tickets that are worked on for an hour, some twice, resolved, and closed after five days."""
    cases = []
    for number in range(N):
        at = MONDAY + number * 4 * HOUR
        case = [("new", at, at)]
        for _ in range(2 if number % 3 == 0 else 1):
            case += [("work", at + HOUR, at + HOUR), ("solved", at + HOUR, at + HOUR)]
            at += HOUR + LEFT
        at -= LEFT
        cases.append([*case, ("closed", at + CLOSED_AFTER, at + CLOSED_AFTER)])
    return paths_from(cases)


def test_tickets_are_resolved_before_they_are_closed_and_open_again_when_they_come_back(
    paths: Paths, tmp_path: Path
) -> None:
    fitted = fit(paths, use_all=True)
    files = write_files(write_scenario(fitted, "Solved", finished=("solved", "closed")), tmp_path)
    loaded = loaded_for(files, paths, N, float(paths.created[0]), fitted.arrivals.per_week)
    tickets = engine_named("auto").run(loaded.model, 1, 0).tickets
    assert tickets.closed - tickets.resolved == pytest.approx(np.full(N, CLOSED_AFTER), rel=0.02)
    is_back = tickets.reopens > 0
    assert is_back.mean() == pytest.approx(1 / 3, abs=3.9 * np.sqrt(2 / 9 / N))
    assert tickets.dormant_min[is_back].min() > LEFT / 2
    assert (tickets.resolved - tickets.created)[~is_back].max() < LEFT


def test_a_scenario_of_a_log_without_resolutions_has_none_before_the_end(paths: Paths) -> None:
    text = "".join(write_scenario(fit(paths, use_all=True), "Solved").files.values())
    assert "resolved: true" not in text
    assert "reopened" not in text


def test_tables_of_tickets_are_resolved_at_their_resolution() -> None:
    assert resolving_activities(log_from([]).select(np.zeros(0, np.int64))) == ("Resolved", "Closed")
