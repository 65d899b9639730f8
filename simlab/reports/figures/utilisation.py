"""Utilisation by hour of week: a heat map with a row for each team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.model.wall_clock import HOURS_PER_WEEK, WEEKDAYS
from simlab.reports.figures.canvas import INK, QUIET, chart, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_utilisation(use: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.utilisation`, one scenario of it."""
    from matplotlib import colormaps

    if not len(use):
        return nothing_to_show(say("No logs were kept, so there is no detail by hour of week."))
    teams = use.distinct("team")
    shares = 100.0 * use.numbers("utilisation").reshape(len(teams), HOURS_PER_WEEK)
    row_in = 0.42 if len(teams) <= 8 else 0.26
    figure, axes = chart(1.05 + row_in * len(teams))
    colours = colormaps["cividis_r"].with_extremes(bad="#eef1f4")
    image = axes.imshow(
        np.ma.masked_invalid(shares),
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        vmin=0.0,
        vmax=max(100.0, float(np.nanmax(shares, initial=0.0))),
        extent=(0.0, HOURS_PER_WEEK, len(teams) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(teams)), [shorten(team, 22) for team in teams])
    axes.set_xticks(
        range(0, HOURS_PER_WEEK, 6), [_hour(hour) for hour in range(0, HOURS_PER_WEEK, 6)], fontsize=7
    )
    axes.tick_params(length=0)
    for boundary in range(24, HOURS_PER_WEEK, 24):
        axes.axvline(boundary, color="white", linewidth=2.0)
    for row in range(1, len(teams)):
        axes.axhline(row - 0.5, color="white", linewidth=1.5)
    for day, name in enumerate(WEEKDAYS):
        axes.text(24 * day + 12, -0.62, say(name), ha="center", va="bottom", color=INK)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.01, fraction=0.025, aspect=max(6, 3 * len(teams)))
    bar.ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0f} %")
    bar.outline.set_visible(False)
    axes.set_xlabel(say("local hour of week; light grey: nobody is paid"), color=QUIET)
    return figure


def _hour(hour: int) -> str:
    return "" if hour % 24 == 0 else str(hour % 24)
