"""Reading a YAML file into a tree of values with places.

YAML 1.2 core values only: ``true``, ``false``, ``null``, decimal, ``0x`` and ``0o`` integers and floats are
recognised; everything else (``no``, ``017``, ``17:30``, ``2026-01-05``) stays text. Duplicate keys, tags,
merge keys, recursion, several documents, and invisible or reordering characters are refused. The parser's
events are read one by one without recursion, so that hostile files are stopped early.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from simlab.errors import InvalidInput, Place, Problem
from simlab.scenario.nodes import MapNode, Node
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.scenario.syntax import syntax_problem
from simlab.scenario.tree_builder import (
    DEFAULT_LIMITS,
    FORBIDDEN,
    Limits,
    StopReadingError,
    TreeBuilder,
    character_problem,
)

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: same events, slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


_MOST_PROBLEMS: Final = 100


def read_document(path: Path | str, *, limits: Limits = DEFAULT_LIMITS) -> MapNode:
    """Read one scenario file, without what it extends.

    Returns
    -------
    MapNode
        The file's keys and values, each with its place in the file.

    Raises
    ------
    InvalidInput
        With all mistakes that could be found: the file cannot be read, is not a regular file, not UTF-8, too
        large, not YAML, or uses a construct that scenario files do not have.
    """
    source = str(path)
    node = parse_document(_read_text(Path(path), limits), source, limits=limits)
    if isinstance(node, MapNode):
        return node
    raise InvalidInput(
        Problem(
            "a scenario is a map of keys",
            place=node.place,
            remedy="write 'key: value', with a space after the colon",
        )
    )


def parse_document(
    text: str, source: str, *, limits: Limits = DEFAULT_LIMITS, has_lines: bool = True
) -> Node:
    """Parse YAML text.

    Parameters
    ----------
    text
        The whole document.
    source
        Where it comes from, for places and messages.
    limits
        How large it may be.
    has_lines
        False for a text outside a file, such as a command-line option: places then name the source alone.

    Raises
    ------
    InvalidInput
        With all mistakes that could be found.
    """
    problems = _character_problems(text, source)
    if problems:
        raise InvalidInput(problems)
    builder = TreeBuilder(source, limits, has_lines)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        problem = syntax_problem(error, text.splitlines(), source)
        builder.problems.append(problem if has_lines else _without_line(problem, source))
    except StopReadingError:
        pass
    if builder.root is None and not builder.problems:
        builder.problems.append(
            Problem("the document is empty", place=Place(source), remedy="write 'key: value' lines")
        )
    if builder.problems or builder.root is None:
        raise InvalidInput(sorted(builder.problems, key=_position)[:_MOST_PROBLEMS])
    return builder.root


def _position(problem: Problem) -> tuple[int, int]:
    place = problem.place
    return (place.line or 0, place.column or 0) if place else (0, 0)


def _without_line(problem: Problem, source: str) -> Problem:
    return Problem(problem.message, place=Place(source), remedy=problem.remedy)


def _events(text: str) -> Iterator[yaml.Event]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            if (event := loader.get_event()) is not None:
                yield event
    finally:
        loader.dispose()


def _read_text(path: Path, limits: Limits) -> str:
    source = str(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise InvalidInput(
                Problem(
                    f"a scenario is a file, but this is {kind}",
                    place=Place(source),
                    remedy="name a YAML file",
                )
            )
        with path.open("rb") as file:
            content = file.read(limits.n_bytes + 1)
    except FileNotFoundError:
        neighbours = [file.name for file in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise InvalidInput(
            Problem(
                "there is no such file", place=Place(source), remedy=remedy_for_unknown(path.name, neighbours)
            )
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(Problem(f"the file cannot be read: {reason}", place=Place(source))) from None
    if len(content) > limits.n_bytes:
        message = f"a scenario file has at most {limits.n_bytes / 2**20:.3g} MiB"
        remedy = "keep long tables in CSV files and name these"
        raise InvalidInput(Problem(message, place=Place(source), remedy=remedy))
    return _decoded(content, source)


def _decoded(content: bytes, source: str) -> str:
    remedy = "save the file as UTF-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput(
            Problem("a scenario file is UTF-8, this one is UTF-16", place=Place(source), remedy=remedy)
        )
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_in(content[: error.start].decode("utf-8"), source)
        found = f"byte 0x{content[error.start]:02X}"
        raise InvalidInput(
            Problem("a scenario file is UTF-8", place=place, found=found, remedy=remedy)
        ) from None


def _place_in(before: str, source: str) -> Place:
    """Return the place that follows a piece of text from the beginning of the file."""
    lines = re.split(r"\r\n|\r|\n", before)
    return Place(source, len(lines), len(lines[-1]) + 1)


def _character_problems(text: str, source: str) -> list[Problem]:
    problems = []
    for match in FORBIDDEN.finditer(text):
        problems.append(character_problem(match[0], _place_in(text[: match.start()], source)))
        if len(problems) == 10:  # a binary file has thousands
            break
    return problems
