"""The roadmap applied to a scenario: one tree for each period between changes.

A ramp is made of equal parts, in each of which quantities have their average over it: of a straight line that
is the value of its middle, of a learning curve the mean of the curve. So the whole ramp has the effect of the
line or curve. Counts of people are rounded to the nearest whole number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeAlias

from simlab.errors import InvalidInput, Problem
from simlab.scenario.levers import quantity_node, quantity_of
from simlab.scenario.nodes import MapNode, Node, ScalarNode, get_path, place_of, set_path, written
from simlab.scenario.overrides import apply_patch
from simlab.scenario.schema.roadmap import USUAL_STEPS, Learning, Milestone

MinutesOf: TypeAlias = Callable[[datetime], float]
"""Minutes from the start of the run to a local time of the scenario."""

MOST_PERIODS: Final = 200
_NOT_CHANGED: Final = ("name", "description", "time", "roadmap", "evidence", "what_if", "extends")
"""Parts of a scenario that hold for the whole run."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the run in which nothing is changed."""

    start: float
    """Minutes since the start of the run."""
    node: MapNode
    label: str


@dataclass(frozen=True, slots=True)
class _Change:
    """A milestone, or one part of its ramp."""

    at: float
    milestone: int
    reached: float
    """Share of the way from the old values to the new ones."""


def periods(
    node: MapNode, roadmap: Sequence[Milestone], minutes_of: MinutesOf, length: float
) -> tuple[Period, ...]:
    """Return the scenario's trees in the order of their periods, the first of them from the start.

    Changes up to the start hold from the start; those from ``length`` (minutes) on are left out.

    Raises
    ------
    InvalidInput
        With changes of what holds for the whole run, paths that lead nowhere, and ramps of what is
        no quantity.
    """
    _refuse_fixed(node, roadmap)
    changes = sorted(
        (change for i, milestone in enumerate(roadmap) for change in _changes(i, milestone, minutes_of)),
        key=lambda change: (change.at, change.milestone),
    )
    found = [Period(0.0, node, "")]
    old_values: dict[int, MapNode] = {}
    for change in changes:
        if change.at >= length:
            break
        before = found[-1].node
        old = old_values.setdefault(change.milestone, before)
        after = _changed(before, old, change, roadmap)
        label = roadmap[change.milestone].label or ""
        if change.at <= found[-1].start:
            found[-1] = replace(found[-1], node=after, label=label)
        else:
            found.append(Period(change.at, after, label))
    if len(found) > MOST_PERIODS:
        message = f"a roadmap has at most {MOST_PERIODS} periods between changes"
        raise InvalidInput(
            Problem(message, "roadmap", place_of(node, "roadmap"), str(len(found)), "write fewer steps")
        )
    return tuple(found)


def _changes(number: int, milestone: Milestone, minutes_of: MinutesOf) -> list[_Change]:
    at = minutes_of(milestone.at)
    if milestone.ramp is None:
        return [_Change(at, number, 1.0)]
    n = milestone.steps or USUAL_STEPS
    edges = [milestone.ramp * i / n for i in range(n + 1)]
    if milestone.learning is None:
        reached = [(i + 0.5) / n for i in range(n)]
    else:
        reached = [_learned(milestone.learning, start, end) for start, end in pairwise(edges)]
    parts = [_Change(at + edge, number, share) for edge, share in zip(edges, reached, strict=False)]
    return [*parts, _Change(at + milestone.ramp, number, 1.0)]


def _learned(learning: Learning, start: float, end: float) -> float:
    """Share of a change that is gained on average between two times since its beginning, in minutes.

    Missing after t is ``2 ** (-t / half)``, or ``(1 + t / unit) ** log2(rate)``; the mean of it is its
    integral over the length.
    """
    if learning.half is not None:
        scale = learning.half / math.log(2.0)
        missing = scale * (math.exp(-start / scale) - math.exp(-end / scale))
    else:
        assert learning.rate is not None
        assert learning.unit is not None
        power = 1.0 + math.log2(learning.rate)
        before, after = 1.0 + start / learning.unit, 1.0 + end / learning.unit
        if abs(power) < 1e-12:
            missing = learning.unit * math.log(after / before)
        else:
            missing = learning.unit * (after**power - before**power) / power
    return 1.0 - missing / (end - start)


def _changed(node: MapNode, old: MapNode, change: _Change, roadmap: Sequence[Milestone]) -> MapNode:
    path = ("roadmap", change.milestone, "set")
    patch = get_path(old, path)
    assert isinstance(patch, MapNode)
    if roadmap[change.milestone].ramp is None:
        return apply_patch(node, patch)
    result: Node = node
    problems: list[Problem] = []
    for key, entry in patch.entries.items():
        try:
            value = _between(get_path(old, key), entry.node, change.reached, is_count=key.endswith(".people"))
        except InvalidInput as refusal:
            problems += [replace(problem, place=entry.key_place) for problem in refusal.problems]
            continue
        if value is None:
            message = "a ramp goes from one quantity to another of the same unit"
            remedy = "leave out the ramp, or write a quantity in the unit of the scenario's"
            problems.append(
                Problem(
                    message,
                    ".".join(map(str, path)),
                    entry.key_place,
                    f"{key}: {written(get_path(old, key))} to {written(entry.node)}",
                    remedy,
                )
            )
        else:
            result = set_path(result, key, value)
    if problems:
        raise InvalidInput(problems)
    assert isinstance(result, MapNode)
    return result


def _between(old: Node, new: Node, reached: float, *, is_count: bool) -> ScalarNode | None:
    """Return the quantity at a share of the way; None where they are no quantities of one unit."""
    if not (isinstance(old, ScalarNode) and isinstance(new, ScalarNode)):
        return None
    first, last = quantity_of(old), quantity_of(new)
    if first is None or last is None:
        return None
    start = _in_unit(first, last[1].strip())
    if start is None:
        return None
    if reached == 1.0:
        return new
    number = start + (last[0] - start) * reached
    return quantity_node(float(int(number + 0.5)) if is_count else number, last[1], new.place)


def _in_unit(quantity: tuple[float, str], unit: str) -> float | None:
    """Return a number in another unit: levels are written as numbers and as shares. None for others."""
    number, own = quantity[0], quantity[1].strip()
    return {(unit, unit): number, ("", "%"): 100.0 * number, ("%", ""): number / 100.0}.get((own, unit))


def _refuse_fixed(node: MapNode, roadmap: Sequence[Milestone]) -> None:
    problems = []
    for i, milestone in enumerate(roadmap):
        for key in milestone.set:
            if key.partition(".")[0] in _NOT_CHANGED:
                path = ("roadmap", i, "set")
                message = "this holds for the whole run and cannot be changed by a roadmap"
                problems.append(Problem(message, ".".join(map(str, path)), place_of(node, path), key))
    if problems:
        raise InvalidInput(problems)
