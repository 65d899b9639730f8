"""Round trip of a team whose people have classes of their own: crews are found, and written as skills."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.mechanisms import Correction, Mechanisms, Waits, Who
from simlab.calibrate.written_scenario import SCENARIO_FILE, write_scenario
from simlab.model.load import load
from tests.known_desks import paths_of_desk

DESK = """
name: Two languages
time: {start: 2026-01-05, length: 5 weeks, then: drain}
demand:
  calls:
    arrivals: {rate: 12/hour}
    classes: {german: {share: 60 %}, english: {share: 30 %}, french: {share: 10 %}}
staffing:
  desk:
    shifts:
      home: {people: 4, skills: [german]}
      abroad: {people: 3, skills: [english, french]}
routing:
  start: answer
  steps:
    answer:
      team: desk
      work: {lognormal: {mean: 18 min, cv: 0.5}}
      skill:
        - {skill: german, when: {class: german}}
        - {skill: english, when: {class: english}}
        - {skill: french, when: {class: french}}
      next: resolved
"""
Z = 3.9


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """What is fitted to its log."""
    paths = paths_of_desk(DESK, tmp_path_factory.mktemp("desk"))
    return fit(paths, use_all=True, mechanisms=Mechanisms(Waits.HOURS, Correction.QUEUES, who=Who.CREWS))


def test_crews_come_back_with_their_classes_and_their_part_of_the_work(fitted: Fitted) -> None:
    names = [fitted.cases.classes[code] for code in fitted.classes]
    crews = {frozenset(names[level] for level in crew.classes): crew.share for crew in fitted.pattern.crews}
    assert crews.keys() == {frozenset({"german"}), frozenset({"english", "french"})}
    error = math.sqrt(0.6 * 0.4 / len(fitted.cases))
    assert crews[frozenset({"german"})] == pytest.approx(0.6, abs=Z * error)


def test_crews_are_shifts_with_skills_and_tickets_need_that_of_their_class(
    fitted: Fitted, tmp_path: Path
) -> None:
    files = write_scenario(fitted, "Two languages").files
    scenario = yaml.safe_load(files[SCENARIO_FILE])
    shifts = scenario["staffing"]["desk"]["shifts"]
    people = {tuple(shift["skills"]): shift["people"] for name, shift in shifts.items() if name != "standby"}
    assert people.keys() == {("german",), ("english", "french")}
    assert sum(people.values()) == fitted.anchor.people[0]
    needed = scenario["routing"]["steps"]["at_desk"]["skill"]
    assert {rule["skill"] for rule in needed} == {"german", "english", "french"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert load(tmp_path / SCENARIO_FILE).model is not None


def test_without_crews_anybody_takes_any_ticket(fitted: Fitted) -> None:
    anybody = replace(fitted, mechanisms=replace(fitted.mechanisms, who=Who.ANYBODY))
    scenario = yaml.safe_load(write_scenario(anybody, "Anybody").files[SCENARIO_FILE])
    assert "skill" not in scenario["routing"]["steps"]["at_desk"]
    assert not any("skills" in shift for shift in scenario["staffing"]["desk"]["shifts"].values())
