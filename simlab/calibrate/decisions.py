"""Decisions fitted to a log: what comes next, who gets a ticket, and how long a transition takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.choice_tree import Feature, Leaf, grow, row_of_leaf
from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.fit_times import FittedTime, fit_time
from simlab.calibrate.transitions import MOST_HOPS, Chain, Facts, binned

END: int = -1
NONE: int = -1
STAYS, MOVES = 0, 1
CHARGE_OF_TIMES: Final = 0.3
"""What facts are charged where they change times: these have many bins, of which few change."""
CHARGE_OF_ORDER: Final = 0.15
"""What the way by which a case came is charged: what comes next depends on it first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Chances of outcomes, by the facts that matter."""

    features: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    outcomes: tuple[int, ...]
    """What the places of the leaves' counts stand for."""
    seen: tuple[NDArray[np.bool_], ...]
    """For each feature, the levels that occurred at all."""

    @property
    def n_seen(self) -> float:
        """Observations."""
        return sum(leaf.weight for leaf in self.leaves)


@dataclass(frozen=True, slots=True)
class Choices:
    """All decisions about tickets."""

    first_block: Decision | None
    """With which block a case begins, or `NONE`; None where none does, or nobody works for a first event."""
    first_activity: Decision
    next_of: Mapping[int, Decision]
    """By activity: transition by which a case leaves it, or `END`."""
    first_team: Decision
    stay_or_move: Decision | None
    """None where cases never move."""
    next_team: Decision | None
    branches_of: Mapping[int, Decision]
    """By activity that stands for a block: which branches it has."""
    begins_of: Mapping[tuple[int, int], Decision]
    """By activity that stands for the begin of branches, and activity with which one begins: by which
    transition."""
    teams_in_branches: Mapping[int, Decision]
    """By activity within branches: which team does it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a transition, or an activity, takes: a distribution for each leaf."""

    features: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    times: tuple[FittedTime, ...]
    seen: tuple[NDArray[np.bool_], ...]


def own_hours_after(activity: int) -> str:
    """Return the feature of whether the hours are open that decide what comes soon after an activity."""
    return f"at_work_after_{activity}"


def decide(features: Sequence[Feature], outcome: Integers, weight: Floats) -> Decision:
    """Fit the chances of outcomes (any codes)."""
    outcomes, place = np.unique(outcome, return_inverse=True)
    leaves = grow(features, place.astype(np.int64), weight, len(outcomes))
    return Decision(
        tuple(feature.name for feature in features),
        tuple(leaves),
        tuple(int(code) for code in outcomes),
        _seen(features),
    )


def choices_of(chain: Chain, facts: Facts, is_worked: NDArray[np.bool_], *, works_first: bool) -> Choices:
    """Return all decisions.

    Parameters
    ----------
    is_worked
        By event: whether people do it.
    works_first
        Whether people work for the first event of a case.
    """
    starts = chain.starts
    is_block = chain.branching.is_whole[chain.paths.activity[starts]]
    first_block = _at_start(chain, facts, starts, np.where(is_block, chain.paths.activity[starts], NONE))
    if works_first and not is_block.all():
        starts = starts[~is_block]
    return Choices(
        first_block if works_first and is_block.any() else None,
        _at_start(chain, facts, starts, chain.paths.activity[starts]),
        next_decisions(chain, facts),
        _at_start(chain, facts, starts, facts.team[starts]),
        stay_or_move(chain, facts, is_worked),
        next_team(chain, facts, is_worked),
        branches_of(chain, facts),
        begins_of(chain, facts),
        teams_in_branches(chain, facts, is_worked),
    )


