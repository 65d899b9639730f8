"""A database beside the journal: the same finished trials, for teams and for optuna-dashboard.

The journal and the ledger in the folder are what a search goes on from; the database gets each trial whole,
in one transaction, once the journal has it, and is brought level when the search begins again. So a kill
leaves no trial that runs for ever, and whoever begins with an empty folder takes the trials from there.

A password in the address is shown nowhere: not in messages, nor by ``repr``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from simlab.errors import MissingExtra, StorageError, UsageError
from simlab.optimise.proposers import Direction

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial
    from sqlalchemy import Engine

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+pg8000")
HIDDEN: Final = "***"
PATIENCE_S: Final = 30.0
"""How long to wait for an answer of the database."""


class DatabaseAddress:
    """The address of a PostgreSQL database, with which nothing shows its password.

    Raises
    ------
    UsageError
        When it is no address of a PostgreSQL database.
    """

    __slots__ = ("_address", "_password", "shown")

    def __init__(self, address: str) -> None:
        try:
            parts = urlsplit(address)
            password, host, _ = parts.password, parts.hostname, parts.port
        except ValueError:
            parts, password, host = urlsplit(""), None, None
        if parts.scheme not in _SCHEMES or not parts.path.strip("/"):
            raise UsageError(
                "a storage is the address of a PostgreSQL database\n"
                "    -> write it like postgresql://user:password@host:5432/database"
            )
        self._address = "postgresql+pg8000://" + address.partition("://")[2]
        self._password = password
        at = parts.netloc.rpartition("@")[2]
        user = f"{parts.username}{':' + HIDDEN if password else ''}@" if parts.username else ""
        self.shown = f"postgresql://{user}{at or host or ''}{parts.path}"
        """The address without its password."""

    def __repr__(self) -> str:
        return f"DatabaseAddress({self.shown!r})"

    def engine(self) -> Engine:
        """Return what connects to the database."""
        import sqlalchemy

        return sqlalchemy.create_engine(self._address, **_connected())

    def opened(self) -> RDBStorage:
        """Return the storage behind the address, its tables made where there are none."""
        from optuna.storages import RDBStorage

        return RDBStorage(self._address, engine_kwargs=_connected())

    def without_password(self, text: str) -> str:
        """Return a text in which the password does not stand, as it is written or as it is meant."""
        for secret in {self._password, unquote(self._password)} if self._password else ():
            text = text.replace(secret, HIDDEN)
        return re.sub(r"://[^@\s/]+@", f"://{HIDDEN}@", text)


def _connected() -> dict[str, Any]:
    """How SQLAlchemy connects: a dead connection is made anew, and one that is silent is given up."""
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"timeout": PATIENCE_S}}


class Mirror:
    """A study in a database, written to by one search at a time."""

    def __init__(self, address: DatabaseAddress, storage: RDBStorage, study: Study) -> None:
        self._address = address
        self._storage = storage
        self._study = study

    def trials(self) -> list[FrozenTrial]:
        """Return the finished trials, in order."""
        with told_as_database_error(self._address, "read it"):
            return [trial for trial in self._study.get_trials() if trial.state.is_finished()]

    def add(self, trial: FrozenTrial) -> None:
        """Add a finished trial, in one transaction."""
        with told_as_database_error(self._address, "write it"):
            self._study.add_trial(trial)


@contextmanager
def opened_mirror(
    storage: str | None, name: str, directions: Sequence[Direction], *, anew: bool
) -> Iterator[Mirror | None]:
    """Hold the study of a search in a database; nothing where there is no address.

    Raises
    ------
    StorageError
        When the database cannot be reached, or another search writes to the study.
    """
    if storage is None:
        yield None
        return
    import optuna

    address = DatabaseAddress(storage)
    require_driver()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with told_as_database_error(address, "open it"):
        opened = address.opened()
    try:
        with _sole_writer(address, opened, name):
            with told_as_database_error(address, "open it"):
                if anew and name in optuna.get_all_study_names(opened):
                    optuna.delete_study(study_name=name, storage=opened)
                study = optuna.create_study(
                    storage=opened, study_name=name, directions=list(directions), load_if_exists=True
                )
            yield Mirror(address, opened, study)
    finally:
        opened.engine.dispose()


def require_driver() -> None:
    """Raise MissingExtra where what speaks to PostgreSQL is not installed."""
    import importlib.util

    missing = [name for name in ("pg8000", "sqlalchemy") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"a PostgreSQL storage needs the package '{missing[0]}', which is not installed\n"
            "    -> pip install 'servicedesk-simlab[postgres]'"
        )


@contextmanager
def _sole_writer(address: DatabaseAddress, storage: RDBStorage, name: str) -> Iterator[None]:
    """Hold the database's lock of a study, which ends with the connection, however this process ends."""
    from sqlalchemy import text

    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with told_as_database_error(address, "lock it"):
        connection = storage.engine.connect()
    try:
        with told_as_database_error(address, "lock it"):
            is_mine = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar()
            connection.commit()
        if not is_mine:
            raise StorageError(
                f"{address.shown}: another search writes to the study '{name}'\n"
                "    -> wait until it has ended"
            )
        yield
    finally:
        connection.invalidate()  # the lock goes with the connection
        connection.close()


@contextmanager
def told_as_database_error(address: DatabaseAddress, doing: str) -> Iterator[None]:
    """Turn what the database raises into a StorageError without the password, and without its causes."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError, OSError, _driver_error()) as error:
        reason = address.without_password(_first_line(error))
        raise StorageError(
            f"{address.shown}: cannot {doing}: {reason}\n"
            "    -> check the address, and whether the server runs"
        ) from None


def _driver_error() -> type[Exception]:
    import importlib

    driver: Any = importlib.import_module("pg8000")
    error: type[Exception] = driver.Error
    return error


def _first_line(error: BaseException) -> str:
    cause: BaseException = getattr(error, "orig", None) or error.__cause__ or error
    return (str(cause).strip() or type(cause).__name__).splitlines()[0][:300]
