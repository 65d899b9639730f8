"""``simlab calibrate``: a scenario from a log, and how well it reproduces it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.logs import LogFile, Mapping, Rejected, read_and_tell
from simlab.cli.terminal import Table, terminal
from simlab.errors import UsageError
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.calibrate.fit import Fitted
    from simlab.calibrate.mechanisms import Mechanisms
    from simlab.calibrate.paths import Paths
    from simlab.calibrate.read import ReadLog
    from simlab.calibrate.selection import Selection
    from simlab.calibrate.validate import Validation

_TITLES = {
    "n_gram": "n-grams of activities [share]",
    "absolute_events": "events in the calendar [h]",
    "relative_events": "events since the start [h]",
    "circadian_events": "events in the day [h]",
    "cycle_time": "cycle time [h]",
    "case_arrival": "arrivals [h]",
}


def calibrate(
    log: LogFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the scenario and its report.")
    ] = Path("calibrated"),
    mapping: Mapping = None,
    rejected: Rejected = None,
    utilisation: Annotated[
        str | None,
        typer.Option("--utilisation", help="Anchor: share of their time that people work on tickets (0.6)."),
    ] = None,
    touch_time: Annotated[
        str | None,
        typer.Option("--touch-time", help="Anchor: hands-on time of a ticket in all, such as '40 min'."),
    ] = None,
    all_cases: Annotated[
        bool, typer.Option("--all-cases", help="Use also early cases that are not like the recent ones.")
    ] = False,
    no_validation: Annotated[
        bool, typer.Option("--no-validation", help="Only fit; do not foretell the last part of the log.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a scenario that the folder already has.")
    ] = False,
    lang: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Make a scenario of a ticket export, and tell how well it foretells the last fifth of it."""
    from simlab.calibrate.anchor import surface
    from simlab.calibrate.cautions import warnings_of
    from simlab.calibrate.days_off import DaysOff
    from simlab.calibrate.paths import paths_of
    from simlab.calibrate.summary import as_plain
    from simlab.model.load import load
    from simlab.reports.pages.calibration import calibration_page
    from simlab.reports.pages.render import write_page
    from simlab.reports.report import readable
    from simlab.results.files import write_whole

    share, touch = _share(utilisation), _minutes(touch_time)
    if (output / "scenario.yaml").exists() and not force:
        raise UsageError(
            f"{output} has a scenario already\n    -> name another folder, or overwrite it with --force"
        )
    read = read_and_tell(log, mapping, rejected)
    paths = paths_of(read.log, DaysOff(read.mapping.closed, read.mapping.holidays))
    validation = None if no_validation else _validated(paths, share, touch)
    selection = _selected(paths, share, touch) if validation is None else validation.selection
    fitted = _written(paths, read, output, share, touch, all_cases, selection.chosen)
    rows = surface(fitted.chain, fitted.roles, fitted.teams, fitted.weeks)
    plain = as_plain(fitted, rows, selection, validation)
    warnings = list(warnings_of(fitted, int(paths.is_open.sum()), validation))
    command = command_line(
        "calibrate", log, output=output, mapping=mapping, utilisation=utilisation, touch_time=touch_time,
        all_cases=all_cases, no_validation=no_validation, lang=None if lang == "en" else lang,
    )  # fmt: skip
    with readable(lang) as unreadable:
        written = load(output / "scenario.yaml").resolved
        told = [*warnings, *unreadable]
        page = calibration_page(fitted, selection, validation, rows, told, log.name, command, written)
        write_page(page, output / "report.html")
    write_whole(output / "calibration.json", json.dumps(plain, indent=1, default=str).encode())
    if as_json:
        terminal.json(plain)
    else:
        _print(fitted, validation)
    for warning in warnings:
        terminal.warn(warning)
    terminal.note(f"wrote {output / 'scenario.yaml'} and {output / 'report.html'}")
    terminal.note(f"    -> simlab run {output / 'scenario.yaml'}")


def _share(written: str | None) -> float | None:
    if written is None:
        return None
    from simlab.units import parse_share

    try:
        share = parse_share(written) if "%" in written else float(written)
    except ValueError:
        share = math.nan
    if not 0.0 < share < 1.0:
        raise UsageError(
            f"--utilisation must lie between 0 and 1; found {written!r}\n    -> write 0.6 or '60 %'"
        )
    return share


def _minutes(written: str | None) -> float | None:
    if written is None:
        return None
    from simlab.units import parse_duration

    try:
        minutes = parse_duration(written)
    except ValueError as refusal:
        raise UsageError(f"--touch-time: {refusal}") from None
    if minutes <= 0.0:
        raise UsageError("--touch-time must be above 0\n    -> write '40 min'")
    return minutes


def _validated(paths: Paths, share: float | None, touch: float | None) -> Validation:
    from simlab.calibrate.validate import REPLICATIONS, validate

    progress = terminal.progress("Foretelling the last fifth of the log")
    progress.started(REPLICATIONS)
    try:
        return validate(paths, utilisation=share, touch_time=touch, advanced=progress.advanced)
    finally:
        progress.finished()


def _selected(paths: Paths, share: float | None, touch: float | None) -> Selection:
    from simlab.calibrate.selection import select

    return select(paths, utilisation=share, touch_time=touch)


def _written(
    paths: Paths,
    read: ReadLog,
    output: Path,
    share: float | None,
    touch: float | None,
    all_cases: bool,
    mechanisms: Mechanisms,
) -> Fitted:
    """Fit to the whole log, and write the scenario."""
    from simlab.calibrate.fit import fit
    from simlab.calibrate.foretelling import settled
    from simlab.calibrate.paths import resolving_activities
    from simlab.calibrate.simulation import write_files
    from simlab.calibrate.written_scenario import WrittenScenario, write_scenario

    source, waiting, finished = read.path.name, tuple(read.log.waiting), resolving_activities(read.log)

    def write(fitted: Fitted) -> WrittenScenario:
        return write_scenario(
            fitted, f"Calibrated from {source}", source=source, waiting=waiting, finished=finished
        )

    fitted = fit(paths, utilisation=share, touch_time=touch, use_all=all_cases, mechanisms=mechanisms)
    used = fitted.cases
    n_cases = min(len(used), 20_000)
    fitted = settled(fitted, n_cases, float(used.created[0]), write, output)
    write_files(write(fitted), output)
    return fitted


def _print(fitted: Fitted, validation: Validation | None) -> None:
    from simlab.calibrate.summary import findings

    rows = [(finding.what, finding.value, finding.how) for finding in findings(fitted)]
    terminal.table(Table("What was found", ("", "value", "how"), rows))
    if validation is None:
        return
    whole = validation.groups[0]
    distances = []
    for name in whole.together.names():
        verdict = whole.verdict(name)
        each = (verdict.one_log, getattr(whole.together, name), verdict.replay, verdict.floor)
        shown = [f"{value:.4g}" for value in each]
        distances.append((_TITLES[name], *shown, f"{verdict.n_nearer} of {len(verdict.logs)}"))
    title = f"Distance from the last {format_count(len(validation.real))} cases, foretold from those before"
    headings = ("", "one simulated log", "all together", "replay", "noise floor", "nearer than replay")
    terminal.table(Table(title, headings, distances))
