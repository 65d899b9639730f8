"""Checks of how people work together: whether those whom a step needs exist, and ever meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendars import is_open
from simlab.model.findings import Findings, Process
from simlab.model.matching import matched
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.tables import Model
from simlab.model.teamwork import skills_of_pool

Flags = NDArray[np.bool_]


def check_teamwork(findings: Findings, process: Process) -> None:
    """Refuse steps whose skill nobody in the team has, and swarms that can never come together."""
    check_skills(findings, process)
    check_swarms(findings, process)


def needed_skills(model: Model, step: int) -> tuple[int, ...]:
    """Return the skills that tickets may need at a step; -1 where some need none."""
    if model.skills is None:
        return (-1,)
    block = int(model.skills.step_rules[step])
    if block < 0:
        return (int(model.skills.step[step]),)
    rows = range(model.rules.first_row[block], model.rules.first_row[block + 1])
    return tuple(dict.fromkeys(int(model.rules.target[row]) for row in rows))


def serves(model: Model, team: int, skill: int) -> list[int]:
    """Return the pools that serve the queue of a team and have a skill; -1 for any."""
    pools = model.teams.pool[model.teams.first_pool[team] : model.teams.first_pool[team + 1]].tolist()
    if skill < 0 or model.skills is None:
        return [int(pool) for pool in pools]
    skills = model.skills
    return [pool for pool in pools if skill in [code for code, _ in skills_of_pool(skills, pool)]]


def check_skills(findings: Findings, process: Process) -> None:
    """Refuse steps with a skill that nobody has who serves the queue of their team."""
    model = process.model
    if model.skills is None:
        return
    staffed = set(model.people.pool.tolist())
    lacking: dict[tuple[int, int], list[int]] = {}
    for step in sorted(process.used):
        team = int(model.steps.team[step])
        for skill in needed_skills(model, step) if team >= 0 else ():
            if skill >= 0 and not staffed.intersection(serves(model, team, skill)):
                lacking.setdefault((team, skill), []).append(step)
    for (team, skill), steps in lacking.items():
        name, where = model.skills.names[skill], model.names.teams[team]
        shown = ", ".join(dict.fromkeys(process.shown(step) for step in steps))
        findings.refuse(
            (*process.path(steps[0]), "skill"),
            f"nobody who serves the queue of {where} has the skill {name}, which is needed at {shown}",
            f"give it to people of {where}, or let a team that has it name {where} in also_serves",
        )


def check_swarms(findings: Findings, process: Process) -> None:
    """Refuse swarms for which there are not enough people, or who are never on duty at the same time."""
    model = process.model
    if model.swarms is None:
        return
    for step in sorted(process.used):
        candidates = _candidates(model, step)
        if not candidates or process.path(step)[-1] != model.names.steps[step]:
            continue
        path = (*process.path(step), "swarm")
        if None in matched(candidates):
            findings.refuse(
                path,
                f"{process.shown(step)} needs {len(candidates)} people at once, and there are not so many for"
                f" these roles: {_said(model, step)}",
                "ask for fewer, or give the teams more people; who holds several tickets at once (at_once) is"
                " not part of a swarm",
            )
        elif not _ever_meet(model, candidates):
            findings.refuse(
                path,
                f"the people whom {process.shown(step)} needs are never on duty at the same time:"
                f" {_said(model, step)}",
                "let their hours overlap",
            )


def _candidates(model: Model, step: int) -> list[list[int]]:
    """By role, the people who can take it, for any of the skills that tickets may need."""
    swarms = model.swarms
    assert swarms is not None
    rows = [row for row in range(swarms.first[step], swarms.first[step + 1]) if not swarms.is_optional[row]]
    found = []
    for row in rows:
        team = int(swarms.team[row])
        skills = needed_skills(model, step) if row == rows[0] else (-1,)
        pools = {pool for skill in skills for pool in serves(model, team, skill)}
        people = [
            person
            for person, pool in enumerate(model.people.pool.tolist())
            if pool in pools
            and model.people.absence[person] < 1.0
            and (model.paces is None or model.paces.person[person] < 0)
        ]
        found += [people] * int(swarms.people[row])
    return found


def _ever_meet(model: Model, candidates: list[list[int]]) -> bool:
    """Whether there is an instant of the run at which the roles can be filled."""
    end = model.latest_end if model.drains else model.length
    duty = [duty_intervals(PersonalCalendars(each.duty, each.shift), end) for each in model.rosters]
    instants = np.unique(np.concatenate([intervals[:, 0] for intervals in duty] or [np.empty(0)]))
    is_there = np.array([[is_open(each.duty, at) for at in instants] for each in model.rosters], np.bool_)
    patterns: Flags = np.unique(is_there, axis=1) if len(instants) else is_there
    roster = model.people.roster
    return any(
        None not in matched([[p for p in people if pattern[roster[p]]] for people in candidates])
        for pattern in patterns.T
    )


def _said(model: Model, step: int) -> str:
    swarms = model.swarms
    assert swarms is not None
    return ", ".join(
        f"{swarms.people[row]} of {model.names.teams[swarms.team[row]]}"
        for row in range(swarms.first[step], swarms.first[step + 1])
        if not swarms.is_optional[row]
    )
