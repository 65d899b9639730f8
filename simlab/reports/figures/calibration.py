"""A calibration in pictures: the real log, the scenario and replay on top of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.calibrate.verdicts import LEAST_FLOOR
from simlab.model.wall_clock import WEEKDAYS
from simlab.reports.figures.canvas import (
    COLOURS,
    INK,
    LINES,
    MARKERS,
    QUIET,
    chart,
    legend_above,
    name_rows,
    nothing_to_show,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.calibration import DISTANCES, REAL
from simlab.reports.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = {"log": "log", "scenario": "scenario", "replay": "replay of the last cases"}


def draw_distances(distances: Table) -> Figure:
    """Draw the distances of all cases as multiples of the noise floor."""
    whole = distances.where(group="all")
    figure, axes = chart(2.6)
    names = list(DISTANCES.values())
    floor = {
        name: max(float(cell), LEAST_FLOOR)
        for name, cell in zip(whole.texts("distance"), whole.numbers("noise_floor"), strict=True)
    }

    def in_floors(column: str) -> list[float]:
        value = dict(zip(whole.texts("distance"), whole.numbers(column), strict=True))
        return [value[name] / floor[name] for name in names]

    rows = range(len(names))
    axes.hlines(rows, in_floors("one_log_least"), in_floors("one_log_most"), color=COLOURS[0], linewidth=1.5)
    for place, (column, label) in enumerate(
        (
            ("one_log", say("a simulated log: mean and range")),
            ("replay", say("replay of the last cases")),
        )
    ):
        axes.plot(
            in_floors(column),
            rows,
            linestyle="none",
            marker=MARKERS[place],
            color=COLOURS[place],
            markersize=7,
            label=label,
        )
    axes.axvline(1.0, color=INK, linewidth=1.0)
    _logarithmic(axes)
    least = min(axes.get_xlim()[0], 0.5)
    axes.axvspan(least, 1.5, color=QUIET, alpha=0.08, linewidth=0)
    axes.set_xlim(left=least)
    axes.set_xlabel(say("distance, in noise floors (line: 1; shaded: up to 1.5)"))
    name_rows(axes, [say(name) for name in names], 36)
    legend_above(axes, 2)
    return figure


def draw_cycle_times(cycle_times: Table) -> Figure:
    """Draw the distribution functions of cycle times."""
    if not len(cycle_times):
        return nothing_to_show(say("No case was foretold."))
    figure, axes = chart(2.9)
    _overlay(axes, cycle_times, "cycle_time")
    _logarithmic(axes)
    least = max(float(cycle_times.where(of=REAL).numbers("cycle_time").min()), 0.02)
    axes.set_xlim(left=least)
    axes.set_xlabel(say("cycle time in hours"))
    axes.set_ylabel(say("share of cases"))
    return figure


def draw_circadian(events: Table) -> Figure:
    """Draw the share of events by hour of the week."""
    figure, axes = chart(2.4)
    _overlay(axes, events, "hour_of_week")
    axes.set_xticks(np.arange(0, 168, 24) + 12, [say(day) for day in WEEKDAYS])
    for midnight in range(24, 168, 24):
        axes.axvline(midnight, color=QUIET, linewidth=0.5, alpha=0.5)
    axes.grid(visible=False, axis="x")
    axes.set_xlim(0, 168)
    axes.set_ylabel(say("share of events"))
    return figure


def draw_lengths(lengths: Table) -> Figure:
    """Draw the share of cases by number of events."""
    figure, axes = chart(2.4)
    _overlay(axes, lengths, "events", markers=True)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(say("events of a case (the last: so many and more)"))
    axes.set_ylabel(say("share of cases"))
    return figure


def draw_sequences(sequences: Table) -> Figure:
    """Draw how often the commonest sequences occur."""
    if not len(sequences):
        return nothing_to_show(say("No case has three events."))
    figure, axes = chart(0.7 + 0.26 * len(sequences))
    names = sequences.texts("sequence")
    for place, column in enumerate(("log", "scenario")):
        axes.plot(
            sequences.numbers(column),
            range(len(names)),
            linestyle="none",
            marker=MARKERS[place],
            color=COLOURS[place],
            label=say(column),
        )
    axes.set_xlim(left=0)
    axes.set_xlabel(say("per 1000 cases"))
    name_rows(axes, names, 64)
    axes.tick_params(axis="y", labelsize=7)
    legend_above(axes, 2)
    return figure


def draw_anchor(surface: Table) -> Figure:
    """Draw the likelihood of the anchor."""
    figure, axes = chart(2.2)
    axes.plot(
        surface.numbers("utilisation") * 100.0,
        surface.numbers("log_likelihood_below_best"),
        marker="o",
        color=COLOURS[0],
    )
    axes.set_xlabel(say("utilisation in %"))
    axes.set_ylabel(say("log-likelihood per event,\nbelow the best"))
    return figure


def _logarithmic(axes: Axes) -> None:
    """Make the horizontal axis logarithmic, with plain numbers at 1, 2 and 5 of each decade."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _overlay(axes: Axes, overlay: Table, x: str, *, markers: bool = False) -> None:
    for place, name in enumerate(overlay.distinct("of")):
        part = overlay.where(of=name)
        axes.plot(
            part.numbers(x),
            part.numbers("share"),
            color=INK if name == REAL else COLOURS[place - 1],
            linestyle=LINES[place],
            marker=MARKERS[place] if markers else None,
            markersize=4,
            label=say(_LABELS[name]),
        )
    axes.set_ylim(bottom=0)
    legend_above(axes, 3)
