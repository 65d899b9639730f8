"""What the logs of some replications show in detail: over time, by hour of week, by step and by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.flow import (
    ProcessMap,
    StepUse,
    Transitions,
    WaitingTable,
    handoffs,
    process_map,
    waiting_by_cause,
)
from simlab.metrics.series import TimeSeries, WeeklyUse, over_time, use_by_hour_of_week
from simlab.metrics.window import observation_window
from simlab.model.tables import Model
from simlab.model.wall_clock import HOURS_PER_WEEK

Floats = NDArray[np.float64]

MOST_CELLS: Final = 400
"""Most points over time that a report shows; the cells of the grid are made as wide as that needs."""
_CELL_WIDTHS: Final = (60.0, 240.0, 1440.0, 7 * 1440.0, 28 * 1440.0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Observation:
    """Detail of some replications, averaged over them or added up."""

    n_replications: int
    weeks: float
    """Observed weeks of all replications together, warm-up left out."""
    edges: Floats
    """(n_cells + 1,) minutes since the start of the run, warm-up included."""
    queue: Floats
    """(n_teams, n_cells) mean over replications."""
    on_duty: Floats
    """(n_teams, n_cells) mean over replications."""
    wip: Floats
    """(n_replications, n_cells)"""
    acting: Floats
    """(n_controls, n_cells) share of time and replications in which the control rule acts."""
    week_queue: Floats
    """(n_teams, 168) mean by local hour of week, warm-up left out; NaN for an hour that never came."""
    week_on_duty: Floats
    """(n_teams, 168)"""
    use: WeeklyUse
    """Sums."""
    waiting: WaitingTable
    """Sums, the longest first."""
    flow: ProcessMap
    """Sums of counts, means over all visits."""
    handoffs: NDArray[np.int64]
    """Sums."""


def cell_width(minutes: float) -> float:
    """Return the width of the cells into which a run of so many minutes is cut."""
    return next((width for width in _CELL_WIDTHS if minutes <= width * MOST_CELLS), _CELL_WIDTHS[-1])


def observe(model: Model, logs: Iterable[RunLogs]) -> Observation | None:
    """Return the detail of replications, whose logs are looked at one by one; None without any."""
    step_min = cell_width(model.length)
    looks = [
        (
            observation_window(model, each.totals).weeks,
            over_time(model, each, step_min),
            _average_week(model, each),
            use_by_hour_of_week(model, each),
            waiting_by_cause(model, each),
            process_map(model, each),
            handoffs(model, each),
        )
        for each in logs
    ]
    if not looks:
        return None
    weeks, series, average, use, waiting, flow, moves = (list(part) for part in zip(*looks, strict=True))
    grid, queue, on_duty, wip, acting = _over_common_grid(series)
    return Observation(
        n_replications=len(looks),
        weeks=float(sum(weeks)),
        edges=grid,
        queue=queue,
        on_duty=on_duty,
        wip=wip,
        acting=acting,
        week_queue=np.mean([queue for queue, _ in average], axis=0),
        week_on_duty=np.mean([on_duty for _, on_duty in average], axis=0),
        use=_sum_of_use(use),
        waiting=_all_waiting(waiting),
        flow=ProcessMap(
            flow[0].nodes, _all_visits([f.steps for f in flow]), _all_moves([f.transitions for f in flow])
        ),
        handoffs=np.sum(moves, axis=0),
    )


def _average_week(model: Model, logs: RunLogs) -> tuple[Floats, Floats]:
    """Return queue and people on duty of each team by local hour of week."""
    series, window = over_time(model, logs, 60.0), observation_window(model, logs.totals)
    starts = series.edges[:-1]
    # The last cell may be cut short; it weighs as much as it is long.
    length = np.where(starts >= window.start, np.diff(series.edges), 0.0)
    hours = model.clock.hour_of_week(starts)
    total = np.bincount(hours, length, HOURS_PER_WEEK)
    total = np.where(total > 0.0, total, np.nan)

    def folded(values: Floats) -> Floats:
        rows = [np.bincount(hours, row * length, HOURS_PER_WEEK) / total for row in values]
        return np.array(rows).reshape(len(values), HOURS_PER_WEEK)

    return folded(series.queue), folded(series.on_duty)


def _over_common_grid(series: Sequence[TimeSeries]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Average over the cells that all replications filled; drained runs end at different times."""
    shortest = min(series, key=lambda each: each.edges[-1])
    n_cells = len(shortest.wip)
    if n_cells > 1 and any(each.edges[-1] != shortest.edges[-1] for each in series):
        n_cells -= 1
    return (
        shortest.edges[: n_cells + 1],
        np.mean([each.queue[:, :n_cells] for each in series], axis=0),
        np.mean([each.on_duty[:, :n_cells] for each in series], axis=0),
        np.array([each.wip[:n_cells] for each in series]),
        np.mean([each.acting[:, :n_cells] for each in series], axis=0),
    )


