"""From the files and options of a command to loaded scenarios and run options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from simlab.cli.terminal import terminal
from simlab.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from simlab.experiments.definition import Experiment, ExperimentFile
    from simlab.experiments.replication import KeepLogs
    from simlab.experiments.runner import RunOptions
    from simlab.experiments.runs import ScenarioRun
    from simlab.experiments.study import StudyOptions
    from simlab.model.load import LoadedScenario
    from simlab.model.tables import Model

FileT = TypeVar("FileT", bound="ExperimentFile")

REPLICATIONS = 20
SEED = 1


@dataclass(frozen=True, slots=True)
class Size:
    """How often and from which seed: what the command line says, else the experiment, else the default."""

    replications: int
    seed: int

    @classmethod
    def of(
        cls, replications: int | None, seed: int | None, experiment: Experiment[FileT] | None = None
    ) -> Size:
        """Return the first that says it."""
        file = experiment.file if experiment else None
        return cls(
            replications or (file.first_replications if file else REPLICATIONS),
            seed if seed is not None else (file.seed if file else SEED),
        )


def run_options(
    size: Size,
    jobs: int | None,
    store: Path | str | None,
    logs: str,
    force: bool,
    doing: str,
    cluster: str | None,
    engine: str,
    limits: Sequence[str] | None,
) -> RunOptions:
    """Return the options of a run, with a progress bar; all are asked for, so that no command forgets one."""
    from simlab.engines.guards import with_limits

    return {
        "replications": size.replications,
        "seed": size.seed,
        "jobs": jobs,
        "cluster": cluster,
        "engine": engine,
        "store": store,
        "logs": keep_logs(logs),
        "force": force,
        "guards": with_limits(limits or ()),
        "progress": terminal.progress(doing),
    }


def study_options(
    what_if: Sequence[str] | None,
    assignments: Sequence[str] | None,
    root: Path | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    cluster: str | None,
    store: Path | str | None,
    doing: str,
    limits: Sequence[str] | None,
    force: bool,
) -> StudyOptions:
    """Return the options of a study, with a progress bar; all are asked for, as of `run_options`."""
    from simlab.engines.guards import with_limits

    return {
        "what_if": what_if or (),
        "assignments": assignments or (),
        "root": root,
        "replications": replications,
        "seed": seed,
        "jobs": jobs,
        "cluster": cluster,
        "force": force,
        "guards": with_limits(limits or ()),
        "store": store,
        "progress": terminal.progress(doing),
    }


def keep_logs(written: str) -> KeepLogs:
    """Return which logs are kept, as written at ``--logs``."""
    choices: dict[str, KeepLogs] = {"first": "first", "all": "all", "none": "none"}
    if written not in choices:
        raise UsageError(f"--logs is one of {', '.join(choices)}; found '{written}'")
    return choices[written]


def dry_run(scenarios: Sequence[LoadedScenario], size: Size, jobs: int | None) -> None:
    """Say how much would be run, and about how long it takes."""
    counted = {"scenarios": str(len(scenarios)), "replications": f"{size.replications} of each"}
    tell_effort(counted, [(loaded.model, size.replications) for loaded in scenarios], size.seed, jobs)


def tell_effort(
    counted: Mapping[str, str], runs: Sequence[tuple[Model, int]], seed: int, jobs: int | None
) -> None:
    """Say how much would be run, and about how long it takes, after trying the beginning of each.

    Parameters
    ----------
    counted
        What there is of what, as it is to be said.
    runs
        Models, and how many replications of each.
    """
    from simlab.execution.local import available_cores
    from simlab.experiments.speed import effort_of
    from simlab.model.traffic import expected_tickets
    from simlab.units import format_count, format_duration

    n_workers = min(jobs or available_cores(), sum(n for _, n in runs))
    efforts = [(effort_of(model, seed, n), n) for model, n in runs]
    # What is compiled serves all scenarios, and all processes wait for it.
    compiling = max(effort.compiling_seconds for effort, _ in efforts)
    seconds = compiling + sum(effort.seconds_per_replication * n for effort, n in efforts) / n_workers
    of_it = f", {format_duration(compiling / 60.0)} of it to compile the engine" if compiling else ""
    told = {
        **counted,
        "expected tickets": format_count(sum(expected_tickets(model) * n for model, n in runs)),
        "processes": str(n_workers),
        "estimated time": format_duration(seconds / 60.0) + of_it,
    }
    for what, value in told.items():
        terminal.out(f"{what:<19}{value}")


def tell_warnings(run: ScenarioRun) -> None:
    """Print what the planner should know about a run."""
    for warning in run.warnings:
        terminal.warn(warning)
    for reason in run.unstable:
        terminal.warn(f"not steady: {reason}")


def require_steady(runs: Sequence[ScenarioRun], allow_unstable: bool) -> None:
    """Refuse to end well when a run is not steady."""
    names = [run.label for run in runs if not run.is_steady]
    # Otherwise they have been told as warnings.
    reasons = [reason for run in runs for reason in run.unstable] if terminal.is_quiet else []
    if names and not allow_unstable:
        told = "".join(f"\n{reason}" for reason in dict.fromkeys(reasons))
        raise GateFailed(
            f"{', '.join(names)}: not steady: the figures depend on the length of the run{told}\n"
            "    -> add people or cut work until every team keeps up, or accept it with --allow-unstable"
        )
