"""``simlab optimize`` and ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.reporting import write_reports
from simlab.cli.terminal import Table, terminal
from simlab.errors import Infeasible, UsageError

if TYPE_CHECKING:
    from simlab.optimise.result import Candidate, OptimisationResult

DEMO_SCENARIO = Path("scenarios/service_desk.yaml")
DEMO_OPTIMISATION = Path("experiments/demo.yaml")
DEMO_REPLICATIONS = 4
DEMO_WHAT_IF = "automatic_reset"


def optimize(
    experiment: Annotated[Path, typer.Argument(help="Optimize experiment.", show_default=False)],
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Keeps trials and simulations.", show_default="results/<name>-<hash>"),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin the search again from its start.")] = False,
    report_file: options.ReportFile = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Search the best configuration of a scenario; an interrupted search goes on where it was."""
    from simlab.optimise.definition import read_optimisation
    from simlab.optimise.study import optimize as optimise_scenario

    if dry_run:
        _dry_run(experiment, seed, jobs)
        return
    result = optimise_scenario(
        experiment,
        folder=folder,
        jobs=jobs,
        cluster=cluster,
        seed=seed,
        resume=not anew,
        progress=terminal.progress("Searching"),
    )
    for note in result.notes:
        terminal.warn(note)
    if as_json:
        terminal.json(_plain_result(result))
    else:
        print_optimisation(result, read_optimisation(experiment, seed).scenario.model.money.currency)
    if report_file is not None:
        write_reports([result], report_file, f"simlab optimize {experiment}")
    terminal.note(f"stored in {result.folder}")
    if result.recommended is None:
        raise Infeasible(result.reason)


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


def print_optimisation(result: OptimisationResult, currency: str) -> None:
    """Print what an optimisation found."""
    goals = " and ".join(result.goals)
    terminal.out(f"{result.name}: {goals}, {len(result.trials)} trials, {result.n_feasible} of them feasible")
    terminal.out(result.reason)
    if result.recommended is None:
        return
    rows = [
        (each.path, each.before, each.after + (f" ({each.at_bound} value allowed)" if each.at_bound else ""))
        for each in result.changes
    ]
    if rows:
        terminal.table(Table("Recommended changes", ("", "today", "recommended"), rows))
    terminal.table(_figures(result, result.recommended, currency))
    if len(result.front) > 1:
        terminal.table(_front(result))
    if result.ties:
        settings = "; ".join(
            ", ".join(f"{path}={value}" for path, value in tie.settings.items()) for tie in result.ties
        )
        terminal.out(f"Cannot be told from the recommended one: {settings}")
    terminal.out(f"The recommended scenario: {result.folder / 'recommended.yaml'}")


def _figures(result: OptimisationResult, recommended: Candidate, currency: str) -> Table:
    from simlab.cli.values import number_said, said
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of

    rows = []
    for name, estimate in recommended.figures.items():
        metric = parse_response(name).metric
        today = result.today.figures.get(name)
        change = result.improvement.get(name)
        rows.append(
            (
                title_of(name),
                said(metric, today, currency) if today else "",
                said(metric, estimate, currency),
                ""
                if change is None
                else number_said(
                    metric, change.difference.value, change.difference.half_width, currency, is_change=True
                ),
                "" if change is None or not change.significant else "shown",
            )
        )
    return Table("On new random numbers", ("", "today", "recommended", "difference", ""), rows)


def _front(result: OptimisationResult) -> Table:
    from simlab.cli.values import estimate_said

    rows = [
        (
            ", ".join(f"{path}={value}" for path, value in candidate.settings.items()),
            *(estimate_said(goal) for goal in candidate.goals.values()),
        )
        for candidate in result.front
    ]
    return Table("Best for some weighing of the goals", ("", *result.goals), rows)


def _plain_result(result: OptimisationResult) -> dict[str, Any]:
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    def candidate(each: Candidate | None) -> dict[str, Any] | None:
        if each is None:
            return None
        figures = {
            name: plain(estimate, parse_response(name).metric.unit) for name, estimate in each.figures.items()
        }
        return {"settings": dict(each.settings), "feasible": each.is_feasible, "figures": figures}

    return {
        "name": result.name,
        "scenario": result.scenario_name,
        "goals": list(result.goals),
        "constraints": list(result.constraints),
        "seed": result.seed,
        "trials": len(result.trials),
        "feasible_trials": result.n_feasible,
        "today": candidate(result.today),
        "recommended": candidate(result.recommended),
        "front": [candidate(each) for each in result.front],
        "reason": result.reason,
        "notes": list(result.notes),
        "folder": str(result.folder),
    }


def _dry_run(path: Path, seed: int | None, jobs: int | None) -> None:
    from simlab.execution.local import available_cores
    from simlab.experiments.speed import seconds_per_replication
    from simlab.optimise.definition import read_optimisation
    from simlab.optimise.study import expected_replications
    from simlab.units import format_duration

    optimisation = read_optimisation(path, seed)
    n = expected_replications(optimisation)
    n_workers = jobs or available_cores()
    seconds = seconds_per_replication(optimisation.scenario.model, optimisation.seed) * n / n_workers
    terminal.out(f"trials             {optimisation.budget.trials}")
    terminal.out(f"replications       at most {n} in all")
    terminal.out(f"processes          {n_workers}")
    terminal.out(f"estimated time     {format_duration(seconds / 60.0)}")
