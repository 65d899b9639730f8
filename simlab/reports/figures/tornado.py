"""Tornado: how far each input moves one figure, the widest at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.business.case import SIMULATION
from simlab.reports.figures.canvas import (
    COLOURS,
    HATCHES,
    INK,
    QUIET,
    chart,
    legend_on_top,
    name_rows,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import Scale, rounded, scale_of, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS: Final = 15
"""Inputs that are drawn: those that move most; the table has all."""
_SETTING_COLUMNS: Final = 16
_SAID: Final = {SIMULATION: say}
"""Inputs that are no key paths."""


def draw_tornado(bars: Table, title: str, unit: str) -> Figure:
    """Draw one figure over its inputs.

    Parameters
    ----------
    bars
        Columns ``input``, ``low setting``, ``high setting``, ``at low``, ``at high``, ``today``; a row an
        input.
    title, unit
        What is drawn, and its unit.
    """
    ends = np.array([bars.numbers(column) for column in ("at low", "at high", "today")])
    width = ends.max(axis=0) - ends.min(axis=0)
    known = [place for place in np.argsort(-width, kind="stable") if np.isfinite(width[place])]
    rows = [bars.rows[place] for place in known[:MOST_BARS]]
    if not rows:
        return nothing_to_show(say("No input moves it."))
    shown = bars.chosen(rows)
    low, high, today = shown.numbers("at low"), shown.numbers("at high"), float(shown.numbers("today")[0])
    scale = scale_of(unit, [*low, *high, today])
    figure, axes = chart(1.0 + 0.34 * len(rows))
    for number, (values, word) in enumerate(((low, say("low value")), (high, say("high value")))):
        axes.barh(
            range(len(rows)),
            (values - today) / scale.factor,
            left=today / scale.factor,
            height=0.62,
            color=COLOURS[number],
            alpha=0.85,
            hatch=HATCHES[number],
            edgecolor="white",
            label=word,
        )
    axes.axvline(today / scale.factor, color=INK, linewidth=1.0)
    name_rows(axes, [_SAID.get(name, str)(name) for name in shown.texts("input")], columns=48)
    _write_settings(axes, shown, scale)
    number_axis(axes.xaxis)
    axes.set_xlabel(f"{title} [{scale.word}]" if scale.word else title)
    legend_on_top(figure, axes)
    return figure


def _write_settings(axes: Axes, shown: Table, scale: Scale) -> None:
    """Write at both ends of each bar which value is meant, outside of it."""
    for row, cells in enumerate(shown.rows):
        _, low_text, high_text, low, high, _ = cells
        ends = sorted([(float(low), str(low_text)), (float(high), str(high_text))], key=lambda end: end[0])
        for (value, text), (sign, side) in zip(ends, ((-1, "right"), (1, "left")), strict=True):
            axes.annotate(
                shorten(rounded(text), _SETTING_COLUMNS),
                (value / scale.factor, row),
                xytext=(4 * sign, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=7.5,
                color=QUIET,
            )
    # Room for the words beside the bars, also where all bars begin at one side of the axis.
    axes.use_sticky_edges = False
    axes.margins(x=0.22)
