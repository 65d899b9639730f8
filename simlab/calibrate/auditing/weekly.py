"""The weekly numbers of a log, and their control charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from simlab.calibrate.auditing.control_charts import (
    FEWEST_WEEKS,
    Chart,
    Flags,
    Weeks,
    counts_chart,
    share_chart,
)
from simlab.calibrate.auditing.names import codes_in, priority_codes
from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Integers
from simlab.calibrate.paths import EPOCH
from simlab.calibrate.profiling.arrivals import arrival_profile
from simlab.calibrate.work_hours import local_day
from simlab.model.load import LoadedScenario
from simlab.model.tables import AttributeTable, Model, PoissonArrivals
from simlab.model.wall_clock import WallClock
from simlab.units import format_duration

FEWEST_A_WEEK: Final = 3.0
"""Tickets of a class or priority that are expected a week, below which it has no chart."""
DAYS_THAT_COUNT: Final = 5.0
"""Days a week that bring most of the arrivals, over which day factors average out."""
_QUANTILES: Final = (0.5, 0.9)
_ROUND: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 240.0, 1440.0)


@dataclass(frozen=True, slots=True)
class Weekly:
    """The control charts of a log."""

    mondays: tuple[str, ...]
    """Monday of each week."""
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Which tickets were created in which week."""

    log: EventLog
    week: Integers
    """Of each case, -1 outside."""
    n: Floats
    mondays: tuple[date, ...]
    edges: Floats
    """(n_weeks + 1,) midnights between the weeks, minutes since 1970 UTC."""
    weeks: Weeks

    def hits(self, is_so: Flags) -> Floats:
        """Return how many tickets of each week are so."""
        rows = is_so & (self.week >= 0)
        counted: Floats = np.bincount(self.week[rows], minlength=len(self.n)).astype(np.float64)
        return counted


def weekly_charts(loaded: LoadedScenario, log: EventLog, since: float, false_alarms: float) -> Weekly:
    """Return the control charts over the whole weeks of a log.

    Arrivals, classes and priorities are held against the scenario, the others against the log's own usual
    weeks: those before ``since``, or all where nothing is before.

    Parameters
    ----------
    since
        Instant (minutes since 1970 UTC) from which on weeks are judged; -inf for all.
    false_alarms
        Chance that any chart has a signal although nothing has changed.
    """
    profile = arrival_profile(log)
    if profile.n_usable < FEWEST_WEEKS:
        return Weekly(
            (), (), (f"there are no control charts: they need {FEWEST_WEEKS} whole weeks of arrivals",)
        )
    rows = slice(profile.first_usable, profile.first_usable + profile.n_usable)
    mondays = tuple(monday for monday, _ in profile.weeks[rows])
    table = _table(log, mondays, since)
    notes = tuple(_notes(table, len(profile.weeks) - 2 - len(mondays), since))
    makers = list(_makers(loaded, table))
    return Weekly(
        tuple(monday.isoformat() for monday in mondays),
        tuple(make(false_alarms / len(makers)) for make in makers),
        notes,
    )


def _notes(table: _Table, n_thin: int, since: float) -> Iterator[str]:
    if n_thin > 0:
        yield (
            f"{n_thin} weeks are thin, cut or lack tickets, and are not judged: control charts go from"
            f" {table.mondays[0]} to {table.mondays[-1] + timedelta(days=6)}"
        )
    if not table.weeks.is_judged.any():
        yield "no whole week since then is in the log: nothing was looked at for drift"
    elif np.isfinite(since) and not (table.edges[1:] <= since).sum() >= FEWEST_WEEKS:
        yield f"fewer than {FEWEST_WEEKS} weeks lie before: the usual level is that of the whole log"


