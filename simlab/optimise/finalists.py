"""From the trials to the answer, on random numbers that the search never saw.

The best figure of many trials is lucky, so it is not believed: the best trials run again on a second set of
replications, which chooses; the chosen one and today run once more on a third set, which is what is told.

Choosing among finalists is Kim and Nelson's procedure, beside sequential tests of the constraints: one is
left out as soon as it clearly breaks a constraint, or as soon as another one, which clearly keeps them all,
is better by more than what does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.summary import ReplicationSummary
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Evaluator
from simlab.optimise.goal_model import MOST_LEARNT, GoalModel, Hint
from simlab.optimise.objectives import Verdict
from simlab.optimise.requirements import RequirementFigure, Standing, figure_of
from simlab.optimise.result import Candidate, Choice, Tie
from simlab.optimise.space import Configuration
from simlab.optimise.trials import FORMULA, TODAY, Trial, by_merit, levelled
from simlab.statistics.comparison import paired_difference
from simlab.statistics.intervals import Estimate
from simlab.statistics.selection import FIRST_STAGE, KimNelson, RepeatedLooks, Sign, fewest_to_show

CHOOSING: Final = 1_000_000
"""Number of the first replication that chooses among the finalists."""
TELLING: Final = 2_000_000
"""Number of the first replication that the told figures come from."""
GROUP: Final = 6
"""Finalists that are looked at together."""
MOST_GROUPS: Final = 4
"""Groups that are looked at before it is told that there is no answer."""
MOST_TIMES: Final = 10
"""Times the final replications that a finalist is given at most, where no budget says otherwise."""

ALL_FAIL: Final = (
    "the configurations that satisfied the constraints in the search do not on new random numbers"
)
REMEDY: Final = "more replications for each trial, or a looser constraint, may help"


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer."""

    recommended: Trial | None
    reason: str
    choice: Choice | None
    front: tuple[Candidate, ...]
    ties: tuple[Tie, ...]


