"""Columns of the CSV files that a scenario names."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

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

    def column(self, column: str, file: str) -> Sequence[str]:
        """Return the values of a column as texts, in the order of rows; ValueError where there is none."""
        if column not in self.columns:
            remedy = remedy_for_unknown(column, self.columns) or "check the header of the file"
            raise ValueError(f"{file} has no column {column!r} -> {remedy}")
        return self.columns[column]


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
        body = [row for row in rows if row]
    except csv.Error as error:
        raise ValueError(f"{file}, line {rows.line_num}: {error} -> save it as CSV again") from None
    _check_header(header, file)
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise ValueError(
                f"row {number} of {file} has {len(row)} values, its header {len(header)} -> correct the row"
            )
    columns = [[value.strip() for value in column] for column in zip(*body, strict=True)]
    if not columns:
        raise ValueError(f"{file} has a header but no rows -> add rows")
    return Table(name, hashlib.sha256(content).hexdigest(), dict(zip(header, columns, strict=True)))


def _check_header(header: Sequence[str], file: str) -> None:
    if not any(header):
        raise ValueError(f"{file} has no header -> write the names of the columns in its first line")
    if len(header) == 1 and ";" in header[0]:
        raise ValueError(f"the columns of {file} are separated by semicolons -> save it with commas")
    if len(set(header)) < len(header):
        twice = next(title for title in header if header.count(title) > 1)
        raise ValueError(f"{file} has two columns {twice!r} -> rename one")
