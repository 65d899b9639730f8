"""Targets met, by priority: dots with intervals, a panel for each clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    MARKERS,
    blank,
    legend_on_top,
    name_rows,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_attainment(met: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.times.attainment`."""
    if not len(met):
        return nothing_to_show(say("The scenario states no targets, or no ticket was judged."))
    clocks, scenarios, priorities = (met.distinct(name) for name in ("target", "scenario", "priority"))
    row_in = 0.22 * max(1.4, len(scenarios))
    figure = blank(1.15 + row_in * len(priorities) + 0.2 * (len(scenarios) > 1))
    panels = figure.subplots(1, len(clocks), sharey=True, squeeze=False)[0]
    for axes, clock in zip(panels, clocks, strict=True):
        _draw_clock(axes, met.where(target=clock), scenarios, priorities)
        axes.set_title(say("{clock} target", clock=say(clock)))
    low = np.nanmin([*met.numbers("met"), *met.numbers("low")])
    for axes in panels:
        start = 0.0 if low < 0.5 else 0.5 if low < 0.8 else 0.8
        axes.set_xlim(start * 100.0 - 1.0, 101.0)
        axes.locator_params(axis="x", nbins=5, steps=[1, 2, 5, 10])
        number_axis(axes.xaxis, " %")
    name_rows(panels[0], priorities)
    if len(scenarios) > 1:
        legend_on_top(figure, panels[0])
    return figure


def _draw_clock(axes: Axes, met: Table, scenarios: list[str], priorities: list[str]) -> None:
    for number, scenario in enumerate(scenarios):
        rows = met.where(scenario=scenario)
        shift = (number - (len(scenarios) - 1) / 2.0) * 0.72 / len(scenarios)
        value, low, high = (100.0 * rows.numbers(name) for name in ("met", "low", "high"))
        axes.errorbar(
            value,
            [priorities.index(priority) + shift for priority in rows.texts("priority")],
            xerr=np.nan_to_num([value - low, high - value]).clip(0.0),
            marker=MARKERS[(number + number // len(COLOURS)) % len(MARKERS)],
            linestyle="none",
            color=COLOURS[number % len(COLOURS)],
            markersize=4.5,
            elinewidth=1.3,
            label=shorten(scenario, 36),
        )
    axes.grid(visible=False, axis="y")
    for row in range(1, len(priorities)):
        axes.axhline(row - 0.5, color="#eef1f4", linewidth=0.8)
