"""A second server that a control rule lends and takes back, against an exact Markov chain."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.summary import summarise
from tests.desks import Run, one_step
from tests.theory.agreement import assert_all_agree

Floats = NDArray[np.float64]

MOST_WAITING = 35
START, STOP, EVERY = 4, 1, 2.0
ARRIVALS = 0.85
"""A minute; work takes a minute on average."""


def exact() -> dict[str, float]:
    """Mean queue and share of time in which the rule acts.

    State: tickets waiting, own server busy, lent server busy, rule acting. Between two reviews it is a Markov
    process; at a review it jumps. A lent server finishes what it holds when the rule stops.
    """
    from scipy.linalg import expm

    states = [s for s in product(range(MOST_WAITING + 1), (0, 1), (0, 1), (0, 1)) if is_possible(*s)]
    number = {state: i for i, state in enumerate(states)}
    n = len(states)
    rates, jumps = np.zeros((n, n)), np.zeros((n, n))
    for state, i in number.items():
        waiting, own, lent, acts = state
        moves = []
        if not own:
            moves.append((ARRIVALS, (waiting, 1, lent, acts)))
        elif acts and not lent:
            moves.append((ARRIVALS, (waiting, own, 1, acts)))
        elif waiting < MOST_WAITING:
            moves.append((ARRIVALS, (waiting + 1, own, lent, acts)))
        if own:
            moves.append((1.0, (waiting - 1, 1, lent, acts) if waiting else (0, 0, lent, acts)))
        if lent:
            goes_on = acts and waiting
            moves.append((1.0, (waiting - 1, own, 1, acts) if goes_on else (waiting, own, 0, acts)))
        for rate, target in moves:
            rates[i, number[target]] += rate
            rates[i, i] -= rate
        after = state
        if not acts and waiting >= START:
            after = (waiting, own, 1, 1) if lent else (waiting - 1, own, 1, 1)
        elif acts and waiting <= STOP:
            after = (waiting, own, lent, 0)
        jumps[i, number[after]] = 1.0
    # The upper right block of this exponential is the integral of exp(rates t) from 0 to the next review.
    whole = expm(np.block([[rates, np.eye(n)], [np.zeros((n, 2 * n))]]) * EVERY)
    during, to_review = whole[:n, n:], whole[:n, :n]
    step = to_review @ jumps
    system = np.vstack([(step - np.eye(n)).T, np.ones(n)])
    after_review = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    by_time = after_review @ during / EVERY
    columns = np.array(states, np.float64)
    return {"queue": float(by_time @ columns[:, 0]), "acts": float(by_time @ columns[:, 3])}


def is_possible(waiting: int, own: int, lent: int, acts: int) -> bool:
    """Nobody waits while a server is free for them."""
    return waiting == 0 or bool(own and (lent or not acts))


def test_queue_and_activity_of_a_reviewed_second_server_are_those_of_the_chain() -> None:
    written = one_step(
        {"rate": f"{60 * ARRIVALS:.6f}/hour"},
        {"exponential": "1 min"},
        {"people": 1},
        "6000 min",
        time={"warm_up": "300 min"},
        control={
            "second": {
                "watch": {"queue": "desk"},
                "every": f"{EVERY:g} min",
                "start": {"at_least": START},
                "stop": {"at_most": STOP},
                "borrow": {"from": "others", "to": "desk", "people": 1},
            }
        },
    )
    written["staffing"]["others"] = {"people": 3}

    def of(name: str, ran: Run) -> float:
        return summarise(ran.model, ran.logs).of(name)

    assert_all_agree(
        written,
        exact(),
        {
            "queue": lambda ran: of("queue_mean[team=desk]", ran),
            "acts": lambda ran: of("control_active_share[control=second]", ran),
        },
        0.02,
    )
