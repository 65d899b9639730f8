"""The manifest of a run: all that its numbers depend on, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from simlab.errors import StorageError
from simlab.results import provenance
from simlab.results.files import told_as_storage_error, write_whole
from simlab.results.provenance import GitState
from simlab.results.sealed import digest_of, read_current, read_sealed, sealed

FORMAT = 1
"""Version of the layout of result folders."""

MANIFEST_FILE = "manifest.json"
_SLUG_BYTES = 100
_DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)),
}
"""Names that mean devices on Windows, whatever stands behind a dot."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a result folder holds. It never changes: which replications are there, the folder itself tells."""

    scenario: str
    """Name of the scenario."""
    resolved: Mapping[str, Any]
    """The scenario after ``extends`` and patches, as plain values."""
    data_files: Mapping[str, str]
    """SHA-256 of each file that the scenario reads numbers from, by its path as written."""
    seed: int
    engine: str
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    created: str
    """When the first replication was asked for, in UTC, ISO 8601."""
    git: GitState | None = None
    warnings: tuple[str, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    """Limits of a replication that were set other than by default."""

    @property
    def scenario_hash(self) -> str:
        """SHA-256 of the resolved scenario and of the data that it reads."""
        return scenario_hash(self.resolved, self.data_files)

    @property
    def run_hash(self) -> str:
        """SHA-256 of everything that decides the numbers: equal hashes may share results."""
        decisive = {
            "format": FORMAT,
            "scenario": self.scenario_hash,
            "seed": self.seed,
            "engine": self.engine,
            "versions": dict(self.versions),
            "machine": dict(self.machine),
        }
        return digest_of({**decisive, "limits": dict(self.limits)} if self.limits else decisive)

    @property
    def folder_name(self) -> str:
        """Name of the result folder: readable, and different wherever the run hash is."""
        return f"{slug(self.scenario)}-{self.run_hash[:12]}"

    def write(self, folder: Path) -> None:
        """Write it to a result folder."""
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        content |= {"format": FORMAT, "scenario_hash": self.scenario_hash, "run_hash": self.run_hash}
        content["git"] = self.git and {"commit": self.git.commit, "is_dirty": self.git.is_dirty}
        write_whole(folder / MANIFEST_FILE, sealed(content))

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Manifest of a result folder.

        Raises
        ------
        StorageError
            When there is none, when it is damaged, or when a newer simlab wrote it.
        """
        path = folder / MANIFEST_FILE
        with told_as_storage_error("open it", folder):
            is_there = path.exists()
        if not is_there:
            raise StorageError(
                f"{folder}: not a result folder: it has no {MANIFEST_FILE}\n    -> check the path"
            )
        try:
            read_sealed(path)
        except StorageError as error:
            raise StorageError(f"{error}\n    -> move the folder away and run the scenario again") from error
        content = read_current(path, FORMAT)
        content.setdefault("limits", {})  # runs with the default limits were once kept without them
        known = {each.name: content[each.name] for each in fields(cls)}
        known["git"] = content["git"] and GitState(**content["git"])
        known["warnings"] = tuple(content["warnings"])
        return cls(**known)


def new_manifest(
    scenario: str,
    resolved: Mapping[str, Any],
    data_files: Mapping[str, str],
    seed: int,
    engine: str,
    sources: Sequence[Path] = (),
    warnings: Sequence[str] = (),
    limits: Mapping[str, str] = MappingProxyType({}),
) -> Manifest:
    """Manifest of a run that begins now, in this environment.

    Parameters
    ----------
    scenario
        Name of the scenario.
    resolved
        The scenario after ``extends`` and patches: plain values that JSON can say, no NaN or infinity.
    data_files
        SHA-256 of each data file that it reads, by its path as written in the scenario.
    seed
        Seed of every replication's randomness.
    engine
        Name of the engine.
    sources
        Scenario files, whose git state is noted.
    warnings
        What the planner was warned of.
    limits
        Limits of a replication that are not the default ones.
    """
    return Manifest(
        scenario=scenario,
        resolved=resolved,
        data_files=data_files,
        seed=seed,
        engine=engine,
        versions=provenance.versions(),
        machine=provenance.machine(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        git=provenance.git_state(sources),
        warnings=tuple(warnings),
        limits=dict(limits),
    )


def scenario_hash(resolved: Mapping[str, Any], data_files: Mapping[str, str]) -> str:
    """SHA-256 of the canonical JSON of a resolved scenario and of its data files' hashes."""
    return digest_of({"resolved": resolved, "data_files": data_files})


def slug(name: str) -> str:
    """Part of a file name that tells ``name``: letters, digits of any script, with ``_``, ``-`` and ``.``."""
    kept = "".join(letter if letter.isalnum() or letter in "_." else "-" for letter in name)
    words = [word.strip(".") for word in kept.replace("..", "-").split("-")]
    short = "-".join(filter(None, words)).encode()[:_SLUG_BYTES].decode(errors="ignore")
    plain = short.strip("-.") or "scenario"
    return f"_{plain}" if plain.partition(".")[0].upper() in _DEVICES else plain
