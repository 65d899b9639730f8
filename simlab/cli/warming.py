"""``simlab warm-up``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from simlab.cli import options
from simlab.cli.terminal import Table, terminal

if TYPE_CHECKING:
    from simlab.experiments.runs import ScenarioRun
    from simlab.experiments.warming import WarmUpStudy

ROWS: Final = 20
"""Lines of the printed table; files have every cell."""
REPLICATIONS: Final = 10


def warm_up(
    scenario: options.ScenarioFile,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=2, help="Independent runs to average.")
    ] = REPLICATIONS,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every cell to this CSV file.", show_default=False)
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Draw it to this SVG file.", show_default=False)
    ] = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    dry_run: options.DryRun = False,
    force: options.Force = False,
    limits: options.Limit = None,
    as_json: options.Json = False,
) -> None:
    """Find how long a scenario takes to warm up, from its work in progress over several runs."""
    from simlab.cli import loading
    from simlab.experiments.runner import run as run_scenario
    from simlab.experiments.warming import warm_up_study
    from simlab.model.load import load

    loaded = load(scenario, what_if=what_if or (), assignments=assignments or (), root=root)
    size = loading.Size.of(replications, seed)
    if dry_run:
        loading.dry_run([loaded], size, jobs)
        return
    place, doing = None if no_store else store, f"Simulating {loaded.label}"
    options = loading.run_options(size, jobs, place, "all", force, doing, cluster, "auto", limits)
    run = run_scenario(loaded, **options)
    study = warm_up_study(run)
    for reason in run.unstable:
        terminal.warn(f"not steady: {reason}")
    if csv is not None:
        _write_cells(study, csv)
        terminal.note(f"cells: {csv}")
    if figure is not None:
        _draw(study, figure)
        terminal.note(f"figure: {figure}")
    if as_json:
        terminal.json(_plain(run, study))
    else:
        _print(run, study)
    for warning in study.warnings:
        terminal.warn(warning)


def _print(run: ScenarioRun, study: WarmUpStudy) -> None:
    from simlab.units import format_duration

    kind = "terminating" if study.is_terminating else "steady-state"
    terminal.out(f"{run.label}: {run.n} replications, seed {run.seed}; a {kind} study")
    n, every = len(study.smooth), max(len(study.smooth) // ROWS, 1)
    level = "without the weekly pattern" if study.is_weekly else "as it is"
    rows = [
        (format_duration(cell * study.step_min), f"{study.wip[cell]:.2f}", f"{study.smooth[cell]:.2f}")
        for cell in range(0, n, every)
    ]
    header = ("time from the start", "in the system", "moving average")
    terminal.table(Table(f"Work in progress; the moving average is {level}", header, rows))
    terminal.out(f"recommended warm-up  {format_duration(study.recommended)} (MSER-5)")
    terminal.out(f"the scenario's       {format_duration(study.stated)}")
    if study.is_terminating:
        terminal.note(
            "A terminating study is seen from its start: it needs no warm-up. For a steady state, state "
            "time.warm_up and let it stop at the end."
        )


def _plain(run: ScenarioRun, study: WarmUpStudy) -> dict[str, Any]:
    return {
        "scenario": run.name,
        "label": run.label,
        "replications": run.n,
        "seed": run.seed,
        "study": "terminating" if study.is_terminating else "steady-state",
        "recommended_min": study.recommended,
        "stated_min": study.stated,
        "weekly_pattern_removed": study.is_weekly,
        "warnings": [*study.warnings, *run.unstable],
        "cells": _columns(study),
    }


def _columns(study: WarmUpStudy) -> dict[str, list[float | None]]:
    n_left_out = len(study.wip) - len(study.smooth)
    return {
        "from_min": [cell * study.step_min for cell in range(len(study.wip))],
        "wip": study.wip.tolist(),
        "level": study.level.tolist(),
        "moving_average": [*study.smooth.tolist(), *[None] * n_left_out],
    }


def _write_cells(study: WarmUpStudy, path: Path) -> None:
    from simlab.results.export import write_csv

    write_csv(_columns(study), path)


def _draw(study: WarmUpStudy, path: Path) -> None:
    from simlab.reports.figures.warming import warm_up_svg
    from simlab.results.files import write_whole

    write_whole(path, warm_up_svg(study).encode())
