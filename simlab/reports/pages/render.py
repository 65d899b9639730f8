"""From a page to one HTML file that needs nothing else, with its tables as CSV files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simlab.reports.figures.canvas import svg_of
from simlab.reports.figures.fonts import Fonts, fonts_for
from simlab.reports.language.catalogue import say, say_again, spoken
from simlab.reports.pages.glyphs import with_shared_outlines
from simlab.reports.pages.parts import Command, Exhibit, Grid, Page, Paragraph, Points
from simlab.reports.tables.table import Column, Table
from simlab.reports.wording import SPACE, clean, led_back, visible
from simlab.results.export import write_csv
from simlab.results.files import told_as_storage_error, write_whole

MOST_ROWS: Final = 40
"""Rows of a table that the page shows; its file has all."""
LONGEST_STEM: Final = 80
"""Characters of a file's name without its ending."""
_PER_CENT: Final = re.compile(r"(?<=\d) %")
_NOT_IN_STEMS: Final = re.compile(r"[^\w.-]+")
_DEVICE: Final = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d")
SAID: Final = frozenset(
    (
        *("cause", "configuration", "counted", "distance", "end of its range", "evidence", "feasible"),
        *("figure", "held", "how", "keeps the constraints", "kind", "line", "of", "part", "proposed by"),
        *("role", "signal", "standing", "statistic", "target", "uncertainty from", "unit", "usable"),
        *("value", "verdict", "what"),
    )
)
"""Columns that hold words of ours, said in the language of the page; what others hold are names."""
_KINDS: Final = {
    Grid: "grid",
    Exhibit: "exhibit",
    Paragraph: "paragraph",
    Points: "points",
    Command: "command",
}


@dataclass(frozen=True, slots=True)
class Filed:
    """A table with the name of its file."""

    table: Table
    file: str

    @property
    def headings(self) -> list[str]:
        """Headings of the columns, with units, in the language of the page; files keep their own."""
        return [Column(say(each.name), say(each.unit)).heading for each in self.table.columns]

    @property
    def first_rows(self) -> Iterator[list[str]]:
        """Yield the rows that the page shows, as text."""
        is_said = [column.name in SAID for column in self.table.columns]
        for row in self.table.rows[:MOST_ROWS]:
            yield [_cell(cell, said) for cell, said in zip(row, is_said, strict=True)]

    @property
    def n_more(self) -> int:
        """Rows that only the file has."""
        return max(len(self.table) - MOST_ROWS, 0)


def _cell(cell: str | float | int, is_said: bool) -> str:
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return say_again(str(cell)) if is_said else str(cell)


def tables_folder(path: Path) -> Path:
    """Return the folder beside a page that has its tables."""
    return path.with_name(f"{path.stem}_tables")


def write_page(page: Page, path: Path) -> Path:
    """Write a page to an HTML file, and its tables to the folder ``<name>_tables`` beside it.

    The same page gives the same bytes on the same system. The folder is made anew: tables of an earlier
    report under this name do not stay behind.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    folder = tables_folder(path)
    filed = file_names(page.all_tables)
    with told_as_storage_error("write it", folder):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.csv"):
            old.unlink()
    for each in filed:
        write_csv(each.table.by_column(), folder / each.file)
    write_whole(path, page_html(page, filed, folder.name).encode())
    return path


def file_names(tables: Iterable[Table]) -> list[Filed]:
    """Return the tables with file names that every system takes, different whatever their case."""
    filed: list[Filed] = []
    taken: set[str] = set()
    for each in tables:
        number, stem = 1, file_stem(each.name)
        file = f"{stem}.csv"
        while file.casefold() in taken:
            number += 1
            file = f"{stem}_{number}.csv"
        taken.add(file.casefold())
        filed.append(Filed(each, file))
    return filed


def file_stem(name: str) -> str:
    """Return a name as the stem of a file: letters and digits of any script, with ``_`` for all between.

    ``curve_resolve_attainment[priority=P2]`` becomes ``curve_resolve_attainment_priority_P2``. Names that
    Windows keeps for devices get a ``_`` at the end.
    """
    words = _NOT_IN_STEMS.sub("_", clean(name))
    stem = re.sub("_{2,}", "_", words)[:LONGEST_STEM].strip("_.-") or "table"
    return f"{stem}_" if _DEVICE.fullmatch(stem) else stem


def page_html(page: Page, filed: list[Filed], folder: str) -> str:
    """Return the HTML of a page.

    Everything that is not markup of ours is escaped, and stripped of characters that cannot be seen.
    """
    import jinja2
    from markupsafe import Markup, escape

    fonts = fonts_for(texts_of(page))
    warnings = [*map(say_again, page.warnings), *([fonts.warning] if fonts.warning else [])]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("simlab.reports.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else _kept_together(str(value)),
    )
    return environment.get_template("page.html.j2").render(
        page=page,
        warnings=warnings,
        filed=filed,
        folder=folder,
        file_of={id(each.table): each.file for each in filed},
        figures={key: Markup(svg) for key, svg in with_shared_outlines(dict(_drawn(page, fonts))).items()},
        kind_of=lambda block: _KINDS[type(block)],
        identity=id,
        as_written=lambda text: escape(visible(text)),
        say=say,
        language=spoken().code,
        style=Markup(environment.get_template("style.css").render()),
    )


def _kept_together(text: str) -> str:
    """Return a text for the page, in which no line ends between a number and its per cent sign."""
    return led_back(_PER_CENT.sub(f"{SPACE}%", visible(text)))


def _drawn(page: Page, fonts: Fonts) -> Iterator[tuple[int, str]]:
    exhibits = (block for section in page.sections for block in section.blocks if isinstance(block, Exhibit))
    for number, exhibit in enumerate(exhibits, start=1):
        yield id(exhibit), svg_of(exhibit.draw, fonts, f"figure{number}")


def texts_of(page: Page) -> Iterator[str]:
    """Yield every text of a page that may stand in a figure."""
    yield spoken().characters
    for each in page.all_tables:
        for row in each.rows:
            yield from (clean(cell) for cell in row if isinstance(cell, str))
