"""How large a run will be, before it is started."""

from __future__ import annotations

from time import perf_counter
from typing import Final

import numpy as np

from simlab.engines.interface import Guards
from simlab.model.tables import (
    ListedArrivals,
    Model,
    PoissonArrivals,
    PopulationArrivals,
    RenewalArrivals,
    Stream,
)

TRIED_EVENTS: Final = 20_000
"""Events that are simulated to judge the speed."""


def expected_tickets(model: Model) -> float:
    """Return the tickets that one replication is expected to make.

    A finite population counts as if its tickets took no time, which is the most that it can make; one
    without time away counts its members once.
    """
    return sum(expected_from(model, stream) for stream in model.streams)


def seconds_per_replication(model: Model, seed: int) -> float:
    """Return about how long one replication takes on this machine, judged from its first events."""
    from simlab.engines.simpy_desk import SimpyEngine

    started = perf_counter()
    totals = SimpyEngine().run(model, seed, 0, Guards(max_events=TRIED_EVENTS)).totals
    seconds = perf_counter() - started
    if not totals.truncated or totals.created == 0:
        return seconds
    return seconds * max(expected_tickets(model) / totals.created, 1.0)


def expected_from(model: Model, stream: Stream) -> float:
    """Return the tickets that one stream is expected to make in a replication; see `expected_tickets`."""
    match stream.arrivals:
        case PoissonArrivals() as process:
            n = float(np.sum(process.rate * np.diff(process.edges)))
        case RenewalArrivals() as process:
            # Gaps of no length never pass the end: such a stream makes its limit, or has no end.
            gap = model.distribution_list[process.gap].mean
            n = max(process.end - process.start, 0.0) / gap if gap > 0.0 else np.inf
        case ListedArrivals() as process:
            n = float(len(process.at))
        case PopulationArrivals() as process:
            away = model.distribution_list[process.away].mean
            n = process.size * (1.0 + (model.length / away if away > 0.0 else 0.0))
    if stream.batch >= 0:
        n *= max(model.distribution_list[stream.batch].mean, 1.0)
    return n if stream.limit < 0 else min(n, float(stream.limit))
