from __future__ import annotations

import numpy as np
import pytest

from simlab.metrics.summary import ReplicationSummary, TimeDistribution
from simlab.metrics.window import Window
from simlab.results.store import ResultStore
from simlab.results.summaries import summary_arrays, summary_of


def summary(*distributions: TimeDistribution) -> ReplicationSummary:
    return ReplicationSummary(
        replication=3,
        names=("resolution.mean", "sla[P1]"),
        value=np.array([0.1 + 0.2, np.nan]),
        numerator=np.array([np.nan, 0.0]),
        denominator=np.array([np.nan, 0.0]),
        resolution=distributions,
        window=Window(40320.0, 302400.1),
        truncated="" if distributions else "too many events",
    )


ALL = TimeDistribution("overall", "", 3, np.array([1.0, 2.5, 7.1]))
NONE = TimeDistribution("class", "服务", 0, np.empty(0))
ONE = TimeDistribution("priority", "P1", 1, np.array([4.2]))


@pytest.mark.parametrize("distributions", [(), (ALL,), (NONE,), (ALL, NONE, ONE), (NONE, NONE, ONE)])
def test_summary_comes_back_from_the_store_bit_for_bit(
    store: ResultStore, distributions: tuple[TimeDistribution, ...]
) -> None:
    written = summary(*distributions)
    store.write(3, summary_arrays(written))
    read = summary_of(store.read_summary(3))
    assert (read.replication, read.names, read.window, read.truncated) == (
        written.replication,
        written.names,
        written.window,
        written.truncated,
    )
    for name in ("value", "numerator", "denominator"):
        assert getattr(read, name).tobytes() == getattr(written, name).tobytes()
    assert len(read.resolution) == len(distributions)
    for again, distribution in zip(read.resolution, distributions, strict=True):
        assert (again.dimension, again.label, again.n) == (
            distribution.dimension,
            distribution.label,
            distribution.n,
        )
        assert again.points.tobytes() == distribution.points.tobytes()
