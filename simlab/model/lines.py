"""Lines of waiting tickets: who serves which, in what order, and how fast they are at it.

A team has a line for the tickets that need no skill, and one for each skill of its people.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

import numpy as np

from simlab.model.tables import Model
from simlab.model.teamwork import Codes, Floats, skills_of_pool


class LineTable(NamedTuple):
    """Lines, and the pools of people who serve them."""

    team: Codes
    """(n_lines,) team for which tickets wait in a line."""
    first_pool: Codes
    """(n_lines + 1,) line ``i`` is served by the rows ``first_pool[i]`` to ``first_pool[i + 1]``, in order of
    preference."""
    pool: Codes
    rank: Codes
    """Pools with the same rank are equally preferred."""
    first_line: Codes
    """(n_pools + 1,) people of pool ``p`` serve the rows ``first_line[p]`` to ``first_line[p + 1]``."""
    line: Codes
    level: Codes
    """Of a line for the people of a pool, ascending: within one level the best rank decides."""
    speed: Floats
    """(n_pools, n_lines) factor on the speed of the people, whomever they may be lent to."""


def line_of(team: int, skill: int, n_skills: int) -> int:
    """Return the line of tickets that need a team, and a skill of its people unless it is -1."""
    return team * (n_skills + 1) + skill + 1


def line_table(model: Model) -> LineTable:
    """Return the lines of a model."""
    n_skills = 0 if model.skills is None else len(model.skills.names)
    n_teams, n_pools = len(model.names.teams), len(model.pools.home)
    skills = [() if model.skills is None else skills_of_pool(model.skills, p) for p in range(n_pools)]
    serving = [
        pools for team in range(n_teams) for pools in _serving(model, team, skills, n_skills)
    ]  # by line: (rank, pool)
    served = [_served(model, p, skills[p], n_skills) for p in range(n_pools)]  # by pool: (level, line)
    speed = np.ones((n_pools, len(serving)))
    for pool, own in enumerate(skills):
        for skill, factor in own:
            speed[pool, skill + 1 :: n_skills + 1] = factor
    return LineTable(
        team=np.repeat(np.arange(n_teams), n_skills + 1),
        first_pool=np.array([0, *accumulate(map(len, serving))], np.int64),
        pool=np.array([pool for each in serving for _, pool in each], np.int64),
        rank=np.array([rank for each in serving for rank, _ in each], np.int64),
        first_line=np.array([0, *accumulate(map(len, served))], np.int64),
        line=np.array([line for each in served for _, line in each], np.int64),
        level=np.array([level for each in served for level, _ in each], np.int64),
        speed=speed,
    )


def _serving(
    model: Model, team: int, skills: list[tuple[tuple[int, float], ...]], n_skills: int
) -> list[list[tuple[int, int]]]:
    """Pools that serve each line of a team, with their ranks: with a skill, those who prefer it first."""
    teams = model.teams
    rows = slice(teams.first_pool[team], teams.first_pool[team + 1])
    ranked = list(zip(teams.pool_rank[rows].tolist(), teams.pool[rows].tolist(), strict=True))
    found = [ranked]
    for skill in range(n_skills):
        codes = {pool: [code for code, _ in skills[pool]] for _, pool in ranked}
        able = [(rank, pool) for rank, pool in ranked if skill in codes[pool]]
        found.append(sorted((rank * (n_skills + 1) + codes[pool].index(skill), pool) for rank, pool in able))
    return found


def _served(
    model: Model, pool: int, skills: tuple[tuple[int, float], ...], n_skills: int
) -> list[tuple[int, int]]:
    """Lines of the people of a pool, with their levels, in order of preference."""
    pools = model.pools
    teams = pools.queue[pools.first_queue[pool] : pools.first_queue[pool + 1]].tolist()
    codes = [-1, *(skill for skill, _ in skills)]
    if model.skills is not None and model.skills.leads[pool]:
        levels = [[(team, skill) for team in teams] for skill in (*codes[1:], -1)]
    elif pools.by_rank[pool]:
        levels = [[(team, skill) for team in teams for skill in codes]]
    else:
        levels = [[(team, skill) for skill in codes] for team in teams]
    return [
        (level, line_of(team, skill, n_skills)) for level, lines in enumerate(levels) for team, skill in lines
    ]
