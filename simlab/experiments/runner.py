"""Running replications of scenarios: anywhere, resumable, each run checked by its invariants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypedDict, Unpack

from simlab.engines.auto import prepare_engine
from simlab.engines.guards import DEFAULTS, Guards, changed_limits
from simlab.engines.logs import RunLogs
from simlab.errors import SimlabError, UsageError
from simlab.execution.cluster import executor_at
from simlab.execution.interface import Executor, Failure, Job, JobResult
from simlab.execution.processes import can_be_sent
from simlab.execution.progress import Progress, Silence
from simlab.experiments.controls import with_controls
from simlab.experiments.replication import KeepLogs, keeps, work_of
from simlab.experiments.runs import Replicated, ScenarioRun, judged_traffic, truncations
from simlab.experiments.stored import keep_data_files
from simlab.metrics.summary import ReplicationSummary
from simlab.model.tables import Model
from simlab.model.traffic import estimate_traffic, expected_tickets
from simlab.results.manifest import Manifest, new_manifest
from simlab.results.records import tables_of
from simlab.results.store import ResultStore
from simlab.results.summaries import summary_arrays, summary_of
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario

MOST_TICKETS: Final = 20_000_000
"""Expected tickets, all replications together, beyond which a run has to be insisted on."""


MANY_TICKETS: Final = 500_000
MOST_LOAD: Final = 10.0
"""With more than `MANY_TICKETS` expected, a team that gets more than so many times the work that it can do
has to be insisted on."""


class ReplicationFailed(SimlabError):
    """A replication could not be run; what was finished before is kept."""

    def __init__(self, message: str, failure: Failure) -> None:
        super().__init__(message)
        self.exit_code = failure.exit_code
        self.traceback = failure.traceback
        """Where the work failed, for ``--debug``."""


ReplicationExecutor: TypeAlias = Executor[Model, Replicated]
MoreAfter: TypeAlias = Callable[[tuple[ScenarioRun, ...]], int]
"""Says how many more replications to run after a look at the runs so far; 0 to end."""


class RunOptions(TypedDict, total=False):
    """How scenarios are run; see `run`."""

    replications: int
    seed: int
    executor: ReplicationExecutor | None
    jobs: int | None
    cluster: str | None
    store: Path | str | None
    logs: KeepLogs
    engine: str
    force: bool
    guards: Guards
    controls: bool
    progress: Progress | None


def run(loaded: LoadedScenario, **options: Unpack[RunOptions]) -> ScenarioRun:
    """Run replications of a scenario; those that the store has already are read instead.

    The options, and the errors that are raised, are those of `run_all`.
    """
    return run_all([loaded], **options)[0]


def run_all(
    scenarios: Sequence[LoadedScenario],
    *,
    replications: int = 20,
    seed: int = 1,
    executor: ReplicationExecutor | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    store: Path | str | None = None,
    logs: KeepLogs = "first",
    engine: str = "auto",
    force: bool = False,
    guards: Guards = DEFAULTS,
    controls: bool = False,
    progress: Progress | None = None,
    more_after: MoreAfter | None = None,
) -> tuple[ScenarioRun, ...]:
    """Run several scenarios under common random numbers, their replications side by side.

    Parameters
    ----------
    scenarios
        What runs.
    replications
        How many: numbers 0 to ``replications - 1``.
    seed
        Seed of all randomness: with the same one, replication i of two scenarios meets the same tickets.
    executor
        Where to run, made with `simlab.experiments.replication.work_of`.
    jobs, cluster
        Replications at the same time on this machine, None for one on each core; or a cluster instead, see
        `simlab.execution.cluster.executor_at`.
    store, logs
        Folder of result folders (``results``), None to store nothing; whose logs are kept.
    engine, force, guards
        ``auto``, ``simpy`` or ``compiled``, with the same results; whether more than `MOST_TICKETS` may come;
        limits of each replication: one that is beyond is ended, and marked.
    controls
        Estimate with control variates (`simlab.experiments.controls`).
    progress, more_after
        Who is told how far it is; who is asked, after each block, how many more to run.

    Raises
    ------
    UsageError, StorageError
        When too many tickets are expected; when results cannot be written or read.
    ReplicationFailed, Interrupted
        When a replication failed; on SIGINT or SIGTERM. What was finished before is in the store.
    """
    if replications < 1:
        raise UsageError(f"the number of replications must be at least 1; found {replications}")
    work = work_of(engine, logs, guards)
    jobs = _jobs_with_hooks(scenarios, jobs, cluster, store)
    if not force:
        refuse_endless(scenarios, replications)
    with ExitStack() as stack:
        manifests = [_manifest(loaded, seed, engine, guards) for loaded in scenarios]
        collections = _opened(stack, manifests, scenarios, replications, store, logs)
        while True:
            todo = _prepared(collections, replications, seed, engine)
            if todo and executor is None:
                n_workers = 1 if len(todo) == 1 and more_after is None else jobs
                executor = stack.enter_context(executor_at(work, n_workers, cluster))
            _complete(collections, todo, executor, progress or Silence())
            runs = _finished(collections, manifests, scenarios, controls)
            if not (more := more_after(runs) if more_after else 0):
                return runs
            replications += more
            for collection in collections.values():
                collection.reuse(replications, logs)


def _jobs_with_hooks(
    scenarios: Sequence[LoadedScenario], jobs: int | None, cluster: str | None, store: Path | str | None
) -> int | None:
    """How many replications may run at the same time, where some scenarios have hooks.

    Functions of a notebook or a script cannot be sent to other processes: they run in this one.

    Raises
    ------
    UsageError
        If results are to be stored, or the hooks to run elsewhere but cannot.
    """
    if all(loaded.model.hooks is None for loaded in scenarios):
        return jobs
    if store is not None:
        raise UsageError(
            "results of a scenario with Python hooks cannot be stored: no file says what the functions do "
            "-> run it without store"
        )
    if can_be_sent([loaded.model.hooks for loaded in scenarios]):
        return jobs
    if cluster is not None or (jobs or 1) > 1:
        raise UsageError(
            "Python hooks that run in other processes must be functions of an importable module -> move them "
            "to a module of their own, or run with jobs=1"
        )
    return 1


def _opened(
    stack: ExitStack,
    manifests: Sequence[Manifest],
    scenarios: Sequence[LoadedScenario],
    replications: int,
    store: Path | str | None,
    logs: KeepLogs,
) -> dict[str, _Collection]:
    """Open a collection for each run: scenarios that say the same are run once."""
    root = None if store is None else Path(store)
    pairs = zip(manifests, scenarios, strict=True)
    distinct = {_key(manifest, loaded): (manifest, loaded) for manifest, loaded in pairs}
    return {
        key: stack.enter_context(_collecting(manifest, loaded, replications, root, logs))
        for key, (manifest, loaded) in distinct.items()
    }


def _finished(
    collections: Mapping[str, _Collection],
    manifests: Sequence[Manifest],
    scenarios: Sequence[LoadedScenario],
    controls: bool,
) -> tuple[ScenarioRun, ...]:
    runs = (
        collections[_key(manifest, loaded)].finished(loaded)
        for manifest, loaded in zip(manifests, scenarios, strict=True)
    )
    return tuple(map(with_controls, runs) if controls else runs)


def _prepared(collections: Mapping[str, _Collection], replications: int, seed: int, engine: str) -> list[Job]:
    """Make the engine ready and return the replications that are missing."""
    for collection in collections.values():
        prepare_engine(engine, collection.model, replications - len(collection.summaries))
    return [
        Job(key, seed, replication)
        for key, collection in collections.items()
        for replication in range(replications)
        if replication not in collection.summaries
    ]


def _complete(
    collections: Mapping[str, _Collection],
    todo: Sequence[Job],
    executor: ReplicationExecutor | None,
    progress: Progress,
) -> None:
    """Run the replications that are missing."""

    def on_done(result: JobResult[Replicated]) -> None:
        collections[result.job.model].take(result)
        progress.advanced()

    progress.started(len(todo))
    try:
        if executor is not None and todo:
            executor.run({key: each.model for key, each in collections.items()}, todo, on_done)
    finally:
        progress.finished()


@dataclass(slots=True)
class _Collection:
    """The replications of one scenario as they come in."""

    manifest: Manifest
    model: Model
    store: ResultStore | None
    warnings: list[str]
    overloads: tuple[str, ...]
    """Of each team that cannot keep up, its load and the people that it needs."""
    summaries: dict[int, ReplicationSummary] = field(default_factory=dict)
    kept: dict[int, RunLogs] = field(default_factory=dict)
    n_reused: int = 0

    def reuse(self, replications: int, logs: KeepLogs) -> None:
        """Read what the store has."""
        if self.store is None:
            return
        for replication in range(replications):
            is_known = replication in self.summaries
            if not is_known and self.store.has(replication, with_logs=keeps(replication, logs)):
                self.summaries[replication] = summary_of(self.store.read_summary(replication))
                self.n_reused += 1

    def take(self, result: JobResult[Replicated]) -> None:
        """Keep a result; a failure ends the run."""
        replication = result.job.replication
        if result.failure is not None or result.value is None:
            failure = result.failure or Failure("it gave no result", ReplicationFailed.exit_code)
            raise ReplicationFailed(
                f"replication {replication} of '{self.manifest.scenario}', seed {result.job.seed}:"
                f" {failure.reason}",
                failure,
            )
        summary, logs = result.value.summary, result.value.logs
        if self.store is not None:
            tables = None if logs is None else tables_of(logs, self.model.names)
            self.store.write(replication, summary_arrays(summary), tables)
        elif logs is not None:
            self.kept[replication] = logs
        self.summaries[replication] = summary

    def finished(self, loaded: LoadedScenario) -> ScenarioRun:
        """Return the run, under the name by which it was asked for."""
        summaries = tuple(self.summaries[replication] for replication in sorted(self.summaries))
        return ScenarioRun(
            name=loaded.name,
            label=loaded.label,
            model=loaded.model,
            resolved=self.manifest.resolved,
            scenario_hash=self.manifest.scenario_hash,
            seed=self.manifest.seed,
            engine=self.manifest.engine,
            summaries=summaries,
            warnings=tuple(self.warnings),
            unstable=(*self.overloads, *truncations(summaries)),
            folder=self.store.folder if self.store else None,
            n_reused=self.n_reused,
            kept=self.kept,
        )


def _key(manifest: Manifest, loaded: LoadedScenario) -> str:
    """Key of what runs: functions say nothing to a hash, so that hooks are told apart by what they are."""
    hooks = loaded.model.hooks
    return manifest.run_hash + ("" if hooks is None else f" {id(hooks.route)} {id(hooks.rank)}")


def _manifest(loaded: LoadedScenario, seed: int, engine: str, guards: Guards) -> Manifest:
    return new_manifest(
        loaded.name,
        loaded.resolved,
        loaded.data_files,
        seed,
        engine,
        loaded.sources,
        [str(warning) for warning in loaded.warnings],
        changed_limits(guards),
    )


@contextmanager
def _collecting(
    manifest: Manifest, loaded: LoadedScenario, replications: int, root: Path | None, logs: KeepLogs
) -> Iterator[_Collection]:
    """Hold the run's result folder for writing, where there is one, and read what it has."""
    tight, overloads = judged_traffic(loaded.model)
    warnings = [*manifest.warnings, *tight]
    if root is None:
        yield _Collection(manifest, loaded.model, None, warnings, overloads)
        return
    store = ResultStore.open_or_create(root, manifest)
    with store.writing() as damage:
        keep_data_files(loaded, store.folder)
        collection = _Collection(manifest, loaded.model, store, [*warnings, *damage], overloads)
        collection.reuse(replications, logs)
        yield collection


