"""The people of all regimes of a roadmap: when each is on duty, being employed in some regimes only.

A shift is that of the regime in which it begins. People who are always on duty come and go at the instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from simlab.model.calendars import Calendar, IntervalArray, calendar_of, intersect, normalised
from simlab.model.compiling.staffing import PoolKey, pool_table
from simlab.model.compiling.teamwork import skill_table
from simlab.model.tables import Model, PersonTable, PoolTable, Roster, TeamTable
from simlab.model.teamwork import PaceTable, SkillTable, skills_of_pool

Span = tuple[float, float]
Same = Callable[[str, Sequence[Any]], Any]


class Staffing(NamedTuple):
    """People of all regimes, with all that depends on them."""

    people: PersonTable
    names: tuple[str, ...]
    rosters: tuple[Roster, ...]
    teams: TeamTable
    pools: PoolTable
    skills: SkillTable | None
    paces: PaceTable | None


def joint_staffing(
    models: Sequence[Model], spans: Sequence[Span], same: Same, distribution_ids: Sequence[Sequence[int]]
) -> Staffing:
    """Return people, their names, rosters, teams and pools of all regimes.

    Parameters
    ----------
    models
        Of the regimes, with the same teams and shifts.
    spans
        When each regime is in force.
    same
        Notes that regimes differ in something in which they must not: (what, values).
    distribution_ids
        By regime, the joint id of each distribution.
    """
    first = models[0]
    for name in ("discipline", "dispatch", "at_shift_end", "preempts"):
        same(f"the {name.replace('_', ' ')} of teams", [getattr(model.teams, name) for model in models])
    same(
        "what a hand-over adds to the work",
        [np.array(ids)[model.teams.handover] for ids, model in zip(distribution_ids, models, strict=True)],
    )
    if all(_same_people(model, first) for model in models[1:]):
        return staffing_of(first)
    keys = [_pool_keys(model) for model in models]
    pools = {key: number for number, key in enumerate(dict.fromkeys(key for each in keys for key in each))}
    rows = _people(models, keys, pools, same)
    order = sorted(rows, key=lambda name: (rows[name]["team"], rows[name]["shift"], rows[name]["number"]))
    rosters: list[Roster] = []
    for name in order:
        roster = _joint_roster([_roster_of(model, name) for model in models], spans)
        known = next((i for i, other in enumerate(rosters) if _like(other, roster)), len(rosters))
        if known == len(rosters):
            rosters.append(roster)
        rows[name]["roster"] = known
    columns = {
        name: np.array([rows[person][name] for person in order], getattr(first.people, name).dtype)
        for name in PersonTable._fields
    }
    teams = _with_pools(first.teams, list(pools), len(first.names.teams))
    skills = first.skills
    if skills is not None:
        skills = skill_table(skills.names, skills.step, skills.step_rules, list(pools))
    paces = first.paces
    if paces is not None:
        paces = paces._replace(person=np.array([rows[person]["pace"] for person in order], np.int64))
    return Staffing(
        PersonTable(**columns),
        tuple(order),
        tuple(rosters),
        teams,
        pool_table(list(pools)),
        skills,
        paces,
    )


def staffing_of(model: Model) -> Staffing:
    """Return the people of one model."""
    return Staffing(
        model.people,
        model.names.people,
        model.rosters,
        model.teams,
        model.pools,
        model.skills,
        model.paces,
    )


def _same_people(model: Model, other: Model) -> bool:
    return (
        model.names.people == other.names.people
        and all(np.array_equal(a, b) for a, b in zip(model.people, other.people, strict=True))
        and all(np.array_equal(a, b) for a, b in zip(model.pools, other.pools, strict=True))
        and _pool_keys(model) == _pool_keys(other)
        and len(model.rosters) == len(other.rosters)
        and all(_like(a, b) for a, b in zip(model.rosters, other.rosters, strict=True))
    )


def _people(
    models: Sequence[Model], keys: Sequence[list[PoolKey]], pools: dict[PoolKey, int], same: Same
) -> dict[str, dict[str, Any]]:
    """Rows of all people by name; what a person is must not change."""
    rows: dict[str, dict[str, Any]] = {}
    for model, own_pools in zip(models, keys, strict=True):
        for i, name in enumerate(model.names.people):
            row = {column: getattr(model.people, column)[i].item() for column in PersonTable._fields}
            row["pool"] = pools[own_pools[row["pool"]]]
            row["roster"] = -1
            row["pace"] = -1 if model.paces is None else int(model.paces.person[i])
            known = rows.setdefault(name, row)
            same(
                "absence, speed, cost, skills and queues of people (only their number and hours)",
                [known, row],
            )
    return rows


# -- rosters


def _roster_of(model: Model, person: str) -> Roster | None:
    if person not in model.names.people:
        return None
    return model.rosters[int(model.people.roster[model.names.people.index(person)])]


def _joint_roster(rosters: Sequence[Roster | None], spans: Sequence[Span]) -> Roster:
    """Roster of a person with one in each regime, None where the person is not employed."""
    known = [roster for roster in rosters if roster is not None]
    if len(known) == len(rosters) and all(_like(roster, known[0]) for roster in known):
        return known[0]
    duty, shift, occurrences, days = [], [], [], []
    for roster, (start, end) in zip(rosters, spans, strict=True):
        if roster is None:
            continue
        own = np.array([[start, end]])
        if len(roster.occurrences):
            begins = roster.occurrences[:, 0]
            here = (start <= begins) & (begins < end)
            own = normalised(roster.occurrences[here])
            occurrences.append(roster.occurrences[here])
            days.append(roster.day[here])
        duty.append(intersect(_intervals(roster.duty), own))
        shift.append(intersect(_intervals(roster.shift), own))
    first, last = spans[0][0], spans[-1][1]
    return Roster(
        calendar_of(normalised(np.concatenate(duty)), first, last),
        calendar_of(normalised(np.concatenate(shift)), first, last),
        np.concatenate([np.empty((0, 2)), *occurrences]),
        np.concatenate([np.empty(0, np.int64), *days]),
    )


def _intervals(calendar: Calendar) -> IntervalArray:
    return np.column_stack([np.asarray(calendar.opens), np.asarray(calendar.closes)])


def _like(a: Roster, b: Roster) -> bool:
    return a is b or (
        np.array_equal(a.occurrences, b.occurrences)
        and all(
            np.array_equal(_intervals(x), _intervals(y)) for x, y in ((a.duty, b.duty), (a.shift, b.shift))
        )
    )


# -- pools


def _pool_keys(model: Model) -> list[PoolKey]:
    pools, skills = model.pools, model.skills
    return [
        PoolKey(
            int(home),
            bool(pools.by_rank[i]),
            tuple(pools.queue[pools.first_queue[i] : pools.first_queue[i + 1]].tolist()),
            () if skills is None else skills_of_pool(skills, i),
            skills is not None and bool(skills.leads[i]),
        )
        for i, home in enumerate(pools.home)
    ]


def _with_pools(teams: TeamTable, pools: Sequence[PoolKey], n_teams: int) -> TeamTable:
    """Return the teams with the pools that serve each, by rank and number."""
    serving = [
        sorted((key.queues.index(team), pool) for pool, key in enumerate(pools) if team in key.queues)
        for team in range(n_teams)
    ]
    return teams._replace(
        first_pool=np.array([0, *accumulate(len(each) for each in serving)], np.int64),
        pool=np.array([pool for each in serving for _, pool in each], np.int64),
        pool_rank=np.array([rank for each in serving for rank, _ in each], np.int64),
    )
