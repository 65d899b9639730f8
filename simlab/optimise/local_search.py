"""Local search: the neighbours of good configurations, the most promising one first.

Neighbours differ in one value or in two: a step of a number, a step moved from one number to another, another
choice, a choice together with a step. Beside them stand configurations a little further off, in which several
values differ at once. All trials met the same tickets, so their values are compared pair by
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
from simlab.optimise.goal_model import MOST_LEARNT, GoalModel, Hint
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
APART: Final = 0.003
"""Share of a range by which configurations of real numbers differ at least, in some parameter."""
PLAUSIBLE: Final = 0.05
"""Chance of feasibility from which on a neighbour may hold a gain."""
PERTURBED: Final = 120
"""Configurations around each start in which several values differ at once."""
REFINED: Final = 3
"""Times that the most promising candidate is improved upon, as the models see it."""
OPTIMISM: Final = 2.0
"""Standard deviations of the model by which a gain may be larger than it looks."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A proposal of the local search."""

    configuration: dict[str, Value]
    gain: float
    """The most that any neighbour can be hoped to improve the goal by; infinite where nothing is known."""


class LocalSearch:
    """Proposals for one batch of trials, from what all trials before it have shown.

    Parameters
    ----------
    trials
        Those finished so far, on the same replications as far as that can be (`levelled`).
    first
        Number of the first trial of the batch.
    seed
        With the number, of perturbations and of the weighing of several goals.
    hint
        What formulas say of the one goal; None where they say nothing.
    """

    def __init__(
        self,
        space: Space,
        trials: Sequence[Trial],
        first: int = 0,
        seed: int = 0,
        hint: Hint | None = None,
    ) -> None:
        self._space = space
        self._hint = hint
        self._seed = seed
        self._judged = by_merit(_scalarised(trials, first, seed))
        self._refused = [trial for trial in trials if trial.verdict.infeasible and not trial.verdict.values]
        self._far = _far_first(space, self._judged)
        self._tried = _Tried(space, [trial.configuration for trial in trials])
        self._landscape: Landscape | None = None

    def propose(self, number: int, taken: Set[Key]) -> Neighbour | None:
        """Return the most promising configuration near the good trials that has not been tried.

        Parameters
        ----------
        number
            Of the trial to be proposed: every fourth goes to the second start.
        taken
            Keys of configurations that must not be proposed again.

        Returns
        -------
        Neighbour or None
            None where all neighbours of all trials have been tried.
        """
        is_second = number % SECOND_START_EVERY == SECOND_START_EVERY - 1
        order = self._far if is_second else self._judged
        draws = np.random.default_rng([self._seed, number, 5])
        for first in range(0, len(order), STARTS):
            near = _untried(self._space, order[first : first + STARTS], taken, draws)
            candidates = self._tried.apart_from(near)
            if candidates:
                return self._best_of(candidates, taken, draws)
        return None

    def _best_of(
        self, candidates: list[dict[str, Value]], taken: Set[Key], draws: np.random.Generator
    ) -> Neighbour:
        if self._landscape is None:
            self._landscape = Landscape.of(self._space, self._judged, self._refused, self._hint)
        promise, gain = self._landscape.promise(candidates)
        best, height = candidates[int(np.argmax(promise))], float(promise.max())
        for _ in range(REFINED):
            near = list(self._space.perturbed(best, draws, PERTURBED // 2))
            near = self._tried.apart_from([each for each in near if _is_free(self._space, each, taken)])
            if not near:
                break
            promise, hoped = self._landscape.promise(near)
            gain = max(gain, hoped)
            if float(promise.max()) > height:
                best, height = near[int(np.argmax(promise))], float(promise.max())
        self._landscape = self._landscape.believing(best)
        self._tried.add(best)
        return Neighbour(best, gain)


class _Tried:
    """Configurations that were tried; of real numbers, those hardly apart from them teach nothing new."""

    def __init__(self, space: Space, tried: Sequence[Configuration]) -> None:
        self._space = space
        self._points = space.features_of_all(tried) if tried and space.is_continuous else None

    def add(self, configuration: Configuration) -> None:
        if self._points is not None:
            self._points = np.vstack([self._points, self._space.features_of_all([configuration])])

    def apart_from(self, candidates: list[dict[str, Value]]) -> list[dict[str, Value]]:
        """Return the candidates that differ enough from all that were tried."""
        if self._points is None or not candidates:
            return candidates
        wanted = self._space.features_of_all(candidates)
        distance = np.zeros((len(wanted), len(self._points)))
        for mine, theirs in zip(wanted.T, self._points.T, strict=True):
            np.maximum(distance, np.abs(mine[:, None] - theirs[None, :]), out=distance)
        return [each for each, gap in zip(candidates, distance.min(axis=1), strict=True) if gap >= APART]


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


def _untried(
    space: Space, starts: Sequence[Trial], taken: Set[Key], draws: np.random.Generator
) -> list[dict[str, Value]]:
    near = (space.neighbours(start.configuration, level) for start in starts for level in range(LEVELS))
    wide = (space.perturbed(start.configuration, draws, PERTURBED) for start in starts)
    unique = {space.key(each): each for each in chain(*near, *wide)}
    return [
        each
        for key, each in unique.items()
        if key not in taken and not (space.limits and space.broken_limits(each))
    ]


def _is_free(space: Space, configuration: Configuration, taken: Set[Key]) -> bool:
    return space.key(configuration) not in taken and not (space.limits and space.broken_limits(configuration))


@dataclass(frozen=True, slots=True)
class Landscape:
    """Models of the goal and of the constraints."""

    space: Space
    limits: tuple[Surrogate, ...]
    """Of bent violations."""
    goal: GoalModel | None
    """Of the bent goal; None where no trial is feasible: then only the constraints matter."""
    best: float
    """Bent goal of the best configuration tried, as the model sees it: the best value seen is lucky."""

    @classmethod
    def of(
        cls,
        space: Space,
        judged: Sequence[Trial],
        refused: Sequence[Trial] = (),
        hint: Hint | None = None,
    ) -> Landscape:
        """Fit to trials of one goal, the best first, and to those that could not be simulated."""
        learnt = judged[:MOST_LEARNT]
        known = space.features_of_all([trial.configuration for trial in learnt])
        most = max(trial.replications for trial in learnt)
        noise = np.array([most / max(trial.replications, 1) for trial in learnt])
        limits = tuple(
            Surrogate.fitted(known, _bent([trial.verdict.violations[place] for trial in learnt]), noise)
            for place in range(len(learnt[0].verdict.violations))
        )
        if refused:
            limits = (*limits, _workable(space, known, refused))
        if not learnt[0].verdict.is_feasible:
            return cls(space, limits, None, math.inf)
        goal = GoalModel.fitted(space, learnt, hint)
        feasible = [trial.configuration for trial in learnt if trial.verdict.is_feasible]
        return cls(space, limits, goal, float(goal.predicted(feasible)[0].min()))

    def promise(self, candidates: Sequence[Configuration]) -> tuple[Floats, float]:
        """Return the logarithm of expected gain times chance of feasibility, and the most to hope for."""
        from scipy.special import log_ndtr

        wanted = self.space.features_of_all(candidates) if self.limits else np.zeros(0)
        chance: Floats = np.zeros(len(candidates))
        for limit in self.limits:
            mean, deviation = limit.predicted(wanted)
            chance = chance + log_ndtr(-mean / deviation)
        if self.goal is None:
            return chance, math.inf
        mean, deviation = self.goal.predicted(candidates)
        promise = chance + _log_improvement((self.best - mean) / deviation) + np.log(deviation)
        reached = self.goal.in_goals(self.best) - self.goal.in_goals(mean - OPTIMISM * deviation)
        return promise, float(np.where(chance > math.log(PLAUSIBLE), reached, 0.0).max())

    def believing(self, configuration: Configuration) -> Landscape:
        """Return the landscape as if what the models say of a configuration had been seen."""
        point = self.space.features_of_all([configuration])
        goal = None if self.goal is None else self.goal.believing(configuration)
        return replace(self, limits=tuple(each.believing(point) for each in self.limits), goal=goal)


def _workable(space: Space, known: Floats, refused: Sequence[Trial]) -> Surrogate:
    """Return a model that is below 0 where configurations can be simulated, and above where they cannot."""
    nowhere = space.features_of_all([trial.configuration for trial in refused[-MOST_LEARNT:]])
    points = np.vstack([known, nowhere])
    return Surrogate.fitted(points, np.concatenate([-np.ones(len(known)), np.ones(len(nowhere))]))


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
