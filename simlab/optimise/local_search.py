"""Local search: the neighbours of good configurations, the most promising one first.

Neighbours differ in one value or in two: a step of a number, a step moved from one number to another, another
choice, a choice together with a step. All trials met the same tickets, so their values are compared pair by
pair. How promising a neighbour is, is told by models of goal and constraints that are fitted to the trials:
the improvement to be expected, times the chance that the constraints hold.

It walks from two starts: the best trial, and the best of those far from it. Of several goals a weighing that
changes from trial to trial makes one, so that all parts of the front are looked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.parameters import Value
from simlab.optimise.space import LEVELS, Configuration, Key, Space
from simlab.optimise.surrogate import Surrogate
from simlab.optimise.trials import Trial, by_merit

Floats = NDArray[np.float64]

FAR: Final = 0.25
"""Share of a parameter's range by which the second start differs from the first in some parameter."""
SECOND_START_EVERY: Final = 4
"""Of so many proposals, one is around the second start."""
STARTS: Final = 2
"""Best trials of a neighbourhood that are looked at together."""
MOST_LEARNT: Final = 150
"""Trials that the models are fitted to: the best of them."""
PLAUSIBLE: Final = 0.05
"""Chance of feasibility from which on a neighbour may hold a gain."""
OPTIMISM: Final = 2.0
"""Standard deviations of the model by which a gain may be larger than it looks."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A proposal of the local search."""

    configuration: dict[str, Value]
    gain: float
    """The most that any neighbour can be hoped to improve the goal by; infinite where nothing is known."""


def propose_neighbour(
    space: Space, trials: Sequence[Trial], taken: Set[Key], number: int = 0, seed: int = 0
) -> Neighbour | None:
    """Return the most promising configuration near the good trials that has not been tried.

    Parameters
    ----------
    trials
        Those finished so far, on the same replications as far as that can be (`levelled`).
    taken
        Keys of configurations that must not be proposed again.
    number
        Of the trial to be proposed: every fourth goes to the second start.
    seed
        With the number, of the weighing of several goals.

    Returns
    -------
    Neighbour or None
        None where all neighbours of all trials have been tried.
    """
    judged = by_merit(_scalarised(trials, number, seed))
    if number % SECOND_START_EVERY == SECOND_START_EVERY - 1:
        judged_from = _far_first(space, judged)
    else:
        judged_from = judged
    for first in range(0, len(judged), STARTS):
        candidates = _untried(space, judged_from[first : first + STARTS], taken)
        if candidates:
            promise, gain = _promise(space, judged, candidates)
            return Neighbour(candidates[int(np.argmax(promise))], gain)
    return None


def _scalarised(trials: Sequence[Trial], number: int, seed: int) -> list[Trial]:
    """Return trials with one value each: a weighing of several goals, each in shares of its range.

    The augmented Tchebycheff norm from the ideal point reaches every part of a front, hollow ones too
    (Knowles 2006, ParEGO, *IEEE Transactions on Evolutionary Computation* 10).
    """
    judged = [trial for trial in trials if trial.verdict.values]
    if not judged or len(judged[0].verdict.values) == 1:
        return judged
    values = np.array([trial.verdict.values for trial in judged])
    feasible = np.array([trial.verdict.is_feasible for trial in judged])
    basis = values[feasible] if feasible.any() else values
    low, width = basis.min(axis=0), np.ptp(basis, axis=0)
    shares = (values - low) / np.where(width > 0.0, width, 1.0)
    weights = np.random.default_rng([seed, number, 7]).dirichlet(np.ones(values.shape[1]))
    scalar = (weights * shares).max(axis=1) + 0.05 * (weights * shares).sum(axis=1)
    return [
        replace(trial, verdict=replace(trial.verdict, values=(float(value),)))
        for trial, value in zip(judged, scalar, strict=True)
    ]


def _far_first(space: Space, judged: Sequence[Trial]) -> list[Trial]:
    """Return trials with those far from the best one before all others, each part by merit."""
    if not judged:
        return []
    points = np.array([space.features(trial.configuration) for trial in judged])
    is_far = np.abs(points - points[0]).max(axis=1) > FAR
    far = [trial for trial, away in zip(judged, is_far, strict=True) if away]
    return [*far, *(trial for trial, away in zip(judged, is_far, strict=True) if not away)]


def _untried(space: Space, starts: Sequence[Trial], taken: Set[Key]) -> list[dict[str, Value]]:
    around = chain.from_iterable(
        space.neighbours(start.configuration, level) for start in starts for level in range(LEVELS)
    )
    unique = {space.key(each): each for each in around}
    return [
        each
        for key, each in unique.items()
        if key not in taken and not (space.limits and space.broken_limits(each))
    ]


def _promise(
    space: Space, judged: Sequence[Trial], candidates: Sequence[Configuration]
) -> tuple[Floats, float]:
    """Return the logarithm of expected improvement times chance of feasibility, and the most to hope for."""
    from scipy.special import log_ndtr

    learnt = judged[:MOST_LEARNT]
    known = np.array([space.features(trial.configuration) for trial in learnt])
    wanted = space.features_of_all(candidates)
    most = max(trial.replications for trial in learnt)
    noise = np.array([most / max(trial.replications, 1) for trial in learnt])
    chance: Floats = np.zeros(len(candidates))
    for limit in range(len(judged[0].verdict.violations)):
        violation = _bent([trial.verdict.violations[limit] for trial in learnt])
        mean, deviation = Surrogate.fitted(known, violation, noise).predicted(wanted)
        chance = chance + log_ndtr(-mean / deviation)
    if not judged[0].verdict.is_feasible:
        return chance, math.inf
    values = np.array([trial.verdict.values[0] for trial in learnt])
    mean, deviation = Surrogate.fitted(known, values, noise).predicted(wanted)
    best = values[0]
    promise = chance + _log_improvement((best - mean) / deviation) + np.log(deviation)
    hope = np.where(chance > math.log(PLAUSIBLE), best - mean + OPTIMISM * deviation, 0.0)
    return promise, float(hope.max())


def _bent(violations: Sequence[float]) -> Floats:
    """Return violations on a scale that stretches the surroundings of 0, where the limit is just kept."""
    plain = np.array(violations)
    scale = float(np.median(np.abs(plain))) or 1.0
    bent: Floats = np.arcsinh(plain / scale)
    return bent


def _log_improvement(gain: Floats) -> Floats:
    """Return the logarithm of the expected positive part of a normal variable: mean ``gain``, variance 1."""
    from scipy.special import log_ndtr

    density = np.exp(-0.5 * gain**2) / math.sqrt(2.0 * math.pi)
    near = np.log(np.maximum(density + gain * np.exp(log_ndtr(gain)), 1e-300))
    # Far below, where the terms cancel: Mills' ratio gives density / gain**2.
    safe = np.where(gain < -5.0, gain, -5.0)
    far = -0.5 * safe**2 - 0.5 * math.log(2.0 * math.pi) - 2.0 * np.log(-safe)
    result: Floats = np.where(gain < -5.0, far, near)
    return result
