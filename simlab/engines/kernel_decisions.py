"""Decisions of the compiled engine: which rule of a block takes a ticket.

What was found out for a ticket is remembered for all that are alike in what the rules of the block ask for;
see `simlab.engines.kernel_decision_tables`.
"""

from __future__ import annotations

from typing import Final

from simlab.engines.kernel_memory import Desk, aside, inlined_if_lean
from simlab.engines.kernel_rules import choose, note_outcomes

UNKNOWN: Final = -2
"""Target where nothing is known yet of tickets that are alike."""


@inlined_if_lean
def chosen(desk: Desk, place: int, block: int, u: float, now: float) -> int:
    """Target of the rule of a block that takes a ticket."""
    decision, facts = desk.decisions[block], desk.tickets[place].facts
    at = decision.first_outcome
    if at < 0:
        return choose(desk.rules, block, facts, u, now, desk.calendars, desk.queue_lengths)
    for i in range(decision.first_key, decision.end_key):
        key = desk.decision_keys[i]
        at += (min(max(int(facts[key.field]), key.least), key.most) - key.least) * key.stride
    if desk.outcome_targets[at] == UNKNOWN:
        learn_outcomes(desk, place, block, at, now)
    while desk.outcome_sums[at] <= u:
        at += 1
    return int(desk.outcome_targets[at])


@aside
def learn_outcomes(desk: Desk, place: int, block: int, at: int, now: float) -> None:
    """Find out what holds for tickets that are like one."""
    facts, sums, targets = desk.tickets[place].facts, desk.outcome_sums, desk.outcome_targets
    note_outcomes(desk.rules, block, facts, now, desk.calendars, desk.queue_lengths, sums, targets, at)
