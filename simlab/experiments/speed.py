"""How long a replication will take, before it is run."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Final

from simlab.engines.auto import COMPILED_IS_QUICKER, beginning_of_job
from simlab.engines.guards import Guards
from simlab.experiments.replication import replicate
from simlab.model.tables import Model
from simlab.model.traffic import estimate_traffic

TRIED_EVENTS: Final = {"simpy": 20_000, "compiled": 400_000}
"""Events that are simulated to judge the speed: some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What replications of a model take on this machine."""

    seconds_per_replication: float
    compiling_seconds: float
    """Once, before the first of them; 0 where nothing is left to compile."""


def effort_of(model: Model, seed: int, n_replications: int) -> Effort:
    """Judge from its first events how long each of so many replications of a model will take.

    What is tried is the engine that will run them, and the figures made of its logs. A compiled engine that
    is not there yet is judged from the other one.
    """
    beginning = beginning_of_job(model, n_replications)
    if not beginning.compiling_seconds:
        return Effort(_tried(model, seed, beginning.engine), 0.0)
    return Effort(_tried(model, seed, "simpy") / COMPILED_IS_QUICKER, beginning.compiling_seconds)


def _tried(model: Model, seed: int, engine: str) -> float:
    began = perf_counter()
    replicate(model, seed, 0, engine=engine, guards=Guards(max_events=0))
    ready = perf_counter()
    guards = Guards(max_events=TRIED_EVENTS[engine])
    records = replicate(model, seed, 0, engine=engine, logs="first", guards=guards).logs
    tried = perf_counter() - ready
    assert records is not None
    if not records.totals.truncated:
        return tried
    # Drawing the arrivals takes its time once, events take theirs each.
    at_first = ready - began
    events = estimate_traffic(model).events / records.totals.events
    return at_first + max(tried - at_first, 0.0) * max(events, 1.0)
