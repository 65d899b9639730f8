"""Results of studies, read from their folders without simulating anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from simlab.errors import StorageError
from simlab.experiments.capacity import Capacity
from simlab.experiments.sensitivity import Sensitivity
from simlab.experiments.sweep import Sweep
from simlab.results.plain_values import record_of
from simlab.results.studies import RESULT_FILE, read_result

Study: TypeAlias = Sweep | Sensitivity | Capacity

_KINDS: Final[dict[str, type[Study]]] = {"sweep": Sweep, "sensitivity": Sensitivity, "capacity": Capacity}


def read_study(folder: Path) -> Study:
    """Return what a study found the last time that it was carried out to its end.

    Raises
    ------
    StorageError
        When the folder holds no finished study, or is damaged.
    """
    path = folder / RESULT_FILE
    if not path.exists():
        raise StorageError(f"{folder}: holds no finished study\n    -> carry out its experiment to the end")
    content = read_result(folder)
    kind = _KINDS.get(content.get("kind", ""))
    try:
        if kind is None:
            raise ValueError(f"it holds '{content.get('kind')}'")
        found = record_of(kind, content["result"])
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"{path}: this simlab cannot read it: {error}\n    -> carry out the experiment again"
        ) from error
    return replace(found, folder=folder, n_simulated=0)
