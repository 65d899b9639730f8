"""Optimising a scenario: from the experiment file to the answer, resumable at any moment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any, Final

from simlab.errors import InvalidInput, UsageError
from simlab.execution.cluster import executor_at
from simlab.execution.interface import Executor
from simlab.execution.progress import Progress, Silence
from simlab.experiments.estimates import of_replications
from simlab.experiments.ledger import Ledger
from simlab.experiments.parameters import Number
from simlab.experiments.replication import work_of
from simlab.experiments.runs import Replicated
from simlab.metrics.responses import responses
from simlab.model.tables import Model
from simlab.optimise.definition import Optimisation, read_optimisation
from simlab.optimise.evaluation import Compile, Evaluator
from simlab.optimise.finalists import Finals, Settled
from simlab.optimise.journal import Journal, removed
from simlab.optimise.proposers import check_available, directions
from simlab.optimise.result import Changed, OptimisationResult
from simlab.optimise.scenario_file import extending_text
from simlab.optimise.search import Search
from simlab.optimise.space import Configuration
from simlab.optimise.starts import first_configurations, refuse_overload
from simlab.results.files import told_as_storage_error, write_whole
from simlab.results.lock import sole_writer
from simlab.results.provenance import versions
from simlab.results.sealed import digest_of, read_sealed, sealed
from simlab.scenario.nodes import get_path, written
from simlab.scenario.overrides import read_scenario
from simlab.statistics.comparison import PairedDifference, paired_difference

HEADLINES: Final = (
    "resolution_mean",
    "resolution_p90",
    "response_mean",
    "resolve_attainment",
    "cost_per_week",
    "cost_per_ticket",
    "utilisation",
    "backlog_end",
)
"""Responses that are told besides those sought, where the scenario has them."""
FEWEST_FOR_IMPORTANCE: Final = 20
RECOMMENDED: Final = "recommended.yaml"


def optimize(
    experiment_path: Path | str,
    *,
    folder: Path | str | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    resume: bool = True,
) -> OptimisationResult:
    """Search the best configuration of a scenario.

    Parameters
    ----------
    experiment_path
        The experiment file (``experiment: optimize``).
    folder
        Where trials and simulations are kept; ``results/<name>-<hash>`` where not given. A search that was
        interrupted goes on from there and ends as if it had not been.
    jobs
        Replications at the same time; one for each core where not given. The result does not depend on it.
    cluster
        A cluster to run on instead, see `simlab.execution.cluster.executor_at`.
    seed
        In place of the seed in the file.
    resume
        False to begin the search anew; simulations that the folder has are used all the same.

    Raises
    ------
    InvalidInput
        With all mistakes in the experiment and the scenario.
    StorageError
        When the folder cannot be written, is in use, or is damaged.
    Interrupted
        On SIGINT or SIGTERM; call again to go on.
    """
    optimisation = read_optimisation(experiment_path, seed)
    check_available(optimisation.sampler)
    home = Path("results") / default_folder(optimisation) if folder is None else Path(folder)
    with executor_at(work_of(), jobs, cluster) as executor:
        return carry_out(
            optimisation, home, scenario_compile(optimisation), executor, progress or Silence(), resume
        )


def carry_out(
    optimisation: Optimisation,
    folder: Path,
    compile: Compile,
    executor: Executor[Any, Replicated],
    progress: Progress,
    resume: bool = True,
) -> OptimisationResult:
    """Search, choose and tell; as `optimize`, with the means given."""
    begun = monotonic()
    wall = optimisation.budget.wall
    with told_as_storage_error("make it", folder):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(sole_writer(folder / ".lock"))
        _claim(folder, optimisation)
        journal_path = folder / f"trials-{_search_digest(optimisation)[:8]}.journal"
        if not resume:
            removed(journal_path)
        ledger = stack.enter_context(Ledger(folder / "replications.ledger", watched(optimisation)))
        evaluator = Evaluator(
            optimisation.space, optimisation.aims, optimisation.seed, compile, executor, ledger, progress
        )
        search = Search(
            optimisation,
            evaluator,
            Journal(journal_path, optimisation.name, directions(optimisation.aims)),
            first_configurations(optimisation),
            lambda: wall is not None and monotonic() - begun > wall * 60.0,
        )
        progress.started(expected_replications(optimisation))
        stack.callback(progress.finished)
        search.to_end()
        result = _told(optimisation, search, folder)
        if result.recommended is not None:
            write_whole(folder / RECOMMENDED, result.scenario_text.encode())
        return result


def scenario_compile(optimisation: Optimisation) -> Compile:
    """Return the function that makes the model of a configuration.

    One in which a team cannot keep up is refused without a simulation; today is simulated in any case.
    """
    scenario, space, today = optimisation.scenario, optimisation.space, _today(optimisation)

    def compile_configuration(configuration: Configuration) -> Model:
        if not configuration:
            return scenario.model
        model = scenario.changed(space.applied(scenario.node, configuration)).model
        if configuration != today:
            refuse_overload(model)
        return model

    return compile_configuration


def expected_replications(optimisation: Optimisation) -> int:
    """Return how many replications an optimisation simulates at most, but for rare second choices.

    Times the seconds of one replication over the number of cores, this is how long it takes.
    """
    budget = optimisation.budget
    finals = 7 if len(optimisation.aims.goals) == 1 else 14
    return budget.trials * optimisation.replications + finals * budget.final_replications


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
    scenario = optimisation.scenario
    return digest_of(
        {
            "version": versions()["simlab"],
            "scenario": scenario.resolved,
            "data": dict(scenario.data_files),
            "parameters": [repr((each.path, each.distribution())) for each in optimisation.space.parameters],
            "responses": list(watched(optimisation)),
            "seed": optimisation.seed,
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
            "trials": budget.trials,
            "local": optimisation.n_local,
            "replications": optimisation.replications,
        }
    )


def _claim(folder: Path, optimisation: Optimisation) -> None:
    """Make sure that what the folder holds belongs to this optimisation."""
    path = folder / "optimisation.json"
    identity = {
        "name": optimisation.name,
        "identity": _identity(optimisation),
        "version": versions()["simlab"],
    }
    if not path.exists():
        write_whole(path, sealed(identity))
        return
    found = read_sealed(path)
    if found["identity"] != identity["identity"]:
        raise UsageError(
            f"{folder}: the folder holds another optimisation: '{found['name']}',"
            f" by simlab {found['version']}\n"
            "    -> choose another folder, or leave the choice to simlab"
        )


def _told(optimisation: Optimisation, search: Search, folder: Path) -> OptimisationResult:
    finals = Finals(optimisation, search.evaluator)
    settled = finals.settle(search.trials)
    space, aims = optimisation.space, optimisation.aims
    today = _today(optimisation)
    chosen = settled.recommended
    finals.tell([today] if chosen is None else [chosen.configuration, today])
    recommended = None if chosen is None else finals.told(chosen.configuration, chosen)
    importance, note = _importance(optimisation, search)
    return OptimisationResult(
        name=optimisation.name,
        scenario_name=optimisation.scenario.label,
        goals=tuple(goal.name for goal in aims.goals),
        maximised=tuple(goal.shown_sign < 0 for goal in aims.goals),
        constraints=(*(each.text for each in space.limits), *(each.text for each in aims.limits)),
        seed=optimisation.seed,
        sampler=optimisation.sampler,
        replications=optimisation.replications,
        final_replications=optimisation.budget.final_replications,
        trials=tuple(search.trials),
        settings=tuple(space.texts(trial.configuration) for trial in search.trials),
        today=finals.told(today, None),
        recommended=recommended,
        reason=settled.reason,
        improvement={} if chosen is None else _improvement(finals, today, chosen.configuration),
        changes=() if chosen is None else _changes(optimisation, chosen.configuration),
        front=settled.front or (() if recommended is None else (recommended,)),
        ties=settled.ties,
        importance=importance,
        notes=_notes(optimisation, search, settled, note),
        scenario_text="" if chosen is None else _scenario_text(optimisation, chosen.configuration, folder),
        folder=folder,
        n_simulated=search.evaluator.n_simulated,
        seconds_per_replication=search.evaluator.seconds / max(search.evaluator.n_simulated, 1),
    )


def _today(optimisation: Optimisation) -> Configuration:
    """Return today as a configuration of the space; the empty one where it lies outside."""
    present = optimisation.space.present(optimisation.scenario.node)
    return present if optimisation.space.holds(present) else {}


def _improvement(
    finals: Finals, today: Configuration, chosen: Configuration
) -> Mapping[str, PairedDifference]:
    before = {each.replication: each for each in finals.told_summaries(today)}
    after = {each.replication: each for each in finals.told_summaries(chosen)}
    both = sorted(before.keys() & after.keys())
    if not both:
        return {}
    names = after[both[0]].names
    return {
        name: paired_difference(
            of_replications([before[i] for i in both], name), of_replications([after[i] for i in both], name)
        )
        for name in names
    }


def _changes(optimisation: Optimisation, chosen: Configuration) -> tuple[Changed, ...]:
    changes = []
    present = optimisation.space.present(optimisation.scenario.node)
    for each in optimisation.space.parameters:
        value = chosen[each.path]
        if present.get(each.path) == value:
            continue
        try:
            before = written(get_path(optimisation.scenario.node, each.path))
        except InvalidInput:
            before = "(not given)"
        at_bound = ""
        if isinstance(each, Number):
            at_bound = {each.low: "lowest", each.high: "highest"}.get(float(value), "")
        changes.append(Changed(each.path, before, each.text(value), at_bound))
    return tuple(changes)


def _importance(optimisation: Optimisation, search: Search) -> tuple[dict[str, dict[str, float]], str]:
    n_judged = sum(bool(trial.verdict.values) for trial in search.trials)
    if n_judged < FEWEST_FOR_IMPORTANCE:
        return {}, f"importance is told from {FEWEST_FOR_IMPORTANCE} judged trials on; there are {n_judged}"
    goals = enumerate(optimisation.aims.goals)
    return {goal.name: search.proposals.importance(i) for i, goal in goals}, ""


def _notes(
    optimisation: Optimisation, search: Search, settled: Settled, importance_note: str
) -> tuple[str, ...]:
    n_failed = sum(bool(trial.verdict.failure) for trial in search.trials)
    n_tried, n_wanted = len(search.trials), optimisation.budget.trials
    n_damaged = search.evaluator.ledger.n_damaged
    notes = [importance_note]
    if n_failed:
        first = next(trial for trial in search.trials if trial.verdict.failure)
        notes.append(
            f"{n_failed} trials could not be judged; the first is number {first.number}:"
            f" {first.verdict.failure}"
        )
    if n_tried < n_wanted:
        notes.append(f"the time was over after {n_tried} of {n_wanted} trials")
    if n_damaged:
        notes.append(f"{n_damaged} damaged records of the ledger were left out and simulated again")
    if settled.ties:
        notes.append(f"{len(settled.ties)} other configurations cannot be told from the recommended one")
    return tuple(note for note in notes if note)


def _scenario_text(optimisation: Optimisation, chosen: Configuration, folder: Path) -> str:
    """Return the recommended scenario as a file in the folder that extends the scenario's own.

    How long the search let it run is not part of it.
    """
    own = read_scenario(optimisation.scenario_path).scenario
    changed = optimisation.space.applied(optimisation.scenario.node, chosen)
    if "time" in own.entries and not any(path.startswith("time") for path in chosen):
        changed = changed.with_entry("time", own.entries["time"])
    extends = os.path.relpath(optimisation.scenario_path, folder)
    comment = (
        f"The configuration that '{optimisation.name}' recommends.\n"
        "Move it beside the scenario that it extends, or name a root folder that holds both."
    )
    return extending_text(own, changed, Path(extends).as_posix(), comment)
