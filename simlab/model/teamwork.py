"""Tables of how people work together: skills, swarms, several tickets at a time. None where nobody does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class SkillTable(NamedTuple):
    """Skills that steps need and people have; all people of a pool have the same."""

    names: tuple[str, ...]
    step: Codes
    """(n_steps,) skill that all visits to a step need; -1 none, or ``step_rules`` decide."""
    step_rules: Codes
    """(n_steps,) rule block that names the skill; -1 where ``step`` does."""
    first: Codes
    """(n_pools + 1,) skills of pool ``p`` are the rows ``first[p]`` to ``first[p + 1]``, by preference."""
    skill: Codes
    speed: Floats
    """Factor on the speed of the pool's people at work that needs the skill."""
    leads: Flags
    """(n_pools,) whether tickets that need a preferred skill are taken before those of other queues."""


class SwarmTable(NamedTuple):
    """Roles of the steps on which several people work together; the first one is of the step's team."""

    first: Codes
    """(n_steps + 1,) roles of step ``s`` are the rows ``first[s]`` to ``first[s + 1]``; none: one person."""
    team: Codes
    people: Codes
    is_optional: Flags
    """Whether they only join where they are free when the work begins."""
    holds: Flags
    """(n_steps,) whether people who are free wait for the others."""
    faster: Floats
    """(n_steps,) by how much each of the optional people makes the work faster."""


class PaceTable(NamedTuple):
    """People who hold several tickets at a time."""

    person: Codes
    """(n_people,) row of ``first``; -1 for one ticket at a time."""
    first: Codes
    """(n_rows + 1,) a person of row ``r`` holds up to ``first[r + 1] - first[r]`` tickets ..."""
    speed: Floats
    """... and works on each at this speed when there are 1, 2, ... of them."""


class Roles(NamedTuple):
    """Whom the swarm of a step needs."""

    teams: tuple[int, ...]
    """Team of each person, the step's own first."""
    optional: tuple[int, ...]
    """Teams of those who join where they are free."""
    holds: bool
    faster: float


def roles_by_step(swarms: SwarmTable | None) -> dict[int, Roles]:
    """Return whom the swarms of steps need, by step; nothing for steps on which one person works."""
    if swarms is None:
        return {}
    found = {}
    for step, (first, last) in enumerate(zip(swarms.first[:-1], swarms.first[1:], strict=True)):
        rows = range(first, last)
        required = [r for r in rows if not swarms.is_optional[r]]
        optional = [r for r in rows if swarms.is_optional[r]]
        if rows:
            found[step] = Roles(
                tuple(int(swarms.team[r]) for r in required for _ in range(swarms.people[r])),
                tuple(int(swarms.team[r]) for r in optional for _ in range(swarms.people[r])),
                bool(swarms.holds[step]),
                float(swarms.faster[step]),
            )
    return found


def skills_of_pool(skills: SkillTable, pool: int) -> tuple[tuple[int, float], ...]:
    """Skills of the people of a pool in order of preference, with their speeds."""
    rows = slice(skills.first[pool], skills.first[pool + 1])
    return tuple(zip(skills.skill[rows].tolist(), skills.speed[rows].tolist(), strict=True))


def most_work(paces: PaceTable | None, n_people: int) -> Floats:
    """Return how much work people do in a minute at most, with as many tickets at once as is best."""
    if paces is None:
        return np.ones(n_people)
    rows = [speed * np.arange(1, len(speed) + 1) for speed in np.split(paces.speed, paces.first[1:-1])]
    best = np.array([row.max() for row in rows])
    return np.where(paces.person < 0, 1.0, best[paces.person])
