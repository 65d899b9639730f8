"""Cash flow by year, and the fan of what all flows so far are worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import COLOURS, HATCHES, INK, QUIET, blank
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import Scale, scale_of, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES: Final = 6
"""Lines of the flow that are drawn by themselves, the largest; the others are put together."""
LABEL_PT: Final = 9.0
"""Labels at the end of the fan are at least so many points apart."""


def draw_cash_flow(flows: Table, value: Table, currency: str) -> Figure:
    """Draw the flows by line and year, and below them the value so far.

    Parameters
    ----------
    flows, value
        Tables of :func:`simlab.reports.tables.business.cash_flows` and ``value_over_time``.
    currency
        Of all amounts.
    """
    figure = blank(5.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.15, 1.0))
    _draw_lines(above, flows, value, currency)
    _draw_fan(below, value, currency)
    years = value.numbers("year")
    below.set_xticks(
        years, [say("start") if year == 0 else say("year {n}", n=f"{year:.0f}") for year in years]
    )
    if len(years) > 12:
        below.tick_params(axis="x", labelrotation=45)
    return figure


def _draw_lines(axes: Axes, flows: Table, value: Table, currency: str) -> None:
    counted = flows.where(counted="yes")
    by_line = {name: counted.where(line=name).numbers("amount") for name in counted.distinct("line")}
    size = {name: float(np.abs(amounts).sum()) for name, amounts in by_line.items()}
    largest = sorted(size, key=lambda name: -size[name])[:MOST_LINES]
    rest = [amounts for name, amounts in by_line.items() if name not in largest]
    drawn = {name: by_line[name] for name in by_line if name in largest}
    if rest:
        drawn[say("other")] = np.sum(rest, axis=0)
    years, net = value.numbers("year"), value.numbers("net flow")
    scale = scale_of(currency, [*net, *(amount for amounts in drawn.values() for amount in amounts)])
    up, down = np.zeros(len(years)), np.zeros(len(years))
    for number, (name, amounts) in enumerate(drawn.items()):
        bottom = np.where(amounts >= 0.0, up, down)
        axes.bar(
            years,
            amounts,
            0.6,
            bottom=bottom,
            label=shorten(say(name.replace("_", " ")), 34),
            color=COLOURS[number % len(COLOURS)],
            hatch=HATCHES[number % len(HATCHES)],
            edgecolor="white",
            alpha=0.85,
        )
        up, down = up + np.maximum(amounts, 0.0), down + np.minimum(amounts, 0.0)
    axes.plot(years, net, "D", color=INK, markersize=5.0, markeredgecolor="white", label=say("net"))
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_title(say("Flow by year"))
    axes.set_ylabel(currency)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(lambda amount, _: scale.number(amount))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, handlelength=1.6)


def _draw_fan(axes: Axes, value: Table, currency: str) -> None:
    years = value.numbers("year")
    low, median, high = (value.numbers(level) for level in ("P10", "P50", "P90"))
    scale = scale_of(currency, [*low, *high])
    axes.fill_between(years, low, high, color=COLOURS[0], alpha=0.18, linewidth=0, label=say("P10 to P90"))
    axes.plot(years, median, color=COLOURS[0], marker="o", markersize=4.0, label=say("P50"))
    axes.axhline(0.0, color=INK, linewidth=0.8)
    _label_ends(axes, years[-1], {"P90": high[-1], "P50": median[-1], "P10": low[-1]}, scale)
    axes.set_title(say("Worth so far, discounted"))
    axes.set_ylabel(currency)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(lambda amount, _: scale.number(amount))
    handles = axes.get_legend_handles_labels()
    axes.legend(*handles, loc="upper left", handlelength=1.6)


def _label_ends(axes: Axes, year: float, ends: dict[str, float], scale: Scale) -> None:
    """Write the last values beside the fan: apart where they lie close, once where they are equal."""
    bottom, top = axes.get_ylim()
    points = axes.get_window_extent().height * 72.0 / axes.figure.dpi / (top - bottom)
    middle = ends["P50"]
    for level, amount in ends.items():
        if level != "P50" and scale.number(amount) == scale.number(middle):
            continue
        apart = (amount - middle) * points
        shift = 0.0 if level == "P50" else math.copysign(max(LABEL_PT - abs(apart), 0.0), apart)
        axes.annotate(
            f"{level} {scale.number(amount)}",
            (year, amount),
            xytext=(6, shift),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=QUIET,
            annotation_clip=False,
        )
