"""``simlab sweep``, ``sensitivity`` and ``capacity``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli import options
from simlab.cli.reporting import write_report_of
from simlab.cli.terminal import terminal
from simlab.errors import Infeasible

if TYPE_CHECKING:
    from simlab.experiments.capacity import Capacity
    from simlab.experiments.sensitivity import Sensitivity
    from simlab.experiments.sweep import Sweep
    from simlab.model.load import LoadedScenario
    from simlab.reports.tables.table import Table as NumberTable

ExperimentPath = Annotated[Path, typer.Argument(help="Experiment file.", show_default=False)]
Csv = Annotated[
    Path | None, typer.Option("--csv", help="Write every number to this CSV file.", show_default=False)
]


def sweep(
    experiment: ExperimentPath,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    force: options.Force = False,
    limits: options.Limit = None,
    csv: Csv = None,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Simulate a scenario at many points; an interrupted sweep goes on where it was."""
    from simlab.cli import loading
    from simlab.cli.study_tables import plain_sweep, print_sweep
    from simlab.experiments.sweep import read_sweep
    from simlab.experiments.sweep import sweep as sweep_scenario
    from simlab.reports.tables.studies import sweep_points

    kept = None if no_store else store
    asked = loading.study_options(
        what_if, assignments, root, replications, seed, jobs, cluster, kept, "Sweeping", limits, force
    )
    if dry_run:
        plan = read_sweep(experiment, **asked)
        _dry_run(plan.scenario, plan.seed, len(plan.points), len(plan.points) * plan.replications, jobs)
        return
    told = sweep_scenario(experiment, **asked)
    for point in told.points:
        if point.unstable:
            settings = ", ".join(f"{path}={text}" for path, text in point.settings.items())
            terminal.warn(f"not steady: {settings}: {point.unstable[0]}")
    _write_csv(sweep_points(told), csv)
    given = (what_if, assignments, root, replications, seed)
    write_report_of(told, report_file, lang, "sweep", experiment, given)
    if as_json:
        terminal.json(plain_sweep(told))
    else:
        print_sweep(told)
    _tell_folder(told)


def sensitivity(
    experiment: ExperimentPath,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    force: options.Force = False,
    limits: options.Limit = None,
    csv: Csv = None,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Say which inputs move the responses, and how uncertain inputs make the answer."""
    from simlab.cli import loading
    from simlab.cli.study_tables import METHODS, plain_sensitivity, sensitivity_table
    from simlab.experiments.sensitivity import read_sensitivity
    from simlab.experiments.sensitivity import sensitivity as sensitivity_of
    from simlab.reports.tables.studies import sensitivities

    kept = None if no_store else store
    asked = loading.study_options(
        what_if, assignments, root, replications, seed, jobs, cluster, kept, "Simulating", limits, force
    )
    if dry_run:
        plan = read_sensitivity(experiment, **asked)
        _dry_run(plan.scenario, plan.seed, plan.n_points, plan.n_points * plan.replications, jobs)
        return
    told = sensitivity_of(experiment, **asked)
    for reason in told.unstable:
        terminal.warn(f"not steady: {reason}")
    _write_csv(sensitivities(told), csv)
    given = (what_if, assignments, root, replications, seed)
    write_report_of(told, report_file, lang, "sensitivity", experiment, given)
    if as_json:
        terminal.json(plain_sensitivity(told))
    else:
        for response in told.responses:
            terminal.table(sensitivity_table(told, response))
        terminal.note(METHODS[told.method])
    _tell_folder(told)


def capacity(
    experiment: ExperimentPath,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    force: options.Force = False,
    limits: options.Limit = None,
    csv: Csv = None,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Find the least people per team and shift that keep targets, as demand grows."""
    from simlab.cli import loading
    from simlab.cli.study_tables import plain_capacity, print_capacity
    from simlab.experiments.capacity import capacity as capacity_of
    from simlab.experiments.capacity import read_capacity
    from simlab.reports.tables.studies import capacity_crews

    kept = None if no_store else store
    asked = loading.study_options(
        what_if, assignments, root, replications, seed, jobs, cluster, kept, "Searching", limits, force
    )
    if dry_run:
        plan = read_capacity(experiment, **asked)
        # Halving the range of each crew, for each demand, and one more look from below and above.
        n_each = sum(int(each.high - each.low).bit_length() + 2 for each in plan.numbers)
        # Each demand's answer is confirmed on replications of its own, once at least.
        n_points = (n_each + 1) * len(plan.experiment.file.growth)
        _dry_run(plan.scenario, plan.seed, n_points, n_points * plan.replications, jobs)
        return
    told = capacity_of(experiment, **asked)
    _write_csv(capacity_crews(told), csv)
    given = (what_if, assignments, root, replications, seed)
    write_report_of(told, report_file, lang, "capacity", experiment, given)
    if as_json:
        terminal.json(plain_capacity(told))
    else:
        print_capacity(told)
    _tell_folder(told)
    if not told.is_kept:
        raise Infeasible(
            "\n".join(
                f"demand {point.growth:+.0%}: the most people allowed do not keep the targets: {point.reason}"
                for point in told.points
                if not point.is_kept
            )
            + "\n    -> allow more people under vary, or lower the targets"
        )


def _write_csv(table: NumberTable, path: Path | None) -> None:
    from simlab.results.export import write_csv

    if path is not None:
        write_csv(table.by_column(), path)
        terminal.note(f"written to {path}")


def _tell_folder(told: Sweep | Sensitivity | Capacity) -> None:
    if told.n_damaged:
        terminal.warn(f"{told.n_damaged} damaged records were left out; their replications were run anew")
    if told.folder is not None:
        terminal.note(f"stored in {told.folder}")


def _dry_run(scenario: LoadedScenario, seed: int, n_points: int, n_runs: int, jobs: int | None) -> None:
    from simlab.cli.loading import tell_effort

    counted = {"points": f"about {n_points}", "replications": f"about {n_runs} in all"}
    tell_effort(counted, [(scenario.model, n_runs)], seed, jobs)
