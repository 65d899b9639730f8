"""The search: trials one batch after the other, the same however often it is interrupted.

Trials are asked for in batches of fixed size, evaluated side by side and told in the order of asking. So the
result depends neither on the number of workers nor on which replication came in first. Finished trials are in
the journal, finished replications in the ledger; a search that is taken up again reads the trials of whole
batches, and asks anew for those of the batch in which it stopped.

First come the warm starts, then what the sampler proposes, then the local search. Where the local search
finds nothing better any more, although differences of the size that matters could still hide in the noise,
the best trials are repeated with twice the replications, and so are all that come after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simlab.errors import StorageError
from simlab.experiments.parameters import Value
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Evaluator
from simlab.optimise.goal_model import Hint
from simlab.optimise.journal import Journal, damage_told
from simlab.optimise.local_search import LocalSearch
from simlab.optimise.objectives import Verdict
from simlab.optimise.proposers import Proposals, configuration_of
from simlab.optimise.racing import Race, Raced
from simlab.optimise.space import Configuration, Key
from simlab.optimise.trials import Levelling, Trial, by_merit

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

BATCH: Final = 4
"""Trials asked for before the first of them is told."""
REPLAYED: Final = ("cmaes",)
"""Samplers with a memory of their own: their trials are all asked for again, and read from the ledger."""
PATIENCE: Final = 5
"""Batches without a better trial after which the best ones are repeated with more replications."""
MOST_DOUBLINGS: Final = 3
LATE: Final = (0.5, 0.75)
"""Shares of a budget of replications after which trials have twice, and four times, the replications."""
AGAIN: Final = "again"
LOCAL: Final = "local search"

Said = Callable[["Search"], None]
"""Told after each batch."""


@dataclass(slots=True)
class Search:
    """One search, from its first trial or from where the journal ends."""

    optimisation: Optimisation
    evaluator: Evaluator
    journal: Journal
    starts: Sequence[tuple[str, Configuration]]
    """Who proposes which configuration first."""
    is_over_time: Callable[[], bool] = lambda: False
    said: Said = lambda search: None
    hint: Hint | None = None
    """What formulas say of the one goal."""
    trials: list[Trial] = field(default_factory=list)
    proposals: Proposals = field(init=False)
    ended: str = ""
    """Why the search ended before its budget was used; empty where it did not."""
    replications: int = field(init=False)
    """The most that a trial is given now."""
    used: int = 0
    """Replications that the trials rest on, each counted once."""
    _stored: list[FrozenTrial] = field(init=False)
    _rested: dict[Key, int] = field(default_factory=dict)
    """Replications that a configuration has."""
    _taken: set[Key] = field(default_factory=set)
    _levelled: list[Trial] = field(default_factory=list)
    _levelling: Levelling = field(default_factory=Levelling)
    _near: LocalSearch | None = None
    _best: list[int] = field(default_factory=list)
    """Number of the best trial after each batch."""

    def __post_init__(self) -> None:
        plan = self.optimisation
        self.proposals = Proposals(plan.space, plan.aims, plan.sampler, plan.seed)
        self.replications = plan.replications
        self._stored = self.journal.trials()

    @property
    def best(self) -> Trial | None:
        """The best feasible trial so far."""
        best = next(iter(by_merit(self._levelled)), None)
        return best if best is not None and best.verdict.is_feasible else None

    def to_end(self) -> None:
        """Search until the budget is used, nothing is to be gained, or the time is over."""
        if self.optimisation.sampler not in REPLAYED:
            self._restore(_whole_batches(self._stored))
        while (size := self._next_size()) > 0:
            if self.is_over_time():
                self.ended = "the time was over"
                return
            first = len(self.trials)
            self._before_batch(first)
            if self._is_done(first):
                self.ended = "no neighbour can be hoped to be better by what matters"
                return
            self._run_batch(range(first, min(first + size, first + self._next_size())))
            self.said(self)

    def _next_size(self) -> int:
        """Return how many trials the budget allows side by side; 0 where the search ends."""
        plan = self.optimisation
        if self.ended:
            return 0
        by_trials = BATCH if plan.most_trials is None else plan.most_trials - self._n_counted()
        by_replications = (plan.search_replications - self._spent()) // self.replications
        return max(min(BATCH, by_trials, by_replications), 0)

    def _n_counted(self) -> int:
        """Return how many trials count: those that were refused before a simulation do not, but for many."""
        n_free = sum(not trial.replications and not trial.verdict.failure for trial in self.trials)
        return len(self.trials) - min(n_free, len(self.trials) // 2)

    def _spent(self) -> int:
        """Return the replications that are used up.

        Where more than half of the trials have none, because they failed or were refused, each one beyond
        the half counts as if it had its replications: else a search in which all fail would never end.
        """
        n_idle = sum(not trial.replications for trial in self.trials)
        return self.used + self.replications * max(n_idle - len(self.trials) // 2, 0)

    def _restore(self, batches: Sequence[range]) -> None:
        """Take in the whole batches of the journal, each trial checked against the ledger."""
        stored = self._stored[: batches[-1].stop] if batches else []
        configurations = [self._configuration(trial) for trial in stored]
        judged = [place for place, trial in enumerate(stored) if _is_judged(trial)]
        by_replications: dict[int, list[int]] = {}
        for place in judged:
            by_replications.setdefault(int(stored[place].user_attrs["replications"]), []).append(place)
        verdicts: dict[int, Verdict] = {}
        for replications, places in by_replications.items():
            chosen = [configurations[place] for place in places]
            verdicts |= dict(zip(places, self.evaluator.verdicts(chosen, range(replications)), strict=True))
        for batch in batches:
            self._before_batch(batch.start)
            for place in batch:
                self._take_in(place, stored[place], configurations[place], verdicts.get(place))
            self._after_batch()

    def _take_in(
        self, place: int, trial: FrozenTrial, configuration: Configuration, verdict: Verdict | None
    ) -> None:
        facts, observed = trial.user_attrs, None
        replications = int(facts.get("replications", 0))
        if verdict is None:
            verdict = Verdict(
                (), infeasible=tuple(facts.get("infeasible", ())), failure=str(facts.get("failure", ""))
            )
        else:
            self._require_same(verdict, trial)
            observed = self.evaluator.observed(configuration, range(replications))
        self.proposals.restore(trial)
        left_early = str(facts.get("left_early", ""))
        proposer = str(facts["proposer"])
        self._add(Trial(place, configuration, verdict, proposer, replications, left_early, observed))

    def _run_batch(self, numbers: range) -> None:
        batch: list[tuple[int, str, Configuration]] = []
        again = self._to_repeat(len(numbers))
        asked = set(self._taken)
        for number in numbers:
            if again:
                proposed = AGAIN, self.proposals.place(number, again.pop(0))
            else:
                proposed = self._propose(number, asked)
            asked.add(self.optimisation.space.key(proposed[1]))
            batch.append((number, *proposed))
        if all(who != AGAIN and self.optimisation.space.key(each) in self._taken for _, who, each in batch):
            self.ended = "every configuration that could be found was tried"
            return
        race = Race.against(self.evaluator, self._levelled, self.replications)
        raced = race.run([configuration for _, _, configuration in batch])
        for (number, proposer, configuration), one in zip(batch, raced, strict=True):
            self._finish(_trial(number, configuration, proposer, one), numbers)
        self._after_batch()

    def _before_batch(self, first: int) -> None:
        """Double the replications where the search is stuck in their noise, or has little left to use."""
        plan = self.optimisation
        if len(plan.aims.goals) > 1 or self.replications >= plan.replications * 2**MOST_DOUBLINGS:
            return
        is_late = any(
            self.used >= share * plan.search_replications
            and self.replications < plan.replications * 2 ** (place + 1)
            for place, share in enumerate(LATE)
        )
        is_due = self._is_stuck(first) if plan.budget.replications is None else is_late
        if is_due and self._is_noisy():
            self.replications *= 2
            self._best.clear()

    def _is_done(self, first: int) -> bool:
        """Whether the search is stuck, not by noise, and its models see nothing to gain nearby."""
        if not self._is_stuck(first) or self._is_noisy():
            return False
        local = self._local_from(first)
        gains = [local.propose(number, self._taken) for number in range(first, first + BATCH)]
        return all(each is not None and each.gain < self._zone() for each in gains)

    def _zone(self) -> float:
        """Return the difference that does not matter, in the unit of the goal."""
        best = self.best
        if best is None or len(best.verdict.values) > 1:
            return 0.0
        return self.optimisation.indifference * abs(best.verdict.values[0])

    def _is_noisy(self) -> bool:
        """Whether differences that matter between the best trials could hide in the noise."""
        good = [
            trial.observed
            for trial in by_merit(self._levelled)[: BATCH + 1]
            if trial.observed is not None and trial.verdict.is_feasible
        ]
        errors = []
        for other in good[1:]:
            n = min(other.n, good[0].n)
            change = other.goals[:, :n] - good[0].goals[:, :n]
            errors.append(float(np.max(change.std(axis=1, ddof=1))) / math.sqrt(n) if n > 1 else math.inf)
        return bool(errors) and float(np.median(errors)) > self._zone() / 2.0

    def _local(self) -> LocalSearch:
        """Return the local search of the batch that is being asked for."""
        if self._near is None:
            self._near = self._local_from(len(self.trials))
        return self._near

    def _local_from(self, first: int) -> LocalSearch:
        plan = self.optimisation
        return LocalSearch(plan.space, self._levelled, first, plan.seed, self.hint)

    def _after_batch(self) -> None:
        self._near = None
        self._levelled = self._levelling.of(self.trials)
        best = self.best
        self._best.append(-1 if best is None else best.number)

    def _is_stuck(self, number: int) -> bool:
        recent = self._best[-PATIENCE - 1 :]
        if len(self.optimisation.aims.goals) > 1:
            return False
        return self._is_local(number) and len(recent) > PATIENCE and recent[-1] >= 0 and len(set(recent)) == 1

    def _to_repeat(self, size: int) -> list[Configuration]:
        """Return the best trials that have fewer replications than trials are given now."""
        if self.replications == self.optimisation.replications:
            return []
        good = [trial for trial in by_merit(self._levelled) if trial.verdict.is_feasible][:size]
        return [trial.configuration for trial in good if trial.replications < self.replications]

    def _is_local(self, number: int) -> bool:
        plan = self.optimisation
        shares = [self.used / max(plan.search_replications, 1)]
        if plan.most_trials is not None:
            shares.append(self._n_counted() / plan.most_trials)
        return number >= len(self.starts) and max(shares) >= 1.0 - plan.budget.local_search

    def _propose(self, number: int, taken: set[Key]) -> tuple[str, dict[str, Value]]:
        plan = self.optimisation
        if number < len(self.starts):
            proposer, start = self.starts[number]
            return proposer, self.proposals.place(number, start)
        if self._is_local(number):
            neighbour = self._local().propose(number, taken)
            if neighbour is not None:
                return LOCAL, self.proposals.place(number, neighbour.configuration)
        return plan.sampler, self.proposals.ask(number, taken)

    def _finish(self, trial: Trial, batch: range) -> None:
        facts = {**self._facts(trial), "batch": [batch.start, batch.stop]}
        told = self.proposals.tell(trial.number, trial.verdict, facts)
        self._add(trial)
        if trial.number >= len(self._stored):
            self.journal.add(told)
        elif self._configuration(self._stored[trial.number]) != trial.configuration:
            raise StorageError(damage_told(self.journal.path))

    def _add(self, trial: Trial) -> None:
        key = self.optimisation.space.key(trial.configuration)
        before = self._rested.get(key, 0)
        self._rested[key] = max(before, trial.replications)
        self.used += self._rested[key] - before
        self._taken.add(key)
        self.trials.append(trial)

    def _facts(self, trial: Trial) -> dict[str, Any]:
        """Return what the journal says of a trial beyond parameters and values."""
        facts: dict[str, Any] = {
            "configuration": self._digest(trial.configuration),
            "proposer": trial.proposer,
            "replications": trial.replications,
        }
        if trial.left_early:
            facts["left_early"] = trial.left_early
        if trial.verdict.infeasible:
            facts["infeasible"] = list(trial.verdict.infeasible)
        if trial.verdict.failure:
            facts["failure"] = trial.verdict.failure
        return facts

    def _configuration(self, trial: FrozenTrial) -> dict[str, Value]:
        try:
            configuration = configuration_of(self.optimisation.space, trial)
            is_whole = trial.user_attrs["configuration"] == self._digest(configuration)
        except (KeyError, ValueError, TypeError):
            is_whole = False
        if not is_whole:
            raise StorageError(damage_told(self.journal.path))
        return configuration

    def _require_same(self, verdict: Verdict, trial: FrozenTrial) -> None:
        told = [
            goal.shown_sign * value
            for goal, value in zip(self.optimisation.aims.goals, verdict.values, strict=False)
        ]
        if verdict.failure or told != (trial.values or []):
            raise StorageError(damage_told(self.journal.path))

    def _digest(self, configuration: Configuration) -> str:
        return self.optimisation.space.digest(configuration)


def _trial(number: int, configuration: Configuration, proposer: str, raced: Raced) -> Trial:
    return Trial(
        number, configuration, raced.verdict, proposer, raced.replications, raced.left_early, raced.observed
    )


def _whole_batches(stored: Sequence[FrozenTrial]) -> list[range]:
    """Return the batches of which the journal has all trials."""
    batches: list[range] = []
    while (start := batches[-1].stop if batches else 0) < len(stored):
        batch = range(*stored[start].user_attrs.get("batch", (start, start)))
        if batch.start != start or not start < batch.stop <= len(stored):
            break
        batches.append(batch)
    return batches


def _is_judged(trial: FrozenTrial) -> bool:
    """Whether a stored trial has values, which the ledger must confirm."""
    return bool(trial.values)
