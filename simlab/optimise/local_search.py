"""Local search: the neighbours of the best configuration, the most promising ones first.

Neighbours differ by a step of one number, by a step moved from one number to another, or by another choice.
All trials met the same tickets, so their values are compared pair by pair. Which neighbour is promising is
told by linear models of goal and constraints, fitted to the trials with weight on those nearby.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from simlab.optimise.space import LEVELS, Configuration, Space
from simlab.optimise.trials import Trial, by_merit

Floats = NDArray[np.float64]

_RIDGE = 1e-3
_REACH = 0.35
"""Distance, in parameter ranges, over which a trial's weight falls to 0.6."""
_PENALTY = 4.0
"""Standard deviations of the goal that one standard deviation of violation costs."""


def propose_neighbour(
    space: Space, trials: Sequence[Trial], taken: Set[str], number: int
) -> dict[str, int | float | str] | None:
    """Return the most promising configuration near the best trials that has not been tried.

    Parameters
    ----------
    trials
        Those judged so far, of a single goal.
    taken
        Digests of configurations that must not be proposed again.
    number
        Of the trial: even ones look one step away, odd ones further too.

    Returns
    -------
    dict or None
        None where all neighbours of all trials have been tried.
    """
    judged = [trial for trial in trials if trial.verdict.values]
    levels = range(1) if number % 2 == 0 else range(LEVELS)
    for near in (levels, range(LEVELS)):
        for start in by_merit(judged):
            candidates = _untried(space, start.configuration, near, taken)
            if candidates:
                scores = _promise(space, judged, candidates, start.configuration)
                return candidates[int(np.argmin(scores))]
    return None


def _untried(
    space: Space, start: Configuration, levels: range, taken: Set[str]
) -> list[dict[str, int | float | str]]:
    around = chain.from_iterable(space.neighbours(start, level) for level in levels)
    unique = {space.digest(each): each for each in around if not space.broken_limits(each)}
    return [each for digest, each in unique.items() if digest not in taken]


def _promise(
    space: Space, judged: Sequence[Trial], candidates: Sequence[Configuration], start: Configuration
) -> Floats:
    """Return a score of each candidate, the lower the better."""
    centre = space.features(start)
    known = np.array([space.features(trial.configuration) for trial in judged]) - centre
    wanted = np.array([space.features(each) for each in candidates]) - centre
    weight = np.exp(-0.5 * np.sum(known**2, axis=1) / _REACH**2)
    goal = _predicted(known, np.array([trial.verdict.values[0] for trial in judged]), weight, wanted)
    score = goal
    for limit in range(len(judged[0].verdict.violations)):
        violation = np.array([trial.verdict.violations[limit] for trial in judged])
        spread = float(np.std(violation))
        if spread > 0.0:
            score = score + _PENALTY * np.maximum(
                _predicted(known, violation, weight, wanted) + float(np.mean(violation)) / spread, 0.0
            )
    return score


def _predicted(known: Floats, values: Floats, weight: Floats, wanted: Floats) -> Floats:
    """Return what a weighted ridge regression predicts, in standard deviations from the mean value."""
    spread = float(np.std(values))
    if spread == 0.0:
        return np.zeros(len(wanted))
    target = (values - values.mean()) / spread
    root = np.sqrt(weight)[:, None]
    design = np.hstack([np.ones((len(known), 1)), known]) * root
    penalty = _RIDGE * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    normal = design.T @ design + penalty
    coefficients = np.linalg.lstsq(normal, design.T @ (target * root[:, 0]), rcond=None)[0]
    predictions: Floats = np.hstack([np.ones((len(wanted), 1)), wanted]) @ coefficients
    return predictions
