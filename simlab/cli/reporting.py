"""``simlab report``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.terminal import terminal
from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.cli.again import Given as Chosen
    from simlab.experiments.runs import ScenarioRun
    from simlab.experiments.study import SimulationOptions
    from simlab.reports.report import Result

    Given: TypeAlias = tuple[list[str] | None, list[str] | None, Path | None, int | None, int | None]
    """Named changes, further ones, the root of files, replications and seed, as they were given."""


def report(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="TARGET...",
            help="Result folder; or a base's and its alternatives'; or an experiment file.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("report.html"),
    jobs: options.Jobs = None,
    confidence: options.Confidence = 0.95,
    lang: options.Lang = "en",
    excel: Annotated[
        Path | None, typer.Option("--excel", help="Write every table to this workbook.", show_default=False)
    ] = None,
) -> None:
    """Write a self-contained HTML report, with CSV files of every number beside it."""
    from simlab.experiments.compare import compare_runs

    again = command_line("report", targets[0], confidence=None if confidence == 0.95 else confidence)
    if targets[0].is_file():
        if len(targets) > 1:
            raise UsageError("a report is about one experiment file, or about result folders")
        result = _result_of(targets[0], jobs, confidence)
        write_reports([result], output, again, lang, workbook=excel)
        return
    if len(targets) == 1 and (study := _study_in(targets[0])) is not None:
        write_reports([study], output, again, lang, workbook=excel)
        return
    runs = _runs_in(targets)
    if len(runs) == 1:
        write_reports([runs[0]], output, None, lang, workbook=excel)
    else:
        alternatives = {run.label: run for run in runs[1:]}
        write_reports([compare_runs(runs[0], alternatives, confidence)], output, None, lang, workbook=excel)


def write_reports(
    results: Sequence[Result],
    path: Path,
    command: str | None,
    language: str = "en",
    workbook: Path | None = None,
) -> None:
    """Write a report of some results and say where it is."""
    from simlab.reports import write_report

    result = results if len(results) > 1 else results[0]
    written = write_report(result, path, command=command, language=language, workbook=workbook)
    terminal.out(f"report: {written}")
    if workbook is not None:
        terminal.out(f"workbook: {workbook}")


def write_report_of(
    result: Result,
    path: Path | None,
    language: str,
    command: str,
    files: Path | Sequence[Path],
    given: Given,
    **chosen: Chosen,
) -> None:
    """Write a report of what a command has found, where one is asked for, and say where it is.

    Parameters
    ----------
    result
        What was found.
    path, language
        Values of ``--report`` and ``--lang``.
    command, files, given, chosen
        The command with its files, the options that all have, and further ones by name: what to type to
        have the report again.
    """
    from simlab.reports import write_report

    if path is None:
        return
    names = ("what_if", "set", "root", "replications", "seed")
    words = [files] if isinstance(files, Path) else files
    again = command_line(command, *words, **dict(zip(names, given, strict=True)), **chosen)
    written = write_report(result, path, command=again, language=language)
    terminal.note(f"report: {written}")


def _result_of(path: Path, jobs: int | None, confidence: float) -> Result:
    """Carry out an experiment, of which what is stored is read; with the scenario of a study."""
    from simlab.business.case import business_case
    from simlab.experiments.capacity import capacity
    from simlab.experiments.definition import kind_of
    from simlab.experiments.sensitivity import sensitivity
    from simlab.experiments.sweep import sweep
    from simlab.optimise.study import optimize as optimise_scenario

    progress = terminal.progress("Simulating")
    asked: SimulationOptions = {"jobs": jobs, "store": Path("results"), "progress": progress}
    match kind_of(path):
        case "optimize":
            return optimise_scenario(path, jobs=jobs, progress=progress)
        case "business_case":
            return business_case(path, **asked)
        case "sweep":
            return sweep(path, **asked)
        case "sensitivity":
            return sensitivity(path, **asked)
        case "capacity":
            return capacity(path, **asked)
        case "compare":
            return _compared(path, jobs, confidence)
        case _:
            return _run(path, jobs, confidence)


def _compared(path: Path, jobs: int | None, confidence: float) -> Result:
    from simlab.experiments.compare import compare
    from simlab.experiments.definition import CompareExperiment, read_experiment

    comparison = read_experiment(path, CompareExperiment)
    return compare(
        comparison.scenario(),
        {loaded.label: loaded for loaded in comparison.alternatives().values()},
        confidence=confidence,
        controls=comparison.file.controls,
        replications=comparison.file.replications,
        seed=comparison.file.seed,
        jobs=jobs,
        store=Path("results"),
        progress=terminal.progress("Simulating"),
    )


def _run(path: Path, jobs: int | None, confidence: float) -> Result:
    from simlab.cli.precision import not_precise, run_as_asked
    from simlab.experiments.definition import RunExperiment, read_experiment

    experiment = read_experiment(path, RunExperiment)
    run, precise = run_as_asked(
        experiment.scenario(),
        experiment.stopping_rule(),
        confidence,
        {
            "replications": experiment.file.first_replications,
            "seed": experiment.file.seed,
            "controls": experiment.file.controls,
            "jobs": jobs,
            "store": Path("results"),
            "progress": terminal.progress("Simulating"),
        },
    )
    if precise and not precise.is_precise:
        terminal.warn(not_precise(precise))
    return run


def _is_study(folder: Path) -> bool:
    """Whether a folder holds a study or an optimisation."""
    from simlab.optimise.stored import is_optimisation
    from simlab.results.studies import RESULT_FILE

    return is_optimisation(folder) or (folder / RESULT_FILE).exists()


def _study_in(folder: Path) -> Result | None:
    """Return the study or optimisation that a folder holds; None where it holds a run."""
    from simlab.experiments.stored_studies import read_study
    from simlab.optimise.stored import is_optimisation, read_optimised
    from simlab.results.studies import RESULT_FILE

    if is_optimisation(folder):
        return read_optimised(folder)
    return read_study(folder) if (folder / RESULT_FILE).exists() else None


def _runs_in(folders: Sequence[Path]) -> list[ScenarioRun]:
    """Read result folders: the replications that all of them have, each under a name of its own."""
    from dataclasses import replace

    from simlab.experiments.stored import read_run

    for folder in folders:
        if _is_study(folder):
            raise UsageError(
                f"{folder}: a report of several folders compares runs, and this one holds a study\n"
                f"    -> simlab report {folder}"
            )
    runs = [read_run(folder) for folder in folders]
    common = set.intersection(*({summary.replication for summary in run.summaries} for run in runs))
    labels = _labels([run.resolved for run in runs], [run.name for run in runs])
    return [
        replace(
            run,
            label=label,
            summaries=tuple(summary for summary in run.summaries if summary.replication in common),
        )
        for run, label in zip(runs, labels, strict=True)
    ]


def _labels(resolved: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Name runs of one scenario by what they have other than the first."""
    from simlab.experiments.stored import differences

    labels = [names[0]]
    for other, name in zip(resolved[1:], names[1:], strict=True):
        label = name if name not in labels else ", ".join(differences(resolved[0], other)) or name
        while label in labels:
            label += " (again)"
        labels.append(label)
    return labels
