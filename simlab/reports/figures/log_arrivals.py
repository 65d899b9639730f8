"""Arrivals of a log: a bar for each week, and a heat map of the hours of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.model.wall_clock import WEEKDAYS
from simlab.reports.figures.canvas import COLOURS, GRID, INK, QUIET, chart, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_TICKS = 14


def draw_weeks(weeks: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.log_arrivals.weekly_arrivals`."""
    if not len(weeks):
        return nothing_to_show(say("The log has no cases."))
    figure, axes = chart(2.4)
    places = np.arange(len(weeks))
    is_usable = np.array(weeks.texts("usable")) == "yes"
    axes.bar(places, weeks.numbers("arrivals"), 0.8, color=np.where(is_usable, COLOURS[0], QUIET))
    every = -(-len(weeks) // _MOST_TICKS)
    axes.set_xticks(places[::every], weeks.texts("monday")[::every], rotation=30, ha="right")
    axes.grid(visible=False, axis="x")
    axes.set_ylabel(say("tickets a week"))
    axes.set_xlabel(say("week from Monday; grey: not used"), color=QUIET)
    return figure


def draw_hours(hours: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.log_arrivals.hourly_arrivals`."""
    if not len(hours):
        return nothing_to_show(say("No week of the log can be used."))
    figure, axes = chart(2.6)
    image = axes.imshow(
        hours.numbers("arrivals").reshape(7, 24),
        aspect="auto",
        interpolation="nearest",
        cmap="cividis_r",
        vmin=0.0,
        extent=(0.0, 24.0, 6.5, -0.5),
    )
    axes.set_yticks(range(7), [say(day) for day in WEEKDAYS])
    axes.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.tick_params(length=0, labelcolor=INK)
    for row in range(1, 7):
        axes.axhline(row - 0.5, color=GRID, linewidth=1.0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.01, fraction=0.03)
    bar.set_label(say("tickets an hour"), color=QUIET)
    bar.outline.set_visible(False)
    return figure
