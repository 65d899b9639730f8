"""How long a scenario needs to warm up, judged by its work in progress over several replications."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.experiments.runs import ScenarioRun, require_whole
from simlab.metrics.series import over_time
from simlab.model.wall_clock import HOURS_PER_WEEK, MINUTES_PER_DAY
from simlab.statistics.warm_up import BATCH, WarmUp, mser5, welch_moving_average
from simlab.units import MINUTES_PER_HOUR, MINUTES_PER_WEEK, format_duration

Floats = NDArray[np.float64]

FEWEST_CELLS: Final = 100
"""Of runs that are shorter than this many hours, the cells are shorter than an hour."""
_STILL_CHANGING: Final = (
    "the level still changes in the middle of the run: lengthen the run, or check that its load is steady"
)


@dataclass(frozen=True, slots=True)
class WarmUpStudy:
    """Work in progress from the start of the run, and where it has levelled off."""

    step_min: float
    """Length of a cell in minutes."""
    wip: Floats
    """(n_cells,) tickets in the system, averaged over each cell and over replications."""
    level: Floats
    """(n_cells,) the same without the weekly pattern, where that could be told from the second half."""
    smooth: Floats
    """(n_cells - window,) moving average of the level, after Welch."""
    is_weekly: bool
    """Whether a weekly pattern was taken out."""
    recommended: float
    """Warm-up by MSER-5 in minutes, at most half of the run; rounded up to hours, beyond a day to days."""
    stated: float
    """The scenario's warm-up in minutes."""
    is_terminating: bool
    """Whether the scenario describes a stretch that begins empty and is to be seen from its start."""
    warnings: tuple[str, ...]


def warm_up_study(run: ScenarioRun) -> WarmUpStudy:
    """Judge the warm-up of a scenario.

    Parameters
    ----------
    run
        Replications whose logs were kept (``logs="all"``); the more, the smoother. Its observation window
        does not matter: the series begin at the start of the run.

    Raises
    ------
    UsageError
        When there are fewer than two replications.
    GateFailed
        When a replication was ended early.
    StorageError
        When logs were not kept, or are damaged.
    """
    if run.n < 2:
        raise UsageError("a warm-up is judged by the average of replications: at least 2 are needed; found 1")
    require_whole([run], "a warm-up")
    model = run.model
    step = min(MINUTES_PER_HOUR, model.length / FEWEST_CELLS)
    n = math.floor(model.length / step + 1e-9)
    wip = np.mean(
        [over_time(model, run.logs(summary.replication), step).wip[:n] for summary in run.summaries], axis=0
    )
    is_weekly = model.length >= 4.0 * MINUTES_PER_WEEK
    hours = model.clock.hour_of_week((np.arange(n) + 0.5) * step)
    level = _without_weekly_pattern(wip, hours) if is_weekly else wip
    truncation, is_at_the_end = _within_first_half(mser5(level))
    recommended = _rounded_up(truncation * step)
    warnings = [_STILL_CHANGING] if is_at_the_end else []
    if not run.is_terminating and recommended > model.warm_up:
        warnings.append(
            f"the scenario warms up for {format_duration(model.warm_up)},"
            f" shorter than the {format_duration(recommended)} found here"
        )
    return WarmUpStudy(
        step_min=step,
        wip=wip,
        level=level,
        smooth=welch_moving_average(level, min(math.ceil(MINUTES_PER_DAY / step), n // 4)),
        is_weekly=is_weekly,
        recommended=recommended,
        stated=model.warm_up,
        is_terminating=run.is_terminating,
        warnings=tuple(warnings),
    )


def _within_first_half(found: WarmUp) -> tuple[int, bool]:
    """Return the best truncation that leaves at least half of the series, and whether it takes all it may.

    Cells of an hour hang together: near the end of the series, where few are left, they look calm by chance.
    """
    half = found.n // BATCH // 2
    best = int(np.argmin(found.statistic[: half + 1]))
    return best * BATCH, best >= 0.9 * half


def _without_weekly_pattern(series: Floats, hours: NDArray[np.integer]) -> Floats:
    """Take out what each hour of the week has other than the average one, judged by the second half.

    The rise and fall of every week would hide the start-up, or be taken for it.
    """
    half = len(series) // 2
    n = np.bincount(hours[half:], minlength=HOURS_PER_WEEK)
    sums = np.bincount(hours[half:], series[half:], HOURS_PER_WEEK)
    pattern = np.where(n > 0, sums / np.maximum(n, 1), series[half:].mean())
    level: Floats = series - pattern[hours] + series[half:].mean()
    return level


def _rounded_up(minutes: float) -> float:
    unit = MINUTES_PER_HOUR if minutes <= MINUTES_PER_DAY else MINUTES_PER_DAY
    return math.ceil(minutes / unit - 1e-9) * unit
