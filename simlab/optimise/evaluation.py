"""Evaluating configurations: each replication simulated once, anywhere, and then read from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simlab.errors import SimlabError
from simlab.execution.interface import Executor, Interrupted, Job, JobResult
from simlab.execution.progress import Progress
from simlab.experiments.ledger import Ledger
from simlab.experiments.runs import Replicated
from simlab.metrics.summary import ReplicationSummary
from simlab.optimise.objectives import Aims, Observed, Verdict
from simlab.optimise.space import Configuration, Space

Compile = Callable[[Configuration], Any]
"""Makes of a configuration the model that replications run; SimlabError where there is none."""


class Unworkable(SimlabError):
    """A configuration that need not be simulated, because it is known to be infeasible."""


@dataclass(slots=True)
class Evaluator:
    """Simulates what the ledger does not have, and judges."""

    space: Space
    aims: Aims
    seed: int
    compile: Compile
    executor: Executor[Any, Replicated]
    ledger: Ledger
    progress: Progress
    n_simulated: int = 0
    """Replications that were run, not read."""
    seconds: float = 0.0
    """Time that they took, one after the other."""
    _hopeless: dict[str, Verdict] = field(default_factory=dict)

    def verdicts(self, configurations: Sequence[Configuration], replications: range) -> list[Verdict]:
        """Return how configurations stand by the same replications of each."""
        self.simulate([each for each in configurations if not self.space.broken_limits(each)], replications)
        return [self._verdict(each, replications) for each in configurations]

    def simulate(self, configurations: Sequence[Configuration], replications: range) -> None:
        """Simulate the replications that the ledger does not have, all of them side by side."""
        self._hopeless.clear()
        by_digest = {self.space.digest(each): each for each in configurations}
        jobs = [
            Job(digest, self.seed, replication)
            for replication in replications
            for digest in by_digest
            if self.ledger.get(digest, replication) is None
        ]
        models = self._models({job.model: by_digest[job.model] for job in jobs})
        todo = [job for job in jobs if job.model in models]
        if todo:
            self.executor.run(models, todo, self._take)
            self.ledger.sync()

    def summaries(self, configuration: Configuration, replications: range) -> list[ReplicationSummary]:
        """Return those replications of a configuration that could be simulated."""
        digest = self.space.digest(configuration)
        found = (self.ledger.get(digest, replication) for replication in replications)
        return [summary for summary in found if summary is not None]

    def observed(self, configuration: Configuration, replications: range) -> Observed:
        """Return what replications of a configuration gave; they were simulated before."""
        return self.aims.observed(self.summaries(configuration, replications))

    def _models(self, configurations: Mapping[str, Configuration]) -> dict[str, Any]:
        models = {}
        for digest, configuration in configurations.items():
            try:
                models[digest] = self.compile(configuration)
            except Interrupted:
                raise
            except Unworkable as refusal:
                self._hopeless[digest] = Verdict((), infeasible=(str(refusal),))
            except SimlabError as error:
                self._hopeless[digest] = Verdict((), failure=str(error))
        return models

    def _take(self, result: JobResult[Replicated]) -> None:
        self.seconds += result.seconds
        self.n_simulated += 1
        self.progress.advanced()
        if result.value is not None:
            self.ledger.add(result.job.model, result.value.summary)
        elif result.failure is not None:
            reason = f"replication {result.job.replication}: {result.failure.reason}"
            self._hopeless.setdefault(result.job.model, Verdict((), failure=reason))

    def _verdict(self, configuration: Configuration, replications: range) -> Verdict:
        broken = self.space.broken_limits(configuration)
        if broken:
            return Verdict((), infeasible=tuple(f"{limit} does not hold" for limit in broken))
        hopeless = self._hopeless.get(self.space.digest(configuration))
        return hopeless or self.aims.judge(self.summaries(configuration, replications))
