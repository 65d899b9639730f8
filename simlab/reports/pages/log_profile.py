"""The page of a log: what it says, and what it cannot tell."""

from __future__ import annotations

import math
from functools import partial

from simlab.calibrate.profiling.profile import LogProfile
from simlab.calibrate.read import ReadLog
from simlab.reports.figures.log_arrivals import draw_hours, draw_weeks
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.log_grids import profile_grids
from simlab.reports.pages.parts import Command, Exhibit, Page, Paragraph, Points, Section
from simlab.reports.tables.log_arrivals import hourly_arrivals, weekly_arrivals
from simlab.reports.wording import counted, scale_of
from simlab.units import format_share


def profile_page(profile: LogProfile, read: ReadLog, command: str | None = None) -> Page:
    """Return the page of a log's profile."""
    grids = list(profile_grids(profile, read.path.name, with_hours=False))
    return Page(
        title=read.path.name,
        kind=say("Profile of a log"),
        answer=_answer(profile),
        support=_support(profile),
        warnings=profile.warnings,
        sections=(
            Section(say("In short"), (grids[0],)),
            Section(say("Arrivals"), _arrivals(profile)),
            Section(say("Times, flow and teams"), tuple(grids[1:])),
            Section(say("How the log was read"), _reading(read)),
            Section(say("To have it again"), (Command(command or f"simlab profile {read.path.name}"),)),
        ),
    )


def _answer(profile: LogProfile) -> str:
    median, n = profile.flow.times.quantiles[1], counted(profile.n_cases)
    if math.isnan(median):
        return say("The log has {n} cases, none of them resolved.", n=n)
    return say(
        "The log has {n} cases; half of them are resolved within {time}.",
        n=n,
        time=scale_of("min", [median]).said(median),
    )


def _support(profile: LogProfile) -> tuple[str, ...]:
    arrivals = profile.arrivals
    if arrivals.usable is None:
        return (say("No week of its arrivals can be used."),)
    return (
        say(
            "About {n} come in a week, {share} of them Monday to Friday from 8 to 18 h ({weeks} weeks from "
            "{day}).",
            n=counted(round(arrivals.per_week)),
            share=format_share(arrivals.office_share),
            weeks=arrivals.n_usable,
            day=arrivals.usable[0],
        ),
    )


def _arrivals(profile: LogProfile) -> tuple[Exhibit, ...]:
    weeks, hours = weekly_arrivals(profile.arrivals), hourly_arrivals(profile.arrivals)
    return (
        Exhibit(
            say("Arrivals of each week"),
            say("Weeks at the edges of the log, thin ones and those that lack tickets are not used."),
            partial(draw_weeks, weeks),
            (weeks,),
        ),
        Exhibit(
            say("Arrivals by hour of week"),
            say("Mean over the weeks that can be used, on the clock of {zone}.", zone=profile.zone),
            partial(draw_hours, hours),
            (hours,),
        ),
    )


def _reading(read: ReadLog) -> tuple[Paragraph | Points | Command, ...]:
    apart = [
        say("{n} rows are kept apart: {reason}", n=counted(number), reason=say_again(reason))
        if number != 1
        else say("One row is kept apart: {reason}", reason=say_again(reason))
        for reason, number in read.rejected_by_reason().items()
    ]
    told = (*map(say_again, read.remarks), *apart) or (say("Every row was used."),)
    columns = [f"{role}: {column}" for role, column in read.mapping.columns.named().items()]
    return (
        Paragraph(
            say(
                "A row is read as one of {kind}; what its columns say stands in the mapping file.",
                kind=say(read.mapping.log),
            )
        ),
        Points(tuple(told)),
        Command("\n".join([f"# {read.mapping_file.name}", *columns])),
    )
