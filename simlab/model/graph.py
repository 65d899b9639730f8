"""The compiled process as a graph: which step may follow which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simlab.model.tables import RuleTable, StepKind, StepTable

Successors = Sequence[tuple[int, ...]]


def successors(steps: StepTable, rules: RuleTable, *, with_unused: bool = False) -> Successors:
    """Steps that may follow each step, by rules that can take a ticket.

    Parameters
    ----------
    with_unused
        Whether rules that take no ticket lead on too: with a share of 0, or after one that takes all.
    """
    following: list[tuple[int, ...]] = []
    by_block: dict[int, tuple[int, ...]] = {-1: ()}
    for block in steps.next_rules.tolist():
        if block not in by_block:
            by_block[block] = tuple(dict.fromkeys(_goals(rules, block, with_unused)))
        following.append(by_block[block])
    return following


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


def visited_before(steps: StepTable, following: Successors, entries: Iterable[int]) -> list[set[int]]:
    """By step, the steps of the scenario that a ticket can have visited before; -1 for none."""
    leaves_mark = [
        (kind in (StepKind.WORK, StepKind.DELAY) and is_passage) or responds
        for kind, is_passage, responds in zip(
            steps.kind.tolist(), steps.is_passage.tolist(), steps.responds.tolist(), strict=True
        )
    ]
    shown_as = steps.shown_as.tolist()
    marks = [shown if marked else None for shown, marked in zip(shown_as, leaves_mark, strict=True)]
    return carried(following, entries, marks)


def last_teams(steps: StepTable, following: Successors, entries: Iterable[int]) -> list[set[int]]:
    """By step, the teams that can have worked last when its work is done; -1 for none."""
    teams = [team if team >= 0 else None for team in steps.team.tolist()]
    brought = carried(following, entries, teams)
    return [before if team is None else {team} for before, team in zip(brought, teams, strict=True)]
