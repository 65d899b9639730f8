"""Monitoring: what happened against what a scenario predicts, and the weeks ahead from today's tickets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Unpack

import numpy as np
from numpy.typing import NDArray

from simlab.business.period_figures import (
    FIGURES,
    Period,
    figures_by_period,
    judge_of,
    period_edges,
    tells_pauses,
)
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.simulated import simulated_log
from simlab.engines.guards import DEFAULTS
from simlab.errors import InvalidInput, UsageError
from simlab.experiments.runner import run
from simlab.experiments.runs import ScenarioRun, require_whole
from simlab.experiments.stored import keep_data_files
from simlab.experiments.study import SimulationOptions
from simlab.model.load import LoadedScenario, from_node
from simlab.results.catalogue import DATA_FOLDER
from simlab.results.files import write_whole
from simlab.scenario.nodes import MapNode, from_plain
from simlab.units import MINUTES_PER_WEEK

Floats = NDArray[np.float64]

REPLICATIONS: Final = 20
MOST_PERIODS: Final = 400
BAND: Final = (0.05, 0.95)
"""Quantiles of the replications between which nine in ten periods lie if the scenario is right."""
LIMIT: Final = 0.00135
"""Share of the periods beyond each control limit: of a normal figure beyond three standard deviations."""
RUN_OF_ONE_SIDE: Final = 8
"""So many periods in a row on one side of the prediction are a signal (Nelson's second rule takes 9, Western
Electric 8)."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BACKLOG: Final = "open_backlog.csv"


@dataclass(frozen=True, slots=True)
class Band:
    """What replications of the scenario predict for one figure, by period."""

    centre: Floats
    """Mean over replications."""
    low: Floats
    """5 % quantile over replications."""
    high: Floats
    """95 % quantile."""
    lower_limit: Floats
    """Control limit: `LIMIT` of the periods lie below it if the scenario is right and figures are normal."""
    upper_limit: Floats


