"""Parallel branches of a fitted scenario: a decision which there are, a step for each choice, and their work.

Within branches a ticket meets steps of their own: what leads to ``join`` may not be met outside of them. No
rule there asks for the step before, since branches share what the ticket did last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from simlab.calibrate.branching import Variant
from simlab.calibrate.decisions import END
from simlab.calibrate.fit import Fitted
from simlab.calibrate.names import Names
from simlab.calibrate.written_crews import skill_needed
from simlab.calibrate.written_rules import chosen, rules_of
from simlab.calibrate.yaml_text import Named

Plain = dict[str, Any]


def comes_to(names: Names, activity: int) -> str:
    """Return the decision who does an activity within branches."""
    return f"who_does_{names.activities[activity]}"


def worked_by(names: Names, activity: int, team: int) -> str:
    """Return the step at which a team works on an activity within branches."""
    return f"{names.activities[activity]}_by_{names.teams[team]}"


def teams_of_branches(fitted: Fitted, names: Names) -> dict[str, int]:
    """Return the team of each step with work within branches."""
    return {
        worked_by(names, activity, team): team
        for activity, decision in fitted.choices.teams_in_branches.items()
        for team in decision.outcomes
    }


def steps_of_branches(fitted: Fitted, names: Names, work: Callable[[int], list[Plain]]) -> Plain:
    """Return the steps that begin and make up parallel branches.

    Parameters
    ----------
    work
        Hands-on times of an activity, as rules.
    """
    steps: Plain = {}
    for block, decision in fitted.choices.branches_of.items():
        steps |= _block(fitted, names, block, set(decision.outcomes))
    return steps | _sooner_or_later(fitted, names) | _work(fitted, names, work)


def _block(fitted: Fitted, names: Names, block: int, variants: set[int]) -> Plain:
    """Return the choice of branches, and a step for each choice."""
    name, decision = names.activities[block], fitted.choices.branches_of[block]
    after = fitted.choices.next_of.get(block)

    def following(code: int) -> str:
        return "resolved" if code == END else names.transitions[code]

    def variant(number: int) -> str:
        return f"{name}_{1 + sorted(variants).index(number)}"

    rules = "resolved" if after is None else chosen(rules_of(after, names, following))
    steps: Plain = {
        name: {"about": "Which branches there are.", "decide": chosen(rules_of(decision, names, variant))}
    }
    for place, number in enumerate(sorted(variants)):
        begins = _begins(fitted, names, fitted.chain.branching.variants[number])
        after_all = Named(f"after_{name}", rules, is_first=place == 0) if isinstance(rules, list) else rules
        steps[variant(number)] = {"parallel": {"branches": begins, "join": "all"}, "next": after_all}
    return steps


def _begins(fitted: Fitted, names: Names, variant: Variant) -> list[str]:
    """Return the steps with which branches begin: waits, or the choice of one."""
    return [
        _begin(names, begin) if len(decision.outcomes) > 1 else names.transitions[decision.outcomes[0]]
        for begin, decision in ((begin, fitted.choices.begins_of[begin]) for begin in variant.begins)
    ]


def _begin(names: Names, begin: tuple[int, int]) -> str:
    """Return the decision how soon a branch begins."""
    return f"{names.activities[begin[0]]}_begins_{names.activities[begin[1]]}"


def _sooner_or_later(fitted: Fitted, names: Names) -> Plain:
    """Return the choices how soon branches begin."""
    return {
        _begin(names, begin): {
            "about": "How soon the branch begins.",
            "decide": chosen(rules_of(decision, names, lambda code: names.transitions[code])),
        }
        for begin, decision in fitted.choices.begins_of.items()
        if len(decision.outcomes) > 1
    }


def _work(fitted: Fitted, names: Names, work: Callable[[int], list[Plain]]) -> Plain:
    """Return who does each activity within branches, and its work: a step for each team that does it."""
    steps: Plain = {}
    for activity, decision in fitted.choices.teams_in_branches.items():
        who = chosen(rules_of(decision, names, partial(worked_by, names, activity)))
        about = f"Who does: {fitted.cases.activities[fitted.chain.branching.original[activity]]}."
        steps[comes_to(names, activity)] = {"about": about, "decide": who}
        times = work(activity)
        for team in decision.outcomes:
            steps[worked_by(names, activity, team)] = {
                "team": names.teams[team],
                **skill_needed(fitted, names, team),
                "work": times if len(times) > 1 or times[0].keys() != {"time"} else times[0]["time"],
                "next": names.activities[activity],
            }
    return steps
