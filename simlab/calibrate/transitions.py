"""Transitions: what follows what, soon or later, and the facts about a ticket on which that may depend.

A case is read as a chain of transitions (from one activity to the next). Transitions to the same activity
within `LATE_MIN` and after more are told apart: the former belong to one sitting, the latter to a ticket
that was left lying. What comes next may depend on the transition before, which makes the chain one of
second order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.attributes import Attribute
from simlab.calibrate.branching import Branching, unbranched
from simlab.calibrate.censoring import weights
from simlab.calibrate.choice_tree import Feature
from simlab.calibrate.concurrency import SITTING_MIN
from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import Paths

LATE_MIN: Final = SITTING_MIN
"""From so many minutes between two events on, the ticket was left lying."""
FEWEST: Final = 10
"""Soon and later transitions that are rarer are one."""
RAREST: Final = 3
MOST_HOPS: Final = 4
"""Hops that are told apart; more are as this many."""
MOST_CLASSES: Final = 12
LEAST_MEMBERSHIP: Final = 0.02
N_BINS: Final = 12
"""Bins of times in which kinds of tickets are compared."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From one activity to the next."""

    source: int
    target: int
    is_late: bool
    is_divided: bool
    """Whether there are a soon and a late one between these activities."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Paths as chains of transitions: one value an event."""

    paths: Paths
    gap_min: Floats
    """Minutes since the event before; 0 for the first of a case."""
    transition: Integers
    """By which transition the case came to the event: 0 for the first, and where it is too rare; else its
    number in `transitions`, counted from 1."""
    following: Integers
    """Transition to the next event, -1 for the last of a case, 0 where it is too rare or not known yet."""
    weight: Floats
    """How many cases each event stands for: more after long waits, of which some were cut off by the end of
    the log."""
    transitions: tuple[Transition, ...]
    branching: Branching
    """What of the paths are cases, and what branches of them."""
    together: tuple[tuple[int, int], ...] = ()
    """From what to what soon and later transitions are not told apart."""

    @property
    def n_cases(self) -> int:
        """Cases; the paths have their branches behind them."""
        return self.branching.n_cases

    @property
    def starts(self) -> Integers:
        """Row of the first event of each case."""
        return self.paths.first[: self.n_cases]

    @property
    def is_in_branch(self) -> NDArray[np.bool_]:
        """By event, whether it is within a branch."""
        flags: NDArray[np.bool_] = self.paths.case >= self.n_cases
        return flags

    @property
    def n_transitions(self) -> int:
        """Transitions, the one of first events included."""
        return len(self.transitions) + 1


