"""``simlab results``: list, show, remove, verify, export."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.commands import command
from simlab.cli.terminal import Table, terminal
from simlab.errors import StorageError, UsageError

if TYPE_CHECKING:
    from simlab.results.catalogue import StoredRun
    from simlab.results.manifest import Manifest
    from simlab.results.store import ResultStore
    from simlab.results.studies import StoredStudy

_EVENT_LOGS = {"events-csv": ".csv", "events-parquet": ".parquet", "xes": ".xes", "ocel": ".json"}
"""Formats of one event log, and the endings of their files."""
MOST_CHANGES = 2
"""So many differences to an earlier run of the scenario are listed."""

Root = Annotated[Path, typer.Argument(help="Folder that keeps results, or one result folder.")]
Folder = Annotated[Path, typer.Argument(help="Result folder.", show_default=False)]
Folders = Annotated[list[Path], typer.Argument(help="Result folders.", show_default=False)]

results = typer.Typer(
    help="List, show, remove, verify and export stored results.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def list_runs(folder: Root = Path("results"), as_json: options.Json = False) -> None:
    """List the stored runs, studies and optimisations, the newest last."""
    from simlab.results.catalogue import run_folders, stored_run, study_folders
    from simlab.results.studies import stored_study

    runs = sorted(map(stored_run, run_folders(folder)), key=_created)
    studies = sorted(map(stored_study, study_folders(folder)), key=lambda study: study.created)
    if as_json:
        terminal.json([*map(_plain, runs), *map(_plain_study, studies)])
        return
    header = ("folder", "scenario", "seed", "engine", "replications", "with logs", "size", "created")
    if runs or not studies:
        terminal.table(Table(f"{len(runs)} stored runs in {folder}", header, _rows(runs)))
    if studies:
        columns = ("folder", "study", "scenario", "seed", "replications", "size", "created")
        rows = [_study_row(study) for study in studies]
        terminal.table(Table(f"{len(studies)} studies in {folder}", columns, rows))


def show(folder: Folder, as_json: options.Json = False) -> None:
    """Show what a result folder holds and where its numbers come from."""
    from simlab.results.catalogue import run_folders, stored_run, study_folders

    if study_folders(folder) == (folder,):
        _show_study(folder, as_json)
        return
    if run_folders(folder) != (folder,):
        raise StorageError(f"{folder}: not a result folder: it has no manifest.json\n    -> check the path")
    run = stored_run(folder)
    if run.manifest is None:
        raise StorageError(run.damage)
    if as_json:
        terminal.json({**_plain(run), "resolved": run.manifest.resolved})
        return
    manifest = run.manifest
    rows = [
        ("scenario", manifest.scenario),
        ("scenario hash", manifest.scenario_hash),
        ("run hash", manifest.run_hash),
        ("seed", str(manifest.seed)),
        ("engine", manifest.engine),
        ("replications", f"{run.n_replications}, {run.n_with_logs} of them with logs"),
        ("size", _size(run.n_bytes)),
        ("created", manifest.created),
        ("git", _git(run)),
        *((name, version) for name, version in {**manifest.versions, **manifest.machine}.items()),
        *(("warning", warning) for warning in manifest.warnings),
    ]
    terminal.table(Table(str(folder), ("", "found"), rows))


def remove(
    folders: Folders,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove result folders."""
    from simlab.results.catalogue import remove as remove_folder

    if not is_sure:
        if not sys.stdin.isatty():
            raise UsageError("results are removed for good\n    -> say --yes where nobody can be asked")
        if not typer.confirm(f"Remove {', '.join(map(str, folders))}?", err=True):
            return
    for folder in folders:
        remove_folder(folder)
        terminal.note(f"removed {folder}")


def verify(folder: Root = Path("results")) -> None:
    """Read every stored file and compare it with its checksum; ends with 6 if any is damaged."""
    from simlab.results.catalogue import damage_in, run_folders, study_folders

    damage = {each: damage_in(each) for each in (*run_folders(folder), *study_folders(folder))}
    rows = [(str(each), f"{len(found)} damaged" if found else "whole") for each, found in damage.items()]
    terminal.table(Table(f"{len(rows)} stored runs and studies in {folder}", ("folder", "found"), rows))
    found = [sentence for sentences in damage.values() for sentence in sentences]
    if found:
        raise StorageError("\n".join(found))


