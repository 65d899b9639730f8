"""``simlab run``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlab.cli import options
from simlab.cli.hours import hours_table, plain_hours
from simlab.cli.precision import plain_precision, print_precision, require_precise, run_as_asked
from simlab.cli.reporting import write_report_of
from simlab.cli.terminal import Table, terminal
from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.cli.loading import Size
    from simlab.experiments.by_hour import HourRow, Period
    from simlab.experiments.runs import ScenarioRun
    from simlab.experiments.sequential import PreciseRun
    from simlab.model.load import LoadedScenario
    from simlab.statistics.stopping import StoppingRule


def run(
    scenario: options.ScenarioFile,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    precision: options.Precision = None,
    max_replications: options.MaxReplications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    engine: options.Engine = "auto",
    confidence: options.Confidence = 0.95,
    controls: options.Controls = False,
    by_hour: options.ByHour = None,
    csv: options.HoursFile = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    logs: options.Logs = "first",
    dry_run: options.DryRun = False,
    force: options.Force = False,
    limits: options.Limit = None,
    allow_unstable: options.AllowUnstable = False,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Simulate a scenario (or a run experiment) and print its figures with confidence intervals."""
    from simlab.cli import loading
    from simlab.cli.hours import period_of

    asked = _asked(scenario, what_if or (), assignments or (), root, replications, seed)
    rule = _rule(asked, precision or (), max_replications, replications)
    period = period_of(by_hour or asked.by_hour, csv)
    if dry_run:
        size = replace(asked.size, replications=rule.maximum) if rule else asked.size
        loading.dry_run([asked.loaded], size, jobs)
        return
    options = loading.run_options(
        asked.size,
        jobs,
        None if no_store else store,
        "all" if period else logs,
        force,
        f"Simulating {asked.loaded.label}",
        cluster,
        engine,
        limits,
    )
    options["controls"] = controls or asked.controls
    finished, precise = run_as_asked(asked.loaded, rule, confidence, options)
    loading.tell_warnings(finished)
    hours = _hours(finished, period, confidence, csv)
    given = (what_if, assignments, root, replications, seed)
    chosen = {"precision": precision, "max_replications": max_replications, "controls": controls}
    write_report_of(finished, report_file, lang, "run", scenario, given, **chosen)
    if as_json:
        terminal.json(as_plain(finished, confidence, precise, hours))
    else:
        _tell(finished, confidence, precise, hours)
        _tell_next(finished, asked.loaded)
    loading.require_steady([finished], allow_unstable)
    if precise:
        require_precise(precise)


def _tell(
    finished: ScenarioRun, confidence: float, precise: PreciseRun | None, hours: Sequence[HourRow]
) -> None:
    print_run(finished, confidence)
    if finished.controls is not None:
        terminal.table(_controls_table(finished, confidence))
    if precise:
        print_precision(precise)
    if hours:
        terminal.table(hours_table(hours))


def print_run(run: ScenarioRun, confidence: float) -> None:
    """Print the tables of a run."""
    from simlab.cli.values import (
        BY_CONTROL,
        BY_LEVER,
        BY_PRIORITY,
        BY_TEAM,
        OVERALL,
        by_label,
        by_response,
        cost_names,
    )
    from simlab.units import format_share

    told = f"{run.n} replications, seed {run.seed}, {format_share(confidence)} confidence intervals"
    if run.n == 1:
        told = f"1 replication, seed {run.seed}, without intervals: one run does not show how sure it is"
    terminal.out(f"{run.label}: {told}")
    terminal.detail("a terminating study" if run.is_terminating else "a steady-state study")
    names = run.responses if terminal.is_verbose else OVERALL
    terminal.table(by_response(run, "Overall", names, confidence))
    for dimension, metrics in (
        ("priority", BY_PRIORITY),
        ("team", BY_TEAM),
        ("automation", ("automation_share",)),
        ("control", BY_CONTROL),
        ("lever", BY_LEVER),
    ):
        table = by_label(run, dimension, metrics, confidence)
        if table.rows and len(table.header) > 1:
            terminal.table(table)
    if run.model.money.currency:
        terminal.table(by_response(run, "Cost", cost_names(), confidence))


