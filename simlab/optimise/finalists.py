"""From the trials to the answer, on random numbers that the search never saw.

The best figure of many trials is lucky, so it is not believed: the best trials run again on a second set of
replications, which chooses; the chosen one and today run once more on a third set, which is what is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.metrics.summary import ReplicationSummary
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Evaluator
from simlab.optimise.objectives import Verdict
from simlab.optimise.result import Candidate, Tie
from simlab.optimise.space import Configuration
from simlab.optimise.trials import Trial, by_merit, undominated
from simlab.statistics.comparison import paired_difference
from simlab.statistics.intervals import Estimate

CHOOSING: Final = 1_000_000
"""Number of the first replication that chooses among the finalists."""
TELLING: Final = 2_000_000
"""Number of the first replication that the told figures come from."""
GROUP: Final = 5
"""Finalists that are looked at together."""
MOST_GROUPS: Final = 4
"""Groups that are looked at before it is told that there is no answer."""
LONGEST_FRONT: Final = 12


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer."""

    recommended: Trial | None
    reason: str
    front: tuple[Candidate, ...]
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Finals:
    """Runs finalists anew and chooses."""

    optimisation: Optimisation
    evaluator: Evaluator

    def settle(self, trials: Sequence[Trial]) -> Settled:
        """Return the answer; its recommended trial is None where no feasible one stands the test."""
        feasible = [trial for trial in by_merit(_once_each(trials)) if trial.verdict.is_feasible]
        if not feasible:
            return Settled(None, _why_none(trials), (), ())
        if len(self.optimisation.aims.goals) > 1:
            return self._front(feasible)
        for first in range(0, min(len(feasible), GROUP * MOST_GROUPS), GROUP):
            settled = self._best_of(feasible[first : first + GROUP])
            if settled is not None:
                return settled
        reason = (
            "the configurations that satisfied the constraints in the search do not on new random numbers;"
            " more replications for each trial may help"
        )
        return Settled(None, reason, (), ())

    def told(self, configuration: Configuration, trial: Trial | None) -> Candidate:
        """Return a configuration as it stands on the third set of replications."""
        return self._candidate(configuration, trial, self._numbers(TELLING))

    def told_summaries(self, configuration: Configuration) -> list[ReplicationSummary]:
        """Return the replications behind `told`."""
        return self.evaluator.summaries(configuration, self._numbers(TELLING))

    def tell(self, configurations: Sequence[Configuration]) -> None:
        """Simulate configurations for `told`, side by side."""
        self.evaluator.simulate(configurations, self._numbers(TELLING))

    def _numbers(self, first: int) -> range:
        return range(first, first + self.optimisation.budget.final_replications)

    def _best_of(self, group: Sequence[Trial]) -> Settled | None:
        again = self._judged_again(group)
        standing = [trial for trial in again if trial.verdict.is_feasible]
        for chosen in sorted(standing, key=lambda trial: (trial.verdict.values, trial.number)):
            told = self.evaluator.verdicts([chosen.configuration], self._numbers(TELLING))[0]
            if told.is_feasible:
                ties = self._ties(chosen, standing)
                reason = "it has the best value of all configurations tried that satisfy the constraints"
                return Settled(chosen, reason, (), ties)
        return None

    def _judged_again(self, trials: Sequence[Trial]) -> list[Trial]:
        verdicts = self.evaluator.verdicts([trial.configuration for trial in trials], self._numbers(CHOOSING))
        return [
            Trial(trial.number, trial.configuration, verdict, trial.proposer)
            for trial, verdict in zip(trials, verdicts, strict=True)
        ]

    def _ties(self, chosen: Trial, others: Sequence[Trial]) -> tuple[Tie, ...]:
        goal = self.optimisation.aims.goals[0]
        best = goal.per_replication(self.evaluator.summaries(chosen.configuration, self._numbers(CHOOSING)))
        ties = []
        for other in others:
            if other.number == chosen.number:
                continue
            values = goal.per_replication(
                self.evaluator.summaries(other.configuration, self._numbers(CHOOSING))
            )
            difference = paired_difference(best, values)
            if not difference.significant:
                settings = self.optimisation.space.texts(other.configuration)
                ties.append(Tie(settings, other.number, difference))
        return tuple(ties)

    def _front(self, feasible: Sequence[Trial]) -> Settled:
        best = [feasible[i] for i in undominated([trial.verdict.values for trial in feasible])]
        again = [trial for trial in self._judged_again(_spread(best)) if trial.verdict.is_feasible]
        front = [again[i] for i in undominated([trial.verdict.values for trial in again])]
        front.sort(key=lambda trial: (trial.verdict.values, trial.number))
        candidates = tuple(
            self._candidate(trial.configuration, trial, self._numbers(CHOOSING)) for trial in front
        )
        for chosen in _by_balance(front):
            if self.evaluator.verdicts([chosen.configuration], self._numbers(TELLING))[0].is_feasible:
                reason = (
                    "of the front, it lies nearest to the best of each goal, in shares of the front's width"
                )
                return Settled(chosen, reason, candidates, ())
        return Settled(
            None, "no configuration satisfies the constraints on new random numbers", candidates, ()
        )

    def _candidate(self, configuration: Configuration, trial: Trial | None, numbers: range) -> Candidate:
        aims = self.optimisation.aims
        verdict = self.evaluator.verdicts([configuration], numbers)[0]
        summaries = self.evaluator.summaries(configuration, numbers)
        goals: dict[str, Estimate] = {}
        figures: dict[str, Estimate] = {}
        if summaries:
            from simlab.experiments.estimates import estimates

            goals = {goal.name: goal.estimate(summaries) for goal in aims.goals}
            figures = estimates(summaries)
        number = None if trial is None else trial.number
        return Candidate(self.optimisation.space.texts(configuration), goals, figures, verdict, number)


def _once_each(trials: Sequence[Trial]) -> list[Trial]:
    unique: dict[tuple[tuple[str, object], ...], Trial] = {}
    for trial in trials:
        unique.setdefault(tuple(sorted(trial.configuration.items())), trial)
    return list(unique.values())


def _why_none(trials: Sequence[Trial]) -> str:
    """Say what stood most often in the way."""
    reasons = [_topic(trial.verdict) for trial in trials]
    most = max(set(reasons), key=lambda reason: (reasons.count(reason), reason), default="nothing was tried")
    return f"none of the {len(trials)} configurations tried satisfies the constraints; most often: {most}"


def _topic(verdict: Verdict) -> str:
    return verdict.failure or (verdict.infeasible or ("no reason",))[0].partition(":")[0]


def _spread(trials: Sequence[Trial]) -> list[Trial]:
    """Return at most `LONGEST_FRONT` trials, evenly along the first goal."""
    ordered = sorted(trials, key=lambda trial: trial.verdict.values)
    if len(ordered) <= LONGEST_FRONT:
        return ordered
    places = np.linspace(0, len(ordered) - 1, LONGEST_FRONT).round().astype(int)
    return [ordered[place] for place in dict.fromkeys(places.tolist())]


def _by_balance(front: Sequence[Trial]) -> list[Trial]:
    """Return a front in order of the distance to its ideal point, each goal in shares of its width."""
    if not front:
        return []
    values = np.array([trial.verdict.values for trial in front])
    width = np.ptp(values, axis=0)
    shares = (values - values.min(axis=0)) / np.where(width > 0, width, 1.0)
    order = np.argsort(np.linalg.norm(shares, axis=1), kind="stable")
    return [front[i] for i in order]
