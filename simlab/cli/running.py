"""``simlab run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlab.cli import options
from simlab.cli.terminal import terminal

if TYPE_CHECKING:
    from simlab.cli.loading import Size
    from simlab.experiments.runs import ScenarioRun
    from simlab.model.load import LoadedScenario


def run(
    scenario: options.ScenarioFile,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    confidence: options.Confidence = 0.95,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    logs: options.Logs = "first",
    dry_run: options.DryRun = False,
    force: options.Force = False,
    allow_unstable: options.AllowUnstable = False,
    as_json: options.Json = False,
) -> None:
    """Simulate a scenario (or a run experiment) and print its figures with confidence intervals."""
    from simlab.cli import loading
    from simlab.experiments.runner import run as run_scenario

    loaded, size = _loaded(scenario, what_if or (), assignments or (), root, replications, seed)
    if dry_run:
        loading.dry_run([loaded], size, jobs)
        return
    options = loading.run_options(
        size, jobs, None if no_store else store, logs, force, f"Simulating {loaded.label}"
    )
    finished = run_scenario(loaded, **options)
    loading.tell_warnings(finished)
    if as_json:
        terminal.json(as_plain(finished, confidence))
    else:
        print_run(finished, confidence)
        _tell_next(finished, loaded)
    loading.require_steady([finished], allow_unstable)


def print_run(run: ScenarioRun, confidence: float) -> None:
    """Print the tables of a run."""
    from simlab.cli.values import BY_PRIORITY, BY_TEAM, COST, OVERALL, by_label, by_response
    from simlab.units import format_share

    terminal.out(
        f"{run.label}: {run.n} replication{'s' if run.n > 1 else ''}, seed {run.seed},"
        f" {format_share(confidence)} confidence intervals"
    )
    names = run.responses if terminal.is_verbose else OVERALL
    terminal.table(by_response(run, "Overall", names, confidence))
    for dimension, metrics in (
        ("priority", BY_PRIORITY),
        ("team", BY_TEAM),
        ("automation", ("automation_share",)),
    ):
        table = by_label(run, dimension, metrics, confidence)
        if table.rows and len(table.header) > 1:
            terminal.table(table)
    if run.model.money.currency:
        terminal.table(by_response(run, "Cost", COST, confidence))


def as_plain(run: ScenarioRun, confidence: float) -> dict[str, Any]:
    """Return a run as plain values, with every response."""
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    return {
        "scenario": run.name,
        "label": run.label,
        "scenario_hash": run.scenario_hash,
        "replications": run.n,
        "seed": run.seed,
        "engine": run.engine,
        "confidence": confidence,
        "currency": run.model.money.currency or None,
        "steady": run.is_steady,
        "warnings": [*run.warnings, *run.unstable],
        "folder": None if run.folder is None else str(run.folder),
        "responses": {
            name: plain(estimate, parse_response(name).metric.unit)
            for name, estimate in run.estimates(confidence).items()
        },
    }


def _loaded(
    path: Path,
    what_if: list[str] | tuple[()],
    assignments: list[str] | tuple[()],
    root: Path | None,
    replications: int | None,
    seed: int | None,
) -> tuple[LoadedScenario, Size]:
    from simlab.cli.loading import Size
    from simlab.experiments.definition import RunExperiment, kind_of, read_experiment
    from simlab.model.load import load

    if not kind_of(path):
        return load(path, what_if=what_if, assignments=assignments, root=root), Size.of(replications, seed)
    experiment = read_experiment(path, RunExperiment)
    loaded = experiment.scenario(what_if, assignments, root)
    return loaded, Size.of(replications, seed, experiment)


def _tell_next(run: ScenarioRun, loaded: LoadedScenario) -> None:
    if run.folder is not None:
        reused = f" ({run.n_reused} of {run.n} replications were there already)" if run.n_reused else ""
        terminal.note(f"stored in {run.folder}{reused}")
        terminal.note(f"next: simlab report {run.folder}")
    if loaded.patches and loaded.path is not None:
        terminal.note(f"   or: simlab compare {loaded.path} --what-if {next(iter(loaded.patches))}")
