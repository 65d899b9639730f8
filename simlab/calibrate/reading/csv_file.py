"""CSV files: encoding and delimiter found out, damaged rows kept apart, lines known.

The rows are split by Arrow, in machine code; only what it does not take for a row is looked at one by one.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.log_file import refused
from simlab.calibrate.reading.raw_table import RawTable, RejectedRow

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_LINES: Final = 50
MOST_COLUMNS: Final = 1000
_LONGEST_HEADER: Final = 2**20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_REPLACED: Final = "\ufffd"
_LARGEST_ROW: Final = 2**30
_QUOTED: Final = frozenset(("'=", "'+", "'-", "'@", "''"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, in UTF-8, and the encoding that it has."""

    text: bytes
    encoding: str
    n_damaged: int = 0
    """Bytes that are none of the encoding, replaced by U+FFFD."""


def csv_table(
    content: bytes, path: Path, encoding: str | None = None, delimiter: str | None = None
) -> RawTable:
    """Read a CSV file.

    Parameters
    ----------
    content
        The file.
    path
        Its name, for messages.
    encoding, delimiter
        As the mapping says; None: found out.

    Raises
    ------
    InvalidInput
        There is no header, a column has no rows, or the file is not of the encoding that the mapping says.
    """
    decoded = _decoded(content, path, encoding)
    if b"\x00" in decoded.text:
        raise refused(
            path, "this is not text: it has bytes 0", "name a log in CSV, XES, OCEL JSON or Parquet"
        )
    separator = delimiter or found_delimiter(decoded.text)
    header, body_at, n_header_lines = _header(decoded.text, separator, path)
    names = _names(header, path, separator)
    damaged = _Damaged(names, separator)
    table = _arrow_table(memoryview(decoded.text)[body_at:], names, separator, damaged, path)
    lines = _lines(table, damaged, n_header_lines)
    rejected, recovered, recovered_lines = damaged.looked_through(lines.of_damaged)
    columns = {
        name: _labels(table.column(number), [row[number] for row in recovered])
        for number, name in enumerate(names)
    }
    remarks = []
    if decoded.n_damaged:
        remarks.append(
            f"{decoded.n_damaged:,} bytes are not {decoded.encoding}; they are shown as {_REPLACED}"
        )
    if recovered:
        remarks.append(f"{len(recovered):,} rows were found again behind a quote that never closes")
    row_lines = np.concatenate([lines.of_rows, np.array(recovered_lines, np.int64)])
    is_blank = np.all([column.codes < 0 for column in columns.values()], axis=0)
    if is_blank.any():
        columns = {name: column.take(~is_blank) for name, column in columns.items()}
        row_lines = row_lines[~is_blank]
    form = {"encoding": decoded.encoding, "delimiter": separator}
    return RawTable(columns, row_lines, tuple(rejected), tuple(remarks), form)


def found_delimiter(text: bytes) -> str:
    """Return the delimiter that gives the most lines the same number of values, more than one."""
    sample = text[:_LONGEST_HEADER].decode("utf-8", "replace").splitlines()[:_SAMPLE_LINES]

    def agreement(delimiter: str) -> tuple[int, int]:
        try:
            counts = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            return (0, 0)
        width = counts[0] if counts else 1
        return (sum(count == width for count in counts) if width > 1 else 0, width)

    return max(DELIMITERS, key=agreement)


def _decoded(content: bytes, path: Path, encoding: str | None) -> Decoded:
    """Return the text in UTF-8. Without a word on it: by its mark, as UTF-8, else as Windows-1252."""
    for mark, marked in _BOMS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], marked
            break
    if encoding is None or encoding == "utf-8":
        try:
            content.decode("utf-8")
            return Decoded(content, "utf-8")
        except UnicodeDecodeError:
            as_utf8 = content.decode("utf-8", "surrogateescape")
        n_damaged = sum("\udc80" <= character <= "\udcff" for character in as_utf8)
        n_sound = sum(character > "\x7f" for character in as_utf8) - n_damaged
        if encoding == "utf-8" or n_sound > n_damaged:
            return Decoded(content.decode("utf-8", "replace").encode(), "utf-8", n_damaged)
        encoding = "cp1252"
    try:
        text = content.decode(encoding, "replace")
    except LookupError:
        remedy = "write encoding: utf-8 or cp1252 in the mapping"
        raise refused(path, f"there is no encoding '{encoding}'", remedy) from None
    return Decoded(text.encode("utf-8", "replace"), encoding, text.count(_REPLACED))


def _header(text: bytes, delimiter: str, path: Path) -> tuple[list[str], int, int]:
    """Return the titles, where the rows begin, and the number of lines before."""
    at = lines = 0
    head = text[:_LONGEST_HEADER]
    while at < len(head):
        end = _end_of_record(head, at)
        record = head[at:end].decode("utf-8", "replace")
        lines += max(record.count("\n"), record.count("\r"), 1)
        if record.strip().strip(delimiter):
            return _titles(record, delimiter, path, lines), end, lines
        at = end
    raise refused(path, "the file has no header", "the first line must name the columns")


def _titles(record: str, delimiter: str, path: Path, line: int) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        raise refused(path, "the header cannot be read", "export it again as CSV", line) from None


def _end_of_record(text: bytes, start: int) -> int:
    """Return where the line ends that begins at a place, line ends inside quotes left out."""
    is_quoted = False
    for place in range(start, len(text)):
        character = text[place]
        if character == 0x22:
            is_quoted = not is_quoted
        elif character == 0x0A and not is_quoted:
            return place + 1
        elif character == 0x0D and not is_quoted:
            return place + 2 if text[place + 1 : place + 2] == b"\n" else place + 1
    return len(text)