def refuse_endless(scenarios: Sequence[LoadedScenario], replications: int) -> None:
    """Refuse, by UsageError, runs with far more tickets or work than anybody can have meant."""
    for loaded in scenarios:
        n = expected_tickets(loaded.model) * replications
        if not math.isfinite(n):
            raise UsageError(
                f"'{loaded.name}' would make ever more tickets: each gives rise to one more or several\n"
                "    -> lower a share of spawns or of repeat contacts, or insist with --force"
            )
        times = "1 replication" if replications == 1 else f"{replications} replications"
        told = f"'{loaded.name}' would make about {format_count(n)} tickets in {times}"
        if n > MOST_TICKETS:
            raise UsageError(
                f"{told}, more than {format_count(MOST_TICKETS)}\n"
                "    -> check the arrival rates, shorten the run, or insist with --force"
            )
        if n > MANY_TICKETS:
            _refuse_hopeless(loaded.model, told)


def _refuse_hopeless(model: Model, told: str) -> None:
    """Refuse to simulate at length how a queue grows that nobody can have meant."""
    worst = max(estimate_traffic(model).teams, key=lambda team: team.pooled_rho, default=None)
    if worst is not None and worst.pooled_rho > MOST_LOAD:
        raise UsageError(
            f"{told}, and the team {worst.team} gets {format_count(worst.pooled_rho)} times the work that it "
            f"can do: it has {worst.people} people and would need about {format_count(worst.staff_needed)}\n"
            "    -> check the arrival rates and hands-on times, or insist with --force"
        )
