"""What all formats have in common before anybody says what it means: named columns, and rows kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Labels

RawColumn = Labels | Floats
"""Text, or (of formats that have times of their own) minutes since 1970-01-01 00:00 UTC."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used, and why."""

    line: int
    """Line of the file where it begins; of formats without lines the number of the row, both from 1."""
    reason: str
    text: str
    """The row as it stands, as one line of CSV where its columns are known."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows of a log as read, with nothing interpreted."""

    columns: Mapping[str, RawColumn]
    """Equally long columns by name, in the order of the file."""
    lines: NDArray[np.int64]
    """Line of the file where each row begins, from 1."""
    rejected: tuple[RejectedRow, ...] = ()
    """Rows that are not rows: too few or too many values, a quote that never closes."""
    remarks: tuple[str, ...] = ()
    """What the planner should know about the file as a whole."""
    found: Mapping[str, str] = field(default_factory=dict)
    """What was found out about the form of the file: encoding, delimiter."""
    case_columns: frozenset[str] = frozenset()
    """Columns that say the same in all rows of a case, of formats that tell them apart."""

    def __len__(self) -> int:
        return len(self.lines)

    def row_text(self, row: int) -> str:
        """Return one row as a line of CSV."""
        return ",".join(_cell(column, row) for column in self.columns.values())


def counted(rejected: Sequence[RejectedRow]) -> dict[str, int]:
    """Return how many rows are kept apart for each reason, the most frequent first."""
    return dict(Counter(row.reason for row in rejected).most_common())


def _cell(column: RawColumn, row: int) -> str:
    if not isinstance(column, Labels):
        return "" if np.isnan(column[row]) else repr(float(column[row]))
    text = column.text(row)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\r\n') else text
