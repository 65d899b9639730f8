from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from simlab.reports.figures.attainment import draw_attainment
from simlab.reports.figures.average_week import draw_average_week
from simlab.reports.figures.bottlenecks import draw_bottlenecks
from simlab.reports.figures.canvas import style, svg_of
from simlab.reports.figures.differences import draw_differences
from simlab.reports.figures.fonts import DEFAULT, Fonts
from simlab.reports.figures.handoffs import draw_handoffs
from simlab.reports.figures.histogram import draw_resolution_histogram
from simlab.reports.figures.importance import draw_importance
from simlab.reports.figures.over_time import draw_queues, draw_staff, draw_work_in_progress
from simlab.reports.figures.process_map import draw_process_map
from simlab.reports.figures.resolution import draw_resolution_distribution
from simlab.reports.figures.search import best_so_far, draw_front, draw_progress
from simlab.reports.figures.utilisation import draw_utilisation
from simlab.reports.tables.table import Cell, Table, table

LATIN = Fonts((DEFAULT,), "")
NAMES: dict[str, Callable[[int], str]] = {
    "long": lambda n: f"second_level_application_analysis_and_everything_else_{n}",
    "hostile": lambda n: f"$\\frac{{{n}}}{{0}}$ </svg>",
}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with style(LATIN):
        yield


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure)
    figure.canvas.draw()
    return figure


def use_of(teams: list[str]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("s", team, hour, "", math.nan if hour > 119 else 0.5) for team in teams for hour in range(168)
    ]
    return table("u", "", ("scenario", "team", "hour of week", "from", "utilisation"), rows)


def distribution_of(names: list[str]) -> Table:
    rows = [
        (name, minutes, share)
        for name in names[:7]
        for minutes, share in ((1.0, 0.0), (60.0, 0.5), (9e4, 1.0))
    ]
    return table("d", "", ("scenario", "within", "tickets"), rows)


def met_of(names: list[str]) -> Table:
    rows = [("s", clock, name, 0.9, 0.8, 1.0) for clock in ("response", "resolution") for name in names]
    return table("m", "", ("scenario", "target", "priority", "met", "low", "high"), rows)


def places_of(names: list[str]) -> Table:
    rows = [("s", name, cause, 10.0, 3.0) for name in names for cause in ("all busy", "nobody on duty")]
    return table("p", "", ("scenario", "place", "cause", "waiting", "gain"), rows)


def moves_of(names: list[str]) -> Table:
    rows = [(one, other, float(i)) for one in names for i, other in enumerate(names)]
    return table("h", "", ("from", "to", "moves"), rows)


def shares_of(names: list[str]) -> Table:
    return table("i", "", ("goal", "parameter", "importance"), [("g", name, 0.5) for name in names])


def differences_of(names: list[str]) -> Table:
    rows = [("s", name, -0.1, -0.2, 0.0, "better") for name in names]
    heads = ("scenario", "response", "relative", "relative low", "relative high", "verdict")
    return table("d", "", heads, rows)


def waits_of(teams: list[str]) -> Table:
    rows = [
        ("s", team, 0.0, f"2026-01-0{day}", 2.0 * i + day, 1.0)
        for i, team in enumerate(teams)
        for day in (5, 6)
    ]
    return table("q", "", ("scenario", "team", "time", "from", "waiting", "on duty"), rows)


def duty_of(teams: list[str]) -> Table:
    rows = [("s", team, 0.0, f"2026-01-{day:02}", 10.0 * day) for team in teams for day in (5, 12)]
    return table("d", "", ("scenario", "team", "time", "from", "on duty"), rows)


def spans_of(names: list[str]) -> Table:
    spans = ((0.0, 5.0, 0.25), (5.0, 15.0, 0.5), (15.0, math.inf, 0.25))
    return table(
        "h", "", ("scenario", "from", "to", "tickets"), [(name, *span) for name in names for span in spans]
    )


