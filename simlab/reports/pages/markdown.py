"""From a page to a Markdown file, with its figures as SVG files and its tables as CSV files beside it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from simlab.reports.figures.canvas import svg_of
from simlab.reports.figures.fonts import fonts_for
from simlab.reports.language.catalogue import say_again
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Points, Shown
from simlab.reports.pages.render import file_names, file_stem, tables_folder, texts_of
from simlab.reports.wording import clean, visible
from simlab.results.export import write_csv
from simlab.results.files import told_as_storage_error, write_whole

_MARKS: Final = re.compile(r"([\\`*_\[\]|#~$])")


def write_markdown(page: Page, path: Path) -> Path:
    """Write a page to a Markdown file, and its figures and tables to the folder ``<name>_tables`` beside it.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    folder = tables_folder(path)
    with told_as_storage_error("write it", folder):
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("*.csv"), *folder.glob("*.svg")):
            old.unlink()
    for each in file_names(page.all_tables):
        write_csv(each.table.by_column(), folder / each.file)
    fonts = fonts_for(texts_of(page))
    exhibits = [block for section in page.sections for block in section.blocks if isinstance(block, Exhibit)]
    pictures = {}
    for number, exhibit in enumerate(exhibits, start=1):
        name = f"{number:02}_{file_stem(exhibit.title)}.svg"
        write_whole(folder / name, (svg_of(exhibit.draw, fonts, f"figure{number}") + "\n").encode())
        pictures[id(exhibit)] = f"{quote(folder.name)}/{quote(name)}"
    write_whole(path, page_markdown(page, pictures).encode())
    return path


def page_markdown(page: Page, pictures: dict[int, str]) -> str:
    """Return a page as Markdown.

    Parameters
    ----------
    page
        The page.
    pictures
        Address of each exhibit's picture, by the identity of the exhibit.
    """
    lines = [f"# {marked(page.title)}", "", f"**{marked(page.answer)}**", ""]
    lines += [line for text in page.support for line in (marked(text), "")]
    lines += [line for text in page.warnings for line in (f"> {marked(say_again(text))}", "")]
    for section in page.sections:
        lines += [f"## {marked(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block, pictures), ""]
    return "\n".join(lines)


def marked(text: str) -> str:
    """Return a text on one line that Markdown shows as it is: no markup, no HTML."""
    return _MARKS.sub(r"\\\1", html.escape(clean(text), quote=False))


def _block(block: Block, pictures: dict[int, str]) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield marked(text)
        case Points(items):
            yield from (f"- {marked(item)}" for item in items)
        case Command(text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            yield from (fence, *visible(text).split("\n"), fence)
        case Exhibit():
            yield f"### {marked(block.title)}"
            yield ""
            yield f"![{marked(block.title)}]({pictures[id(block)]})"
            yield ""
            yield marked(block.caption)
        case Grid():
            yield f"### {marked(block.title)}"
            yield ""
            yield _row([marked(heading) for heading in block.headings])
            yield _row(["---" if n < block.n_texts else "---:" for n in range(len(block.headings))])
            yield from (_row([_cell(cell) for cell in row]) for row in block.rows)


def _cell(cell: Shown) -> str:
    return f"{marked(cell.text)} ({marked(cell.note)})" if cell.note else marked(cell.text)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
