"""``simlab init``, ``validate``, ``describe`` and ``schema``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.terminal import terminal
from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.errors import Problem
    from simlab.model.load import LoadedScenario

TEMPLATES = Path(__file__).parent / "templates"


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to create.", show_default=False)],
) -> None:
    """Write a commented starter scenario and experiment into a new folder."""
    from simlab.results.files import told_as_storage_error, write_whole

    names = sorted(template.name for template in TEMPLATES.glob("*.yaml"))
    present = [name for name in names if (folder / name).exists()]
    if present:
        raise UsageError(
            f"{folder} has {' and '.join(present)} already, which would be lost\n    -> name another folder"
        )
    with told_as_storage_error("create it", folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_whole(folder / name, (TEMPLATES / name).read_bytes())
        terminal.out(str(folder / name))
    terminal.note(f"next: simlab describe {folder / 'scenario.yaml'}")


def validate(
    scenario: Annotated[
        Path, typer.Argument(metavar="FILE", help="Scenario or experiment file.", show_default=False)
    ],
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    as_json: options.Json = False,
) -> None:
    """Check a scenario or an experiment: every mistake at once, with its place and the remedy."""
    from simlab.errors import InvalidInput

    try:
        if _tell_experiment(scenario, what_if, assignments, root, as_json):
            return
        loaded = _loaded(scenario, what_if, assignments, root)
    except InvalidInput as refusal:
        if as_json:
            terminal.json({"valid": False, "problems": [_plain(problem) for problem in refusal.problems]})
        raise
    counts = _counts(loaded)
    warnings = (*loaded.warnings, *_later_warnings(loaded))
    if not what_if:
        warnings += tuple(_what_if_warnings(loaded, scenario, assignments, root))
    if as_json:
        problems = [_plain(warning) for warning in warnings]
        terminal.json({"valid": True, "name": loaded.name, **counts, "warnings": problems})
        return
    said = ", ".join(
        f"{number} {what if number != 1 else 'person' if what == 'people' else what[:-1]}"
        for what, number in counts.items()
    )
    _tell_checked(scenario, warnings, said)


def _tell_experiment(
    file: Path, what_if: list[str] | None, assignments: list[str] | None, root: Path | None, as_json: bool
) -> bool:
    """Check an experiment file and say what it asks for; False where the file is a scenario."""
    from simlab.cli.checking import checked_experiment
    from simlab.experiments.definition import COMMANDS, kind_of

    kind = kind_of(file)
    if kind not in COMMANDS:
        return False
    checked = checked_experiment(file, kind, what_if or (), assignments or (), root)
    warnings = (*checked.warnings, *checked.scenario.warnings, *_later_warnings(checked.scenario))
    if as_json:
        problems = [_plain(warning) for warning in warnings]
        name = {"name": checked.scenario.name, "experiment": kind, "asks_for": checked.counted}
        terminal.json({"valid": True, **name, "warnings": problems})
    else:
        _tell_checked(file, warnings, f"{kind}, {checked.counted}")
    return True


def _tell_checked(file: Path, warnings: Sequence[Problem], said: str) -> None:
    for warning in warnings:
        terminal.warn(str(warning))
    n = len(warnings)
    terminal.out(f"{file}: no mistakes, {n or 'no'} warning{'' if n == 1 else 's'}: {said}")


def describe(
    scenario: options.ScenarioFile,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    as_json: options.Json = False,
) -> None:
    """Tell a scenario in words: demand, process, teams and their load, targets, cost, assumptions."""
    from simlab.cli.describing import description

    loaded = _loaded(scenario, what_if, assignments, root)
    sections = description(loaded)
    if as_json:
        terminal.json({"name": loaded.name, "label": loaded.label, "sections": sections})
        return
    terminal.out(loaded.label)
    if loaded.scenario.description:
        terminal.out(loaded.scenario.description.strip())
    for heading, sentences in sections.items():
        terminal.out(f"\n{heading}")
        for sentence in sentences:
            terminal.out(f"  {sentence}")


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; stdout where not given.")
    ] = None,
    is_of_experiments: Annotated[
        bool, typer.Option("--experiment", help="The schema of experiment files instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from simlab.optimise import experiment_schema
    from simlab.results.files import write_whole
    from simlab.scenario.export_schema import json_text

    text = experiment_schema.json_text() if is_of_experiments else json_text()
    if output is None:
        terminal.out(text.rstrip())
    else:
        write_whole(output, text.encode())
        terminal.note(f"written to {output}")


def _loaded(
    scenario: Path, what_if: list[str] | None, assignments: list[str] | None, root: Path | None
) -> LoadedScenario:
    from simlab.model.load import load

    return load(scenario, what_if=what_if or (), assignments=assignments or (), root=root)


def _later_warnings(loaded: LoadedScenario) -> tuple[Problem, ...]:
    """Warn of load and targets, with their places: tickets walk through the process, which takes its time."""
    from simlab.model.target_checks import target_warnings
    from simlab.model.traffic import traffic_warnings
    from simlab.scenario.nodes import place_of

    targets = loaded.scenario.targets
    keys = list(targets) if isinstance(targets, dict) else list(range(len(targets)))
    found = (*traffic_warnings(loaded.model), *target_warnings(loaded.model, keys))
    return tuple(replace(each, place=place_of(loaded.node, each.path.split("."))) for each in found)


def _what_if_warnings(
    loaded: LoadedScenario, scenario: Path, assignments: list[str] | None, root: Path | None
) -> Iterator[Problem]:
    """Warn of changes under ``what_if`` that cannot be made alone; they may be meant to go together."""
    from simlab.errors import InvalidInput

    for name in loaded.patches:
        try:
            _loaded(scenario, [name], assignments, root)
        except InvalidInput as refusal:
            for problem in refusal.problems:
                message = f"the what-if {name} cannot be applied by itself: {problem.message}"
                yield replace(problem, message=message)


def _counts(loaded: LoadedScenario) -> dict[str, int]:
    scenario = loaded.scenario
    return {
        "streams": len(scenario.demand),
        "steps": len(scenario.routing.steps),
        "teams": len(scenario.staffing),
        "people": len(loaded.model.names.people),
        "automations": len(scenario.automation),
        "what-ifs": len(loaded.patches),
    }


def _plain(problem: Problem) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(problem)
