"""The result store: a folder for each run, in it a folder for each replication, whole or absent.

``results/<scenario>-<hash>/`` holds ``manifest.json`` and, for each replication, ``r00012/`` with
``summary.parquet``, the logs if they are kept, and ``checksums.json``. A replication is written beside its
place and renamed at the end, so that a killed run leaves what was finished and nothing else. Everything
read is compared with its checksum first.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.errors import StorageError
from simlab.results.files import UNFINISHED, sync_folder, told_as_storage_error, unfinished, write_through
from simlab.results.lock import sole_writer
from simlab.results.manifest import FORMAT, MANIFEST_FILE, Manifest
from simlab.results.parquet import Arrays, arrays_of, arrays_table, parquet_bytes, table_from
from simlab.results.records import LOG_TABLES, logs_of
from simlab.results.sealed import read_sealed, sealed
from simlab.units import format_count

if TYPE_CHECKING:
    import pyarrow as pa

CHECKSUMS_FILE = "checksums.json"
LOCK_FILE = "lock"
SUMMARY = "summary"
_REPLICATION = re.compile(r"r(\d{5,})")
_SIMULATE_ANEW = "\n    -> run the scenario again: the damaged replication is put aside and simulated anew"


@dataclass(frozen=True, slots=True)
class ResultStore:
    """Results of one run; small enough to be sent to workers, which write their replications themselves."""

    folder: Path
    run_hash: str

    @classmethod
    def open(cls, folder: Path) -> ResultStore:
        """Store in an existing result folder."""
        return cls(folder, Manifest.read(folder).run_hash)

    @classmethod
    def open_or_create(cls, root: Path, manifest: Manifest) -> ResultStore:
        """Store of the run that a manifest describes, in a folder below ``root``."""
        folder = root / manifest.folder_name
        with told_as_storage_error("create the folder", folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / MANIFEST_FILE).exists():
                manifest.write(folder)
        store = cls.open(folder)
        if store.run_hash != manifest.run_hash:
            raise StorageError(f"{folder}: holds the results of another run\n    -> move the folder away")
        return store

    def manifest(self) -> Manifest:
        """Manifest of the run."""
        return Manifest.read(self.folder)

    @contextmanager
    def writing(self) -> Iterator[tuple[str, ...]]:
        """Keep other runs out, remove what a killed run left unfinished, put damaged replications aside.

        Yields
        ------
        tuple[str, ...]
            A warning for each replication that was damaged.
        """
        with sole_writer(self.folder / LOCK_FILE):
            for leftover in self.folder.glob(f"{UNFINISHED}*"):
                _remove(leftover)
            damage = self.damage()
            for replication in damage:
                self.put_aside(replication)
            yield tuple(damage.values())

    def replications(self) -> tuple[int, ...]:
        """Numbers of the replications that are there, in order."""
        with told_as_storage_error("list it", self.folder):
            matches = [_REPLICATION.fullmatch(name) for name in os.listdir(self.folder)]
        return tuple(sorted(int(match[1]) for match in matches if match))

    def has(self, replication: int, with_logs: bool = False) -> bool:
        """Whether a replication is there, with its logs if they are wanted; contents are not checked."""
        try:
            files = self._checksums(replication)
        except StorageError:
            return False
        return not with_logs or all(f"{name}.parquet" in files for name in LOG_TABLES)

    def write(self, replication: int, summary: Arrays, tables: Mapping[str, pa.Table] | None = None) -> None:
        """Keep a replication.

        Its summary, and the tables of its logs where they are to be kept (``records.tables_of``). One that
        is there already stays, since it is the same; unless this one has logs that it has not.

        Raises
        ------
        StorageError
            When it could not be written; nothing of it is left then.
        """
        wanted = {SUMMARY: arrays_table(summary), **(tables or {})}
        contents = {f"{name}.parquet": parquet_bytes(table) for name, table in wanted.items()}
        files = {name: _checksum(content) for name, content in contents.items()}
        checked = {"format": FORMAT, "run": self.run_hash, "replication": replication, "files": files}
        contents[CHECKSUMS_FILE] = memoryview(sealed(checked))

        needed = sum(map(len, contents.values()))
        place = self._place(replication)
        temporary = unfinished(place)
        with told_as_storage_error(f"write replication {replication}", self.folder, needed):
            try:
                temporary.mkdir()
                for name, content in contents.items():
                    write_through(temporary / name, content)
                sync_folder(temporary)
                self._publish(temporary, place, keep=self.has(replication, with_logs=tables is not None))
                sync_folder(self.folder)
            finally:
                _remove(temporary)

    def read_summary(self, replication: int) -> dict[str, NDArray[Any] | list[str]]:
        """Named arrays of a replication's summary, as they were written."""
        return arrays_of(self.read_table(replication, SUMMARY))

    def read_logs(self, replication: int) -> RunLogs:
        """Logs of a replication, bit for bit as the engine made them."""
        return logs_of({name: self.read_table(replication, name) for name in LOG_TABLES}, replication)

    def read_table(self, replication: int, name: str) -> pa.Table:
        """One table of a replication, such as ``tickets``.

        Raises
        ------
        StorageError
            When it is not there, or differs from what was written.
        """
        files = self._checksums(replication)
        if f"{name}.parquet" not in files:
            raise StorageError(
                f"{self._place(replication)}: replication {replication} was kept without its {name}\n"
                "    -> run the scenario again with its logs kept"
            )
        return table_from(self._content(replication, f"{name}.parquet", files))

    def damage(self) -> dict[int, str]:
        """What is wrong, by replication, after reading every file of every one."""
        damage = {}
        for replication in self.replications():
            try:
                files = self._checksums(replication)
                for name in files:
                    self._content(replication, name, files)
            except StorageError as error:
                damage[replication] = str(error)
        return damage

    def put_aside(self, replication: int) -> Path:
        """Rename a replication, so that it counts as absent; returns where it is now."""
        place = self._place(replication)
        aside = place.with_name(f"damaged-{unfinished(place).name.removeprefix(UNFINISHED)}")
        with told_as_storage_error("put it aside", place):
            place.rename(aside)
        return aside

    def _place(self, replication: int) -> Path:
        return self.folder / f"r{replication:05d}"

    def _publish(self, temporary: Path, place: Path, keep: bool) -> None:
        """Give a complete replication its name, in one step."""
        try:
            temporary.rename(place)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if not keep:
                former = unfinished(place)
                place.rename(former)
                temporary.rename(place)
                _remove(former)

    def _checksums(self, replication: int) -> dict[str, Any]:
        place = self._place(replication)
        try:
            checked = read_sealed(place / CHECKSUMS_FILE)
        except StorageError as error:
            raise StorageError(f"{error}{_SIMULATE_ANEW}") from error
        if (checked["run"], checked["replication"]) != (self.run_hash, replication):
            raise StorageError(f"{place}: belongs to another run or replication{_SIMULATE_ANEW}")
        files: dict[str, Any] = checked["files"]
        return files

    def _content(self, replication: int, name: str, files: Mapping[str, Any]) -> bytes:
        path = self._place(replication) / name
        with told_as_storage_error("read it", path):
            content = path.read_bytes()
        if len(content) != files[name]["bytes"]:
            found = f"it has {format_count(len(content))} of {format_count(files[name]['bytes'])} bytes"
            raise StorageError(f"{path}: the file is damaged: {found}{_SIMULATE_ANEW}")
        if _checksum(content) != files[name]:
            found = "its content does not match its checksum"
            raise StorageError(f"{path}: the file is damaged: {found}{_SIMULATE_ANEW}")
        return content


def _checksum(content: bytes | memoryview) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _remove(path: Path) -> None:
    """Remove a file or folder that was being written, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