def chain_of(
    paths: Paths,
    batches: Sequence[int] = (),
    branching: Branching | None = None,
    lying_min: Floats | None = None,
    together: Sequence[tuple[int, int]] = (),
) -> Chain:
    """Return the transitions of all cases.

    Parameters
    ----------
    batches
        Activities that happen at hours of their own: whether soon or later, the clock tells, but for those
        with which branches begin, for which others do not wait.
    branching
        What of the paths are cases; all where not given.
    lying_min
        By event: minutes for which the case was left lying before it, where these are not all since the event
        before.
    together
        From what to what soon and later transitions are not told apart.
    """
    is_first = paths.is_first
    before = np.concatenate([[0.0], paths.end[:-1]])
    gap = np.where(is_first, 0.0, np.maximum(paths.start - before, 0.0))
    source = np.concatenate([[0], paths.activity[:-1]]).astype(np.int64)
    n = len(paths.activities)
    pair = source * n + paths.activity
    lying = gap if lying_min is None else lying_min
    is_late = lying > LATE_MIN
    counts = np.zeros((n * n, 2))
    np.add.at(counts, (pair[~is_first], is_late[~is_first].astype(np.int64)), 1.0)
    divided: NDArray[np.bool_] = np.all(counts >= FEWEST, axis=1)
    branching = branching or unbranched(paths)
    is_fork = branching.is_fork
    divided &= ~np.isin(np.arange(n * n) % n, batches) | is_fork[np.arange(n * n) // n]
    divided[[a * n + b for a, b in together]] = False
    key = np.where(divided[pair], 2 * pair + is_late, 2 * pair)
    used, use = np.unique(key[~is_first], return_counts=True)
    kept = used[(use >= RAREST) | is_fork[used // 2 // n]]
    place = np.searchsorted(kept, key)
    found = np.zeros(len(key), bool)
    if len(kept):
        found = (place < len(kept)) & (kept[np.minimum(place, len(kept) - 1)] == key) & ~is_first
    transition = np.where(found, place + 1, 0)
    is_last = np.concatenate([is_first[1:], [True]])
    following = np.where(is_last, -1, np.concatenate([transition[1:], [0]]))
    weight = np.ones(len(gap))
    if paths.is_open.any():
        following[is_last & paths.is_open[paths.case]] = 0
        weight[~is_first] = weights(gap[~is_first], before[~is_first], paths.until)
    transitions = tuple(
        Transition(int(k // 2 // n), int(k // 2 % n), _late(k, divided, lying, key), bool(divided[k // 2]))
        for k in kept
    )
    return Chain(paths, gap, transition, following, weight, transitions, branching, tuple(together))


def _late(key: int, divided: NDArray[np.bool_], gap: Floats, keys: Integers) -> bool:
    if divided[key // 2]:
        return bool(key % 2)
    return bool(np.median(gap[keys == key]) > LATE_MIN)


def binned(gap_min: Floats, group: Integers, n_groups: int) -> Integers:
    """Return the bin of each time among those of its group: quantiles, fewer where there are few times."""
    bins = np.zeros(len(gap_min), np.int64)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
    for first, last in pairwise(bounds.tolist()):
        rows = order[first:last]
        n_bins = min(N_BINS, (last - first) // 10)
        if n_bins >= 2:
            cuts = np.unique(np.quantile(gap_min[rows], np.arange(1, n_bins) / n_bins))
            bins[rows] = np.searchsorted(cuts, gap_min[rows], side="left")
    return bins


def common_classes(codes: Integers) -> tuple[Integers, tuple[int, ...]]:
    """Return codes with rare classes put together, and which classes are kept; the last level is the rest."""
    known = codes[codes >= 0]
    counts = np.bincount(known) if len(known) else np.zeros(0, np.int64)
    most = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    kept = tuple(int(code) for code in most if counts[code] >= max(0.01 * len(codes), 1))
    level = np.full(len(codes), len(kept), np.int64)
    for place, code in enumerate(kept):
        level[codes == code] = place
    return level, kept


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about tickets at events, and how probably each ticket is of each kind."""

    kind: Floats
    """Membership of cases (rows) in kinds (columns); small ones are 0."""
    case_class: Integers
    n_classes: int
    priority: Integers
    n_priorities: int
    hops: Integers
    """By event: changes of team so far, this event's included, at most `MOST_HOPS`."""
    team: Integers
    """By event: team that has the ticket then."""
    n_teams: int
    at_work: Integers
    """By event: 1 if it ended within the hours that decide what comes soon, else 0."""
    own_hours: frozenset[int] = frozenset()
    """Activities after which these are hours of their own, not those of everybody."""
    attribute: Attribute | None = None
    """A further fact about cases; None where none is used."""

    @classmethod
    def memberships(cls, kind: Floats) -> Floats:
        """Return memberships without the negligible ones."""
        clear = np.where(kind >= LEAST_MEMBERSHIP, kind, 0.0)
        memberships: Floats = clear / clear.sum(1, keepdims=True)
        return memberships

    def expanded(self, case: Integers | Codes) -> tuple[Integers, Integers, Floats]:
        """Return observations of some cases, once for each kind they may be of: row, kind, weight."""
        row, kind = np.nonzero(self.kind[case] > 0)
        return row, kind, self.kind[case[row], kind]

    def of_case(self, case: Integers | Codes, kind: Integers) -> list[Feature]:
        """Return the facts that a ticket has from the start."""
        features = [Feature("difficulty", kind, self.kind.shape[1], is_ordered=True)]
        if self.n_classes > 1:
            features.append(Feature("class", self.case_class[case], self.n_classes, is_ordered=False))
        if self.n_priorities > 1:
            features.append(Feature("priority", self.priority[case], self.n_priorities, is_ordered=True))
        if self.attribute is not None:
            n_levels = len(self.attribute.levels)
            features.append(Feature("attribute", self.attribute.level[case], n_levels, is_ordered=False))
        return features
