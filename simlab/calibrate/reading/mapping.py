"""What the columns of a log mean: the mapping file beside it, which the planner checks and corrects."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from simlab.calibrate.event_log import LogKind
from simlab.calibrate.reading.instants import DateOrder
from simlab.errors import InvalidInput, Place, Problem
from simlab.model.calendar_rules import public_holidays
from simlab.model.wall_clock import zone_info
from simlab.scenario.document import read_document
from simlab.scenario.nodes import MapNode, ScalarNode
from simlab.scenario.quantities import Date
from simlab.scenario.schema.base import Block
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.scenario.validation import validate

ASK: Final = "?"
"""Stands in a mapping file where the planner must decide."""


class FileForm(Block):
    """The form of a CSV file."""

    encoding: str | None = None
    """utf-8, cp1252 or another name that Python knows; found out if not written."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """The character between values; found out if not written."""


class ColumnNames(Block):
    """Which column says what; those that are not there are left out."""

    case: str | None = None
    """Number of the ticket (the case)."""
    activity: str | None = None
    """What was done (rows are events)."""
    start: str | None = None
    """When an activity began."""
    end: str | None = None
    """When an activity was done; where rows are changes, when the change was made."""
    enabled: str | None = None
    """When the ticket came to the activity and began to queue."""
    lifecycle: str | None = None
    """Start, complete and the like, where an activity has a row for each."""
    status: str | None = None
    """Status of the ticket from the change on, or (rows are tickets) now."""
    detail: str | None = None
    """Finer status, told together with the status."""
    field: str | None = None
    """Which field was changed, where a row is a change of one field; see ``fields``."""
    value: str | None = None
    """What that field was changed to."""
    before: str | None = None
    """What it was before."""
    team: str | None = None
    """Team, group or queue."""
    person: str | None = None
    """Who did it, or to whom it is assigned."""
    created: str | None = None
    """When the ticket was created."""
    responded: str | None = None
    """When somebody first responded."""
    resolved: str | None = None
    """When it was resolved."""
    closed: str | None = None
    """When it was closed for good."""
    responded_after: str | None = None
    """Elapsed time from the creation to the first response, where no instant is told."""
    resolved_after: str | None = None
    """Elapsed time from the creation to the resolution, where no instant is told."""
    class_: str | None = Field(default=None, alias="class")
    """What the ticket is about: category, service, type."""
    priority: str | None = None
    """Priority."""
    channel: str | None = None
    """How it came: phone, mail, portal."""
    reassignments: str | None = None
    """How often it changed team."""
    stations: str | None = None
    """How many teams it went through, the first included: one more than its changes of team."""
    reopens: str | None = None
    """How often it came back after a resolution."""

    def named(self) -> dict[str, str]:
        """Return the columns that are written, by what they say."""
        written = self.model_dump(by_alias=True)
        return {role: column for role, column in written.items() if column is not None}


class LogMapping(Block):
    """How a log is read."""

    log: Literal["events", "changes", "tickets"]
    """What a row is: an activity (events), a change of status or team (changes), or a whole ticket."""
    zone: str = "UTC"
    """Time zone on whose clock the desk works, such as Europe/Berlin; it reads times without an offset."""
    dates: Literal["year-month-day", "day-month-year", "month-day-year"] = "year-month-day"
    """Which comes first in dates written in numbers."""
    columns: ColumnNames = Field(default_factory=ColumnNames)
    """Which column says what."""
    fields: dict[Literal["status", "team", "person"], tuple[str, ...]] = Field(default_factory=dict)
    """Where a row is a change of one field: which fields tell the status, the team and the person."""
    durations: Literal["seconds", "minutes", "hours", "days"] = "minutes"
    """Unit of numbers in ``responded_after`` and ``resolved_after``; 26:05:00 has one of its own."""
    attributes: tuple[str, ...] = ()
    """Further columns that are kept."""
    missing: tuple[str, ...] = ()
    """Texts that stand for nothing, such as ? or NULL."""
    finished: tuple[str, ...] = ()
    """Statuses (or activities) in which a ticket counts as resolved."""
    waiting: dict[str, str] = Field(default_factory=dict)
    """Statuses (or activities) in which nobody works, and who is waited for: user, vendor, other."""
    holidays: str | None = None
    """Public holidays on which nobody works: a country, or country and region, such as DE-BY."""
    closed: tuple[Date, ...] = ()
    """More dates on which nobody works; those that the log shows are found out."""
    cases: str | None = None
    """Object type that is the case, in object-centric logs."""
    file: FileForm = Field(default_factory=FileForm)
    """Form of a CSV file."""

    @property
    def kind(self) -> LogKind:
        """What a row is."""
        return LogKind(self.log)

    @property
    def order(self) -> DateOrder:
        """Which part of a date comes first."""
        return DateOrder(self.dates)


OF_FIELDS: Final = ("field", "value", "before")
"""Columns of a history in which a row is a change of one field."""

DURATIONS: Final = ("resolved_after", "responded_after")
"""Columns that tell how long it took, in place of an instant."""

NEEDED: Final = {
    LogKind.EVENTS: ("case", "activity"),
    LogKind.CHANGES: ("case", "end", "status"),
    LogKind.TICKETS: ("created",),
}
"""Columns without which a log of a kind says nothing."""

_OF_HISTORY: Final = ("case", "end", "field", "value")

UNUSED: Final = {
    LogKind.EVENTS: ("status", "detail", *OF_FIELDS, *DURATIONS),
    LogKind.CHANGES: ("activity", "start", "lifecycle", "enabled", *DURATIONS),
    LogKind.TICKETS: ("activity", "start", "end", "lifecycle", "enabled", "detail", *OF_FIELDS),
}
"""Columns that a log of a kind does not have."""


def read_mapping(path: Path) -> LogMapping:
    """Read a mapping file.

    Raises
    ------
    InvalidInput
        With every mistake, among them what the planner has still to decide.
    """
    document = read_document(path)
    questions = _questions(document)
    if questions:
        raise InvalidInput(questions)
    mapping = validate(LogMapping, document)
    problems = [
        *_zone_problems(mapping, document),
        *_holiday_problems(mapping, document),
        *_column_problems(mapping, document),
    ]
    if problems:
        raise InvalidInput(problems)
    return mapping


def unknown_columns(mapping: LogMapping, known: tuple[str, ...], source: str) -> list[Problem]:
    """Return a problem for each column that the mapping names and the log does not have."""
    named = [(f"columns.{role}", column) for role, column in mapping.columns.named().items()]
    named += [(f"attributes.{number}", column) for number, column in enumerate(mapping.attributes)]
    return [
        Problem(
            f"{source} has no column '{column}'",
            path,
            remedy=remedy_for_unknown(column, known) or "use one of its columns",
        )
        for path, column in named
        if column not in known
    ]


def _questions(document: MapNode, outer: str = "") -> list[Problem]:
    """Return what the file asks, with the choices that stand behind the question mark."""
    found = []
    for key, entry in document.entries.items():
        path = f"{outer}{key}"
        if isinstance(entry.node, MapNode):
            found += _questions(entry.node, f"{path}.")
        elif isinstance(entry.node, ScalarNode) and entry.node.text == ASK:
            remedy = "the line above it has the choices: write one of them in place of the question mark"
            found.append(Problem(f"'{path}' is to be decided", path, entry.node.place, remedy=remedy))
    return found


def _zone_problems(mapping: LogMapping, document: MapNode) -> list[Problem]:
    try:
        zone_info(mapping.zone)
    except ValueError as error:
        message, _, remedy = str(error).rpartition("; ")
        return [Problem(message, "zone", _place(document, "zone"), remedy=remedy)]
    return []


def _holiday_problems(mapping: LogMapping, document: MapNode) -> list[Problem]:
    if mapping.holidays is None:
        return []
    try:
        public_holidays(mapping.holidays, 2024, 2024)
    except ValueError as error:
        message, _, remedy = str(error).rpartition("; ")
        return [Problem(message or remedy, "holidays", _place(document, "holidays"), remedy=remedy)]
    return []


def _column_problems(mapping: LogMapping, document: MapNode) -> list[Problem]:
    named = mapping.columns.named()
    place = _place(document, "columns")
    problems = [
        Problem(
            f"a log of {mapping.log} needs the column '{role}'",
            "columns",
            place,
            remedy=f"add {role}: NAME OF THE COLUMN",
        )
        for role in (_OF_HISTORY if "field" in named else NEEDED[mapping.kind])
        if role not in named
    ]
    if "field" in named and "status" not in mapping.fields:
        remedy = "add fields: {status: [NAME OF THE FIELD]}"
        problems.append(Problem("which field is the status is not said", "fields", place, remedy=remedy))
    if mapping.kind is LogKind.EVENTS and not {"start", "end"} & set(named):
        remedy = "add end: NAME OF THE COLUMN, or start:"
        problems.append(Problem("a log of events needs a time", "columns", place, remedy=remedy))
    problems += [
        Problem(
            f"a log of {mapping.log} has no column '{role}'",
            f"columns.{role}",
            place,
            remedy="remove it, or correct 'log'",
        )
        for role in UNUSED[mapping.kind]
        if role in named
    ]
    return problems


def _place(document: MapNode, key: str) -> Place:
    entry = document.entries.get(key)
    return entry.node.place if entry else document.place
