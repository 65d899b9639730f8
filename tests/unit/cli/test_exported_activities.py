"""Exported event logs have activities in place of steps, where steps name them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simlab.calibrate.read import read_log
from tests.commands import Simlab

DESK = """
name: Written by hand
time: {start: 2026-01-05, length: 2 weeks, then: drain}
demand: {mail: {arrivals: {every: 4 h, limit: 20}}}
staffing: {desk: {people: 1}}
routing:
  start: at_desk
  steps:
    at_desk: {team: desk, transparent: true, work: 30 min, next: read}
    read: {wait: 0 min, activity: Read it, next: lying}
    lying: {wait: 1 h, next: again}
    again: {team: desk, work: 10 min, next: answered}
    answered: {wait: 0 min, activity: Answer it, next: told}
    told: {wait: 2 h, activity: Tell, next: resolved}
"""


def test_an_event_log_has_activities_in_place_of_steps(simlab: Simlab, folder: Path) -> None:
    (folder / "desk.yaml").write_text(DESK, encoding="utf-8")
    assert simlab("run", "desk.yaml", "--replications", "1", "--store", "kept", "-q").code == 0
    (stored,) = (folder / "kept").iterdir()
    assert simlab("results", "export", stored, "-f", "events-csv", "-o", "log.csv").code == 0
    log = read_log(folder / "log.csv").log
    names = np.array(log.activity.texts())
    assert set(names.tolist()) == {"Read it", "Answer it", "Tell"}
    assert len(log) == 3 * len(log.cases) == 60
    for name, minutes, team in (("Read it", 30.0, "desk"), ("Answer it", 10.0, "desk"), ("Tell", 120.0, "")):
        rows = np.flatnonzero(names == name)
        assert np.allclose((log.end - log.start)[rows], minutes, atol=1e-3)
        assert {log.team.text(row) for row in rows.tolist()} == {team}
