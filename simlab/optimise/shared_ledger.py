"""Replications in the database of a team: what one has simulated, nobody simulates again.

A table beside the study holds the lines of the ledger, by what they depend on (`study`: scenario, seed and
responses), configuration and replication. A search takes from it what its own ledger lacks, and adds what it
has simulated. Each line carries its checksum; one that was damaged is simulated again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from simlab.experiments.ledger import Key
from simlab.optimise.mirror import DatabaseAddress, require_driver, told_as_database_error

if TYPE_CHECKING:
    from sqlalchemy import Engine, TextClause

TABLE: Final = "simlab_replications"
_MAKING: Final = 0x51_3A_1A_B0
"""Number of the lock that is held while the table is made: two that make it at once would meet."""
_CREATE: Final = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    study TEXT NOT NULL, configuration TEXT NOT NULL, replication BIGINT NOT NULL, line TEXT NOT NULL,
    PRIMARY KEY (study, configuration, replication))
"""
_READ: Final = f"SELECT line FROM {TABLE} WHERE study = :study"
_ADD: Final = (
    f"INSERT INTO {TABLE} VALUES (:study, :configuration, :replication, :line) ON CONFLICT DO NOTHING"
)


class SharedReplications:
    """The lines of one study in the database; a `simlab.experiments.ledger.Elsewhere`."""

    def __init__(self, address: DatabaseAddress, engine: Engine, study: str) -> None:
        self._address = address
        self._engine = engine
        self._study = study

    def lines(self) -> list[bytes]:
        """Return all lines that are there."""
        with told_as_database_error(self._address, "read it"), self._engine.connect() as connection:
            rows = connection.execute(_statement(_READ), {"study": self._study})
            return [str(line).encode() for (line,) in rows]

    def keep(self, lines: Sequence[tuple[Key, bytes]]) -> None:
        """Add lines, all or none; those that are there stay as they are."""
        rows: list[dict[str, Any]] = [
            {"study": self._study, "configuration": name, "replication": number, "line": line.decode()}
            for (name, number), line in lines
        ]
        if rows:
            with told_as_database_error(self._address, "write it"), self._engine.begin() as connection:
                connection.execute(_statement(_ADD), rows)


@contextmanager
def opened_replications(storage: str | None, study: str) -> Iterator[SharedReplications | None]:
    """Hold the replications of a study in a database; nothing where there is no address.

    Raises
    ------
    StorageError
        When the database cannot be reached.
    """
    if storage is None:
        yield None
        return
    address = DatabaseAddress(storage)
    require_driver()
    engine = address.engine()
    try:
        with told_as_database_error(address, "open it"), engine.begin() as connection:
            connection.execute(_statement("SELECT pg_advisory_xact_lock(:number)"), {"number": _MAKING})
            connection.execute(_statement(_CREATE))
        yield SharedReplications(address, engine, study)
    finally:
        engine.dispose()


def _statement(text: str) -> TextClause:
    import sqlalchemy

    return sqlalchemy.text(text)