def _controls_table(run: ScenarioRun, confidence: float) -> Table:
    """Return by how much control variates shrank the variance of the main figures."""
    from simlab.cli.values import OVERALL, cost_names
    from simlab.reports.titles import title_of

    names = [name for name in (*OVERALL, *cost_names()) if name in run.responses]
    told = {name: run.estimates(confidence, [name])[name] for name in names}
    rows = [
        (title_of(name), f"{told[name].variance_reduction:.3g} times")
        for name in names
        if told[name].variance_reduction != 1.0
    ]
    return Table("Control variates: the variance is smaller", ("", "by"), rows)


def as_plain(
    run: ScenarioRun,
    confidence: float,
    precise: PreciseRun | None = None,
    hours: Sequence[HourRow] = (),
) -> dict[str, Any]:
    """Return a run as plain values, with every response."""
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    return {
        "scenario": run.name,
        "label": run.label,
        "scenario_hash": run.scenario_hash,
        "replications": run.n,
        "seed": run.seed,
        "engine": run.engine,
        "confidence": confidence,
        "currency": run.model.money.currency or None,
        "study": "terminating" if run.is_terminating else "steady-state",
        "steady": run.is_steady,
        "warnings": [*run.warnings, *run.unstable],
        "folder": None if run.folder is None else str(run.folder),
        "responses": {
            name: plain(estimate, parse_response(name).metric.unit)
            for name, estimate in run.estimates(confidence).items()
        },
        **({"precision": plain_precision(precise)} if precise else {}),
        **({"by_hour": plain_hours(hours)} if hours else {}),
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a file and the options before it say."""

    loaded: LoadedScenario
    size: Size
    rule: StoppingRule | None = None
    by_hour: str | None = None
    controls: bool = False


def _asked(
    path: Path,
    what_if: Sequence[str],
    assignments: Sequence[str],
    root: Path | None,
    replications: int | None,
    seed: int | None,
) -> _Asked:
    from simlab.cli.loading import Size
    from simlab.experiments.definition import RunExperiment, kind_of, read_experiment
    from simlab.model.load import load

    if not kind_of(path):
        loaded = load(path, what_if=what_if, assignments=assignments, root=root)
        return _Asked(loaded, Size.of(replications, seed))
    experiment = read_experiment(path, RunExperiment)
    return _Asked(
        experiment.scenario(what_if, assignments, root),
        Size.of(replications, seed, experiment),
        experiment.stopping_rule(),
        experiment.file.by_hour,
        experiment.file.controls,
    )


def _rule(
    asked: _Asked, precision: Sequence[str], maximum: int | None, minimum: int | None
) -> StoppingRule | None:
    """Return the rule of the command line, else that of the experiment with the numbers given here."""
    from simlab.experiments.sequential import MOST_REPLICATIONS, parse_goal
    from simlab.statistics.stopping import SAFE_MINIMUM, StoppingRule

    former = asked.rule
    goals = tuple(map(parse_goal, precision)) or (former.goals if former else ())
    if not goals:
        if maximum is not None:
            raise UsageError(
                "--max-replications needs --precision\n    -> or say how many with --replications"
            )
        return None
    least = minimum or (former.minimum if former else SAFE_MINIMUM)
    most = maximum or max(least, former.maximum if former else MOST_REPLICATIONS)
    return StoppingRule(goals, least, most)


def _hours(
    run: ScenarioRun, period: Period | None, confidence: float, csv: Path | None
) -> tuple[HourRow, ...]:
    """Return the rows by hour, where they are wanted, and write them to a file."""
    if period is None:
        return ()
    from simlab.experiments.by_hour import by_hour, columns
    from simlab.results.export import write_csv

    rows = by_hour(run, period, confidence)
    if csv is not None:
        write_csv(columns(rows), csv)
        terminal.note(f"hours: {csv}")
    return rows


def _tell_next(run: ScenarioRun, loaded: LoadedScenario) -> None:
    if run.folder is not None:
        reused = f" ({run.n_reused} of {run.n} replications were there already)" if run.n_reused else ""
        terminal.note(f"stored in {run.folder}{reused}")
        terminal.note(f"next: simlab report {run.folder}")
    if loaded.patches and loaded.path is not None:
        terminal.note(f"   or: simlab compare {loaded.path} --what-if {next(iter(loaded.patches))}")
