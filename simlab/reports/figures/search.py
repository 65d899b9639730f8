"""What an optimisation tried and found: the front of two goals, or the progress towards one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simlab.reports.figures.canvas import COLOURS, INK, chart, legend_above, nothing_to_show, number_axis
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import Scale, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

_TRIED: Final = "#aeb7c0"
_ROLES: Final = {
    "front": ("D", COLOURS[4], "front"),
    "today": ("s", INK, "today"),
    "recommended": ("o", COLOURS[1], "recommended"),
}
"""Marker, colour and word; drawn in this order, the last on top."""


def draw_front(
    trials: Table, front: Table, goals: tuple[str, str], axes_of: tuple[tuple[str, str], ...]
) -> Figure:
    """Draw two goals of the tables of :mod:`simlab.reports.tables.optimisation`.

    Parameters
    ----------
    trials, front
        Every configuration tried; those estimated anew, with intervals.
    goals
        Names of the goals: the columns across and up.
    axes_of
        Title and unit of each.
    """
    tried = [(row[2] == "yes") for row in trials.rows]
    if not any(np.isfinite(trials.numbers(goals[0]))) and not len(front):
        return nothing_to_show(say("No configuration could be judged."))
    figure, axes = chart(4.4)
    scales = [_scale(unit, trials, front, goal) for goal, (_, unit) in zip(goals, axes_of, strict=True)]
    across, up = (trials.numbers(goal) / scale.factor for goal, scale in zip(goals, scales, strict=True))
    feasible = np.array(tried, dtype=bool)
    axes.plot(across[feasible], up[feasible], "o", color=_TRIED, markersize=4.0, label=say("tried"))
    if not feasible.all():
        axes.plot(
            across[~feasible],
            up[~feasible],
            "x",
            color=_TRIED,
            markersize=4.5,
            label=say("tried, breaks a constraint"),
        )
    for role in _ROLES:
        _draw_role(axes, front.where(role=role), goals, scales, role)
    across_label, up_label = (
        f"{title} [{scale.word}]" if scale.word else title
        for (title, _), scale in zip(axes_of, scales, strict=True)
    )
    axes.set_xlabel(across_label)
    axes.set_ylabel(up_label)
    number_axis(axes.xaxis)
    number_axis(axes.yaxis)
    legend_above(axes, len(axes.get_legend_handles_labels()[1]), most_columns=5)
    axes.margins(0.06)
    return figure


def _scale(unit: str, trials: Table, front: Table, goal: str) -> Scale:
    return scale_of(unit, [*trials.numbers(goal), *front.numbers(goal)])


def _draw_role(axes: Axes, rows: Table, goals: tuple[str, str], scales: list[Scale], role: str) -> None:
    marker, colour, word = _ROLES[role]
    if not len(rows):
        return
    values, bars = [], []
    for goal, scale in zip(goals, scales, strict=True):
        value, low, high = (rows.numbers(f"{goal}{end}") / scale.factor for end in ("", " low", " high"))
        values.append(value)
        bars.append(np.nan_to_num(np.array([value - low, high - value])).clip(0.0))
    if role == "front":
        order = np.argsort(values[0], kind="stable")
        axes.plot(values[0][order], values[1][order], color=colour, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.errorbar(
        values[0],
        values[1],
        xerr=bars[0],
        yerr=bars[1],
        fmt=marker,
        color=colour,
        markersize=8.0 if role == "recommended" else 6.0,
        elinewidth=1.2,
        label=say(word),
        zorder=3 + list(_ROLES).index(role),
    )


def draw_progress(trials: Table, goal: str, title: str, unit: str, is_maximised: bool) -> Figure:
    """Draw one goal over the trials, with the best feasible one so far."""
    values = trials.numbers(goal)
    if not np.isfinite(values).any():
        return nothing_to_show(say("No configuration could be judged."))
    figure, axes = chart(3.0)
    scale = scale_of(unit, values)
    feasible = np.array([cell == "yes" for cell in trials.cells("feasible")], dtype=bool)
    number, shown = trials.numbers("trial"), values / scale.factor
    axes.plot(number[feasible], shown[feasible], "o", color=_TRIED, markersize=4.0, label=say("tried"))
    if not feasible.all():
        axes.plot(
            number[~feasible],
            shown[~feasible],
            "x",
            color=_TRIED,
            markersize=4.5,
            label=say("breaks a constraint"),
        )
    axes.step(
        number,
        best_so_far(shown, feasible, is_maximised),
        where="post",
        color=COLOURS[0],
        label=say("best so far"),
    )
    axes.set_xlabel(say("trial"))
    number_axis(axes.yaxis)
    axes.set_ylabel(f"{title} [{scale.word}]" if scale.word else title)
    legend_above(axes, 3)
    return figure


def best_so_far(values: Floats, feasible: NDArray[np.bool_], is_maximised: bool) -> Floats:
    """Return the best feasible value up to each trial; NaN before the first."""
    sign = -1.0 if is_maximised else 1.0
    running = np.fmin.accumulate(np.where(feasible, sign * values, np.nan))
    best: Floats = sign * running
    return best
