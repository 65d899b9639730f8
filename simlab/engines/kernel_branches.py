"""Parallel branches of the compiled engine: the twin of `simlab.engines.simpy_branches`."""

from __future__ import annotations

from simlab.engines.kernel_actions import NEXT_BRANCH
from simlab.engines.kernel_batches import withdraw
from simlab.engines.kernel_memory import Desk, aside, compiled
from simlab.engines.kernel_milestones import reach
from simlab.engines.kernel_places import drop_visit, is_within, new_fork, put_off
from simlab.engines.kernel_steps import count_delay, stop_work
from simlab.engines.kernel_tickets import CAME_FROM, end_pause, next_step
from simlab.model.codes import StepKind

_GATHER = int(StepKind.GATHER)


@aside
def start_branches(desk: Desk, place: int, step: int, number: int, parent: int) -> None:
    """Start all branches, in their order, as long as they are needed."""
    fork = new_fork(desk, place, step, number, parent)
    desk.tickets[place].n_held += 1
    put_off(desk, NEXT_BRANCH, fork, desk.forks.first[step], step, fork)


@aside
def goes_on(desk: Desk, place: int, fork: int, now: float) -> bool:
    """End a branch; whether it completes the number needed, so that the ticket goes on."""
    branches = desk.open_forks[fork]
    branches.joined += 1
    if branches.is_over or branches.joined < branches.needed:
        return False
    branches.is_over = True
    if desk.forks.stops_others[branches.step]:
        stop_branches(desk, place, fork, now)
        return True
    at = desk.tickets[place].first_visit
    while at >= 0:
        if is_within(desk, desk.visits[at].fork, fork):
            end_pause(desk, at, now)
        at = desk.visits[at].next_open
    return True


@aside
def end_all(desk: Desk, place: int, fork: int, now: float) -> None:
    """End every branch: the ticket has come to an end in one of them."""
    while desk.open_forks[fork].parent >= 0:
        fork = desk.open_forks[fork].parent
    desk.open_forks[fork].is_over = True
    stop_branches(desk, place, fork, now)


@compiled
def stop_branches(desk: Desk, place: int, fork: int, now: float) -> None:
    """Stop branches: what queues before what is in hand, so that nobody who is freed takes it up."""
    desk.open_forks[fork].is_stopped = True
    for of_queue in (True, False):
        at = desk.tickets[place].first_visit
        while at >= 0:
            visit = desk.visits[at]
            following = visit.next_open
            if (visit.is_queued or not of_queue) and is_within(desk, visit.fork, fork):
                stop_visit(desk, at, now)
            at = following


@compiled
def stop_visit(desk: Desk, at: int, now: float) -> None:
    """End a visit of a branch that is no longer needed, wherever it is."""
    visit = desk.visits[at]
    if desk.steps[visit.step].kind == _GATHER:
        withdraw(desk, at)
        desk.tickets[visit.ticket].delayed += now - visit.started
    elif visit.team >= 0:
        stop_work(desk, at, now)
    else:
        count_delay(desk, at, now)
    drop_visit(desk, at, now, desk.run[0].join_step)


@aside
def behind_join(desk: Desk, place: int, fork: int, now: float) -> tuple[int, int]:
    """Step to which a ticket goes whose branches have joined, and the branches within one of which it is."""
    branches, facts = desk.open_forks[fork], desk.tickets[place].facts
    if desk.run[0].has_milestones and desk.steps[branches.step].milestone >= 0:
        reach(desk, place, desk.steps[branches.step].milestone, now)
    facts[CAME_FROM] = branches.came_from
    following = next_step(desk, place, branches.step, branches.number, now)
    facts[CAME_FROM] = desk.steps[branches.step].shown_as
    return following, branches.parent
