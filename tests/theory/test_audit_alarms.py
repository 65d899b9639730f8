"""Audits of simulated desks: false alarms as seldom as is stated, departures found.

A desk is audited against the scenario that it was simulated from, and against one that differs in one thing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import binom

from simlab.calibrate.auditing.audit import audit
from simlab.calibrate.simulated import simulated_log
from simlab.engines.compiled import CompiledEngine
from simlab.model.load import LoadedScenario, load

DESK = """
name: Desk
time: {start: 2024-01-01, length: 16 weeks, then: drain}
calendars: {office: {hours: {mon-fri: "08:00-18:00"}}}
demand:
  mail:
    arrivals: {rate: 300/week, day_cv: 0.15, day_correlation: 30 %}
    classes: {access: {share: 30 %}, fault: {share: 70 %, priority: {P1: 20 %, P2: 80 %}}}
    priority: P2
staffing: {desk: {people: 4, calendar: office}, experts: {people: 3, calendar: office}}
routing:
  start: call
  steps:
    call: {team: desk, work: {exponential: {mean: 20 min}}, next: [{share: 30 %, to: ask}, {to: fix}]}
    ask: {wait: {exponential: {mean: 6 h}}, pauses: [resolve], next: fix}
    fix: {team: experts, work: {exponential: {mean: 15 min}}, next: resolved}
targets: {P1: {respond: 4 h, resolve: 8 h, calendar: office}, P2: {resolve: 16 h, calendar: office}}
"""
DEPARTURES = {
    "drift of arrivals": ("rate: 300/week", "rate: 345/week"),
    "drift of class access": (
        "access: {share: 30 %}, fault: {share: 70 %",
        "access: {share: 36 %}, fault: {share: 64 %",
    ),
    "drift of priority P1": ("{P1: 20 %, P2: 80 %}", "{P1: 28 %, P2: 72 %}"),
    "transitions astray": (
        "work: {exponential: {mean: 15 min}}, next: resolved",
        "work: 15 min, next: [{share: 5 %, to: call}, {to: resolved}]",
    ),
    "resolve P2": ("experts: {people: 3", "experts: {people: 1"),
}
"""What changed, by the check that must find it."""
FALSE = 1e-4
"""Chance that a right audit fails one of these tests."""


def desk(folder: Path, text: str = DESK) -> LoadedScenario:
    file = folder / "desk.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def failed(base: LoadedScenario, other: LoadedScenario, replication: int) -> list[str]:
    log = simulated_log(CompiledEngine().run(other.model, 5, replication), other.model)
    return [check.name for check in audit(base, log).checks if not check.is_passed]


@pytest.mark.slow
def test_drift_is_told_as_seldom_as_is_stated_where_nothing_changed(tmp_path: Path) -> None:
    base, n = desk(tmp_path), 150
    told = [failed(base, base, replication) for replication in range(n)]
    assert Counter(name for names in told for name in names if not name.startswith("drift")) == Counter()
    assert sum(bool(names) for names in told) <= binom.ppf(1.0 - FALSE, n, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", DEPARTURES)
def test_departure_is_found_in_every_log(tmp_path: Path, name: str) -> None:
    base = desk(tmp_path)
    before, after = DEPARTURES[name]
    assert before in DESK
    changed = desk(tmp_path, DESK.replace(before, after))
    for replication in range(4):
        assert name in failed(base, changed, replication)