FIGURES: dict[str, Callable[[list[str]], Figure]] = {
    "resolution": lambda names: draw_resolution_distribution(distribution_of(names)),
    "attainment": lambda names: draw_attainment(met_of(names)),
    "utilisation": lambda names: draw_utilisation(use_of(names)),
    "bottlenecks": lambda names: draw_bottlenecks(places_of(names)),
    "handoffs": lambda names: draw_handoffs(moves_of(names)),
    "importance": lambda names: draw_importance(shares_of(names)),
    "differences": lambda names: draw_differences(differences_of(names)),
    "queues": lambda names: draw_queues(waits_of(names)),
    "staff": lambda names: draw_staff(duty_of(names)),
    "histogram": lambda names: draw_resolution_histogram(spans_of(names)),
}


@pytest.mark.parametrize(("n", "kind"), [(3, "long"), (40, "long"), (40, "hostile")])
@pytest.mark.parametrize("figure", FIGURES)
def test_labels_lie_on_the_figure_and_do_not_overlap(figure: str, n: int, kind: str) -> None:
    picture = drawn(FIGURES[figure]([NAMES[kind](number) for number in range(n)]))
    for axes in picture.axes:
        low_end, high_end = sorted(axes.get_ylim())
        inside = [label for label in axes.get_yticklabels() if low_end <= label.get_position()[1] <= high_end]
        labels = [label for label in inside if label.get_text() and label.get_visible()]
        boxes = [label.get_window_extent() for label in labels]
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.y1 <= picture.bbox.height for box in boxes)
        ordered = sorted((box for box in boxes if box.width > 0), key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 + 1.0 for low, high in pairwise(ordered))
        across = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
        if all(label.get_rotation() == 0 for label in axes.get_xticklabels()):
            side = sorted((box for box in across if box.width > 0), key=lambda box: box.x0)
            assert all(left.x1 <= right.x0 + 1.0 for left, right in pairwise(side))


@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("figure", ["queues", "staff", "histogram", "resolution"])
def test_legends_are_not_cut_and_leave_room_for_the_figure(figure: str, kind: str, n: int) -> None:
    picture = drawn(FIGURES[figure]([NAMES[kind](number) for number in range(n)]))
    (axes,) = picture.axes
    legends = [legend for legend in (*picture.legends, axes.get_legend()) if legend is not None]
    assert legends
    for legend in legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= picture.bbox.width
        assert box.y1 <= picture.bbox.height + 1.0
    assert axes.get_window_extent().width > 0.8 * picture.bbox.width


def test_bars_of_a_histogram_are_as_high_as_their_shares() -> None:
    axes = draw_resolution_histogram(spans_of(["a", "b"])).axes[0]
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [bar.get_height() for bar in bars] == [25.0, 50.0, 25.0] * 2
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "up to\n5 min",
        "5 min\nto 15 min",
        "over\n15 min",
    ]
    (first, *_), (second, *_) = bars[:3], bars[3:]
    assert first.get_x() + first.get_width() == pytest.approx(second.get_x())
    assert first.get_hatch() != second.get_hatch()


def test_a_histogram_of_one_scenario_says_its_shares() -> None:
    axes = draw_resolution_histogram(spans_of(["a"])).axes[0]
    assert [text.get_text() for text in axes.texts] == ["25.0 %", "50.0 %", "25.0 %"]


def test_the_last_week_of_people_on_duty_is_drawn_to_its_end() -> None:
    line = draw_staff(duty_of(["a"])).axes[0].get_lines()[0]
    days = np.asarray(line.get_xdata(), np.float64)
    np.testing.assert_allclose(np.diff(days), [7.0, 7.0])
    np.testing.assert_array_equal(line.get_ydata(), [50.0, 120.0, 120.0])


@pytest.mark.parametrize("figure", FIGURES)
def test_an_empty_table_gives_a_figure_that_says_so(figure: str) -> None:
    assert FIGURES[figure]([]).texts or FIGURES[figure]([]).axes == []


