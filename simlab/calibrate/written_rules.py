"""Leaves of fitted decisions as rules of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.choice_tree import Leaf
from simlab.calibrate.decisions import ARRIVAL_DAY, ARRIVAL_HOUR, BEGINS, Decision
from simlab.calibrate.names import CALENDAR, Names
from simlab.calibrate.transitions import MOST_HOPS
from simlab.calibrate.work_hours import DAYS, WorkHours

SMALLEST: Final = 5e-5
"""Shares below this are left out."""
Conditions = dict[str, dict[str, object]]
Mask = NDArray[np.bool_]


def percent(share: float) -> str:
    """Write a share with four digits."""
    return f"{float(f'{100.0 * share:.4g}'):.10g} %"


def shares_of(shares: Mapping[str, float]) -> dict[str, str]:
    """Write shares that add up to 100 % to the last digit."""
    rounded = {name: round(100.0 * share, 4) for name, share in shares.items() if share > 0.0}
    largest = max(rounded, key=lambda name: rounded[name])
    rounded[largest] = round(100.0 - sum(value for name, value in rounded.items() if name != largest), 4)
    return {name: f"{value:.10g} %" for name, value in rounded.items()}


def rules_of(
    decision: Decision, names: Names, target: Callable[[int], str], *, always: bool = True
) -> list[dict[str, object]]:
    """Return a decision as ordered rules: leaf by leaf, the last one without a condition.

    Parameters
    ----------
    target
        Names the step of an outcome.
    always
        Whether tickets of the last leaf are told by no condition, so that every ticket finds a rule.
    """
    rules: list[dict[str, object]] = []
    for number, leaf in enumerate(decision.leaves):
        is_rest = always and number == len(decision.leaves) - 1
        conditions = {} if is_rest else conditions_of(leaf, decision.features, decision.seen, names)
        rules += [conditions | rule for rule in _choices(leaf, decision.outcomes, target)]
    return rules


def chosen(rules: list[dict[str, object]]) -> object:
    """Return rules as a scenario has them: the step alone where all lead to the same one."""
    targets = {str(rule["to"]) for rule in rules}
    return targets.pop() if len(targets) == 1 else rules


def conditions_of(leaf: Leaf, features: Sequence[str], seen: Sequence[Mask], names: Names) -> Conditions:
    """Return ``when`` and ``unless`` of the tickets that come to a leaf."""
    when: dict[str, object] = {}
    unless: dict[str, object] = {}
    arrival = arrival_hours(leaf, features)
    if arrival is not None:
        when["open"] = arrival[0]
    for feature, levels, known in zip(features, leaf.levels, seen, strict=True):
        if levels[known].all():
            continue
        inside = np.flatnonzero(levels & known)
        if feature == "came_from" and 0 in inside:
            outside = np.flatnonzero(~levels & known)
            unless["came_from"] = _listed([names.transitions[level] for level in outside])
        elif feature == "came_from":
            when["came_from"] = _listed([names.transitions[level] for level in inside])
        elif feature == BEGINS and 0 in inside:
            outside = np.flatnonzero(~levels & known)
            unless["came_from"] = _listed([names.begins[int(level) - 1] for level in outside])
        elif feature == BEGINS:
            when["came_from"] = _listed([names.begins[int(level) - 1] for level in inside])
        elif feature in (ARRIVAL_DAY, ARRIVAL_HOUR):
            continue
        elif feature == "team":
            when["team"] = _listed([names.teams[level] for level in inside])
        elif feature == "class":
            when["class"] = _listed([names.classes[level] for level in inside])
        elif feature == "priority":
            when["priority"] = _listed([names.priorities[level] for level in inside])
        elif feature == "attribute":
            when["channel"] = _listed([names.channels[level] for level in inside])
        elif feature.startswith("at_work"):
            when["open" if inside[0] == 1 else "closed"] = names.hours_after.get(feature, CALENDAR)
        elif feature == "difficulty":
            when["difficulty"] = _range(int(inside[0]) + 1, int(inside[-1]) + 1, None)
        else:
            when["hops"] = _range(int(inside[0]), int(inside[-1]), MOST_HOPS)
    return {key: value for key, value in (("when", when), ("unless", unless)) if value}


def arrival_hours(leaf: Leaf, features: Sequence[str]) -> tuple[str, WorkHours] | None:
    """Return the calendar of the hours in which tickets of a leaf come: name and hours; None for any hour."""
    by_name = dict(zip(features, leaf.levels, strict=True))
    days, hours = by_name.get(ARRIVAL_DAY), by_name.get(ARRIVAL_HOUR)
    if days is None or hours is None or (days.all() and hours.all()):
        return None
    inside = np.flatnonzero(hours)
    first, last = int(inside[0]), int(inside[-1]) + 1
    parts = [
        "comes",
        *(day for day, is_in in zip(DAYS, days.tolist(), strict=True) if is_in and not days.all()),
    ]
    if not hours.all():
        parts.append(f"{first:02d}_{last:02d}")
    return "_".join(parts), WorkHours(tuple((first, last) if is_in else (0, 0) for is_in in days.tolist()))


def _choices(leaf: Leaf, outcomes: Sequence[int], target: Callable[[int], str]) -> list[dict[str, object]]:
    by_target: dict[str, float] = {}
    for place, share in enumerate(leaf.shares):
        if share > 0.0:
            step = target(outcomes[place])
            by_target[step] = by_target.get(step, 0.0) + float(share)
    kept = {step: share for step, share in by_target.items() if share >= SMALLEST}
    order = sorted(kept, key=lambda step: kept[step])
    total = sum(kept.values())
    return [
        {"to": step} if number == len(order) - 1 else {"share": percent(kept[step] / total), "to": step}
        for number, step in enumerate(order)
    ]


def _listed(names: list[str]) -> object:
    return names[0] if len(names) == 1 else names


def _range(low: int, high: int, open_from: int | None) -> object:
    if open_from is not None and high >= open_from:
        return f">= {low}"
    return low if low == high else f"{low}..{high}"
