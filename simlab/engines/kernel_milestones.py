"""Milestones of tickets in the compiled engine: instants from which later waits are counted."""

from __future__ import annotations

import math

from simlab.engines.kernel_memory import Desk, aside, compiled


@aside
def begin_milestones(desk: Desk, place: int, created: float) -> None:
    """Note the creation of a ticket, which has reached nothing else."""
    n = desk.run[0].n_milestones
    desk.milestones[place * n] = created
    for i in range(place * n + 1, (place + 1) * n):
        desk.milestones[i] = math.nan


@aside
def reach(desk: Desk, place: int, milestone: int, now: float) -> None:
    """Note that a ticket reaches a milestone."""
    desk.milestones[place * desk.run[0].n_milestones + milestone] = now


@compiled
def last_at(desk: Desk, place: int, milestone: int, now: float) -> float:
    """When a ticket last reached a milestone; now, where it never did."""
    at = desk.milestones[place * desk.run[0].n_milestones + milestone]
    return now if math.isnan(at) else at
