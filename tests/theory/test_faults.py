"""Incident rates under problem management against exact theory; see `tests.theory.agreement`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.model.codes import FaultState, Origin
from simlab.model.faults import fault_shares
from simlab.model.streams import replication_key
from tests.desks import Run, model_of
from tests.theory.agreement import assert_all_agree

PER_HOUR = 8.0
SEED = 20260105
"""That of `assert_all_agree`."""


def incidents(hours: int, faults: dict[str, Any], fixed: str, warm_up: int = 0) -> dict[str, Any]:
    """Poisson incidents that need nobody, and problem tickets that are worked on in no time."""
    at_once = {"wait": "0 min", "next": "resolved"}
    steps = {"pass": at_once, "repair": {**at_once, "fault": {"fixed": fixed}}}
    return {
        "name": "faults",
        "time": {"length": f"{hours} h", "warm_up": f"{warm_up} h"},
        "demand": {
            "incidents": {"arrivals": {"rate": f"{PER_HOUR:g}/hour"}, "start": "pass"},
            "problems": {"arrivals": {"spawned": True}, "start": "repair"},
        },
        "faults": {"causes": {"stream": "incidents", **faults}},
        "routing": {"start": "pass", "steps": steps},
    }


def came(ran: Run, since: float) -> int:
    tickets = ran.logs.tickets
    return int(((tickets.origin == Origin.DEMAND) & (tickets.created >= since)).sum())


def test_faults_that_are_fixed_and_come_anew_alternate_as_renewal_theory_says() -> None:
    """A fault of rate λ is fixed after Exp(λ r) and away for D on average: it causes λ/(1 + λ r D)."""
    weights, success, away = (4.0, 2.0, 1.0, 1.0), 0.5, 10.0
    faults = {
        "rates": {"listed": list(weights)},
        "problems": {"stream": "problems", "after": 1},
        "new_after": {"exponential": f"{away:g} h"},
    }
    written = incidents(800, faults, "50 %", warm_up=100)
    rates = PER_HOUR * np.array(weights) / sum(weights)
    assert_all_agree(
        written,
        {
            "rate": float((rates / (1.0 + rates * success * away)).sum()),
            "with prevented": PER_HOUR,
        },
        {
            "rate": lambda ran: came(ran, ran.model.warm_up) / 700.0,
            "with prevented": lambda ran: (came(ran, ran.model.warm_up) + ran.logs.totals.prevented) / 700.0,
        },
        precision=0.02,
    )


@pytest.mark.parametrize(
    "rates",
    [{"zipf": 1.2}, {"pareto": 1.1}, {"drawn": {"lognormal": {"mean": 1, "cv": 3}}}],
    ids=lambda rates: next(iter(rates)),
)
def test_after_the_worst_are_fixed_the_rate_is_the_sum_of_the_survivors(rates: dict[str, Any]) -> None:
    """Which faults a review half-way fixes depends on the past, and Poisson incidents do not look back."""
    half = 120
    review = {"every": f"{half} h", "worst": 3}
    problems = {"stream": "problems", "review": review}
    written = incidents(
        2 * half, {"count": 20, "share": "75 %", "rates": rates, "problems": problems}, "70 %"
    )

    def against_survivors(ran: Run) -> float:
        fixed = ran.logs.states.state[ran.logs.states.value == FaultState.FIXED]
        shares = fault_shares(ran.model, replication_key(SEED, ran.logs.replication), 0)
        surviving = 1.0 - 0.75 * shares[fixed].sum()
        return float(came(ran, half * 60.0) / (PER_HOUR * half * surviving))

    assert_all_agree(written, {"ratio": 1.0}, {"ratio": against_survivors}, precision=0.02)


def test_a_heavy_tail_lets_few_faults_cause_most_incidents() -> None:
    """Zipf shares are 1/r over the harmonic number, exactly."""
    model = model_of(incidents(1, {"count": 100, "rates": {"zipf": 1.0}}, "0 %"))
    found = fault_shares(model, replication_key(1, 0), 0)
    ranks = np.arange(1, 101)
    assert np.allclose(found, 1.0 / ranks / (1.0 / ranks).sum())
