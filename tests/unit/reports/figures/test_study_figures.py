"""Figures of studies and business cases: they draw their tables, and labels stay apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from simlab.reports.figures.canvas import style
from simlab.reports.figures.cash_flow import draw_cash_flow
from simlab.reports.figures.curves import draw_curves
from simlab.reports.figures.fonts import fonts_for
from simlab.reports.figures.measures import draw_measures
from simlab.reports.figures.parallel import draw_parallel
from simlab.reports.figures.risk import draw_risk
from simlab.reports.figures.tornado import MOST_BARS, draw_tornado
from simlab.reports.tables.table import Table, table

NAMES: dict[str, Callable[[int], str]] = {
    "short": lambda n: f"n{n}",
    "long": lambda n: f"staffing.second_level_application_analysis.shifts.early_{n}.people",
    "hostile": lambda n: f"$\\frac{{{n}}}{{0}}$ </svg>",
    "Chinese": lambda n: f"二线应用分析与账号管理小组的早班人数{n}",
}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with style(fonts_for([name(1) for name in NAMES.values()])):
        yield


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure)
    figure.canvas.draw()
    return figure


def bars_of(names: list[str]) -> Table:
    rows = [(name, "10 min", "20 min", 500.0 - 9 * i, 500.0 + 7 * i, 500.0) for i, name in enumerate(names)]
    return table("t", "", ("input", "low setting", "high setting", "at low", "at high", "today"), rows)


def measures_of(names: list[str]) -> Table:
    rows = [(name, kind, 0.3, 0.2, 0.4) for name in names for kind in ("by itself", "with interactions")]
    return table("m", "", ("input", "measure", "value", "low", "high"), rows)


def curves_of(settings: list[str], curves: list[str]) -> Table:
    rows = [
        (setting, curve, 1.0 + i, float(i), 2.0 + i) for curve in curves for i, setting in enumerate(settings)
    ]
    return table("c", "", ("setting", "curve", "value", "low", "high"), rows)


def risk_of(names: list[str]) -> Table:
    parts = ("mean", "lower", "upper")
    heads = [f"{part}{end}" for part in parts for end in ("", " low", " high")]
    rows = [(name, 50.0, 45.0, 55.0, 5.0, 4.0, 6.0, 200.0, 180.0, 230.0) for name in names]
    return table("r", "", ("scenario", *heads), rows)


def lines_of(names: list[str]) -> Table:
    rows = [(float(i), name, 100.0 + i, "chosen" if i == 0 else "") for i, name in enumerate(names)]
    return table("p", "", ("a", "b", "y", "role"), rows)


FIGURES: dict[str, Callable[[list[str]], Figure]] = {
    "tornado": lambda names: draw_tornado(bars_of(names), "Mean", "min"),
    "measures": lambda names: draw_measures(measures_of(names), "share", "share of the variance"),
    "curves": lambda names: draw_curves(curves_of(names, ["one", "two"]), "setting", "Mean", "min"),
    "risk": lambda names: draw_risk(risk_of(names), "time", "min", "5 % to 95 %"),
    "parallel": lambda names: draw_parallel(lines_of(names), ("a", "b"), "y", "Mean", "min"),
}


@pytest.mark.parametrize(("n", "kind"), [(3, "short"), (40, "long"), (40, "hostile"), (40, "Chinese")])
@pytest.mark.parametrize("figure", FIGURES)
def test_labels_lie_on_the_figure_and_do_not_overlap(figure: str, n: int, kind: str) -> None:
    picture = drawn(FIGURES[figure]([NAMES[kind](number) for number in range(n)]))
    for axes in picture.axes:
        low_end, high_end = sorted(axes.get_ylim())
        inside = [label for label in axes.get_yticklabels() if low_end <= label.get_position()[1] <= high_end]
        boxes = [label.get_window_extent() for label in inside if label.get_text()]
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.y1 <= picture.bbox.height for box in boxes)
        ordered = sorted((box for box in boxes if box.width > 0), key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(ordered))
        if all(label.get_rotation() == 0 for label in axes.get_xticklabels()):
            across = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
            side = sorted((box for box in across if box.width > 0), key=lambda box: box.x0)
            assert all(left.x1 <= right.x0 + 1.0 for left, right in pairwise(side))


@pytest.mark.parametrize("figure", FIGURES)
def test_an_empty_table_gives_a_figure_that_says_so(figure: str) -> None:
    assert FIGURES[figure]([]).texts


def test_bars_of_a_tornado_reach_from_today_to_both_ends_and_the_widest_is_on_top() -> None:
    axes = draw_tornado(bars_of([f"n{i}" for i in range(20)]), "Mean", "min").axes[0]
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == [f"n{i}" for i in range(19, 19 - MOST_BARS, -1)]
    low, high = axes.containers[0][0], axes.containers[1][0]
    # In hours: 500 min as it is, 19 steps of 9 down and of 7 up.
    assert low.get_width() * 60 == pytest.approx(-171.0)
    assert high.get_width() * 60 == pytest.approx(133.0)


def test_tornado_leaves_room_for_words_beside_bars_that_all_go_one_way() -> None:
    rows = [
        ("people", "3", "5", 100.0, 140.0, 100.0),
        ("rate", "399.2/week", "444.7/week", 100.0, 100.0, 100.0),
    ]
    bars = table("t", "", ("input", "low setting", "high setting", "at low", "at high", "today"), rows)
    figure = drawn(draw_tornado(bars, "Mean", "min"))
    axes = figure.axes[0]
    inside = axes.get_window_extent()
    for text in axes.texts:
        assert inside.x0 <= text.get_window_extent().x0
        assert text.get_window_extent().x1 <= inside.x1


def test_curves_have_the_points_of_the_table() -> None:
    numbers = table(
        "c",
        "",
        ("setting", "curve", "value", "low", "high"),
        [(1.0, "a", 60.0, 50.0, 70.0), (2.0, "a", 80.0, 70.0, 90.0)],
    )
    axes = draw_curves(numbers, "people", "Mean", "min").axes[0]
    line = axes.get_lines()[0]
    np.testing.assert_array_equal(line.get_xdata(), [1.0, 2.0])
    np.testing.assert_array_equal(line.get_ydata(), [60.0, 80.0])
    assert axes.get_ylabel() == "Mean [min]"


def test_risk_plot_has_band_ends_and_mean() -> None:
    axes = draw_risk(risk_of(["s"]), "time", "min", "band").axes[0]
    (band,) = (bar for bar in axes.patches if isinstance(bar, Rectangle))
    scale = 60.0 if "[h]" in axes.get_xlabel() else 1.0
    assert (band.get_x() * scale, (band.get_x() + band.get_width()) * scale) == pytest.approx((5.0, 200.0))
    assert axes.get_legend_handles_labels()[1] == ["band", "interval of its ends", "mean with its interval"]


def test_parallel_lines_pass_through_their_settings() -> None:
    axes = draw_parallel(lines_of(["x", "y", "z"]), ("a", "b"), "y", "Mean", "min").axes[0]
    lines = [
        np.asarray(line.get_ydata()) for line in axes.get_lines() if len(np.asarray(line.get_ydata())) == 3
    ]
    assert any(np.allclose(line, [0.0, 0.0, 0.0]) for line in lines)
    assert any(np.allclose(line, [1.0, 1.0, 1.0]) for line in lines)


def test_cash_flow_stacks_lines_and_the_fan_spans_p10_to_p90() -> None:
    flows = table("f", "", ("line", "part", "counted", "year", "amount"), [
        ("build", "one-off", "yes", 0, -100.0), ("build", "one-off", "yes", 1, 0.0),
        ("pay", "cash", "yes", 0, 0.0), ("pay", "cash", "yes", 1, 150.0),
        ("users", "users", "no", 0, 0.0), ("users", "users", "no", 1, 999.0),
    ])  # fmt: skip
    value = table(
        "v",
        "",
        ("year", "net flow", "P10", "P50", "P90"),
        [(0, -100.0, -110.0, -100.0, -90.0), (1, 150.0, 10.0, 40.0, 70.0)],
    )
    above, below = draw_cash_flow(flows, value, "EUR").axes
    assert above.get_legend_handles_labels()[1] == ["net", "build", "pay"]
    heights = [bar.get_height() for bars in above.containers for bar in bars]
    assert heights == [-100.0, 0.0, 0.0, 150.0]
    (fan,) = (each for each in below.collections if isinstance(each, PolyCollection))
    ends = np.asarray(fan.get_paths()[0].vertices)
    assert (float(np.min(ends[:, 1])), float(np.max(ends[:, 1]))) == (-110.0, 70.0)


def test_lines_of_a_flow_beyond_the_largest_are_put_together() -> None:
    rows = [(f"l{i}", "cash", "yes", year, math.pow(2.0, i)) for i in range(9) for year in range(2)]
    flows = table("f", "", ("line", "part", "counted", "year", "amount"), rows)
    value = table(
        "v",
        "",
        ("year", "net flow", "P10", "P50", "P90"),
        [(0, 511.0, 1.0, 2.0, 3.0), (1, 511.0, 1.0, 2.0, 3.0)],
    )
    above = draw_cash_flow(flows, value, "EUR").axes[0]
    assert above.get_legend_handles_labels()[1][-1] == "other"
    assert above.containers[-1][0].get_height() == 1.0 + 2.0 + 4.0