def _table(log: EventLog, mondays: tuple[date, ...], since: float) -> _Table:
    first, n_weeks = (mondays[0] - EPOCH.date()).days, len(mondays)
    edges = WallClock(log.zone, EPOCH).minutes_of_wall((first + 7.0 * np.arange(n_weeks + 1)) * 1440.0)
    day = local_day(log.cases.created, log.zone)
    week = np.where((day >= first) & (day < first + 7 * n_weeks), (day - first) // 7, -1)
    is_judged = edges[:-1] >= since
    is_base = edges[1:] <= since
    if is_base.sum() < FEWEST_WEEKS:
        is_base = np.ones(n_weeks, bool)
    n = np.bincount(week[week >= 0], minlength=n_weeks).astype(np.float64)
    return _Table(log, week, n, mondays, edges, Weeks(is_base, is_judged))


_Maker = Callable[[float], Chart]
"""Makes a chart of which so many false alarms are allowed."""


def _makers(loaded: LoadedScenario, table: _Table) -> Iterator[_Maker]:
    model, cases = loaded.model, table.log.cases
    coming = _expected(model, table)
    total = None if coming is None else coming[0].sum(axis=0)
    spread = None if coming is None else coming[1]
    yield lambda allowed: counts_chart(
        "arrivals", table.n, table.weeks, allowed, expected=total, spread=spread
    )
    if coming is not None or len(model.streams) == 1:
        weight = np.ones((1, len(table.n))) if coming is None else coming[0] / coming[0].sum(axis=0)
        yield from _mix(model, table, weight)
    yield from _own(table, cases)


def _expected(model: Model, table: _Table) -> tuple[Floats, Floats] | None:
    """Return the expected arrivals by stream and week, and their variance beyond Poisson by week.

    None where the scenario does not tell them beforehand.
    """
    is_told = all(
        isinstance(stream.arrivals, PoissonArrivals)
        and stream.batch < 0
        and stream.limit < 0
        and not stream.self_service
        for stream in model.streams
    )
    others = (len(model.spawns.stream), model.faults, model.feedback, model.improvements)
    if not is_told or any(others):
        return None
    edges = table.edges - (model.clock.start - EPOCH).total_seconds() / 60.0
    weekly, spread = [], np.zeros(len(table.n))
    for stream in model.streams:
        process = stream.arrivals
        assert isinstance(process, PoissonArrivals)
        total = np.concatenate([[0.0], np.cumsum(process.rate * np.diff(process.edges))])
        expected = np.diff(np.interp(edges, process.edges, total))
        longer = (1.0 + process.day_correlation) / max(1.0 - process.day_correlation, 0.05)
        spread += (process.day_cv * expected) ** 2 / DAYS_THAT_COUNT * longer
        weekly.append(expected)
    by_stream = np.array(weekly)
    return (by_stream, spread) if (by_stream.sum(axis=0) > 0.0).all() else None


def _mix(model: Model, table: _Table, weight: Floats) -> Iterator[_Maker]:
    """Yield charts of classes and priorities that both the scenario and the log name.

    Parameters
    ----------
    weight
        (n_streams, n_weeks) share of each stream in the tickets of a week.
    """
    cases, names = table.log.cases, model.names
    for kind, labels, wanted, codes_of, shares_of in (
        ("class", cases.case_class, names.classes, codes_in, _class_shares),
        ("priority", cases.priority, names.priorities, priority_codes, _priority_shares),
    ):
        codes = np.append(codes_of(labels.names, wanted), -1)[labels.codes]
        by_stream = np.array([shares_of(stream.attributes, len(wanted)) for stream in model.streams])
        expected = by_stream.T @ weight
        for code, name in enumerate(wanted):
            share = expected[code]
            if (codes == code).any() and (share * table.n).mean() >= FEWEST_A_WEEK and share.max() < 1.0:
                yield _share_maker(kind, name, table.hits(codes == code), table, share)


def _share_maker(kind: str, about: str, hits: Floats, table: _Table, expected: Floats | None) -> _Maker:
    return lambda allowed: share_chart(kind, about, hits, table.n, table.weeks, allowed, expected=expected)


def _class_shares(attributes: AttributeTable, n: int) -> Floats:
    shares: Floats = np.bincount(attributes.classes, np.diff(attributes.class_share, prepend=0.0), n).astype(
        np.float64
    )
    return shares


def _priority_shares(attributes: AttributeTable, n: int) -> Floats:
    shares = np.zeros(n)
    of_class = np.diff(attributes.class_share, prepend=0.0)
    for part, codes, upto in zip(of_class, attributes.priorities, attributes.priority_share, strict=True):
        np.add.at(shares, codes, part * np.diff(upto, prepend=0.0))
    return shares


def _own(table: _Table, cases: CaseTable) -> Iterator[_Maker]:
    """Yield charts that are held against the log's own usual weeks.

    A week is judged once its tickets had the time that nine in ten need.
    """
    spent = cases.resolved - cases.created
    done = spent[~np.isnan(spent)]
    if not len(done):
        return
    times = [_rounded(float(np.quantile(done, share))) for share in _QUANTILES]
    end = table.log.observed()[1]

    def maker(kind: str, about: str, is_so: Flags, room: float) -> _Maker:
        weeks = table.weeks.only(table.edges[1:] + room <= end)
        hits = table.hits(is_so)
        return lambda allowed: share_chart(kind, about, hits, table.n, weeks, allowed)

    for minutes in dict.fromkeys(times):
        yield maker("resolved within", format_duration(minutes), spent <= minutes, minutes)
    moved = _is_moved(table.log)
    if moved is not None:
        yield maker("hand-overs", "", moved, times[-1])
    if (cases.reopens >= 0).any() and (cases.reopens > 0).any():
        yield maker("reopened", "", cases.reopens > 0, times[-1])


def _is_moved(log: EventLog) -> Flags | None:
    """Return which cases changed team; None where that is not told."""
    told = np.flatnonzero(log.team.codes >= 0)
    if len(told):
        rows, before = told[1:], told[:-1]
        changed = (log.case[rows] == log.case[before]) & (log.team.codes[rows] != log.team.codes[before])
        moved: Flags = np.bincount(log.case[rows], changed, len(log.cases)) > 0
        return moved
    counted = log.cases.reassignments
    return counted > 0 if (counted >= 0).any() else None


def _rounded(minutes: float) -> float:
    """Return a time as people say it: to about a twentieth of itself."""
    step = max((each for each in _ROUND if each <= minutes / 10.0), default=1.0)
    return max(round(minutes / step), 1) * step
