"""The search: trials one batch after the other, the same however often it is interrupted.

Trials are asked for in batches of fixed size, evaluated side by side and told in the order of asking. So the
result depends neither on the number of workers nor on which replication came in first. Finished trials are in
the journal, finished replications in the ledger; a search that is taken up again reads the trials of whole
batches, and asks anew for those of the batch in which it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simlab.errors import StorageError
from simlab.experiments.parameters import Value
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Evaluator
from simlab.optimise.journal import Journal, damage_told
from simlab.optimise.local_search import propose_neighbour
from simlab.optimise.objectives import Verdict
from simlab.optimise.proposers import Proposals, configuration_of
from simlab.optimise.space import Configuration
from simlab.optimise.trials import Trial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

BATCH: Final = 4
"""Trials asked for before the first of them is told."""
REPLAYED: Final = ("cmaes",)
"""Samplers with a memory of their own: their trials are all asked for again, and read from the ledger."""


@dataclass(slots=True)
class Search:
    """One search, from its first trial or from where the journal ends."""

    optimisation: Optimisation
    evaluator: Evaluator
    journal: Journal
    starts: Sequence[tuple[str, Configuration]]
    """Who proposes which configuration first."""
    is_over_time: Callable[[], bool] = lambda: False
    trials: list[Trial] = field(default_factory=list)
    proposals: Proposals = field(init=False)
    _stored: list[FrozenTrial] = field(init=False)

    def __post_init__(self) -> None:
        plan = self.optimisation
        self.proposals = Proposals(plan.space, plan.aims, plan.sampler, plan.seed)
        self._stored = self.journal.trials()

    def to_end(self) -> None:
        """Search until the budget is used, or the time is over."""
        n_trials = self.optimisation.budget.trials
        if self.optimisation.sampler not in REPLAYED:
            self._restore(len(self._stored) - len(self._stored) % BATCH)
        while len(self.trials) < n_trials and not self.is_over_time():
            first = len(self.trials)
            self._run_batch(range(first, min(first + BATCH, n_trials)))

    def _restore(self, n: int) -> None:
        """Take in the first trials of the journal, each checked against the ledger."""
        stored = self._stored[: min(n, self.optimisation.budget.trials)]
        found = [self._configuration(trial) for trial in stored]
        verdicts = self._verdicts(
            [each for each, trial in zip(found, stored, strict=True) if _is_judged(trial)]
        )
        remaining = iter(verdicts)
        for number, (configuration, trial) in enumerate(zip(found, stored, strict=True)):
            if _is_judged(trial):
                verdict = next(remaining)
                self._require_same(verdict, trial)
            else:
                verdict = Verdict((), failure=str(trial.user_attrs["failure"]))
            self.proposals.restore(trial)
            self.trials.append(Trial(number, configuration, verdict, str(trial.user_attrs["proposer"])))

    def _run_batch(self, numbers: range) -> None:
        taken = {self._digest(trial.configuration) for trial in self.trials}
        batch: list[tuple[int, str, Configuration]] = []
        for number in numbers:
            proposer, configuration = self._propose(number, taken)
            taken.add(self._digest(configuration))
            batch.append((number, proposer, configuration))
        verdicts = self._verdicts([configuration for _, _, configuration in batch])
        for (number, proposer, configuration), verdict in zip(batch, verdicts, strict=True):
            self._finish(Trial(number, configuration, verdict, proposer))

    def _propose(self, number: int, taken: set[str]) -> tuple[str, Configuration]:
        plan = self.optimisation
        if number < len(self.starts):
            proposer, start = self.starts[number]
            return proposer, self.proposals.place(number, start)
        if number >= plan.budget.trials - plan.n_local:
            neighbour = propose_neighbour(plan.space, self.trials, taken)
            if neighbour is not None:
                return "local search", self.proposals.place(number, neighbour)
        return plan.sampler, self.proposals.ask(number, taken)

    def _finish(self, trial: Trial) -> None:
        told = self.proposals.tell(trial.number, trial.verdict, self._facts(trial))
        self.trials.append(trial)
        if trial.number >= len(self._stored):
            self.journal.add(told)
        elif self._configuration(self._stored[trial.number]) != trial.configuration:
            raise StorageError(damage_told(self.journal.path))

    def _facts(self, trial: Trial) -> dict[str, Any]:
        """Return what the journal says of a trial beyond parameters and values."""
        facts: dict[str, Any] = {
            "configuration": self._digest(trial.configuration),
            "proposer": trial.proposer,
            "replications": self.optimisation.replications,
        }
        if trial.verdict.infeasible:
            facts["infeasible"] = list(trial.verdict.infeasible)
        if trial.verdict.failure:
            facts["failure"] = trial.verdict.failure
        return facts

    def _verdicts(self, configurations: Sequence[Configuration]) -> list[Verdict]:
        return self.evaluator.verdicts(configurations, range(self.optimisation.replications))

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


def _is_judged(trial: FrozenTrial) -> bool:
    return "failure" not in trial.user_attrs
