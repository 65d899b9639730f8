"""The page of a log: what it says, and what it cannot tell."""

from __future__ import annotations

import math
from functools import partial

from simlab.calibrate.profiling.profile import LogProfile
from simlab.calibrate.read import ReadLog
from simlab.reports.figures.log_arrivals import draw_hours, draw_weeks
from simlab.reports.pages.log_grids import profile_grids
from simlab.reports.pages.parts import Command, Exhibit, Page, Paragraph, Points, Section
from simlab.reports.tables.log_arrivals import hourly_arrivals, weekly_arrivals
from simlab.units import format_duration, format_share


def profile_page(profile: LogProfile, read: ReadLog) -> Page:
    """Return the page of a log's profile."""
    grids = [grid for grid in profile_grids(profile, read.path.name) if not grid.title.startswith("Arrivals")]
    return Page(
        title=read.path.name,
        kind="Profile of a log",
        answer=_answer(profile),
        support=_support(profile),
        warnings=profile.warnings,
        sections=(
            Section("In short", (grids[0],)),
            Section("Arrivals", _arrivals(profile)),
            Section("Times, flow and teams", tuple(grids[1:])),
            Section("How the log was read", _reading(read)),
        ),
    )


def _answer(profile: LogProfile) -> str:
    median = profile.flow.times.quantiles[1]
    if math.isnan(median):
        return f"The log has {profile.n_cases:,} cases, none of them resolved."
    return (
        f"The log has {profile.n_cases:,} cases; half of them are resolved within {format_duration(median)}."
    )


def _support(profile: LogProfile) -> tuple[str, ...]:
    arrivals = profile.arrivals
    if arrivals.usable is None:
        return ("No week of its arrivals can be used.",)
    office = format_share(arrivals.office_share)
    return (
        f"About {arrivals.per_week:,.0f} come in a week, {office} of them Monday to Friday from 8 to 18 h"
        f" ({arrivals.n_usable} weeks from {arrivals.usable[0]}).",
    )


def _arrivals(profile: LogProfile) -> tuple[Exhibit, ...]:
    weeks, hours = weekly_arrivals(profile.arrivals), hourly_arrivals(profile.arrivals)
    return (
        Exhibit(
            "Arrivals of each week",
            "Weeks at the edges of the log, thin ones and those that lack tickets are not used.",
            partial(draw_weeks, weeks),
            (weeks,),
        ),
        Exhibit(
            "Arrivals by hour of week",
            f"Mean over the weeks that can be used, on the clock of {profile.zone}.",
            partial(draw_hours, hours),
            (hours,),
        ),
    )


def _reading(read: ReadLog) -> tuple[Paragraph | Points | Command, ...]:
    apart = [
        f"{number:,} rows are kept apart: {reason}" for reason, number in read.rejected_by_reason().items()
    ]
    told = (*read.remarks, *apart) or ("Every row was used.",)
    columns = [f"{role}: {column}" for role, column in read.mapping.columns.named().items()]
    return (
        Paragraph(
            f"A row is read as one of {read.mapping.log}; what its columns say stands in the mapping file."
        ),
        Points(tuple(told)),
        Command("\n".join([f"# {read.mapping_file.name}", *columns])),
    )
