"""Differences to the base scenario, in per cent of it, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    INK,
    MARKERS,
    QUIET,
    chart,
    legend_on_top,
    name_rows,
    nothing_to_show,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VERDICT_LOOK: Final = {
    "better": (COLOURS[0], True),
    "worse": (COLOURS[1], True),
    "higher": (INK, True),
    "lower": (INK, True),
    "not shown": ("#7f8c99", False),
}
"""Colour, and whether the marker is filled."""


def draw_differences(rows: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.responses.differences`, or some rows of it."""
    shown = rows.chosen(
        row for row, at in zip(rows.rows, rows.numbers("relative"), strict=True) if np.isfinite(at)
    )
    if not len(shown):
        return nothing_to_show(say("No response has a relative difference to show."))
    responses, scenarios = shown.distinct("response"), shown.distinct("scenario")
    row_in = 0.26 if len(scenarios) == 1 else 0.17 * len(scenarios) + 0.1
    figure, axes = chart(1.1 + row_in * len(responses) + 0.2 * (len(scenarios) > 1))
    axes.axvline(0.0, color=INK, linewidth=1.0)
    for row in shown.rows:
        cells = dict(zip((column.name for column in shown.columns), row, strict=True))
        number = scenarios.index(str(cells["scenario"]))
        colour, is_filled = VERDICT_LOOK[str(cells["verdict"])]
        value, low, high = (
            100.0 * float(cells[name]) for name in ("relative", "relative low", "relative high")
        )
        axes.errorbar(
            value,
            responses.index(str(cells["response"]))
            + (number - (len(scenarios) - 1) / 2) * 0.7 / len(scenarios),
            xerr=np.nan_to_num([[value - low], [high - value]]).clip(0.0),
            marker=MARKERS[number % len(MARKERS)],
            linestyle="none",
            color=colour,
            markerfacecolor=colour if is_filled else "white",
            markersize=5.0,
            elinewidth=1.4,
        )
    for number, scenario in enumerate(scenarios):
        axes.plot(
            [],
            [],
            marker=MARKERS[number % len(MARKERS)],
            linestyle="none",
            color=QUIET,
            label=shorten(scenario, 36),
        )
    name_rows(axes, responses, columns=44)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:+.4g} %".replace("-", "−") if share else "0")
    axes.set_xlabel(
        say("difference to the base, in per cent of it · blue: better, orange: worse, hollow: not shown")
    )
    axes.margins(x=0.08)
    if len(scenarios) > 1:
        legend_on_top(figure, axes)
    return figure
