"""Python hooks in the SimPy engine: what they are asked, and what they may answer."""

from __future__ import annotations

import math
from types import MappingProxyType

from simlab.engines.simpy_lines import Rank
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.errors import UsageError
from simlab.model.codes import Field
from simlab.model.hooks import DeskView, Hooks, TicketView
from simlab.model.tables import Model


class HookedDecisions:
    """Asks the hooks of a model, in the names of its scenario."""

    def __init__(self, model: Model, hooks: Hooks, queue_lengths: list[int]) -> None:
        self.hooks = hooks
        self.names = model.names
        self._lengths = queue_lengths
        self._ways = [_ways_of(model, step) for step in range(len(model.names.steps))]

    def next_step(self, ticket: Ticket, step: int, u: float, now: float) -> int:
        """Step to which the hook sends a ticket; -1 where it leaves that to the rules.

        Raises
        ------
        UsageError
            If it names a step to which this one does not lead.
        """
        ways = self._ways[step]
        if self.hooks.route is None or not ways:
            return -1
        here = self.names.steps[step].partition("~")[0]
        answer = self.hooks.route(self._ticket(ticket), here, tuple(ways), u, self._desk(now))
        if answer is None:
            return -1
        if answer not in ways:
            raise UsageError(
                f"the route hook must answer None or a step that '{here}' leads to: {', '.join(ways)}; "
                f"found {answer!r}"
            )
        return ways[answer]

    def rank(self, visit: Visit, team: int, now: float) -> Rank | None:
        """Rank that the hook gives a visit in the queue of a team; None where it leaves that to the team.

        Raises
        ------
        UsageError
            If the rank is not a number.
        """
        if self.hooks.rank is None:
            return None
        answer: object = self.hooks.rank(self._ticket(visit.ticket), self.names.teams[team], self._desk(now))
        if answer is None:
            return None
        if not isinstance(answer, int | float) or math.isnan(answer):
            raise UsageError(f"the rank hook must answer None or a number; found {answer!r}")
        return float(answer), visit.sequence

    def _ticket(self, ticket: Ticket) -> TicketView:
        names, facts = self.names, ticket.facts
        return TicketView(
            stream=names.streams[ticket.stream],
            kind=_name(names.kinds, facts[Field.KIND]),
            ticket_class=_name(names.classes, facts[Field.CLASS]),
            priority=_name(names.priorities, facts[Field.PRIORITY]),
            channel=_name(names.channels, facts[Field.CHANNEL]),
            difficulty=float(facts[Field.DIFFICULTY]),
            created=ticket.created,
            due=ticket.resolve_due,
            hops=int(facts[Field.HOPS]),
            reopens=int(facts[Field.REOPENS]),
            team=names.teams[ticket.last_team] if ticket.last_team >= 0 else None,
        )

    def _desk(self, now: float) -> DeskView:
        queues = dict(zip(self.names.teams, self._lengths, strict=False))  # behind them stand other states
        return DeskView(now, MappingProxyType(queues))


def _name(names: tuple[str, ...], code: float) -> str:
    """Return the name behind a code; empty where the scenario names none."""
    return names[int(code)] if 0 <= code < len(names) else ""


def _ways_of(model: Model, step: int) -> dict[str, int]:
    """Steps of the scenario to which one leads, by name; none where it only goes on within itself."""
    rules, block = model.rules, int(model.steps.next_rules[step])
    if block < 0:
        return {}
    targets = rules.target[rules.first_row[block] : rules.first_row[block + 1]].tolist()
    ways: dict[str, int] = {}
    for target in targets:
        ways.setdefault(model.names.steps[model.steps.shown_as[target]], target)
    is_within = ways.keys() <= {model.names.steps[model.steps.shown_as[step]]}
    return {} if is_within else {name: target for name, target in ways.items() if "~" not in name}
