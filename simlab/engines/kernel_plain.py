"""The tables of the compiled engine for code that is not compiled.

With ``NUMBA_DISABLE_JIT=1`` the kernel's functions run as the Python that they are: some hundred times
slower, but at once, with breakpoints, tracebacks and checks of bounds. Numbers are read as Python's own,
because the shared rules count on integers that do not overflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from numpy.typing import NDArray

from simlab.engines.kernel_layout import SECTIONS
from simlab.model.calendars import Calendar

Tables = Mapping[str, NDArray[Any]]


class PlainDesk:
    """Tables by name, as attributes."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == "calendars":
            return _Calendars(self._tables)
        if name in SECTIONS:
            return _Section(self._tables, name)
        return _column(self._tables[name])


class _Section:
    """Columns that are handed on together, by their names in the section."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables, self._name = tables, name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return _column(self._tables[f"{self._name}.{name}"])


class _Calendars:
    """Calendars by number."""

    def __init__(self, tables: Tables) -> None:
        self._first, self._opens, self._closes, self._worked_before = (
            tables[f"calendars.{name}"] for name in ("first", "opens", "closes", "worked_before")
        )

    def __getitem__(self, calendar: int) -> Calendar:
        first, end = int(self._first[calendar]), int(self._first[calendar + 1])
        before = self._worked_before[first + calendar : end + calendar + 1]
        return Calendar(self._opens[first:end], self._closes[first:end], before, 0.0, 0.0)


class _Column:
    """Numbers by row."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    def __getitem__(self, row: int) -> Any:  # noqa: ANN401
        return self._array[_checked(row)].item()

    def __setitem__(self, row: int, value: Any) -> None:  # noqa: ANN401
        self._array[_checked(row)] = value


class _Records(_Column):
    """Records by row."""

    def __getitem__(self, row: int) -> _Record:
        return _Record(self._array, _checked(row))


class _Record:
    """Fields of one record; a field of several numbers is a column."""

    __slots__ = ("_array", "_row")

    def __init__(self, array: NDArray[Any], row: int) -> None:
        object.__setattr__(self, "_array", array)
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        field = self._array[name]
        return _Column(field[self._row]) if field.ndim > 1 else field[self._row].item()

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        self._array[name][self._row] = value


def _column(array: NDArray[Any]) -> _Column:
    return _Column(array) if array.dtype.names is None else _Records(array)


def _checked(row: int) -> int:
    """A row, which compiled code does not check: it would read what stands before the table."""
    if row < 0:
        raise IndexError(f"row {row} of a table of the kernel")
    return row


_desks: WeakValueDictionary[int, PlainDesk] = WeakValueDictionary()


def keep(address: int, tables: Tables) -> PlainDesk:
    """Make the desk of tables known by their address, as long as it is kept."""
    desk = _desks[address] = PlainDesk(tables)
    return desk


def plain_desk_at(address: int) -> PlainDesk:
    """Return the desk whose tables are known by an address."""
    return _desks[address]
