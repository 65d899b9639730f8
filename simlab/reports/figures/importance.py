"""Which parameters move a goal: bars, a panel for each goal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simlab.reports.figures.canvas import COLOURS, QUIET, blank, name_rows, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PARAMETERS: Final = 15


def draw_importance(importance: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.optimisation.importance`."""
    if not len(importance):
        return nothing_to_show(say("Too few trials to tell which parameters matter."))
    goals = importance.distinct("goal")
    most = min(max(len(importance.where(goal=goal)) for goal in goals), MOST_PARAMETERS)
    figure = blank(len(goals) * (0.75 + 0.26 * most))
    for axes, goal in zip(figure.subplots(len(goals), 1, squeeze=False)[:, 0], goals, strict=True):
        rows = importance.where(goal=goal)
        names, shares = rows.texts("parameter")[:most], 100.0 * rows.numbers("importance")[:most]
        axes.barh(range(len(names)), shares, color=COLOURS[0], height=0.7)
        for row, share in enumerate(shares.tolist()):
            axes.text(share + 1.0, row, f"{share:.0f} %", va="center", color=QUIET, fontsize=7.5)
        name_rows(axes, names, columns=48)
        axes.set_xlim(0.0, 105.0)
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0f} %")
        axes.set_title(shorten(goal, 70))
    return figure
