"""Risk plot: the mean with its interval, and the band in which single ones lie, with those of its ends.

After Nelson (2008), *The MORE plot: displaying measures of risk and error from simulation output*: the
error of the mean shrinks with more replications, the band does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simlab.reports.figures.canvas import (
    COLOURS,
    chart,
    legend_on_top,
    name_rows,
    nothing_to_show,
    number_axis,
)
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table
from simlab.reports.wording import scale_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_risk(risk: Table, title: str, unit: str, band: str) -> Figure:
    """Draw how sure the mean is, and how far single runs lie from it.

    Parameters
    ----------
    risk
        A row a scenario: ``scenario``; ``mean``, ``mean low``, ``mean high``; ``lower``, ``lower low``,
        ``lower high`` and ``upper``, ``upper low``, ``upper high``, the ends of the band. An interval that
        is not there is NaN.
    title, unit
        What is drawn, and its unit.
    band
        What lies in the band.
    """
    shown = risk.chosen(
        row for row, at in zip(risk.rows, risk.numbers("mean"), strict=True) if np.isfinite(at)
    )
    if not len(shown):
        return nothing_to_show(say("Nothing was observed."))
    every = [number for column in shown.columns[1:] for number in shown.numbers(column.name)]
    scale = scale_of(unit, every)

    def of(name: str) -> list[float]:
        return [float(value) for value in shown.numbers(name) / scale.factor]

    rows = list(range(len(shown)))
    figure, axes = chart(1.25 + 0.42 * len(rows))
    axes.barh(
        rows,
        np.subtract(of("upper"), of("lower")),
        left=of("lower"),
        height=0.5,
        color=COLOURS[0],
        alpha=0.18,
        label=band,
    )
    for name in ("lower", "upper"):
        ends = [np.subtract(of(name), of(f"{name} low")), np.subtract(of(f"{name} high"), of(name))]
        axes.errorbar(
            of(name),
            rows,
            xerr=np.nan_to_num(ends).clip(0.0),
            fmt="|",
            color=COLOURS[0],
            markersize=13.0,
            elinewidth=1.2,
            capsize=2.5,
            label=say("interval of its ends") if name == "lower" else None,
        )
    means = [np.subtract(of("mean"), of("mean low")), np.subtract(of("mean high"), of("mean"))]
    axes.errorbar(
        of("mean"),
        rows,
        xerr=np.nan_to_num(means).clip(0.0),
        fmt="D",
        color=COLOURS[1],
        markersize=5.0,
        markeredgecolor="white",
        elinewidth=2.4,
        label=say("mean with its interval"),
    )
    name_rows(axes, shown.texts("scenario"), columns=36)
    number_axis(axes.xaxis)
    axes.set_xlabel(f"{title} [{scale.word}]" if scale.word else title)
    legend_on_top(figure, axes)
    return figure
