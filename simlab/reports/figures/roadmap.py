"""Timeline of a roadmap: a bar for each ramp, a mark for what comes at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import COLOURS, INK, QUIET, chart, name_rows, nothing_to_show
from simlab.reports.figures.over_time import date_axis
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHANGES: Final = 40
"""Changes that are drawn, the first ones; the table has all."""


def draw_roadmap(roadmap: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.roadmap.roadmap`."""
    from matplotlib.dates import date2num

    shown = roadmap.chosen(roadmap.rows[:MOST_CHANGES])
    if not len(shown):
        return nothing_to_show(say("The scenario has no roadmap."))

    def days(column: str) -> list[float]:
        moments = [datetime.fromisoformat(text) for text in shown.texts(column)]
        return [float(day) for day in np.atleast_1d(date2num(moments))]  # type: ignore[no-untyped-call]

    begins, ends = days("from"), days("until")
    figure, axes = chart(0.9 + 0.3 * len(shown))
    for row, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end > begin:
            axes.barh(row, end - begin, left=begin, height=0.5, color=COLOURS[0], alpha=0.85)
        else:
            axes.plot(begin, row, "D", color=COLOURS[1], markersize=7.0)
        axes.plot([begin, begin], [row - 0.36, row + 0.36], color=INK, linewidth=1.2)
    name_rows(axes, shown.texts("change"), columns=46)
    width = max(max(ends) - min(begins), 7.0)
    axes.set_xlim(min(begins) - 0.05 * width, max(ends) + 0.05 * width)
    date_axis(axes, margin=None)
    axes.set_xlabel(say("bars: over so long; marks: at once"), color=QUIET)
    return figure
