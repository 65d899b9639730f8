"""Work in progress and queues over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simlab.reports.figures.canvas import COLOURS, LINES, QUIET, chart, legend_above, nothing_to_show
from simlab.reports.language.catalogue import ENGLISH, say, spoken
from simlab.reports.tables.table import Table
from simlab.reports.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES: Final = len(COLOURS)
"""Teams whose queues are drawn over time: the longest ones; the table has all."""

MOST_LIMITS: Final = 3
"""Teams up to which control limits of their queues are drawn; the table has all."""
_DATES: Final = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"]
_OFFSETS: Final = ["", "%Y", "%Y", "%d %b %Y", "%d %b %Y", "%d %b %Y %H:%M"]
_NUMERIC_DATES: Final = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"]
_NUMERIC_OFFSETS: Final = ["", "%Y", "%Y", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"]
_NO_LOGS: Final = "No logs were kept, so there is no detail over time."


def draw_work_in_progress(
    progress: Table, limits: Table | None = None, actions: Table | None = None
) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.work_in_progress`.

    Of a single scenario, the control limits of :func:`simlab.reports.tables.load.control_limits` are drawn
    too, and it is shaded where control rules act, by :func:`simlab.reports.tables.load.control_actions`.
    """
    if not len(progress):
        return nothing_to_show(say(_NO_LOGS))
    figure, axes = chart(2.9)
    scenarios = progress.distinct("scenario")
    for number, scenario in enumerate(scenarios):
        rows = progress.where(scenario=scenario)
        when, colour = _days(rows), COLOURS[number % len(COLOURS)]
        axes.fill_between(
            when,
            rows.numbers("least"),
            rows.numbers("most"),
            step="post",
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.step(
            when,
            rows.numbers("tickets"),
            where="post",
            color=colour,
            linestyle=LINES[number % len(LINES)],
            linewidth=1.3,
            label=shorten(scenario, 40),
        )
    if limits is not None and len(limits) == len(scenarios) == 1:
        for place, name in enumerate(("lower limit", "upper limit")):
            label = say("control limits") if place else None
            at = float(limits.numbers(name)[0])
            axes.axhline(at, color=QUIET, linestyle="--", linewidth=0.9, label=label)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(say("tickets in the system"))
    if len(scenarios) == 1:
        _shade_rules(axes, actions)
    date_axis(axes)
    legend_above(axes, len(axes.get_legend_handles_labels()[1]), most_columns=3)
    return figure


def draw_queues(queues: Table, actions: Table | None = None, limits: Table | None = None) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.queues`, one scenario of it.

    Where control rules act, by :func:`simlab.reports.tables.load.control_actions`, it is shaded. The upper
    limits of :func:`simlab.reports.tables.load.queue_limits` are drawn for up to `MOST_LIMITS` teams.
    """
    if not len(queues):
        return nothing_to_show(say(_NO_LOGS))
    figure, axes = chart(2.9)
    teams = longest_queues(queues, MOST_LINES)
    _step_lines(axes, queues, "waiting", teams)
    bounded = [] if limits is None or len(limits) > MOST_LIMITS else limits.rows
    for row in bounded:
        if row[1] in teams:
            colour = COLOURS[teams.index(str(row[1]))]
            axes.axhline(float(row[4]), color=colour, linestyle=":", linewidth=1.0)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(say("tickets waiting"))
    n_rules = _shade_rules(axes, actions)
    date_axis(axes)
    legend_above(axes, max(len(teams) + n_rules, 2))
    return figure


def draw_staff(staff: Table, actions: Table | None = None) -> Figure:
    """Draw the table of :func:`simlab.reports.tables.load.staff`.

    Where control rules act, by :func:`simlab.reports.tables.load.control_actions`, it is shaded.
    """
    if not len(staff):
        return nothing_to_show(say(_NO_LOGS))
    figure, axes = chart(2.7)
    teams = most_staffed(staff, MOST_LINES)
    _step_lines(axes, staff, "on duty", teams, last_days=7.0)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(say("hours on duty a week"))
    n_rules = _shade_rules(axes, actions)
    date_axis(axes)
    legend_above(axes, max(len(teams) + n_rules, 2))
    return figure


def _step_lines(axes: Axes, rows: Table, column: str, teams: Sequence[str], last_days: float = 0.0) -> None:
    """Draw a column as a line of steps for each team; the last step goes on for so many days."""
    for number, team in enumerate(teams):
        own = rows.where(team=team)
        when, values = _days(own), own.numbers(column)
        if last_days:
            when, values = np.append(when, when[-1] + last_days), np.append(values, values[-1])
        axes.step(
            when,
            values,
            where="post",
            color=COLOURS[number],
            linestyle=LINES[number],
            linewidth=1.3,
            label=shorten(team, 30),
        )


def most_staffed(queues: Table, most: int) -> list[str]:
    """Return the teams with the most people on duty, in the order of the scenario."""
    return _greatest(queues, "on duty", most)


def _shade_rules(axes: Axes, actions: Table | None) -> int:
    """Shade when each control rule acts; return how many rules there are."""
    rules = [] if actions is None else actions.distinct("rule")
    for number, rule in enumerate(rules):
        assert actions is not None
        _shade(axes, actions.where(rule=rule), number, len(rules))
    return len(rules)


def _shade(axes: Axes, rows: Table, number: int, n_rules: int) -> None:
    """Shade when one rule acts, each of several in a band of its own, as dark as the share of time."""
    when, shares = _days(rows), rows.numbers("acting")
    width = float(np.diff(when).mean()) if len(when) > 1 else 1.0
    low, high = number / n_rules, (number + 1) / n_rules
    for start, share in zip(when.tolist(), shares.tolist(), strict=True):
        if share > 0.0:
            axes.axvspan(start, start + width, low, high, color=QUIET, alpha=0.35 * share, linewidth=0)
    label = shorten(say("{rule} acts", rule=rows.texts("rule")[0]), 30)
    axes.fill_between([], [], [], color=QUIET, alpha=0.35, linewidth=0, label=label)


def longest_queues(queues: Table, most: int) -> list[str]:
    """Return the teams with the longest queues, in the order of the scenario."""
    return _greatest(queues, "waiting", most)


def _greatest(queues: Table, column: str, most: int) -> list[str]:
    teams = queues.distinct("team")
    mean = {}
    for team in teams:
        numbers = queues.where(team=team).numbers(column)
        known = numbers[~np.isnan(numbers)]
        mean[team] = float(known.mean()) if len(known) else 0.0  # none where the run ended before the warm-up
    longest = sorted(teams, key=lambda team: -mean[team])[:most]
    return [team for team in teams if team in longest]


def _days(rows: Table) -> NDArray[np.float64]:
    """Return the local times of the rows as matplotlib counts them, in days."""
    from matplotlib.dates import date2num

    moments = [datetime.fromisoformat(moment) for moment in rows.texts("from")]
    return np.asarray(date2num(moments))  # type: ignore[no-untyped-call]


def date_axis(axes: Axes, most_ticks: int = 10, margin: float | None = 0.01) -> None:
    """Label the horizontal axis with dates, in days as matplotlib counts them."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=2, maxticks=most_ticks)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    # Months have names in English only; elsewhere dates are numbers.
    formats = _DATES if spoken() is ENGLISH else _NUMERIC_DATES
    offsets = _OFFSETS if spoken() is ENGLISH else _NUMERIC_OFFSETS
    formatter = ConciseDateFormatter(locator, formats=formats, offset_formats=offsets)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    if margin is not None:
        axes.margins(x=margin)
    axes.xaxis.get_offset_text().set_color(QUIET)
