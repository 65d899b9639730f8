"""Every shipped scenario, and every change under its what_if, runs for a while and keeps the invariants."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simlab.engines.simpy_desk import SimpyEngine
from simlab.experiments.definition import CompareExperiment, read_experiment
from simlab.metrics.summary import summarise
from simlab.model.load import load, load_variants
from simlab.scenario.overrides import read_scenario
from tests.desks import broken

ROOT: Final = Path(__file__).parents[2]
SCENARIOS: Final = sorted((ROOT / "scenarios").rglob("*.yaml"))
COMPARISONS: Final = [path for path in sorted((ROOT / "experiments").glob("*.yaml"))
                      if "experiment: compare" in path.read_text(encoding="utf-8")]  # fmt: skip
SHORT: Final = ("time.warm_up=3 days", "time.length=2 weeks")
LEAST_UTILISATION, MOST_UTILISATION = 0.05, 0.92
"""Below, a team has hardly anything to do; above, two weeks say little about its queue."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


CASES: Final = [
    pytest.param(path, change, id=f"{_name(path)}-{'-'.join(change) or 'base'}")
    for path in SCENARIOS
    for change in [(), *((name,) for name in read_scenario(path).patches)]
]


@pytest.mark.parametrize(("path", "change"), CASES)
def test_shipped_scenario_runs_stably_and_keeps_the_invariants(path: Path, change: tuple[str, ...]) -> None:
    model = load(path, what_if=change, assignments=SHORT).model

    logs = SimpyEngine().run(model, seed=1, replication=0)
    summary = summarise(model, logs)

    assert logs.totals.truncated == ""
    assert broken(model, logs) == []
    busy = {team: summary.of(f"utilisation[team={team}]") for team in model.names.teams}
    unlikely = {team: u for team, u in busy.items() if not LEAST_UTILISATION <= u <= MOST_UTILISATION}
    assert unlikely == {}


@pytest.mark.parametrize("path", SCENARIOS, ids=_name)
def test_shipped_scenario_as_written_and_changed_gives_no_warnings(path: Path) -> None:
    loaded = [load(path), *load_variants(path).values()]

    assert [warning for one in loaded for warning in one.warnings] == []


@pytest.mark.parametrize("path", SCENARIOS, ids=_name)
def test_shipped_scenario_names_the_schema_for_editors(path: Path) -> None:
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    marker, _, schema = first_line.partition("$schema=")

    assert marker == "# yaml-language-server: "
    assert (path.parent / schema).resolve() == ROOT / "schema" / "scenario.schema.json"


@pytest.mark.parametrize("path", COMPARISONS, ids=_name)
def test_shipped_comparison_loads_with_all_its_alternatives(path: Path) -> None:
    experiment = read_experiment(path, CompareExperiment)

    assert experiment.scenario().warnings == ()
    assert list(experiment.alternatives()) == list(experiment.file.alternatives)
