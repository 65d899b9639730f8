"""Standardisation against exact theory: a lever on the cv of the work shortens the wait of M/G/1 as it must.

Means over 30 replications; a right engine fails one comparison in 2,500 (see `tests.theory.agreement`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain
from simlab.statistics.queueing import mg1
from tests.desks import Run, one_step
from tests.theory.agreement import REPLICATIONS, assert_agrees

CV = 1.4
LOWER_BY = 0.75
"""Share by which the lever lowers the cv at level 1."""


@cache
def waits(level: float) -> list[float]:
    """Mean waits by replication."""
    written: dict[str, Any] = one_step(
        {"rate": "30/hour"},
        {"lognormal": {"mean": "1 min", "cv": CV}},
        {"people": 1},
        "20000 min",
        time={"warm_up": "1000 min", "then": "drain"},
        levers={
            "standards": {"level": level, "effects": {"routing.steps.*.work.cv": f"-{100 * LOWER_BY:g} %"}}
        },
    )
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    model, engine = from_node(node, ".").model, SimpyEngine()
    runs = (Run(model, engine.run(model, 20260105, replication)) for replication in range(REPLICATIONS))
    return [float(each.waits("work").mean()) for each in runs]


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.4, 1.0])
def test_wait_falls_as_one_plus_cv_squared(level: float) -> None:
    """Two ways to the same answer: the level's own exact wait, and the paired ratio to level 0."""
    cv = CV * (1.0 - LOWER_BY * level)
    before, after = waits(0.0), waits(level)
    assert_agrees(after, mg1(0.5, 1.0, cv**2).mean_wait, precision=0.015)
    ratio = (1.0 + cv**2) / (1.0 + CV**2)
    assert_agrees([b - a / ratio + 1.0 for a, b in zip(after, before, strict=True)], 1.0, precision=0.05)
