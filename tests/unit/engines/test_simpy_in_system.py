"""Minutes that tickets spend in the system, of their ticket log."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.engines.simpy_in_system import ticket_minutes


@pytest.mark.parametrize(
    ("warm_up", "end", "expected"),
    [
        (0.0, 10.0, 3.0 + 8.0 + 4.0),  # the open backlog counts from the start, the open ticket to the end
        (2.0, 10.0, 1.0 + 7.0 + 4.0),
        (8.0, 10.0, 0.0 + 1.0 + 2.0),
        (20.0, 10.0, 0.0),
    ],
)
def test_ticket_minutes_count_from_the_warm_up_to_the_end(
    warm_up: float, end: float, expected: float
) -> None:
    created, closed = np.array([-5.0, 1.0, 6.0]), np.array([3.0, 9.0, math.nan])
    assert ticket_minutes(created, closed, warm_up, end) == expected


def test_ticket_minutes_of_a_run_without_tickets_are_none() -> None:
    assert ticket_minutes(np.zeros(0), np.zeros(0), 0.0, 10.0) == 0.0
