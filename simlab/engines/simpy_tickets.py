"""What the SimPy engine keeps of a ticket and of a visit while they are under way."""

from __future__ import annotations

import math
from typing import NamedTuple, Self, TypeAlias

from simlab.engines.simpy_trails import Trail
from simlab.model.codes import Field, Origin, Outcome

OPEN = Outcome.OPEN
NOT_YET = math.nan
"""Instant of what has not happened; it is this very object, which is quicker to see than that it is NaN."""
# Plain numbers: in Python 3.11 they index lists twice as fast as members of an enumeration.
HOPS, TEAM = int(Field.HOPS), int(Field.TEAM)


class Fork:
    """A ticket's parallel branches: where they began, and how many have joined."""

    __slots__ = ("came_from", "is_over", "is_stopped", "joined", "needed", "number", "parent", "step")

    def __init__(self, step: int, number: int, needed: int, came_from: float, parent: Fork | None) -> None:
        self.step = step
        self.number = number
        """Number of the ticket's visit to the step."""
        self.needed = needed
        """Branches that must join before the ticket goes on."""
        self.joined = 0
        self.came_from = came_from
        """Step from which the ticket came."""
        self.parent = parent
        """The branches within one of which these are."""
        self.is_over = False
        """Whether the ticket has gone on without those that are left."""
        self.is_stopped = False

    def is_within(self, other: Fork) -> bool:
        """Whether these branches are the other ones or within one of them."""
        fork: Fork | None = self
        while fork is not None:
            if fork is other:
                return True
            fork = fork.parent
        return False

    def is_unheeded(self) -> bool:
        """Whether the ticket has gone on without these branches, or ones around them."""
        return self.is_over or (self.parent is not None and self.parent.is_unheeded())

    def is_void(self) -> bool:
        """Whether nothing begins here any more: these branches, or ones around them, were stopped."""
        return self.is_stopped or (self.parent is not None and self.parent.is_void())


class Visit:
    """One stay of a ticket at a step.

    What few visits ever change stands as a default with the class, and takes no time and room otherwise.
    """

    __slots__ = (
        "__dict__",
        "arrived",
        "fork",
        "handovers",
        "is_in_pieces",
        "is_queued",
        "left",
        "line",
        "number",
        "person",
        "rank",
        "sequence",
        "started",
        "step",
        "team",
        "ticket",
        "touch",
        "turn",
    )

    is_batch = False
    is_done = False
    """Whether its work is done, as one of a batch whose tickets go on one after the other."""
    is_stopped = False
    batch: Batch | None = None
    """The batch as one of which it is worked on."""
    pauses = False
    """Whether clocks of the ticket stand still because of it."""
    awaited = 0
    """Tickets that must be closed before it ends."""
    sequence: int
    """When it joined the queue, counted over all joins: who comes first among equals."""
    rank: float
    """Place in the queue, from when it joins one on: the least is next."""
    turn: int
    """Place among those of the same rank."""
    is_in_pieces: bool
    """Whether its work was begun in spells, as it must be where one may not be enough."""

    def begun(
        self,
        ticket: Ticket,
        step: int,
        number: int,
        team: int,
        arrived: float,
        fork: Fork | None = None,
        left: float = 0.0,
    ) -> Self:
        """Note who is where, since when, with how much work."""
        # Not an `__init__`: Python 3.11 calls that in much more time than another method.
        self.ticket = ticket
        self.step = step
        self.number = number
        self.team = team
        self.line = team
        """Team and skill that it waits for."""
        self.arrived = arrived
        self.started = NOT_YET
        self.left = left
        """Minutes of work that are left, at speed 1."""
        self.touch = 0.0
        """Minutes that were worked."""
        self.handovers = 0
        self.person = -1
        self.is_queued = self.is_in_pieces = False
        self.fork = fork
        """The branches of one of which it is a part."""
        return self

    def begins(self, now: float) -> None:
        """Be taken in hand for the first time, which answers the customer."""
        self.started = now
        ticket = self.ticket
        ticket.queued += now - self.arrived
        if ticket.responded is NOT_YET:
            ticket.responded = now

    def wanted(self) -> list[Visit]:
        """Return the visits for which its work is done."""
        return [self]


