"""The ledger: what every replication of every configuration gave, so that none is simulated twice.

One line a record, behind the first 16 hexadecimal digits of its SHA-256. Lines are only ever added; one
that was cut off or damaged is left out when the ledger is read, and its replication is simulated again.
"""

from __future__ import annotations

import hashlib
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
from simlab.results.sealed import canonical_json

_HEX_DIGITS = 16


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
            self._file = path.open("ab")

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
            self._file.write(_digest(record) + b" " + record + b"\n")
            self._file.flush()
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
        with told_as_storage_error("read it", self._path):
            mend_last_line(self._path)
            content = self._path.read_bytes() if self._path.exists() else b""
        for line in content.splitlines():
            digest, _, record = line.partition(b" ")
            if digest != _digest(record):
                self.n_damaged += 1
                continue
            plain = json.loads(record)
            if tuple(plain["names"]) == self._responses:
                summary = _summary(plain)
                self._found[plain["configuration"], summary.replication] = summary


def mend_last_line(path: Path) -> None:
    """Cut off what a writer that was killed has left of its last line."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _digest(record: bytes) -> bytes:
    return hashlib.sha256(record).hexdigest()[:_HEX_DIGITS].encode()


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
