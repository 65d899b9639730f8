"""Folders of studies and optimisations: what they claim to be, what was found, and whether they are whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from simlab.errors import StorageError
from simlab.results.files import is_copy, write_whole
from simlab.results.lines import read_lines
from simlab.results.provenance import machine, versions
from simlab.results.sealed import read_current, sealed
from simlab.results.vouched import is_whole, sums_of

STUDY_FORMAT: Final = 1
"""Version of the layout of the folders of studies and optimisations."""
CLAIM_FILE: Final = "study.json"
"""Says whose simulations the folder holds."""
OPTIMISATION_FILE: Final = "optimisation.json"
"""Says whose trials and simulations the folder of an optimisation holds."""
OPTIMISATION: Final = "optimize"
"""The kind of an optimisation."""
RECOMMENDED: Final = "recommended.yaml"
"""The scenario that an optimisation recommends; its text is part of the result too."""
RESULT_FILE: Final = "result.json"
"""What the study found, when it was carried out last."""
LEDGER_FILE: Final = "replications.ledger"
"""What every replication of every configuration gave."""
LOCK_FILE: Final = ".lock"


@dataclass(frozen=True, slots=True)
class StoredStudy:
    """A folder that holds a study."""

    folder: Path
    kind: str
    """``sweep``, ``sensitivity``, ``capacity``, ``optimize``; empty where it did not come to its end."""
    name: str
    scenario: str
    seed: int
    created: str
    n_replications: int
    """Of all configurations together."""
    n_bytes: int
    damage: str
    """What is wrong with what it claims or found; empty where these are whole."""


def claim(folder: Path, identity: str, content: Mapping[str, Any]) -> None:
    """Make sure that what the folder holds belongs to a study.

    Parameters
    ----------
    identity
        Digest of all that the content of the folder depends on.
    content
        What the folder says of the study, where it says nothing yet.

    Raises
    ------
    StorageError
        When it holds another study, or is damaged.
    """
    path = folder / CLAIM_FILE
    if not path.exists():
        created = datetime.now(UTC).isoformat(timespec="seconds")
        own = {
            "format": STUDY_FORMAT,
            "identity": identity,
            "created": created,
            "versions": versions(),
            "machine": machine(),
        }
        write_whole(path, sealed({**own, **content}))
    elif read_current(path, STUDY_FORMAT)["identity"] != identity:
        raise StorageError(f"{folder}: the folder holds another study\n    -> choose another --store")


def keep_result(folder: Path, kind: str, result: Mapping[str, Any]) -> None:
    """Keep what a study found, in place of what it found before."""
    content = {"format": STUDY_FORMAT, "kind": kind, "version": versions()["simlab"], "result": result}
    write_whole(folder / RESULT_FILE, sealed(content))


def read_result(folder: Path) -> dict[str, Any]:
    """Return what a study found, as it was kept: ``kind`` and ``result``.

    Raises
    ------
    StorageError
        When it is missing, damaged, or written by a newer simlab.
    """
    return read_current(folder / RESULT_FILE, STUDY_FORMAT)


def read_claim(folder: Path) -> dict[str, Any]:
    """Return whose simulations a folder holds; StorageError as of `read_result`."""
    return read_current(claim_file(folder), STUDY_FORMAT)


def is_study(folder: Path) -> bool:
    """Whether a folder holds a study or an optimisation."""
    return claim_file(folder).is_file()


def claim_file(folder: Path) -> Path:
    """Return the file in which the folder says whose it is; that of a study where there is none."""
    of_optimisation = folder / OPTIMISATION_FILE
    return of_optimisation if of_optimisation.is_file() else folder / CLAIM_FILE


def stored_study(folder: Path) -> StoredStudy:
    """Describe the folder of a study."""
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        claimed = read_claim(folder)
        kind = read_result(folder)["kind"] if (folder / RESULT_FILE).exists() else ""
        n = len(read_lines(folder / LEDGER_FILE).records)
    except StorageError as error:
        return StoredStudy(folder, "", "", "", 0, "", 0, n_bytes, str(error))
    return StoredStudy(
        folder,
        kind,
        claimed["name"],
        claimed.get("scenario", ""),
        claimed.get("seed", 0),
        claimed.get("created", ""),
        n,
        n_bytes,
        "",
    )


def damage_in_study(folder: Path) -> Iterator[str]:
    """Read every file of a study's folder and say what is wrong with it, a sentence each."""
    claimed = claim_file(folder)
    for path, remedy in (
        (claimed, "remove the folder and carry out the experiment again"),
        (folder / RESULT_FILE, "carry out the experiment again: its simulations are kept apart"),
    ):
        try:
            if path == claimed or path.exists():
                read_current(path, STUDY_FORMAT)
        except StorageError as error:
            yield f"{error}\n    -> {remedy}"
    yield from _damaged_trials(folder)
    try:
        n_damaged = read_lines(folder / LEDGER_FILE).n_damaged
    except StorageError as error:
        yield str(error)
        return
    if n_damaged:
        yield (
            f"{folder / LEDGER_FILE}: damaged or cut off: {n_damaged} of its records\n"
            "    -> carry out the experiment again: they are left out and simulated anew"
        )


def _damaged_trials(folder: Path) -> Iterator[str]:
    """Say what is wrong with what only optimisations have: journals of trials, the recommended scenario."""
    for journal in sorted(folder.glob("trials-*.journal")):
        try:
            is_damaged = not is_whole(journal)
        except StorageError as error:
            yield str(error)
            continue
        if is_damaged:
            yield (
                f"{journal}: the journal of trials, or {sums_of(journal).name} beside it, is damaged\n"
                "    -> delete it and carry out the experiment again: the simulations are kept apart"
            )
    try:
        found = read_result(folder)
    except StorageError:
        return  # there is none yet, or its damage was told
    text = found["result"].get("scenario_text") if found["kind"] == OPTIMISATION else None
    path = folder / RECOMMENDED
    if text and not is_copy(path, hashlib.sha256(text.encode()).hexdigest()):
        yield (
            f"{path}: the recommended scenario is not as it was written\n"
            "    -> carry out the experiment again: it is written anew"
        )
