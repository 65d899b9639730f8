"""Who is next, from the order in which work began."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from simlab.calibrate.disciplines import USUAL, order_of
from simlab.calibrate.event_log import Floats

N = 3_000


def served(rule: str, by_rule: float = 1.0, n: int = N) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Serve tickets by one person: when each came, when its work began, and what disciplines rank by.

    With a share of ``1 - by_rule`` any ticket that waits is next.
    """
    rng = np.random.default_rng(11)
    came = np.cumsum(rng.exponential(10.0, n))
    work = rng.exponential(9.0, n)
    keys = {
        "fifo": came,
        "lifo": -came,
        "shortest": work,
        "priority": rng.integers(0, 3, n).astype(np.float64),
    }
    waiting: list[tuple[float, int]] = []
    start, now, coming = np.zeros(n), 0.0, 0
    for _ in range(n):
        if not waiting:
            now = max(now, came[coming])
        while coming < n and came[coming] <= now:
            heapq.heappush(waiting, (keys[rule][coming], coming))
            coming += 1
        picked = 0 if rng.random() < by_rule else int(rng.integers(len(waiting)))
        _, ticket = waiting.pop(picked)
        heapq.heapify(waiting)
        start[ticket] = now
        now += work[ticket]
    return came, start, keys


@pytest.mark.parametrize("rule", ["fifo", "lifo", "priority", "shortest"])
def test_a_discipline_is_found_where_it_is_kept(rule: str) -> None:
    order = order_of(*served(rule))
    assert order.discipline == rule
    assert order.share > 0.97
    assert order.is_found


def test_a_discipline_is_found_where_it_is_mostly_kept() -> None:
    order = order_of(*served("priority", by_rule=0.8))
    assert order.discipline == "priority"
    assert order.share == pytest.approx(0.8, abs=0.05)


def test_no_discipline_is_found_in_picks_at_random() -> None:
    order = order_of(*served("fifo", by_rule=0.0))
    assert order.discipline == USUAL
    assert order.share < 0.1
    assert not order.is_found


def test_few_starts_with_a_choice_tell_nothing() -> None:
    order = order_of(*served("lifo", n=60))
    assert (order.discipline, order.is_found) == (USUAL, False)
