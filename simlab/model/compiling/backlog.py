"""Compiling the open backlog: rows of a file, each of which is told what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np

from simlab.errors import Place, Problem
from simlab.model.backlog import FIRST_SUBJECT, MOST_TICKETS, NO_BACKLOG, BacklogTable
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.graph import ENDS, JOIN, Graph
from simlab.model.data_files import CsvColumn
from simlab.scenario.schema.backlog import Backlog
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.units import format_count, parse_duration

PATH: Final[Path] = ("backlog",)
MOST_TOLD: Final = 50
"""Rows of which is told what is wrong; of more, only how many."""
OLDEST_MIN: Final = 10 * 366 * 1440.0
_NAMES: Final = ("stream", "step", "class", "priority", "channel", "team")
_NEEDED: Final = ("created", "step")
_COLUMNS: Final = (
    *_NEEDED,
    "stream",
    *_NAMES[2:],
    "difficulty",
    "responded",
    "paused",
    "spent",
    "hops",
    "reopens",
)


@dataclass
class BacklogCompiler:
    """Reads the columns that the file has, and turns their texts into codes and numbers."""

    context: Context
    scenario: Scenario
    written: Backlog
    _columns: dict[str, Sequence[str]] = field(default_factory=dict)
    _n_wrong: int = 0

    def read(self) -> None:
        """Read all columns; those that the scenario names must be there, and those that are needed."""
        for key in _COLUMNS:
            asked = getattr(self.written.columns, "class_" if key == "class" else key)
            path: Path = (*PATH, "columns", key) if asked is not None else (*PATH, "file")
            try:
                self._columns[key] = self.context.read_column(
                    (*PATH, "file"), self.written.file, asked or key
                )
            except ValueError as refusal:
                is_there = "created" in self._columns
                if asked is not None or key == "created" or (key in _NEEDED and is_there):
                    message, _, remedy = str(refusal).partition(" -> ")
                    self.context.problem(path, message, remedy=remedy or None)
                if not is_there:
                    return

    def oldest(self) -> float:
        """Return minutes since the start of the oldest creation that can be read; 0 where there is none."""
        instants = [self._instant(text) for text in self._columns.get("created", ())]
        return min((t for t in instants if t is not None and t >= -OLDEST_MIN), default=0.0)

    def compile(self, step_of: Callable[[str], int]) -> BacklogTable:
        """Return the table; ``step_of`` gives the compiled step at which the tickets of a step stand."""
        if not all(key in self._columns for key in _NEEDED):
            return NO_BACKLOG
        created = self._values("created", self._creation, math.nan)
        n_rows = len(created)
        if n_rows > MOST_TICKETS:
            self.context.problem(
                (*PATH, "file"), f"a backlog has at most {format_count(MOST_TICKETS)} tickets", n_rows
            )
        columns: dict[str, Any] = {
            "stream": self._streams(n_rows),
            "subject": FIRST_SUBJECT + np.arange(n_rows),
            "ticket_class": self._coded("class", n_rows),
            "priority": self._coded("priority", n_rows),
            "channel": self._coded("channel", n_rows),
            "difficulty": self._values("difficulty", _amount, math.nan, n_rows),
            "created": created,
            "step": np.array([step_of(name) if name else -1 for name in self._steps(n_rows)], np.int64),
            "responded": self._values("responded", self._instant_or_none, math.nan, n_rows),
            "paused": self._values("paused", _minutes, 0.0, n_rows),
            "spent": self._values("spent", _minutes, 0.0, n_rows),
            "hops": self._values("hops", _count, 0, n_rows).astype(np.int64),
            "reopens": self._values("reopens", _count, 0, n_rows).astype(np.int64),
            "team": self._coded("team", n_rows),
        }
        self._check_classes(columns["stream"].tolist(), columns["ticket_class"].tolist())
        self._check_responses(created.tolist(), columns["responded"].tolist())
        self._tell_how_many()
        order = np.argsort(created, kind="stable")
        return BacklogTable(**{name: column[order] for name, column in columns.items()})

    # -- columns

    def _values(
        self, key: str, read: Callable[[str], float | None], otherwise: float, n_rows: int = 0
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Read numbers; None from ``read`` is a mistake, and its ValueError one that says more."""
        texts = self._columns.get(key)
        if texts is None:
            return np.full(n_rows, otherwise)
        found = []
        for row, text in enumerate(texts):
            value: float | None = otherwise
            if text or key in _NEEDED:
                try:
                    value = read(text)
                except ValueError as refusal:
                    value = otherwise
                    message, _, remedy = str(refusal).partition(" -> ")
                    self._wrong(key, row, message, remedy or None)
            found.append(otherwise if value is None else value)
        return np.array(found, np.float64)

    def _names(self, key: str) -> Sequence[str]:
        meaning = self.written.values.get(key, {})  # type: ignore[call-overload]
        return [meaning.get(text, text) for text in self._columns[key]]

    def _coded(self, key: str, n_rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Codes of names; -1 where there is no entry."""
        codes = np.full(n_rows, -1, np.int64)
        if key not in self._columns:
            return codes
        known = self.context.codes[key]
        for row, name in enumerate(self._names(key)):
            if name in known:
                codes[row] = known[name]
            elif name:
                self._wrong(key, row, f"there is no {key} of this name", self._remedy(key, name, known))
        return codes

    def _streams(self, n_rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        streams = list(self.scenario.demand)
        usual = self.written.stream
        if usual is not None:
            default = self.context.code("stream", usual, (*PATH, "stream"))
        else:
            default = 0 if len(streams) == 1 else -1
        codes = self._coded("stream", n_rows)
        if default < 0 and usual is None and "stream" not in self._columns:
            self.context.problem(
                PATH,
                "nothing says of which demand stream the tickets are",
                remedy="write stream: one of " + ", ".join(streams) + ", or columns: {stream: ...}",
            )
        elif default < 0 and usual is None:
            for row in np.flatnonzero(codes < 0).tolist():
                if not self._columns["stream"][row]:
                    self._wrong("stream", row, "the ticket has no demand stream", "write stream beside file")
        codes[codes < 0] = max(default, 0)
        for code in np.unique(codes).tolist():
            if self.scenario.demand[streams[code]].arrivals.population is not None:
                message = "members of a population come by themselves: a backlog is of other streams"
                self.context.problem((*PATH, "stream"), message, streams[code])
        return codes

    def _steps(self, n_rows: int) -> list[str]:
        """Names of the steps at which tickets stand; empty where that is a mistake."""
        steps = self.scenario.routing.steps
        known = [name for name, step in steps.items() if step.end is None]
        found = [""] * n_rows
        for row, name in enumerate(self._names("step")):
            if name in known:
                found[row] = name
            elif not name:
                self._wrong("step", row, "the ticket stands nowhere", "name a step of the routing")
            elif name in ENDS or name == JOIN or name in steps:
                self._wrong("step", row, "an open ticket does not stand at an end", "leave the row out")
            else:
                self._wrong("step", row, "there is no step of this name", self._remedy("step", name, known))
        return found

    def _remedy(self, key: str, name: str, known: Iterable[str]) -> str:
        meaning = f"say what it means: values: {{{key}: {{{name}: ...}}}}"
        close = remedy_for_unknown(name, known)
        return f"{close}; or {meaning}" if close else meaning

    # -- instants and amounts

    def _instant(self, text: str) -> float | None:
        """Minutes since the start; None where it cannot be read."""
        try:
            return float(text)
        except ValueError:
            pass
        try:
            return float(self.context.clock.minutes_of(datetime.fromisoformat(text)))
        except ValueError:
            return None

    def _instant_or_none(self, text: str) -> float:
        at = self._instant(text)
        if at is None or not math.isfinite(at):
            raise ValueError("an ISO date and time is expected here, or minutes since the start")
        if at > 0.0:
            raise ValueError("this lies after the start of the run -> take what was known at the start")
        return at

    def _creation(self, text: str) -> float:
        at = self._instant_or_none(text)
        if at < -OLDEST_MIN:
            raise ValueError("no ticket is older than ten years -> correct the date")
        return at

    # -- what does not fit together

    def _check_classes(self, streams: Sequence[int], classes: Sequence[int]) -> None:
        names, demand = list(self.context.codes["class"]), list(self.scenario.demand.items())
        for row, (stream, code) in enumerate(zip(streams, classes, strict=True)):
            name, written = demand[stream]
            if code >= 0 and names[code] not in (written.classes or [name]):
                self._wrong("class", row, f"the class is not one of the stream {name}", None)

    def _check_responses(self, created: Sequence[float], responded: Sequence[float]) -> None:
        for row, (made, answered) in enumerate(zip(created, responded, strict=True)):
            if answered < made:
                self._wrong("responded", row, "the response comes before the creation", None)

    # -- telling

    def _wrong(self, key: str, row: int, message: str, remedy: str | None) -> None:
        self._n_wrong += 1
        if self._n_wrong > MOST_TOLD:
            return
        column = self._columns[key]
        place: Place | None = column.place(row) if isinstance(column, CsvColumn) else None
        found = repr(column[row]) if column[row] else None
        self.context.problems.append(Problem(message, f"backlog.{key}", place, found, remedy))

    def _tell_how_many(self) -> None:
        if self._n_wrong > MOST_TOLD:
            more = self._n_wrong - MOST_TOLD
            self.context.problem(
                (*PATH, "file"), f"{format_count(more)} more entries of {self.written.file} are wrong"
            )


def backlog_reader(context: Context, scenario: Scenario) -> BacklogCompiler | None:
    """Return what reads the backlog of a scenario, with its columns read; None where there is none."""
    if scenario.backlog is None:
        return None
    reader = BacklogCompiler(context, scenario, scenario.backlog)
    reader.read()
    return reader


def standing_at(graph: Graph) -> Callable[[str], int]:
    """Return what finds where tickets stand: in the queue of a step, or gathering in front of it."""

    def step_of(name: str) -> int:
        step = graph.scenario.routing.steps[name]
        return graph.names.index(f"{name}~gather") if step.batch is not None else graph.code(name)

    return step_of


def _amount(text: str) -> float:
    value = float(text) if _is_number(text) else math.nan
    if not value >= 0.0 or not math.isfinite(value):
        raise ValueError("a number, 0 or more, is expected here")
    return value


def _count(text: str) -> float:
    if not text.isdigit():
        raise ValueError("a whole number, 0 or more, is expected here")
    return float(text)


def _minutes(text: str) -> float:
    """Minutes of ``40`` or ``2 h``."""
    return _amount(text) if _is_number(text) else parse_duration(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
