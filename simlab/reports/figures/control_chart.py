"""Control charts: what happened, on the band that the scenario predicts, with control limits and signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import COLOURS, INK, QUIET, blank, legend_on_top, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import MINUS, SPACE, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_TICKS: Final = 9
_PANEL_IN: Final = 1.75


def draw_control_chart(chart: Table, titles: dict[str, str]) -> Figure:
    """Draw a panel for each figure.

    Parameters
    ----------
    chart
        Columns ``figure``, ``from``, ``unit``, ``predicted``, ``low``, ``high``; where it is about what
        happened also ``actual``, ``lower limit``, ``upper limit`` and ``signal``.
    titles
        What each figure is called.
    """
    names = chart.distinct("figure")
    if not names:
        return nothing_to_show(say("The log and the scenario have no figure in common."))
    n_rows = -(-len(names) // 2)
    figure = blank(0.5 + _PANEL_IN * n_rows)
    panels = figure.subplots(n_rows, 2 if len(names) > 1 else 1, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        _draw_panel(axes, chart.where(figure=name))
        axes.set_title(titles.get(name, name), fontsize=8.5)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    legend_on_top(figure, panels[0], most_columns=5)
    return figure


def _draw_panel(axes: Axes, rows: Table) -> None:
    has_actual = any(column.name == "actual" for column in rows.columns)
    bounds = ("low", "high", "predicted", *(("actual", "lower limit", "upper limit") if has_actual else ()))
    scale = scale_of(rows.texts("unit")[0], [value for name in bounds for value in rows.numbers(name)])
    at = {name: rows.numbers(name) / scale.factor for name in bounds}
    x = np.arange(len(rows))
    axes.fill_between(
        x,
        at["low"],
        at["high"],
        color=COLOURS[0],
        alpha=0.18,
        linewidth=0,
        label=say("predicted, 5 % to 95 %"),
    )
    axes.plot(x, at["predicted"], color=COLOURS[0], linewidth=1.0, label=say("predicted, mean"))
    if has_actual:
        for number, name in enumerate(("lower limit", "upper limit")):
            axes.plot(
                x,
                at[name],
                color=QUIET,
                linestyle="--",
                linewidth=0.9,
                label=say("control limits") if number == 0 else None,
            )
        axes.plot(x, at["actual"], color=INK, marker="o", markersize=3.5, linewidth=1.0, label=say("actual"))
        is_signal = np.array([bool(text) for text in rows.texts("signal")])
        axes.plot(
            x[is_signal],
            at["actual"][is_signal],
            "o",
            markersize=10.0,
            markerfacecolor="none",
            markeredgecolor=COLOURS[1],
            markeredgewidth=1.8,
            label=say("signal"),
        )
    _name_times(axes, rows.texts("from"))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace(",", SPACE).replace("-", MINUS))
    axes.set_ylabel(scale.word)
    axes.margins(x=0.03)


def _name_times(axes: Axes, moments: list[str]) -> None:
    """Label as many periods as there is room for, without the year after the first."""
    every = -(-len(moments) // _MOST_TICKS)
    places = list(range(0, len(moments), every))
    dates = [moments[place][:10] for place in places]
    short = [date[5:] for date in dates]
    axes.set_xticks(places, short, fontsize=7)
    if dates:
        axes.set_xlabel(
            dates[0][:4] if dates[0][:4] == dates[-1][:4] else f"{dates[0][:4]}–{dates[-1][:4]}", fontsize=7
        )
