"""Figures of an audit: weekly control charts, and how often targets were met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    INK,
    QUIET,
    blank,
    chart,
    legend_above,
    legend_on_top,
    name_rows,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.audit import target_title
from simlab.reports.tables.table import Table
from simlab.reports.wording import MINUS, SPACE, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_IN: Final = 1.75
_MOST_TICKS: Final = 8
_RING: Final = 9.0


def draw_weekly_charts(weeks: Table, titles: Mapping[str, str]) -> Figure:
    """Draw a panel for each chart of the table of weekly numbers.

    Parameters
    ----------
    titles
        What each chart is called; those that are not in it are left out.
    """
    names = [name for name in weeks.distinct("chart") if name in titles]
    if not names:
        return nothing_to_show(say("The log has too few whole weeks for a control chart."))
    n_rows = -(-len(names) // 2)
    figure = blank(0.5 + _PANEL_IN * n_rows)
    panels = figure.subplots(n_rows, 2 if len(names) > 1 else 1, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        _draw_panel(axes, weeks.where(chart=name))
        axes.set_title(titles[name], fontsize=8.5)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    signalled = [bool(any(weeks.where(chart=name).texts("signal"))) for name in names]
    legend_on_top(figure, panels[signalled.index(True) if any(signalled) else 0], most_columns=5)
    return figure


def _draw_panel(axes: Axes, rows: Table) -> None:
    numbers = {name: rows.numbers(name) for name in ("value", "centre", "lower limit", "upper limit")}
    scale = scale_of(rows.texts("unit")[0], np.concatenate(list(numbers.values())).tolist())
    at = {name: values / scale.factor for name, values in numbers.items()}
    x = np.arange(len(rows))
    is_judged = rows.numbers("judged") > 0
    low, high = (np.where(is_judged, at[name], np.nan) for name in ("lower limit", "upper limit"))
    axes.fill_between(
        x, low, high, color=COLOURS[0], alpha=0.15, linewidth=0, step="mid", label=say("limits")
    )
    axes.plot(x, at["centre"], color=COLOURS[0], linewidth=1.0, label=say("usual or expected"))
    axes.plot(x, at["value"], color=INK, marker="o", markersize=2.8, linewidth=0.9, label=say("actual"))
    if not is_judged.all():
        axes.plot(
            x[~is_judged], at["value"][~is_judged], "o", markersize=2.8, color=QUIET, label=say("not judged")
        )
    is_signal = np.array([bool(text) for text in rows.texts("signal")])
    axes.plot(
        x[is_signal],
        at["value"][is_signal],
        "o",
        markersize=_RING,
        markerfacecolor="none",
        markeredgecolor=COLOURS[1],
        markeredgewidth=1.6,
        label=say("signal"),
    )
    mondays = rows.texts("week of")
    every = -(-len(mondays) // _MOST_TICKS)
    places = list(range(0, len(mondays), every))
    axes.set_xticks(places, [mondays[place][5:] for place in places], fontsize=7)
    years = mondays[0][:4] if mondays[0][:4] == mondays[-1][:4] else f"{mondays[0][:4]}–{mondays[-1][:4]}"
    axes.set_xlabel(years, fontsize=7)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}".replace(",", SPACE).replace("-", MINUS))
    axes.set_ylabel(scale.word)
    axes.margins(x=0.03, y=0.12)


def draw_targets(met: Table, goal: float) -> Figure:
    """Draw how often each target was met, with its interval, beside the share that must meet it."""
    names = [
        target_title(target, priority)
        for target, priority in zip(met.texts("target"), met.texts("priority"), strict=True)
    ]
    figure, axes = chart(0.9 + 0.28 * len(names))
    value, low, high = (100.0 * met.numbers(name) for name in ("met", "low", "high"))
    axes.axvline(100.0 * goal, color=COLOURS[1], linewidth=1.2, linestyle="--", label=say("must be met by"))
    axes.errorbar(
        value,
        np.arange(len(names)),
        xerr=np.stack([value - low, high - value]).clip(0.0),
        fmt="o",
        color=COLOURS[0],
        markersize=4.5,
        elinewidth=1.3,
        label=say("met, with its 95 % interval"),
    )
    name_rows(axes, names)
    least = min(float(low.min()), 100.0 * goal)
    axes.set_xlim((0.0 if least < 50.0 else 50.0 if least < 80.0 else 80.0) - 1.0, 101.0)
    number_axis(axes.xaxis, " %")
    legend_above(axes, 2)
    return figure


def draw_ways(ways: Table, most: int) -> Figure:
    """Draw the most frequent ways that the scenario does not know."""
    names = [
        say("{before} to {after}", before=_end(before), after=_end(after))
        for before, after in zip(ways.texts("before")[:most], ways.texts("after")[:most], strict=True)
    ]
    figure, axes = chart(0.6 + 0.26 * len(names))
    axes.barh(np.arange(len(names)), ways.numbers("times")[:most], color=COLOURS[0], height=0.62)
    name_rows(axes, names, columns=46)
    axes.set_xlabel(say("times"))
    number_axis(axes.xaxis)
    return figure


def _end(activity: str) -> str:
    return say(activity) if activity in ("start", "end") else activity
