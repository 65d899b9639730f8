"""The error family: everything simlab refuses, with the exit code of the command that meets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means."""

    DONE = 0
    DEFECT = 1
    INVALID = 2
    GATE_FAILED = 3
    INFEASIBLE = 4
    REGRESSION = 5
    STORAGE = 6
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: a file position, or the command-line option that set it."""

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        source = "\\n".join(self.source.splitlines())  # a message about one place stays on one line
        return source if self.line is None else f"{source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an input: what must hold, where it stands, what was found, what to do."""

    message: str
    """What must hold, or what is wrong, in one sentence."""
    path: str = ""
    """Key path of the value, such as ``staffing.desk.shifts.early.people``."""
    place: Place | None = None
    found: str | None = None
    """The offending value as written; None where the message says it all."""
    remedy: str | None = None
    """What to do, such as ``did you mean 'people'?``."""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        path = f"{self.path}: " if self.path else ""
        found = f"; found {self.found}" if self.found is not None else ""
        remedy = f"\n    -> {self.remedy}" if self.remedy else ""
        return f"{where}{path}{self.message}{found}{remedy}"


class SimlabError(Exception):
    """Base of every error that simlab raises on purpose."""

    exit_code: ExitCode = ExitCode.DEFECT


class InvalidInput(SimlabError):
    """One or more mistakes in what the user wrote; all of them are told at once."""

    exit_code = ExitCode.INVALID

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(SimlabError):
    """A command or a call was used in a way that it does not support."""

    exit_code = ExitCode.INVALID


class GateFailed(SimlabError):
    """The run finished, but a quality gate did not hold (unstable queue, precision not reached)."""

    exit_code = ExitCode.GATE_FAILED


class Infeasible(SimlabError):
    """No configuration satisfies the constraints."""

    exit_code = ExitCode.INFEASIBLE


class Regression(SimlabError):
    """``compare --fail-on`` found what it was told to look for."""

    exit_code = ExitCode.REGRESSION


class StorageError(SimlabError):
    """A file or folder could not be read or written: full, read-only, damaged, locked."""

    exit_code = ExitCode.STORAGE


class MissingExtra(SimlabError):
    """An optional dependency is needed; the message names the extra to install."""

    exit_code = ExitCode.INVALID
