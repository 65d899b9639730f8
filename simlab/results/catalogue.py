"""Result folders over time: what there is, whether it is whole, and its removal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simlab.errors import StorageError
from simlab.results.files import UNFINISHED, is_copy, told_as_storage_error, unfinished
from simlab.results.lock import sole_writer
from simlab.results.manifest import MANIFEST_FILE, Manifest
from simlab.results.store import LOCK_FILE, ResultStore
from simlab.results.studies import LOCK_FILE as STUDY_LOCK_FILE
from simlab.results.studies import damage_in_study, is_study

DATA_FOLDER: Final = "data"
"""Holds, in a result folder, the CSV files that the scenario reads."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One result folder."""

    folder: Path
    manifest: Manifest | None
    """None where it is damaged."""
    damage: str
    """What is wrong with the manifest; empty where it is whole."""
    n_replications: int
    n_with_logs: int
    n_bytes: int


def run_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders of runs in a folder, or the folder itself where it is one, by name.

    Raises
    ------
    StorageError
        When there is no such folder.
    """
    return _folders(root, _is_run)


def study_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders of studies in a folder, or the folder itself; otherwise as `run_folders`."""
    return _folders(root, is_study)


def _folders(root: Path, is_one: Callable[[Path], bool]) -> tuple[Path, ...]:
    with told_as_storage_error("list it", root):
        entries = sorted(root.iterdir())
    if is_one(root):
        return (root,)
    return tuple(entry for entry in entries if not entry.name.startswith(UNFINISHED) and is_one(entry))


def _is_run(folder: Path) -> bool:
    return (folder / MANIFEST_FILE).is_file()


def stored_run(folder: Path) -> StoredRun:
    """Describe a result folder; the contents of its replications are not checked."""
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        manifest, store = Manifest.read(folder), ResultStore.open(folder)
    except StorageError as error:
        return StoredRun(folder, None, str(error), 0, 0, n_bytes)
    numbers = store.replications()
    n_with_logs = sum(store.has(number, with_logs=True) for number in numbers)
    return StoredRun(folder, manifest, "", len(numbers), n_with_logs, n_bytes)


def damage_in(folder: Path) -> tuple[str, ...]:
    """Read every file of a result folder and return what is wrong with it, a sentence each."""
    if is_study(folder):
        return tuple(damage_in_study(folder))
    try:
        manifest, store = Manifest.read(folder), ResultStore.open(folder)
    except StorageError as error:
        return (str(error),)
    return (*store.damage().values(), *_damaged_data(folder, manifest))


def _damaged_data(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, digest in manifest.data_files.items():
        copy = folder / DATA_FOLDER / name
        if not is_copy(copy, digest):
            yield (
                f"{copy}: the copy of the scenario's data is damaged or missing\n"
                "    -> run the scenario again: it is copied anew"
            )


def remove(folder: Path) -> None:
    """Remove a result folder that nobody is writing to.

    It is renamed first, so that a removal that is broken off leaves no half of a run behind.

    Raises
    ------
    StorageError
        When it is not a result folder, a run is writing to it, or it cannot be removed.
    """
    if not (_is_run(folder) or is_study(folder)):
        raise StorageError(f"{folder}: not a result folder: it has no {MANIFEST_FILE}\n    -> check the path")
    folder = folder.absolute()
    lock = STUDY_LOCK_FILE if is_study(folder) else LOCK_FILE
    with sole_writer(folder / lock), told_as_storage_error("remove it", folder):
        doomed = unfinished(folder)
        folder.rename(doomed)
        shutil.rmtree(doomed)
