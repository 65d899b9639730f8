"""Measures of inputs as dots with intervals, a row an input: elementary effects, variance shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    INK,
    MARKERS,
    chart,
    legend_on_top,
    name_rows,
    nothing_to_show,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import scale_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_INPUTS: Final = 25
"""Inputs that are drawn, in the order of the table, which has all."""


def draw_measures(measures: Table, unit: str, axis: str) -> Figure:
    """Draw measures of inputs.

    Parameters
    ----------
    measures
        Columns ``input``, ``measure``, ``value``, ``low``, ``high``; the ends are NaN where there is no
        interval.
    unit
        Unit of the values.
    axis
        What they are.
    """
    if not len(measures):
        return nothing_to_show(say("No input moves it."))
    inputs, kinds = measures.distinct("input")[:MOST_INPUTS], measures.distinct("measure")
    every = [*measures.numbers("value"), *measures.numbers("low"), *measures.numbers("high")]
    scale = scale_of(unit, every)
    figure, axes = chart(1.15 + (0.2 + 0.13 * len(kinds)) * len(inputs))
    for number, kind in enumerate(kinds):
        rows = [row for row in measures.where(measure=kind).rows if str(row[0]) in inputs]
        shown = measures.chosen(rows)
        value, low, high = (shown.numbers(name) / scale.factor for name in ("value", "low", "high"))
        offset = (number - (len(kinds) - 1) / 2) * 0.6 / len(kinds)
        axes.errorbar(
            value,
            [inputs.index(name) + offset for name in shown.texts("input")],
            xerr=np.nan_to_num([value - low, high - value]).clip(0.0),
            marker=MARKERS[number % len(MARKERS)],
            linestyle="none",
            color=COLOURS[number % len(COLOURS)],
            markersize=5.0,
            elinewidth=1.3,
            label=say(kind),
        )
    axes.axvline(0.0, color=INK, linewidth=0.8)
    name_rows(axes, inputs, columns=44)
    axes.xaxis.set_major_formatter(lambda value, _: scale.number(value * scale.factor))
    axes.set_xlabel(f"{axis} [{scale.word}]" if scale.word else axis)
    if len(kinds) > 1:
        legend_on_top(figure, axes)
    return figure
