"""The Python interface: load, patch, run, compare, optimise, report.

>>> import simlab as sl
>>> base = sl.load("scenarios/first.yaml")
>>> comparison = sl.compare(base, {"five people": base.patch({"staffing.desk.people": 5})})
>>> comparison.row("resolution_mean").changes[0].verdict
'better'

Nothing is stored unless a folder is named, and each call shows nothing unless it is given a progress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simlab.experiments.compare import Comparison, compare_runs
from simlab.experiments.compare import compare as _compare
from simlab.experiments.runner import RunOptions
from simlab.experiments.runner import run as _run
from simlab.experiments.runs import ScenarioRun
from simlab.experiments.stored import read_run
from simlab.model.load import LoadedScenario, from_node
from simlab.model.load import load as _load
from simlab.scenario.nodes import MapNode, from_plain

if TYPE_CHECKING:
    from simlab.execution.progress import Progress
    from simlab.optimise.result import OptimisationResult

__all__ = [
    "Comparison",
    "LoadedScenario",
    "ScenarioRun",
    "compare",
    "compare_runs",
    "from_values",
    "load",
    "optimize",
    "read_run",
    "report",
    "run",
]


def load(
    path: Path | str,
    *,
    what_if: Sequence[str] = (),
    assignments: Sequence[str] = (),
    root: Path | str | None = None,
) -> LoadedScenario:
    """Load a scenario file; see :func:`simlab.model.load.load`."""
    return _load(path, what_if=what_if, assignments=assignments, root=root)


def from_values(values: Mapping[str, object], folder: Path | str = ".") -> LoadedScenario:
    """Make a scenario of plain values, as a scenario file would hold them.

    Parameters
    ----------
    values
        The whole scenario.
    folder
        Folder of its data files.

    Raises
    ------
    InvalidInput
        With all mistakes in it.
    """
    node = from_plain(values, "scenario")
    assert isinstance(node, MapNode)
    return from_node(node, folder)


def run(scenario: LoadedScenario, **options: Unpack[RunOptions]) -> ScenarioRun:
    """Run replications of a scenario; options as of :func:`simlab.experiments.runner.run_all`."""
    return _run(scenario, **options)


def compare(
    base: LoadedScenario,
    alternatives: Mapping[str, LoadedScenario],
    *,
    confidence: float = 0.95,
    responses: Sequence[str] | None = None,
    **options: Unpack[RunOptions],
) -> Comparison:
    """Compare alternatives with a base under common random numbers; see `simlab.experiments.compare`."""
    return _compare(base, alternatives, confidence=confidence, responses=responses, **options)


def optimize(
    experiment: Path | str,
    *,
    folder: Path | str | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> OptimisationResult:
    """Search the best configuration of a scenario; see :func:`simlab.optimise.study.optimize`."""
    from simlab.optimise.study import optimize as optimise_scenario

    return optimise_scenario(experiment, folder=folder, jobs=jobs, seed=seed, progress=progress)


def report(
    result: ScenarioRun | Comparison | OptimisationResult,
    path: Path | str,
    *,
    title: str | None = None,
) -> Path:
    """Write a self-contained HTML report about a result; returns the file."""
    from simlab.reports import write_report

    return write_report(result, path, title=title)
