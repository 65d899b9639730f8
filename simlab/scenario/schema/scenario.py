"""A whole scenario file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simlab.scenario.quantities import Name
from simlab.scenario.schema.automation import Automation
from simlab.scenario.schema.backlog import Backlog
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.control import ControlRule
from simlab.scenario.schema.demand import Priorities, Stream
from simlab.scenario.schema.faults import Faults
from simlab.scenario.schema.feedback import Feedback
from simlab.scenario.schema.levers import Levers
from simlab.scenario.schema.roadmap import Milestone
from simlab.scenario.schema.routing import Routing
from simlab.scenario.schema.staffing import Team
from simlab.scenario.schema.targets import Costs, Targets
from simlab.scenario.schema.time import Calendar, Time


class Evidence(Block):
    """Where a number comes from."""

    kind: Literal["measured", "literature", "assumption"]
    """Measured here, read in a source, or assumed."""
    source: str | None = None
    """The source, or how it was measured."""


class Patch(Block):
    """A named change to the scenario."""

    label: str | None = None
    """The change in words, for reports."""
    set: dict[str, Any] = {}
    """What changes: maps as in the scenario, or key paths such as ``staffing.desk.people: 9``."""


class Scenario(Block):
    """A scenario: how tickets come in, who works on them by which rules, and what is promised and paid."""

    name: str = Field(min_length=1, max_length=200)
    """Name, shown on reports."""
    description: str | None = None
    """What is described here, and where its numbers come from."""
    time: Time
    """Start, length and time zone."""
    calendars: dict[Name, Calendar] = {}
    """Calendars by name; ``always`` (round the clock) exists without being written."""
    priorities: Priorities | tuple[Name, ...] | None = None
    """Priorities, most urgent first; sorted by name where not given."""
    demand: dict[Name, Stream] = Field(min_length=1)
    """Demand streams by name."""
    backlog: Backlog | None = None
    """Tickets that are open when the run begins."""
    staffing: dict[Name, Team] = {}
    """Teams by name."""
    routing: Routing
    """The process."""
    automation: dict[Name, Automation] = {}
    """Automations by name."""
    faults: dict[Name, Faults] = {}
    """Root causes of incidents by name."""
    feedback: Feedback | None = None
    """What customers think of their tickets, and what follows from it."""
    levers: Levers = {}
    """Levers by name: standard procedures, documentation, training, ..."""
    control: dict[Name, ControlRule] = {}
    """Rules of monitoring by name: what is watched, when they act, what they do, when they stop."""
    roadmap: tuple[Milestone, ...] = ()
    """Changes at dates: go-lives, ramps, people who join and leave, demand that steps up."""
    targets: Targets = {}
    """Service targets, by priority or by conditions."""
    costs: Costs = Costs()
    """Money that is not staff or automation."""
    evidence: dict[str, Evidence] = {}
    """Key path (``*`` stands for any key) to where its numbers come from."""
    what_if: dict[Name, Patch] = {}
    """Named changes, to compare with: ``simlab compare scenario.yaml --what-if name``."""
