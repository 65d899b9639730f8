"""Hand-offs: how many tickets go from team to team each week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.reports.figures.canvas import INK, WIDTH_IN, chart, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import short_count, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_handoffs(moves: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.handoff_matrix`; the diagonal is left empty."""
    from matplotlib import colormaps

    teams = moves.distinct("from")
    matrix = moves.numbers("moves").reshape(len(teams), len(teams)) if len(teams) else np.zeros((0, 0))
    apart = matrix.copy()
    np.fill_diagonal(apart, np.nan)
    if len(teams) < 2 or not np.nansum(apart):
        return nothing_to_show(say("No ticket goes from one team to another."))
    size_in = 0.42 if len(teams) <= 8 else 0.34 if len(teams) <= 20 else 0.27
    is_turned = len(teams) > 5
    figure, axes = chart(
        (2.0 if is_turned else 0.8) + size_in * len(teams), max(WIDTH_IN, 2.5 + 0.34 * len(teams))
    )
    colours = colormaps["Blues"].with_extremes(bad="#f7f8fa")
    axes.imshow(
        np.where(apart > 0.0, apart, np.nan), aspect="auto", cmap=colours, vmin=0.0, interpolation="nearest"
    )
    names = [shorten(team, 22) for team in teams]
    axes.xaxis.tick_top()
    axes.set_xticks(
        range(len(teams)), names, rotation=50 if is_turned else 0, ha="left" if is_turned else "center"
    )
    axes.set_yticks(range(len(teams)), names)
    axes.set_ylabel(say("from"))
    axes.set_xlabel(say("to"))
    axes.xaxis.set_label_position("top")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    highest = float(np.nanmax(apart))
    for row, column in zip(*np.nonzero(np.nan_to_num(apart)), strict=True):
        amount = float(apart[row, column])
        ink = "white" if amount > 0.55 * highest else INK
        axes.text(column, row, short_count(amount), ha="center", va="center", color=ink, fontsize=7.5)
    return figure
