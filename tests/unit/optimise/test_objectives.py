"""How configurations stand: queues that grow without end."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.optimise.objectives import CREATED, GROWTH, Aims, Goal

NAMES = ("cost_per_week", GROWTH, CREATED)


def summaries(growth: list[float]) -> list[ReplicationSummary]:
    nothing = np.full(3, np.nan)
    return [
        ReplicationSummary(
            i, NAMES, np.array([1.0, grown, 400.0]), nothing, nothing, (), Window(0.0, 10080.0), ""
        )
        for i, grown in enumerate(growth)
    ]


@pytest.mark.parametrize(
    ("growth", "is_steady", "is_refused"),
    [
        ([40.0, 44.0, 38.0, 42.0], True, True),
        ([40.0, 44.0, 38.0, 42.0], False, False),  # a run from empty may grow
        ([40.0, -44.0, 38.0, 42.0], True, False),  # not shown
        ([5.0, 6.0, 5.0, 6.0], True, False),  # less than 2 % of what comes
        ([40.0], True, False),
    ],
)
def test_queues_that_grow_in_all_runs_is_infeasible_and_says_so(
    growth: list[float], is_steady: bool, is_refused: bool
) -> None:
    aims = Aims((Goal("cost_per_week", (("cost_per_week", 1.0),)),), (), is_steady)

    verdict = aims.judge(summaries(growth))

    assert verdict.is_feasible is not is_refused
    if is_refused:
        assert verdict.infeasible == ("the queues grow without end: by 41 tickets a week, of 400 that come",)