def next_decisions(chain: Chain, facts: Facts) -> dict[int, Decision]:
    """Return, for each activity, by which transition a case leaves it (`END`: it was the last)."""
    paths, branching = chain.paths, chain.branching
    decides = (branching.original >= 0) | branching.is_whole
    decisions: dict[int, Decision] = {}
    for activity in range(len(paths.activities)):
        events = np.flatnonzero((paths.activity == activity) & (chain.following != 0))
        if not len(events) or not decides[activity]:
            continue
        row, kind, weight = facts.expanded(paths.case[events])
        event = events[row]
        came = Feature("came_from", chain.transition[event], chain.n_transitions, False, CHARGE_OF_ORDER)
        own = facts.of_case(paths.case[event], kind)
        hops = Feature("hops", facts.hops[event], MOST_HOPS + 1, is_ordered=True)
        weight = weight * np.where(chain.following[event] > 0, np.append(chain.weight, 1.0)[event + 1], 1.0)
        now = _hours_after(activity, facts, event)
        by_way = [] if branching.is_inside[activity] else [came]  # branches share what the ticket did last
        decisions[activity] = decide([*by_way, now, *own, hops], chain.following[event], weight)
    return decisions


def _at_start(chain: Chain, facts: Facts, events: Integers, outcome: Integers | Codes) -> Decision:
    """Return the chances of outcomes at first events of cases."""
    case = chain.paths.case[events]
    row, kind, weight = facts.expanded(case)
    return decide(facts.of_case(case[row], kind), outcome[row].astype(np.int64), weight)


def branches_of(chain: Chain, facts: Facts) -> dict[int, Decision]:
    """Return, for each activity that stands for a block, which branches it has: numbers of variants."""
    paths, variant = chain.paths, chain.branching.variant
    decisions: dict[int, Decision] = {}
    for activity in np.flatnonzero(chain.branching.is_whole).tolist():
        events = np.flatnonzero((paths.activity == activity) & (variant >= 0))
        if not len(events):
            continue
        row, kind, weight = facts.expanded(paths.case[events])
        event = events[row]
        came = Feature("came_from", chain.transition[event], chain.n_transitions, False, CHARGE_OF_ORDER)
        hops = Feature("hops", facts.hops[event], MOST_HOPS + 1, is_ordered=True)
        features = [came, *facts.of_case(paths.case[event], kind), hops]
        decisions[activity] = decide(features, variant[event], weight)
    return decisions


def begins_of(chain: Chain, facts: Facts) -> dict[tuple[int, int], Decision]:
    """Return, for each begin of branches and what they begin with, by which transition: soon or later."""
    activity, branching = chain.paths.activity, chain.branching
    decisions: dict[tuple[int, int], Decision] = {}
    for fork, member in sorted({begin for variant in branching.variants for begin in variant.begins}):
        events = np.flatnonzero((activity[:-1] == fork) & (activity[1:] == member))
        if not len(events):
            continue
        row, kind, weight = facts.expanded(chain.paths.case[events])
        event = events[row]
        features = [_hours_after(fork, facts, event), *facts.of_case(chain.paths.case[event], kind)]
        decisions[fork, member] = decide(features, chain.following[event], weight)
    return decisions


def _hours_after(activity: int, facts: Facts, event: Integers) -> Feature:
    """Return whether the hours are open that decide what comes soon after events of an activity."""
    name = own_hours_after(activity) if activity in facts.own_hours else "at_work"
    return Feature(name, facts.at_work[event], 2, is_ordered=True)


def teams_in_branches(chain: Chain, facts: Facts, is_worked: NDArray[np.bool_]) -> dict[int, Decision]:
    """Return, for each activity of people within branches, which team does it."""
    inside = np.flatnonzero(chain.is_in_branch & is_worked)
    decisions: dict[int, Decision] = {}
    for activity in np.unique(chain.paths.activity[inside]).tolist():
        events = inside[chain.paths.activity[inside] == activity]
        row, kind, weight = facts.expanded(chain.paths.case[events])
        event = events[row]
        decisions[activity] = decide(facts.of_case(chain.paths.case[event], kind), facts.team[event], weight)
    return decisions


