"""How long tickets take: the share resolved within a time, by scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.reports.figures.canvas import COLOURS, LINES, QUIET, chart, legend_above, nothing_to_show
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TICKS_MIN: Final = {
    1 / 60: "1 s", 1 / 6: "10 s", 1: "1 min", 5: "5 min", 15: "15 min", 60: "1 h", 240: "4 h", 480: "8 h",
    1440: "1 day", 2880: "2 days", 10080: "1 week", 40320: "4 weeks", 131040: "13 weeks", 524160: "1 year",
}  # fmt: skip
"""Times at which people think."""


def draw_resolution_distribution(distribution: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.times.resolution_distribution`."""
    if not len(distribution):
        return nothing_to_show(say("No ticket was resolved."))
    figure, axes = chart(3.6)
    scenarios = distribution.distinct("scenario")
    for number, scenario in enumerate(scenarios):
        curve = distribution.where(scenario=scenario)
        axes.plot(
            curve.numbers("within"),
            100.0 * curve.numbers("tickets"),
            color=COLOURS[number % len(COLOURS)],
            linestyle=LINES[number % len(LINES)],
            label=shorten(scenario, 40),
        )
    axes.set_ylim(0.0, 102.0)
    axes.set_yticks([0, 25, 50, 75, 90, 100], ["0 %", "25 %", "50 %", "75 %", "90 %", "100 %"])
    axes.axhline(90.0, color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_ylabel(say("tickets resolved"))
    scale_times(axes, distribution.numbers("within"))
    axes.set_xlabel(say("within this time after creation (logarithmic)"))
    legend_above(axes, len(scenarios), most_columns=3)
    return figure


def scale_times(axes: Axes, minutes: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Make the horizontal axis logarithmic, with ticks at times that people use."""
    low, high = float(minutes.min()), float(minutes.max())
    axes.set_xscale("log")
    axes.set_xlim(low, high if high > low else low * 2.0)
    ticks = {at: word for at, word in TICKS_MIN.items() if low <= at <= high} or {low: ""}
    kept, last = {}, -np.inf
    for at, word in ticks.items():
        # Two ticks nearer than a fourteenth of the axis would run into each other.
        place = np.log(at / low) / np.log(high / low) if high > low else 0.0
        if place - last >= 1.0 / 14.0:
            kept[at], last = word, place
    axes.set_xticks(list(kept), [say(word) for word in kept.values()])
    axes.minorticks_off()
