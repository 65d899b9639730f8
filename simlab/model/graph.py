"""The compiled process as a graph: which step may follow which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from simlab.model.codes import StepKind
from simlab.model.tables import Model, RuleTable

Successors = Sequence[tuple[int, ...]]


def successors(model: Model, *, with_unused: bool = False, into_branches: bool = True) -> Successors:
    """Steps that may follow each step: by rules that can take a ticket, by timers, and through branches.

    A parallel step leads to its branches and to what follows it; so does the end of a branch, to what
    follows any of the parallel steps.

    Parameters
    ----------
    with_unused
        Whether rules that take no ticket lead on too: with a share of 0, or after one that takes all.
    into_branches
        Whether parallel steps lead to their branches, and ends of these on.
    """
    steps, rules, timers, forks = model.steps, model.rules, model.timers, model.forks
    by_block: dict[int, list[int]] = {-1: []}
    for block in steps.next_rules.tolist():
        if block not in by_block:
            by_block[block] = list(_goals(rules, block, with_unused))
    behind_forks = [
        goal
        for kind, block in zip(steps.kind.tolist(), steps.next_rules.tolist(), strict=True)
        if kind == StepKind.FORK
        for goal in by_block[block]
    ]
    following: list[tuple[int, ...]] = []
    for step, (kind, block) in enumerate(zip(steps.kind.tolist(), steps.next_rules.tolist(), strict=True)):
        goals = by_block[block]
        branches: list[int] = []
        if into_branches:
            goals = behind_forks if kind == StepKind.JOIN else goals
            branches = forks.branch[forks.first[step] : forks.first[step + 1]].tolist()
        left_for = timers.target[timers.first[step] : timers.first[step + 1]].tolist()
        following.append(tuple(dict.fromkeys([*branches, *goals, *(goal for goal in left_for if goal >= 0)])))
    return following


def branch_steps(model: Model, following: Successors, fork: int | None = None) -> set[int]:
    """Steps within the branches of one parallel step, or of all: until they join or the ticket ends."""
    kinds = model.steps.kind.tolist()
    found: set[int] = set()
    first, branch = model.forks.first, model.forks.branch
    waiting = (branch if fork is None else branch[first[fork] : first[fork + 1]]).tolist()
    while waiting:
        step = waiting.pop()
        if step not in found and kinds[step] not in (StepKind.JOIN, StepKind.RESOLVE):
            found.add(step)
            waiting += following[step]
    return found


def _goals(rules: RuleTable, block: int, with_unused: bool) -> Iterable[int]:
    for row in range(rules.first_row[block], rules.first_row[block + 1]):
        hazards = rules.hazard[rules.first_hazard[row] : rules.first_hazard[row + 1]]
        if with_unused or rules.share[row] > 0.0 or (hazards > 0.0).any():
            yield int(rules.target[row])
        has_tests = rules.first_test[row + 1] > rules.first_test[row]
        if not (with_unused or has_tests) and rules.share[row] >= 1.0 and len(hazards) == 0:
            return


def reached(following: Successors, starts: Iterable[int]) -> set[int]:
    """Steps that can be reached from some steps, these included."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        for step in following[waiting.pop()]:
            if step not in found:
                found.add(step)
                waiting.append(step)
    return found


def reversed_graph(following: Successors) -> Successors:
    """Return, for each step, the steps that it may follow."""
    before: list[list[int]] = [[] for _ in following]
    for step, goals in enumerate(following):
        for goal in goals:
            before[goal].append(step)
    return [tuple(steps) for steps in before]


def circle_through(following: Successors, step: int) -> list[int]:
    """Return the shortest circle through a step, which begins and ends it; the step alone for none."""
    before: dict[int, int] = {}
    reached_now = [step]
    while reached_now and step not in before:
        reached_next = []
        for here in reached_now:
            for goal in following[here]:
                if goal not in before:
                    before[goal] = here
                    reached_next.append(goal)
        reached_now = reached_next
    circle = [step]
    while step in before and (len(circle) == 1 or circle[-1] != step):
        circle.append(before[circle[-1]])
    return circle[::-1]


def cycle_within(following: Successors, allowed: set[int]) -> list[int]:
    """Return one circle of steps within a set, its first step repeated at the end; empty for none."""
    done: set[int] = set()
    for start in sorted(allowed):
        trail: list[int] = []
        position: dict[int, int] = {}
        open_goals = [iter([start])]
        while open_goals:
            step = next((goal for goal in open_goals[-1] if goal in allowed and goal not in done), None)
            if step is None:
                open_goals.pop()
                if trail:
                    done.add(last := trail.pop())
                    del position[last]
            elif step in position:
                return [*trail[position[step] :], step]
            else:
                position[step] = len(trail)
                trail.append(step)
                open_goals.append(iter(following[step]))
    return []


def carried(following: Successors, entries: Iterable[int], set_by: Sequence[int | None]) -> list[set[int]]:
    """Values that a ticket can bring along when it comes to each step.

    Parameters
    ----------
    following
        Steps that may follow each step.
    entries
        Steps where tickets enter, with the value -1.
    set_by
        Value that each step sets; None where it leaves it as it is.
    """
    brought: list[set[int]] = [set() for _ in set_by]
    waiting = list(dict.fromkeys(entries))
    for entry in waiting:
        brought[entry].add(-1)
    while waiting:
        step = waiting.pop()
        value = set_by[step]
        leaving = brought[step] if value is None else {value}
        for goal in following[step]:
            if not leaving <= brought[goal]:
                brought[goal] |= leaving
                waiting.append(goal)
    return brought


def visited_before(model: Model, following: Successors, entries: Iterable[int]) -> list[set[int]]:
    """By step, the steps of the scenario that a ticket can have visited before; -1 for none."""
    steps = model.steps
    is_stay = np.isin(steps.kind, (StepKind.WORK, StepKind.DELAY, StepKind.FORK)) & steps.is_passage
    leaves_mark = (is_stay & ~steps.is_checked) | steps.responds | steps.ends_check
    marks = np.where(leaves_mark, steps.shown_as, -1).tolist()
    return carried(following, entries, [mark if mark >= 0 else None for mark in marks])


def last_teams(model: Model, following: Successors, entries: Iterable[int]) -> list[set[int]]:
    """By step, the teams that can have worked last when its rules are asked; -1 for none."""
    kinds = model.steps.kind.tolist()
    teams = [team if team >= 0 else None for team in model.steps.team.tolist()]
    brought = carried(following, entries, teams)
    joined = set().union(*(brought[step] for step, kind in enumerate(kinds) if kind == StepKind.JOIN))
    last = [before if team is None else {team} for before, team in zip(brought, teams, strict=True)]
    return [
        before | joined if kind == StepKind.FORK else before for before, kind in zip(last, kinds, strict=True)
    ]
