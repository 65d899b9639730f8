"""Reading a log: the file, its mapping, the event log, and the rows that are kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simlab.calibrate.event_log import EventLog
from simlab.calibrate.reading.assemble import assembled
from simlab.calibrate.reading.detect import Draft, Question, drafted
from simlab.calibrate.reading.formats import raw_table
from simlab.calibrate.reading.mapping import LogMapping, read_mapping, unknown_columns
from simlab.calibrate.reading.mapping_text import mapping_text
from simlab.calibrate.reading.raw_table import RejectedRow, counted
from simlab.errors import InvalidInput, Place, Problem
from simlab.results.export import write_csv
from simlab.results.files import write_whole

_EXAMPLES: Final = 3
_MOST_REJECTED: Final = 0.5
"""Share of rows that may be kept apart; beyond it the mapping is wrong, not the rows."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log as read."""

    log: EventLog
    mapping: LogMapping
    path: Path
    rejected: tuple[RejectedRow, ...]
    """Rows kept apart, in the order of the file."""
    remarks: tuple[str, ...]
    """What the planner should know about the file."""
    mapping_file: Path
    """Where the mapping stands."""
    is_new: bool
    """Whether the mapping was found out just now."""
    preset: str = ""
    """Known export that a new mapping was taken for."""

    def rejected_by_reason(self) -> dict[str, int]:
        """Return how many rows are kept apart for each reason."""
        return counted(self.rejected)


def mapping_path(log: Path) -> Path:
    """Return where the mapping of a log stands.

    That of ``tickets.csv.gz`` is ``tickets.mapping.yaml``, of ``tickets.xes`` ``tickets.xes.mapping.yaml``.
    """
    name = log.name
    for ending in (".gz", ".csv", ".tsv", ".txt"):
        name = name[: -len(ending)] if name.lower().endswith(ending) and len(name) > len(ending) else name
    return log.with_name(f"{name}.mapping.yaml")


def read_log(path: Path | str, mapping: Path | str | None = None, keep_mapping: bool = True) -> ReadLog:
    """Read a log of any known format.

    Parameters
    ----------
    path
        CSV, XES, OCEL 2.0 JSON (each also packed with gzip) or Parquet.
    mapping
        What its columns mean; by default the file beside it (see :func:`mapping_path`). If that is not there,
        the mapping is found out.
    keep_mapping
        Whether a mapping that was found out is written beside the log, for the planner to correct.

    Raises
    ------
    InvalidInput
        The log or the mapping cannot be read; or the mapping is left with questions, which are then told, and
        asked in the mapping file.
    StorageError
        The mapping cannot be written.
    """
    path = Path(path)
    mapping_file = Path(mapping) if mapping is not None else mapping_path(path)
    if mapping is not None or mapping_file.is_file():
        known = read_mapping(mapping_file)
        table = raw_table(path, known)
        draft = None
    else:
        table = raw_table(path, None)
        draft = drafted(table)
        known = _settled(draft, path, mapping_file, keep_mapping)
    problems = unknown_columns(known, tuple(table.columns), path.name)
    if problems:
        raise InvalidInput(_placed(problems, mapping_file))
    built = assembled(table, known)
    _check_rejected(path, mapping_file, len(table), built.rejected)
    if draft is not None and keep_mapping:
        write_whole(mapping_file, mapping_text(draft, path.name).encode())
    return ReadLog(
        built.log,
        known,
        path,
        built.rejected,
        built.remarks,
        mapping_file,
        draft is not None,
        draft.preset if draft else "",
    )


def write_rejected(read: ReadLog, path: Path) -> None:
    """Write the rows kept apart as CSV: line, reason, and the row as it stands."""
    write_csv(
        {
            "line": [row.line for row in read.rejected],
            "reason": [row.reason for row in read.rejected],
            "row": [row.text for row in read.rejected],
        },
        path,
    )


def _settled(draft: Draft, path: Path, mapping_file: Path, keep_mapping: bool) -> LogMapping:
    """Return the mapping of a draft without questions; else ask them."""
    if not draft.questions:
        return draft.mapping
    if keep_mapping:
        write_whole(mapping_file, mapping_text(draft, path.name).encode())
    where = f"{mapping_file}" if keep_mapping else "a mapping file"
    raise InvalidInput(
        Problem(
            question.message,
            question.key,
            Place(str(path)),
            remedy=f"write one of these in {where}:" + "".join(_choices(question)),
        )
        for question in draft.questions
    )


def _choices(question: Question) -> Sequence[str]:
    return [f"\n         {choice}" for choice in question.choices]


def _placed(problems: Sequence[Problem], mapping_file: Path) -> list[Problem]:
    return [
        Problem(problem.message, problem.path, Place(str(mapping_file)), remedy=problem.remedy)
        for problem in problems
    ]


def _check_rejected(path: Path, mapping_file: Path, n_rows: int, rejected: Sequence[RejectedRow]) -> None:
    """Refuse a log of which most rows are unusable: then the mapping is wrong."""
    if len(rejected) <= _MOST_REJECTED * n_rows:
        return
    problems = []
    for reason, number in counted(rejected).items():
        examples = [row for row in rejected if row.reason == reason][:_EXAMPLES]
        problems.append(
            Problem(
                f"{number:,} of {n_rows:,} rows cannot be used: {reason}",
                place=Place(str(path), examples[0].line, 1),
                found=" | ".join(row.text[:120] for row in examples),
                remedy=f"correct {mapping_file}, or the export",
            )
        )
    raise InvalidInput(problems)
