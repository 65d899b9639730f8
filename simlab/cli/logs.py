"""``simlab profile`` and ``simlab convert``: what a real log looks like, and in another format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.terminal import terminal
from simlab.errors import UsageError
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.calibrate.read import ReadLog

LogFile = Annotated[
    Path, typer.Argument(help="Log: CSV, XES, OCEL 2.0 JSON, also as .gz, or Parquet.", show_default=False)
]
Mapping = Annotated[
    Path | None,
    typer.Option("--mapping", help="What the columns mean; by default the file beside it, which is made."),
]
Rejected = Annotated[
    Path | None,
    typer.Option("--rejected", help="Write rows that cannot be used to this CSV file.", show_default=False),
]
_SHOWN = 3


def profile(
    log: LogFile,
    mapping: Mapping = None,
    rejected: Rejected = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the profile as a page, too.", show_default=False)
    ] = None,
    lang: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Look at a log before anything is fitted: arrivals, times, hops, states, and what it cannot tell."""
    from simlab.calibrate.profiling.profile import profile as profile_of
    from simlab.cli.log_tables import plain_profile, profile_tables

    read = read_and_tell(log, mapping, rejected)
    found = profile_of(read.log)
    if as_json:
        terminal.json(plain_profile(found, read))
    else:
        for table in profile_tables(found, log.name):
            terminal.table(table)
    for warning in found.warnings:
        terminal.warn(warning)
    if html is not None:
        from simlab.reports.pages.log_profile import profile_page
        from simlab.reports.pages.render import write_page
        from simlab.reports.report import readable

        again = command_line("profile", log, mapping=mapping, html=html)
        with readable(lang) as unreadable:
            page = profile_page(found, read, again)
            page = replace(page, warnings=(*page.warnings, *unreadable))
            terminal.note(f"wrote {write_page(page, html)}")


def convert(
    log: LogFile,
    output: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    file_format: Annotated[
        str | None,
        typer.Option("--format", "-f", help="csv, xes, ocel or parquet; by default as the file is called."),
    ] = None,
    mapping: Mapping = None,
    rejected: Rejected = None,
) -> None:
    """Write a log in another format, with the columns that process-mining tools know."""
    from simlab.calibrate.writing.files import write_log

    if output.exists() and output.samefile(log):
        raise UsageError(f"{output} is the log itself\n    -> name another file")
    read = read_and_tell(log, mapping, rejected)
    write_log(read.log, output, file_format)
    terminal.note(
        f"wrote {output}: {format_count(len(read.log.cases))} cases, {format_count(len(read.log))} events"
    )


def read_and_tell(log: Path, mapping: Path | None, rejected: Path | None) -> ReadLog:
    """Read a log; say what was assumed and which rows are kept apart."""
    from simlab.calibrate.read import read_log, write_rejected

    read = read_log(log, mapping)
    if read.is_new:
        taken = f" (an export of {read.preset})" if read.preset else ""
        terminal.note(f"what the columns mean was found out{taken}; check it: {read.mapping_file}")
    for remark in read.remarks:
        terminal.warn(f"{log.name}: {remark}")
    for reason, number in read.rejected_by_reason().items():
        lines = [str(row.line) for row in read.rejected if row.reason == reason][:_SHOWN]
        more = ", ..." if number > _SHOWN else ""
        terminal.warn(
            f"{log}:{lines[0]}: {format_count(number)} rows are kept apart: {reason} "
            f"(lines {', '.join(lines)}{more})"
        )
    if rejected is not None:
        write_rejected(read, rejected)
        terminal.note(f"wrote {format_count(len(read.rejected))} rows kept apart to {rejected}")
    elif read.rejected:
        terminal.note("    -> --rejected FILE writes these rows")
    return read
