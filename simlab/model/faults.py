"""Which part of the incidents each fault causes in a replication."""

from __future__ import annotations

import math

import numpy as np

from simlab.model.arrivals import STREAM_LEVEL, Key
from simlab.model.improvement_tables import FaultTable
from simlab.model.quantiles import sampler
from simlab.model.streams import Purpose, uniform
from simlab.model.tables import Floats, Model


def fault_shares(model: Model, key: Key, group: int) -> Floats:
    """Shares of a group's incidents that each of its faults causes; they add up to 1.

    Those that are drawn are drawn anew in each replication, by the number of the fault in its group.
    """
    table = model.faults
    assert table is not None
    weight = table.weight[table.first[group] : table.first[group + 1]].copy()
    if np.isnan(weight).any():
        weight[:] = [_drawn(model, table, key, group, number) for number in range(len(weight))]
    return np.asarray(weight / weight.sum(), np.float64)


def _drawn(model: Model, table: FaultTable, key: Key, group: int, number: int) -> float:
    u = uniform(key, number, int(table.space[group]), STREAM_LEVEL, 0, Purpose.FAULT_RATE)
    distribution = int(table.drawn[group])
    if distribution >= 0:
        return sampler(model.distributions, distribution)(u)
    return math.pow(1.0 - u, -1.0 / float(table.pareto[group]))
