"""Local search: the neighbours of the best configurations, the most promising one first.

Neighbours differ in one value or in two: a step of a number, a step moved from one number to another, another
choice, a choice together with a step. All trials met the same tickets, so their values are compared pair by
pair. How promising a neighbour is, is told by models of goal and constraints that are fitted to the trials:
the improvement to be expected, times the chance that the constraints hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.parameters import Value
from simlab.optimise.space import LEVELS, Configuration, Space
from simlab.optimise.surrogate import Surrogate
from simlab.optimise.trials import Trial, by_merit

Floats = NDArray[np.float64]

STARTS: Final = 2
"""Best trials whose neighbours are looked at together."""
MOST_LEARNT: Final = 150
"""Trials that the models are fitted to: the best of them."""


def propose_neighbour(space: Space, trials: Sequence[Trial], taken: Set[str]) -> dict[str, Value] | None:
    """Return the most promising configuration near the best trials that has not been tried.

    Parameters
    ----------
    trials
        Those finished so far, of a single goal.
    taken
        Digests of configurations that must not be proposed again.

    Returns
    -------
    dict or None
        None where all neighbours of all trials have been tried.
    """
    judged = by_merit(trials)
    for first in range(0, len(judged), STARTS):
        candidates = _untried(space, judged[first : first + STARTS], taken)
        if candidates:
            return candidates[int(np.argmax(_promise(space, judged[:MOST_LEARNT], candidates)))]
    return None


def _untried(space: Space, starts: Sequence[Trial], taken: Set[str]) -> list[dict[str, Value]]:
    around = chain.from_iterable(
        space.neighbours(start.configuration, level) for start in starts for level in range(LEVELS)
    )
    unique = {space.digest(each): each for each in around if not space.broken_limits(each)}
    return [each for digest, each in unique.items() if digest not in taken]


def _promise(space: Space, judged: Sequence[Trial], candidates: Sequence[Configuration]) -> Floats:
    """Return the logarithm of expected improvement times chance of feasibility of each candidate."""
    from scipy.special import log_ndtr

    known = np.array([space.features(trial.configuration) for trial in judged])
    wanted = np.array([space.features(each) for each in candidates])
    score: Floats = np.zeros(len(candidates))
    for limit in range(len(judged[0].verdict.violations)):
        violation = _bent([trial.verdict.violations[limit] for trial in judged])
        mean, deviation = Surrogate.fitted(known, violation).predicted(wanted)
        score = score + log_ndtr(-mean / deviation)
    if judged[0].verdict.is_feasible:
        values = np.array([trial.verdict.values[0] for trial in judged])
        mean, deviation = Surrogate.fitted(known, values).predicted(wanted)
        score = score + _log_improvement((values[0] - mean) / deviation) + np.log(deviation)
    return score


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
