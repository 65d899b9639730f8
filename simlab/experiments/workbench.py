"""The workbench of a study: many configurations of a scenario, each replication simulated once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from simlab.errors import UsageError
from simlab.execution.interface import Failure, Job, JobResult
from simlab.execution.local import local_executor
from simlab.execution.progress import Progress, Silence
from simlab.experiments.ledger import Ledger
from simlab.experiments.replication import work_of
from simlab.experiments.runner import ReplicationExecutor, ReplicationFailed
from simlab.experiments.runs import Replicated
from simlab.metrics.summary import ReplicationSummary
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.results.files import told_as_storage_error, write_whole
from simlab.results.lock import sole_writer
from simlab.results.provenance import versions
from simlab.results.sealed import digest_of, read_sealed, sealed
from simlab.scenario.nodes import MapNode, Node, set_path

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
    *,
    store: Path | None,
    jobs: int | None = None,
    executor: ReplicationExecutor | None = None,
    progress: Progress | None = None,
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
    store
        Folder that holds the study's folder; None to keep nothing.
    executor
        Where to run, made with `simlab.experiments.replication.work_of`; this machine where not given.

    Raises
    ------
    StorageError
        When the folder cannot be written, is in use, or is damaged.
    """
    identity = digest_of(
        {
            "version": versions()["simlab"],
            "scenario": scenario.resolved,
            "data": dict(scenario.data_files),
            "responses": list(responses),
            "seed": seed,
        }
    )
    told = progress or Silence()
    with ExitStack() as stack:
        folder = None if store is None else store / f"{name}-{identity[:8]}"
        if folder is None:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="simlab-")))
        else:
            home = folder
            with told_as_storage_error("make it", home):
                home.mkdir(parents=True, exist_ok=True)
            stack.enter_context(sole_writer(home / ".lock"))
            _claim(home, {"name": name, "identity": identity})
        ledger = stack.enter_context(Ledger(home / "replications.ledger", responses))
        place = executor or stack.enter_context(local_executor(work_of(), jobs))
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


def _claim(folder: Path, identity: dict[str, Any]) -> None:
    """Make sure that what the folder holds belongs to this study."""
    path = folder / "study.json"
    if not path.exists():
        write_whole(path, sealed(identity))
    elif read_sealed(path)["identity"] != identity["identity"]:
        raise UsageError(f"{folder}: the folder holds another study\n    -> choose another --store")
