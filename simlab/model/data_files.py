"""Columns of the CSV files that a scenario names."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, overload

from simlab.errors import Place
from simlab.scenario.suggestions import remedy_for_unknown

LARGEST_MIB: Final = 64
_NOT_RELATIVE: Final = re.compile(r"[/\\~]|[A-Za-z]:|.*://", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file: its columns by name, as texts."""

    name: str
    """Path below the root folder, with ``/``."""
    sha256: str
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[str]
    """The text of the file."""
    first_line: Sequence[int]
    """Line at which each row begins, from 1."""

    def column(self, column: str, file: str) -> CsvColumn:
        """Return the values of a column as texts, in the order of rows; ValueError where there is none."""
        if column not in self.columns:
            remedy = remedy_for_unknown(column, self.columns) or "check the header of the file"
            raise ValueError(f"{file} has no column {column!r} -> {remedy}")
        return CsvColumn(self, list(self.columns).index(column), self.columns[column])

    def place(self, row: int, column: int) -> Place:
        """Return where a value stands: row and column from 0, without the header."""
        line = self.first_line[row]
        return Place(self.name, line, _start_of_field(self.lines[line - 1], column) + 1)


class CsvColumn(Sequence[str]):
    """The texts of one column, which knows where each of them stands."""

    def __init__(self, table: Table, number: int, texts: Sequence[str]) -> None:
        self._table, self._number, self._texts = table, number, texts

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...

    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        return self._texts[row]

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def place(self, row: int) -> Place:
        """Return where the value of a row stands."""
        return self._table.place(row, self._number)


def _start_of_field(line: str, number: int) -> int:
    """Position of a field in a line of CSV; commas within quotes are part of a field."""
    position, is_quoted = 0, False
    for at, letter in enumerate(line):
        if number == 0:
            break
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == "," and not is_quoted:
            number -= 1
            position = at + 1
    return position


@dataclass(slots=True)
class DataFiles:
    """Reads CSV files below one folder, each once."""

    root: Path
    """Folder that all files must lie in after following links."""
    _tables: dict[Path, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))

    def table(self, folder: Path, file: str) -> Table:
        """Return a file.

        Parameters
        ----------
        folder
            Folder of the scenario file that names the CSV file.
        file
            Relative path as written.

        Raises
        ------
        ValueError
            As ``message -> remedy``: the file is not there, not below the root folder, not a regular file,
            too large, not UTF-8, or not CSV with a header.
        """
        real = self._real(folder, file)
        if real not in self._tables:
            self._tables[real] = _parsed(_content(real, file), file, real.relative_to(self.root).as_posix())
        return self._tables[real]

    def _real(self, folder: Path, file: str) -> Path:
        if _NOT_RELATIVE.match(file):
            raise ValueError("a data file is named relative to this file -> write a path such as data/x.csv")
        real = Path(os.path.realpath(folder / file))
        if not real.is_relative_to(self.root):
            raise ValueError(
                "data files must stay in the folder of the scenario -> move the file or widen the root"
            )
        return real


def _content(path: Path, file: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError(f"{file} is not a regular file -> name a CSV file")
        with path.open("rb") as opened:
            content = opened.read(LARGEST_MIB * 2**20 + 1)
    except FileNotFoundError:
        neighbours = [near.name for near in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        remedy = remedy_for_unknown(path.name, neighbours) or "check the name"
        raise ValueError(f"there is no file {file} -> {remedy}") from None
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror} -> check the file") from None
    if len(content) > LARGEST_MIB * 2**20:
        raise ValueError(
            f"{file} is larger than {LARGEST_MIB} MiB -> keep the columns and rows that are needed"
        )
    return content


def _parsed(content: bytes, file: str, name: str) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 (byte {error.start}) -> save it as CSV UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [title.strip() for title in next(rows, [])]
        body, first_line, line = [], [], rows.line_num + 1
        for row in rows:
            if row:
                body.append(row)
                first_line.append(line)
            line = rows.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{file}, line {rows.line_num}: {error} -> save it as CSV again") from None
    _check_header(header, file)
    for number, row in zip(first_line, body, strict=True):
        if len(row) != len(header):
            raise ValueError(
                f"line {number} of {file} has {len(row)} values, its header {len(header)} -> correct the row"
            )
    columns = [[value.strip() for value in column] for column in zip(*body, strict=True)]
    if not columns:
        raise ValueError(f"{file} has a header but no rows -> add rows")
    by_name = dict(zip(header, columns, strict=True))
    return Table(name, hashlib.sha256(content).hexdigest(), by_name, _lines(text), first_line)


def _lines(text: str) -> list[str]:
    """Lines as the CSV reader counts them."""
    return list(io.StringIO(text, newline=""))


def _check_header(header: Sequence[str], file: str) -> None:
    if not any(header):
        raise ValueError(f"{file} has no header -> write the names of the columns in its first line")
    if len(header) == 1 and ";" in header[0]:
        raise ValueError(f"the columns of {file} are separated by semicolons -> save it with commas")
    if len(set(header)) < len(header):
        twice = next(title for title in header if header.count(title) > 1)
        raise ValueError(f"{file} has two columns {twice!r} -> rename one")
