"""What commands print: data to stdout, messages to stderr, nothing that a terminal would obey."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

    from simlab.execution.progress import Progress

WIDTH_OF_FILES: Final = 160
"""Columns of tables that do not go to a terminal."""

_ESCAPES: Final = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)?|\[[0-?]*[ -/]*[@-~]|.)?", re.DOTALL)
_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_STYLES: Final = {"better": "green", "worse": "red"}


def printable(text: str) -> str:
    """Return text without terminal escape codes, control characters and marks that turn text around."""
    return _INVISIBLE.sub("", _ESCAPES.sub("", text))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; the first column is read from the left, the others end at the right."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]


@dataclass(slots=True)
class Terminal:
    """Where the present command prints."""

    is_quiet: bool = False
    is_verbose: bool = False
    is_debugging: bool = False
    _consoles: dict[TextIO, Console] = field(default_factory=dict)

    def set_up(self, is_quiet: bool, is_verbose: bool, is_debugging: bool) -> None:
        """Begin a command."""
        self.is_quiet, self.is_verbose, self.is_debugging = is_quiet, is_verbose, is_debugging
        self._consoles.clear()

    def out(self, text: str = "") -> None:
        """Print data."""
        _write(sys.stdout, printable(text))

    def note(self, text: str) -> None:
        """Print a message, unless ``--quiet``."""
        if not self.is_quiet:
            _write(sys.stderr, printable(text))

    def warn(self, text: str) -> None:
        """Print a warning, unless ``--quiet``."""
        self.note(f"warning: {text}")

    def detail(self, text: str) -> None:
        """Print a message if ``--verbose``."""
        if self.is_verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """Print why the command failed."""
        _write(sys.stderr, f"simlab: {printable(text)}")

    def json(self, value: object) -> None:
        """Print data as JSON; NaN and infinities, which JSON does not have, as null."""
        _write(sys.stdout, json.dumps(_finite(value), indent=2, allow_nan=False))

    def table(self, table: Table) -> None:
        """Print a table as data."""
        from rich import box
        from rich.table import Table as RichTable
        from rich.text import Text

        shown = RichTable(
            title=Text(printable(table.title)), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD
        )
        for place, name in enumerate(table.header):
            shown.add_column(Text(printable(name)), justify="right" if place else "left")
        for row in table.rows:
            shown.add_row(*(Text(printable(cell), _STYLES.get(cell.split(" ")[-1], "")) for cell in row))
        self._console(sys.stdout).print(shown)

    def progress(self, doing: str) -> Progress:
        """Return a progress bar on stderr where that is a terminal and ``--quiet`` is not given."""
        from simlab.execution.progress import Silence

        console = self._console(sys.stderr)
        return Silence() if self.is_quiet or not console.is_terminal else Bar(console, doing)

    def _console(self, stream: TextIO) -> Console:
        if stream not in self._consoles:
            from rich.console import Console

            is_narrow = stream.isatty() or "COLUMNS" in os.environ
            console = self._consoles[stream] = Console(
                file=stream,
                markup=False,
                highlight=False,
                emoji=False,
                width=None if is_narrow else WIDTH_OF_FILES,
            )
            console.on_broken_pipe = _reader_has_gone  # type: ignore[method-assign]  # rich would end with 1
        return self._consoles[stream]


class Bar:
    """Progress as a bar with the time that is left; replaced by nothing when finished."""

    def __init__(self, console: Console, doing: str) -> None:
        self._console = console
        self._doing = printable(doing)
        self._bar: RichProgress | None = None

    def started(self, n_total: int) -> None:
        """Show the bar, or correct its total."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], total=n_total)
        elif n_total:
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._bar.add_task(self._doing, total=n_total)
            self._bar.start()

    def advanced(self, n_pieces: int = 1) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], n_pieces)

    def finished(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _reader_has_gone() -> None:
    raise BrokenPipeError


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


terminal = Terminal()
"""The one of this process; every command sets it up anew."""
