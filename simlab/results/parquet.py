"""Tables and named arrays as the bytes of Parquet files, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Arrays = Mapping[str, NDArray[Any] | Sequence[str]]
"""Named arrays of numbers or flags, of any shape, and lists of text."""

_ENCODINGS = {"double": "BYTE_STREAM_SPLIT", "int64": "DELTA_BINARY_PACKED"}
"""By column type. Times are all different: a dictionary of them, the default, is slow and large."""


def parquet_bytes(table: pa.Table) -> memoryview:
    """Content of the Parquet file of a table; equal tables give equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    encodings = {
        field.name: _ENCODINGS[str(field.type)] for field in table.schema if str(field.type) in _ENCODINGS
    }
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in encodings],
        column_encoding=encodings,
    )
    return memoryview(sink.getvalue())


def table_from(content: bytes) -> pa.Table:
    """Table of a Parquet file's content."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Without threads: Arrow's may abort the process when they still begin while it ends (apache/arrow#34314).
    return pq.ParquetFile(pa.py_buffer(content)).read(use_threads=False)


def arrays_table(arrays: Arrays) -> pa.Table:
    """One-row table with a list column for each array, since their lengths differ."""
    import pyarrow as pa

    columns, schema = [], []
    for name, values in arrays.items():
        if isinstance(values, np.ndarray):
            described = {"dtype": values.dtype.str, "shape": json.dumps(values.shape)}
            flat = pa.array(values.reshape(-1))
        else:
            described = {"dtype": "text"}
            flat = pa.array(values, pa.string())
        column = pa.ListArray.from_arrays(pa.array([0, len(flat)], pa.int32()), flat)
        columns.append(column)
        schema.append(pa.field(name, column.type, metadata=described))
    return pa.Table.from_arrays(columns, schema=pa.schema(schema))


def arrays_of(table: pa.Table) -> dict[str, NDArray[Any] | list[str]]:
    """Arrays from a table made by :func:`arrays_table`, bit for bit; text comes as lists."""
    arrays: dict[str, NDArray[Any] | list[str]] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        flat = column.combine_chunks().flatten()
        dtype = field.metadata[b"dtype"].decode()
        if dtype == "text":
            arrays[field.name] = flat.to_pylist()
        else:
            values = flat.to_numpy(zero_copy_only=False).astype(dtype)
            arrays[field.name] = values.reshape(json.loads(field.metadata[b"shape"]))
    return arrays
