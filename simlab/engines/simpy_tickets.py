"""What the SimPy engine keeps of a ticket and of a visit while they are under way."""

from __future__ import annotations

import math

from simlab.model.tables import Field, Outcome


class Visit:
    """One stay of a ticket at a step."""

    __slots__ = (
        "arrived",
        "ended",
        "handovers",
        "is_queued",
        "left",
        "number",
        "person",
        "rank",
        "sequence",
        "started",
        "step",
        "team",
        "ticket",
        "touch",
        "went_to",
    )

    def __init__(self, ticket: Ticket, step: int, number: int, team: int, arrived: float) -> None:
        self.ticket = ticket
        self.step = step
        self.number = number
        self.team = team
        self.arrived = arrived
        self.started = math.nan
        self.ended = math.nan
        self.left = 0.0
        """Minutes of work that are left, at speed 1."""
        self.touch = 0.0
        self.handovers = 0
        self.person = -1
        self.rank: tuple[float, int] = (0.0, 0)
        self.sequence = 0
        """When it joined the queue, counted over all joins: who comes first among equals."""
        self.is_queued = False
        self.went_to = -1


class Ticket:
    """A ticket: its identity, the facts that rules ask for, and what has happened to it."""

    __slots__ = (
        "automated",
        "closed",
        "created",
        "delayed",
        "dormant",
        "facts",
        "first_team",
        "handovers",
        "last_team",
        "number",
        "outcome",
        "passes",
        "ping_pongs",
        "queued",
        "resolve_due",
        "resolve_left",
        "resolved",
        "respond_due",
        "respond_left",
        "responded",
        "steps_at_once",
        "stream",
        "subject",
        "target",
        "teams",
        "touch",
        "visit",
        "visits",
        "work_visits",
    )

    def __init__(
        self, number: int, stream: int, subject: int, facts: list[float], created: float, n_steps: int
    ) -> None:
        self.number = number
        self.stream = stream
        self.subject = subject
        self.facts = facts
        """By :class:`~simlab.model.tables.Field`."""
        self.created = created
        self.visits = [0] * n_steps
        """Visits to each step of the compiled graph so far: part of the addresses of draws."""
        self.passes = [0] * n_steps
        """Visits to each step of the scenario so far, as rules count them."""
        self.visit: Visit | None = None
        """The visit under way."""
        self.target = -1
        self.respond_due = self.resolve_due = math.inf
        self.respond_left = self.resolve_left = -1.0
        """Time left on the clocks while they are paused."""
        self.responded = self.resolved = self.closed = math.nan
        self.outcome = Outcome.OPEN
        self.first_team = self.last_team = -1
        self.teams = 0
        """Teams that had the ticket: bit by code."""
        self.work_visits = self.ping_pongs = self.handovers = 0
        self.touch = self.queued = self.delayed = self.automated = self.dormant = 0.0
        self.steps_at_once = 0
        """Visits in a row that took no time."""

    def joins_team(self, team: int) -> None:
        """Count a work visit, and the hop and ping-pong that it may be."""
        self.work_visits += 1
        if self.last_team < 0:
            self.first_team = team
        elif team != self.last_team:
            self.facts[Field.HOPS] += 1
            if self.teams >> team & 1:
                self.ping_pongs += 1
        self.teams |= 1 << team
        self.last_team = team
        self.facts[Field.TEAM] = team
