"""The front of several goals, on random numbers that the search never saw.

The rule: the undominated trials (at most twelve, spread along the first goal) run again. One leaves the front
where a constraint is clearly broken, or where another one, which clearly keeps all constraints, is clearly
better in some goal and in no goal worse by more than what does not matter. "Clearly" is a paired test at a
joint confidence over all pairs, goals and looks. Replications are added until each pair is settled, one way
or the other, or the budget is used. What is left is told on a third set of replications, all of it on the
same: figures of a front are there to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.optimise.finalists import CHOOSING, Finals, Settled, why_none
from simlab.optimise.requirements import Standing
from simlab.optimise.trials import Trial, by_merit, levelled, undominated
from simlab.statistics.selection import RepeatedLooks, Sign

Floats = NDArray[np.float64]

LONGEST_FRONT: Final = 12


def settle_front(finals: Finals, trials: Sequence[Trial]) -> Settled:
    """Return the front and the recommended one of it."""
    feasible = [trial for trial in by_merit(levelled(trials)) if trial.verdict.is_feasible]
    if not feasible:
        return Settled(None, why_none(trials), None, (), ())
    best = [feasible[place] for place in undominated([trial.verdict.values for trial in feasible])]
    race = _FrontRace(finals, spread(best))
    race.run()
    front = by_balance(race.front(), race.means())
    finals.tell([trial.configuration for trial in front])
    standing = [trial for trial in front if finals.stands(trial.configuration)]
    if not standing:
        return Settled(None, "no configuration satisfies the constraints on new random numbers", None, (), ())
    told = [finals.told(trial.configuration, trial) for trial in standing]
    first = finals.optimisation.aims.goals[0].name
    reason = "of the front, it lies nearest to the best of each goal, in shares of the front's width"
    candidates = tuple(sorted(told, key=lambda each: each.goals[first].value))
    return Settled(standing[0], reason, None, candidates, ())


class _FrontRace:
    """Candidates of the front on fresh streams."""

    def __init__(self, finals: Finals, candidates: Sequence[Trial]) -> None:
        plan = finals.optimisation
        self._finals = finals
        self._candidates = list(candidates)
        self._alive = list(range(len(candidates)))
        self._goals: dict[int, Floats] = {}
        self._is_sure: dict[int, bool] = {}
        self.n = 0
        looks = finals.looks(len(candidates))
        k, m = len(candidates), len(plan.aims.goals)
        error = (1.0 - plan.confidence) / 2.0
        self._test = RepeatedLooks(looks, error / max(k * (k - 1) * m, 1))
        self._limit_test = RepeatedLooks(looks, error / max(k * len(plan.aims.limits), 1))

    def run(self) -> None:
        budget = self._finals.optimisation.budget.replications
        for look in self._test.looks:
            if self.n and budget is not None and (look - self.n) * len(self._alive) > self._finals.left:
                return
            self._look(look)
            if not self._alive or self._is_settled():
                return

    def front(self) -> list[Trial]:
        """Return who is left."""
        return [self._candidates[place] for place in self._alive]

    def means(self) -> Floats:
        """Return the goals of those left, shape (front, goals), in the order of `front`."""
        return np.array([self._goals[place].mean(axis=1) for place in self._alive])

    def _look(self, n: int) -> None:
        chosen = [self._candidates[place].configuration for place in self._alive]
        self.n = n
        for place, verdict in zip(list(self._alive), self._finals.simulate(chosen, n), strict=True):
            if not verdict.values or not self._take(place, n):
                self._alive.remove(place)
        zone = self._zone()
        for one in list(self._alive):
            others = [other for other in self._alive if other != one and self._is_sure[other]]
            if any(self._beats(other, one, zone) for other in others):
                self._alive.remove(one)

    def _take(self, place: int, n: int) -> bool:
        """Keep the figures of a candidate; False where it breaks a constraint, clearly or at last."""
        configuration = self._candidates[place].configuration
        observed = self._finals.evaluator.observed(configuration, range(CHOOSING, CHOOSING + n))
        limits = self._finals.optimisation.aims.limits
        standings = [
            limit.standing(each, self._limit_test)
            for limit, each in zip(limits, observed.violations, strict=True)
        ]
        self._goals[place] = observed.goals
        self._is_sure[place] = all(each is Standing.KEPT for each in standings)
        is_last = n == self._test.looks[-1]
        means = observed.violations.mean(axis=1)
        return Standing.BROKEN not in standings and not (is_last and bool((means > 0.0).any()))

    def _zone(self) -> Floats:
        """Differences that do not matter, by goal."""
        means = self.means()
        if not len(means):
            return np.zeros(len(self._finals.optimisation.aims.goals))
        zone: Floats = self._finals.optimisation.indifference * np.abs(means).min(axis=0)
        return zone

    def _beats(self, other: int, one: int, zone: Floats) -> bool:
        change = self._goals[one] - self._goals[other]
        is_better = any(self._test.sign(each) is Sign.ABOVE for each in change)
        return is_better and bool((change.mean(axis=1) >= -zone).all())

    def _is_settled(self) -> bool:
        zone = self._zone()
        return all(self._is_sure[place] for place in self._alive) and all(
            self._is_apart(one, other, zone) for one in self._alive for other in self._alive if one != other
        )

    def _is_apart(self, one: int, other: int, zone: Floats) -> bool:
        """Whether one of two is clearly better than the other in some goal, or both are alike in all."""
        change = self._goals[one] - self._goals[other]
        error = change.std(axis=1, ddof=1) / np.sqrt(change.shape[1])
        is_alike = bool((np.abs(change.mean(axis=1)) + 2.0 * error <= zone).all())
        return is_alike or any(self._test.sign(each) is Sign.BELOW for each in change)


def spread(trials: Sequence[Trial]) -> list[Trial]:
    """Return at most `LONGEST_FRONT` trials, evenly along the first goal."""
    ordered = sorted(trials, key=lambda trial: trial.verdict.values)
    if len(ordered) <= LONGEST_FRONT:
        return ordered
    places = np.linspace(0, len(ordered) - 1, LONGEST_FRONT).round().astype(int)
    return [ordered[place] for place in dict.fromkeys(places.tolist())]


def by_balance(front: Sequence[Trial], values: Floats) -> list[Trial]:
    """Return a front in order of the distance to its ideal point, each goal in shares of its width."""
    if not front:
        return []
    width = np.ptp(values, axis=0)
    shares = (values - values.min(axis=0)) / np.where(width > 0, width, 1.0)
    order = np.argsort(np.linalg.norm(shares, axis=1), kind="stable")
    return [front[place] for place in order]