def _names(header: Sequence[str], path: Path, delimiter: str) -> list[str]:
    """Return a name for each column; columns of the same title are numbered, as tools export lists so."""
    if len(header) < 2:
        remedy = "write the delimiter in the mapping, or export it again as CSV"
        raise refused(path, f"there is only one column, split at '{delimiter}'", remedy, 1)
    if len(header) > MOST_COLUMNS:
        raise refused(path, f"a log has at most {MOST_COLUMNS} columns", "export those that are needed", 1)
    names: list[str] = []
    for number, title in enumerate(header, start=1):
        wanted = title.strip() or f"column {number}"
        name, again = wanted, 2
        while name in names:
            name, again = f"{wanted} ({again})", again + 1
        names.append(name)
    return names


@dataclass(slots=True)
class _Damaged:
    """What Arrow did not take for rows."""

    names: Sequence[str]
    delimiter: str
    numbers: list[int] = field(default_factory=list)
    """Number of each among all rows, from 1."""
    texts: list[str] = field(default_factory=list)

    def keep(self, row: pa.csv.InvalidRow) -> str:
        """Remember a row that has not as many values as the header."""
        self.numbers.append(row.number)
        self.texts.append(row.text)
        return "skip"

    def looked_through(
        self, lines: NDArray[np.int64]
    ) -> tuple[list[RejectedRow], list[list[str]], list[int]]:
        """Return the rows kept apart; rows that an open quote had swallowed, and the lines of these."""
        rejected: list[RejectedRow] = []
        recovered: list[list[str]] = []
        recovered_lines: list[int] = []
        for line, text in zip(lines.tolist(), self.texts, strict=True):
            for number, piece in enumerate(text.splitlines() or [""]):
                values = _values(piece, self.delimiter)
                if "\n" in text.strip() and values is not None and len(values) == len(self.names):
                    recovered.append(values)
                    recovered_lines.append(line + number)
                elif piece.strip():
                    reason = self._reason(values)
                    rejected.append(RejectedRow(line + number, reason, piece))
        return rejected, recovered, recovered_lines

    def _reason(self, values: Sequence[str] | None) -> str:
        if values is None:
            return "a quote is not closed"
        return f"{len(values)} values where the header has {len(self.names)}"


def _values(line: str, delimiter: str) -> list[str] | None:
    """Return the values of one line; None where a quote stays open."""
    try:
        (row,) = csv.reader(io.StringIO(line), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return None
    return row


def _arrow_table(
    text: memoryview, names: Sequence[str], delimiter: str, damaged: _Damaged, path: Path
) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    numbered = [str(number) for number in range(len(names))]
    if not bytes(text[:4096]).strip() and not bytes(text).strip():
        raise refused(path, "there are no rows under the header", "export it again")
    as_codes = pa.dictionary(pa.int32(), pa.string())
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            # One thread, since only so Arrow tells which rows are damaged. A block must hold the longest row.
            read_options=arrow_csv.ReadOptions(
                column_names=numbered, use_threads=False, block_size=min(max(len(text), 1), _LARGEST_ROW)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=damaged.keep,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(numbered, as_codes), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowException as error:
        first = str(error).splitlines()[0]
        raise refused(path, f"this is not CSV: {first}", "check the delimiter and the quotes") from None


@dataclass(frozen=True, slots=True)
class _Lines:
    of_rows: NDArray[np.int64]
    of_damaged: NDArray[np.int64]


def _lines(table: pa.Table, damaged: _Damaged, n_header_lines: int) -> _Lines:
    """Return the line where each row begins: values may hold line ends of their own."""
    n_all = table.num_rows + len(damaged.texts)
    is_damaged = np.zeros(n_all, bool)
    is_damaged[np.array(damaged.numbers, np.int64) - 1] = True
    extra = np.zeros(n_all, np.int64)
    extra[is_damaged] = [text.count("\n") for text in damaged.texts]
    inside = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        start = 0
        for chunk in column.chunks:
            breaks = np.array([text.count("\n") for text in chunk.dictionary.to_pylist()] or [0], np.int64)
            inside[start : start + len(chunk)] += breaks[_indices(chunk)]
            start += len(chunk)
    extra[~is_damaged] = inside
    lines = n_header_lines + 1 + np.arange(n_all) + np.cumsum(extra) - extra
    return _Lines(lines[~is_damaged], lines[is_damaged])


def _labels(column: pa.ChunkedArray, more: Sequence[str]) -> Labels:
    """Return a column of codes; empty texts are none, and spaces around others do not count."""
    code_of: dict[str, int] = {"": -1}
    codes = []
    for chunk in column.chunks:
        codes.append(_codes(chunk.dictionary.to_pylist(), code_of)[_indices(chunk)])
    codes.append(_codes(more, code_of))
    del code_of[""]
    return Labels(np.concatenate(codes).astype(np.int32), tuple(code_of))


def _indices(chunk: pa.DictionaryArray) -> NDArray[np.int32]:
    # Not to_numpy(), which would import pandas wherever that is installed.
    return np.asarray(np.from_dlpack(chunk.indices) if len(chunk) else (), np.int32)


def _codes(texts: Iterator[str] | Sequence[str], code_of: dict[str, int]) -> NDArray[np.int32]:
    return np.array([code_of.setdefault(_cleaned(text), len(code_of) - 1) for text in texts], np.int32)


def _cleaned(text: str) -> str:
    """Return a value without spaces around it, and without the quote that guards against spreadsheets."""
    text = text.strip()
    return text[1:] if text[:2] in _QUOTED else text
