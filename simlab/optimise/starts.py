"""Warm starts: today, and as many people as queueing theory asks for."""

from __future__ import annotations

from simlab.optimise.definition import Optimisation
from simlab.optimise.space import Configuration


def first_configurations(optimisation: Optimisation) -> tuple[tuple[str, Configuration], ...]:
    """Return who proposes which configurations first, today's or the nearest to it before all."""
    space = optimisation.space
    starts = [("today", space.nearest(space.present(optimisation.scenario.node)))]
    unique = {space.digest(each): (name, each) for name, each in reversed(starts)}
    return tuple(reversed(unique.values()))[: optimisation.budget.trials]
