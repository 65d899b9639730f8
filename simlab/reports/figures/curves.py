"""Curves of a figure over a setting, with intervals: sweeps, staffing curves, cost curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    LINES,
    MARKERS,
    chart,
    legend_on_top,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import scale_of, shorten, text_width, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CURVES: Final = len(COLOURS)
"""Curves that are drawn, the first ones; the table has all."""
_MOST_TICKS: Final = 14


def draw_curves(curves: Table, across: str, up: str, unit: str, *, from_zero: bool = False) -> Figure:
    """Draw a figure over the values of a setting.

    Parameters
    ----------
    curves
        Columns ``setting`` (text or number), ``curve``, ``value``, ``low``, ``high``; points of a curve are
        joined in the order of the table. The ends are NaN where there is no interval.
    across, up
        What the setting and the figure are.
    unit
        Unit of the figure.
    from_zero
        Whether the axis begins at 0.
    """
    shown = curves.chosen(row for row in curves.rows if np.isfinite(float(row[2])))
    if not len(shown):
        return nothing_to_show(say("No point gave this figure."))
    names, settings = shown.distinct("curve")[:MOST_CURVES], shown.distinct("setting")
    is_number = all(isinstance(cell, int | float) for cell in shown.cells("setting"))
    ends = [number for name in ("value", "low", "high") for number in shown.numbers(name)]
    scale = scale_of(unit, ends)
    figure, axes = chart(3.4)
    for number, name in enumerate(names):
        rows = shown.where(curve=name)
        x = (
            rows.numbers("setting")
            if is_number
            else np.array([settings.index(each) for each in rows.texts("setting")], np.float64)
        )
        # Side by side, so that curves that agree can both be seen.
        shift = (number - (len(names) - 1) / 2) * (
            0.006 * np.ptp(x) if is_number else 0.5 / max(len(names), 4)
        )
        value, low, high = (rows.numbers(each) / scale.factor for each in ("value", "low", "high"))
        axes.errorbar(
            x + shift,
            value,
            yerr=np.nan_to_num([value - low, high - value]).clip(0.0),
            color=COLOURS[number],
            linestyle=LINES[number],
            marker=MARKERS[number],
            markersize=4.5,
            elinewidth=1.1,
            capsize=2.5,
            label=shorten(name, 44),
        )
    if not is_number:
        _name_settings(axes, settings)
    elif len(settings) <= _MOST_TICKS:
        axes.set_xticks([float(each) for each in settings], [f"{float(each):.4g}" for each in settings])
    if from_zero:
        axes.set_ylim(bottom=0.0)
        axes.locator_params(axis="y", integer=True)
    number_axis(axes.yaxis)
    axes.set_xlabel(shorten(across, 90))
    axes.set_ylabel(wrap(f"{up} [{scale.word}]" if scale.word else up, 34))
    if len(names) > 1:
        legend_on_top(figure, axes)
    return figure


def _name_settings(axes: Axes, settings: list[str]) -> None:
    """Label as many settings as there is room for, turned where they are long."""
    every = -(-len(settings) // _MOST_TICKS)
    places = range(0, len(settings), every)
    labels = [shorten(settings[place], 18) for place in places]
    is_long = max(text_width(label) for label in labels) * len(labels) > 110
    axes.set_xticks(list(places), labels)
    if is_long:
        for label in axes.get_xticklabels():
            label.set(rotation=35.0, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.6, len(settings) - 0.4)
