"""The open backlog: tickets that are under way when the run begins, from a file."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from simlab.scenario.quantities import Name
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import FilePath

Fact: TypeAlias = Literal["stream", "step", "class", "priority", "channel", "team"]


class BacklogColumns(Block):
    """Columns of the file, where they are not called as the keys here."""

    created: str | None = None
    """When the ticket was created: ISO date and time in local time, or minutes since the start (below 0)."""
    step: str | None = None
    """Where it stands: a step of the routing."""
    stream: str | None = None
    """Its demand stream; ``stream`` of the block where there is no such column."""
    class_: str | None = Field(default=None, alias="class")
    """Its class; drawn where there is no such column, or no entry."""
    priority: str | None = None
    """Its priority; drawn where there is no such column, or no entry."""
    channel: str | None = None
    """Its channel; drawn where there is no such column, or no entry."""
    difficulty: str | None = None
    """Its difficulty; drawn where there is no such column, or no entry."""
    responded: str | None = None
    """When it was first responded to; not yet where there is no entry."""
    paused: str | None = None
    """Time for which its clock for resolution stood still so far, in open time of the target's calendar."""
    spent: str | None = None
    """Time spent at the step until now: hands-on time of people, or time of a wait."""
    hops: str | None = None
    """Changes of team so far."""
    reopens: str | None = None
    """Times reopened so far."""
    team: str | None = None
    """Team that worked on it last."""


class Backlog(Block):
    """Tickets that are open when the run begins: a CSV file with a row for each, and a header."""

    file: FilePath
    """The CSV file, relative to the file that names it."""
    stream: Name | None = None
    """Demand stream of all tickets of which no column says it; may be left out where there is only one."""
    columns: BacklogColumns = BacklogColumns()
    """What its columns are called. One that is not written is read where it is called as its key."""
    values: dict[Fact, dict[str, Name]] = {}
    """What entries of the file mean: ``{step: {In progress: fix}, priority: {1 - critical: P1}}``."""
