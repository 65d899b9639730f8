"""``simlab optimize`` with changes that the command line makes, and what ``simlab results`` knows of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import simlab as sl
from simlab.optimise.definition import read_optimisation
from simlab.optimise.study import default_folder
from simlab.results.catalogue import damage_in
from simlab.scenario.nodes import get_path, written

Simlab = Callable[..., Any]

EXPERIMENT = """\
experiment: optimize
scenario: desk.yaml
replications: 2
vary: {staffing.desk.people: {from: 2, to: 3}}
minimise: resolution_mean
budget: {trials: 2, final_replications: 2}
"""


@pytest.fixture
def experiment(folder: Path) -> Path:
    """Return an optimisation of ``desk.yaml``, in the present folder."""
    (folder / "x.yaml").write_text(EXPERIMENT)
    return Path("x.yaml")


def test_recommended_scenario_has_the_changes_of_the_command_line(simlab: Simlab, experiment: Path) -> None:
    ended = simlab(
        "optimize", experiment, "-j", "1", "--folder", "found", "--set", "targets.P1.resolve=90 min"
    )

    assert ended.code == 0, ended.err
    found = sl.load("found/recommended.yaml", root=".")
    assert written(get_path(found.node, "targets.P1.resolve")) == "90 min"
    assert written(get_path(found.node, "targets.P2.resolve")) == "2 h"
    assert written(get_path(found.node, "staffing.desk.people")) in ("2", "3")


def test_other_changes_of_the_scenario_have_another_folder(experiment: Path) -> None:
    plans = [
        read_optimisation(experiment),
        read_optimisation(experiment, what_if=["four"]),
        read_optimisation(experiment, assignments=["targets.P1.resolve=90 min"]),
    ]

    assert len({default_folder(plan) for plan in plans}) == 3
    assert default_folder(read_optimisation(experiment)) == default_folder(plans[0])


def test_folder_of_the_unchanged_scenario_is_refused_to_a_changed_one(
    simlab: Simlab, experiment: Path
) -> None:
    assert simlab("optimize", experiment, "-j", "1", "--folder", "found").code == 0
    ended = simlab("optimize", experiment, "-j", "1", "--folder", "found", "--what-if", "four")
    assert ended.code == 2
    assert "the folder holds another optimisation" in ended.err


def test_dry_run_tries_the_changed_scenario(simlab: Simlab, experiment: Path) -> None:
    ended = simlab("optimize", experiment, "--dry-run", "-j", "1", "--what-if", "four")
    assert ended.code == 0
    refused = simlab("optimize", experiment, "--dry-run", "-j", "1", "--what-if", "fuor")
    assert refused.code == 2
    assert "four" in refused.err
    refused = simlab("optimize", experiment, "--dry-run", "-j", "1", "--set", "staffing.dsk.people=1")
    assert refused.code == 2
    assert "did you mean 'desk'" in refused.err


def test_scenario_that_extends_a_file_above_needs_a_root(simlab: Simlab, folder: Path) -> None:
    desks = folder / "desks"
    desks.mkdir()
    (desks / "mine.yaml").write_text("extends: ../desk.yaml\nname: Mine\n")
    (desks / "x.yaml").write_text(EXPERIMENT.replace("desk.yaml", "mine.yaml"))

    assert simlab("optimize", "desks/x.yaml", "-j", "1", "--folder", "found").code == 2
    ended = simlab("optimize", "desks/x.yaml", "-j", "1", "--folder", "found", "--root", ".")

    assert ended.code == 0, ended.err
    recommended = sl.load("found/recommended.yaml", root=".")
    assert written(get_path(recommended.node, "name")) == "Mine"


def test_python_takes_the_same_changes(experiment: Path, folder: Path) -> None:
    result = sl.optimize(experiment, folder=folder / "found", jobs=1, assignments=["staffing.desk.people=3"])
    assert result.today.settings == {"staffing.desk.people": "3"}


def test_results_know_optimisations_and_tell_their_damage(simlab: Simlab, experiment: Path) -> None:
    assert simlab("optimize", experiment, "-j", "1").code == 0
    (found,) = Path("results").iterdir()

    (listed,) = json.loads(simlab("results", "list", "--json").out)
    assert (listed["study"], listed["scenario"], listed["seed"]) == ("optimize", "Desk", 1)
    assert "optimize" in simlab("results", "show", found).out
    assert json.loads(simlab("results", "show", found, "--json").out)["result"]["recommended"]
    assert simlab("results", "verify").code == 0

    generator = random.Random(1)
    for path in sorted(each for each in found.iterdir() if each.name != ".lock"):
        whole = path.read_bytes()
        for _ in range(8):
            damaged = bytearray(whole)
            damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
            path.write_bytes(damaged)
            assert damage_in(found), path
        ended = simlab("results", "verify")
        assert ended.code == 6
        assert path.name in ended.err
        path.write_bytes(whole)
    assert simlab("results", "remove", found, "--yes").code == 0
    assert not found.exists()
