"""How much of the past still tells what comes: the part of a log that a fit should use.

Desks change, and exports begin with a part that is not like the rest. So the last fifth of the cases is
foretold from the cases before it that begin at each of several instants; the earliest of those that do
about best, in sequences and in times, is where the fit begins. No number of the log that is to be
foretold enters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.distances import cycle_time_distance, n_gram_distance
from simlab.calibrate.paths import Paths

STARTS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Shares of the earlier cases that are left out, as tried."""
FORETOLD: Final = 0.2
REPEATS: Final = 20
ABOUT: Final = 1.1
"""A score within this factor of the best is about as good; so is one that chance alone explains."""
FEWEST: Final = 400
"""Cases below which all are used."""


@dataclass(frozen=True, slots=True)
class Recency:
    """Where the fit begins, and why."""

    first: int
    """Number of the first case that is used."""
    tried: tuple[int, ...]
    """Numbers of the first cases that were tried."""
    scores: tuple[float, ...]
    """Distance of each from the cases after it, against that of random halves of these: 1 is no worse."""


def part_to_fit(paths: Paths, seed: int = 0) -> Recency:
    """Return which cases a fit should use: from one on, to the last.

    Where the latest start that was tried is the best, later ones are: what changed may have changed after it.
    """
    first = 0
    tried: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    while len(paths) - first >= FEWEST:
        found = _part(paths.take(np.arange(first, len(paths))), seed)
        tried += tuple(first + each for each in found.tried[int(first > 0) :])
        scores += found.scores[int(first > 0) :]
        first += found.first
        if found.first == 0 or found.first < found.tried[-1]:
            break
    return Recency(first, tried, scores)


def _part(paths: Paths, seed: int) -> Recency:
    """Return from which case on the last fifth of some is foretold about as well as from the best."""
    n = len(paths)
    rng = np.random.default_rng(seed)
    split = int(n * (1.0 - FORETOLD))
    foretold = paths.take(np.arange(split, n))
    floor = np.mean([_halves(foretold, rng) for _ in range(REPEATS)], axis=0)
    firsts = [int(share * split) for share in STARTS if split - int(share * split) >= FEWEST // 4]
    each = []
    for first in firsts:
        drawn = [
            _both(foretold, paths.take(np.sort(rng.choice(np.arange(first, split), n - split))))
            for _ in range(REPEATS)
        ]
        each.append(np.mean(drawn, axis=0) / np.maximum(floor, 1e-9))
    both = np.array(each)
    scores = both.mean(1)
    about = (both <= np.maximum(ABOUT * both.min(0), 1.0)).all(1)
    good = int(np.argmax(about)) if about.any() else int(np.argmin(scores))
    return Recency(firsts[good], tuple(firsts), tuple(scores.tolist()))


def _halves(paths: Paths, rng: np.random.Generator) -> tuple[float, float]:
    shuffled = rng.permutation(len(paths))
    half = len(paths) // 2
    return _both(paths.take(np.sort(shuffled[:half])), paths.take(np.sort(shuffled[half : 2 * half])))


def _both(one: Paths, other: Paths) -> tuple[float, float]:
    n_activities = len(one.activities)
    return (
        n_gram_distance(one.case, one.activity, other.case, other.activity, n_activities),
        cycle_time_distance(one.cycle_min(), other.cycle_min()),
    )
