"""Tables of the compiled engine for people who work together: lines by skill, chats, swarms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import (
    CHAT,
    CODE,
    ERRAND,
    LINE,
    MATCHING,
    PREFERENCE,
    REAL,
    SERVED,
    SERVING,
    SWARM,
)
from simlab.model.lines import LineTable
from simlab.model.tables import Model
from simlab.model.teamwork import roles_by_step

Tables = dict[str, NDArray[Any]]
_ERRANDS = 32
"""For how many errands at a time, with what each may bring about, there is room at first."""


def line_tables(lines: LineTable) -> Tables:
    """Lines, who serves them, and how fast and in what order."""
    tables = {
        "lines": np.zeros(len(lines.team), LINE),
        "serving": np.zeros(len(lines.pool), SERVING),
        "served": np.zeros(len(lines.line), SERVED),
        "line_speeds": np.ascontiguousarray(lines.speed, REAL).ravel(),
        "line_levels": np.full(lines.speed.shape, -1, CODE).ravel(),
    }
    tables["lines"]["team"] = lines.team
    tables["lines"]["first_serving"] = lines.first_pool[:-1]
    tables["lines"]["end_serving"] = lines.first_pool[1:]
    for name in ("first_in_line", "first_of_run", "last_of_run", "heap", "asked_in"):
        tables["lines"][name] = -1
    tables["serving"]["pool"], tables["serving"]["rank"] = lines.pool, lines.rank
    tables["served"]["line"], tables["served"]["level"] = lines.line, lines.level
    pool = np.repeat(np.arange(len(lines.first_line) - 1), np.diff(lines.first_line))
    tables["line_levels"][pool * len(lines.team) + lines.line] = lines.level
    return tables


def rooms(model: Model) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many tickets each person holds at most, and where their speeds by that number begin."""
    if model.paces is None:
        return np.ones(len(model.people.pool), np.int64), np.zeros(len(model.people.pool), np.int64)
    row, first = model.paces.person, model.paces.first
    has_several = row >= 0
    return np.where(has_several, np.diff(first)[row], 1), np.where(has_several, first[row], 0)


def chat_tables(model: Model) -> Tables:
    """Places of those who hold several tickets at a time, and their speeds."""
    room, _ = rooms(model)
    several = np.flatnonzero(room > 1)
    chats = np.zeros(room[several].sum(), CHAT)
    chats["person"] = np.repeat(several, room[several])
    chats["visit"] = chats["key"] = -1
    paces = np.empty(0) if model.paces is None else np.ascontiguousarray(model.paces.speed, REAL)
    return {"chats": chats, "paces": paces}


def swarm_tables(model: Model, rows: int, margin: int) -> Tables:
    """Roles of swarms, and scratch to fill them; ``rows``: that one errand may need of a table."""
    roles = roles_by_step(model.swarms)
    swarms = np.zeros(len(model.steps.kind) if roles else 0, SWARM)
    teams: list[int] = []
    for step, of_step in roles.items():
        swarms[step] = (
            len(teams),
            len(of_step.teams),
            len(of_step.optional),
            of_step.holds,
            of_step.faster,
        )
        teams += [*of_step.teams, *of_step.optional]
    n_people = len(model.people.pool) if roles else 0
    n_roles = _most_roles(model)
    n_kinds = len(swarms) * (1 + (0 if model.skills is None else len(model.skills.names)))
    sizes = {"who": 2 * n_people * n_roles, "roles": n_people, "seen": n_people}
    n_errands = _ERRANDS * margin * rows if roles else 0
    return {
        "swarms": swarms,
        "role_teams": np.array(teams, CODE),
        "hopeless": np.zeros(2 * n_kinds, CODE),
        "kept": np.zeros(n_people, CODE),
        "found": np.zeros(n_people, CODE),
        "preferences": np.zeros(n_people, PREFERENCE),
        "crew": np.zeros(n_roles, CODE),
        "former": np.zeros(n_roles, CODE),
        "errands": np.zeros(n_errands, ERRAND),
        "listed": np.zeros(n_errands, CODE),
        **{f"matching.{name}": np.zeros(sizes.get(name, n_roles + 1), CODE) for name in MATCHING},
    }


def rows_of_errand(model: Model) -> int:
    """How many rows of a table one errand may need."""
    return 2 * len(model.people.pool) + int(rooms(model)[0].max(initial=1)) + _most_roles(model) + 4


def rows_beside(model: Model, margin: int) -> int:
    """How many rows of a table one event may need for people who work together."""
    rows = 0
    if model.paces is not None:  # whoever takes up one of several tickets changes the ends of the others
        rows += 4 * int(np.sum(rooms(model)[0] ** 2))
    if model.swarms is not None:
        rows += _ERRANDS * margin // 4 * rows_of_errand(model)
    return rows


def _most_roles(model: Model) -> int:
    """Most people that a swarm can have."""
    roles = roles_by_step(model.swarms).values()
    return max((len(each.teams) + len(each.optional) for each in roles), default=0)
