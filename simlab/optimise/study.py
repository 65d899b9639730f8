"""Optimising a scenario: from the experiment file to the answer, resumable at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypedDict, Unpack

from simlab.engines.auto import prepare_engine
from simlab.engines.guards import DEFAULTS, Guards, changed_limits
from simlab.errors import UsageError
from simlab.execution.cluster import executor_at
from simlab.execution.interface import Executor
from simlab.execution.progress import Progress, Silence
from simlab.experiments.ledger import Ledger
from simlab.experiments.replication import work_of
from simlab.experiments.runner import refuse_endless
from simlab.experiments.runs import Replicated
from simlab.metrics.responses import responses
from simlab.model.tables import Model
from simlab.optimise.answer import Answer
from simlab.optimise.contributions import most_simulated
from simlab.optimise.definition import Optimisation, read_optimisation
from simlab.optimise.evaluation import Compile, Evaluator
from simlab.optimise.finalists import GROUP
from simlab.optimise.front import LONGEST_FRONT
from simlab.optimise.journal import opened_journal
from simlab.optimise.objectives import GROWTH
from simlab.optimise.proposers import check_available, directions
from simlab.optimise.result import OptimisationResult
from simlab.optimise.search import Said, Search
from simlab.optimise.shared_ledger import opened_replications
from simlab.optimise.space import Configuration
from simlab.optimise.starts import beginning_of, refuse_overload
from simlab.optimise.stored import keep_optimisation
from simlab.optimise.threads import one_thread_of_algebra
from simlab.results.files import told_as_storage_error, write_whole
from simlab.results.lock import sole_writer
from simlab.results.provenance import machine, versions
from simlab.results.sealed import digest_of, read_current, sealed
from simlab.results.studies import OPTIMISATION_FILE, RECOMMENDED, STUDY_FORMAT
from simlab.statistics.selection import FIRST_STAGE

HEADLINES: Final = (
    "resolution_mean",
    "resolution_p90",
    "response_mean",
    "resolve_attainment",
    "cost_per_week",
    "cost_per_ticket",
    "utilisation",
    "backlog_end",
    "created_per_week",
    GROWTH,
)
"""Responses that are told besides those sought, where the scenario has them."""


class OptimizeOptions(TypedDict, total=False):
    """How an optimisation is carried out."""

    folder: Path | str | None
    """Where trials and simulations are kept; ``results/<name>-<hash>`` where not given. A search that was
    interrupted goes on from there and ends as if it had not been."""
    jobs: int | None
    """Replications at the same time on this machine; None for one on each core. The result does not depend on
    it."""
    cluster: str | None
    """A cluster to run on instead, see `simlab.execution.cluster.executor_at`."""
    seed: int | None
    """In place of that in the file."""
    what_if: Sequence[str]
    """More changes under ``what_if`` of the scenario, after those of the file."""
    assignments: Sequence[str]
    """Values to set at last, as ``staffing.desk.people=9``."""
    root: Path | None
    """Folder that all files must lie in; their own where not given."""
    force: bool
    """Whether more tickets may come than anybody can have meant."""
    guards: Guards
    """Limits of each replication: a configuration with one that is beyond is not feasible."""
    progress: Progress | None
    resume: bool
    """False to begin the search anew; simulations that the folder has are used all the same."""
    storage: str | None
    """Address of a PostgreSQL database that is told every trial too, such as
    ``postgresql://user:password@host/database``, for teams and for optuna-dashboard. The password is never
    shown."""
    said: Said | None
    """Told the search after each batch of trials: its best trial, and how much it has used."""


def optimize(experiment_path: Path | str, **options: Unpack[OptimizeOptions]) -> OptimisationResult:
    """Search the best configuration of a scenario.

    Parameters
    ----------
    experiment_path
        The experiment file (``experiment: optimize``).
    options
        As in `OptimizeOptions`.

    Raises
    ------
    InvalidInput, UsageError, StorageError
        With all mistakes in the files; if far too many tickets are expected; if the folder cannot be used.
    Interrupted
        On SIGINT or SIGTERM; call again to go on.
    """
    found = read_optimisation(
        experiment_path,
        options.get("seed"),
        options.get("what_if", ()),
        options.get("assignments", ()),
        options.get("root"),
    )
    optimisation = replace(found, guards=options.get("guards", DEFAULTS))
    if not options.get("force"):
        refuse_endless([optimisation.scenario], 1)
    check_available(optimisation.sampler)
    home = Path(options.get("folder") or Path("results") / default_folder(optimisation))
    means = Means(
        options.get("progress") or Silence(),
        options.get("resume", True),
        options.get("storage"),
        options.get("said"),
    )
    work = work_of(guards=optimisation.guards, responses=watched(optimisation))
    with executor_at(work, options.get("jobs"), options.get("cluster")) as executor:
        if options.get("cluster") is None:
            prepare_engine("auto", optimisation.scenario.model, optimisation.search_replications)
        return carry_out(
            optimisation,
            home,
            scenario_compile(optimisation),
            executor,
            means,
            scenario_compile(optimisation, False),
        )


@dataclass(frozen=True, slots=True)
class Means:
    """How a search is carried out, beside what it is about."""

    progress: Progress = field(default_factory=Silence)
    resume: bool = True
    storage: str | None = field(default=None, repr=False)
    """Address of a database; it may hold a password."""
    said: Said | None = None


def carry_out(
    optimisation: Optimisation,
    folder: Path,
    compile: Compile,
    executor: Executor[Any, Replicated],
    means: Means,
    compile_parts: Compile | None = None,
) -> OptimisationResult:
    """Search, choose and tell; as `optimize`, with the means given.

    Parameters
    ----------
    compile
        Makes what the executor's work runs of a configuration; SimlabError where there is nothing to run.
    compile_parts
        The same for parts of the recommended changes, which may not be workable; ``compile`` where not given.
    """
    begun = monotonic()
    wall = optimisation.budget.wall
    with told_as_storage_error("make it", folder):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(sole_writer(folder / ".lock"))
        stack.enter_context(one_thread_of_algebra())
        _claim(folder, optimisation)
        journal_path = folder / f"trials-{_search_digest(optimisation)[:8]}.journal"
        journal = stack.enter_context(
            opened_journal(
                journal_path,
                f"{optimisation.name} {_search_digest(optimisation)[:8]}",
                directions(optimisation.aims),
                means.storage,
                anew=not means.resume,
            )
        )
        shared = stack.enter_context(opened_replications(means.storage, _identity(optimisation)))
        ledger = stack.enter_context(Ledger(folder / "replications.ledger", watched(optimisation), shared))
        evaluator = Evaluator(
            optimisation.space,
            optimisation.aims,
            optimisation.seed,
            compile,
            executor,
            ledger,
            means.progress,
        )
        beginning = beginning_of(optimisation)
        search = Search(
            optimisation,
            evaluator,
            journal,
            beginning.starts,
            lambda: wall is not None and monotonic() - begun > wall * 60.0,
            means.said or (lambda search: None),
            beginning.hint,
        )
        means.progress.started(expected_replications(optimisation))
        stack.callback(means.progress.finished)
        search.to_end()
        result = Answer(optimisation, search, compile_parts or compile).result(folder)
        if result.recommended is not None:
            write_whole(folder / RECOMMENDED, result.scenario_text.encode())
        keep_optimisation(result)
        return result


def scenario_compile(optimisation: Optimisation, refuses: bool = True) -> Compile:
    """Return the function that makes the model of a configuration.

    One in which a team cannot keep up is refused without a simulation; today is simulated in any case.
    """
    scenario, space, today = optimisation.scenario, optimisation.space, optimisation.present

    def compile_configuration(configuration: Configuration) -> Model:
        if not configuration:
            return scenario.model
        model = scenario.changed(space.applied(scenario.node, configuration)).model
        if refuses and configuration != today:
            refuse_overload(model)
        return model

    return compile_configuration


def expected_replications(optimisation: Optimisation) -> int:
    """Return how many replications an optimisation simulates at most, but for rare second choices.

    Times the seconds of one replication over the number of cores, this is how long it takes.
    """
    budget, for_search = optimisation.budget, optimisation.search_replications
    # Told beside the answer: the formula, the random search, what each change adds, the rest of a front.
    beside = round(budget.random_search * for_search) + 2 * budget.final_replications
    beside += most_simulated(optimisation)
    is_front = len(optimisation.aims.goals) > 1
    if is_front:
        beside += (LONGEST_FRONT - 1) * budget.final_replications
    if budget.replications is not None:
        return budget.replications + beside
    finalists = LONGEST_FRONT if is_front else GROUP
    choice = finalists * max(FIRST_STAGE, 2 * budget.final_replications)
    return for_search + choice + optimisation.told_replications + beside


def watched(optimisation: Optimisation) -> tuple[str, ...]:
    """Return the responses that are kept of every replication."""
    known = {response.name for response in responses(optimisation.scenario.model)}
    return tuple(
        dict.fromkeys([*optimisation.aims.responses, *(name for name in HEADLINES if name in known)])
    )


def default_folder(optimisation: Optimisation) -> str:
    """Return the name of the folder of an optimisation: equal ones share it."""
    return f"{optimisation.path.stem}-{_identity(optimisation)[:8]}"


def _identity(optimisation: Optimisation) -> str:
    """Digest of everything that a simulated replication depends on, and of what is kept of it."""
    scenario, limits = optimisation.scenario, changed_limits(optimisation.guards)
    return digest_of(
        {
            "version": versions()["simlab"],
            "scenario": scenario.resolved,
            "data": dict(scenario.data_files),
            "parameters": [repr((each.path, each.distribution())) for each in optimisation.space.parameters],
            "responses": list(watched(optimisation)),
            "seed": optimisation.seed,
            **({"limits of a run": limits} if limits else {}),
        }
    )


def _search_digest(optimisation: Optimisation) -> str:
    """Digest of everything else that the trials depend on."""
    space, budget = optimisation.space, optimisation.budget
    return digest_of(
        {
            "identity": _identity(optimisation),
            "sums": [repr(each) for each in space.sums],
            "limits": [each.text for each in space.limits],
            "goals": [repr(goal) for goal in optimisation.aims.goals],
            "constraints": [limit.text for limit in optimisation.aims.limits],
            "sampler": optimisation.sampler,
            "trials": optimisation.most_trials,
            "budget": optimisation.search_replications,
            "local": budget.local_search,
            "indifference": optimisation.indifference,
            "replications": optimisation.replications,
        }
    )


def _claim(folder: Path, optimisation: Optimisation) -> None:
    """Make sure that what the folder holds belongs to this optimisation."""
    path = folder / OPTIMISATION_FILE
    identity = {
        "format": STUDY_FORMAT,
        "name": optimisation.name,
        "identity": _identity(optimisation),
        "version": versions()["simlab"],
        "scenario": optimisation.scenario.label,
        "seed": optimisation.seed,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "machine": machine(),
    }
    if not path.exists():
        write_whole(path, sealed(identity))
        return
    found = read_current(path, STUDY_FORMAT)
    if found["identity"] != identity["identity"]:
        raise UsageError(
            f"{folder}: the folder holds another optimisation: '{found['name']}',"
            f" by simlab {found['version']}\n"
            "    -> choose another folder, or leave the choice to simlab"
        )