@dataclass(frozen=True, slots=True)
class Signal:
    """A period in which a figure is not what the scenario predicts."""

    figure: str
    period: int
    rule: str
    """``beyond a control limit``, or ``... in a row on one side``."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next weeks from the tickets that are open at the end of the log."""

    n_open: int
    edges: Floats
    """Minutes since 1970-01-01 00:00 UTC."""
    bands: Mapping[str, Band]
    """By figure: created, resolved, open."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Actual figures by period on the band that the scenario predicts."""

    loaded: LoadedScenario
    log_name: str
    zone: str
    period: Period
    edges: Floats
    actual: Mapping[str, Floats]
    bands: Mapping[str, Band]
    signals: tuple[Signal, ...]
    forecast: Forecast | None
    replications: int
    seed: int
    notes: tuple[str, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """Figures that both the log and the scenario tell."""
        return tuple(
            name
            for name in FIGURES
            if not np.isnan(self.actual[name]).all() and not np.isnan(self.bands[name].centre).all()
        )


def monitor(
    loaded: LoadedScenario,
    log: EventLog,
    log_name: str,
    *,
    period: Period = "week",
    most_periods: int = 26,
    forecast_weeks: int = 4,
    **options: Unpack[SimulationOptions],
) -> Monitoring:
    """Compare a log with what a scenario predicts for its time.

    Parameters
    ----------
    loaded
        The scenario; it is simulated over the time of the log, after its own warm-up.
    log
        What happened.
    log_name
        How reports call the log.
    period
        Compare by ``day`` or ``week``.
    most_periods
        The last so many whole periods of the log are looked at.
    forecast_weeks
        Weeks to forecast from the tickets that are open at the end of the log; 0 for none.
    options
        As in `simlab.experiments.study.SimulationOptions`.

    Raises
    ------
    UsageError
        When the log has no whole period, fewer than two replications are asked for, or far too many tickets
        are expected.
    InvalidInput
        When the scenario cannot be moved to the time of the log.
    GateFailed
        When a replication was ended early.
    """
    n = options.get("replications") or REPLICATIONS
    if n < 2:
        raise UsageError("a band needs at least 2 replications; found 1")
    edges = compared_edges(log, log_name, period, most_periods)
    seed = 1 if (given := options.get("seed")) is None else given
    moved, notes = moved_to(loaded, edges)
    judge, notes = judge_of(moved, log), (*notes, *_pause_notes(moved, log))
    actual = figures_by_period(log, edges, judge).values
    simulated = _run(moved, n, seed, options)
    values = [
        figures_by_period(simulated_log(simulated.logs(i), moved.model), edges, judge).values
        for i in range(n)
    ]
    bands = {name: _band(name, [each[name] for each in values]) for name in FIGURES}
    ahead = _forecast(loaded, log, forecast_weeks, n, seed, options) if forecast_weeks else None
    if ahead is None and forecast_weeks:
        notes = (*notes, "There is no forecast: the scenario cannot begin with the tickets that are open.")
    return Monitoring(
        loaded=loaded,
        log_name=log_name,
        zone=log.zone,
        period=period,
        edges=edges,
        actual=actual,
        bands=bands,
        signals=tuple(signal for name in FIGURES for signal in signals_of(name, actual[name], bands[name])),
        forecast=ahead,
        replications=n,
        seed=seed,
        notes=notes,
    )


def _pause_notes(loaded: LoadedScenario, log: EventLog) -> tuple[str, ...]:
    if tells_pauses(loaded, log):
        return ()
    return ("The log does not tell when clocks stood still: they run all the time, also in the prediction.",)


def compared_edges(log: EventLog, log_name: str, period: Period, most_periods: int) -> Floats:
    """Edges, in minutes since 1970, of the last whole periods of a log: one more than there are periods.

    Raises
    ------
    UsageError
        When the log has no whole period.
    """
    edges = period_edges(log.zone, *log.observed(), period)[-min(most_periods, MOST_PERIODS) - 1 :]
    if len(edges) < 2:
        raise UsageError(f"{log_name} has no whole {period}\n    -> give a longer log, or --by day")
    return edges


def signals_of(name: str, actual: Floats, band: Band) -> Iterator[Signal]:
    """Yield the periods in which a figure leaves its control limits or stays on one side of its mean."""
    beyond = (actual < band.lower_limit) | (actual > band.upper_limit)
    yield from (Signal(name, period, "beyond a control limit") for period in np.flatnonzero(beyond).tolist())
    side, length = 0.0, 0
    for period, at in enumerate(np.sign(np.nan_to_num(actual - band.centre)).tolist()):
        length = length + 1 if at == side and at != 0.0 else int(at != 0.0)
        side = at
        if length == RUN_OF_ONE_SIDE:
            yield Signal(name, period, f"{RUN_OF_ONE_SIDE} in a row on one side")


def _band(name: str, replications: Sequence[Floats]) -> Band:
    """Return the band of a figure, of which replications give (n_periods,) each.

    NaN where fewer than two replications tell one. Limits do not go beyond what the figure can be. They are
    those of a further period (Student's t prediction interval), so that few replications do not narrow them;
    the spread is that of the period, or of all periods where that is larger: few replications of a skewed
    figure may lie close together by chance.
    """
    from scipy.special import stdtrit

    values = np.array(replications)
    most = 1.0 if FIGURES[name] == "share" else np.inf
    enough = np.sum(~np.isnan(values), axis=0) >= 2
    filled = np.where(enough, values, 0.0)
    centre, spread = np.nanmean(filled, axis=0), np.nanstd(filled, axis=0, ddof=1)
    low, high = np.nanquantile(filled, BAND, axis=0)
    spread = np.maximum(spread, np.sqrt(np.mean(spread[enough] ** 2)) if enough.any() else 0.0)

    def known(numbers: Floats) -> Floats:
        masked: Floats = np.where(enough, numbers, np.nan)
        return masked

    n = np.maximum(np.sum(~np.isnan(values), axis=0), 2)
    reach = -stdtrit(n - 1, LIMIT) * np.sqrt(1.0 + 1.0 / n) * spread
    lower, upper = np.maximum(centre - reach, 0.0), np.minimum(centre + reach, most)
    return Band(known(centre), known(low), known(high), known(lower), known(upper))


def moved_to(loaded: LoadedScenario, edges: Floats) -> tuple[LoadedScenario, tuple[str, ...]]:
    """Return the scenario over the time of the log; as it is where that lies in its own time.

    Beside it what to say of that. The edges are in minutes since 1970.
    """
    model = loaded.model
    start = (model.clock.start - _EPOCH).total_seconds() / 60.0
    if start + model.warm_up <= edges[0] and edges[-1] <= start + model.length:
        return loaded, ()
    first = _EPOCH + timedelta(minutes=float(edges[0]) - model.warm_up)
    local = first.astimezone(model.clock.to_local(0.0).tzinfo)
    length = float(edges[-1] - edges[0]) + model.warm_up
    changes = {"time.start": f"{local:%Y-%m-%d %H:%M}", "time.length": f"{length:.0f} min"}
    note = "The scenario is moved to the time of the log: growth and dated peaks count from there."
    return loaded.patch(changes), (note,)


def _run(loaded: LoadedScenario, n: int, seed: int, options: SimulationOptions) -> ScenarioRun:
    found = run(
        loaded,
        replications=n,
        seed=seed,
        logs="all",
        jobs=options.get("jobs"),
        cluster=options.get("cluster"),
        force=options.get("force", False),
        guards=options.get("guards", DEFAULTS),
        executor=options.get("executor"),
        store=options.get("store"),
        progress=options.get("progress"),
    )
    require_whole([found], "a prediction")
    return found


def _forecast(
    loaded: LoadedScenario, log: EventLog, weeks: int, n: int, seed: int, options: SimulationOptions
) -> Forecast | None:
    """Simulate the weeks after the log from the tickets that are open at its end.

    None where the scenario cannot begin with them.
    """
    _, last = log.observed()
    rows = np.flatnonzero(log.cases.is_open)
    text = _backlog_text(loaded, log, rows)
    if text is None:
        return None
    zone = loaded.model.clock.to_local(0.0).tzinfo
    start = (_EPOCH + timedelta(minutes=last)).astimezone(zone).replace(second=0, microsecond=0)
    with TemporaryDirectory(prefix="simlab-") as folder:
        keep_data_files(loaded, Path(folder))
        root = Path(folder) / DATA_FOLDER
        root.mkdir(exist_ok=True)
        write_whole(root / _BACKLOG, text.encode())
        time = loaded.resolved["time"]
        assert isinstance(time, dict)  # as the schema has it
        begin = {"start": f"{start:%Y-%m-%d %H:%M}", "warm_up": "0 min", "length": f"{weeks} weeks"}
        plain = {**loaded.resolved, "what_if": {}, "roadmap": [], "time": {**time, **begin}}
        if len(rows):
            plain["backlog"] = {"file": _BACKLOG}
        node = from_plain({key: value for key, value in plain.items() if value not in ({}, [])}, "forecast")
        assert isinstance(node, MapNode)
        try:
            ahead = from_node(node, root)
        except InvalidInput:
            return None  # such as steps that need to know the team before, which an export does not tell
        run_ahead = _run(ahead, n, seed, {**options, "store": None})
        first = (ahead.model.clock.start - _EPOCH).total_seconds() / 60.0
        edges = np.array([first + week * MINUTES_PER_WEEK for week in range(weeks + 1)])
        judge = judge_of(ahead, log)
        values = [
            figures_by_period(simulated_log(run_ahead.logs(i), ahead.model), edges, judge).values
            for i in range(n)
        ]
    wanted = ("created", "resolved", "open", "attainment")
    return Forecast(len(rows), edges, {name: _band(name, [each[name] for each in values]) for name in wanted})


def _backlog_text(loaded: LoadedScenario, log: EventLog, rows: NDArray[np.int64]) -> str | None:
    """Return the open tickets as a backlog file: each at the first step of its team, else at its way in.

    None where the process has no single way in.
    """
    names, routing = loaded.model.names, loaded.resolved["routing"]
    assert isinstance(routing, dict)
    entry = _last_goal(routing["start"])
    if entry is None:
        return None
    step_of: dict[object, str] = {}
    steps = routing["steps"]
    assert isinstance(steps, dict)
    for step, content in steps.items():
        if isinstance(content, dict) and "work" in content:
            step_of.setdefault(content.get("team"), step)
    zone = loaded.model.clock.to_local(0.0).tzinfo
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("created", "step", "stream", "class", "priority"))
    for row in rows.tolist():
        created = (_EPOCH + timedelta(minutes=float(log.cases.created[row]))).astimezone(zone)
        team, class_, priority = (
            column.text(row) for column in (log.cases.team, log.cases.case_class, log.cases.priority)
        )
        writer.writerow(
            (
                f"{created:%Y-%m-%d %H:%M}",
                step_of.get(team, entry),
                _stream_of(loaded, class_),
                class_ if class_ in names.classes else "",
                priority if priority in names.priorities else "",
            )
        )
    return buffer.getvalue()


def _last_goal(start: object) -> str | None:
    """Return where tickets enter: of several ways the last, which takes those that no other takes."""
    match start:
        case str():
            return start
        case [*_, {"to": str(goal)}]:
            return goal
        case dict() if start:
            return str(list(start)[-1])
    return None


def _stream_of(loaded: LoadedScenario, class_: str) -> str:
    """Return the first stream that has a class, else the first of all."""
    streams = loaded.scenario.demand
    return next(
        (name for name, stream in streams.items() if class_ in (stream.classes or {})), next(iter(streams))
    )
