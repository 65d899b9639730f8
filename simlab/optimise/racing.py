"""Evaluating trials with few replications first, and with more only as long as they may be good.

A trial ends early where a constraint is clearly broken, or where it is clearly worse than the best trial so
far. Both are told by tests that allow repeated looks, on replications that both trials share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.optimise.evaluation import Evaluator
from simlab.optimise.objectives import Observed, Verdict
from simlab.optimise.requirements import Standing
from simlab.optimise.space import Configuration
from simlab.optimise.trials import Trial, undominated
from simlab.statistics.selection import RepeatedLooks, Sign

FIRST_LOOK: Final = 3
"""Replications before the first look: with two, next to nothing can be shown."""
ERROR: Final = 0.05
"""Probability with which a trial as good as the best one may end early."""
MOST_RIVALS: Final = 8
"""Members of the front that a trial of several goals is compared with."""


@dataclass(frozen=True, slots=True)
class Raced:
    """What became of one configuration."""

    verdict: Verdict
    replications: int
    left_early: str
    observed: Observed | None


@dataclass(frozen=True, slots=True)
class Race:
    """One batch of configurations against the best trials so far."""

    evaluator: Evaluator
    rivals: tuple[Trial, ...]
    """Feasible trials with all replications: the best one, or the front."""
    looks: RepeatedLooks

    @classmethod
    def against(cls, evaluator: Evaluator, levelled: Sequence[Trial], replications: int) -> Race:
        """Return the race of a batch: ``replications`` are the most that one of its trials is given."""
        looks = RepeatedLooks.between(FIRST_LOOK, replications, ERROR)
        return cls(evaluator, rivals_in(levelled, replications), looks)

    def run(self, configurations: Sequence[Configuration]) -> list[Raced]:
        """Return how each configuration ended, in order."""
        raced: dict[int, Raced] = {}
        for look in self.looks.looks:
            running = [place for place in range(len(configurations)) if place not in raced]
            if not running:
                break
            chosen = [configurations[place] for place in running]
            for place, verdict in zip(running, self.evaluator.verdicts(chosen, range(look)), strict=True):
                ended = self._ended(configurations[place], verdict, look)
                if ended is not None:
                    raced[place] = ended
        return [raced[place] for place in range(len(configurations))]

    def _ended(self, configuration: Configuration, verdict: Verdict, look: int) -> Raced | None:
        if not verdict.values:
            n = len(self.evaluator.summaries(configuration, range(look)))
            return Raced(verdict, n, "", None)
        observed = self.evaluator.observed(configuration, range(look))
        if look == self.looks.looks[-1]:
            return Raced(verdict, look, "", observed)
        reason = self._reason_to_end(observed)
        return Raced(verdict, look, reason, observed) if reason else None

    def _reason_to_end(self, observed: Observed) -> str:
        for limit, violations in zip(self.evaluator.aims.limits, observed.violations, strict=True):
            if limit.standing(violations, self.looks) is Standing.BROKEN:
                return f"{limit.text} is clearly broken"
        for rival in self.rivals:
            if rival.observed is not None and self._is_worse(observed, rival.observed):
                return f"clearly worse than trial {rival.number}"
        return ""

    def _is_worse(self, observed: Observed, rival: Observed) -> bool:
        """Whether every goal is clearly worse than that of a rival."""
        differences = observed.goals - rival.goals[:, : observed.n]
        return all(self.looks.sign(np.asarray(each)) is Sign.ABOVE for each in differences)


def rivals_in(levelled: Sequence[Trial], replications: int) -> tuple[Trial, ...]:
    """Return the best feasible trial with so many replications at least, or the front of several goals."""
    whole = [each for each in levelled if each.replications >= replications and each.verdict.is_feasible]
    front = [whole[place] for place in undominated([trial.verdict.values for trial in whole])]
    return tuple(front[:MOST_RIVALS])
