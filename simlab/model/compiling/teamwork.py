"""Compiling how people work together: skills, swarms, several tickets at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from simlab.model.codes import StepKind, VisitCause
from simlab.model.compiling.context import Path
from simlab.model.compiling.graph import Draft, Graph
from simlab.model.compiling.staffing import PoolKey, StaffingCompiler
from simlab.model.teamwork import PaceTable, SkillTable, SwarmTable
from simlab.scenario.schema.teamwork import Swarm
from simlab.scenario.suggestions import remedy_for_unknown


def compile_skills(graph: Graph, staffing: StaffingCompiler) -> SkillTable | None:
    """Return which skills steps need and people have; None where no skill is named."""
    names = tuple(graph.context.codes["skill"])
    if not names:
        return None
    _note_skills_that_nobody_has(graph, staffing)
    return skill_table(
        names,
        np.array([draft.skill for draft in graph.drafts], np.int64),
        np.array([draft.skill_rules for draft in graph.drafts], np.int64),
        list(staffing.pools),
    )


def skill_table(
    names: tuple[str, ...],
    step: np.ndarray[tuple[int], np.dtype[np.int64]],
    step_rules: np.ndarray[tuple[int], np.dtype[np.int64]],
    pools: Sequence[PoolKey],
) -> SkillTable:
    """Return the skills that steps need and pools have as a table."""
    rows = [row for key in pools for row in key.skills]
    return SkillTable(
        names=names,
        step=step,
        step_rules=step_rules,
        first=np.array([0, *accumulate(len(key.skills) for key in pools)], np.int64),
        skill=np.array([skill for skill, _ in rows], np.int64),
        speed=np.array([speed for _, speed in rows], np.float64),
        leads=np.array([key.skills_lead for key in pools], np.bool_),
    )


def _note_skills_that_nobody_has(graph: Graph, staffing: StaffingCompiler) -> None:
    known = graph.context.codes["skill"]
    had = {skill for key in staffing.pools for skill, _ in key.skills}
    needed: dict[str, list[tuple[str, Path]]] = {}
    for name, step in graph.scenario.routing.steps.items():
        path: Path = ("routing", "steps", name, "skill")
        if isinstance(step.skill, str):
            needed.setdefault(step.skill, []).append((name, path))
        for i, rule in enumerate(step.skill if isinstance(step.skill, tuple) else ()):
            needed.setdefault(rule.skill, []).append((name, (*path, i, "skill")))
    for skill, places in needed.items():
        if known[skill] in had:
            continue
        steps = ", ".join(dict.fromkeys(name for name, _ in places))
        others = [name for name, code in known.items() if code in had]
        graph.context.problem(
            places[0][1],
            f"nobody has the skill {skill}, which is needed at {steps}",
            skill,
            remedy_for_unknown(skill, others) or f"give it to somebody, as in skills: [{skill}]",
        )


def compile_swarms(graph: Graph) -> SwarmTable | None:
    """Return the roles of all steps on which several people work; None where one person does."""
    written = graph.scenario.routing.steps
    if all(step.swarm is None for step in written.values()):
        return None
    roles: list[list[tuple[int, int, bool]]] = []
    holds, faster = [], []
    for code, draft in enumerate(graph.drafts):
        step = written.get(graph.names[draft.shown_as])
        swarm = step.swarm if step is not None and _is_its_work(draft) else None
        path: Path = ("routing", "steps", graph.names[draft.shown_as], "swarm")
        roles.append(_roles(graph, swarm, draft, path, is_noted=code == draft.shown_as))
        holds.append(swarm is not None and swarm.hold)
        faster.append(0.0 if swarm is None else swarm.faster)
    flat = [role for of_step in roles for role in of_step]
    return SwarmTable(
        first=np.array([0, *accumulate(map(len, roles))], np.int64),
        team=np.array([team for team, _, _ in flat], np.int64),
        people=np.array([people for _, people, _ in flat], np.int64),
        is_optional=np.array([is_optional for _, _, is_optional in flat], np.bool_),
        holds=np.array(holds, np.bool_),
        faster=np.array(faster, np.float64),
    )


def _roles(
    graph: Graph, swarm: Swarm | None, draft: Draft, path: Path, *, is_noted: bool
) -> list[tuple[int, int, bool]]:
    """Return team, people and whether they are optional, the step's own team first."""
    if swarm is None:
        return []
    found = [(draft.team, swarm.people, False)]
    for key, asked, is_optional in (("with", swarm.with_, False), ("if_free", swarm.if_free, True)):
        for team, people in asked.items():
            known = graph.context.codes["team"]
            code = graph.context.code("team", team, (*path, key)) if is_noted else known.get(team, -1)
            if not is_optional and code == draft.team and code >= 0 and is_noted:
                graph.context.problem(
                    (*path, key, team), "people of the step's own team are said by 'people'", people
                )
            found.append((code, people, is_optional))
    return found


def _is_its_work(draft: Draft) -> bool:
    """Whether a step of the graph is the work of the step that it is shown as: no audit, no look."""
    return draft.kind == StepKind.WORK and draft.cause not in (VisitCause.MISROUTED, VisitCause.AUDIT)


def compile_paces(staffing: StaffingCompiler) -> PaceTable | None:
    """Return who holds several tickets at a time; None where nobody does."""
    if not staffing.paces:
        return None
    return PaceTable(
        person=np.array(staffing.pace_of_person, np.int64),
        first=np.array([0, *accumulate(len(row) for row in staffing.paces)], np.int64),
        speed=np.array([speed for row in staffing.paces for speed in row], np.float64),
    )
