"""The profile of a log as tables of texts and as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from simlab.cli.terminal import Table

if TYPE_CHECKING:
    from simlab.calibrate.profiling.profile import LogProfile
    from simlab.calibrate.read import ReadLog


def profile_tables(profile: LogProfile, name: str) -> Iterator[Table]:
    """Yield the tables of a profile that say something."""
    from simlab.reports.pages.log_grids import profile_grids

    for grid in profile_grids(profile, name):
        rows = [[cell.text for cell in row] for row in grid.rows]
        yield Table(grid.title, grid.headings, rows)


def plain_profile(profile: LogProfile, read: ReadLog) -> dict[str, Any]:
    """Return a profile as JSON has it: times in minutes, shares from 0 to 1, NaN as null."""
    arrivals, flow = profile.arrivals, profile.flow
    return {
        "log": str(read.path),
        "mapping": str(read.mapping_file),
        "rejected": read.rejected_by_reason(),
        "remarks": list(read.remarks),
        "kind": profile.kind.value,
        "zone": profile.zone,
        "cases": profile.n_cases,
        "events": profile.n_events,
        "first": profile.first and profile.first.isoformat(),
        "last": profile.last and profile.last.isoformat(),
        "open": profile.n_open,
        "classes": profile.n_classes,
        "arrivals": {
            "weeks": [
                {"monday": monday.isoformat(), "arrivals": number} for monday, number in arrivals.weeks
            ],
            "usable_from": arrivals.usable and arrivals.usable[0].isoformat(),
            "usable_weeks": arrivals.n_usable,
            "by_hour_of_week": arrivals.by_hour.tolist(),
            "per_week": arrivals.per_week,
            "per_working_day": arrivals.per_working_day,
            "office_share": arrivals.office_share,
            "day_cv": arrivals.day_cv,
            "lag_one": arrivals.lag_one,
            "quiet_days": [day.isoformat() for day in arrivals.quiet_days],
        },
        "times": asdict(flow.times),
        "to_first_resolution": flow.to_first_resolution and asdict(flow.to_first_resolution),
        "by_priority": [asdict(each) for each in flow.by_priority],
        "by_class": [asdict(each) for each in flow.by_class],
        "endings": [asdict(each) for each in flow.endings],
        "to_closing": flow.to_closing,
        "hops": [asdict(row) for row in flow.hops],
        "mean_hops": flow.mean_hops,
        "ping_pong": flow.ping_pong,
        "reopened": flow.reopened,
        "states": [asdict(row) for row in profile.states],
        "teams": asdict(profile.teams),
        "warnings": list(profile.warnings),
    }