def stay_or_move(chain: Chain, facts: Facts, is_worked: NDArray[np.bool_]) -> Decision | None:
    """Return whether a case stays with its team at an event; None where cases never move.

    Parameters
    ----------
    is_worked
        By event: whether people do it.
    """
    events = np.flatnonzero(~chain.paths.is_first & is_worked & ~chain.is_in_branch)
    moves = (facts.team[events] != facts.team[events - 1]).astype(np.int64)
    if not moves.any():
        return None
    row, kind, weight = facts.expanded(chain.paths.case[events])
    event = events[row]
    features = [
        Feature("came_from", chain.transition[event], chain.n_transitions, is_ordered=False),
        Feature("team", facts.team[event - 1], facts.n_teams, is_ordered=False),
        Feature("hops", facts.hops[event - 1], MOST_HOPS + 1, is_ordered=True),
        *facts.of_case(chain.paths.case[event], kind),
    ]
    return decide(features, moves[row], weight * chain.weight[event])


def next_team(chain: Chain, facts: Facts, is_worked: NDArray[np.bool_]) -> Decision | None:
    """Return which other team gets a case that moves; None where cases never move."""
    events = np.flatnonzero(~chain.paths.is_first & is_worked & ~chain.is_in_branch)
    events = events[facts.team[events] != facts.team[events - 1]]
    if not len(events):
        return None
    row, kind, weight = facts.expanded(chain.paths.case[events])
    event = events[row]
    features = [
        Feature("came_from", chain.transition[event], chain.n_transitions, False),
        Feature("team", facts.team[event - 1], facts.n_teams, is_ordered=False),
        Feature("hops", facts.hops[event - 1], MOST_HOPS + 1, is_ordered=True),
        *facts.of_case(chain.paths.case[event], kind),
    ]
    return decide(features, facts.team[event], weight * chain.weight[event])


def timings(
    chain: Chain, facts: Facts, minutes: Floats, without: Callable[[int, Floats], Floats]
) -> Mapping[int, Timing]:
    """Return how long each transition takes, by its number.

    Parameters
    ----------
    minutes
        By event: time of the transition that led to it, on its clock.
    without
        Takes work and queueing out of the times of a transition.
    """
    fitted: dict[int, Timing] = {}
    order = np.argsort(chain.transition, kind="stable")
    bounds = np.searchsorted(chain.transition[order], np.arange(chain.n_transitions + 1))
    for number in range(1, chain.n_transitions):
        events = order[bounds[number] : bounds[number + 1]]
        fitted[number] = _timing(chain, facts, events, minutes[events], partial(without, number))
    return fitted


def durations(
    chain: Chain, facts: Facts, activity: int, minutes: Floats, without: Callable[[Floats], Floats]
) -> Timing:
    """Return how long an activity takes; ``minutes`` has the time of every event."""
    events = np.flatnonzero(chain.paths.activity == activity)
    return _timing(chain, facts, events, minutes[events], without)


def _timing(
    chain: Chain, facts: Facts, events: Integers, minutes: Floats, without: Callable[[Floats], Floats]
) -> Timing:
    row, kind, weight = facts.expanded(chain.paths.case[events])
    event = events[row]
    weight = weight * chain.weight[event]
    before = np.maximum(event - 1, 0)
    features = [
        *facts.of_case(chain.paths.case[event], kind),
        Feature("hops", facts.hops[before], MOST_HOPS + 1, is_ordered=True),
    ]
    features = [replace(feature, charge=CHARGE_OF_TIMES) for feature in features]
    bins = binned(minutes, np.zeros(len(minutes), np.int64), 1)[row]
    leaves = grow(features, bins, weight, int(bins.max()) + 1)
    leaf_of = row_of_leaf(leaves, features)
    shortened = without(minutes)[row]
    times = tuple(
        fit_time(shortened[leaf_of == number], weight[leaf_of == number]) for number in range(len(leaves))
    )
    return Timing(tuple(feature.name for feature in features), tuple(leaves), times, _seen(features))


def _seen(features: Sequence[Feature]) -> tuple[NDArray[np.bool_], ...]:
    return tuple(np.bincount(feature.level, minlength=feature.n_levels) > 0 for feature in features)
