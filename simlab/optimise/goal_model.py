"""A model of the goal over configurations, fitted to trials and leaning on what formulas say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from simlab.optimise.space import Configuration, Space
from simlab.optimise.surrogate import Surrogate
from simlab.optimise.trials import Trial

Floats = NDArray[np.float64]

Hint = Callable[[Sequence[Configuration]], Floats]
"""What formulas say of the goal of configurations, to make small."""

BULK: Final = 0.3
"""Share of the trials learnt from whose goals are told apart as they are; worse ones are squeezed."""
MOST_LEARNT: Final = 200
"""Trials that the models are fitted to: the best of them."""


@dataclass(frozen=True, slots=True)
class _Leaning:
    """How configurations become points: their features, and the hint on the scale of the bent goal."""

    space: Space
    hint: Hint | None
    scale: float
    """Differences of the goal that bending leaves about as they are."""
    zero: float
    """Hint of the best trial."""
    middle: float
    spread: float
    """Mean and standard deviation of the bent hints learnt from."""

    def points(self, configurations: Sequence[Configuration]) -> Floats:
        points = self.space.features_of_all(configurations)
        if self.hint is None:
            return points
        curved = np.arcsinh((self.hint(configurations) - self.zero) / self.scale)
        return np.column_stack([points, 0.5 + (curved - self.middle) / self.spread])


@dataclass(frozen=True, slots=True)
class GoalModel:
    """A fitted model of the bent goal; where there is a hint, it is one more coordinate of the trend."""

    leaning: _Leaning
    surrogate: Surrogate

    @classmethod
    def fitted(cls, space: Space, trials: Sequence[Trial], hint: Hint | None = None) -> Self:
        """Fit to judged trials of one goal, the best first."""
        learnt = trials[:MOST_LEARNT]
        known = [trial.configuration for trial in learnt]
        bent, scale = bent_goal(learnt)
        zero, middle, spread = 0.0, 0.0, 0.0
        if hint is not None:
            hinted = hint(known)
            zero = float(hinted[0])
            curved = np.arcsinh((hinted - zero) / scale)
            middle, spread = float(curved.mean()), float(curved.std())
        leaning = _Leaning(space, hint if spread > 1e-9 else None, scale, zero, middle, spread)
        most = max(trial.replications for trial in learnt)
        noise = np.array([most / max(trial.replications, 1) for trial in learnt])
        n_trend = 0 if leaning.hint is None else 1
        return cls(leaning, Surrogate.fitted(leaning.points(known), bent, noise, n_trend))

    def predicted(self, configurations: Sequence[Configuration]) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the bent goal."""
        return self.surrogate.predicted(self.leaning.points(configurations))

    def believing(self, configuration: Configuration) -> GoalModel:
        """Return the model as if what it says of a configuration had been seen."""
        return replace(self, surrogate=self.surrogate.believing(self.leaning.points([configuration])))

    def in_goals(self, bent: Floats | float) -> Floats:
        """Return bent goals as differences of the goal from the best value learnt from."""
        plain: Floats = self.leaning.scale * np.sinh(bent)
        return plain


def bent_goal(trials: Sequence[Trial]) -> tuple[Floats, float]:
    """Return the goals of trials, the best first, on a scale that squeezes the bad ones, and its unit.

    Queues explode where people lack; how far they do says nothing about where the best lies.
    """
    values = np.array([trial.verdict.values[0] for trial in trials])
    above = values - values[0]
    scale = float(np.quantile(np.abs(above), BULK)) or float(np.abs(above).max()) or 1.0
    bent: Floats = np.arcsinh(above / scale)
    return bent, scale
