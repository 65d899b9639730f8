"""``simlab optimize`` and ``demo``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli import options
from simlab.cli.optimising import plain_optimisation, print_optimisation
from simlab.cli.reporting import write_report_of, write_reports
from simlab.cli.terminal import terminal
from simlab.cli.values import goal_said
from simlab.engines.guards import with_limits
from simlab.errors import GateFailed, Infeasible, UsageError

if TYPE_CHECKING:
    from simlab.optimise.result import OptimisationResult
    from simlab.optimise.search import Search

DEMO_SCENARIO = Path("scenarios/service_desk.yaml")
DEMO_OPTIMISATION = Path("experiments/demo.yaml")
DEMO_REPLICATIONS = 4
MOST_FAILED = 0.5
"""Share of the trials that may fail before the command says so by its exit code."""
DEMO_WHAT_IF = "automatic_reset"


def optimize(
    experiment: Annotated[Path, typer.Argument(help="Optimize experiment.", show_default=False)],
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Keeps trials and simulations.", show_default="results/<name>-<hash>"),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin the search again from its start.")] = False,
    force: options.Force = False,
    limits: options.Limit = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--storage",
            metavar="URL",
            envvar="SIMLAB_STORAGE",
            help="PostgreSQL that is told every trial too: postgresql://user:password@host/database.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Search the best configuration of a scenario; an interrupted search goes on where it was."""
    from simlab.optimise.study import optimize as optimise_scenario

    if dry_run:
        _dry_run(experiment, seed, what_if or (), assignments or (), root, jobs)
        return
    warned = _warned(experiment, seed, what_if or (), assignments or (), root)
    result = optimise_scenario(
        experiment,
        folder=folder,
        jobs=jobs,
        cluster=cluster,
        seed=seed,
        what_if=what_if or (),
        assignments=assignments or (),
        root=root,
        force=force,
        guards=with_limits(limits or ()),
        resume=not anew,
        progress=terminal.progress("Searching"),
        storage=storage,
        said=_say_best,
    )
    given = (what_if, assignments, root, None, seed)
    write_report_of(result, report_file, lang, "optimize", experiment, given)
    _tell(result, warned, as_json)
    terminal.note(f"stored in {result.folder}")
    if result.recommended is None:
        raise Infeasible(result.reason)
    if result.n_failed > MOST_FAILED * len(result.trials):
        raise GateFailed(
            f"{result.n_failed} of {len(result.trials)} trials could not be judged, more than"
            f" {100 * MOST_FAILED:.0f} %: the answer rests on the others alone"
        )


def _warned(
    experiment: Path, seed: int | None, what_if: Sequence[str], assignments: Sequence[str], root: Path | None
) -> tuple[str, ...]:
    """Tell what is probably not meant before the search begins, and return it."""
    from simlab.optimise.definition import read_optimisation

    warnings = read_optimisation(experiment, seed, what_if, assignments, root).warnings
    for warning in warnings:
        terminal.warn(str(warning))
    return tuple(warning.message for warning in warnings)


def _tell(result: OptimisationResult, warned: tuple[str, ...], as_json: bool) -> None:
    """Tell what was found, with the notes that were not told before."""
    for note in result.notes:
        if not note.startswith(warned):
            terminal.warn(note)
    if as_json:
        terminal.json(plain_optimisation(result))
    else:
        print_optimisation(result, result.currency)


def _say_best(search: Search) -> None:
    """Tell, where details are wanted, how far the search is."""
    best = search.best
    n_all = search.optimisation.search_replications
    done = f"{len(search.trials)} trials, {search.used} of {n_all} replications"
    if best is None:
        terminal.detail(f"{done}: nothing feasible yet")
        return
    numbers = range(best.replications)
    summaries = search.evaluator.summaries(best.configuration, numbers)
    today = search.evaluator.summaries(search.optimisation.present, numbers)
    currency = search.optimisation.scenario.model.money.currency
    figures = ", ".join(
        f"{goal.name} {goal_said(goal.name, goal.told(summaries, today), currency)}"
        for goal in search.optimisation.aims.goals
    )
    terminal.detail(f"{done}: best so far trial {best.number} ({best.proposer}), {figures}")


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the report.")] = Path(
        "reports/demo"
    ),
    jobs: options.Jobs = None,
    store: options.Store = Path("results"),
) -> None:
    """Simulate, compare and optimise the service desk that comes with simlab, and write a report."""
    from simlab.cli.comparing import main_rows, print_comparison
    from simlab.experiments.compare import compare
    from simlab.model.load import load, load_variants
    from simlab.optimise.study import optimize as optimise_scenario

    missing = [str(file) for file in (DEMO_SCENARIO, DEMO_OPTIMISATION) if not file.is_file()]
    if missing:
        raise UsageError(
            f"the demo reads {' and '.join(missing)}, which come with the source\n"
            "    -> change to the folder of the source, or begin with: simlab init my-desk"
        )
    base = load(DEMO_SCENARIO)
    variants = load_variants(DEMO_SCENARIO, [DEMO_WHAT_IF])
    comparison = compare(
        base,
        {loaded.label: loaded for loaded in variants.values()},
        replications=DEMO_REPLICATIONS,
        jobs=jobs,
        store=store,
        progress=terminal.progress("Simulating today and a what-if"),
    )
    print_comparison(comparison, main_rows(comparison))
    result = optimise_scenario(DEMO_OPTIMISATION, jobs=jobs, progress=terminal.progress("Searching"))
    print_optimisation(result, base.model.money.currency)
    command = f"simlab demo --output {output}"
    write_reports([comparison, result], output / "report.html", command)


def _dry_run(
    experiment: Path,
    seed: int | None,
    what_if: Sequence[str],
    assignments: Sequence[str],
    root: Path | None,
    jobs: int | None,
) -> None:
    from simlab.cli.loading import tell_effort
    from simlab.optimise.definition import read_optimisation
    from simlab.optimise.study import expected_replications

    optimisation = read_optimisation(experiment, seed, what_if, assignments, root)
    n, most = expected_replications(optimisation), optimisation.most_trials
    trials = "as many as replications allow" if most is None else str(most)
    counted = {"trials": trials, "replications": f"at most {n} in all"}
    tell_effort(counted, [(optimisation.scenario.model, n)], optimisation.seed, jobs)
