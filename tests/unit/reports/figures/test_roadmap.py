"""The timeline of a roadmap is that of the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import num2date

from simlab.reports.figures.canvas import style
from simlab.reports.figures.fonts import fonts_for
from simlab.reports.figures.roadmap import draw_roadmap
from simlab.reports.tables.roadmap import roadmap

ROADMAP = {
    "roadmap": [
        {"at": "2026-04-01", "label": "Bot", "set": {"automation.bot.level": "full"}, "ramp": "4 weeks"},
        {"at": "2026-02-01 08:00", "set": {"staffing.desk.people": 4}},
    ]
}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with style(fonts_for(["推行计划"])):
        yield


def test_changes_are_told_in_order_of_time_with_the_end_of_their_ramps() -> None:
    assert roadmap(ROADMAP).rows == (
        ("staffing.desk.people: 4", "2026-02-01 08:00", "2026-02-01 08:00", "staffing.desk.people: 4"),
        ("Bot", "2026-04-01 00:00", "2026-04-29 00:00", "automation.bot.level: full"),
    )


def test_a_ramp_is_a_bar_from_its_begin_to_its_end() -> None:
    axes = draw_roadmap(roadmap(ROADMAP)).axes[0]
    (bar,) = [bar for bars in axes.containers for bar in bars]
    begin = num2date(bar.get_x())  # type: ignore[no-untyped-call]
    assert begin.date().isoformat() == "2026-04-01"
    assert bar.get_width() == pytest.approx(28.0)


def test_a_scenario_without_roadmap_has_an_empty_figure() -> None:
    assert draw_roadmap(roadmap({})).texts


@pytest.mark.parametrize("label", ["x", "推行计划与培训以及更多的内容说明文字", "$\\frac{1}{0}$ " * 6])
def test_labels_of_forty_changes_do_not_overlap(label: str) -> None:
    many = [{"at": f"2026-{1 + n % 12:02d}-01", "label": f"{label}{n}", "set": {"a.b": n}} for n in range(40)]
    figure = draw_roadmap(roadmap({"roadmap": many}))
    FigureCanvasAgg(figure)
    figure.canvas.draw()
    boxes = sorted(
        (each.get_window_extent() for each in figure.axes[0].get_yticklabels()), key=lambda box: box.y0
    )
    assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(boxes))
    assert all(box.x0 >= 0 for box in boxes)
