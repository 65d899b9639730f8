"""``simlab document`` and ``diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlab.cli import options
from simlab.cli.terminal import Table, terminal
from simlab.errors import UsageError

_SUFFIXES = (".html", ".htm", ".md")


def document(
    scenario: options.ScenarioFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML or Markdown file to write.")] = Path(
        "process.html"
    ),
    since: Annotated[
        Path | None,
        typer.Option("--since", help="Earlier version, for the change history.", show_default=False),
    ] = None,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    lang: options.Lang = "en",
) -> None:
    """Write the documentation of a process for the people who work by it."""
    from simlab.model.load import load
    from simlab.reports.report import write_document

    if output.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f"{output}: the documentation is HTML or Markdown\n    -> end its name in .html or .md"
        )
    loaded = load(scenario, what_if=what_if or (), assignments=assignments or (), root=root)
    before = None if since is None else load(since, root=root)
    terminal.out(f"documentation: {write_document(loaded, output, since=before, language=lang)}")


def diff(
    before: Annotated[Path, typer.Argument(help="Earlier scenario file.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="Later scenario file.", show_default=False)],
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    as_json: options.Json = False,
) -> None:
    """Say what a scenario has other than an earlier version; --what-if and --set change the later one."""
    from dataclasses import asdict

    from simlab.model.load import load
    from simlab.scenario.versions import differences

    later = load(after, what_if=what_if or (), assignments=assignments or (), root=root)
    found = differences(load(before, root=root).resolved, later.resolved)
    if as_json:
        terminal.json([asdict(each) for each in found])
        return
    if not found:
        terminal.out("no value differs")
        return
    rows = [(each.path, each.before, each.after) for each in found]
    terminal.table(Table(f"{len(found)} values differ", ("", str(before), str(after)), rows))