def _sum_of_use(parts: Sequence[WeeklyUse]) -> WeeklyUse:
    def total(of: Callable[[WeeklyUse], Floats]) -> Floats:
        summed: Floats = np.sum([of(part) for part in parts], axis=0)
        return summed

    return WeeklyUse(
        scheduled=total(lambda part: part.scheduled),
        on_duty=total(lambda part: part.on_duty),
        busy=total(lambda part: part.busy),
        overtime=total(lambda part: part.overtime),
    )


def _all_waiting(parts: Sequence[WaitingTable]) -> WaitingTable:
    minutes: dict[tuple[str, int, int], float] = {}
    visits: dict[tuple[str, int, int], int] = {}
    causes = {cause.value: cause for part in parts for cause in part.cause}
    for part in parts:
        keys = zip(part.cause, part.team.tolist(), part.step.tolist(), strict=True)
        for key, stretch, count in zip(keys, part.minutes.tolist(), part.visits.tolist(), strict=True):
            place = (key[0].value, key[1], key[2])
            minutes[place] = minutes.get(place, 0.0) + stretch
            visits[place] = visits.get(place, 0) + count
    ranked = sorted(minutes, key=lambda place: (-minutes[place], place))
    return WaitingTable(
        cause=tuple(causes[cause] for cause, _, _ in ranked),
        team=np.array([team for _, team, _ in ranked], np.int64),
        step=np.array([step for _, _, step in ranked], np.int64),
        minutes=np.array([minutes[place] for place in ranked], np.float64),
        visits=np.array([visits[place] for place in ranked], np.int64),
    )


def _all_visits(parts: Sequence[StepUse]) -> StepUse:
    keys, place = _keys([np.column_stack([part.node, part.cause, part.automation]) for part in parts])
    visits = np.concatenate([part.visits for part in parts])

    def mean(of: Callable[[StepUse], Floats]) -> Floats:
        return _weighted_means(np.concatenate([of(part) for part in parts]), visits, place, len(keys))

    return StepUse(
        node=keys[:, 0],
        cause=keys[:, 1],
        automation=keys[:, 2],
        visits=np.bincount(place, visits, len(keys)).astype(np.int64),
        wait_mean=mean(lambda part: part.wait_mean),
        touch_mean=mean(lambda part: part.touch_mean),
        duration_mean=mean(lambda part: part.duration_mean),
    )


def _all_moves(parts: Sequence[Transitions]) -> Transitions:
    keys, place = _keys([np.column_stack([part.source, part.target, part.cause]) for part in parts])
    count = np.concatenate([part.count for part in parts])
    gaps, touch = (np.concatenate(each) for each in _columns_of_moves(parts))
    return Transitions(
        source=keys[:, 0],
        target=keys[:, 1],
        cause=keys[:, 2],
        count=np.bincount(place, count, len(keys)).astype(np.int64),
        gap_mean=_weighted_means(gaps, count, place, len(keys)),
        touch_mean=_weighted_means(touch, count, place, len(keys)),
    )


def _columns_of_moves(parts: Sequence[Transitions]) -> tuple[list[Floats], list[Floats]]:
    return [part.gap_mean for part in parts], [part.touch_mean for part in parts]


def _keys(parts: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys, place = np.unique(np.concatenate(parts), axis=0, return_inverse=True)
    return keys, place.reshape(-1)


def _weighted_means(values: Floats, weights: NDArray[np.int64], place: NDArray[np.int64], n: int) -> Floats:
    """Average by group, NaN left out; NaN for a group of nothing else."""
    there = ~np.isnan(values)
    total = np.bincount(place[there], values[there] * weights[there], n)
    weight = np.bincount(place[there], weights[there].astype(np.float64), n)
    means: Floats = np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), np.nan)
    return means
