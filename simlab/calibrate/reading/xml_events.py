"""XML read as a stream, by a parser that refuses what could harm: document types and their entities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from xml.parsers import expat

from simlab.calibrate.reading.log_file import refused

Attributes = Mapping[str, str]
_DEEPEST: Final = 64


def parse_xml(
    content: bytes,
    path: Path,
    start: Callable[[str, Attributes, int], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Call the functions for each element of a document, by its local name.

    Parameters
    ----------
    content, path
        The document, and its name for messages.
    start
        Takes the local name of an element, its attributes by local name, and its line.
    end
        Takes the local name.
    text
        Takes text between tags, maybe in several pieces.

    Raises
    ------
    InvalidInput
        It is not well-formed XML, has a document type declaration (so no entity can be defined, expanded or
        fetched), or is nested deeper than 64 elements.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def refuse_doctype(*_: object) -> None:
        line = parser.CurrentLineNumber
        raise refused(path, "a document type declaration is refused", "remove <!DOCTYPE ...>", line)

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            message = f"elements are nested deeper than {_DEEPEST}"
            raise refused(path, message, "export it again", parser.CurrentLineNumber)
        local = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        start(name.rpartition("}")[2], local, parser.CurrentLineNumber)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition("}")[2])

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        message = f"this is not well-formed XML: {expat.ErrorString(error.code)}"
        raise refused(path, message, "export it again", error.lineno) from None
    except (LookupError, ValueError) as error:  # an encoding that Python does not have
        raise refused(path, f"this XML cannot be read: {error}", "save it as UTF-8") from None
