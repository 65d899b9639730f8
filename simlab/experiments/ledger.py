"""The ledger: what every replication of every configuration gave, so that none is simulated twice.

One checked line a record (`simlab.results.lines`). One that was cut off or damaged is left out when the
ledger is read, and its replication is simulated again.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.results.files import told_as_storage_error
from simlab.results.lines import checked_line, mend_last_line, read_lines
from simlab.results.sealed import canonical_json


class Ledger:
    """Replications by configuration, kept in a file that survives a kill.

    Parameters
    ----------
    path
        The file; it need not exist.
    responses
        Names of the responses that are kept of each replication.
    """

    def __init__(self, path: Path, responses: Sequence[str]) -> None:
        self._path = path
        self._responses = tuple(responses)
        self._found: dict[tuple[str, int], ReplicationSummary] = {}
        self.n_damaged = 0
        """Records that could not be read and will be simulated again."""
        self._read()
        with told_as_storage_error("write it", path):
            self._file = path.open("ab", buffering=0)

    def get(self, configuration: str, replication: int) -> ReplicationSummary | None:
        """Return a replication, if it was simulated before."""
        return self._found.get((configuration, replication))

    def __len__(self) -> int:
        return len(self._found)

    def add(self, configuration: str, summary: ReplicationSummary) -> None:
        """Keep a replication; one that is kept already is left as it is."""
        key = (configuration, summary.replication)
        if key in self._found:
            return
        kept = _restricted(summary, self._responses)
        record = canonical_json({"configuration": configuration, **_plain(kept)}).encode()
        with told_as_storage_error("write it", self._path, len(record)):
            line = memoryview(checked_line(record))
            while line:  # a disk that fills up takes a part
                line = line[self._file.write(line) :]
        self._found[key] = kept

    def sync(self) -> None:
        """Write everything down to the disk."""
        with told_as_storage_error("write it", self._path):
            os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._file.close()

    def _read(self) -> None:
        kept = read_lines(self._path)
        self.n_damaged = kept.n_damaged
        with told_as_storage_error("write it", self._path):
            mend_last_line(self._path)
        for record in kept.records:
            plain = json.loads(record)
            if tuple(plain["names"]) == self._responses:
                summary = _summary(plain)
                self._found[plain["configuration"], summary.replication] = summary


def _restricted(summary: ReplicationSummary, names: tuple[str, ...]) -> ReplicationSummary:
    places = [summary.names.index(name) for name in names]
    return ReplicationSummary(
        replication=summary.replication,
        names=names,
        value=summary.value[places],
        numerator=summary.numerator[places],
        denominator=summary.denominator[places],
        resolution=(),
        window=summary.window,
        truncated=summary.truncated,
    )


def _plain(summary: ReplicationSummary) -> dict[str, Any]:
    return {
        "replication": summary.replication,
        "names": list(summary.names),
        "value": _spelt(summary.value),
        "numerator": _spelt(summary.numerator),
        "denominator": _spelt(summary.denominator),
        "window": [summary.window.start, summary.window.end],
        "truncated": summary.truncated,
    }


def _summary(plain: dict[str, Any]) -> ReplicationSummary:
    return ReplicationSummary(
        replication=plain["replication"],
        names=tuple(plain["names"]),
        value=_numbers(plain["value"]),
        numerator=_numbers(plain["numerator"]),
        denominator=_numbers(plain["denominator"]),
        resolution=(),
        window=Window(*plain["window"]),
        truncated=plain["truncated"],
    )


def _spelt(numbers: NDArray[np.float64]) -> list[float | str]:
    """Numbers for JSON, which has no word for NaN and infinities."""
    return [number if math.isfinite(number) else str(number) for number in numbers.tolist()]


def _numbers(spelt: list[float | str]) -> NDArray[np.float64]:
    return np.array([float(number) for number in spelt])