@dataclass(slots=True)
class Finals:
    """Runs finalists anew and chooses."""

    optimisation: Optimisation
    evaluator: Evaluator
    left: int
    """Replications that may still be used to choose."""
    hint: Hint | None = None
    """What formulas say of the one goal."""
    used: int = 0
    """Replications that chose."""
    _known: dict[str, int] = field(default_factory=dict)

    def settle(self, trials: Sequence[Trial]) -> Settled:
        """Return the answer; its recommended trial is None where no feasible one stands the test."""
        candidates = plausible(trials, self.optimisation, self.hint)
        if not candidates:
            return Settled(None, why_none(trials), None, (), ())
        refused: list[str] = []
        for first in range(0, min(len(candidates), GROUP * MOST_GROUPS), GROUP):
            settled = self._best_of(candidates[first : first + GROUP], refused)
            if settled is not None:
                return settled
        most = max(sorted(set(refused)), key=refused.count, default="")
        because = f"; most often: {most}" if most else ""
        return self._today(trials, because) or Settled(None, f"{ALL_FAIL}{because}; {REMEDY}", None, (), ())

    def _today(self, trials: Sequence[Trial], because: str) -> Settled | None:
        """Return today as the answer where it is all that keeps the constraints."""
        today = next((trial for trial in trials if trial.proposer == TODAY), None)
        if today is None or today.configuration != self.optimisation.present:
            return None
        self.tell([today.configuration])
        if not self.told(today.configuration, today).is_feasible:
            return None
        reason = f"today's configuration keeps the constraints; {ALL_FAIL}{because}"
        return Settled(today, reason, None, (), ())

    def told(self, configuration: Configuration, trial: Trial | None) -> Candidate:
        """Return a configuration as it stands on the third set of replications."""
        return self.candidate(configuration, trial, self._numbers(TELLING))

    def told_summaries(self, configuration: Configuration) -> list[ReplicationSummary]:
        """Return the replications behind `told`."""
        return self.evaluator.summaries(configuration, self._numbers(TELLING))

    def tell(self, configurations: Sequence[Configuration]) -> None:
        """Simulate configurations for `told`, side by side."""
        self.evaluator.simulate(configurations, self._numbers(TELLING))

    def stands(self, configuration: Configuration) -> bool:
        """Whether the third set of replications does not show that a constraint is broken."""
        return _is_standing(self.told(configuration, None))

    def candidate(self, configuration: Configuration, trial: Trial | None, numbers: range) -> Candidate:
        """Return a configuration with its figures on some replications."""
        aims = self.optimisation.aims
        verdict = self.evaluator.verdicts([configuration], numbers)[0]
        summaries = self.evaluator.summaries(configuration, numbers)
        goals: dict[str, Estimate] = {}
        figures: dict[str, Estimate] = {}
        requirements: tuple[RequirementFigure, ...] = ()
        if summaries:
            from simlab.experiments.estimates import estimates

            goals = {goal.name: goal.told(summaries, self._today_on(numbers)) for goal in aims.goals}
            figures = estimates(summaries)
            requirements = tuple(figure_of(limit, summaries) for limit in aims.limits)
        number = None if trial is None else trial.number
        settings = self.optimisation.space.texts(configuration)
        return Candidate(settings, goals, figures, verdict, number, requirements)

    def _today_on(self, numbers: range) -> list[ReplicationSummary]:
        """Return replications of today where a goal is told against it."""
        if not any(goal.is_against_today for goal in self.optimisation.aims.goals):
            return []
        self.evaluator.simulate([self.optimisation.present], numbers)
        return self.evaluator.summaries(self.optimisation.present, numbers)

    def simulate(self, configurations: Sequence[Configuration], n: int) -> list[Verdict]:
        """Judge configurations by the first ``n`` replications that choose, within the budget."""
        for each in configurations:
            digest = self.optimisation.space.digest(each)
            new = max(n - self._known.get(digest, 0), 0)
            self._known[digest] = self._known.get(digest, 0) + new
            self.used += new
            self.left -= new
        return self.evaluator.verdicts(configurations, range(CHOOSING, CHOOSING + n))

    def looks(self, n_finalists: int) -> tuple[int, ...]:
        """Return after how many replications of each finalist it is looked who may leave."""
        plan = self.optimisation
        known = len(self._known)
        most = max(MOST_TIMES * plan.budget.final_replications, 2 * FIRST_STAGE, *self._needed_for_chance())
        if plan.budget.replications is not None:
            # The budget is used up where two finalists are left to the end.
            most = max(
                2, (self.left - (n_finalists - 2) * FIRST_STAGE) // 2 if known == 0 else self.left // 2
            )
        first = min(FIRST_STAGE, max(2, self.left // max(n_finalists, 1)), most)
        return RepeatedLooks.between(first, most, growth=1.4).looks

    def _needed_for_chance(self) -> list[int]:
        shares = [limit.share for limit in self.optimisation.aims.limits if limit.share is not None]
        return [2 * fewest_to_show(share) for share in shares]

    def _numbers(self, first: int) -> range:
        return range(first, first + self.optimisation.budget.final_replications)

    def _best_of(self, group: Sequence[Trial], refused: list[str]) -> Settled | None:
        """Return the answer from a group; where there is none, adds why each of its members is none."""
        race = _Finale(self, group)
        race.run()
        for chosen in race.ranking():
            self.tell([chosen.configuration])
            if self.stands(chosen.configuration):
                return Settled(chosen, race.reason(chosen), race.choice(chosen), (), race.ties(chosen))
        refused += race.refused()
        return None


class _Finale:
    """One group of finalists on fresh streams."""

    def __init__(self, finals: Finals, group: Sequence[Trial]) -> None:
        plan = finals.optimisation
        self._finals = finals
        self._group = list(group)
        self._alive = list(range(len(group)))
        self._n = 0
        self._values: dict[int, NDArray[np.float64]] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._standings: dict[int, list[Standing]] = {}
        self._looks = finals.looks(len(group))
        self._goal = plan.aims.goals[0]
        best = next((trial for trial in group if trial.verdict.is_feasible), group[0])
        self._zone = max(plan.indifference * abs(best.verdict.values[0]), 1e-12)
        n_limits = len(plan.aims.limits)
        # Half of the error for the constraints, half for the choice (Andradottir and Kim 2010, Naval Research
        # Logistics 57).
        error = (1.0 - plan.confidence) / (2.0 if n_limits else 1.0)
        self._selection = KimNelson(self._zone, 1.0 - error, max(self._looks[0], 2))
        self._test = RepeatedLooks(self._looks, error / max(n_limits * len(group), 1))
        self.is_decided = False

    def run(self) -> None:
        for look in self._looks:
            affordable = self._finals.optimisation.budget.replications is None or (
                (look - self._n) * len(self._alive) <= self._finals.left
            )
            if not affordable and self._n:
                return
            self._look(look)
            if self.is_decided or not self._alive:
                return

    def _look(self, n: int) -> None:
        chosen = [self._group[place].configuration for place in self._alive]
        self._n = n
        for place, verdict in zip(list(self._alive), self._finals.simulate(chosen, n), strict=True):
            self._verdicts[place] = verdict
            if not verdict.values:
                self._alive.remove(place)
                continue
            self._take(place, n)
            if Standing.BROKEN in self._standings[place]:
                self._alive.remove(place)
        if not self._alive:
            return
        sure = [place for place in self._alive if all(s is Standing.KEPT for s in self._standings[place])]
        judges = [self._alive.index(place) for place in sure]
        standing = self._selection.standing(
            [self._values[place] for place in self._alive], judges, len(self._group)
        )
        self._alive = [self._alive[index] for index in standing.alive]
        self.is_decided = standing.is_decided and set(self._alive) <= set(sure)

    def _take(self, place: int, n: int) -> None:
        configuration = self._group[place].configuration
        observed = self._finals.evaluator.observed(configuration, range(CHOOSING, CHOOSING + n))
        self._values[place] = observed.goals[0]
        self._standings[place] = [
            limit.standing(violations, self._test)
            for limit, violations in zip(
                self._finals.optimisation.aims.limits, observed.violations, strict=True
            )
        ]

    def ranking(self) -> list[Trial]:
        """Return the finalists that may be recommended, best first: those left in the end, then others."""
        order = sorted(
            (place for place, verdict in self._verdicts.items() if verdict.is_feasible),
            key=lambda place: (place not in self._alive, self._verdicts[place].values, place),
        )
        return [
            self._group[place] for place in order if Standing.BROKEN not in self._standings.get(place, [])
        ]

    def refused(self) -> list[str]:
        """Return why finalists may not be recommended, a reason each."""
        return [_topic(verdict) for verdict in self._verdicts.values() if not verdict.is_feasible]

    def reason(self, chosen: Trial) -> str:
        best = "it has the best value of all configurations tried that satisfy the constraints"
        if len(self._group) == 1:
            return (
                "it is the only configuration tried that satisfies the constraints and is not clearly worse"
            )
        if self.is_decided and self._group.index(chosen) in self._alive:
            confidence = self._finals.optimisation.confidence
            return f"{best}: chosen among {len(self._group)} finalists at {100 * confidence:g} % confidence"
        return f"{best}, but the replications did not suffice to be sure of it"

    def choice(self, chosen: Trial) -> Choice:
        is_sure = self.is_decided and self._group.index(chosen) in self._alive
        plan = self._finals.optimisation
        return Choice(
            len(self._group), plan.confidence, self._zone, plan.indifference, self._finals.used, is_sure
        )

    def ties(self, chosen: Trial) -> tuple[Tie, ...]:
        """Return the finalists that are as good: closer than what matters, or not clearly worse."""
        here = self._group.index(chosen)
        ties = []
        for place, values in self._values.items():
            if place == here or not self._verdicts[place].is_feasible:
                continue
            n = min(len(values), len(self._values[here]))
            difference = paired_difference(self._values[here][:n], values[:n])
            if difference.difference.value <= self._zone or not difference.significant:
                trial = self._group[place]
                settings = self._finals.optimisation.space.texts(trial.configuration)
                ties.append(Tie(settings, trial.number, difference))
        return tuple(ties)


def plausible(trials: Sequence[Trial], plan: Optimisation, hint: Hint | None = None) -> list[Trial]:
    """Return the trials that may be the best, best first.

    Those that broke a constraint, but not clearly, and have a better value stand among them: the search may
    have been unlucky with them.
    """
    known = [trial for trial in by_merit(levelled(trials)) if trial.observed is not None]
    feasible = [trial for trial in known if trial.verdict.is_feasible]
    doubtful = sorted(
        (
            trial
            for trial in known
            if not trial.verdict.is_feasible
            and (not feasible or trial.verdict.values < feasible[0].verdict.values)
            and not _is_clearly_broken(trial, plan)
        ),
        key=lambda trial: trial.verdict.violations,
    )
    if not feasible:
        return doubtful
    rivals = [feasible[0], *(each for each in feasible[1:] if not _is_clearly_worse(each, feasible[0]))]
    rivals = _interleaved(rivals, _smoothed(plan, feasible, rivals, hint))
    # What a formula proposed was not picked for its luck.
    by_formula = [trial for trial in rivals if trial.proposer == FORMULA][:1]
    rivals = [*rivals[:1], *by_formula, *(each for each in rivals[1:] if each not in by_formula)]
    rest = [trial for trial in feasible if trial not in rivals]
    head = [*rivals[: GROUP // 2], *doubtful[: GROUP // 2]]
    return [*head, *rivals[GROUP // 2 :], *rest]


def _smoothed(
    plan: Optimisation, feasible: Sequence[Trial], rivals: Sequence[Trial], hint: Hint | None
) -> list[Trial]:
    """Return rivals as a model of all trials ranks them: neighbours tell which values were lucky."""
    learnt = feasible[:MOST_LEARNT]
    if len(learnt) < 2 * GROUP:
        return list(rivals)
    model = GoalModel.fitted(plan.space, learnt, hint)
    means = model.predicted([trial.configuration for trial in rivals])[0]
    return [rivals[place] for place in np.argsort(means, kind="stable")]


def _interleaved(one: Sequence[Trial], other: Sequence[Trial]) -> list[Trial]:
    both = {each.number: each for pair in zip(one, other, strict=True) for each in pair}
    return list(both.values())


def _is_clearly_broken(trial: Trial, plan: Optimisation) -> bool:
    assert trial.observed is not None
    looks = RepeatedLooks((trial.observed.n,), 0.005)
    return any(
        limit.standing(violations, looks) is Standing.BROKEN
        for limit, violations in zip(plan.aims.limits, trial.observed.violations, strict=True)
    )


def _is_clearly_worse(trial: Trial, best: Trial) -> bool:
    if trial.observed is None or best.observed is None:
        return False
    n = min(trial.observed.n, best.observed.n)
    looks = RepeatedLooks((n,), 0.005)
    return looks.sign(trial.observed.goals[0, :n] - best.observed.goals[0, :n]) is Sign.ABOVE


def _is_standing(candidate: Candidate) -> bool:
    return bool(candidate.verdict.values) and all(
        each.standing is not Standing.BROKEN for each in candidate.requirements
    )


def why_none(trials: Sequence[Trial]) -> str:
    """Say what stood most often in the way."""
    reasons = [_topic(trial.verdict) for trial in trials]
    most = max(set(reasons), key=lambda reason: (reasons.count(reason), reason), default="nothing was tried")
    return f"none of the {len(trials)} configurations tried satisfies the constraints; most often: {most}"


def _topic(verdict: Verdict) -> str:
    return verdict.failure or (verdict.infeasible or ("no reason",))[0].partition(":")[0]
