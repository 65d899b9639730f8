"""A run frees what has left it, and all that is large at its end, though its parts refer to each other."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from simlab.engines.garbage import without_garbage_collection
from simlab.engines.simpy_desk import SimpyEngine
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.model.codes import Outcome
from simlab.model.load import load
from tests.desks import model_of, one_step

SCENARIOS = Path(__file__).parents[3] / "scenarios"
MOST_LEFT = 60
"""Tickets that have left and are still known at most: to faults, and to those that their scores are due."""


def alive(kind: type) -> int:
    return sum(type(each) is kind for each in gc.get_objects())


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("first.yaml", "4 weeks"),
        ("improvement.yaml", "20 weeks"),
        pytest.param("service_desk.yaml", "9 weeks", marks=pytest.mark.slow),
    ],
)
def test_closed_tickets_are_freed_without_a_search_for_garbage(name: str, length: str) -> None:
    model = load(SCENARIOS / name, assignments=[f"time.length={length}"]).model
    gc.collect()
    with without_garbage_collection():
        before = alive(Ticket), alive(Visit)
        logs = SimpyEngine().run(model, 1, 0)
        after = alive(Ticket), alive(Visit)
    n_open = int((logs.tickets.outcome == Outcome.OPEN).sum())
    assert len(logs.tickets) > 5 * (n_open + MOST_LEFT)
    assert after[0] - before[0] <= n_open + MOST_LEFT
    assert after[1] - before[1] <= n_open + MOST_LEFT


def test_what_a_run_needed_by_ticket_is_freed_without_a_search_for_garbage() -> None:
    n = 5_000
    arrivals = {"gaps": {"exponential": "1 min"}, "limit": n}
    model = model_of(one_step(arrivals, "1 min", {"people": 2}, f"{2 * n} min"))
    gc.collect()
    with without_garbage_collection():
        tracemalloc.start()
        try:
            logs = SimpyEngine().run(model, 1, 0)
            assert len(logs.tickets) == n
            del logs
            left, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert left < 100 * n  # the list of arrivals and the rows of the logs are 200 bytes and more a ticket
