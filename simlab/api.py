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

from simlab.engines.guards import Guards
from simlab.experiments.compare import Comparison, compare_runs
from simlab.experiments.compare import compare as _compare
from simlab.experiments.runner import RunOptions
from simlab.experiments.runner import run as _run
from simlab.experiments.runs import ScenarioRun
from simlab.experiments.stored import read_run
from simlab.experiments.study import SimulationOptions, StudyOptions
from simlab.model.hooks import DeskView, TicketView
from simlab.model.load import LoadedScenario, from_node
from simlab.model.load import load as _load
from simlab.scenario.nodes import MapNode, from_plain

if TYPE_CHECKING:
    from simlab.business.case import BusinessCase
    from simlab.calibrate.event_log import EventLog
    from simlab.calibrate.profiling.profile import LogProfile
    from simlab.calibrate.read import ReadLog
    from simlab.experiments.capacity import Capacity
    from simlab.experiments.sensitivity import Sensitivity
    from simlab.experiments.stored_studies import Study
    from simlab.experiments.sweep import Sweep
    from simlab.optimise.result import OptimisationResult
    from simlab.optimise.study import OptimizeOptions
    from simlab.reports.report import Result

__all__ = [
    "Comparison",
    "DeskView",
    "Guards",
    "LoadedScenario",
    "ScenarioRun",
    "TicketView",
    "business_case",
    "capacity",
    "compare",
    "compare_runs",
    "from_values",
    "load",
    "optimize",
    "profile",
    "read_log",
    "read_run",
    "read_study",
    "report",
    "run",
    "sensitivity",
    "sweep",
    "write_log",
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


def sweep(experiment: Path | str, **options: Unpack[StudyOptions]) -> Sweep:
    """Simulate a scenario at many points; see :func:`simlab.experiments.sweep.sweep`."""
    from simlab.experiments.sweep import sweep as sweep_scenario

    return sweep_scenario(experiment, **options)


def sensitivity(experiment: Path | str, **options: Unpack[StudyOptions]) -> Sensitivity:
    """Ask which inputs move the responses; see :func:`simlab.experiments.sensitivity.sensitivity`."""
    from simlab.experiments.sensitivity import sensitivity as sensitivity_of

    return sensitivity_of(experiment, **options)


def capacity(experiment: Path | str, **options: Unpack[StudyOptions]) -> Capacity:
    """Seek the least people who keep targets; see :func:`simlab.experiments.capacity.capacity`."""
    from simlab.experiments.capacity import capacity as capacity_of

    return capacity_of(experiment, **options)


def business_case(experiment: Path | str, **options: Unpack[SimulationOptions]) -> BusinessCase:
    """Work out what a change is worth over years; see :func:`simlab.business.case.business_case`."""
    from simlab.business.case import business_case as case_of

    return case_of(experiment, **options)


def read_study(folder: Path | str) -> Study:
    """Return what a stored sweep, sensitivity or capacity study found.

    Raises
    ------
    StorageError
        When the folder holds no finished study, or is damaged.
    """
    from simlab.experiments.stored_studies import read_study as read_from

    return read_from(Path(folder))


def optimize(experiment: Path | str, **options: Unpack[OptimizeOptions]) -> OptimisationResult:
    """Search the best configuration of a scenario; see :func:`simlab.optimise.study.optimize`."""
    from simlab.optimise.study import optimize as optimise_scenario

    return optimise_scenario(experiment, **options)


def read_log(path: Path | str, mapping: Path | str | None = None) -> ReadLog:
    """Read a log of a real desk; see :func:`simlab.calibrate.read.read_log`."""
    from simlab.calibrate.read import read_log as read

    return read(path, mapping)


def profile(log: EventLog) -> LogProfile:
    """Look at a log before anything is fitted; see :mod:`simlab.calibrate.profiling.profile`."""
    from simlab.calibrate.profiling.profile import profile as profile_of

    return profile_of(log)


def write_log(log: EventLog, path: Path | str, file_format: str | None = None) -> None:
    """Write an event log as csv, xes, ocel or parquet; see :mod:`simlab.calibrate.writing.files`."""
    from simlab.calibrate.writing.files import write_log as write

    write(log, Path(path), file_format)


def report(
    result: Result | Sequence[Result],
    path: Path | str,
    *,
    title: str | None = None,
    language: str = "en",
    workbook: Path | str | None = None,
) -> Path:
    """Write a self-contained report about results; see :func:`simlab.reports.report.write_report`."""
    from simlab.reports import write_report

    return write_report(result, path, title=title, language=language, workbook=workbook)
