"""Runs of both engines, compared record by record: equality, not closeness."""

from __future__ import annotations

import numpy as np

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.logs import Log, RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.tables import Model

LOGS = ("tickets", "visits", "work", "duty", "states", "actions", "attempts")


def assert_equal(reference: RunLogs, compiled: RunLogs) -> None:
    """Both runs left the same records with the same bits, in the same order; NaN equals NaN."""
    for name in LOGS:
        assert_equal_log(name, getattr(reference, name), getattr(compiled, name))
    assert reference.totals == compiled.totals
    assert reference.replication == compiled.replication


def assert_equal_log(name: str, reference: Log, compiled: Log) -> None:
    assert len(reference) == len(compiled), f"{name}: {len(reference)} and {len(compiled)} rows"
    for column in reference.columns():
        one, other = getattr(reference, column.name), getattr(compiled, column.name)
        assert one.dtype == other.dtype == column.dtype, f"{name}.{column.name}"
        # Bits, not values: only NaNs may differ in theirs.
        differs = (one != other) & ~((one != one) & (other != other))
        rows = np.flatnonzero(differs)
        assert len(rows) == 0, (
            f"{name}.{column.name}, row {rows[0]} of {len(one)}: {one[rows[0]]!r} and {other[rows[0]]!r}"
        )


class BothEngines:
    """An engine that runs the reference, and the compiled engine too where it knows the model."""

    name = "both"

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Return the logs of the reference, which those of the compiled engine equal."""
        reference = SimpyEngine().run(model, seed, replication, guards)
        engine = CompiledEngine()
        if engine.supports(model) is None:
            assert_equal(reference, engine.run(model, seed, replication, guards))
        return reference
