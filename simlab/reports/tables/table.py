"""A table: named columns with units, from which figures are drawn and CSV files are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.reports.language.catalogue import say

Cell: TypeAlias = str | float | int


@dataclass(frozen=True, slots=True)
class Column:
    """Name and unit of a column."""

    name: str
    unit: str = ""
    """min, share, tickets, tickets/week, ...; empty for texts and plain counts."""

    @property
    def heading(self) -> str:
        """Name with unit, as files and pages show it."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equally many cells. A number that does not exist is NaN."""

    name: str
    """Short name: the stem of its file."""
    title: str
    """What a row is, for people."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the columns."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"every row of table {self.name} must have {len(self.columns)} cells")

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, name: str) -> list[Cell]:
        """Return the cells of a column; KeyError when there is none of that name."""
        return [row[self._place(name)] for row in self.rows]

    def texts(self, name: str) -> list[str]:
        """Return a column of texts."""
        return [str(cell) for cell in self.cells(name)]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, shape (n_rows,)."""
        return np.array(self.cells(name), dtype=np.float64)

    def distinct(self, name: str) -> list[str]:
        """Return the different texts of a column in order of their first row."""
        return list(dict.fromkeys(self.texts(name)))

    def where(self, **wanted: Cell) -> Table:
        """Return the rows in which the named columns hold these cells."""
        places = [(self._place(name), cell) for name, cell in wanted.items()]
        return self.chosen(row for row in self.rows if all(row[place] == cell for place, cell in places))

    def chosen(self, rows: Iterable[tuple[Cell, ...]]) -> Table:
        """Return the table with other rows."""
        return Table(self.name, self.title, self.columns, tuple(rows))

    def about(self, label: str) -> Table:
        """Return the table under a name and a title that say what it is about, such as a scenario."""
        title = say("{title}: {label}", title=say(self.title), label=label)
        return Table(f"{self.name} {label}", title, self.columns, self.rows)

    def by_column(self) -> dict[str, list[Cell]]:
        """Return the cells by heading, for export."""
        return {
            column.heading: [row[place] for row in self.rows] for place, column in enumerate(self.columns)
        }

    def _place(self, name: str) -> int:
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise KeyError(name)


def table(
    name: str, title: str, columns: Sequence[str | tuple[str, str]], rows: Iterable[Sequence[Cell]]
) -> Table:
    """Return a table; columns are given as a name, or as a name and a unit."""
    heads = tuple(Column(head) if isinstance(head, str) else Column(*head) for head in columns)
    return Table(name, title, heads, tuple(tuple(_plain(cell) for cell in row) for row in rows))


def _plain(cell: Cell) -> Cell:
    """Return a NumPy number as Python's own."""
    return cell.item() if isinstance(cell, np.generic) else cell
