"""XES logs (IEEE 1849), read as a stream: a row an event, with the attributes of its trace beside its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Codes, Labels
from simlab.calibrate.reading.log_file import refused
from simlab.calibrate.reading.raw_table import RawTable
from simlab.calibrate.reading.xml_events import Attributes, parse_xml

_VALUES: Final = frozenset(("string", "date", "int", "float", "boolean", "id"))
_CONTAINERS: Final = frozenset(("list", "container", "values"))
_CASE: Final = "case:"
_NAME: Final = "case:concept:name"
MOST_COLUMNS: Final = 1000


def xes_table(content: bytes, path: Path) -> RawTable:
    """Read an XES log.

    Attributes of traces are columns with ``case:`` in front, as process-mining tools name them. Attributes of
    attributes, lists and containers are left out. A trace without a name gets the number of its place.

    Raises
    ------
    InvalidInput
        It is not well-formed XML, has a document type, is no XES log, or has no events.
    """
    log = _Log(path)
    parse_xml(content, path, log.start, log.end)
    if not log.lines:
        raise refused(path, "the log has no events", "export it again")
    columns = {name: column.labels(len(log.lines)) for name, column in log.columns.items()}
    remarks = []
    if log.n_nested:
        remarks.append(f"{log.n_nested:,} attributes inside attributes or lists are left out")
    return RawTable(
        columns,
        np.array(log.lines, np.int64),
        remarks=tuple(remarks),
        case_columns=frozenset(name for name in columns if name.startswith(_CASE)),
    )


@dataclass(slots=True)
class _Column:
    """A column that grows; rows that say nothing are filled in as none."""

    code_of: dict[str, int] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)

    def put(self, row: int, text: str) -> None:
        """Give a row its text."""
        if row >= len(self.codes):
            self.codes.extend([-1] * (row + 1 - len(self.codes)))
        self.codes[row] = self.code_of.setdefault(text, len(self.code_of)) if text else -1

    def labels(self, n_rows: int) -> Labels:
        """Return the finished column."""
        codes: Codes = np.full(n_rows, -1, np.int32)
        codes[: len(self.codes)] = self.codes
        return Labels(codes, tuple(self.code_of))


@dataclass(slots=True)
class _Log:
    path: Path
    columns: dict[str, _Column] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    n_nested: int = 0
    _open: list[str] = field(default_factory=list)
    _trace: dict[str, str] = field(default_factory=dict)
    _n_traces: int = 0
    _rows_of_trace: int = 0

    def start(self, name: str, attributes: Attributes, line: int) -> None:
        """Take the beginning of an element."""
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        if not parent and name != "log":
            raise refused(
                self.path, f"an XES log begins with <log>; this one with <{name}>", "export XES", line
            )
        if name == "trace":
            self._trace, self._rows_of_trace = {}, len(self.lines)
            self._n_traces += 1
        elif name == "event":
            self.lines.append(line)
        elif name in _VALUES and parent == "event":
            self._column(attributes.get("key", ""), line).put(len(self.lines) - 1, _value(attributes))
        elif name in _VALUES and parent == "trace":
            self._trace[_CASE + attributes.get("key", "")] = _value(attributes)
        elif name in _VALUES and parent in (*_VALUES, *_CONTAINERS):
            self.n_nested += 1

    def end(self, name: str) -> None:
        """Take the end of an element: a trace gives its attributes to all its events."""
        self._open.pop()
        if name != "trace":
            return
        self._trace.setdefault(_NAME, f"trace {self._n_traces}")
        for key, text in self._trace.items():
            column = self._column(key, 0)
            for row in range(self._rows_of_trace, len(self.lines)):
                column.put(row, text)

    def _column(self, key: str, line: int) -> _Column:
        if key not in self.columns and len(self.columns) >= MOST_COLUMNS:
            raise refused(self.path, f"a log has at most {MOST_COLUMNS} attributes", "export fewer", line)
        return self.columns.setdefault(key, _Column())


def _value(attributes: Attributes) -> str:
    return attributes.get("value", "").strip()
