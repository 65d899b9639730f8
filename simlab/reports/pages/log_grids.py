"""The profile of a log in words, table by table, for pages and terminals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from simlab.calibrate.profiling.flow import FlowProfile, Times
from simlab.calibrate.profiling.profile import LogProfile
from simlab.model.wall_clock import WEEKDAYS
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.parts import Grid, Shown
from simlab.reports.tables import log_profile as tables
from simlab.reports.tables.table import Table
from simlab.reports.wording import SPACE, counted, duration_said

_NOTHING: Final = "-"
_QUANTILE_NAMES: Final = ("P25", "P50", "P75", "P90", "P95")


def profile_grids(profile: LogProfile, name: str, *, with_hours: bool = True) -> Iterator[Grid]:
    """Yield the tables of a profile that say something, in words; that of the hours only where wanted."""
    title = f"{name}: {say(profile.kind.value)}"
    yield _grid(title, ("", say("found")), list(_overview(profile)), tables.overview(profile))
    if profile.arrivals.n_usable and with_hours:
        yield _hours(profile)
    yield _times(say("group"), _groups(profile.flow), tables.resolution_times(profile.flow))
    if profile.flow.endings:
        yield _times(say("status"), profile.flow.endings, tables.first_resolutions(profile.flow))
    if len(profile.flow.hops) > 1:
        yield _hops(profile.flow)
    if profile.states:
        yield _grid(
            say("Where the time before the resolution goes"),
            (say("state"), say("share of time"), say("cases"), say("median"), say("waits for")),
            [
                (
                    say_again(row.state),
                    _share(row.share_of_time),
                    _share(row.share_of_cases),
                    _span(row.median),
                    say(row.waits_for),
                )
                for row in profile.states
            ],
            tables.states(profile.states),
        )
    if profile.teams.teams:
        told = profile.teams
        yield _grid(
            say("{teams} teams, {people} people", teams=_count(told.n_teams), people=_count(told.n_people))
            if told.n_people
            else say("{n} teams; people are not told", n=_count(told.n_teams)),
            (say("team"), say("is first"), say("is last"), say("people")),
            [
                (row.team, _share(row.share_first), _share(row.share_last), _some(row.n_people))
                for row in told.teams
            ],
            tables.teams(told),
        )


def _overview(profile: LogProfile) -> Iterator[tuple[str, str]]:
    arrivals, flow = profile.arrivals, profile.flow
    yield say("cases"), _count(profile.n_cases)
    if profile.n_events:
        yield say("events"), _count(profile.n_events)
    if profile.first and profile.last:
        yield say("from"), f"{profile.first:%Y-%m-%d %H:%M}"
        yield say("to"), f"{profile.last:%Y-%m-%d %H:%M}"
    yield say("on the clock of"), profile.zone
    yield (
        say("without resolution"),
        f"{_count(profile.n_open)} ({_share(profile.n_open / max(profile.n_cases, 1))})",
    )
    if arrivals.usable:
        usable = say("{n} from {day}", n=arrivals.n_usable, day=arrivals.usable[0])
        yield say("weeks of arrivals that can be used"), usable
        yield say("arrivals a week"), _count(round(arrivals.per_week))
        yield say("arrivals a working day"), _count(round(arrivals.per_working_day))
        yield say("Monday to Friday 8 to 18 h"), _share(arrivals.office_share)
        yield say("variation from day to day beyond chance (CV)"), _number(arrivals.day_cv)
        yield say("... correlation with the next day"), _number(arrivals.lag_one)
    if arrivals.quiet_days:
        yield say("working days with few arrivals"), ", ".join(map(str, arrivals.quiet_days))
    if not math.isnan(flow.mean_hops):
        told = (
            say("hops a case (told)") if flow.hops_are_told else say("hops a case (from the teams of events)")
        )
        yield told, _number(flow.mean_hops)
    yield from _returns(flow)
    if not math.isnan(flow.to_closing):
        yield say("from resolution to closing (median)"), _span(flow.to_closing)


def _returns(flow: FlowProfile) -> Iterator[tuple[str, str]]:
    """Yield how many cases return, and more of them where there are any."""
    if not math.isnan(flow.ping_pong):
        yield say("returned to an earlier team"), _share(flow.ping_pong)
    if flow.ping_pong > 0.0:
        both = f"{_span(flow.median_ping_pong)}, {_span(flow.median_others)}"
        yield say("... median time to resolution, others"), both
    if not math.isnan(flow.reopened):
        yield say("came back after a resolution"), _share(flow.reopened)
    if flow.reopened > 0.0:
        few, many = _share(flow.reopened_after_few), _share(flow.reopened_after_many)
        yield say("... after up to 3 hops, after 4 and more"), f"{few}, {many}"


def _hours(profile: LogProfile) -> Grid:
    by_day = profile.arrivals.by_hour.reshape(7, 24)
    rows = [(f"{hour:02}:00", *(f"{by_day[day, hour]:.1f}" for day in range(7))) for hour in range(24)]
    return _grid(say("Arrivals by hour of week"), ("", *map(say, WEEKDAYS)), rows)


def _groups(flow: FlowProfile) -> list[Times]:
    by_priority = flow.by_priority if len(flow.by_priority) > 1 else ()
    by_class = flow.by_class if len(flow.by_class) > 1 else ()
    return [flow.times, *by_priority, *by_class]


def _times(group: str, rows: Sequence[Times], source: Table) -> Grid:
    return _grid(
        say(source.title),
        (group, say("cases"), say("share"), say("open"), *_QUANTILE_NAMES),
        [
            (
                say(each.label),
                _count(each.n_cases),
                _share(each.share),
                _count(each.n_open),
                *map(_span, each.quantiles),
            )
            for each in rows
        ],
        source,
    )


def _hops(flow: FlowProfile) -> Grid:
    last = flow.hops[-1]
    return _grid(
        say("By hops (changes of team)"),
        (
            say("hops"),
            say("cases"),
            say("share"),
            say("chance of another"),
            say("median time"),
            say("came back"),
        ),
        [
            (
                f"{row.hops}{'+' if row is last and math.isnan(row.another) else ''}",
                _count(row.n_cases),
                _share(row.share),
                _number(row.another),
                _span(row.median),
                _share(row.reopened),
            )
            for row in flow.hops
        ],
        tables.hops(flow),
    )


def _count(number: int) -> str:
    return counted(number)


def _some(number: int) -> str:
    return _count(number) if number else _NOTHING


def _share(share: float) -> str:
    return _NOTHING if math.isnan(share) else f"{100.0 * share:.1f}{SPACE}%"


def _number(number: float) -> str:
    return _NOTHING if math.isnan(number) else f"{number:.2f}"


def _span(minutes: float) -> str:
    return _NOTHING if not math.isfinite(minutes) else duration_said(minutes).replace(SPACE, " ")


def _grid(
    title: str, headings: tuple[str, ...], rows: Sequence[Sequence[str]], source: Table | None = None
) -> Grid:
    shown = tuple(tuple(Shown(cell) for cell in row) for row in rows)
    return Grid(title, headings, shown, source=source)
