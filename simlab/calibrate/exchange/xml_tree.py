"""Small XML documents as trees that know their lines; nothing outside the document is ever read.

Characters that cannot be seen, or turn text around, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from simlab.calibrate.reading.log_file import refused
from simlab.calibrate.reading.xml_events import Attributes, parse_xml
from simlab.scenario.tree_builder import FORBIDDEN

MOST_ELEMENTS: Final = 200_000


@dataclass(slots=True)
class Element:
    """An element by its local name."""

    name: str
    attributes: Mapping[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, name: str) -> str:
        """Return an attribute; empty where it is not given."""
        return self.attributes.get(name, "").strip()

    def all(self, *names: str) -> Iterator[Element]:
        """Yield the children of some names."""
        return (child for child in self.children if child.name in names)

    def first(self, name: str) -> Element | None:
        """Return the first child of a name."""
        return next(self.all(name), None)

    def texts(self, name: str) -> list[str]:
        """Return the texts of the children of a name."""
        return [child.text.strip() for child in self.all(name)]


def read_tree(content: bytes, path: Path) -> Element:
    """Read a document.

    Raises
    ------
    InvalidInput
        As :func:`~simlab.calibrate.reading.xml_events.parse_xml`, and for more than 200,000 elements.
    """
    builder = _Builder(path)
    parse_xml(content, path, builder.start, builder.end, builder.text)
    assert builder.root is not None  # a well-formed document has one
    return builder.root


@dataclass(slots=True)
class _Builder:
    path: Path
    root: Element | None = None
    open: list[Element] = field(default_factory=list)
    n_elements: int = 0

    def start(self, name: str, attributes: Attributes, line: int) -> None:
        self.n_elements += 1
        if self.n_elements > MOST_ELEMENTS:
            raise refused(self.path, f"a model has at most {MOST_ELEMENTS:,} elements", "export a part", line)
        seen = {key: FORBIDDEN.sub("", value) for key, value in attributes.items()}
        element = Element(name, seen, line)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        if self.open:
            self.open[-1].text += FORBIDDEN.sub("", text)
