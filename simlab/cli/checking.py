"""``simlab validate`` of an experiment file: its own mistakes, and those of the scenarios that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.errors import Problem
    from simlab.experiments.study import StudyOptions
    from simlab.model.load import LoadedScenario


@dataclass(frozen=True, slots=True)
class CheckedExperiment:
    """An experiment file without mistakes."""

    kind: str
    scenario: LoadedScenario
    """The scenario that it begins with."""
    counted: str
    """How much it asks for, in words."""
    warnings: tuple[Problem, ...] = ()


def checked_experiment(
    path: Path, kind: str, what_if: Sequence[str], assignments: Sequence[str], root: Path | None
) -> CheckedExperiment:
    """Check an experiment file of a kind as the command that runs it would.

    Raises
    ------
    InvalidInput
        With all mistakes that can be told at once.
    UsageError
        When options are given that such an experiment does not take.
    """
    if kind == "business_case":
        if what_if or assignments or root:
            raise UsageError(
                "a business case states its changes itself: leave out --what-if, --set and --root"
            )
        return _checked_case(path)
    if kind in ("run", "compare"):
        return _checked_runs(path, kind, what_if, assignments, root)
    if kind == "optimize":
        return _checked_search(path, what_if, assignments, root)
    return _checked_study(path, kind, {"what_if": what_if, "assignments": assignments, "root": root})


def _checked_runs(
    path: Path, kind: str, what_if: Sequence[str], assignments: Sequence[str], root: Path | None
) -> CheckedExperiment:
    from simlab.experiments.definition import CompareExperiment, RunExperiment, read_experiment

    if kind == "run":
        run = read_experiment(path, RunExperiment)
        run.stopping_rule()
        scenario = run.scenario(what_if, assignments, root)
        return CheckedExperiment(kind, scenario, _replications(run.file.first_replications))
    compared = read_experiment(path, CompareExperiment)
    scenario = compared.scenario(what_if, assignments, root)
    n = len(compared.alternatives(what_if, assignments, root))
    counted = f"{_counted(n, 'alternative')}, {_replications(compared.file.replications)} of each"
    return CheckedExperiment(kind, scenario, counted)


def _checked_search(
    path: Path, what_if: Sequence[str], assignments: Sequence[str], root: Path | None
) -> CheckedExperiment:
    from simlab.optimise.definition import read_optimisation
    from simlab.optimise.study import expected_replications

    plan = read_optimisation(path, None, what_if, assignments, root)
    trials = "" if plan.most_trials is None else f"{plan.most_trials} trials, "
    counted = f"{trials}at most {_replications(expected_replications(plan))} in all"
    return CheckedExperiment("optimize", plan.scenario, counted, plan.warnings)


def _checked_study(path: Path, kind: str, asked: StudyOptions) -> CheckedExperiment:
    from simlab.experiments.capacity import read_capacity
    from simlab.experiments.sensitivity import read_sensitivity
    from simlab.experiments.sweep import read_sweep

    plan: Any
    if kind == "sweep":
        plan = read_sweep(path, **asked)
        counted = _counted(len(plan.points), "point")
    elif kind == "sensitivity":
        plan = read_sensitivity(path, **asked)
        counted = _counted(plan.n_points, "point")
    else:
        plan = read_capacity(path, **asked)
        n, n_demands = len(plan.numbers), len(plan.experiment.file.growth)
        counted = (
            f"{n} number{'s' if n > 1 else ''} of people, {n_demands} demand{'s' if n_demands > 1 else ''}"
        )
    return CheckedExperiment(kind, plan.scenario, f"{counted}, {_replications(plan.replications)} of each")


def _checked_case(path: Path) -> CheckedExperiment:
    from simlab.business.definition import read_case

    plan = read_case(path)
    counted = f"{_replications(plan.replications)} without and with the proposal"
    return CheckedExperiment("business_case", plan.base, counted)


def _replications(n: int) -> str:
    return _counted(n, "replication")


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'s' if n != 1 else ''}"
