"""The look that figures share: colours, line styles, axes, and how a figure becomes SVG."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from simlab.reports.figures.fonts import Fonts
from simlab.reports.wording import Scale, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH_IN: Final = 9.0
"""Width of most figures in inches."""
_SCREEN_DPI: Final = 100.0
INK: Final = "#1d2733"
QUIET: Final = "#5c6875"
"""Secondary text; 5.7 : 1 on white."""
GRID: Final = "#e3e7ec"
COLOURS: Final = ("#0072b2", "#d55e00", "#00795a", "#a3508c", "#3b8fc2", "#9a6700", "#444444")
"""Told apart by people with any colour vision (after Okabe and Ito, darkened for contrast on white)."""
LINES: Final = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
MARKERS: Final = (
    *("o", "s", "D", "^", "v", "P", "X", "<", ">", "p", "*", "d"),
    # Stars of three, four and eight rays, some of them turned.
    *((4, 1, 0), (3, 1, 0), (8, 1, 0), (4, 1, 45), (3, 1, 180)),
)
"""So many alternatives are told apart where colours say something else."""
HATCHES: Final = ("", "////", "---", "\\\\\\\\", "xx", "++", "||")

_MOST_DECIMALS: Final = 6

_STYLE: Final[dict[str, Any]] = {
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": QUIET,
    "axes.edgecolor": "#aab3bd",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    # Names are data: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "text.usetex": False,
    # Paths show every character on every machine; the numbers stand in tables for copying and reading out.
    "svg.fonttype": "path",
    "svg.hashsalt": "simlab",
}

_LEGEND_POINTS: Final = 8.5
_LEGEND_ROW_IN: Final = 0.18
_HANDLE_EM: Final = 2.6
_LEFT_OF_AXES_IN: Final = 1.0


@contextmanager
def style(fonts: Fonts) -> Iterator[None]:
    """Draw in the reports' style, with these fonts; the settings of the caller come back afterwards."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings(), _silent("matplotlib.font_manager"):
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)  # type: ignore[arg-type]
        mpl.rcParams["font.family"] = list(fonts.families)
        # Which characters no font has is told once in the report.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        yield


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Hold back what a library logs below errors, such as that a font has no bold letters."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def blank(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """Return a figure without axes, whose parts make room for each other."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), layout="constrained")


def chart(height_in: float, width_in: float = WIDTH_IN) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes."""
    figure = blank(height_in, width_in)
    return figure, figure.add_subplot()


def nothing_to_show(reason: str) -> Figure:
    """Return a figure that says why it is empty."""
    figure = blank(0.8)
    figure.text(0.5, 0.5, reason, ha="center", va="center", color=QUIET)
    return figure


def name_rows(axes: Axes, names: Sequence[str], columns: int = 26) -> None:
    """Label the rows of horizontal bars or dots, the first at the top."""
    axes.set_yticks(range(len(names)), [shorten(name, columns) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def number_axis(axis: Axis, suffix: str = "") -> None:
    """Label an axis with numbers to as many decimals as tell its ticks apart, and no more."""

    def said(value: float, _: float) -> str:
        places = axis.get_majorticklocs()
        step = abs(float(places[1] - places[0])) if len(places) > 1 else 1.0
        decimals = next((n for n in range(_MOST_DECIMALS) if _is_whole(step * 10.0**n)), _MOST_DECIMALS)
        return Scale(1.0, "", decimals).number(value) + suffix

    axis.set_major_formatter(said)


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6 * max(abs(number), 1e-3)


def legend_above(axes: Axes, n_entries: int, *, most_columns: int = 4) -> None:
    """Put the legend over the axes, where it covers nothing; a single entry needs none."""
    if n_entries > 1:
        labels = axes.get_legend_handles_labels()[1]
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=_legend_columns(_figure_of(axes), labels, most_columns, WIDTH_IN - _LEFT_OF_AXES_IN),
            borderaxespad=0.3,
            handlelength=_HANDLE_EM,
            columnspacing=1.6,
        )


def legend_on_top(figure: Figure, axes: Axes, *, most_columns: int = 4) -> None:
    """Put the legend of some axes over the whole figure."""
    handles, labels = axes.get_legend_handles_labels()
    columns = _legend_columns(figure, labels, most_columns, WIDTH_IN)
    figure.legend(handles, labels, loc="outside upper left", ncols=columns)


def _figure_of(axes: Axes) -> Figure:
    from matplotlib.figure import Figure

    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def _legend_columns(figure: Figure, labels: Sequence[str], most: int, room_in: float) -> int:
    """Return into how many columns a legend goes without being cut; a figure grows by its further rows."""
    em = figure.text(0.0, 0.0, "", fontsize=_LEGEND_POINTS)
    widest = 0.0
    for label in labels:
        em.set_text(label)
        widest = max(widest, float(em.get_window_extent().width) / figure.dpi)
    em.remove()
    entry_in = widest + (_HANDLE_EM + 2.8) * _LEGEND_POINTS / 72.0
    columns = max(1, min(int(room_in / entry_in), most, len(labels)))
    rows = -(-len(labels) // columns)
    figure.set_figheight(figure.get_figheight() + max(rows - 2, 0) * _LEGEND_ROW_IN)
    return columns


_COMMENT: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_PROLOGUE: Final = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_ID: Final = re.compile(r' id="([^"]+)"')
_COORDINATES: Final = re.compile(r' (?:d|x|y|width|height|points)="[^"]*"')
_LONG_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE: Final = re.compile(r'((?:xlink:)?href="#|url\(#)([^")]+)')


def svg_of(draw: Callable[[], Figure], fonts: Fonts, prefix: str) -> str:
    """Draw a figure and return it as an SVG element to put into a page.

    The same figure gives the same text. Ids are unlike those of other figures of the page, by the prefix;
    comments, metadata and ids that nothing refers to are left out.
    """
    buffer = io.StringIO()
    with style(fonts):
        figure = draw()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, dpi=144)
    text = _METADATA.sub("", _COMMENT.sub("", _PROLOGUE.sub("", buffer.getvalue())))
    text = _COORDINATES.sub(lambda match: _LONG_NUMBER.sub(_rounded, match[0]), text)
    used = {match[2] for match in _REFERENCE.finditer(text)}
    text = _ID.sub(lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", text)
    text = _REFERENCE.sub(rf"\g<1>{prefix}-\g<2>", text)
    if figure.get_figwidth() > WIDTH_IN:
        # A wide figure is scrolled, not shrunk.
        text = text.replace(
            "<svg ", f'<svg style="min-width: {figure.get_figwidth() * _SCREEN_DPI:.0f}px" ', 1
        )
    return re.sub(r"\n\s*", "\n", text).strip()


def _rounded(number: re.Match[str]) -> str:
    """Return a coordinate to a hundredth of a point, which nobody can see."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
