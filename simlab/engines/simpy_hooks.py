"""Python hooks in the SimPy engine: what they are asked, and what they may answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from simlab.engines.simpy_draws import Draw, Draws
from simlab.engines.simpy_events import DeskEnvironment
from simlab.engines.simpy_lines import Line, Lines, Rank
from simlab.engines.simpy_steps import Decide, Decision, DeskStep
from simlab.engines.simpy_tickets import Ticket, Visit
from simlab.errors import UsageError
from simlab.model.codes import Field
from simlab.model.hooks import DeskView, RankHook, RouteHook, TicketView
from simlab.model.streams import Purpose
from simlab.model.tables import Model, Names


class HookedDecision(Decision):
    """The ways out of a step, of which a hook is asked first."""

    __slots__ = ("_here", "_hook", "_hooked_rules", "_names", "_random", "_ways")

    def __init__(
        self, rules: Decision, hook: RouteHook, names: Names, here: str, ways: dict[str, int], random: Draw
    ) -> None:
        self._hooked_rules = rules
        self._lengths = rules._lengths
        self.asked, self.only = rules.asked, -1
        self._hook, self._names, self._here, self._ways, self._random = hook, names, here, ways, random

    def by(self, draw: Draw) -> Decide:
        """Return what asks the hook, and then decides by a draw.

        Raises
        ------
        UsageError
            If the hook names a step to which this one does not lead.
        """
        by_rules = self._hooked_rules.by(draw)

        def ask(ticket: Ticket, number: int, now: float) -> int:
            answer = self._answer(ticket, number, now)
            return by_rules(ticket, number, now) if answer is None else answer

        return ask

    def _answer(self, ticket: Ticket, number: int, now: float) -> int | None:
        """Step to which the hook sends a ticket; None where it leaves that to the rules."""
        ticket_view, desk_view = view(self._names, ticket), desk(self._names, self._lengths, now)
        u = self._random.of(ticket, number)
        answer = self._hook(ticket_view, self._here, tuple(self._ways), u, desk_view)
        if answer is None:
            return None
        if answer not in self._ways:
            raise UsageError(
                f"the route hook must answer None or a step that '{self._here}' leads to: "
                f"{', '.join(self._ways)}; found {answer!r}"
            )
        return self._ways[answer]


class HookedLines(Lines):
    """Queues in which a hook is asked first for the rank of who waits alone; swarms stand as they would."""

    def __init__(self, model: Model, n_lines: int, hook: RankHook, env: DeskEnvironment) -> None:
        super().__init__(model, n_lines)
        self._hook, self._names, self._env = hook, model.names, env
        has_roles = np.zeros(0) if model.swarms is None else np.diff(model.swarms.first)
        self._swarms = frozenset(np.flatnonzero(has_roles).tolist())

    def _line_of(self, team: int) -> Line:
        """Return an empty line of a team: ranks may be any numbers."""
        return Line(self.lengths, team)

    def number(self, visit: Visit) -> None:
        """Let a visit be the last that has come so far, and rank it so in its team."""
        visit.sequence = next(self._sequence)
        visit.rank, visit.turn = self.rank(visit, visit.team)

    def rank(self, visit: Visit, team: int) -> Rank:
        """Return the rank that the hook gives a visit, else that of the team's discipline.

        Raises
        ------
        UsageError
            If the hook's rank is not a number.
        """
        if visit.step in self._swarms:
            return super().rank(visit, team)
        desk_view = desk(self._names, self.lengths, self._env.now)
        answer: object = self._hook(view(self._names, visit.ticket), self._names.teams[team], desk_view)
        if answer is None:
            return super().rank(visit, team)
        if not isinstance(answer, int | float) or math.isnan(answer):
            raise UsageError(f"the rank hook must answer None or a number; found {answer!r}")
        return float(answer), visit.sequence


def ask_before_rules(model: Model, hook: RouteHook, steps: Sequence[DeskStep], draws: Draws) -> None:
    """Let a hook be asked wherever a step leads to others."""
    for step in steps:
        ways = _ways_of(model, step.code)
        if ways:
            here = model.names.steps[step.shown_as]
            random = draws.at(step.code, Purpose.HOOK)
            step.next = HookedDecision(step.next, hook, model.names, here, ways, random)
            step.only_next = -1


def view(names: Names, ticket: Ticket) -> TicketView:
    """Return what a hook sees of a ticket."""
    facts = ticket.facts
    return TicketView(
        stream=names.streams[ticket.stream],
        kind=_name(names.kinds, facts[Field.KIND]),
        ticket_class=_name(names.classes, facts[Field.CLASS]),
        priority=_name(names.priorities, facts[Field.PRIORITY]),
        channel=_name(names.channels, facts[Field.CHANNEL]),
        difficulty=float(facts[Field.DIFFICULTY]),
        created=ticket.created,
        due=ticket.resolve_due,
        hops=ticket.trail.hops,
        reopens=int(facts[Field.REOPENS]),
        team=names.teams[ticket.trail.last_team] if ticket.trail.last_team >= 0 else None,
    )


def desk(names: Names, queue_lengths: Sequence[int], now: float) -> DeskView:
    """Return what a hook sees of the desk."""
    queues = dict(zip(names.teams, queue_lengths, strict=False))  # behind them stand other states
    return DeskView(now, MappingProxyType(queues))


def _name(names: tuple[str, ...], code: float) -> str:
    """Return the name behind a code; empty where the scenario names none."""
    return names[int(code)] if 0 <= code < len(names) else ""


def _ways_of(model: Model, step: int) -> dict[str, int]:
    """Steps of the scenario to which one leads, by name; none where it only goes on within itself."""
    rules, block = model.rules, int(model.steps.next_rules[step])
    if block < 0:
        return {}
    ways: dict[str, int] = {}
    for target in rules.target[rules.first_row[block] : rules.first_row[block + 1]].tolist():
        ways.setdefault(model.names.steps[model.steps.shown_as[target]], target)
    is_within = ways.keys() <= {model.names.steps[model.steps.shown_as[step]]}
    return {} if is_within else {name: target for name, target in ways.items() if "~" not in name}
