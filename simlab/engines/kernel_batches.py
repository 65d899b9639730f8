"""Batches in the compiled engine: the twin of `simlab.engines.simpy_batches`."""

from __future__ import annotations

from simlab.engines.kernel_actions import BATCH_GOES, ENTER, LEAVE
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, aside, compiled
from simlab.engines.kernel_places import (
    PRIORITY,
    drop_visit,
    is_void,
    let_go_of,
    need_rows,
    open_visit,
    place_for_visit,
    put_off,
)
from simlab.engines.kernel_rules import next_open
from simlab.engines.kernel_steps import end_batch, has_timers, leave_batch, start_timers, work_visit
from simlab.engines.kernel_teams import join, leave_line, rank_again
from simlab.model.codes import Order
from simlab.model.ticket_rules import NEVER

_TIMER = int(Order.TIMER)


@aside
def gather(desk: Desk, place: int, step: int, fork: int, now: float) -> None:
    """Let a ticket wait for its batch."""
    row = desk.steps[step].gather
    at = open_visit(desk, place, step, fork, now)
    visit, gathered = desk.visits[at], desk.gatherings[row]
    visit.started = now
    visit.previous = gathered.last
    visit.sibling = -1
    if gathered.last < 0:
        gathered.first = at
    else:
        desk.visits[gathered.last].sibling = at
    gathered.last = at
    gathered.n += 1
    if gathered.n > desk.run[0].at_once:
        need_rows(desk, gathered.n)
    if gathered.n >= desk.gathers.size[row]:
        release(desk, row, now)
    elif gathered.n == 1:
        wait_for(desk, row)


@aside
def withdraw(desk: Desk, at: int) -> None:
    """Take a visit out of those that gather."""
    visits = desk.visits
    row = desk.steps[visits[at].step].gather
    gathered = desk.gatherings[row]
    before, after = visits[at].previous, visits[at].sibling
    if after < 0:
        gathered.last = before
    else:
        visits[after].previous = before
    gathered.n -= 1
    if before >= 0:
        visits[before].sibling = after
        return
    gathered.first = after
    gathered.event_key = -1
    if after >= 0:
        wait_for(desk, row)


@compiled
def wait_for(desk: Desk, row: int) -> None:
    """Let the batch go on when its first ticket has waited long enough, or the calendar opens."""
    gathered = desk.gatherings[row]
    arrived = desk.visits[gathered.first].arrived
    at = arrived + desk.gathers.longest_wait[row]
    if desk.gathers.calendar[row] >= 0:
        at = min(at, next_open(desk.calendars[desk.gathers.calendar[row]], arrived))
    if at < NEVER:
        gathered.event_key = schedule(desk, at, _TIMER, BATCH_GOES, row)


@aside
def release(desk: Desk, row: int, now: float) -> None:
    """Let all go on that have gathered."""
    gathered, target = desk.gatherings[row], desk.gathers.target[row]
    first, last = gathered.first, gathered.last
    gathered.first = gathered.last = gathered.event_key = -1
    gathered.n = 0
    if desk.gathers.together[row]:
        work_together(desk, first, target, desk.gathers.most[row], now)
    else:
        at = last
        while at >= 0:
            visit = desk.visits[at]
            desk.tickets[visit.ticket].n_held += 1
            put_off(desk, ENTER, visit.ticket, -1, target, visit.fork)
            at = visit.previous
    at = first
    while at >= 0:
        visit = desk.visits[at]
        following = visit.sibling
        desk.tickets[visit.ticket].delayed += now - visit.started
        drop_visit(desk, at, now, target)
        at = following


@compiled
def work_together(desk: Desk, gathered: int, step: int, most: int, now: float) -> None:
    """Let one person work once for each batch of those that gathered: for as long as its first one takes."""
    while gathered >= 0:
        first = last = -1
        n_taken = 0
        while gathered >= 0 and n_taken < most:
            visit = desk.visits[gathered]
            if not is_void(desk, visit.fork):
                at = begin_work(desk, visit.ticket, step, visit.fork, now)
                desk.visits[at].next_in_batch = -1
                if first < 0:
                    first = at
                else:
                    desk.visits[last].next_in_batch = at
                last = at
            n_taken += 1
            gathered = desk.visits[gathered].sibling
        if first >= 0:
            queue_together(desk, first, last, now)


