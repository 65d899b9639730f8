"""What queueing formulas ask of their arguments."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simlab.errors import UsageError


def require_servers(servers: int) -> None:
    """Refuse fewer than one server."""
    if servers < 1:
        raise UsageError(f"at least one server is needed; found {servers}")


def require_positive(name: str, value: float) -> None:
    """Refuse what is not a finite number above 0."""
    if not 0.0 < value < math.inf:
        raise UsageError(f"{name} must be a finite number above 0; found {value}")


def require_not_negative(name: str, value: float) -> None:
    """Refuse what is not a finite number of at least 0."""
    if not 0.0 <= value < math.inf:
        raise UsageError(f"{name} must be a finite number of at least 0; found {value}")


def require_share(name: str, value: float) -> None:
    """Refuse what is not strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise UsageError(f"{name} must lie between 0 and 1; found {value}")


def require_same_length(**columns: Sequence[float]) -> None:
    """Refuse lists, one entry a class or station, that differ in length or are empty."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise UsageError("one entry a class or station is needed in each list; found " + str(lengths))
