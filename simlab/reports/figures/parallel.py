"""Parallel coordinates: configurations as lines over their settings, coloured by a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simlab.reports.figures.canvas import INK, QUIET, chart, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import scale_of, shorten, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

MOST_SETTINGS: Final = 9
MOST_LINES: Final = 400
_MOST_LABELS: Final = 6


def draw_parallel(
    configurations: Table, settings: tuple[str, ...], figure_name: str, up: str, unit: str
) -> Figure:
    """Draw configurations as lines over the axes of their settings and of one figure, which colours them.

    Parameters
    ----------
    configurations
        A row a configuration: columns of the settings (texts or numbers), the figure, and ``role``, which is
        ``chosen`` for those that stand out.
    settings
        Columns of settings, at most `MOST_SETTINGS` of which are drawn.
    figure_name
        Column of the figure.
    up, unit
        What the figure is, and its unit.
    """
    from matplotlib import colormaps

    shown = configurations.chosen(
        row
        for row, value in zip(configurations.rows, configurations.numbers(figure_name), strict=True)
        if np.isfinite(value)
    )
    if not len(shown):
        return nothing_to_show(say("No point gave this figure."))
    value = shown.numbers(figure_name)
    order = np.argsort(-value)[-MOST_LINES:]
    columns = settings[:MOST_SETTINGS]
    figure, axes = chart(3.9)
    places = np.column_stack([_scaled(axes, number, shown, name) for number, name in enumerate(columns)])
    scale = scale_of(unit, value)
    low, high = float(value.min()), float(value.max())
    share = (value - low) / (high - low) if high > low else np.full(len(value), 0.5)
    _label_axis(
        axes,
        len(columns),
        [(0.0, scale.number(low)), (1.0, scale.number(high))] if high > low else [(0.5, scale.number(low))],
    )
    lines = np.column_stack([places, share])
    is_chosen = np.array([role == "chosen" for role in shown.texts("role")])
    colours = colormaps["viridis"](0.92 * share)
    for row in order.tolist():
        axes.plot(lines[row], color=colours[row], alpha=0.65, linewidth=1.0)
    for row in np.flatnonzero(is_chosen).tolist():
        axes.plot(lines[row], color=INK, linewidth=2.4, marker="o", markersize=5.0)
    for number in range(len(columns) + 1):
        axes.axvline(number, color=QUIET, linewidth=0.9)
    title = f"{up} [{scale.word}]" if scale.word else up
    names = [*(wrap(name, 17, lines=3) for name in columns), wrap(title, 17, lines=3)]
    axes.set_xticks(range(len(names)), names, fontsize=7.5)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_xlim(-0.25, len(columns) + 0.45)
    axes.set_ylim(-0.06, 1.06)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _scaled(axes: Axes, number: int, shown: Table, name: str) -> Floats:
    """Return a setting as places between 0 and 1, and label its axis."""
    cells = shown.cells(name)
    if all(isinstance(cell, int | float) for cell in cells):
        values = shown.numbers(name)
        low, high = float(values.min()), float(values.max())
        if low == high:
            _label_axis(axes, number, [(0.5, f"{low:.4g}")])
            return np.full(len(values), 0.5)
        _label_axis(axes, number, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")])
        return (values - low) / (high - low)
    labels = shown.distinct(name)
    last = max(len(labels) - 1, 1)
    every = -(-len(labels) // _MOST_LABELS)
    _label_axis(axes, number, [(place / last, labels[place]) for place in range(0, len(labels), every)])
    return np.array([labels.index(str(cell)) / last for cell in cells])


def _label_axis(axes: Axes, number: int, labels: list[tuple[float, str]]) -> None:
    for place, text in labels:
        axes.annotate(
            shorten(text, 12),
            (number, place),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
        )
