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
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.results.files import told_as_storage_error
from simlab.results.lines import checked_line, mend_last_line, read_lines, records_of
from simlab.results.sealed import canonical_json

Key: TypeAlias = tuple[str, int]
"""Configuration and replication."""


class Elsewhere(Protocol):
    """Where a ledger's lines are kept for others too."""

    def lines(self) -> list[bytes]:
        """Return the lines that are there, without their line ends."""

    def keep(self, lines: Sequence[tuple[Key, bytes]]) -> None:
        """Add lines that are not there."""


class Ledger:
    """Replications by configuration, kept in a file that survives a kill.

    Parameters
    ----------
    path
        The file; it need not exist.
    responses
        Names of the responses that are kept of each replication.
    elsewhere
        Where others find them too: what is there is taken over, what is here is told when `sync` is called.
    """

    def __init__(self, path: Path, responses: Sequence[str], elsewhere: Elsewhere | None = None) -> None:
        self._path = path
        self._responses = tuple(responses)
        self._elsewhere = elsewhere
        self._untold: dict[Key, bytes] = {}
        self._found: dict[Key, ReplicationSummary] = {}
        self.n_damaged = 0
        """Records that could not be read and will be simulated again."""
        self._read()
        with told_as_storage_error("write it", path):
            self._file = path.open("ab", buffering=0)
        if elsewhere is not None:
            self._level(elsewhere)

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
        self._write(record)
        self._found[key] = kept
        if self._elsewhere is not None:
            self._untold[key] = checked_line(record).rstrip(b"\n")

    def sync(self) -> None:
        """Write everything down to the disk."""
        with told_as_storage_error("write it", self._path):
            os.fsync(self._file.fileno())
        if self._elsewhere is not None and self._untold:
            self._elsewhere.keep(list(self._untold.items()))
            self._untold.clear()

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
            key = self._take(record)
            if key is not None and self._elsewhere is not None:
                self._untold[key] = checked_line(record).rstrip(b"\n")

    def _take(self, record: bytes) -> Key | None:
        """Take in a record; returns None where it is about other responses."""
        plain = json.loads(record)
        if tuple(plain["names"]) != self._responses:
            return None
        summary = _summary(plain)
        key = plain["configuration"], summary.replication
        self._found[key] = summary
        return key

    def _level(self, elsewhere: Elsewhere) -> None:
        """Take over what only others have, and tell them at the next `sync` what only this ledger has."""
        there = records_of(elsewhere.lines())
        self.n_damaged += there.n_damaged
        known = set(self._found)
        for record in there.records:
            key = self._take(record)
            if key is None:
                continue
            self._untold.pop(key, None)
            if key not in known:
                self._write(record)
        self.sync()

    def _write(self, record: bytes) -> None:
        with told_as_storage_error("write it", self._path, len(record)):
            line = memoryview(checked_line(record))
            while line:  # a disk that fills up takes a part
                line = line[self._file.write(line) :]


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
