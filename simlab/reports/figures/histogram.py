"""Within which spans of time tickets are resolved: bars by span, side by side for the scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    HATCHES,
    QUIET,
    chart,
    legend_above,
    nothing_to_show,
    number_axis,
)
from simlab.reports.figures.resolution import TICKS_MIN
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SCENARIOS: Final = 5
"""Scenarios that are drawn, the first ones; the table has all."""
_SPANS: Final = {**TICKS_MIN, 7200.0: "5 days", 14400.0: "10 days", 28800.0: "20 days", 57600.0: "40 days"}


def draw_resolution_histogram(histogram: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.times.resolution_histogram`."""
    if not len(histogram):
        return nothing_to_show(say("No ticket was resolved."))
    figure, axes = chart(2.9)
    scenarios = histogram.distinct("scenario")[:MOST_SCENARIOS]
    spans = histogram.where(scenario=scenarios[0])
    places, width = np.arange(len(spans)), 0.84 / len(scenarios)
    for number, scenario in enumerate(scenarios):
        shares = 100.0 * histogram.where(scenario=scenario).numbers("tickets")
        at = places + (number - (len(scenarios) - 1) / 2.0) * width
        axes.bar(
            at,
            shares,
            width,
            color=COLOURS[number],
            hatch=HATCHES[number],
            edgecolor="white",
            alpha=0.9,
            label=shorten(scenario, 40),
        )
        if len(scenarios) == 1:
            for x, share in zip(at.tolist(), shares.tolist(), strict=True):
                axes.annotate(
                    f"{share:.1f} %",
                    (x, share),
                    xytext=(0, 2),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7.5,
                    color=QUIET,
                )
    axes.set_xticks(places, [_span(float(row[1]), float(row[2])) for row in spans.rows])
    axes.tick_params(axis="x", length=0, labelsize=7.5)
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.12)
    number_axis(axes.yaxis, " %")
    axes.set_ylabel(say("tickets resolved"))
    axes.set_xlabel(say("time from creation to resolution"))
    legend_above(axes, len(scenarios), most_columns=3)
    return figure


def _span(start: float, end: float) -> str:
    """Return a span of time in as few words as possible, on two lines."""
    if start == 0.0:
        return say("up to\n{time}", time=say(_SPANS[end]))
    if not np.isfinite(end):
        return say("over\n{time}", time=say(_SPANS[start]))
    return say("{start}\nto {end}", start=say(_SPANS[start]), end=say(_SPANS[end]))
