"""Decisions that Python functions take in place of a scenario's rules: the way on, and who is next.

A hook is a function of what it is given and of nothing else: no random numbers of its own (it is given an
addressed one), no memory from ticket to ticket. Then a run with hooks is as reproducible as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class TicketView:
    """What a hook sees of a ticket; names as in the scenario, empty for what it does not name.

    Instants are in minutes since the start.
    """

    stream: str
    kind: str
    ticket_class: str
    priority: str
    channel: str
    difficulty: float
    created: float
    due: float
    """When its resolution is due; infinite where it has no target, or its clock stands still."""
    hops: int
    reopens: int
    team: str | None
    """Team that worked on it last."""


@dataclass(frozen=True, slots=True)
class DeskView:
    """What a hook sees of the desk."""

    now: float
    """Minutes since the start."""
    queues: Mapping[str, int]
    """Tickets that wait, by team."""


RouteHook: TypeAlias = Callable[[TicketView, str, tuple[str, ...], float, DeskView], str | None]
"""Given a ticket, the step that it leaves, the steps to which that leads, and a uniform number of the ticket
and this visit in (0, 1): the step to which it goes; None to leave it to the rules."""
RankHook: TypeAlias = Callable[[TicketView, str, DeskView], float | None]
"""Given a ticket and the team whose queue it joins: its rank there, of which the least is next; None to leave
it to the team's discipline. Equal ranks are served in order of joining. It is asked once for each joining."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Functions that decide, each only where it is given."""

    route: RouteHook | None = None
    rank: RankHook | None = None
