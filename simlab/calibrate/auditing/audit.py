"""Audit: where today's process departs from its model: ways not allowed, targets missed, rates that drift."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import numpy as np

from simlab.calibrate.auditing.control_charts import Chart
from simlab.calibrate.auditing.targets import TargetCheck, interval, target_checks
from simlab.calibrate.auditing.ways import WaysAstray, steps_of, ways_astray
from simlab.calibrate.auditing.weekly import Weekly, weekly_charts
from simlab.calibrate.event_log import EventLog, LogKind
from simlab.calibrate.paths import EPOCH, paths_of
from simlab.errors import UsageError
from simlab.model.load import LoadedScenario, load
from simlab.model.wall_clock import zone_info

MINUTES_PER_WEEK: Final = 10080.0
MOVED: Final = "The scenario is moved to the time of the log: growth and dated peaks count from there."


@dataclass(frozen=True, slots=True)
class Limits:
    """What an audit lets pass."""

    astray: float = 0.01
    """Share of the events, and of the transitions, that may be ones that the scenario does not know."""
    met: float = 0.9
    """Share of the tickets that must meet each target."""
    false_alarms: float = 0.05
    """Chance of a drift being told although nothing has changed, in all charts of an audit together."""
    pauses: tuple[str, ...] = ("user", "vendor")
    """Clocks of the resolution stand still while one of these is waited for."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check, and how it went."""

    kind: Literal["activities", "ways", "target", "drift"]
    about: str
    """The target with its priority, or the chart; else empty."""
    n: int
    """What was counted: events, transitions, tickets, weeks."""
    n_off: int
    """Of these: unknown, astray, missed, out of control."""
    share: float
    """Of what was counted, what is as it should be or (activities, ways, drift) is not."""
    low: float
    high: float
    """95 % interval of the share; NaN for drift."""
    limit: float
    is_passed: bool

    @property
    def name(self) -> str:
        """What was checked."""
        return {
            "activities": "activities unknown",
            "ways": "transitions astray",
            "target": self.about,
            "drift": f"drift of {self.about}",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found."""

    scenario: str
    log_name: str
    n_cases: int
    since: str
    """Date from which on tickets and weeks were judged; empty for all."""
    limits: Limits
    checks: tuple[Check, ...]
    ways: WaysAstray | None
    """None where the log has no ways: a row a ticket."""
    targets: tuple[TargetCheck, ...]
    weekly: Weekly
    notes: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """Whether every check passed."""
        return all(check.is_passed for check in self.checks)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Control charts."""
        return self.weekly.charts


def loaded_for(
    path: Path,
    log: EventLog,
    *,
    what_if: Sequence[str] = (),
    assignments: Sequence[str] = (),
    root: Path | None = None,
) -> tuple[LoadedScenario, tuple[str, ...]]:
    """Load a scenario for the time of a log, and say where that is not its own time.

    A scenario whose time has that of the log in it stays as it is; another is moved there.

    Raises
    ------
    UsageError
        The log has no instants.
    """
    first, last = log.observed()
    if not first <= last:
        raise UsageError("the log has no tickets\n    -> export again, or correct its mapping")
    loaded = load(path, what_if=what_if, assignments=assignments, root=root)
    begin = (loaded.model.clock.start - EPOCH).total_seconds() / 60.0
    if begin <= first and last <= begin + loaded.model.length:
        return loaded, ()
    start = (EPOCH + timedelta(minutes=first)).astimezone(zone_info(log.zone)).date()
    weeks = (last - first) / MINUTES_PER_WEEK + 2.0
    time = (f"time.start={start}", "time.warm_up=0 min", f"time.length={weeks:.2f} weeks")
    moved = load(path, what_if=what_if, assignments=(*assignments, *time), root=root)
    return moved, (MOVED,)


def audit(
    loaded: LoadedScenario,
    log: EventLog,
    log_name: str = "log",
    *,
    limits: Limits | None = None,
    since: float | None = None,
    notes: Sequence[str] = (),
) -> Audit:
    """Compare a log with a scenario.

    Parameters
    ----------
    loaded
        The model or standard. Activities of the log are its steps by name, or by what ``about`` says.
    since
        Instant (minutes since 1970 UTC): judge only tickets created from then on, and weeks that begin
        then or later; the weeks before tell what is usual. None for the whole log.

    Raises
    ------
    UsageError
        No ticket was created since then.
    """
    limits = Limits() if limits is None else limits
    recent = log if since is None else log.select(log.cases.created >= since)
    if not len(recent.cases):
        raise UsageError("no ticket was created since then\n    -> give an earlier date with --since")
    paths = paths_of(recent)
    step_of, _ = steps_of(loaded, paths)
    ways = ways_astray(loaded, recent, paths) if len(log) or len(step_of) > 1 else None
    of_events = step_of if len(log) else {}
    targets, of_targets = target_checks(loaded, recent, limits.pauses, of_events)
    weekly = weekly_charts(loaded, log, -np.inf if since is None else since, limits.false_alarms)
    no_ways = () if ways is not None else ("a row is a ticket: which way tickets went is not in this log",)
    no_pauses = _cannot_pause(log, limits.pauses) if targets else ()
    return Audit(
        loaded.name,
        log_name,
        len(recent.cases),
        "" if since is None else _date(since, log.zone),
        limits,
        tuple(_checks(ways, targets, weekly, limits)),
        ways,
        targets,
        weekly,
        (*notes, *no_ways, *of_targets, *no_pauses, *weekly.notes),
    )


def _date(instant: float, zone: str) -> str:
    local: datetime = (EPOCH + timedelta(minutes=instant)).astimezone(zone_info(zone))
    return f"{local:%Y-%m-%d}"


def _cannot_pause(log: EventLog, pauses: Collection[str]) -> tuple[str, ...]:
    """Say where a log does not tell how long a ticket waited for its user or a vendor."""
    if not pauses or log.kind is LogKind.CHANGES or not np.isnan(log.start).all():
        return ()
    return ("the log does not tell how long tickets waited for others: clocks of targets ran all the time",)


def _checks(
    ways: WaysAstray | None, targets: Sequence[TargetCheck], weekly: Weekly, limits: Limits
) -> Iterator[Check]:
    if ways is not None:
        yield _of_ways("activities", ways.n_unknown, ways.n_events, limits.astray)
        yield _of_ways("ways", ways.n_astray, ways.n_ways, limits.astray)
    for each in targets:
        yield Check(
            "target",
            f"{each.target} {each.priority}",
            each.n,
            round(each.n * (1.0 - each.met)),
            each.met,
            each.low,
            each.high,
            limits.met,
            each.high >= limits.met,
        )
    for chart in weekly.charts:
        n, signals = int(chart.is_judged.sum()), int(chart.signals.sum())
        if n:
            share = signals / n
            yield Check("drift", chart.name, n, signals, share, np.nan, np.nan, 0.0, not chart.has_drifted)


def _of_ways(kind: Literal["activities", "ways"], n_off: int, n: int, limit: float) -> Check:
    low, high = interval(n_off, n) if n else (0.0, 1.0)
    return Check(kind, "", n, n_off, n_off / max(n, 1), low, high, limit, low <= limit)
