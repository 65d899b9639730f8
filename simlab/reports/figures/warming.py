"""Work in progress from the start of a run, with the warm-up found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.reports.figures.canvas import COLOURS, INK, chart, legend_above, svg_of
from simlab.reports.figures.fonts import fonts_for
from simlab.units import MINUTES, format_duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simlab.experiments.warming import WarmUpStudy


def draw_warm_up(study: WarmUpStudy) -> Figure:
    """Draw work in progress, its moving average after Welch, and the warm-up that MSER-5 recommends."""
    figure, axes = chart(3.2)
    unit = "day" if len(study.wip) * study.step_min > 2.0 * float(MINUTES["day"]) else "hour"
    days = np.arange(len(study.wip)) * study.step_min / float(MINUTES[unit])
    axes.plot(days, study.wip, color=COLOURS[0], alpha=0.35, linewidth=0.8, label="in the system")
    name = "moving average without the weekly pattern" if study.is_weekly else "moving average"
    axes.plot(days[: len(study.smooth)], study.smooth, color=COLOURS[1], label=name)
    axes.axvline(
        study.recommended / float(MINUTES[unit]),
        color=INK,
        linestyle="--",
        linewidth=1.0,
        label=f"warm-up {format_duration(study.recommended)}",
    )
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(f"{unit}s from the start")
    axes.set_ylabel("tickets")
    axes.margins(x=0.01)
    legend_above(axes, 3)
    return figure


def warm_up_svg(study: WarmUpStudy) -> str:
    """Return the drawing as the text of an SVG file."""
    return svg_of(lambda: draw_warm_up(study), fonts_for([]), "warm-up") + "\n"
