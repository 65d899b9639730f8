"""What the parts of the SimPy engine ask of the desk that moves the tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from simlab.engines.simpy_draws import Draws
from simlab.engines.simpy_events import DeskEnvironment
from simlab.engines.simpy_records import RunRecords
from simlab.engines.simpy_steps import Decision, DeskStep
from simlab.engines.simpy_tickets import ITSELF, Cause, Coming, Fork, Ticket, Visit
from simlab.engines.simpy_trails import Trail
from simlab.model.quantiles import Sampler


class Receive(Protocol):
    """Makes a ticket of who comes, starts its clocks and lets it enter the process."""

    def __call__(self, coming: Coming, cause: Cause = ITSELF) -> Ticket:
        """Let a ticket enter."""
        ...


class Flow(Protocol):
    """The desk, as its parts see it."""

    __slots__ = ()

    env: DeskEnvironment
    key: tuple[int, int]
    samplers: list[Sampler]
    """By distribution."""
    spaces: list[int]
    """Subject space of each stream."""
    records: RunRecords
    draws: Draws
    no_trail: Trail
    """Trail of tickets that no team has had yet."""

    def reception(self) -> Receive:
        """Return what lets new tickets enter the process."""
        ...

    def stop_if_drained(self) -> None:
        """End the run if it ends when all tickets are closed, and they are."""
        ...

    def take_over(self, coming: Coming, tell: Callable[[Ticket], None], step: int, paused: float) -> None:
        """Let a ticket that is open when the run begins go on at a step; ``tell`` tells it its past."""
        ...

    def enter(self, ticket: Ticket, step: int, now: float, fork: Fork | None) -> None:
        """Let a ticket (or a branch of it) come to a step."""
        ...

    def leave(self, visit: Visit, now: float, following: int = -1) -> None:
        """End a visit and send the ticket on: to a given step, else by the rules of its step."""
        ...

    def open_visit(self, ticket: Ticket, step: int, now: float, fork: Fork | None = None) -> Visit:
        """Begin a visit in which nobody works."""
        ...

    def close_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End and record a visit."""
        ...

    def stop_visit(self, visit: Visit, now: float, went_to: int) -> None:
        """End a visit of a branch that is no longer needed, wherever it is."""
        ...

    def end_pause(self, visit: Visit, now: float) -> None:
        """Let the clocks go on that stand still because of a visit."""
        ...

    def work_together(self, batch: Sequence[tuple[Ticket, Fork | None]], step: int, now: float) -> None:
        """Let one person work once for a whole batch."""
        ...

    def joined(self, ticket: Ticket, now: float, fork: Fork) -> None:
        """Send a ticket on whose branches have joined."""
        ...

    def first_rule(self, ticket: Ticket, block: int) -> int:
        """Target of the first rule without shares that holds for a ticket, wherever it is; -1 for none."""
        ...

    def chosen(self, ticket: Ticket, step: DeskStep, number: int, decision: Decision, now: float) -> int:
        """Target that a decision of a step has for a ticket, at its visit of a number; -1 for none."""
        ...

    def time_of(self, ticket: Ticket, step: DeskStep, number: int, now: float, factor: float = 1.0) -> float:
        """Time that a step takes for a ticket, before it is multiplied with a factor; of the rest of it."""
        ...

    def applies(self, ticket: Ticket, step: int, block: int) -> bool:
        """Whether the conditions of a block of rules hold for a ticket."""
        ...
