"""Lines whose people serve nothing else: what happens there is put together once, when a run is set up.

Nothing can come between such a line and its people, so that who joins it needs to look at one pool, and who
has become free at one line. Where moreover nobody can be interrupted, most visits are done in one go by the
person who takes them up: they need no spells, and their rows of the work log follow from those of the visits.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from simlab.engines.simpy_events import DeskEnvironment
from simlab.engines.simpy_lines import OF_PRIORITY, Line, LineInTurn
from simlab.engines.simpy_people import Person, Pool
from simlab.engines.simpy_tickets import NOT_YET, Visit
from simlab.model.codes import Dispatch, Order
from simlab.model.ticket_rules import work_end

COMPLETION = int(Order.COMPLETION)

Join = Callable[[Visit, float], None]
"""Lets a visit join a line: an idle person starts on it now, or it queues."""
Take = Callable[[Person, Visit, float], None]
"""Lets a person on duty take up a visit."""
Offer = Callable[[Person, float], bool]
"""Gives a person the next visit, if there is one, and tells whether; else the person is free."""


class Leave(Protocol):
    """Lets a visit end, and its ticket go on: to a given step, else by the rules of its step."""

    def __call__(self, visit: Visit, now: float, following: int = -1) -> None:
        """Let a visit end."""
        ...


def joining(line: Line, pool: Pool, take: Take, number: Callable[[Visit], None]) -> Join:
    """What happens where a visit joins a line; ``number`` ranks it as the last that has come."""
    free, add, lengths, team = pool.free, line.add, line.lengths, line.team
    queue_of: dict[float, deque[Visit]] = {}
    sequence: Iterator[int] = count()
    comes_in_turn, is_by_priority = isinstance(line, LineInTurn), False
    if isinstance(line, LineInTurn):
        queue_of, sequence, is_by_priority = line.queue_of, line.sequence, line.is_by_priority

    def join(visit: Visit, now: float) -> None:
        if comes_in_turn:  # what `Lines.number` does then, without its call
            visit.sequence = visit.turn = next(sequence)
            visit.rank = visit.ticket.facts[OF_PRIORITY] if is_by_priority else 0.0
        else:
            number(visit)
        while free:
            _, _, _, _, stamp, person = heappop(free)
            if stamp == person.stamp and now < person.off_at:
                take(person, visit, now)
                return
        if not comes_in_turn:
            add(visit)
            return
        try:  # what `LineInTurn.add` does with who is the last that has come
            queue_of[visit.rank].append(visit)
        except KeyError:
            add(visit)
            return
        visit.is_queued = True
        lengths[team] += 1

    return join


def offering(line: Line, pool: Pool, take: Take) -> Offer:
    """What happens where a person has become free."""
    next_visit, is_free = line.popping(), pool.add

    def offer(person: Person, now: float) -> bool:
        visit = next_visit()
        if visit is None:
            is_free(person, now)
            return False
        take(person, visit, now)
        return True

    return offer


def in_one_go(
    env: DeskEnvironment, line: Line, pool: Pool, take_in_pieces: Take, leaves: Sequence[Leave]
) -> tuple[Take, Offer]:
    """What happens where a person takes up a visit of a line that nobody can interrupt.

    Parameters
    ----------
    take_in_pieces
        Lets a person work on a visit in spells: where the end of a shift comes between, or came before.
    leaves
        By step.
    """
    events, event_number = env._queue, env._eid
    may_go = any(closes < math.inf for person in pool.members for closes in person.duty.closes)
    is_load_asked = pool.dispatch == Dispatch.LEAST_LOADED

    def take(person: Person, visit: Visit, now: float) -> None:
        work = visit.left / person.speed
        end = now + work
        if may_go and (end > person.off_at or visit.is_in_pieces):
            end, left, overtime = work_end(person.duty, person.shift, person.off_at, person.policy, now, work)
            if left > 0.0 or overtime > 0.0 or end == math.inf or visit.is_in_pieces:
                take_in_pieces(person, visit, now)
                return
        person.in_hand = visit
        visit.person = person.number
        visit.touch = work
        # What `Visit.begins` does, without its call.
        visit.started, ticket = now, visit.ticket
        ticket.queued += now - visit.arrived
        if ticket.responded is NOT_YET:
            ticket.responded = now
        # What `DeskEnvironment.call_at` does, without its call.
        heappush(events, (end, COMPLETION, next(event_number), complete, person))

    def complete(person: Person) -> None:
        visit: Visit = person.in_hand  # type: ignore[assignment] # the one of which the work is done
        now = env._now
        person.in_hand = None
        if is_load_asked:
            person.busy += visit.touch
        if not may_go or now < person.off_at:
            offer(person, now)
        leaves[visit.step](visit, now)

    offer = offering(line, pool, take)
    return take, offer