class Batch(Visit):
    """A batch on which one person works once: what queues and is taken in hand for all of its visits."""

    is_batch = True

    def __init__(self, members: list[Visit]) -> None:
        first = members[0]
        self.begun(first.ticket, first.step, first.number, first.team, first.arrived, left=first.left)
        self.line = first.line
        self.members = members
        for visit in members:
            visit.batch = self

    def begins(self, now: float) -> None:
        """Let all of its visits be taken in hand."""
        self.started = now
        for visit in self.wanted():
            visit.person = self.person
            visit.begins(now)

    def wanted(self) -> list[Visit]:
        """Return the visits that have not left or been stopped."""
        return [visit for visit in self.members if not visit.is_stopped]


class Cause(NamedTuple):
    """Why a ticket comes that does not arrive by itself, or the fault behind one that does."""

    origin: Origin
    parent: int = -1
    """Ticket that gave rise to it, by number."""
    fault: int = -1
    awaited_by: Visit | None = None
    """The visit of another ticket that waits until this one is closed."""


ITSELF = Cause(Origin.DEMAND)
"""A ticket that arrives by itself."""


Coming: TypeAlias = tuple[float, int, int, int, int, list[float]]
"""Who comes: instant, stream, subject, where its draws are (page and place), and facts."""


class Ticket:
    """A ticket: its identity, the facts that rules ask for, and what has happened to it.

    The desk makes it, see `Desk.reception`: Python 3.11 calls an `__init__` in much more time than what it
    does there takes. What few tickets ever change stands as a default with the class, and takes no time and
    room otherwise.
    """

    __slots__ = (
        "__dict__",
        "closed",
        "created",
        "facts",
        "number",
        "outcome",
        "page",
        "place",
        "queued",
        "resolved",
        "responded",
        "stream",
        "subject",
        "trail",
        "visit",
        "visits",
    )

    origin = Origin.DEMAND
    parent = -1
    awaited_by: Visit | None = None
    answered = math.nan
    section = -1
    """Section of limited work in progress of which it holds a permit."""
    respond_due = resolve_due = math.inf
    respond_left = resolve_left = -1.0
    """Time left on the clocks while they are paused."""
    respond_pauses = resolve_pauses = 0
    handovers = 0
    fault = target = -1
    passes: list[int]
    """Visits to each step of the scenario so far, where rules count them."""
    spent = 0.0
    """Minutes spent at its first step before the run began."""
    created: float
    stream: int
    subject: int
    page: int
    place: int
    """Where its draws are among those of its neighbours; page -1 for who has none."""
    facts: list[float]
    """By :class:`~simlab.model.codes.Field`."""
    responded: float
    resolved: float
    closed: float
    """`NOT_YET` at first."""
    outcome: Outcome
    queued: float
    """Minutes in queues of teams and in front of sections, until work first started."""
    number: int
    """Given by the desk, in the order in which tickets come."""
    visits: list[int]
    """Visits to each step of the compiled graph so far: part of the addresses of draws."""
    trail: Trail
    """The teams that it has been with."""
    visit: Visit | None
    """The visit that it began last; none once it has left, so that both can be let go."""
    branch_visits: list[Visit] | None = None
    """Visits under way, where the model has parallel branches."""
    milestones: dict[int, float] | None = None
    """When it last reached those from which waits are counted, but for its creation."""
    timeless = (-math.inf, 0)
    """The last instant at which visits took no time, and how many did."""

    def open_visits(self) -> list[Visit]:
        """Visits under way: one, but for parallel branches."""
        if self.branch_visits is not None:
            return self.branch_visits
        return [] if self.visit is None else [self.visit]

    def is_caused(self, cause: Cause) -> None:
        """Note why it comes."""
        self.origin, self.parent, self.fault, self.awaited_by = cause

    def counts_visit(self, step: int) -> int:
        """Count a visit to a step; return its number."""
        number = self.visits[step]
        self.visits[step] = number + 1
        return number

    def reaches(self, milestone: int, now: float) -> None:
        """Note that it reaches a milestone."""
        if self.milestones is None:
            self.milestones = {}
        self.milestones[milestone] = now

    def last_at(self, milestone: int, now: float) -> float:
        """When it last reached a milestone; now, where it never did."""
        if milestone == 0:
            return self.created
        return now if self.milestones is None else self.milestones.get(milestone, now)

    def visits_at_once(self, now: float) -> int:
        """Count a visit that took no time; return how many there were at this instant."""
        instant, n = self.timeless
        self.timeless = now, n + 1 if now == instant else 1
        return self.timeless[1]
