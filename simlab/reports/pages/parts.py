"""The parts of a page, before they become HTML: sections with paragraphs, figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from simlab.reports.tables.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a table on the page."""

    text: str
    look: str = ""
    """Empty, or a word for the style sheet: better, worse, quiet."""
    note: str = ""
    """A second, smaller line."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on the page, already in words."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]
    """The first cell of each names the row."""
    n_texts: int = 1
    """So many columns hold text; the others hold numbers and are set to the right."""
    source: Table | None = None
    """The table with the exact numbers."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A figure with what it shows, in one sentence, and the tables that it is drawn from."""

    title: str
    caption: str
    draw: Callable[[], Figure]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """What to type, or what stands in a file; lines are kept."""

    text: str


Block: TypeAlias = Grid | Exhibit | Paragraph | Points | Command


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page."""

    title: str
    kind: str
    """What it is a report of, over the title."""
    answer: str
    """The result in a sentence."""
    support: tuple[str, ...]
    """Sentences that belong to the answer."""
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = field(default=())
    """Tables of the page that no figure or grid shows."""

    @property
    def all_tables(self) -> list[Table]:
        """Every table of the page, once, in order."""
        blocks = [block for section in self.sections for block in section.blocks]
        shown = [each for block in blocks if isinstance(block, Exhibit) for each in block.tables]
        grids = [block.source for block in blocks if isinstance(block, Grid) and block.source is not None]
        return list({id(each): each for each in (*grids, *shown, *self.tables)}.values())


def joined(title: str, pages: Sequence[Page]) -> Page:
    """Return one page that tells several results one after the other."""
    first, *others = pages
    return Page(
        title=title,
        kind=" and ".join(dict.fromkeys(page.kind for page in pages)),
        answer=first.answer,
        support=(*first.support, *(text for page in others for text in (page.answer, *page.support))),
        warnings=tuple(dict.fromkeys(warning for page in pages for warning in page.warnings)),
        sections=tuple(section for page in pages for section in page.sections),
        tables=tuple(each for page in pages for each in page.tables),
    )
