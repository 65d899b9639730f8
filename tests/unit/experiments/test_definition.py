from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simlab.errors import InvalidInput
from simlab.experiments.definition import CompareExperiment, RunExperiment, kind_of, read_experiment

SCENARIO = """\
name: Desk
time: {length: 2 days}
demand: {mail: {arrivals: {rate: 60/day}}}
staffing: {desk: {people: 2}}
routing:
  start: fix
  steps: {fix: {team: desk, work: 20 min, next: resolved}}
what_if:
  three: {label: Three people, set: {staffing.desk.people: 3}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    return tmp_path


def written(folder: Path, **values: object) -> Path:
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump({"scenario": "scenario.yaml", **values}, sort_keys=False))
    return path


def test_run_experiment_changes_its_scenario_in_the_documented_order(folder: Path) -> None:
    path = written(folder, experiment="run", what_if=["three"], set={"staffing.desk.absence": "5 %"}, seed=9)
    experiment = read_experiment(path, RunExperiment)
    loaded = experiment.scenario(assignments=["staffing.desk.people=4"])
    assert loaded.resolved["staffing"] == {"desk": {"people": 4, "absence": "5 %"}}
    assert (experiment.name, experiment.file.seed, experiment.file.replications) == ("experiment", 9, 20)


def test_scenario_without_further_changes_is_the_scenario_itself(folder: Path) -> None:
    loaded = read_experiment(written(folder, experiment="run", what_if=["three"]), RunExperiment).scenario()
    assert loaded.label == "Three people"


def test_alternatives_begin_where_the_base_is(folder: Path) -> None:
    path = written(
        folder,
        experiment="compare",
        set={"staffing.desk.absence": "5 %"},
        alternatives={
            "three": {"what_if": ["three"]},
            "nine": {"label": "Nine", "set": {"staffing": {"desk": {"people": 9}}}},
        },
    )
    experiment = read_experiment(path, CompareExperiment)
    alternatives = experiment.alternatives()
    assert {name: each.resolved["staffing"] for name, each in alternatives.items()} == {
        "three": {"desk": {"people": 3, "absence": "5 %"}},
        "nine": {"desk": {"people": 9, "absence": "5 %"}},
    }
    assert [each.label for each in alternatives.values()] == ["three", "Nine"]
    assert experiment.scenario().resolved["staffing"] == {"desk": {"people": 2, "absence": "5 %"}}


def test_kind_tells_experiments_from_scenarios(folder: Path) -> None:
    assert kind_of(written(folder, experiment="run")) == "run"
    assert kind_of(folder / "scenario.yaml") == ""


def test_mistakes_of_the_file_are_told_at_once_with_their_places(folder: Path) -> None:
    path = written(folder, experiment="run", replication=5, seed=-1)
    with pytest.raises(InvalidInput, match="replications") as refusal:
        read_experiment(path, RunExperiment)
    assert [problem.path for problem in refusal.value.problems] == ["replication", "seed"]
    assert all(problem.place and problem.place.line for problem in refusal.value.problems)


def test_mistake_in_a_change_is_told_where_it_stands(folder: Path) -> None:
    path = written(folder, experiment="run", set={"staffing.desk.people": "many"})
    with pytest.raises(InvalidInput, match=r"experiment\.yaml:\d+:\d+: staffing\.desk\.people"):
        read_experiment(path, RunExperiment).scenario()


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"experiment": "compare", "alternatives": {"a": {}}}, "run it with: simlab compare"),
        ({"experiment": "rum"}, "did you mean 'run'"),
        ({}, "write 'experiment: run'"),
    ],
)
def test_file_of_another_kind_is_refused_with_the_command_for_it(
    folder: Path, values: dict[str, Any], remedy: str
) -> None:
    with pytest.raises(InvalidInput, match=remedy):
        read_experiment(written(folder, **values), RunExperiment)


def test_alternative_may_be_another_file(folder: Path) -> None:
    (folder / "other.yaml").write_text("extends: scenario.yaml\nstaffing: {desk: {people: 7}}\n")
    path = written(
        folder,
        experiment="compare",
        what_if=["three"],
        set={"staffing.desk.absence": "5 %"},
        alternatives={"other": {"scenario": "other.yaml"}, "nine": {"set": {"staffing.desk.people": 9}}},
    )
    alternatives = read_experiment(path, CompareExperiment).alternatives()
    assert {name: each.resolved["staffing"] for name, each in alternatives.items()} == {
        "other": {"desk": {"people": 7, "absence": "5 %"}},
        "nine": {"desk": {"people": 9, "absence": "5 %"}},
    }


def test_mistakes_of_all_alternatives_are_told_at_once(folder: Path) -> None:
    alternatives = {"a": {"what_if": ["fuor"]}, "b": {"set": {"staffing.desk.people": -1}}}
    path = written(folder, experiment="compare", alternatives=alternatives)
    with pytest.raises(InvalidInput, match="fuor") as refusal:
        read_experiment(path, CompareExperiment).alternatives()
    assert len(refusal.value.problems) == 2
