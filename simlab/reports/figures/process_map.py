"""The process map: steps with their load and waiting, and the flow of tickets between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from simlab.reports.figures.canvas import COLOURS, INK, QUIET, WIDTH_IN, nothing_to_show
from simlab.reports.figures.layers import Edge, Layout, Route, Spacing, lay_out
from simlab.reports.language.catalogue import say
from simlab.reports.tables.process import main_moves
from simlab.reports.tables.table import Cell, Table
from simlab.reports.wording import short_count, short_time, shorten, text_width, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

BOX_IN: Final = (1.62, 0.78)
"""Width and height of a box."""
LABEL_IN: Final = (0.68, 0.3)
_COST_LINE_IN: Final = 0.1
"""Height of the line with the cost on an arrow."""
_PLAIN: Final = 0.62
"""Height of the start and the ways out, relative to a box."""
_MARGIN_IN: Final = 0.12
_KEY_IN: Final = 0.3
_NAME_COLUMNS: Final = 22
_SURELY_FITS: Final = 12
"""Columns of text that fit into a box however wide the letters are."""
_LOOK: Final = {
    "work": ("#e8f1f8", COLOURS[0], "-"),
    "wait": ("#fff4e6", COLOURS[5], "--"),
    "start": ("#eef1f4", QUIET, "-"),
    "end": ("#eef1f4", QUIET, "-"),
}
"""Fill, edge and line style by kind of step."""
_BACK: Final = COLOURS[1]
_SLOW_MIN: Final = 1.0
"""Delays shorter than this are not written at an arrow."""
_DEAR: Final = 0.5
"""Nor is money of less than this a week."""


def draw_process_map(steps: Table, moves: Table) -> Figure:
    """Draw the tables of :func:`simlab.reports.tables.process.steps` and ``moves``.

    Of many moves only :func:`simlab.reports.tables.process.main_moves` are drawn.
    """
    from matplotlib.figure import Figure

    if not len(steps):
        return nothing_to_show(say("No logs were kept, or no ticket came: there is no flow to draw."))
    names = steps.texts("step")
    shown = main_moves(moves)
    loops = {row[0]: row for row in shown.rows if row[0] == row[1]}
    drawn = [row for row in shown.rows if row[0] != row[1]]
    edges = [Edge(names.index(str(row[0])), names.index(str(row[1])), float(row[2])) for row in drawn]
    is_priced = any(float(row[5]) > 0.0 for row in drawn)
    ends = [place for place, kind in enumerate(steps.texts("kind")) if kind == "end"]
    layout, is_upright = _narrower(len(names), edges, LABEL_IN[1] + is_priced * _COST_LINE_IN, ends)
    width, height = (layout.across, layout.along) if is_upright else (layout.along, layout.across)
    page = max(width + 2 * _MARGIN_IN, WIDTH_IN)
    figure = Figure(figsize=(page, height + 2 * _MARGIN_IN + _KEY_IN))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    left = (page - width) / 2
    axes.set_xlim(-left, page - left)
    axes.set_ylim(height + _MARGIN_IN, -_MARGIN_IN - _KEY_IN)
    axes.set_axis_off()
    _draw_key(axes, -left + _MARGIN_IN, -_MARGIN_IN - _KEY_IN / 2, is_priced)
    most = max((edge.flow for edge in edges), default=1.0)
    for route, move in zip(layout.routes, drawn, strict=True):
        fitted = _fitted(route, steps.texts("kind"), is_upright)
        _draw_route(axes, fitted, move, most, is_upright, moves.columns[-1].unit)
    for centre, row in zip(layout.centres, steps.rows, strict=True):
        x, y = (centre[1], centre[0]) if is_upright else centre
        _draw_box(axes, x, y, row, loops.get(row[0]), steps.columns[-1].unit)
    return figure


def _narrower(
    n_nodes: int, edges: Sequence[Edge], label_in: float, ends: Sequence[int]
) -> tuple[Layout, bool]:
    """Return the layout from top to bottom where that fits the page or is narrower, else left to right."""
    upright = lay_out(n_nodes, edges, Spacing(BOX_IN[0], BOX_IN[1], LABEL_IN[0], label_in, 0.16, 0.15), ends)
    if upright.across <= WIDTH_IN - 2 * _MARGIN_IN:
        return upright, True
    flat = lay_out(n_nodes, edges, Spacing(BOX_IN[1], BOX_IN[0], label_in, LABEL_IN[0], 0.12, 0.16), ends)
    return (upright, True) if upright.across <= flat.along else (flat, False)


def _draw_box(
    axes: Axes, x: float, y: float, row: tuple[Cell, ...], loop: tuple[Cell, ...] | None, money: str
) -> None:
    from matplotlib.patches import FancyBboxPatch

    kind = row[1]
    fill, edge, line = _LOOK[str(kind)]
    is_plain = kind in ("start", "end")
    width, height = BOX_IN[0], BOX_IN[1] * (_PLAIN if is_plain else 1.0)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle=f"round,pad=0,rounding_size={0.22 if is_plain else 0.06}",
            facecolor=fill,
            edgecolor=edge,
            linestyle=line,
            linewidth=1.2,
            zorder=3,
        )
    )
    lines = _lines_of(row, loop, money)
    pitch = min(0.165, 0.56 / max(len(lines) - 1, 1))
    for number, (text, is_name) in enumerate(lines):
        written = axes.text(
            x,
            y + (number - (len(lines) - 1) / 2) * pitch,
            text,
            ha="center",
            va="center_baseline",
            fontsize=7.6 if is_name else 6.8,
            fontweight="bold" if is_name else "normal",
            color=INK if is_name else "#3a4653",
            zorder=4,
        )
        _fit(written, BOX_IN[0] - 0.1)


def _lines_of(row: tuple[Cell, ...], loop: tuple[Cell, ...] | None, money: str) -> list[tuple[str, bool]]:
    """Return what stands in a box, line by line, and whether it is the name."""
    name, kind, team, visits, automated, wait, hands_on, duration, cost = row
    is_plain = kind in ("start", "end")
    title = wrap(
        say(str(name).replace("_", " ")) if is_plain else str(name).replace("_", " "),
        _NAME_COLUMNS,
        lines=1 if loop or is_plain else 2,
    )
    lines = [(line_of_title, True) for line_of_title in title.split("\n")]
    if team and len(lines) == 1:
        lines.append((shorten(str(team).replace("_", " "), 26), False))
    load = [say("{n}/week", n=short_count(float(visits)))]
    if float(automated) > 0.0:
        load.append(say("{n} auto" if loop else "{n} automated", n=short_count(float(automated))))
    if loop is not None:
        load.append(say("{n} again", n=short_count(float(loop[2]))))
    lines.append((" · ".join(load), False))
    if kind == "work":
        lines.append(
            (
                say(
                    "wait {wait} · work {work}",
                    wait=short_time(float(wait)) or "0",
                    work=short_time(float(hands_on)) or "0",
                ),
                False,
            )
        )
    elif kind == "wait":
        lines.append((say("takes {time}", time=short_time(float(duration)) or "0"), False))
    if float(cost) > 0.0:
        lines.append((f"{short_count(float(cost))} {money.replace('/week', '/' + say('week'))}", False))
    return lines


def _fit(written: Text, width_in: float) -> None:
    """Make a text smaller where wide letters make it longer than its box."""
    if (
        text_width(written.get_text()) > _SURELY_FITS
        and (figure := written.get_figure(root=True)) is not None
    ):
        wide = written.get_window_extent().width / figure.dpi
        written.set_fontsize(float(written.get_fontsize()) * min(1.0, width_in / wide))


def _fitted(route: Route, kinds: Sequence[str], is_upright: bool) -> Route:
    """Return a route whose ends reach the start and the ways out, which are lower than other boxes."""
    (first, *_, last), slack = route.points, BOX_IN[1] * (1.0 - _PLAIN) / 2
    if not is_upright:
        return route
    out = -slack if route.leads_back else slack
    if kinds[route.edge.source] in ("start", "end"):
        first = (first[0] - out, first[1])
    if kinds[route.edge.target] in ("start", "end"):
        last = (last[0] + out, last[1])
    return replace(route, points=(first, *route.points[1:-1], last))


def _draw_route(
    axes: Axes, route: Route, move: tuple[Cell, ...], most: float, is_upright: bool, money: str
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    points = [(across, along) if is_upright else (along, across) for along, across in route.points]
    vertices, codes = [points[0]], [int(Path.MOVETO)]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = ((y1 - y0) if is_upright else (x1 - x0)) / 2
        bends = [(x0, y0 + half), (x1, y1 - half)] if is_upright else [(x0 + half, y0), (x1 - half, y1)]
        vertices += [*bends, (x1, y1)]
        codes += [int(Path.CURVE4)] * 3
    width = 0.7 + 3.8 * (route.edge.flow / most) ** 0.75
    axes.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes),
            arrowstyle=f"-|>,head_length={3.6 + 1.3 * width:.2f},head_width={1.9 + 0.75 * width:.2f}",
            shrinkA=0.0,
            shrinkB=0.0,
            linewidth=width,
            linestyle=(0, (4, 1.5)) if route.leads_back else "-",
            color="#e3925c" if route.leads_back else "#98a3ae",
            joinstyle="miter",
            capstyle="butt",
            mutation_scale=1.0,
            zorder=1,
        )
    )
    x, y = (route.label[1], route.label[0]) if is_upright else route.label
    delay, cost = float(move[3]), float(move[5])
    text = short_count(route.edge.flow) + (f"\n{short_time(delay)}" if delay >= _SLOW_MIN else "")
    if cost >= _DEAR:
        text += f"\n{short_count(cost)} {money.partition('/')[0]}"
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=6.6,
        linespacing=1.05,
        color=_BACK if route.leads_back else INK,
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        zorder=2,
    )


def _draw_key(axes: Axes, x: float, y: float, is_priced: bool) -> None:
    told = (
        say(
            "On arrows: tickets a week, the mean delay before the next step begins, and what the work there "
            "costs a week. Dashed arrows lead back; dashed boxes wait."
        )
        if is_priced
        else say(
            "On arrows: tickets a week, and the mean delay before the next step begins. Dashed arrows lead "
            "back; dashed boxes wait, and nobody works."
        )
    )
    axes.text(
        x,
        y,
        told,
        va="center",
        fontsize=7.0,
        color=QUIET,
    )
