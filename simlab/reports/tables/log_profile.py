"""Tables of a log's profile: what it has, times, hops, states, teams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from simlab.calibrate.profiling.flow import FlowProfile, Times
from simlab.calibrate.profiling.profile import LogProfile
from simlab.calibrate.profiling.states import StateRow, TeamProfile
from simlab.reports.tables.table import Cell, Table, table

_QUANTILES: Final = (("P25", "min"), ("P50", "min"), ("P75", "min"), ("P90", "min"), ("P95", "min"))
_TIMES: Final = ("of", "group", "cases", ("share", "share"), "open", *_QUANTILES)


def overview(profile: LogProfile) -> Table:
    """Return the numbers of the whole log; NaN is what it does not tell."""
    arrivals, flow = profile.arrivals, profile.flow

    def rows() -> Iterator[tuple[str, str, float]]:
        yield "cases", "", profile.n_cases
        yield "events", "", profile.n_events
        yield "without resolution", "", profile.n_open
        yield "weeks of arrivals that can be used", "", arrivals.n_usable
        yield "arrivals a week", "tickets/week", arrivals.per_week
        yield "arrivals a working day", "tickets", arrivals.per_working_day
        yield "Monday to Friday 8 to 18 h", "share", arrivals.office_share
        yield "variation from day to day beyond chance (CV)", "", arrivals.day_cv
        yield "correlation with the next day", "", arrivals.lag_one
        yield "hops a case", "", flow.mean_hops
        yield "returned to an earlier team", "share", flow.ping_pong
        yield "median time to resolution of those", "min", flow.median_ping_pong
        yield "median time to resolution of the others", "min", flow.median_others
        yield "came back after a resolution", "share", flow.reopened
        yield "... after up to 3 hops", "share", flow.reopened_after_few
        yield "... after 4 and more", "share", flow.reopened_after_many
        yield "from resolution to closing (median)", "min", flow.to_closing

    return table("profile", "What the log has", ("what", "unit", "number"), rows())


def resolution_times(flow: FlowProfile) -> Table:
    """Return the times from creation to resolution of all cases, and of priorities and classes."""
    groups = [("all", flow.times), *_named("priority", flow.by_priority), *_named("class", flow.by_class)]
    return table("resolution_times", "Time from creation to resolution", _TIMES, _rows(groups))


def first_resolutions(flow: FlowProfile) -> Table:
    """Return the times to the first resolution, by the status that it made."""
    groups = _named("status", flow.endings)
    return table("first_resolutions", "How cases are first resolved", _TIMES, _rows(groups))


def _named(of: str, groups: Sequence[Times]) -> list[tuple[str, Times]]:
    return [(of, each) for each in groups]


def _rows(groups: Sequence[tuple[str, Times]]) -> list[tuple[Cell, ...]]:
    return [(of, each.label, each.n_cases, each.share, each.n_open, *each.quantiles) for of, each in groups]


def hops(flow: FlowProfile) -> Table:
    """Return the cases by number of hops; the last row is that many and more."""
    return table(
        "hops",
        "By hops (changes of team)",
        ("hops", "cases", "share", "chance of another", ("median time", "min"), "came back"),
        ((row.hops, row.n_cases, row.share, row.another, row.median, row.reopened) for row in flow.hops),
    )


def states(rows: Sequence[StateRow]) -> Table:
    """Return where the time before the resolution goes."""
    return table(
        "states",
        "Where the time before the resolution goes",
        ("state", "share of time", "share of cases", ("median", "min"), "waits for"),
        ((row.state, row.share_of_time, row.share_of_cases, row.median, row.waits_for) for row in rows),
    )


def teams(told: TeamProfile) -> Table:
    """Return the teams: how often each is the first and the last of a case."""
    return table(
        "teams",
        "Teams",
        ("team", "is first", "is last", "people"),
        ((row.team, row.share_first, row.share_last, row.n_people) for row in told.teams),
    )
