"""How much each parameter moves a goal: functional analysis of variance of a model fitted to the trials.

The trials of a search crowd around good configurations; the model evens that out. The share of a parameter is
the variance, over the whole space, of the goal's expectation given that parameter's value (its main effect).
What no parameter alone explains is interaction.

Hutter, Hoos and Leyton-Brown (2014), An efficient approach for assessing hyperparameter importance, *ICML*;
Sobol (1993), Sensitivity estimates for nonlinear mathematical models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.parameters import Parameter
from simlab.optimise.space import Space
from simlab.optimise.surrogate import Surrogate
from simlab.optimise.trials import Trial

Floats = NDArray[np.float64]

MOST_LEARNT: Final = 250
"""Trials that the model is fitted to, evenly from all."""
POINTS: Final = 400
"""Points of the space over which is averaged."""
VALUES: Final = 11
"""Values of a parameter that are looked at."""


def importance(space: Space, trials: Sequence[Trial], goal: int, seed: int) -> dict[str, float]:
    """Return each parameter's share in the variance of a goal, the largest first; empty where it is flat."""
    judged = [trial for trial in trials if trial.verdict.values]
    chosen = [judged[i] for i in np.unique(np.linspace(0, len(judged) - 1, MOST_LEARNT).round().astype(int))]
    known = space.features_of_all([trial.configuration for trial in chosen])
    values = np.array([trial.verdict.values[goal] for trial in chosen])
    if np.ptp(values) == 0.0:
        return {}
    # Overload makes values explode; what matters is how the bulk of the space differs.
    ceiling = np.quantile(values, 0.9) + 2.0 * (np.quantile(values, 0.9) - np.quantile(values, 0.1))
    model = Surrogate.fitted(known, np.minimum(values, ceiling))
    draws = np.random.default_rng([seed, 11])
    sample = [space.random(draws) for _ in range(POINTS)]
    points = space.features_of_all(sample)
    total = float(model.predicted(points)[0].var())
    shares = {}
    column = 0
    for each in space.parameters:
        values_of = _features(each)
        width = values_of.shape[1]
        means = []
        for value in values_of:
            moved = points.copy()
            moved[:, column : column + width] = value
            means.append(float(model.predicted(moved)[0].mean()))
        shares[each.path] = float(np.var(means)) / total if total > 0.0 else 0.0
        column += width
    scale = max(sum(shares.values()), 1.0)
    return dict(sorted(((path, share / scale) for path, share in shares.items()), key=lambda one: -one[1]))


def _features(parameter: Parameter) -> Floats:
    """Values of a parameter, evenly over its range, as coordinates."""
    values = dict.fromkeys(parameter.at(share) for share in np.linspace(0.0, 1.0, VALUES))
    return np.array([parameter.features(value) for value in values])
