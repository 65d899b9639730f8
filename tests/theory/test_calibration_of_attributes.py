"""Round trip of a desk whose tickets go other ways by their channel: the channel is found, and the shares.

Every interval is at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Mechanisms, Sees
from simlab.calibrate.paths import Paths
from simlab.calibrate.written_scenario import SCENARIO_FILE, write_scenario
from simlab.model.load import load
from tests.known_desks import paths_of_desk

DESK = """
name: Large and small orders
time: {start: 2026-01-05, length: 4 weeks, then: drain}
demand:
  orders:
    arrivals: {rate: 10/hour}
    channel: {small: 70 %, large: 30 %}
staffing: {desk: {people: 6}, managers: {people: 6}}
routing:
  start: enter
  steps:
    enter:
      team: desk
      work: {lognormal: {mean: 8 min, cv: 0.5}}
      next:
        - {when: {channel: large}, share: 85 %, to: approve}
        - {when: {channel: small}, share: 10 %, to: approve}
        - {to: resolved}
    approve: {team: managers, work: {lognormal: {mean: 20 min, cv: 0.5}}, next: resolved}
"""
LARGE, APPROVED = 0.3, {"large": 0.85, "small": 0.1}
Z = 3.9


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """The log of the desk."""
    return paths_of_desk(DESK, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def fitted(paths: Paths) -> Fitted:
    """What is fitted to it, by an attribute."""
    return fit(paths, use_all=True, mechanisms=Mechanisms(sees=Sees.ATTRIBUTE))


def test_the_attribute_that_decides_is_found_with_its_shares(fitted: Fitted) -> None:
    attribute = fitted.facts.attribute
    assert attribute is not None
    assert attribute.name == "channel"
    n = len(fitted.cases)
    share = float((attribute.level == attribute.levels.index("large")).mean())
    assert share == pytest.approx(LARGE, abs=Z * math.sqrt(LARGE * (1 - LARGE) / n))


def test_the_share_that_is_approved_comes_back_for_each_level(fitted: Fitted) -> None:
    attribute = fitted.facts.attribute
    assert attribute is not None
    enter, approve = (fitted.cases.activities.index(name) for name in ("enter", "approve"))
    decision = fitted.choices.next_of[enter]
    place = decision.features.index("attribute")
    wanted = [
        position
        for position, number in enumerate(decision.outcomes)
        if number > 0 and fitted.chain.transitions[number - 1].target == approve
    ]
    for level, name in enumerate(attribute.levels):
        leaves = [leaf for leaf in decision.leaves if leaf.levels[place][level]]
        counts = np.sum([leaf.counts for leaf in leaves], axis=0)
        expected = APPROVED[name]
        error = math.sqrt(expected * (1 - expected) / counts.sum())
        assert counts[wanted].sum() / counts.sum() == pytest.approx(expected, abs=Z * error)


def test_the_scenario_draws_the_attribute_as_the_channel(fitted: Fitted, tmp_path: Path) -> None:
    files = write_scenario(fitted, "By channel").files
    scenario = yaml.safe_load(files[SCENARIO_FILE])
    assert set(scenario["demand"]["tickets"]["channel"]) == {"small", "large"}
    assert "channel: large" in files[SCENARIO_FILE]
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert load(tmp_path / SCENARIO_FILE).model is not None


def test_a_log_without_attributes_has_none_to_tell(paths: Paths) -> None:
    found = fit(replace(paths, attributes=()), use_all=True, mechanisms=Mechanisms(sees=Sees.ATTRIBUTE))
    assert found.facts.attribute is None
