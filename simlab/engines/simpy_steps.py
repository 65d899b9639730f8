"""Steps and decisions as the SimPy engine reads them: what is the same for all tickets is found out once.

A run asks the same few things of a step at every visit. They are gathered here when the run is set up, so
that a mechanism which a step does not use costs nothing there.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter

from simlab.engines.simpy_draws import Draw, Draws
from simlab.engines.simpy_tickets import Fork, Ticket
from simlab.model.calendars import Calendar
from simlab.model.codes import Field, Outcome, StepKind
from simlab.model.quantiles import Sampler
from simlab.model.streams import Purpose
from simlab.model.tables import Model, RuleTable, StepTable
from simlab.model.ticket_rules import choose, outcomes

_OF_THE_MOMENT = frozenset(
    {Field.CALENDAR, Field.QUEUE, Field.CONTROL, Field.RUNG, Field.SCORE, Field.DIFFICULTY}
)
"""What changes without the ticket, or takes too many values to be remembered."""


Decide = Callable[[Ticket, int, float], int]
"""Target of the rule that takes a ticket now, at its visit of this number; -1 where none does."""
Outcomes = tuple[list[float] | None, list[int]]
"""Sums of shares, where there is a choice, and targets of tickets that are alike."""


class Decision:
    """A block of rules: which of them takes a ticket.

    Where codes and counts of tickets alone decide, what holds for one is remembered for all that are alike.
    """

    __slots__ = ("_alike", "_block", "_calendars", "_decide", "_known", "_lengths", "_rules", "asked", "only")

    def __init__(
        self, rules: RuleTable, block: int, calendars: Sequence[Calendar], queue_lengths: Sequence[int]
    ) -> None:
        self._rules, self._block = rules, block
        self._calendars, self._lengths = calendars, queue_lengths
        rows = range(rules.first_row[block], rules.first_row[block + 1])
        tests = range(rules.first_test[rows.start], rules.first_test[rows.stop])
        fields = {int(rules.test_field[test]) for test in tests}
        if rules.first_hazard[rows.start] < rules.first_hazard[rows.stop]:
            fields.add(Field.HOPS)
        if any(rules.odds_by_difficulty[row] != 1.0 for row in rows):
            fields.add(Field.DIFFICULTY)
        self.asked = frozenset(fields)
        """Facts of tickets that are asked for."""
        self.only: int = rules.target[rows.start] if len(rows) == 1 and not tests else -1
        """The target of the only rule, where it takes every ticket; else -1."""
        self._alike = None if fields & _OF_THE_MOMENT else itemgetter(*(map(int, fields or {Field.STREAM})))
        self._known: dict[object, Outcomes] = {}
        self._decide: dict[Draw, Decide] = {}

    def by(self, draw: Draw) -> Decide:
        """Return what decides by a draw, which is only looked at where shares decide."""
        decide = self._decide.get(draw)
        if decide is None:
            decide = self._decide[draw] = self._deciding(draw)
        return decide

    def _deciding(self, draw: Draw) -> Decide:
        of_facts, known, learn, u_of = self._alike, self._known, self._learn, draw.of
        rules, block = self._rules, self._block

        def choose_now(ticket: Ticket, number: int, now: float) -> int:
            u = u_of(ticket, number) if rules.needs_draw[block] else 0.0
            return choose(rules, block, ticket.facts, u, now, self._calendars, self._lengths)

        if of_facts is None:
            return choose_now
        facts_alike = of_facts  # which is not None from here on

        def choose_as_known(ticket: Ticket, number: int, now: float) -> int:
            alike = facts_alike(ticket.facts)
            try:
                shares, targets = known[alike]
            except KeyError:
                shares, targets = learn(alike, ticket.facts, now)
            return targets[0] if shares is None else targets[bisect_right(shares, u_of(ticket, number))]

        return choose_as_known

    def first(self, facts: list[float], now: float) -> int:
        """Target of the first rule that holds for such a ticket, where no shares decide; -1 for none."""
        of_facts = self._alike
        if of_facts is None:
            return choose(self._rules, self._block, facts, 0.0, now, self._calendars, self._lengths)
        alike = of_facts(facts)
        known = self._known.get(alike)
        if known is None:
            known = self._learn(alike, facts, now)
        return known[1][0]

    def _learn(self, alike: object, facts: list[float], now: float) -> Outcomes:
        """Find out what holds for tickets that are alike."""
        sums, targets = outcomes(self._rules, self._block, facts, now, self._calendars, self._lengths)
        known = self._known[alike] = (sums if len(targets) > 1 else None), targets
        return known


Comes = Callable[[Ticket, float, Fork | None], int]
"""What happens where a ticket (or a branch of it) comes to a step; it returns the step to which it goes
at once, -1 where it stays or has left."""


def _not_at_once(u: float) -> float:
    raise AssertionError("rules name the distribution")


class DeskStep:
    """A step as the desk runs it."""

    __slots__ = (
        "changes_came_from",
        "code",
        "counts_later",
        "counts_passes",
        "distribution",
        "ends_check",
        "extras",
        "flaw",
        "has_consequences",
        "has_timers",
        "is_mark",
        "is_passage",
        "is_plain",
        "kind",
        "milestone",
        "next",
        "only_next",
        "outcome",
        "power",
        "responds",
        "route",
        "sampler",
        "service",
        "shown_as",
        "since",
        "spawns",
        "team",
        "timing",
    )

    def __init__(
        self,
        steps: StepTable,
        code: int,
        draws: Draws,
        decisions: Sequence[Decision],
        *,
        counts_passes: bool,
        has_backlog: bool,
        notes_step_before: bool,
    ) -> None:
        self.code = code
        self.kind: int = steps.kind[code]
        self.team: int = steps.team[code]
        self.shown_as: int = steps.shown_as[code]
        self.is_passage: bool = steps.is_passage[code]
        self.changes_came_from = notes_step_before and self.is_passage and not steps.is_checked[code]
        """Whether it becomes the step before when work there ends."""
        self.ends_check: bool = steps.ends_check[code]
        self.counts_passes = (
            counts_passes and self.is_passage and self.kind not in (StepKind.EXIT, StepKind.GATHER)
        )
        """Whether visits are counted as rules see them."""
        self.counts_later = not (self.is_passage or self.ends_check)
        """Whether the present visit is not counted yet when its rules are asked."""
        self.responds: bool = steps.responds[code]
        self.flaw: int = steps.flaw[code]
        self.since: int = steps.since[code]
        self.milestone: int = steps.milestone[code]
        is_mark = self.kind == StepKind.REOPEN or self.responds or self.ends_check
        self.is_mark = notes_step_before and is_mark
        """Whether it becomes the step before for tickets that pass it in no time."""
        self.outcome = Outcome(steps.outcome[code])
        block, timed_by = steps.next_rules[code], steps.timing_rules[code]
        self.next = decisions[max(block, 0)]
        """Where tickets go next; no meaning where they leave."""
        self.only_next = self.next.only if block >= 0 else -1
        """The step to which all tickets go next; -1 where there are several, or none."""
        self.timing = decisions[timed_by] if timed_by >= 0 and steps.timing[code] < 0 else None
        """Names the distribution of the time, where tickets differ in it."""
        self.distribution: int = steps.timing[code]
        self.sampler: Sampler = draws.samplers[self.distribution] if self.distribution >= 0 else _not_at_once
        """Gives the time where that is the same distribution for all tickets."""
        self.route = draws.at(code, Purpose.ROUTE)
        self.service = draws.at(code, Purpose.SERVICE if self.kind == StepKind.WORK else Purpose.DELAY)
        self.power: float = steps.difficulty_power[code]
        self.extras: list[tuple[Draw, Sampler]] = [
            (draws.at(code, purpose), draws.samplers[distribution])
            for purpose, distribution in (
                (Purpose.EXTRA_SERVICE, steps.extra[code]),
                (Purpose.FALL_BACK_SERVICE, steps.fall_back_extra[code]),
            )
            if distribution >= 0
        ]
        """What adds to the work."""
        is_one_draw = self.distribution >= 0 and self.power == 0.0 and not self.extras
        self.is_plain = is_one_draw and not has_backlog
        """Whether its time is a draw from one distribution, and nothing else, for all tickets."""
        self.has_timers = self.spawns = self.has_consequences = False
        """Whether visits have timers, may give rise to tickets, or have any other consequence."""

    def factor(self, ticket: Ticket) -> float:
        """Factor on the work by the difficulty of a ticket."""
        return math.pow(ticket.facts[Field.DIFFICULTY], self.power) if self.power != 0.0 else 1.0


def desk_steps(
    model: Model, draws: Draws, decisions: Sequence[Decision], counts_passes: bool
) -> list[DeskStep]:
    """All steps of a model, by code."""
    table = type(model.steps)(*(column.tolist() for column in model.steps))
    has_backlog = len(model.backlog.stream) > 0
    notes_step_before = any(Field.CAME_FROM in decision.asked for decision in decisions)
    steps = [
        DeskStep(
            table,
            code,
            draws,
            decisions,
            counts_passes=counts_passes,
            has_backlog=has_backlog,
            notes_step_before=notes_step_before,
        )
        for code in range(len(table.kind))
    ]
    for step in steps:
        step.has_timers = bool(model.timers.first[step.code] < model.timers.first[step.code + 1])
        step.spawns = bool(model.spawns.first[step.code] < model.spawns.first[step.code + 1])
        step.has_consequences = step.spawns or model.faults is not None or model.improvements is not None
    return steps
