"""Choice trees: which facts about a ticket change the chances of what comes next.

Ordered rules of a scenario, learnt: a tree splits tickets by one fact at a time as long as the likelihood
gains more than the Bayesian information criterion charges for the added shares (Schwarz 1978). Its leaves
become rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEAST_WEIGHT: Final = 12.0
"""Observations that a leaf has at least."""
DEEPEST: Final = 14


@dataclass(frozen=True, slots=True)
class Feature:
    """A fact that may split: a level of each observation."""

    name: str
    level: Integers
    n_levels: int
    is_ordered: bool
    """Whether only ranges of levels are split off, as for numbers."""
    charge: float = 1.0
    """Factor on what the criterion charges for a split by this fact."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Tickets that the tree tells from others, and how often each outcome followed."""

    levels: tuple[Mask, ...]
    """For each feature, the levels that come here; all true where the feature does not matter."""
    counts: Floats

    @property
    def weight(self) -> float:
        """Observations in the leaf."""
        return float(self.counts.sum())

    @property
    def shares(self) -> Floats:
        """Share of each outcome."""
        shares: Floats = self.counts / self.counts.sum()
        return shares


@dataclass(frozen=True, slots=True)
class _Cells:
    """Observations with the same levels and outcome, as one row."""

    levels: Integers
    """A row a cell, a column a feature."""
    outcome: Integers
    weight: Floats


def grow(
    features: Sequence[Feature],
    outcome: Integers,
    weight: Floats,
    n_outcomes: int,
    *,
    least_weight: float = LEAST_WEIGHT,
) -> list[Leaf]:
    """Return the leaves of the tree of what followed, the heaviest last.

    Parameters
    ----------
    features
        Facts by which tickets may be told apart, most natural first: it wins a tie.
    outcome, weight
        What followed each observation (0 to ``n_outcomes`` - 1), and how much it counts.
    """
    if not len(outcome):
        return []
    cells = _aggregated(features, outcome, weight)
    everywhere = tuple(np.ones(feature.n_levels, bool) for feature in features)
    charge = 0.5 * np.log(max(float(weight.sum()), 2.0))
    leaves = list(_split(features, cells, everywhere, n_outcomes, charge, least_weight, DEEPEST))
    return sorted(leaves, key=lambda leaf: leaf.weight)


def row_of_leaf(leaves: Sequence[Leaf], features: Sequence[Feature]) -> Integers:
    """Return which leaf each observation falls into; the last one takes those of levels never seen."""
    found = np.full(len(features[0].level) if features else 0, len(leaves) - 1, np.int64)
    for number, leaf in enumerate(leaves):
        inside = np.ones(len(found), bool)
        for feature, levels in zip(features, leaf.levels, strict=True):
            inside &= levels[feature.level]
        found[inside] = number
    return found


def _aggregated(features: Sequence[Feature], outcome: Integers, weight: Floats) -> _Cells:
    key = outcome.astype(np.int64)
    for feature in features:
        key = key * feature.n_levels + feature.level
    _, row, cell = np.unique(key, return_index=True, return_inverse=True)
    levels = (
        np.column_stack([feature.level[row] for feature in features])
        if features
        else np.zeros((len(row), 0), np.int64)
    )
    return _Cells(levels, outcome[row], np.bincount(cell, weight).astype(np.float64))


def _split(
    features: Sequence[Feature],
    cells: _Cells,
    within: tuple[Mask, ...],
    n_outcomes: int,
    charge: float,
    least_weight: float,
    depth: int,
) -> Iterator[Leaf]:
    counts = np.bincount(cells.outcome, cells.weight, n_outcomes).astype(np.float64)
    best, best_gain = None, 0.0
    n_shares = max(int((counts > 0).sum()) - 1, 1)
    if depth > 0 and counts.sum() >= 2 * least_weight and (counts > 0).sum() > 1:
        for place, feature in enumerate(features):
            table = np.zeros((feature.n_levels, n_outcomes))
            np.add.at(table, (cells.levels[:, place], cells.outcome), cells.weight)
            gain, left = _best_cut(table, feature.is_ordered, least_weight)
            gain -= feature.charge * charge * n_shares
            if gain > best_gain + 1e-9:
                best, best_gain = (place, left), gain
    if best is None:
        yield Leaf(within, counts)
        return
    place, left = best
    for side in (left, ~left):
        inside = tuple(mask & side if at == place else mask for at, mask in enumerate(within))
        rows = side[cells.levels[:, place]]
        part = _Cells(cells.levels[rows], cells.outcome[rows], cells.weight[rows])
        yield from _split(features, part, inside, n_outcomes, charge, least_weight, depth - 1)


def _best_cut(table: Floats, is_ordered: bool, least_weight: float) -> tuple[float, Mask]:
    """Return the gain of the best division of the levels in two, and the levels of its left side."""
    weight = table.sum(1)
    seen = np.flatnonzero(weight > 0)
    nothing = np.zeros(len(table), bool)
    if len(seen) < 2:
        return 0.0, nothing
    order = seen if is_ordered else seen[np.argsort(_scores(table[seen]), kind="stable")]
    below = np.cumsum(table[order], axis=0)[:-1]
    above = table.sum(0) - below
    gain = _likelihood(below) + _likelihood(above) - _likelihood(table.sum(0)[None])
    gain[(below.sum(1) < least_weight) | (above.sum(1) < least_weight)] = -np.inf
    cut = int(np.argmax(gain))
    if not np.isfinite(gain[cut]):
        return 0.0, nothing
    left = nothing.copy()
    if is_ordered:
        left[: order[cut] + 1] = True
    else:
        left[order[: cut + 1]] = True
    return float(gain[cut]), left


def _scores(table: Floats) -> Floats:
    """Put levels in a line by what follows them: the first principal axis of their shares."""
    weight = table.sum(1, keepdims=True)
    shares = table / weight
    centred = (shares - table.sum(0) / table.sum()) * np.sqrt(weight)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    scores: Floats = (shares - table.sum(0) / table.sum()) @ axes[0]
    return scores


def _likelihood(counts: Floats) -> Floats:
    """Log-likelihood of the best shares for each row of counts."""
    total = counts.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / total), 0.0)
    result: Floats = terms.sum(1)
    return result
