"""Audit: where today's process departs from its model: ways not allowed, targets missed, rates that drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.allowed_ways import END, START, allowed_pairs
from simlab.calibrate.control_charts import Chart, counts_chart, individuals_chart, share_chart
from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Integers
from simlab.calibrate.names import distinct
from simlab.calibrate.paths import EPOCH, Paths, paths_of, text_codes
from simlab.calibrate.work_hours import date_of, local_day
from simlab.model.calendars import worked_many
from simlab.model.load import LoadedScenario, load
from simlab.model.tables import Model, PoissonArrivals
from simlab.model.wall_clock import WallClock, zone_info

MINUTES_PER_WEEK: Final = 10080.0
FEWEST_A_WEEK: Final = 20
FEWEST_WEEKS: Final = 4
EXAMPLES: Final = 3
DAYS_THAT_COUNT: Final = 5.0
"""Days a week that bring most of the arrivals, over which day factors average out."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Way:
    """A way between two activities that the scenario does not know."""

    before: str
    after: str
    times: int
    examples: tuple[str, ...]
    """Cases that went it."""


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """How often a target was met."""

    priority: str
    target: str
    n: int
    met: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Check:
    """One check, and how it went."""

    name: str
    found: str
    limit: str
    is_passed: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found."""

    checks: tuple[Check, ...]
    ways: tuple[Way, ...]
    unknown: tuple[tuple[str, int], ...]
    """Activities of the log that are no step of the scenario, with their events."""
    targets: tuple[TargetCheck, ...]
    charts: tuple[Chart, ...]
    weeks: tuple[str, ...]
    """Monday of each week of the charts."""

    @property
    def is_passed(self) -> bool:
        """Whether every check passed."""
        return all(check.is_passed for check in self.checks)


def loaded_for(path: Path, log: EventLog) -> LoadedScenario:
    """Load a scenario for the time that a log spans, so that its calendars cover it."""
    first, last = log.observed()
    start = (EPOCH + timedelta(minutes=first)).astimezone(zone_info(log.zone)).date()
    weeks = (last - first) / MINUTES_PER_WEEK + 2.0
    return load(
        path,
        assignments=(f"time.start={start}", "time.warm_up=0 min", f"time.length={weeks:.2f} weeks"),
    )


def audit(loaded: LoadedScenario, log: EventLog, *, most_astray: float = 0.01, met: float = 0.9) -> Audit:
    """Compare a log with a scenario.

    Parameters
    ----------
    loaded
        The model or standard. Activities of the log are its steps by name, or by what ``about`` says.
    most_astray
        Share of the transitions of the log that may go ways that the scenario does not know.
    met
        Share of tickets that must meet each target; it is missed where the 95 % interval lies below.
    """
    paths = paths_of(log)
    step_of, unknown = _steps_of(loaded, paths)
    ways, astray = _astray(loaded.model, log, paths, step_of)
    targets = tuple(_targets(loaded, log.cases))
    weeks, charts = _charts(loaded, paths)
    return Audit(
        tuple(_checks(astray, unknown, targets, charts, most_astray, met)),
        ways,
        unknown,
        targets,
        charts,
        weeks,
    )


def _checks(
    astray: float,
    unknown: tuple[tuple[str, int], ...],
    targets: tuple[TargetCheck, ...],
    charts: tuple[Chart, ...],
    most_astray: float,
    met: float,
) -> Iterator[Check]:
    yield Check("activities unknown", str(len(unknown)), "0", not unknown)
    yield Check(
        "transitions astray", f"{100 * astray:.2f} %", f"{100 * most_astray:.3g} %", astray <= most_astray
    )
    for each in targets:
        found = f"{100 * each.met:.1f} % ({100 * each.low:.1f} to {100 * each.high:.1f})"
        yield Check(f"{each.target} {each.priority}", found, f"{100 * met:.3g} %", each.high >= met)
    for chart in charts:
        signals = int(chart.signals.sum())
        yield Check(
            f"drift of {chart.name}", f"{signals} of {len(chart.value)} weeks", "0 weeks", signals == 0
        )


def _steps_of(loaded: LoadedScenario, paths: Paths) -> tuple[dict[int, int], tuple[tuple[str, int], ...]]:
    """Return the step that each activity stands for, and the activities that are no step."""
    steps = loaded.scenario.routing.steps
    by_about = {step.about: name for name, step in steps.items() if step.about}
    code_of = {name: code for code, name in enumerate(loaded.model.names.steps)}
    counts = np.bincount(paths.activity, minlength=len(paths.activities))
    short = distinct(paths.activities, set())
    found: dict[int, int] = {}
    unknown: list[tuple[str, int]] = []
    for activity in np.flatnonzero(counts).tolist():
        label = paths.activities[activity]
        name = label if label in code_of else by_about.get(label, short[activity])
        if name in code_of:
            found[activity] = code_of[name]
        else:
            unknown.append((label, int(counts[activity])))
    return found, tuple(sorted(unknown, key=lambda each: -each[1]))


def _astray(
    model: Model, log: EventLog, paths: Paths, step_of: dict[int, int]
) -> tuple[tuple[Way, ...], float]:
    """Return the ways that the scenario does not know, and their share of all transitions."""
    allowed = allowed_pairs(model, {step: activity for activity, step in step_of.items()})
    known = np.isin(paths.activity, list(step_of))
    activity, case = paths.activity[known].astype(np.int64), paths.case[known]
    is_first = np.diff(case, prepend=-1) != 0
    is_last = np.append(is_first[1:], True)
    before = np.concatenate(
        [np.where(is_first, START, np.concatenate([[START], activity[:-1]])), activity[is_last]]
    )
    after = np.concatenate([activity, np.full(int(is_last.sum()), END)])
    owner = np.concatenate([case, case[is_last]])
    pairs, which, times = np.unique(
        np.column_stack([before, after]), axis=0, return_inverse=True, return_counts=True
    )
    names = {START: "start", END: "end"} | dict(enumerate(paths.activities))
    ids = _ids(log)
    ways = []
    for row, pair in enumerate(pairs.tolist()):
        if (pair[0], pair[1]) not in allowed:
            cases = np.unique(owner[which.ravel() == row])[:EXAMPLES]
            examples = tuple(ids[int(number)] for number in cases)
            ways.append(Way(names[pair[0]], names[pair[1]], int(times[row]), examples))
    share = sum(way.times for way in ways) / max(int(times.sum()), 1)
    return tuple(sorted(ways, key=lambda way: -way.times)), share


def _ids(log: EventLog) -> list[str]:
    """Names of the cases in the order of their paths."""
    if not len(log):
        return list(log.cases.ids)
    start = np.where(np.isnan(log.start), log.end, log.start)
    first = np.full(len(log.cases), np.inf)
    np.fmin.at(first, log.case, start)
    order = np.argsort(first, kind="stable")
    return [log.cases.ids[row] for row in order if np.isfinite(first[row])]


def _targets(loaded: LoadedScenario, cases: CaseTable) -> Iterator[TargetCheck]:
    """Yield how often the targets by priority were met in the log, clocks without pauses."""
    model, targets = loaded.model, loaded.scenario.targets
    if not isinstance(targets, dict):
        return
    place = text_codes(distinct(cases.priority.names, set()), distinct(targets, set()))
    code = np.where(cases.priority.codes >= 0, np.append(place, -1)[cases.priority.codes], -1)
    since = (model.clock.start - EPOCH).total_seconds() / 60.0
    for row, name in enumerate(targets):
        mine = code == row
        open_hours = model.calendars[int(model.targets.calendar[row])]
        for target, done, limit in (
            ("respond", cases.responded, float(model.targets.respond[row])),
            ("resolve", cases.resolved, float(model.targets.resolve[row])),
        ):
            judged = mine & ~np.isnan(done)
            if not np.isfinite(limit) or not judged.any():
                continue
            created, ended = cases.created[judged] - since, done[judged] - since
            within = worked_many(open_hours, created, ended) <= limit
            low, high = _interval(int(within.sum()), len(within))
            yield TargetCheck(name, target, len(within), float(within.mean()), low, high)


def _interval(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    share, z = hits / n, 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _charts(loaded: LoadedScenario, paths: Paths) -> tuple[tuple[str, ...], tuple[Chart, ...]]:
    """Return the weeks that the log has whole, and the charts over them."""
    day = local_day(paths.created, paths.zone)
    monday = day - (day + 3) % 7
    first, last = int(monday.min()), int(monday.max())
    first += 7 * int(day.min() > first)
    last -= 7 * int(day.max() < last + 6)
    n_weeks = (last - first) // 7 + 1
    if n_weeks < FEWEST_WEEKS:
        return (), ()
    week = (monday - first) // 7
    inside = (week >= 0) & (week < n_weeks)
    counts = np.bincount(week[inside], minlength=n_weeks).astype(np.float64)
    since = (loaded.model.clock.start - EPOCH).total_seconds() / 60.0
    midnights = WallClock(paths.zone, EPOCH).minutes_of_wall((first + 7.0 * np.arange(n_weeks + 1)) * 1440.0)
    charts = [_arrivals_chart(loaded, counts, midnights - since)]
    charts += _class_charts(loaded, paths, week, inside, counts)
    moved = np.bincount(paths.case, _moves(paths), len(paths)) > 0
    if (paths.team >= 0).any():
        charts.append(share_chart("hand-overs", _per_week(moved, week, inside, n_weeks), counts, None))
    hours = np.log1p(paths.cycle_min() / 60.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(
            counts >= FEWEST_A_WEEK, np.expm1(_per_week(hours, week, inside, n_weeks) / counts), np.nan
        )
    charts.append(individuals_chart("cycle time", "h, geometric mean", mean))
    weeks = tuple(date_of(first + 7 * number).isoformat() for number in range(n_weeks))
    return weeks, tuple(charts)


def _per_week(values: Floats | Flags, week: Integers, inside: Flags, n_weeks: int) -> Floats:
    totals: Floats = np.bincount(week[inside], values[inside].astype(np.float64), n_weeks).astype(np.float64)
    return totals


def _moves(paths: Paths) -> Floats:
    """Return 1 for each event whose case came from another team."""
    told = paths.team >= 0
    changed = np.zeros(paths.n_events)
    rows = np.flatnonzero(told)
    same_case = paths.case[rows[1:]] == paths.case[rows[:-1]]
    changed[rows[1:]] = same_case & (paths.team[rows[1:]] != paths.team[rows[:-1]])
    return changed


def _arrivals_chart(loaded: LoadedScenario, counts: Floats, mondays: Floats) -> Chart:
    """Return the chart of arrivals a week around what the scenario expects, holidays and growth included.

    Parameters
    ----------
    mondays
        (n_weeks + 1,) midnights between the weeks, in minutes of the scenario.
    """
    processes = [stream.arrivals for stream in loaded.model.streams]
    expected, spread = np.zeros(len(counts)), np.zeros(len(counts))
    for process in processes:
        if not isinstance(process, PoissonArrivals):
            return individuals_chart("arrivals", "a week", counts)
        total = np.concatenate([[0.0], np.cumsum(process.rate * np.diff(process.edges))])
        weekly = np.diff(np.interp(mondays, process.edges, total))
        longer = (1.0 + process.day_correlation) / max(1.0 - process.day_correlation, 0.05)
        expected += weekly
        spread += (process.day_cv * weekly) ** 2 / DAYS_THAT_COUNT * longer
    return counts_chart("arrivals", counts, expected, spread)


def _class_charts(
    loaded: LoadedScenario, paths: Paths, week: Integers, inside: Flags, counts: Floats
) -> list[Chart]:
    """Charts of the shares of classes that both the scenario's only stream and the log name."""
    demand = list(loaded.scenario.demand.values())
    if len(demand) != 1:
        return []
    short = distinct(paths.classes, set())
    charts = []
    for name, each in demand[0].classes.items():
        code = next(
            (
                i
                for i, (label, slug) in enumerate(zip(paths.classes, short, strict=True))
                if name in (label, slug)
            ),
            -1,
        )
        if code >= 0:
            hits = _per_week(paths.case_class == code, week, inside, len(counts))
            charts.append(share_chart(f"class {name}", hits, counts, each.share))
    return charts
