"""Parquet files: columns with types of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.log_file import LARGEST_MIB, refused
from simlab.calibrate.reading.raw_table import RawColumn, RawTable

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 50_000_000
"""Rows of a log: a column of one value takes next to nothing in the file, but memory once it is read."""

NumberT = TypeVar("NumberT", bound=np.generic)


def parquet_table(content: bytes, path: Path) -> RawTable:
    """Read a Parquet file.

    Columns of timestamps become instants (those without a zone are taken for UTC), all others text.

    Raises
    ------
    InvalidInput
        The file is damaged, too large once unpacked, or has no rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.py_buffer(content))
        n_bytes = sum(
            file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups)
        )
        if n_bytes > LARGEST_MIB * 2**20:
            raise refused(path, f"a log has at most {LARGEST_MIB:,} MiB", "export a shorter period")
        if file.metadata.num_rows > MOST_ROWS:
            raise refused(path, f"a log has at most {MOST_ROWS:,} rows", "export a shorter period")
        table = file.read(use_threads=False)
        columns = {name: _column(table.column(name)) for name in table.column_names}
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise refused(path, f"the Parquet file cannot be read: {first}", "export it again") from None
    if not table.num_rows:
        raise refused(path, "there are no rows", "export it again")
    told = {name: column for name, column in columns.items() if column is not None}
    left_out = [name for name, column in columns.items() if column is None]
    remarks = (f"columns of lists and the like are left out: {', '.join(left_out)}",) if left_out else ()
    zones = {zone for name in told if (zone := getattr(table.schema.field(name).type, "tz", None))}
    found = {"zone": zones.pop()} if len(zones) == 1 and all("/" in zone for zone in zones) else {}
    return RawTable(told, np.arange(1, table.num_rows + 1), remarks=remarks, found=found)


def _column(column: pa.ChunkedArray) -> RawColumn | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        in_utc = column.cast(pa.timestamp("us")) if pa.types.is_date(kind) else column
        nanoseconds = in_utc.cast(pa.timestamp("us", tz=getattr(kind, "tz", None)), safe=False).cast(
            pa.int64()
        )
        minutes = pc.divide(nanoseconds.cast(pa.float64(), safe=False), 60e6)
        return _numbers(pc.fill_null(minutes, float("nan")), np.float64)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    if pa.types.is_floating(kind):
        return Labels.of([None if value is None else f"{value:.15g}" for value in column.to_pylist()])
    return _labels(column.cast(pa.string()))


def _labels(column: pa.ChunkedArray) -> Labels:
    import pyarrow as pa

    coded = column.combine_chunks().dictionary_encode()
    names = ["" if name is None else name.strip() for name in coded.dictionary.to_pylist()]
    labels = Labels.of(names)
    codes = _numbers(coded.indices.cast(pa.int32()).fill_null(len(names)), np.int32)
    return Labels(np.append(labels.codes, np.int32(-1))[codes].astype(np.int32), labels.names)


def _numbers(values: pa.ChunkedArray | pa.Array, kind: type[NumberT]) -> NDArray[NumberT]:
    """Return values without NULL; not by to_numpy(), which imports pandas wherever that is installed."""
    chunks = getattr(values, "chunks", [values])
    parts = [np.from_dlpack(chunk) for chunk in chunks if len(chunk)]
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind)
