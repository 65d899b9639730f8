"""Result folders that can be read without anything else: runs with the model that made them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from simlab.errors import StorageError
from simlab.experiments.runs import ScenarioRun, judged_traffic, truncations
from simlab.results.catalogue import DATA_FOLDER
from simlab.results.files import is_copy, told_as_storage_error, write_whole
from simlab.results.manifest import Manifest
from simlab.results.store import ResultStore
from simlab.results.summaries import summary_of

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario


def keep_data_files(loaded: LoadedScenario, folder: Path) -> None:
    """Copy the data files of a scenario into its result folder."""
    for name, digest in loaded.data_files.items():
        copy = folder / DATA_FOLDER / PurePosixPath(name)
        if not is_copy(copy, digest):
            with told_as_storage_error("copy it", copy):
                copy.parent.mkdir(parents=True, exist_ok=True)
                content = (loaded.tables.root / name).read_bytes()
            write_whole(copy, content)


def read_run(folder: Path) -> ScenarioRun:
    """Return the run of a result folder.

    Raises
    ------
    StorageError
        When it is not a result folder, holds no replication, or is damaged.
    InvalidInput
        When this simlab does not accept its scenario any more.
    """
    from simlab.model.load import from_node
    from simlab.scenario.nodes import MapNode, from_plain

    manifest = Manifest.read(folder)
    store = ResultStore.open(folder)
    summaries = tuple(summary_of(store.read_summary(number)) for number in store.replications())
    if not summaries:
        raise StorageError(f"{folder}: holds no replication yet\n    -> run the scenario again")
    node = from_plain(manifest.resolved, str(folder))
    assert isinstance(node, MapNode)
    loaded = from_node(node, folder / DATA_FOLDER)
    if dict(loaded.data_files) != dict(manifest.data_files):
        raise StorageError(
            f"{folder / DATA_FOLDER}: the copy of the scenario's data is damaged\n"
            "    -> run the scenario again: it is copied anew"
        )
    tight, overloads = judged_traffic(loaded.model)
    return ScenarioRun(
        name=loaded.name,
        label=loaded.name,
        model=loaded.model,
        resolved=manifest.resolved,
        scenario_hash=manifest.scenario_hash,
        seed=manifest.seed,
        engine=manifest.engine,
        summaries=summaries,
        warnings=(*manifest.warnings, *tight),
        unstable=(*overloads, *truncations(summaries)),
        folder=folder,
        n_reused=len(summaries),
    )


def differences(base: object, other: object, path: str = "") -> tuple[str, ...]:
    """Return what a resolved scenario has other than a base, as ``staffing.desk.people: 9``."""
    if not (isinstance(base, dict) and isinstance(other, dict)):
        return () if base == other else (f"{path}: {other}",)
    found: list[str] = []
    for key in (*base, *(key for key in other if key not in base)):
        found += differences(base.get(key), other.get(key), f"{path}.{key}" if path else str(key))
    return tuple(found)
