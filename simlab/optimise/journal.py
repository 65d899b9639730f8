"""The journal of finished trials: an Optuna study in a file, added to trial by trial.

Each finished trial is one line, written at once, so that a kill leaves whole trials only, and none that
hangs in the air. Other programs, such as optuna-dashboard, open the file as any Optuna journal. Checksums
stand in a file beside it (`simlab.results.vouched`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simlab.errors import StorageError
from simlab.optimise.proposers import Direction
from simlab.results import vouched
from simlab.results.files import told_as_storage_error
from simlab.results.lines import mend_last_line

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages.journal._file import BaseJournalFileLock
    from optuna.trial import FrozenTrial

    from simlab.optimise.mirror import Mirror

_PICKLED = "cma:"
"""Attributes in which the CMA-ES sampler keeps pickled objects: nothing that is read may hold any."""


class Journal:
    """The study in its file. The caller holds the lock of the folder: there is one writer.

    Parameters
    ----------
    path
        The file; it is made where there is none.
    name
        Of the study.
    directions
        ``minimize`` or ``maximize`` for each goal.
    mirror
        Told each trial too, once it is in the file.

    Raises
    ------
    StorageError
        When the file is damaged or cannot be written.
    """

    def __init__(
        self, path: Path, name: str, directions: Sequence[Direction], mirror: Mirror | None = None
    ) -> None:
        self.path = path
        self._mirror = mirror
        with told_as_storage_error("write it", path):
            mend_last_line(path)
        vouched.begin(path)
        if path.exists() and not vouched.is_whole(path):
            raise StorageError(damage_told(path))
        self._study = self._opened(name, directions)
        vouched.vouch(path)
        if mirror is not None:
            self._level(mirror)

    def trials(self) -> list[FrozenTrial]:
        """Return the finished trials, in order."""
        with _told_as_damage(self.path):
            return [trial for trial in self._study.get_trials(deepcopy=False) if trial.state.is_finished()]

    def add(self, trial: FrozenTrial) -> None:
        """Add a finished trial, down to the disk."""
        import copy

        kept = copy.copy(trial)
        kept.system_attrs = {
            key: value for key, value in trial.system_attrs.items() if not key.startswith(_PICKLED)
        }
        with told_as_storage_error("write it", self.path):
            self._study.add_trial(kept)
        vouched.vouch(self.path)
        if self._mirror is not None:
            self._mirror.add(kept)

    def _level(self, mirror: Mirror) -> None:
        """Bring file and database to the same trials: each gets those that only the other has."""
        here, there = self.trials(), mirror.trials()
        for trial in here[len(there) :]:
            mirror.add(trial)
        for trial in there[len(here) :]:
            with told_as_storage_error("write it", self.path):
                self._study.add_trial(trial)
        vouched.vouch(self.path)

    def _opened(self, name: str, directions: Sequence[Direction]) -> Study:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import BaseJournalBackend, JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with told_as_storage_error("write it", self.path), _told_as_damage(self.path):
            backend: BaseJournalBackend = JournalFileBackend(str(self.path), lock_obj=_no_lock())
            return optuna.create_study(
                storage=JournalStorage(backend),
                study_name=name,
                directions=list(directions),
                load_if_exists=True,
            )


def _no_lock() -> BaseJournalFileLock:
    """Stand in for Optuna's lock, which a kill would leave behind; the folder's lock keeps others out."""
    from optuna.storages.journal import JournalFileOpenLock

    class FolderIsLocked(JournalFileOpenLock):
        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            return None

    return FolderIsLocked("")


@contextmanager
def opened_journal(
    path: Path, name: str, directions: Sequence[Direction], storage: str | None, *, anew: bool
) -> Iterator[Journal]:
    """Hold the journal of a search, and a database that is told the same trials, where one is given.

    Parameters
    ----------
    storage
        Address of the database; None for the file alone.
    anew
        Whether trials that are there are forgotten.
    """
    from simlab.optimise.mirror import opened_mirror

    if anew:
        removed(path)
    with opened_mirror(storage, name, directions, anew=anew) as mirror:
        yield Journal(path, name, directions, mirror)


class _told_as_damage:  # noqa: N801 - reads as the functions of its kind
    """Turn whatever Optuna raises at a damaged file into a StorageError that says what to do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: object) -> None:
        if isinstance(
            error, ValueError | KeyError | AttributeError | TypeError | AssertionError | IndexError
        ):
            raise StorageError(damage_told(self.path)) from error


def damage_told(path: Path) -> str:
    """Say that a journal is damaged, and what to do."""
    return (
        f"{path}: the journal of trials is damaged, or was written by another version\n"
        "    -> delete it and run again: the simulations are kept apart, in the ledger, and are used again"
    )


def removed(path: Path) -> None:
    """Forget the trials of a journal, if there is one."""
    with told_as_storage_error("remove it", path), suppress(FileNotFoundError):
        path.unlink()