def test_curves_have_the_points_of_the_table_and_a_line_style_each() -> None:
    figure = draw_resolution_distribution(distribution_of(["a", "b"]))
    curves = figure.axes[0].get_lines()[:2]
    np.testing.assert_array_equal(curves[0].get_xdata(), [1.0, 60.0, 9e4])
    np.testing.assert_array_equal(curves[0].get_ydata(), [0.0, 50.0, 100.0])
    assert len({(curve.get_color(), curve.get_linestyle()) for curve in curves}) == 2
    assert len({str(curve.get_linestyle()) for curve in curves}) == 2


def test_ticks_of_times_are_ones_that_people_use() -> None:
    figure = drawn(draw_resolution_distribution(distribution_of(["a"])))
    words = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert words[0] == "1 min"
    assert {"1 h", "1 day", "1 week"} <= set(words)


def test_bars_of_waiting_are_stacked_by_cause() -> None:
    axes = draw_bottlenecks(places_of(["a", "b"])).axes[0]
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(0, 10), (0, 10), (10, 10), (10, 10)]
    assert len({bar.get_hatch() for bar in axes.patches}) == 2


def test_work_in_progress_and_queues_are_drawn_as_steps_of_the_table() -> None:
    moments = [("2026-01-05 00:00", 3.0), ("2026-01-06 00:00", 5.0), ("2026-01-07 00:00", 4.0)]
    progress = table(
        "w",
        "",
        ("scenario", "time", "from", "tickets", "least", "most"),
        [("s", 0, m, n, n, n) for m, n in moments],
    )
    shown = draw_work_in_progress(progress).axes[0].get_lines()[0].get_ydata()
    np.testing.assert_array_equal(shown, [3.0, 5.0, 4.0])
    limits = table("l", "", ("scenario", "mean", "lower limit", "upper limit"), [("s", 4.0, 1.0, 7.0)])
    with_limits = draw_work_in_progress(progress, limits).axes[0]
    assert [float(np.asarray(line.get_ydata())[0]) for line in with_limits.get_lines()[1:]] == [1.0, 7.0]
    queues = table(
        "q",
        "",
        ("scenario", "team", "time", "from", "waiting", "on duty"),
        [("s", "a", 0, m, n, 1) for m, n in moments],
    )
    np.testing.assert_array_equal(draw_queues(queues).axes[0].get_lines()[0].get_ydata(), [3.0, 5.0, 4.0])


def test_times_at_which_control_rules_act_are_shaded_by_share() -> None:
    moments = ["2026-01-05 00:00", "2026-01-06 00:00", "2026-01-07 00:00"]
    queues = table(
        "q",
        "",
        ("scenario", "team", "time", "from", "waiting", "on duty"),
        [("s", "a", 0, moment, 1.0, 1) for moment in moments],
    )
    shares = [("s", "help", 0, moment, share) for moment, share in zip(moments, (0.0, 1.0, 0.5), strict=True)]
    actions = table("c", "", ("scenario", "rule", "time", "from", "acting"), shares)
    axes = draw_queues(queues, actions).axes[0]
    spans = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    days = [round(span.get_x() - spans[0].get_x(), 6) for span in spans]
    alphas = [span.get_alpha() for span in spans]
    assert (days, alphas) == ([0.0, 1.0], [0.35, 0.175])
    assert axes.get_legend_handles_labels()[1] == ["a", "help acts"]


def test_an_average_week_has_a_panel_for_each_of_the_longest_queues() -> None:
    rows = [("s", f"t{n}", hour, "", float(n), 1.0) for n in range(20) for hour in range(168)]
    week = table("w", "", ("scenario", "team", "hour of week", "from", "waiting", "on duty"), rows)
    titles = [
        axes.get_title(loc="left") for axes in draw_average_week(week).axes if axes.get_title(loc="left")
    ]
    assert titles == [f"t{n}" for n in range(8, 20)]


