"""Work in progress over time, and the queue and the people on duty of each team."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simlab.reports.figures.canvas import COLOURS, LINES, QUIET, blank, chart, legend_above, nothing_to_show
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TEAMS: Final = 12
"""Teams with a panel of their own: those with the longest queues; the table has all."""

_NO_LOGS: Final = "No logs were kept, so there is no detail over time."


def draw_work_in_progress(progress: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.work_in_progress`."""
    if not len(progress):
        return nothing_to_show(_NO_LOGS)
    figure, axes = chart(2.9)
    scenarios = progress.distinct("scenario")
    for number, scenario in enumerate(scenarios):
        rows = progress.where(scenario=scenario)
        when, colour = _days(rows), COLOURS[number % len(COLOURS)]
        axes.fill_between(
            when,
            rows.numbers("least"),
            rows.numbers("most"),
            step="post",
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.step(
            when,
            rows.numbers("tickets"),
            where="post",
            color=colour,
            linestyle=LINES[number % len(LINES)],
            linewidth=1.3,
            label=shorten(scenario, 40),
        )
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("tickets in the system")
    _date_axis(axes)
    legend_above(axes, len(scenarios), most_columns=3)
    return figure


def draw_queues(queues: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.queues`, one scenario of it."""
    if not len(queues):
        return nothing_to_show(_NO_LOGS)
    teams = _longest_queues(queues)
    n_columns = 1 if len(teams) == 1 else 2 if len(teams) <= 6 else 3
    n_rows = -(-len(teams) // n_columns)
    figure = blank(0.55 + 1.55 * n_rows)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).flat
    for axes, team in zip(panels, teams, strict=False):
        rows = queues.where(team=team)
        when = _days(rows)
        axes.fill_between(
            when,
            rows.numbers("waiting"),
            step="post",
            color=COLOURS[1],
            alpha=0.35,
            linewidth=0,
            label="waiting",
        )
        axes.step(when, rows.numbers("waiting"), where="post", color=COLOURS[1], linewidth=0.8)
        axes.step(
            when,
            rows.numbers("on duty"),
            where="post",
            color=COLOURS[0],
            linewidth=1.2,
            linestyle=(0, (4, 1)),
            label="people on duty",
        )
        axes.set_ylim(bottom=0.0)
        axes.set_title(shorten(team, 60 // n_columns), fontsize=8.5)
        axes.locator_params(axis="y", nbins=4)
        _date_axis(axes, most_ticks=9 // n_columns)
    for axes in list(panels):
        axes.set_axis_off()
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _longest_queues(queues: Table) -> list[str]:
    """Return the teams to show, in the order of the scenario."""
    teams = queues.distinct("team")
    longest = sorted(teams, key=lambda team: -queues.where(team=team).numbers("waiting").mean())[:MOST_TEAMS]
    return [team for team in teams if team in longest]


def _days(rows: Table) -> NDArray[np.float64]:
    """Return the local times of the rows as matplotlib counts them, in days."""
    from matplotlib.dates import date2num

    moments = [datetime.fromisoformat(moment) for moment in rows.texts("from")]
    return np.asarray(date2num(moments))  # type: ignore[no-untyped-call]


def _date_axis(axes: Axes, most_ticks: int = 10) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=2, maxticks=most_ticks)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.margins(x=0.01)
    axes.xaxis.get_offset_text().set_color(QUIET)
