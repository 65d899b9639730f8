"""Decisions of a fitted scenario about teams: how a ticket begins, who gets it, and what it came for."""

from __future__ import annotations

from typing import Any

from simlab.calibrate.decisions import MOVES, STAYS
from simlab.calibrate.fit import Fitted
from simlab.calibrate.names import Names
from simlab.calibrate.work_hours import WorkHours
from simlab.calibrate.written_rules import arrival_hours, chosen, rules_of

Plain = dict[str, Any]


def start_of(fitted: Fitted) -> str:
    """Return the step with which tickets start: first of all it may be decided how they begin."""
    return "received" if fitted.comes_alone or fitted.begins_with else "first_team"


def ways_to(fitted: Fitted, names: Names) -> dict[int, list[str]]:
    """Return, by activity of people, the steps by which tickets come to it, but for those within branches."""
    is_inside, is_automatic = fitted.chain.branching.is_inside, fitted.roles.is_automatic
    ways: dict[int, list[str]] = {}
    for number, transition in enumerate(fitted.chain.transitions, start=1):
        if not is_inside[transition.target] and not is_automatic[transition.target]:
            ways.setdefault(transition.target, []).append(names.transitions[number])
    for activity, step in names.begins.items():
        ways.setdefault(activity, []).append(step)
    return ways


def arrival_calendars(fitted: Fitted) -> dict[str, WorkHours]:
    """Return the hours of arrival by which tickets begin in another way, by the names of their calendars."""
    decision = fitted.choices.first_at_hours
    found = [arrival_hours(leaf, decision.features) for leaf in decision.leaves]
    return dict(each for each in found if each is not None)


def decisions_of(fitted: Fitted, names: Names) -> Plain:
    """Return the steps that decide who gets a ticket, and what it came for."""
    first = rules_of(fitted.choices.first_team, names, lambda code: names.at_team[code])
    began = _began(fitted, names)
    recorded: list[Plain] = [
        {"when": {"came_from": came}, "to": names.activities[activity]}
        for activity, came in ways_to(fitted, names).items()
    ]
    if start_of(fitted) == "first_team" or not recorded:
        recorded += began
    else:
        recorded[-1] = {"to": recorded[-1]["to"]}
    stays: list[Plain] = [
        {"when": {"team": name}, "to": at} for name, at in zip(names.teams, names.at_team, strict=True)
    ]
    if fitted.comes_alone:
        stays.append({"to": "first_team"})
    else:
        stays[-1] = {"to": names.at_team[-1]}
    steps: Plain = {
        "first_team": {"about": "Which team gets a new ticket.", "decide": chosen(first)},
        "recorded": {"about": "What the ticket came to the team for.", "decide": chosen(recorded)},
    }
    if start_of(fitted) == "received":
        comes = {step: {"wait": "0 min", "next": "first_team"} for step in names.begins.values()}
        steps = {"received": {"about": "How a ticket begins.", "decide": chosen(began)}} | comes | steps
    return steps | _staying(fitted, names, stays)


def _began(fitted: Fitted, names: Names) -> list[Plain]:
    """Return the rules by which a ticket begins: at certain hours, else by what it is."""

    def step(code: int) -> str:
        return names.begins.get(code, names.activities[code])

    at_hours = rules_of(fitted.choices.first_at_hours, names, step, always=False)
    return at_hours + rules_of(fitted.choices.first_activity, names, step)


def _staying(fitted: Fitted, names: Names, stays: list[Plain]) -> Plain:
    """Whether a ticket stays with its team, and which other one gets it else."""
    steps: Plain = {}
    if fitted.choices.stay_or_move is None or STAYS in fitted.choices.stay_or_move.outcomes:
        steps["same_team"] = {"about": "The team that has the ticket goes on.", "decide": chosen(stays)}
    if fitted.choices.stay_or_move is not None and fitted.choices.next_team is not None:
        steps["other_team"] = {
            "about": "Which other team gets a ticket that is handed over.",
            "decide": chosen(rules_of(fitted.choices.next_team, names, lambda code: names.at_team[code])),
        }
        who = rules_of(
            fitted.choices.stay_or_move, names, lambda code: "other_team" if code == MOVES else "same_team"
        )
        if fitted.comes_alone:
            who = [{"unless": {"team": list(names.teams)}, "to": "first_team"}, *who]
        steps["which_team"] = {"about": "Does the ticket stay, or is it handed over?", "decide": chosen(who)}
    return steps
