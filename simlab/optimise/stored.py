"""Results of optimisations, kept in their folders and read again without simulating anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from simlab.errors import StorageError
from simlab.optimise.result import OptimisationResult
from simlab.results.plain_values import plain_of, record_of
from simlab.results.studies import OPTIMISATION, OPTIMISATION_FILE, RESULT_FILE, keep_result, read_result


def is_optimisation(folder: Path) -> bool:
    """Whether a folder holds an optimisation, be it finished or not."""
    return (folder / OPTIMISATION_FILE).is_file()


def keep_optimisation(result: OptimisationResult) -> None:
    """Keep what an optimisation found in its folder, in place of what it found before.

    What single replications gave stands in the ledger, and is not kept again.
    """
    trials = tuple(replace(trial, observed=None) for trial in result.trials)
    keep_result(result.folder, OPTIMISATION, plain_of(replace(result, trials=trials)))


def read_optimised(folder: Path) -> OptimisationResult:
    """Return what an optimisation found the last time that it was carried out to its end.

    Raises
    ------
    StorageError
        When the folder holds no finished optimisation, or is damaged.
    """
    path = folder / RESULT_FILE
    if not path.exists():
        raise StorageError(
            f"{folder}: this optimisation was not carried out to its end, or by an earlier simlab\n"
            "    -> simlab optimize EXPERIMENT goes on from its trials, without simulating them again"
        )
    content = read_result(folder)
    try:
        if content.get("kind") != OPTIMISATION:
            raise ValueError(f"it holds '{content.get('kind')}'")
        found = record_of(OptimisationResult, content["result"])
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"{path}: this simlab cannot read it: {error}\n"
            "    -> simlab optimize EXPERIMENT writes it anew, without simulating its trials again"
        ) from error
    return replace(found, folder=folder, n_simulated=0, seconds_per_replication=0.0)
