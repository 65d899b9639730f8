"""Runs whose logs are handed over in parts, for those who make figures of them and do not keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np

from simlab.engines.guards import Guards
from simlab.engines.logs import Integers, RunLogs
from simlab.model.tables import Model

PART_ROWS: Final = 2**14
"""Rows of a log in one part: few enough to stay near the processor from being written to being read."""


@dataclass(frozen=True, slots=True)
class RunPart:
    """Rows of a run that are final.

    The last part has the rows that are still open, and all that is no row of tickets, visits or work: what
    people's duty was in the end, totals, states, actions, attempts.
    """

    number: Integers
    """Of each row of tickets: in a part they stand in the order in which they were closed."""
    logs: RunLogs
    """Duty is that which was planned, and totals say nothing, but in the last part. Columns are used again
    for the next part: copy what is to last."""
    is_whole: bool = False
    """Whether it is the only part, so that its logs are whole."""

    @classmethod
    def whole(cls, logs: RunLogs) -> RunPart:
        """Return the only part of a run whose logs are whole."""
        return cls(np.arange(len(logs.tickets)), logs, is_whole=True)


Reader: TypeAlias = Callable[[RunPart], None]
"""Takes in one part after the other."""


@runtime_checkable
class EngineInParts(Protocol):
    """An engine that need not keep its logs."""

    def run_in_parts(
        self, model: Model, seed: int, replication: int, guards: Guards, begin: Callable[[], Reader]
    ) -> RunPart:
        """Run one replication; hand over all parts but the last, which is returned.

        A run may begin anew with more room: ``begin`` is asked for a reader whenever it does, and what the
        reader before was told is void.
        """
        ...
