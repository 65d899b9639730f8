"""What reproduces a stored run: its scenario as a file beside the report, and the command that runs it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.results.catalogue import DATA_FOLDER
from simlab.results.files import told_as_storage_error, write_whole


def command_beside(result: ScenarioRun | Comparison, folder: Path) -> str | None:
    """Write the scenarios of stored runs to a folder, with the data that they read; return what runs them.

    None where a run is not stored: its data files are not at hand then.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    runs = [result] if isinstance(result, ScenarioRun) else [result.base, *result.alternatives.values()]
    if any(run.folder is None for run in runs):
        return None
    files = [folder / name for name in _names(len(runs))]
    for run, file in zip(runs, files, strict=True):
        _write(run, file)
    verb = "run" if isinstance(result, ScenarioRun) else "compare"
    words = ["simlab", verb, *(file.as_posix() for file in files)]
    return shlex.join([*words, "--replications", str(runs[0].n), "--seed", str(runs[0].seed)])


def _names(n: int) -> Sequence[str]:
    return ["scenario.yaml", *(f"scenario_{number}.yaml" for number in range(2, n + 1))]


def _write(run: ScenarioRun, file: Path) -> None:
    import yaml

    assert run.folder is not None
    data = run.folder / DATA_FOLDER
    with told_as_storage_error("write it", file):
        file.parent.mkdir(parents=True, exist_ok=True)
        for each in sorted(data.rglob("*")) if data.is_dir() else ():
            if each.is_file():
                copy = file.parent / each.relative_to(data)
                copy.parent.mkdir(parents=True, exist_ok=True)
                write_whole(copy, each.read_bytes())
    head = f"# The scenario of the report beside this folder, with all that it extends: {run.scenario_hash}\n"
    text = yaml.safe_dump(dict(run.resolved), sort_keys=False, allow_unicode=True, width=110)
    write_whole(file, (head + text).encode())
