"""``simlab import`` and ``simlab export``: BPMN and Prosimos in, BPMN out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlab.cli import options
from simlab.cli.terminal import terminal
from simlab.errors import UsageError


def import_process(
    model: Annotated[Path, typer.Argument(help="Process model: BPMN 2.0.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Scenario file to write.", show_default=False)
    ],
    parameters: Annotated[
        Path | None,
        typer.Option("--parameters", "-p", help="Parameters of Prosimos (JSON).", show_default=False),
    ] = None,
    process: Annotated[
        str | None,
        typer.Option("--process", help="Process or pool, where the model has several.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the scenario file.")] = False,
) -> None:
    """Make a scenario of a BPMN model; what the model does not tell is marked FILL IN."""
    from simlab.calibrate.exchange.imported import imported_text
    from simlab.model.load import load
    from simlab.results.files import write_whole

    if output.exists() and not overwrite:
        raise UsageError(f"{output} is there already\n    -> name another file, or say --overwrite")
    text, skeleton = imported_text(model, parameters, process)
    for remark in skeleton.remarks:
        terminal.warn(remark)
    write_whole(output, text.encode())
    loaded = load(output)
    n_steps, n_teams = len(loaded.scenario.routing.steps), len(loaded.scenario.staffing)
    terminal.out(f"{output}: {n_steps} steps, {n_teams} teams, {skeleton.n_to_fill_in} values to fill in")


def export_process(
    scenario: options.ScenarioFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="BPMN file to write.", show_default=False)],
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
) -> None:
    """Write the process of a scenario as BPMN 2.0 with its picture."""
    from simlab.calibrate.exchange.bpmn_write import write_bpmn
    from simlab.model.load import load

    loaded = load(scenario, what_if=what_if or (), assignments=assignments or (), root=root)
    drawn = write_bpmn(loaded.resolved, output)
    terminal.out(
        f"{output}: {len(drawn.shapes)} shapes, {len(drawn.arrows)} flows, {len(drawn.lanes())} lanes"
    )
