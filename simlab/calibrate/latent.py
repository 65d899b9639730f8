"""Difficulty: kinds of tickets that no column of a log names, told apart by how they go.

A finite mixture of Markov chains with times: every ticket is of one of k kinds, each with its own chances
of what comes next and its own distribution of times. Fitted by expectation and maximisation (Dempster,
Laird, Rubin 1977); the number of kinds is the one that foretells tickets best that were left out of the
fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_ROUNDS: Final = 40
PRIOR_WEIGHT: Final = 40.0
"""Observations that the pooled chances are worth in each kind."""
CANDIDATES: Final = (1, 2, 3, 4, 6)
LEFT_OUT: Final = 5
"""One of so many cases is left out to compare numbers of kinds."""
ALIKE: Final = 0.003
"""Log-likelihood per case by which the best number of kinds must beat the least, to be taken."""
MOST_CASES: Final = 12_000
"""Cases on which numbers of kinds are compared."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen of cases: outcomes within groups, such as what came next after each context."""

    case: Integers
    group: Integers
    outcome: Integers
    """Number of the outcome; it belongs to one group only."""

    @classmethod
    def of(cls, case: Integers, group: Integers, outcome: Integers) -> Observations:
        """Number groups and (group, outcome) pairs from 0 on."""
        _, groups = np.unique(group, return_inverse=True)
        _, pairs = np.unique(groups * (int(outcome.max(initial=0)) + 1) + outcome, return_inverse=True)
        return cls(case, groups.astype(np.int64), pairs.astype(np.int64))

    def of_cases(self, is_in: NDArray[np.bool_]) -> Observations:
        """Return those of some cases; numbers stay."""
        rows = is_in[self.case]
        return Observations(self.case[rows], self.group[rows], self.outcome[rows])


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of tickets, the quickest first, and how probably each case is of each."""

    share: Floats
    membership: Floats
    """Probability of each case (rows) for each kind (columns)."""
    held_out: Floats
    """Log-likelihood per left-out case for each of `CANDIDATES`, as far as tried."""

    def __len__(self) -> int:
        return len(self.share)


def find_kinds(seen: Observations, cycle_min: Floats, candidates: tuple[int, ...] = CANDIDATES) -> Kinds:
    """Return the kinds of tickets.

    Parameters
    ----------
    seen
        What was seen of every case: choices and, in bins, times.
    cycle_min
        Minutes from start to end of each case: kinds start as slices of these, and are ordered by them.
    candidates
        Numbers of kinds that are tried.
    """
    n_cases = len(cycle_min)
    number = np.arange(n_cases)
    in_sample = number % max(1, n_cases // MOST_CASES) == 0
    is_fitted = in_sample & ((number // max(1, n_cases // MOST_CASES)) % LEFT_OUT > 0)
    is_held_out = in_sample & ~is_fitted
    held_out: list[float] = []
    best = candidates[0]
    if n_cases >= 200:
        fit, test = seen.of_cases(is_fitted), seen.of_cases(is_held_out)
        for k in candidates:
            log_share, log_chance, _ = _fit(fit, seen, _slices(cycle_min, k), is_fitted)
            score = _log_likelihood(test, log_share, log_chance, n_cases)[is_held_out]
            held_out.append(float(score.mean()))
        best = candidates[int(np.argmax(held_out))]
        if max(held_out) - held_out[0] < ALIKE:
            best = candidates[0]
    log_share, _, membership = _fit(seen, seen, _slices(cycle_min, best), np.ones(n_cases, bool))
    mean_cycle = (membership * np.log1p(cycle_min)[:, None]).sum(0) / np.maximum(membership.sum(0), 1e-9)
    order = np.argsort(mean_cycle)
    return Kinds(np.exp(log_share)[order], membership[:, order], np.array(held_out))


def _slices(cycle_min: Floats, k: int) -> Floats:
    """First guess of the memberships: slices of equally many cases by their time."""
    rank = np.empty(len(cycle_min), np.int64)
    rank[np.argsort(cycle_min, kind="stable")] = np.arange(len(cycle_min))
    membership = np.full((len(cycle_min), k), 0.15 / k)
    membership[np.arange(len(cycle_min)), rank * k // max(len(cycle_min), 1)] += 0.85
    return membership


def _fit(
    seen: Observations, everything: Observations, membership: Floats, is_fitted: NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Return log shares, log chances of outcomes by kind, and the memberships."""
    n_cases, k = membership.shape
    group_of = np.zeros(int(everything.outcome.max()) + 1, np.int64)
    group_of[everything.outcome] = everything.group
    n_outcomes, n_groups = len(group_of), int(group_of.max()) + 1
    pooled = np.bincount(everything.outcome, minlength=n_outcomes).astype(np.float64)
    prior = PRIOR_WEIGHT * pooled / np.bincount(group_of, pooled, n_groups)[group_of]
    log_share, log_chance = np.zeros(k), np.zeros((n_outcomes, k))
    before = -np.inf
    for _ in range(MOST_ROUNDS):
        share = membership[is_fitted].mean(0)
        log_share = np.log(np.maximum(share, 1e-12))
        for kind in range(k):
            count = prior + np.bincount(seen.outcome, membership[seen.case, kind], n_outcomes)
            log_chance[:, kind] = np.log(count / np.bincount(group_of, count, n_groups)[group_of])
        joint = log_share + np.column_stack(
            [np.bincount(seen.case, log_chance[seen.outcome, kind], n_cases) for kind in range(k)]
        )
        highest = joint.max(1, keepdims=True)
        weight = np.exp(joint - highest)
        total = weight.sum(1, keepdims=True)
        membership = weight / total
        likelihood = float((highest + np.log(total))[is_fitted].sum())
        if likelihood - before < 1e-4 * n_cases:
            break
        before = likelihood
    return log_share, log_chance, membership


def _log_likelihood(seen: Observations, log_share: Floats, log_chance: Floats, n_cases: int) -> Floats:
    joint = log_share + np.column_stack(
        [np.bincount(seen.case, log_chance[seen.outcome, kind], n_cases) for kind in range(len(log_share))]
    )
    highest = joint.max(1)
    result: Floats = highest + np.log(np.exp(joint - highest[:, None]).sum(1))
    return result
