"""Queues of which some come in the order of service and others ahead of it, left from anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines


def crowded(discipline: str) -> dict[str, Any]:
    """Three people by day, tickets round the clock; many give up, or become so urgent that they interrupt."""
    staff = {
        "people": 3,
        "hours": {"daily": "08:00-17:00"},
        "at_shift_end": "pause",
        "queue": discipline,
        "preempted_by": ["P1"],
    }
    scenario = one_step({"rate": "5/hour"}, {"exponential": "60 min"}, staff, "8 days")
    scenario["priorities"] = ["P1", "P2", "P3"]
    stream = next(iter(scenario["demand"].values()))
    stream["priority"] = {"P1": "10 %", "P2": "30 %", "P3": "60 %"}
    scenario["targets"] = {"P1": {"resolve": "2 h"}, "P2": {"resolve": "8 h"}, "P3": {"resolve": "1 day"}}
    step = next(iter(scenario["routing"]["steps"].values()))
    step["patience"] = {"time": {"exponential": "20 h"}, "to": "abandoned"}
    step["escalate"] = [{"after": "10 h", "raise_to": "P1"}]
    return scenario


@pytest.mark.parametrize("discipline", ["priority", "fifo", "lifo", "earliest_due", "shortest"])
def test_long_queues_that_are_left_from_anywhere_are_served_alike(discipline: str) -> None:
    logs = BothEngines().run(model_of(crowded(discipline)), 1, 0)
    n_begun = int((~np.isnan(logs.visits.started)).sum())
    assert n_begun < len(logs.visits), "some give up"
    assert len(logs.work) > n_begun, "some are interrupted"
