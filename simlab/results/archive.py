"""Exporting a run: its tables as CSV, Parquet or one Excel workbook."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simlab.errors import StorageError, UsageError
from simlab.results.export import write_csv
from simlab.results.files import told_as_storage_error, write_whole
from simlab.results.parquet import parquet_bytes
from simlab.results.records import LOG_TABLES
from simlab.results.store import ResultStore
from simlab.results.summaries import summary_of
from simlab.results.workbook import Sheet, check_workbooks, write_workbook

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: Final = ("csv", "parquet", "xlsx")


def tables_of_run(store: ResultStore) -> dict[str, pa.Table]:
    """Return the tables of a stored run by name.

    ``responses`` has a row for each replication and response. The logs are there where any replication kept
    them, those of all replications one below the other.
    """
    import pyarrow as pa

    numbers = store.replications()
    if not numbers:
        raise StorageError(f"{store.folder}: holds no replication yet\n    -> run the scenario again")
    tables = {"responses": _responses(store, numbers)}
    logged = [number for number in numbers if store.has(number, with_logs=True)]
    for name in LOG_TABLES if logged else ():
        parts = [store.read_table(number, name) for number in logged]
        tables[name] = pa.concat_tables([part.replace_schema_metadata() for part in parts])
    return tables


def _responses(store: ResultStore, numbers: tuple[int, ...]) -> pa.Table:
    import pyarrow as pa

    summaries = [summary_of(store.read_summary(number)) for number in numbers]

    def column(name: str) -> pa.Array:
        values = [value for summary in summaries for value in getattr(summary, name).tolist()]
        return pa.array([None if math.isnan(value) else value for value in values], pa.float64())

    replications = [summary.replication for summary in summaries for _ in summary.names]
    names = [name for summary in summaries for name in summary.names]
    return pa.table(
        {
            "replication": pa.array(replications, pa.int32()),
            "response": pa.array(names, pa.string()),
            "value": column("value"),
            "numerator": column("numerator"),
            "denominator": column("denominator"),
        }
    )


def export_run(store: ResultStore, file_format: str, target: Path) -> tuple[Path, ...]:
    """Write the tables of a run; returns the files.

    Parameters
    ----------
    store
        The stored run.
    file_format
        ``csv`` or ``parquet`` for a file for each table in the folder ``target``; ``xlsx`` for one workbook
        ``target``, which needs openpyxl.
    target
        Folder, or workbook.

    Raises
    ------
    StorageError
        When the run is damaged or nothing can be written.
    MissingExtra
        When openpyxl is not installed.
    UsageError
        When the format is unknown, or a table has more rows than a sheet of Excel.
    """
    if file_format not in FORMATS:
        raise UsageError(f"the format is one of {', '.join(FORMATS)}; found '{file_format}'")
    if file_format == "xlsx":
        check_workbooks()
        tables = tables_of_run(store)
        write_workbook({name: _sheet(table) for name, table in tables.items()}, target)
        return (target,)
    tables = tables_of_run(store)
    with told_as_storage_error("create the folder", target):
        target.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in tables.items():
        files.append(target / f"{name}.{file_format}")
        if file_format == "csv":
            write_csv(table.to_pydict(), files[-1])
        else:
            write_whole(files[-1], parquet_bytes(table))
    return tuple(files)


def _sheet(table: pa.Table) -> Sheet:
    def rows() -> Iterator[tuple[object, ...]]:
        for batch in table.to_batches(max_chunksize=10_000):
            columns = [column.to_pylist() for column in batch.columns]
            yield from zip(*columns, strict=True)

    return Sheet(table.column_names, rows(), table.num_rows)
