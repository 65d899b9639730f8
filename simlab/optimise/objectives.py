"""What is sought: goals and constraints on responses, and how a configuration stands against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.estimates import estimate, of_replications
from simlab.experiments.parameters import EXACT
from simlab.metrics.summary import ReplicationSummary
from simlab.optimise.requirements import Requirement, series
from simlab.statistics.intervals import Estimate

Floats = NDArray[np.float64]

GROWTH: Final = "queue_growth_per_week"
CREATED: Final = "created_per_week"
MOST_GROWTH: Final = 0.02
"""Share of the tickets created by which queues may grow in a week without being told to grow for ever."""
SURE: Final = 0.95
"""Confidence with which it is said to grow faster."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A weighted sum of responses to make small; most often a single response with weight 1 or -1."""

    name: str
    weights: tuple[tuple[str, float], ...]
    """Responses with their weights; negative where more is better."""
    shown_sign: float = 1.0
    """-1 where the figure that people read is to be made large."""
    is_against_today: bool = False
    """Whether people read its difference from today's, of which less of the goal makes more."""

    def value(self, summaries: Sequence[ReplicationSummary]) -> float:
        """Return the value to make small; NaN where a response has none."""
        return math.fsum(weight * estimate(summaries, name).value for name, weight in self.weights)

    def per_replication(self, summaries: Sequence[ReplicationSummary]) -> Floats:
        """Return one value a replication, to make small, shape (n,); their mean is `value`."""
        parts = [weight * series(summaries, name) for name, weight in self.weights]
        total: Floats = np.sum(parts, axis=0)
        return total

    def estimate(self, summaries: Sequence[ReplicationSummary], confidence: float = 0.95) -> Estimate:
        """Return the figure as people read it, with its interval."""
        from simlab.statistics.intervals import mean_interval

        if len(self.weights) == 1:
            return estimate(summaries, self.weights[0][0], confidence)
        return mean_interval(self.shown_sign * self.per_replication(summaries), confidence)

    def told(self, summaries: Sequence[ReplicationSummary], today: Sequence[ReplicationSummary]) -> Estimate:
        """Return the figure as people read it: by itself, or against today's where they ran both."""
        if not self.is_against_today:
            return self.estimate(summaries)
        from simlab.statistics.intervals import mean_interval

        before = {each.replication: each for each in today}
        after = [each for each in summaries if each.replication in before]
        now = self.per_replication([before[each.replication] for each in after])
        return mean_interval(self.shown_sign * (self.per_replication(after) - now))


@dataclass(frozen=True, slots=True)
class Observed:
    """What the replications of a configuration gave, in their order: what comparisons are made of."""

    goals: Floats
    """Shape (goals, n), to make small."""
    violations: Floats
    """Shape (limits, n), above 0 where a limit is broken."""

    @property
    def n(self) -> int:
        """Replications."""
        return int(self.goals.shape[1])


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a configuration stands."""

    values: tuple[float, ...]
    """One for each goal, to make small; empty where there are none."""
    violations: tuple[float, ...] = ()
    """One for each output limit; above 0 where it is broken."""
    infeasible: tuple[str, ...] = ()
    """Why the configuration may not be chosen, one reason each; empty where it may."""
    failure: str = ""
    """Why it could not be judged at all."""

    @property
    def is_feasible(self) -> bool:
        """Whether the configuration may be chosen."""
        return not self.infeasible and not self.failure


@dataclass(frozen=True, slots=True)
class Aims:
    """Everything that is sought."""

    goals: tuple[Goal, ...]
    limits: tuple[Requirement, ...]
    is_steady: bool = False
    """Whether figures are those of a steady state, which queues that grow for ever do not have."""

    @property
    def responses(self) -> tuple[str, ...]:
        """Names of all responses in goals and limits."""
        in_goals = (name for goal in self.goals for name, _ in goal.weights)
        return tuple(dict.fromkeys([*in_goals, *(limit.response for limit in self.limits)]))

    def observed(self, summaries: Sequence[ReplicationSummary]) -> Observed:
        """Return goals and violations replication by replication."""
        n = len(summaries)
        goals = np.array([goal.per_replication(summaries) for goal in self.goals]).reshape(-1, n)
        violations = np.array([limit.violations(summaries) for limit in self.limits]).reshape(-1, n)
        return Observed(goals, violations)

    def judge(self, summaries: Sequence[ReplicationSummary]) -> Verdict:
        """Return how a configuration stands by its replications.

        A replication that did not come to its end makes it infeasible: its figures describe the tickets that
        got through, not those that were stuck. So do queues that grow all the time. A figure that is
        missing or infinite makes it a failure.
        """
        cut = [summary.truncated for summary in summaries if summary.truncated]
        if cut:
            return Verdict((), (), (f"{len(cut)} of {len(summaries)} replications ended early: {cut[0]}",))
        growth = self._endless_growth(summaries)
        if growth:
            return Verdict((), infeasible=(growth,))
        endless = [name for name in self.responses if np.isinf(of_replications(summaries, name)).any()]
        if endless:
            return Verdict((), failure=f"no finite figure: {', '.join(endless)} is infinite")
        values = tuple(goal.value(summaries) for goal in self.goals)
        violations = tuple(limit.violation(summaries) for limit in self.limits)
        absent = [
            f"{what} is {number}"
            for what, number in zip(
                [*(goal.name for goal in self.goals), *(limit.response for limit in self.limits)],
                [*values, *violations],
                strict=True,
            )
            if not math.isfinite(number)
        ]
        if absent:
            return Verdict((), (), (), "no finite figure: " + "; ".join(absent))
        broken = tuple(
            f"{limit.text} does not hold: {_shown(limit, violation)}"
            for limit, violation in zip(self.limits, violations, strict=True)
            if violation > 0
        )
        return Verdict(values, violations, broken)

    def _endless_growth(self, summaries: Sequence[ReplicationSummary]) -> str:
        """Say by how much queues grow, where replications show that; empty where they do not.

        Only from whole weeks: within a week queues come and go with the hours of the people.
        """
        if not self.is_steady or len(summaries) < 2 or not {GROWTH, CREATED} <= set(summaries[0].names):
            return ""
        weeks = summaries[0].window.weeks
        if weeks < 1.0 or abs(weeks - round(weeks)) > EXACT:
            return ""
        from simlab.statistics.intervals import mean_interval

        grown, created = of_replications(summaries, GROWTH), of_replications(summaries, CREATED)
        share = mean_interval(grown - MOST_GROWTH * created, 2.0 * SURE - 1.0)
        if not share.low > 0.0:
            return ""
        return (
            f"the queues grow without end: by {float(grown.mean()):.3g} tickets a week,"
            f" of {float(created.mean()):.3g} that come"
        )


def _shown(limit: Requirement, violation: float) -> str:
    value = limit.bound + violation if limit.is_upper else limit.bound - violation
    return f"it is {value:.4g} in place of {limit.bound:.4g}"
