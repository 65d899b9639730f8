"""How long a replication will take, before it is run."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from simlab.engines.guards import Guards
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.tables import Model
from simlab.model.traffic import estimate_traffic

TRIED_EVENTS: Final = 20_000
"""Events that are simulated to judge the speed."""


def seconds_per_replication(model: Model, seed: int) -> float:
    """Return about how long one replication takes on this machine, judged from its first events."""
    engine = SimpyEngine()
    began = perf_counter()
    engine.run(model, seed, 0, Guards(max_events=0))
    ready = perf_counter()
    totals = engine.run(model, seed, 0, Guards(max_events=TRIED_EVENTS)).totals
    tried = perf_counter() - ready
    if not totals.truncated:
        return tried
    # Drawing the arrivals takes its time once, events take theirs each.
    at_first = ready - began
    return at_first + max(tried - at_first, 0.0) * max(estimate_traffic(model).events / totals.events, 1.0)
