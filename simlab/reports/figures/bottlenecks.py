"""Where tickets wait and why: bars by place, split by cause, the longest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from simlab.metrics.flow import WaitingCause
from simlab.reports.figures.canvas import (
    COLOURS,
    HATCHES,
    QUIET,
    chart,
    legend_on_top,
    name_rows,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import MINUS, short_count, short_time, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PLACES: Final = 15
MOST_BARS: Final = 40
"""So many fit on a sheet of paper."""
_LEAST_MIN: Final = 0.5
"""Gains of less are not written beside a bar."""
_LOOK: Final = {
    WaitingCause.ALL_BUSY: (COLOURS[1], HATCHES[0]),
    WaitingCause.NOBODY_ON_DUTY: ("#7f8c99", HATCHES[1]),
    WaitingCause.DELAY: (COLOURS[4], HATCHES[2]),
    WaitingCause.AUTOMATION: (COLOURS[2], HATCHES[4]),
    WaitingCause.DORMANT: (COLOURS[3], HATCHES[3]),
}


_WORDS: Final = {WaitingCause.DORMANT: "resolved, before it is reopened", WaitingCause.DELAY: "wait step"}


def draw_bottlenecks(places: Table) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.bottlenecks`: the longest waits."""
    if not len(places):
        return nothing_to_show(say("No ticket waited, or no logs were kept."))
    names, scenarios = places.distinct("place"), places.distinct("scenario")
    names = names[: most_places(len(scenarios))]
    bars = [(name, scenario) for name in names for scenario in scenarios]
    figure, axes = chart(1.1 + 0.27 * len(bars))
    hours = {(row[1], row[0], row[2]): float(row[3]) for row in places.rows}
    gains = {bar: _gain(places, *bar) for bar in bars}
    total = np.zeros(len(bars))
    causes = [cause for cause in _LOOK if any(key[2] == cause.value for key in hours)]
    for cause in causes:
        width = np.array([hours.get((*bar, cause.value), 0.0) for bar in bars])
        colour, hatch = _LOOK[cause]
        axes.barh(
            range(len(bars)), width, left=total, color=colour, hatch=hatch, edgecolor="white", height=0.78,
            linewidth=0.6, label=say(_WORDS.get(cause, cause.value)),
        )  # fmt: skip
        total += width
    room = float(total.max()) * 0.012
    for row, amount in enumerate(total.tolist()):
        gain = gains[bars[row]]
        told = (
            f"{short_count(amount)} · {MINUS}{short_time(gain)}"
            if gain >= _LEAST_MIN
            else short_count(amount)
        )
        axes.text(amount + room, row, told, va="center", color=QUIET, fontsize=7.5)
    several = len(scenarios) > 1
    labels = [
        f"{shorten(name, 24)} · {shorten(scenario, 22)}" if several else name for name, scenario in bars
    ]
    name_rows(axes, labels, columns=50)
    for row in range(len(scenarios), len(bars), len(scenarios)):
        if several:
            axes.axhline(row - 0.5, color="#dfe4e9", linewidth=0.8)
    axes.set_xlim(0.0, float(total.max()) * 1.14)
    number_axis(axes.xaxis)
    axes.set_xlabel(say("ticket-hours of waiting a week"))
    legend_on_top(figure, axes, most_columns=5)
    return figure


def most_places(n_scenarios: int) -> int:
    """Return of how many places the waits are drawn, side by side for so many scenarios."""
    return min(MOST_PLACES, max(MOST_BARS // n_scenarios, 3))


def _gain(places: Table, place: str, scenario: str) -> float:
    """Return by how much the mean ticket would be done sooner without waiting at a place, at most."""
    rows = places.where(place=place, scenario=scenario)
    return float(np.nansum(rows.numbers(places.columns[-1].name)))
