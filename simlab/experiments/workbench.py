"""The workbench of a study: many configurations of a scenario, each replication simulated once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from simlab.engines.guards import DEFAULTS, changed_limits
from simlab.execution.cluster import executor_at
from simlab.execution.interface import Failure, Job, JobResult
from simlab.execution.progress import Progress, Silence
from simlab.experiments.ledger import Ledger
from simlab.experiments.replication import work_of
from simlab.experiments.runner import ReplicationExecutor, ReplicationFailed, refuse_endless
from simlab.experiments.runs import Replicated
from simlab.experiments.study import StudyOptions
from simlab.metrics.summary import ReplicationSummary
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.results.files import told_as_storage_error
from simlab.results.lock import sole_writer
from simlab.results.plain_values import plain_of
from simlab.results.provenance import machine, versions
from simlab.results.sealed import digest_of
from simlab.results.studies import LEDGER_FILE, LOCK_FILE, claim, keep_result
from simlab.scenario.nodes import MapNode, Node, set_path

Result = TypeVar("Result")

MODELS_AT_ONCE: Final = 32
"""Models that are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration that a study simulates; its model is made only when it has to run."""

    key: str
    """Equal for equal configurations of the study."""
    label: str
    """How messages speak of it."""
    model: Callable[[], Model]


class Workbench:
    """Simulates what a study asks for and the ledger does not have.

    Parameters
    ----------
    seed
        Of all randomness: replication i of all cases meets the same tickets.
    executor
        Where replications run.
    ledger
        What every replication gave.
    progress
        Told the number of replications asked for, and each that is there.
    """

    def __init__(
        self,
        seed: int,
        executor: ReplicationExecutor,
        ledger: Ledger,
        progress: Progress,
        folder: Path | None,
    ) -> None:
        self.seed = seed
        self.folder = folder
        self.n_simulated = 0
        """Replications that were run, not read."""
        self.n_damaged = ledger.n_damaged
        """Records of the ledger that could not be read; what they held is simulated again."""
        self._executor = executor
        self._ledger = ledger
        self._progress = progress
        self._n_asked = 0

    def simulate(self, wanted: Iterable[tuple[Case, Sequence[int]]]) -> None:
        """Simulate replications of cases, as many side by side as there is room for.

        Raises
        ------
        InvalidInput
            When a case is no valid scenario.
        ReplicationFailed
            When a replication failed; what was finished before is kept.
        Interrupted
            On SIGINT or SIGTERM; what was finished before is kept.
        """
        missing: dict[str, tuple[Case, list[int]]] = {}
        for case, replications in wanted:
            numbers = missing.setdefault(case.key, (case, []))[1]
            numbers += [i for i in replications if self._ledger.get(case.key, i) is None and i not in numbers]
        todo = [(case, numbers) for case, numbers in missing.values() if numbers]
        self._n_asked += sum(len(numbers) for _, numbers in todo)
        self._progress.started(self._n_asked)
        for start in range(0, len(todo), MODELS_AT_ONCE):
            self._run(todo[start : start + MODELS_AT_ONCE])
        if todo:
            self._ledger.sync()

    def adopt(self, case: Case, summaries: Iterable[ReplicationSummary]) -> None:
        """Keep replications of a case that were simulated elsewhere with the same seed."""
        for summary in summaries:
            self._ledger.add(case.key, summary)

    def summaries(self, case: Case, replications: Iterable[int]) -> list[ReplicationSummary]:
        """Return replications of a case, simulated before."""
        found = [self._ledger.get(case.key, replication) for replication in replications]
        return [summary for summary in found if summary is not None]

    def kept(self, kind: str, result: Result) -> Result:
        """Keep what the study found, where there is a folder, and return it."""
        if self.folder is not None:
            keep_result(self.folder, kind, {**plain_of(result), "folder": None})
        return result

    def _run(self, todo: Sequence[tuple[Case, Sequence[int]]]) -> None:
        labels = {case.key: case.label for case, _ in todo}

        def take(result: JobResult[Replicated]) -> None:
            job = result.job
            if result.value is None:
                failure = result.failure or Failure("it gave no result", ReplicationFailed.exit_code)
                raise ReplicationFailed(
                    f"replication {job.replication} of {labels[job.model]}: {failure.reason}", failure
                )
            self._ledger.add(job.model, result.value.summary)
            self.n_simulated += 1
            self._progress.advanced()

        models = {case.key: case.model() for case, _ in todo}
        jobs = [Job(case.key, self.seed, number) for case, numbers in todo for number in numbers]
        self._executor.run(models, jobs, take)


@contextmanager
def open_workbench(
    name: str,
    scenario: LoadedScenario,
    responses: Sequence[str],
    seed: int,
    options: StudyOptions,
) -> Iterator[Workbench]:
    """Hold the folder of a study for writing, and a place where its replications run.

    Parameters
    ----------
    name
        Begins the name of the folder, which ends in a hash of all that its content depends on.
    scenario
        What the cases of the study are made of.
    responses
        Names of the responses that are kept of each replication.
    options
        Where to run, where to keep what was simulated, and who is told.

    Raises
    ------
    UsageError
        When the scenario would make far too many tickets.
    StorageError
        When the folder cannot be written, is in use, or is damaged.
    """
    if not options.get("force"):
        refuse_endless([scenario], 1)
    made_of = {
        "scenario": scenario.resolved,
        "data": dict(scenario.data_files),
        "responses": list(responses),
        "seed": seed,
    }
    guards = options.get("guards", DEFAULTS)
    if limits := changed_limits(guards):
        made_of["limits"] = limits
    identity = digest_of({**made_of, "versions": versions(), "machine": machine()})
    told, store = options.get("progress") or Silence(), options.get("store")
    with ExitStack() as stack:
        folder = None if store is None else Path(store) / f"{name}-{identity[:8]}"
        if folder is None:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="simlab-")))
        else:
            home = folder
            with told_as_storage_error("make it", home):
                home.mkdir(parents=True, exist_ok=True)
            stack.enter_context(sole_writer(home / LOCK_FILE))
            claim(
                home, identity, {"name": name, "scenario": scenario.label, "seed": seed, "made_of": made_of}
            )
        ledger = stack.enter_context(Ledger(home / LEDGER_FILE, responses))
        work = work_of(guards=guards, responses=responses)
        place = options.get("executor") or stack.enter_context(
            executor_at(work, options.get("jobs"), options.get("cluster"))
        )
        stack.callback(told.finished)
        yield Workbench(seed, place, ledger, told, folder)


def case_of(scenario: LoadedScenario, settings: Mapping[str, Node], texts: Mapping[str, str]) -> Case:
    """Return the case of a scenario with values set at key paths.

    Parameters
    ----------
    settings
        Value by key path.
    texts
        The same as text.
    """

    def model() -> Model:
        node = scenario.node
        for path, value in settings.items():
            changed = set_path(node, path, value)
            assert isinstance(changed, MapNode)
            node = changed
        return scenario.changed(node).model if settings else scenario.model

    label = ", ".join(f"{path}={text}" for path, text in texts.items()) or "the scenario as it is"
    return Case(digest_of(dict(texts)), label, model)
