"""Row 11: what every released version stored is read by this one; what a newer one stored is refused."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from simlab.business.register import read_register
from simlab.experiments.capacity import Capacity
from simlab.experiments.sensitivity import Sensitivity
from simlab.experiments.stored import read_run
from simlab.experiments.stored_studies import read_study
from simlab.experiments.sweep import Sweep
from simlab.model.load import load
from simlab.optimise.stored import read_optimised
from simlab.results.lines import read_lines
from simlab.results.manifest import MANIFEST_FILE
from simlab.results.sealed import read_sealed, sealed
from tests.commands import Simlab
from tests.released_files import FIGURES, RELEASED

VERSIONS = sorted(path for path in RELEASED.iterdir() if path.is_dir())

each_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)


@pytest.fixture
def released(version: Path, folder: Path) -> Path:
    """Copy of what a version stored: nothing may be written to the files themselves."""
    shutil.copytree(version, folder, dirs_exist_ok=True)
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@each_version
def test_row_11_run_of_a_released_version_is_read_with_its_figures_and_logs(released: Path) -> None:
    run = read_run(only(released, f"results/*/{MANIFEST_FILE}").parent)
    expected = json.loads((released / FIGURES).read_text(encoding="utf-8"))
    told = {name: run.estimates(names=[name])[name].value for name in expected}
    assert {name: value if math.isfinite(value) else None for name, value in told.items()} == expected
    assert len(run.logs(0).tickets) > 50
    assert len(run.logs(0).visits) > 50


@each_version
def test_row_11_studies_of_a_released_version_are_read(released: Path) -> None:
    sweep = read_study(only(released, "results/sweep-*"))
    assert isinstance(sweep, Sweep)
    assert len(sweep.points) == 2
    sensitivity = read_study(only(released, "results/sensitivity-*"))
    assert isinstance(sensitivity, Sensitivity)
    assert sensitivity.paths == ("staffing.desk.people",)
    capacity = read_study(only(released, "results/capacity-*"))
    assert isinstance(capacity, Capacity)
    assert capacity.is_kept
    optimised = read_optimised(released / "results" / "optimise")
    assert optimised.recommended is not None
    assert len(optimised.trials) >= 3
    for ledger in released.glob("results/*/*.ledger"):
        kept = read_lines(ledger)
        assert kept.n_damaged == 0
        assert kept.records


@each_version
def test_row_11_commands_show_and_verify_what_a_released_version_stored(
    simlab: Simlab, released: Path
) -> None:
    assert simlab("results", "verify", "results").code == 0
    assert simlab("results", "list").code == 0
    for stored in sorted((released / "results").iterdir()):
        ended = simlab("results", "show", stored)
        assert ended.code == 0, ended.err
    assert simlab("report", only(released, f"results/*/{MANIFEST_FILE}").parent, "-o", "r.html").code == 0


@each_version
def test_row_11_scenario_experiments_and_mapping_of_a_released_version_are_read(
    simlab: Simlab, released: Path
) -> None:
    assert load(released / "desk.yaml").name == "Desk"
    for command, file in (
        ("run", "run.yaml"),
        ("sweep", "sweep.yaml"),
        ("sensitivity", "sensitivity.yaml"),
        ("capacity", "capacity.yaml"),
        ("optimize", "optimise.yaml"),
        ("case", "case.yaml"),
    ):
        ended = simlab(command, file, "--dry-run")
        assert ended.code == 0, ended.err
    ended = simlab("profile", "tickets.csv", "--mapping", "tickets.mapping.yaml")
    assert ended.code == 0, ended.err
    assert [row.id for row in read_register(released / "register.csv")] == ["D1"]


@pytest.mark.parametrize(
    ("file", "command"),
    [
        (f"results/Desk-*/{MANIFEST_FILE}", ("results", "show")),
        ("results/sweep-*/study.json", ("results", "show")),
        ("results/sweep-*/result.json", ("report",)),
        ("results/optimise/optimisation.json", ("results", "show")),
        ("results/optimise/result.json", ("report",)),
    ],
)
@pytest.mark.parametrize("version", VERSIONS[-1:], ids=lambda path: path.name)
def test_row_11_newer_format_is_refused_with_both_numbers(
    simlab: Simlab, released: Path, file: str, command: tuple[str, ...]
) -> None:
    path = only(released, file)
    content = read_sealed(path)
    newer = content["format"] + 1
    path.write_bytes(sealed({**content, "format": newer}))
    ended = simlab(*command, path.parent)
    assert ended.code == 6, ended
    assert f"written in format {newer}; this simlab reads formats up to {newer - 1}" in ended.err
    assert simlab("results", "verify", "results").code == 6
