"""Compiling demand: arrival processes and the attributes of tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendar_rules import MONTHS, parse_days, parse_hours, parse_months, public_holidays
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.naming import DEFAULT_PRIORITY, kind_of, shares_of
from simlab.model.self_service_table import SelfService
from simlab.model.streams import addresses
from simlab.model.tables import (
    AttributeTable,
    ListedArrivals,
    PoissonArrivals,
    PopulationArrivals,
    RenewalArrivals,
    Stream,
)
from simlab.model.wall_clock import HOURS_PER_WEEK, MINUTES_PER_DAY, WEEKDAYS, FloatArray, IntArray, WallClock
from simlab.scenario.schema import demand as written
from simlab.scenario.schema.scenario import Scenario
from simlab.units import MINUTES_PER_YEAR, format_count

MOST_PER_DAY = 150_000
"""Expected arrivals a day up to which arrivals are numbered by day; the number has 18 bits."""

MOST_LISTED = 20_000_000
"""Arrivals that ``every`` may make."""
SHARE_TOLERANCE = 1e-6
Weights = NDArray[np.float64]
"""Values of the 168 hours of the week."""


@dataclass(frozen=True)
class DemandCompiler:
    """Turns the demand of a scenario into streams."""

    context: Context
    scenario: Scenario
    length: float
    """Minutes in which tickets arrive."""

    def streams(
        self, entries: Mapping[str, int], services: Mapping[str, tuple[SelfService, ...]]
    ) -> tuple[Stream, ...]:
        """Compile all streams; for each are given the step where its tickets enter, and its self-service."""
        spaces = addresses(f"stream:{name}" for name in self.scenario.demand)
        streams = []
        for name, stream in self.scenario.demand.items():
            path: Path = ("demand", name)
            arrivals = stream.arrivals
            streams.append(
                Stream(
                    name=name,
                    space=spaces[f"stream:{name}"],
                    arrivals=self._arrivals(arrivals, (*path, "arrivals")),
                    batch=distribution_id(self.context, arrivals.batch, (*path, "arrivals", "batch")),
                    limit=-1 if arrivals.limit is None else arrivals.limit,
                    attributes=self._attributes(name, stream, path),
                    entry=entries[name],
                    self_service=services[name],
                )
            )
        return tuple(streams)

    # -- arrival processes

    def _arrivals(
        self, arrivals: written.Arrivals, path: Path
    ) -> PoissonArrivals | RenewalArrivals | ListedArrivals | PopulationArrivals:
        start, end = self._window(arrivals)
        key, value = arrivals.chosen
        match key:
            case "gaps":
                return RenewalArrivals(distribution_id(self.context, value, (*path, key)), start, end)
            case "timetable":
                return _listed([self.context.clock.minutes_of(moment) for moment in value], start, end)
            case "every":
                if (end - start) / value > MOST_LISTED:
                    self.context.problem(
                        (*path, key),
                        f"a stream has at most {format_count(MOST_LISTED)} arrivals in a run",
                        remedy="write a longer time",
                    )
                    return _listed([], start, end)
                return _listed(np.arange(start, end, value).tolist(), start, end)
            case "spawned":
                return _listed([], start, end)
            case "trace":
                with self.context.noting((*path, key, "file")):
                    return self._trace(value, (*path, key), start, end)
                return _listed([], start, end)
            case "population":
                away = distribution_id(self.context, value.away, (*path, key, "away"))
                if arrivals.batch is not None:
                    self.context.problem(
                        (*path, "batch"),
                        "a member of a population makes one ticket at a time",
                        remedy="leave out batch",
                    )
                return PopulationArrivals(start, end, value.size, away, value.start_with == "away")
        return self._poisson(arrivals, path, start, end)

    def _window(self, arrivals: written.Arrivals) -> tuple[float, float]:
        clock = self.context.clock
        start = 0.0 if arrivals.from_ is None else max(0.0, clock.minutes_of(arrivals.from_))
        end = self.length if arrivals.until is None else min(self.length, clock.minutes_of(arrivals.until))
        return start, max(start, end)

    def _poisson(self, arrivals: written.Arrivals, path: Path, start: float, end: float) -> PoissonArrivals:
        clock = self.context.clock
        edges, hours = clock.edges_hour_of_week(0.0, self.length)
        edges = np.unique(np.concatenate([edges, [start, end]]))
        hours = clock.hour_of_week(edges[:-1])
        rate = self._hourly_rates(arrivals, path)[hours]
        rate[(edges[:-1] < start) | (edges[:-1] >= end)] = 0.0
        days = _local_days(clock, edges)
        middle = (edges[:-1] + edges[1:]) / 2.0
        rate *= (1.0 + arrivals.growth) ** (middle / MINUTES_PER_YEAR)
        if arrivals.by_month:
            rate *= self._month_factors(arrivals.by_month, (*path, "by_month"))[_months(days)]
        for peak in arrivals.peaks:
            rate[(days >= peak.from_.toordinal()) & (days <= peak.to.toordinal())] *= peak.factor
        if arrivals.holidays is not None:
            rate[self._is_holiday(arrivals.holidays, days, (*path, "holidays"))] *= arrivals.holiday_share
        first_day = int(days[0]) if len(days) else 0
        day = days - first_day
        most = np.bincount(day, weights=rate * np.diff(edges)).max() if len(day) else 0.0
        period = day if most <= MOST_PER_DAY else np.zeros_like(day)
        return PoissonArrivals(edges, rate, day, period, arrivals.day_cv, arrivals.day_correlation)

    def _hourly_rates(self, arrivals: written.Arrivals, path: Path) -> Weights:
        """Rate per minute in each of the 168 hours of the week."""
        if arrivals.hourly is not None:
            return self._by_hour(arrivals.hourly, (*path, "hourly"))
        rate = float(arrivals.rate or 0.0)
        if arrivals.by_hour is None:
            return np.full(HOURS_PER_WEEK, rate)
        where = (*path, "by_hour")
        if isinstance(arrivals.by_hour, str):
            weights = self._profile(arrivals.by_hour, where)
        else:
            weights = self._by_hour(arrivals.by_hour, where)
        total = weights.sum()
        if total <= 0.0:
            self.context.problem(where, "at least one hour must have a weight above 0")
            return weights
        scaled: Weights = weights * (rate * HOURS_PER_WEEK / total)
        return scaled

    def _by_hour(self, by_days: Mapping[str, Mapping[str, float]], path: Path) -> Weights:
        """Average of the values over each hour of the week; hours that are not named have 0."""
        minutes = np.zeros(7 * MINUTES_PER_DAY)
        for days_text, by_interval in by_days.items():
            days: Sequence[int] = ()
            with self.context.noting((*path, days_text)):
                days = sorted(parse_days(days_text))
            for hours_text, value in by_interval.items():
                with self.context.noting((*path, days_text, hours_text)):
                    for day in days:
                        for opens, closes in parse_hours(hours_text):
                            first = day * MINUTES_PER_DAY
                            within = np.arange(first + opens, first + closes) % len(minutes)
                            minutes[within] = value
        means: Weights = minutes.reshape(HOURS_PER_WEEK, 60).mean(axis=1)
        return means

    def _month_factors(self, by_months: Mapping[str, float], path: Path) -> Weights:
        """Factors of the twelve months; those that are not named have 1."""
        factors = np.full(len(MONTHS), np.nan)
        for text, factor in by_months.items():
            with self.context.noting((*path, text)):
                months = sorted(parse_months(text))
                if twice := [month for month in months if not np.isnan(factors[month])]:
                    raise ValueError(f"{MONTHS[twice[0]]} has two factors; write one for each month")
                factors[months] = factor
        return np.where(np.isnan(factors), 1.0, factors)

    def _profile(self, file: str, path: Path) -> Weights:
        """Weights of the 168 hours from a CSV file with columns weekday, hour and share."""
        weights = np.zeros(HOURS_PER_WEEK)
        with self.context.noting(path):
            columns = [self.context.read_column(path, file, name) for name in ("weekday", "hour", "share")]
            for row, (day, hour, share) in enumerate(zip(*columns, strict=True), start=2):
                at = _hour_of_week(day, hour)
                value = _number(share)
                if at is None or value is None or value < 0.0:
                    raise ValueError(
                        f"row {row} of {file} must have a weekday (mon to sun), an hour 0 to 23 and a share, "
                        f"0 or more; found {day}, {hour}, {share}"
                    )
                weights[at] = value
            return weights
        return np.ones(HOURS_PER_WEEK)

    def _is_holiday(self, code: str, days: IntArray, path: Path) -> NDArray[np.bool_]:
        closed: frozenset[date] = frozenset()
        with self.context.noting(path):
            years = date.fromordinal(int(days[0])).year, date.fromordinal(int(days[-1])).year
            closed = public_holidays(code, *years).closed
        return np.isin(days, [day.toordinal() for day in closed])

    def _trace(self, trace: written.Trace, path: Path, start: float, end: float) -> ListedArrivals:
        stream = str(path[1])
        own_classes = set(self.scenario.demand[stream].classes or [stream])
        texts = self.context.read_column((*path, "file"), trace.file, trace.at)
        at = np.array([self._instant(text, row, trace.file, path) for row, text in enumerate(texts, start=2)])
        order = np.argsort(at, kind="stable")
        order = order[(at[order] >= start) & (at[order] < end)]

        def coded(column: str | None, sort: str) -> IntArray:
            if column is None:
                return np.full(len(order), -1, np.int64)
            names = self.context.read_column((*path, "file"), trace.file, column)
            known = {name: self.context.code(sort, name, (*path, sort)) for name in dict.fromkeys(names)}
            if sort == "class":
                for name in known:
                    if known[name] >= 0 and name not in own_classes:
                        self.context.problem((*path, sort), "the class belongs to another stream", name)
            return np.array([known[name] for name in names], np.int64)[order]

        difficulty = np.full(len(order), np.nan)
        if trace.difficulty is not None:
            numbers = self.context.read_column((*path, "file"), trace.file, trace.difficulty)
            values = [_number(text) for text in numbers]
            if any(value is None or value < 0.0 for value in values):
                self.context.problem((*path, "difficulty"), "difficulties must be numbers, 0 or more")
            difficulty = np.array([value or 0.0 for value in values])[order]
        return ListedArrivals(
            at[order],
            coded(trace.ticket_class, "class"),
            coded(trace.priority, "priority"),
            coded(trace.channel, "channel"),
            difficulty,
        )

    def _instant(self, text: str, row: int, file: str, path: Path) -> float:
        """Minutes since the start: a number is that already, else a local date and time."""
        number = _number(text)
        if number is not None:
            return number
        try:
            return self.context.clock.minutes_of(datetime.fromisoformat(text))
        except ValueError:
            self.context.problem(
                (*path, "at"),
                f"row {row} of {file} must have an ISO date and time, or minutes since the start",
                text,
            )
            return 0.0

    # -- attributes

    def _attributes(self, name: str, stream: written.Stream, path: Path) -> AttributeTable:
        classes: Mapping[str, written.TicketClass | None] = stream.classes or {name: None}
        blocks = [
            (stream if c is None else c, path if c is None else (*path, "classes", key))
            for key, c in classes.items()
        ]
        shares = [1.0 if c is None else c.share for c in classes.values()]
        self._check_sum(shares, (*path, "classes"), "the shares of the classes")
        priorities = [self._priorities(block, stream, where) for block, where in blocks]
        channels = [self._channels(block, stream, where) for block, where in blocks]
        codes = self.context.codes
        return AttributeTable(
            kind=np.array([codes["kind"][kind_of(block, stream)] for block, _ in blocks], np.int64),
            classes=np.array([codes["class"][key] for key in classes], np.int64),
            class_share=_cumulative(shares),
            priorities=tuple(np.array([*p], np.int64) for p in priorities),
            priority_share=tuple(_cumulative([*p.values()]) for p in priorities),
            channels=tuple(np.array([*c], np.int64) for c in channels),
            channel_share=tuple(_cumulative([*c.values()]) for c in channels),
            difficulty=np.array(
                [self._difficulty(block, stream, where) for block, where in blocks], np.int64
            ),
        )

    def _difficulty(self, block: written.Attributes, stream: written.Stream, path: Path) -> int:
        if block.difficulty is not None:
            return distribution_id(self.context, block.difficulty, (*path, "difficulty"))
        return distribution_id(self.context, stream.difficulty, (*path[:2], "difficulty"))

    def _channels(self, block: written.Attributes, stream: written.Stream, path: Path) -> Mapping[int, float]:
        channel, where = (stream.channel, path[:2]) if block.channel is None else (block.channel, path)
        return {-1: 1.0} if channel is None else self._coded_shares(channel, "channel", (*where, "channel"))

    def _priorities(
        self, block: written.Attributes, stream: written.Stream, path: Path
    ) -> Mapping[int, float]:
        """Shares of the priorities by code, by the matrix where impact and urgency are written."""
        sets = any(value is not None for value in (block.priority, block.impact, block.urgency))
        source, where = (block, path) if sets else (stream, path[:2])
        if source.priority is not None:
            return self._coded_shares(source.priority, "priority", (*where, "priority"))
        impact, urgency = source.impact or stream.impact, source.urgency or stream.urgency
        if impact is None and urgency is None:
            codes = self.context.codes["priority"]
            return {codes.get(DEFAULT_PRIORITY, len(codes) - 1): 1.0}
        return self._by_matrix(impact, urgency, where)

    def _by_matrix(
        self, impact: written.NameOrShares | None, urgency: written.NameOrShares | None, path: Path
    ) -> Mapping[int, float]:
        """Shares of the priorities where impact and urgency are drawn independently."""
        priorities = self.scenario.priorities
        matrix = priorities.matrix if isinstance(priorities, written.Priorities) else {}
        if not matrix or impact is None or urgency is None:
            self.context.problem(
                path,
                "impact and urgency go together, and need the priority matrix",
                remedy="write both, and priorities: {order: [...], matrix: {high: {high: P1, ...}}}",
            )
            return {0: 1.0}
        shares: dict[int, float] = {}
        self._check_sum(shares_of(impact).values(), (*path, "impact"), "the shares of impact")
        self._check_sum(shares_of(urgency).values(), (*path, "urgency"), "the shares of urgency")
        for high, share in shares_of(impact).items():
            for soon, part in shares_of(urgency).items():
                found = matrix.get(high, {}).get(soon)
                if found is None:
                    self.context.problem(
                        path, f"the priority matrix has no entry for impact {high}, urgency {soon}"
                    )
                    continue
                code = self.context.code("priority", found, ("priorities", "matrix", high, soon))
                shares[code] = shares.get(code, 0.0) + share * part
        return shares or {0: 1.0}

    def _coded_shares(self, named: str | Mapping[str, float], sort: str, path: Path) -> Mapping[int, float]:
        shares = shares_of(named)
        self._check_sum(shares.values(), path, f"the shares of {sort}")
        # Without shares, which is told, the rest of the scenario can still be looked at.
        return {self.context.code(sort, name, path): share for name, share in shares.items()} or {0: 1.0}

    def _check_sum(self, shares: Iterable[float], path: Path, what: str) -> None:
        total = sum(shares)
        if abs(total - 1.0) > SHARE_TOLERANCE:
            self.context.problem(path, f"{what} must add up to 100 %; they add up to {100 * total:g} %")


def _listed(at: Sequence[float], start: float, end: float) -> ListedArrivals:
    inside = np.sort(np.array([t for t in at if start <= t < end], np.float64))
    none = np.full(len(inside), -1, np.int64)
    return ListedArrivals(inside, none, none, none, np.full(len(inside), np.nan))


def _cumulative(shares: Sequence[float]) -> Weights:
    sums = np.cumsum(shares)
    sums[-1] = 1.0
    return sums


def _local_days(clock: WallClock, edges: FloatArray) -> IntArray:
    """Ordinal of the local date at the start of each piece between edges."""
    days = np.empty(len(edges) - 1, np.int64)
    for i, t in enumerate(edges[:-1]):
        days[i] = clock.to_local(t).toordinal()
    return days


def _months(days: IntArray) -> IntArray:
    """Month of dates by their ordinals, 0 for January."""
    months: IntArray = np.array([date.fromordinal(day).month - 1 for day in days.tolist()], np.int64)
    return months


def _hour_of_week(day: str, hour: str) -> int | None:
    weekday = day.strip()[:3].capitalize()
    if weekday not in WEEKDAYS or not hour.strip().isdigit() or int(hour) > 23:
        return None
    return WEEKDAYS.index(weekday) * 24 + int(hour)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