def test_the_process_map_writes_every_step_and_the_flow_between_them() -> None:
    nan = math.nan
    steps = table(
        "s",
        "",
        (
            "step",
            "kind",
            "team",
            "visits",
            "automated",
            "wait",
            "hands-on time",
            "duration",
            ("cost", "EUR/week"),
        ),
        [
            ("start", "start", "", 90.0, nan, nan, nan, nan, nan),
            ("triage", "work", "desk", 120.0, 0.0, 90.0, 10.0, 10.0, 1200.0),
            ("ask", "wait", "", 30.0, 0.0, 0.0, nan, 240.0, nan),
            ("resolved", "end", "", 90.0, nan, nan, nan, nan, nan),
        ],
    )
    moves = table(
        "m",
        "",
        ("from", "to", "moves", "delay", "by mistake", ("cost", "EUR/week")),
        [
            ("start", "triage", 90.0, 90.0, 0.0, 900.0),
            ("triage", "ask", 30.0, 0.0, 0.0, 0.0),
            ("ask", "triage", 30.0, 5.0, 0.0, 300.0),
            ("triage", "resolved", 90.0, 0.0, 0.0, 0.0),
            ("triage", "triage", 3.0, 0.0, 0.0, 0.0),
        ],
    )
    texts = [text.get_text() for text in draw_process_map(steps, moves).axes[0].texts]
    assert {"start", "triage", "ask", "resolved", "desk", "120/week · 3 again", "takes 4 h"} <= set(texts)
    assert "wait 1.5 h · work 10 min" in texts
    assert "1.2k EUR/week" in texts
    assert "90\n1.5 h\n900 EUR" in texts
    assert "30\n5 min\n300 EUR" in texts
    assert "30" in texts


def test_the_best_so_far_counts_feasible_trials_only() -> None:
    values = np.array([5.0, 1.0, 4.0, np.nan, 6.0])
    feasible = np.array([True, False, True, False, True])
    np.testing.assert_array_equal(best_so_far(values, feasible, False), [5, 5, 4, 4, 4])
    np.testing.assert_array_equal(best_so_far(values, feasible, True), [5, 5, 5, 5, 6])


def test_the_front_is_drawn_apart_from_what_was_tried() -> None:
    trials = table(
        "t",
        "",
        ("trial", "proposed by", "feasible", "a", "b"),
        [(0, "tpe", "yes", 1.0, 2.0), (1, "tpe", "no", 2.0, 1.0)],
    )
    heads = ("role", "trial", "settings", "a", "a low", "a high", "b", "b low", "b high")
    today: tuple[Cell, ...] = ("today", 0, "", 1.0, 0.9, 1.1, 2.0, 1.9, 2.1)
    best: tuple[Cell, ...] = ("recommended", 1, "", 2.0, 1.9, 2.1, 1.0, 0.9, 1.1)
    front = table("f", "", heads, [today, best])
    axes = draw_front(trials, front, ("a", "b"), (("A", "min"), ("B", "EUR/week"))).axes[0]
    assert axes.get_xlabel() == "A [min]"
    assert axes.get_ylabel() == "B [EUR a week]"
    words = axes.get_legend_handles_labels()[1]
    assert words == ["tried", "tried, breaks a constraint", "today", "recommended"]
    assert draw_progress(trials, "a", "A", "min", False).axes[0].get_xlabel() == "trial"


def test_a_figure_becomes_svg_without_comments_and_with_ids_of_its_own() -> None:
    svg = svg_of(lambda: draw_importance(shares_of(["--> <script>"])), LATIN, "one")
    assert svg.startswith("<svg ")
    assert "<!--" not in svg
    assert "script" not in svg
    assert 'id="one-' in svg
    assert svg == svg_of(lambda: draw_importance(shares_of(["--> <script>"])), LATIN, "one")