@compiled
def queue_together(desk: Desk, first: int, last: int, now: float) -> None:
    """Let linked visits join their team: one by itself, several as a batch on which one person works."""
    work = first if first == last else batch_of(desk, first, now)
    join(desk, work, now)
    if desk.visits[work].is_queued and has_timers(desk, desk.visits[work].step):
        at = first
        while at >= 0:
            start_timers(desk, at, now)
            at = desk.visits[at].next_in_batch


@compiled
def withdraw_from_queue(desk: Desk, at: int, now: float) -> None:
    """Take a visit out of the queue; the batch of which it is a part goes on waiting for the others."""
    visits = desk.visits
    batch = visits[at].batch
    if batch < 0:
        leave_line(desk, at, now)
        return
    leave_batch(desk, at, batch)
    if visits[batch].batch < 0:
        leave_line(desk, batch, now)
        end_batch(desk, batch)
    elif visits[batch].ticket == visits[at].ticket:
        stand_for(desk, batch, visits[visits[batch].batch].ticket)


@compiled
def raise_in_queue(desk: Desk, at: int, now: float) -> None:
    """Let a visit whose ticket has become more urgent wait at its new rank, or that of its batch."""
    visits = desk.visits
    waits = at if visits[at].batch < 0 else visits[at].batch
    ticket, other = visits[at].ticket, visits[waits].ticket
    if other != ticket and desk.tickets[ticket].facts[PRIORITY] < desk.tickets[other].facts[PRIORITY]:
        stand_for(desk, waits, ticket)  # a batch is as urgent as the most urgent that was raised
    rank_again(desk, waits, now)


@compiled
def stand_for(desk: Desk, batch: int, place: int) -> None:
    """Let a ticket stand for a batch: by its facts it ranks."""
    before = desk.visits[batch].ticket
    desk.visits[batch].ticket = place
    desk.tickets[place].n_held += 1
    let_go_of(desk, before)


@compiled
def begin_work(desk: Desk, place: int, step: int, fork: int, now: float) -> int:
    """Begin the visit of one of a batch."""
    run, counts = desk.run[0], desk.counts
    counted = place * run.counts_per_ticket + step
    number = int(counts[counted])
    counts[counted] = number + 1
    counts[place * run.counts_per_ticket + run.n_steps + desk.steps[step].shown_as] += 1
    return work_visit(desk, place, step, number, fork, now)


@compiled
def batch_of(desk: Desk, first: int, now: float) -> int:
    """Batch of linked visits."""
    visits = desk.visits
    place = visits[first].ticket
    batch = place_for_visit(desk, place, visits[first].step, visits[first].number, visits[first].team, now)
    desk.tickets[place].n_held += 1
    visits[batch].left = visits[first].left
    visits[batch].line = visits[first].line
    visits[batch].fork = -1
    visits[batch].batch = first
    at = first
    while at >= 0:
        visits[at].batch = batch
        at = visits[at].next_in_batch
    return batch


@aside
def complete_batch(desk: Desk, batch: int) -> None:
    """Share the work on a batch among its visits, and let them leave one after the other."""
    run, visits = desk.run[0], desk.visits
    n, at = 0, visits[batch].batch
    while at >= 0:
        n += 1
        at = visits[at].next_in_batch
    share = visits[batch].touch / n
    run.n_tasks += n
    above, at = run.n_tasks, visits[batch].batch
    while at >= 0:
        visit = visits[at]
        visit.touch = share
        visit.handovers = visits[batch].handovers
        desk.tickets[visit.ticket].touch += share
        visit.batch = -1
        visit.is_done = True
        above -= 1
        task = desk.tasks[above]
        task.action, task.subject, task.serial = LEAVE, at, visit.serial
        at = visit.next_in_batch
    end_batch(desk, batch)
