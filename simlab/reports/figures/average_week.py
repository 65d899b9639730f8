"""An average week: waiting tickets and people on duty by hour, a panel for each team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.model.wall_clock import HOURS_PER_WEEK, WEEKDAYS
from simlab.reports.figures.canvas import COLOURS, blank, legend_on_top, nothing_to_show
from simlab.reports.figures.over_time import longest_queues
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TEAMS: Final = 12
"""Teams with a panel of their own: those with the longest queues; the table has all."""


def draw_average_week(week: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.average_week`, one scenario of it."""
    if not len(week):
        return nothing_to_show(say("No logs were kept, so there is no detail by hour of week."))
    teams = longest_queues(week, MOST_TEAMS)
    n_columns = 1 if len(teams) == 1 else 2 if len(teams) <= 8 else 3
    n_rows = -(-len(teams) // n_columns)
    figure = blank(0.45 + 1.5 * n_rows)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, team in zip(panels, teams, strict=False):
        _draw_team(axes, week.where(team=team))
        axes.set_title(shorten(team, 64 // n_columns), fontsize=8.5)
    for axes in panels[len(teams) :]:
        axes.set_axis_off()
    legend_on_top(figure, panels[0])
    return figure


def _draw_team(axes: Axes, rows: Table) -> None:
    edges = np.arange(HOURS_PER_WEEK + 1)
    axes.stairs(
        rows.numbers("waiting"), edges, fill=True, color=COLOURS[1], alpha=0.35, label=say("tickets waiting")
    )
    axes.stairs(rows.numbers("waiting"), edges, color=COLOURS[1], linewidth=0.8, baseline=None)
    axes.stairs(
        rows.numbers("on duty"),
        edges,
        color=COLOURS[0],
        linewidth=1.3,
        baseline=None,
        label=say("people on duty"),
    )
    axes.set_xlim(0, HOURS_PER_WEEK)
    axes.set_ylim(bottom=0.0)
    axes.set_xticks(range(0, HOURS_PER_WEEK, 24), [""] * len(WEEKDAYS))
    axes.set_xticks(range(12, HOURS_PER_WEEK, 24), [say(day) for day in WEEKDAYS], minor=True)
    axes.tick_params(axis="x", which="minor", length=0)
    axes.locator_params(axis="y", nbins=4)
