"""The open backlog in the SimPy engine: tickets that are under way when the run begins."""

from __future__ import annotations

import math
from collections.abc import Callable

from simlab.engines.simpy_draws import UNBOOKED
from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_tickets import Ticket
from simlab.engines.simpy_trails import Course, Trail
from simlab.model.arrivals import draw_backlog
from simlab.model.codes import Field
from simlab.model.tables import Model
from simlab.model.ticket_rules import new_facts


def take_over_backlog(desk: Flow, model: Model) -> None:
    """Let all open tickets stand where they are, the oldest first.

    It happens at the start, before anybody comes on duty: who does then finds all of them in the queues.
    """
    backlog = type(model.backlog)(*(column.tolist() for column in model.backlog))
    attributes = [column.tolist() for column in draw_backlog(model, desk.key).columns()]
    for row, stream in enumerate(backlog.stream):
        facts = new_facts(stream, [column[row] for column in attributes])
        team, hops = backlog.team[row], backlog.hops[row]
        facts[Field.HOPS], facts[Field.TEAM], facts[Field.REOPENS] = hops, team, backlog.reopens[row]
        course = Course(
            first_team=team, last_team=team, teams=frozenset({team} if team >= 0 else ()), hops=hops
        )
        tell = _history(backlog.responded[row], backlog.spent[row], desk.no_trail.of(course))
        coming = (backlog.created[row], stream, backlog.subject[row], *UNBOOKED, facts)
        desk.take_over(coming, tell, backlog.step[row], backlog.paused[row])


def _history(responded: float, spent: float, trail: Trail) -> Callable[[Ticket], None]:
    """What tells a ticket what happened to it before the run."""

    def tell(ticket: Ticket) -> None:
        if not math.isnan(responded):
            ticket.responded = responded
        ticket.spent, ticket.trail = spent, trail

    return tell
