"""People whom control rules bring in, in the compiled engine.

It is the twin of `simlab.engines.simpy_reinforcements`; who takes what while people are lent stands in
`simlab.engines.kernel_loans`.
"""

from __future__ import annotations

import math

from simlab.engines.kernel_heap import remove_idle
from simlab.engines.kernel_loans import lend
from simlab.engines.kernel_memory import Desk, compiled
from simlab.engines.kernel_places import has_nothing_in_hand, note_leaving
from simlab.engines.kernel_teams import give_work_to

# -- called in


@compiled
def call_in(desk: Desk, number: int, now: float) -> None:
    """Let a person come, and take up what waits."""
    run, person = desk.run[0], desk.people[number]
    if person.call < 0:
        person.call = run.n_calls
        desk.calls[run.n_calls].person = number
        desk.calls[run.n_calls].came = now
        desk.calls[run.n_calls].left = math.nan
        run.n_calls += 1
    person.duty = person.shift = run.always
    person.off_at = math.inf
    remove_idle(desk, number)
    if has_nothing_in_hand(desk, number):
        give_work_to(desk, number, now)


@compiled
def send_home(desk: Desk, number: int, now: float) -> None:
    """Let a person leave, once nothing is in hand."""
    desk.people[number].off_at = now
    remove_idle(desk, number)
    if has_nothing_in_hand(desk, number):
        note_leaving(desk, number, now)


# -- what a rule brings in


@compiled
def come(desk: Desk, rule: int, now: float) -> None:
    """Bring in whom a rule brings in."""
    run = desk.run[0]
    for i in range(run.n_on_call):
        if desk.on_call[i].rule == rule:
            call_in(desk, desk.on_call[i].person, now)
    for loan in range(run.n_loans):
        if desk.loans[loan].rule == rule:
            desk.lending[run.n_lending] = loan
            run.n_lending += 1
            lend(desk, loan, now)


@compiled
def go(desk: Desk, rule: int, now: float) -> None:
    """Let them go; what people have in hand they finish."""
    run = desk.run[0]
    for i in range(run.n_on_call):
        if desk.on_call[i].rule == rule:
            send_home(desk, desk.on_call[i].person, now)
    n = 0
    for i in range(run.n_lending):
        loan = desk.lending[i]
        if desk.loans[loan].rule != rule:
            desk.lending[n] = loan
            n += 1
    run.n_lending = n
