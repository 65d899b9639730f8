"""``simlab compare``."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.reporting import write_report_of
from simlab.cli.terminal import Table, terminal
from simlab.errors import Regression, UsageError

if TYPE_CHECKING:
    from simlab.cli.loading import Size
    from simlab.experiments.compare import Change, Comparison, ComparisonRow
    from simlab.experiments.decomposition import Decomposition
    from simlab.experiments.gates import Gate
    from simlab.experiments.study import StudyOptions
    from simlab.model.load import LoadedScenario
    from simlab.statistics.intervals import Estimate


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Base scenario, then alternatives; or a compare experiment.", metavar="BASE [ALTERNATIVE]..."
        ),
    ],
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if", metavar="NAME", help="Compare with this change under what_if; may be repeated."
        ),
    ] = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    engine: options.Engine = "auto",
    confidence: options.Confidence = 0.95,
    controls: options.Controls = False,
    responses: Annotated[
        list[str] | None,
        typer.Option("--response", help="Show this response, such as resolution_p90; may be repeated."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="CHANGE",
            help="End with 5 if shown: 'resolve_attainment[priority=P1] < -1 %'; may be repeated.",
        ),
    ] = None,
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
    """Simulate alternatives with the same tickets as the base, and say what changed and how sure it is."""
    from simlab.cli import loading
    from simlab.experiments.compare import compare as compare_scenarios
    from simlab.experiments.gates import parse_gates

    base, alternatives, size = _loaded(files, what_if or (), assignments or (), root, replications, seed)
    gates = parse_gates(fail_on or (), base.model)
    if dry_run:
        loading.dry_run([base, *alternatives.values()], size, jobs)
        return
    kept = None if no_store else store
    options = loading.run_options(size, jobs, kept, logs, force, "Simulating", cluster, engine, limits)
    options["controls"] = _controls(files[0], controls)
    comparison = compare_scenarios(base, alternatives, confidence=confidence, **options)
    rows = _chosen(comparison, responses or ())
    given = (what_if, assignments, root, replications, seed)
    asked = loading.study_options(*given, jobs, cluster, kept, "Sharing out effects", limits, force)
    write_report_of(comparison, report_file, lang, "compare", files, given, controls=controls)
    _tell(comparison, rows, _parts(files[0], comparison, rows, asked), as_json)
    _check(comparison, gates)
    loading.require_steady(comparison.runs, allow_unstable)


def _tell(
    comparison: Comparison,
    rows: Sequence[ComparisonRow],
    parts: Sequence[Decomposition],
    as_json: bool,
) -> None:
    from simlab.cli.loading import tell_warnings

    for run in comparison.runs:
        tell_warnings(run)
    if as_json:
        terminal.json(as_plain(comparison, rows, parts))
        return
    print_comparison(comparison, rows)
    for each in parts:
        terminal.table(_parts_table(each, comparison.base.model.money.currency))


def print_comparison(comparison: Comparison, rows: Sequence[ComparisonRow]) -> None:
    """Print a comparison, a table for each alternative."""
    from simlab.cli.values import number_said, said
    from simlab.reports.titles import title_of
    from simlab.units import format_share

    base, currency = comparison.base, comparison.base.model.money.currency
    terminal.out(
        f"Base: {base.label}. {base.n} replications of each, seed {base.seed},"
        " paired by common random numbers."
    )
    for place, name in enumerate(comparison.alternatives):
        cells = []
        for row in rows:
            change = row.changes[place]
            difference = change.paired.difference
            cells.append(
                (
                    title_of(row.name),
                    said(row.metric, row.base, currency),
                    said(row.metric, change.estimate, currency),
                    number_said(
                        row.metric, difference.value, difference.half_width, currency, is_change=True
                    ),
                    change.verdict,
                )
            )
        terminal.table(
            Table(
                comparison.alternatives[name].label, ("", "base", "alternative", "difference", "shown"), cells
            )
        )
    several = " for all alternatives together" if len(comparison.alternatives) > 1 else ""
    narrowed = "" if base.controls is None else " Intervals are narrowed by control variates."
    terminal.note(
        f"± is the radius of the {format_share(comparison.confidence)} confidence interval{several}; "
        "'not shown': the difference may be chance." + narrowed + _sharper(rows)
    )


def _sharper(rows: Sequence[ComparisonRow]) -> str:
    """Say why a difference may be shown though its interval holds 0; nothing where there is none."""
    reaching = [
        change
        for row in rows
        for change in row.changes
        if change.is_significant and change.paired.difference.low < 0.0 < change.paired.difference.high
    ]
    if not reaching:
        return ""
    return " Holm's test decides, and sees a little more than these intervals: some shown reach just over 0."


def _controls(file: Path, wanted: bool) -> bool:
    """Whether control variates are asked for, here or in an experiment.

    Raises
    ------
    UsageError
        Together with ``decompose``: the shares of an effect would not add up to it.
    """
    from simlab.experiments.definition import CompareExperiment, kind_of, read_experiment

    if not kind_of(file):
        return wanted
    asked = read_experiment(file, CompareExperiment).file
    if (wanted or asked.controls) and asked.decompose is not None:
        raise UsageError(
            "effects are shared out as they were simulated, and would not add up to differences with control "
            "variates\n    -> leave out --controls (controls), or decompose"
        )
    return wanted or asked.controls


def _parts(
    file: Path,
    comparison: Comparison,
    rows: Sequence[ComparisonRow],
    how: StudyOptions,
) -> tuple[Decomposition, ...]:
    """Share out the effects of several changes, where an experiment asks for it."""
    from simlab.experiments.decomposition import decompose
    from simlab.experiments.definition import CompareExperiment, kind_of, read_experiment

    if not kind_of(file):
        return ()
    names = [row.name for row in rows]
    return decompose(read_experiment(file, CompareExperiment), comparison, names, **how)


def _parts_table(parts: Decomposition, currency: str) -> Table:
    from simlab.cli.values import number_said
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of

    def said(response: str, effect: Estimate) -> str:
        metric = parse_response(response).metric
        return number_said(metric, effect.value, effect.half_width, currency, is_change=True)

    changes = [each.change for each in parts.rows[0].contributions] if parts.rows else []
    orders = {"sequential": "in this order", "shapley": "mean over all orders"}[parts.sharing]
    return Table(
        f"{parts.label}: the effect of each change, {'sampled orders' if parts.is_sampled else orders}",
        ("", *changes, "all together"),
        [
            (
                title_of(row.response),
                *(said(row.response, each.effect) for each in row.contributions),
                said(row.response, row.total),
            )
            for row in parts.rows
        ],
    )


def as_plain(
    comparison: Comparison, rows: Sequence[ComparisonRow], parts: Sequence[Decomposition] = ()
) -> dict[str, Any]:
    """Return a comparison as plain values."""
    from simlab.cli.values import plain

    base = comparison.base
    told = {} if not parts else {"contributions": {each.alternative: _plain_parts(each) for each in parts}}
    return {
        **told,
        "base": base.label,
        "alternatives": list(comparison.alternatives),
        "replications": base.n,
        "seed": base.seed,
        "confidence": comparison.confidence,
        "controls": base.controls is not None,
        "currency": base.model.money.currency or None,
        "steady": all(run.is_steady for run in comparison.runs),
        "warnings": {run.label: [*run.warnings, *run.unstable] for run in comparison.runs},
        "folders": [None if run.folder is None else str(run.folder) for run in comparison.runs],
        "responses": {
            row.name: {
                "base": plain(row.base, row.metric.unit),
                "alternatives": {
                    change.alternative: _plain_change(change, row.metric.unit) for change in row.changes
                },
            }
            for row in rows
        },
    }


def _plain_parts(parts: Decomposition) -> dict[str, Any]:
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    return {
        "sharing": parts.sharing,
        "sampled": parts.is_sampled,
        "responses": {
            row.response: {
                name: plain(each, parse_response(row.response).metric.unit)
                for name, each in [
                    *((part.change, part.effect) for part in row.contributions),
                    ("all together", row.total),
                ]
            }
            for row in parts.rows
        },
    }


def _plain_change(change: Change, unit: str) -> dict[str, Any]:
    from simlab.cli.values import plain

    return {
        "estimate": plain(change.estimate, unit),
        "difference": plain(change.paired.difference, unit),
        "relative_difference": plain(change.paired.relative, "share"),
        "correlation": change.paired.correlation,
        "adjusted_p": change.adjusted_p,
        "verdict": change.verdict,
    }


def _chosen(comparison: Comparison, responses: Sequence[str]) -> tuple[ComparisonRow, ...]:
    """Return the rows asked for; else the main ones, or all with ``--verbose``."""
    from simlab.metrics.responses import resolve_response

    if responses:
        return tuple(
            comparison.row(resolve_response(name, comparison.base.model, "--response").name)
            for name in responses
        )
    return comparison.rows if terminal.is_verbose else main_rows(comparison)


def main_rows(comparison: Comparison) -> tuple[ComparisonRow, ...]:
    """Return the rows that a planner looks at first; those without anything to say are left out."""
    from simlab.cli.values import OVERALL, SPLIT, TOTAL_COST

    return tuple(
        row
        for row in comparison.rows
        if (row.name in (*OVERALL, *TOTAL_COST) or (row.response.dimension, row.metric.name) in SPLIT)
        and any(
            estimate.value and not isnan(estimate.value)
            for estimate in (row.base, *(change.estimate for change in row.changes))
        )
    )


def _check(comparison: Comparison, gates: Sequence[Gate]) -> None:
    """Raise the regressions that were found."""
    from simlab.cli.values import number_said
    from simlab.reports.titles import title_of

    currency = comparison.base.model.money.currency
    found = [
        f"{gate.text}: '{change.alternative}' has {title_of(gate.response.name)} "
        + number_said(
            gate.response.metric,
            change.paired.difference.value,
            change.paired.difference.half_width,
            currency,
            is_change=True,
        )
        for gate in gates
        for change in gate.failures(comparison)
    ]
    if found:
        raise Regression("--fail-on found: " + "\n".join(found))


def _loaded(
    files: Sequence[Path],
    what_if: Sequence[str],
    assignments: Sequence[str],
    root: Path | None,
    replications: int | None,
    seed: int | None,
) -> tuple[LoadedScenario, dict[str, LoadedScenario], Size]:
    from simlab.cli.loading import Size
    from simlab.experiments.definition import CompareExperiment, kind_of, read_experiment
    from simlab.model.load import load, load_variants

    if kind_of(files[0]):
        if len(files) > 1:
            raise UsageError(f"{files[0]} is an experiment and names its alternatives: give no other file")
        experiment = read_experiment(files[0], CompareExperiment)
        return (
            experiment.scenario(what_if, assignments, root),
            experiment.alternatives(what_if, assignments, root),
            Size.of(replications, seed, experiment),
        )
    base = load(files[0], assignments=assignments, root=root)
    alternatives = _by_name([load(file, assignments=assignments, root=root) for file in files[1:]])
    if what_if:
        alternatives |= load_variants(files[0], what_if, assignments=assignments, root=root)
    if not alternatives:
        known = ", ".join(base.patches)
        raise UsageError(
            "compare needs an alternative\n    -> name another scenario file, or --what-if NAME"
            + (f" ({known})" if known else "")
        )
    return base, alternatives, Size.of(replications, seed)


def _by_name(scenarios: Sequence[LoadedScenario]) -> dict[str, LoadedScenario]:
    """Name alternatives by their scenario, or by their file where several have one name."""
    names = [loaded.name for loaded in scenarios]
    return {
        loaded.name if names.count(loaded.name) == 1 else str(loaded.path): loaded for loaded in scenarios
    }