def export(
    folder: Folder,
    file_format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="csv, parquet, xlsx: all tables; events-csv, events-parquet, xes, ocel: one event log.",
        ),
    ] = "csv",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder, workbook or log to write; named like the run if not given."
        ),
    ] = None,
    replication: Annotated[
        int, typer.Option("--replication", min=0, help="Replication of which the event log is written.")
    ] = 0,
) -> None:
    """Write the figures and logs of a run as tables, as one workbook, or as one event log."""
    from simlab.results.archive import export_run
    from simlab.results.store import ResultStore

    store = ResultStore.open(folder)
    name = folder.resolve().name
    file_format = {"excel": "xlsx"}.get(file_format, file_format)
    if file_format in _EVENT_LOGS:
        _export_events(store, file_format, output or Path(name + _EVENT_LOGS[file_format]), replication)
        return
    target = output or Path(f"{name}.xlsx" if file_format == "xlsx" else name)
    if target.resolve() == folder.resolve():
        raise UsageError(f"{target} holds the run itself\n    -> name another place with --output")
    for file in export_run(store, file_format, target):
        terminal.out(str(file))


def _export_events(store: ResultStore, file_format: str, target: Path, replication: int) -> None:
    from simlab.calibrate.simulated import stored_log
    from simlab.calibrate.writing.files import write_log

    write_log(stored_log(store, replication), target, file_format.removeprefix("events-"))
    terminal.out(str(target))


def _created(run: StoredRun) -> tuple[str, str]:
    return (run.manifest.created if run.manifest else "", str(run.folder))


def _rows(runs: Sequence[StoredRun]) -> list[tuple[str, ...]]:
    """Rows of the list; of one scenario, all runs but the oldest say what they have other than that."""
    from simlab.experiments.stored import differences

    oldest: dict[str, Manifest] = {}
    rows = []
    for run in runs:
        changes: Sequence[str] = ()
        if run.manifest is not None:
            first = oldest.setdefault(run.manifest.scenario, run.manifest)
            changes = differences(first.resolved, run.manifest.resolved)
        more = f", and {len(changes) - MOST_CHANGES} more" if len(changes) > MOST_CHANGES else ""
        rows.append(_row(run, ", ".join(changes[:MOST_CHANGES]) + more))
    return rows


def _row(run: StoredRun, changes: str) -> tuple[str, ...]:
    if run.manifest is None:
        return (run.folder.name, "damaged", "", "", "", "", _size(run.n_bytes), "")
    return (
        run.folder.name,
        f"{run.manifest.scenario}: {changes}" if changes else run.manifest.scenario,
        str(run.manifest.seed),
        run.manifest.engine,
        str(run.n_replications),
        str(run.n_with_logs),
        _size(run.n_bytes),
        run.manifest.created,
    )


def _plain(run: StoredRun) -> dict[str, Any]:
    manifest = run.manifest
    return {
        "folder": str(run.folder),
        "damage": run.damage or None,
        "scenario": manifest and manifest.scenario,
        "scenario_hash": manifest and manifest.scenario_hash,
        "run_hash": manifest and manifest.run_hash,
        "seed": manifest and manifest.seed,
        "engine": manifest and manifest.engine,
        "created": manifest and manifest.created,
        "versions": manifest and dict(manifest.versions),
        "replications": run.n_replications,
        "replications_with_logs": run.n_with_logs,
        "bytes": run.n_bytes,
    }


def _show_study(folder: Path, as_json: bool) -> None:
    from simlab.results.studies import read_claim, read_result, stored_study

    study = stored_study(folder)
    if study.damage:
        raise StorageError(study.damage)
    if as_json:
        found = read_result(folder)["result"] if study.kind else None
        terminal.json({**_plain_study(study), "result": found})
        return
    claimed = read_claim(folder)
    made_by = {**claimed.get("versions", {}), **claimed.get("machine", {})}
    rows = [
        ("study", study.kind or "not carried out to its end"),
        ("scenario", study.scenario),
        ("seed", str(study.seed)),
        ("replications", f"{study.n_replications}, of all configurations together"),
        ("size", _size(study.n_bytes)),
        ("created", study.created),
        *made_by.items(),
    ]
    terminal.table(Table(str(folder), ("", "found"), rows))


def _study_row(study: StoredStudy) -> tuple[str, ...]:
    kind = "damaged" if study.damage else study.kind or "not finished"
    return (
        study.folder.name,
        kind,
        study.scenario,
        "" if study.damage else str(study.seed),
        str(study.n_replications),
        _size(study.n_bytes),
        study.created,
    )


def _plain_study(study: StoredStudy) -> dict[str, Any]:
    return {
        "folder": str(study.folder),
        "damage": study.damage or None,
        "study": study.kind or None,
        "name": study.name,
        "scenario": study.scenario,
        "seed": study.seed,
        "created": study.created,
        "replications": study.n_replications,
        "bytes": study.n_bytes,
    }


def _git(run: StoredRun) -> str:
    git = run.manifest and run.manifest.git
    if not git:
        return "unknown"
    return git.commit + (", with changes" if git.is_dirty else "")


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MiB" if n_bytes >= 2**20 else f"{n_bytes / 2**10:.0f} KiB"


for name, function in (
    ("list", list_runs),
    ("show", show),
    ("remove", remove),
    ("verify", verify),
    ("export", export),
):
    results.command(name)(command(function))
