"""Teams of the SimPy engine: queues, idle people, duty, and work in hand.

A person who lets a ticket go is given the next one in the same instant, before the ticket goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush

import numpy as np

from simlab.engines.simpy_events import DeskEnvironment, Occasion
from simlab.engines.simpy_reinforcements import Reinforcements
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import Calendar, as_lists, is_open, worked
from simlab.model.codes import Discipline, Dispatch, Field, Order
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import Model
from simlab.model.ticket_rules import work_end

Rank = tuple[float, int]


class Person:
    """One person of one team."""

    __slots__ = (
        "busy",
        "cost",
        "duty",
        "idle_since",
        "number",
        "off_at",
        "overtime",
        "policy",
        "pool",
        "shift",
        "speed",
        "spell_end",
        "spell_started",
        "spell_work",
        "spells",
        "stamp",
        "visit",
        "work_left",
    )

    def __init__(self, number: int, pool: Pool, model: Model, calendars: PersonalCalendars) -> None:
        people = model.people
        self.number = number
        self.pool = pool
        self.speed = float(people.speed[number])
        self.cost = float(people.cost_per_hour[number])
        self.policy = int(model.teams.at_shift_end[people.team[number]])
        self.duty, self.shift = calendars.duty, calendars.shift
        self.off_at = -math.inf
        """End of the present or last interval of duty; who is off duty takes nothing up."""
        self.visit: Visit | None = None
        """The visit in hand, also while the person is off duty and will resume it."""
        self.idle_since = 0.0
        self.spell_started = 0.0
        self.spell_end = 0.0
        """Planned end of the spell."""
        self.work_left = 0.0
        """Minutes of work of the visit in hand that will be left after this spell."""
        self.spell_work = 0.0
        """Hands-on minutes of this spell."""
        self.overtime = 0.0
        self.spells = 0
        """Changes whenever a spell begins or ends, so that the planned end of an interrupted one is void."""
        self.busy = 0.0
        """Hands-on minutes so far."""
        self.stamp = 0
        """Changes whenever the person stops being idle, so that old places among the idle are void."""


class Pool:
    """People with the same home team and the same queues to serve."""

    __slots__ = ("by_rank", "dispatch", "idle", "members", "queues")

    def __init__(self, queues: list[int], by_rank: bool, dispatch: int) -> None:
        self.queues = queues
        self.by_rank = by_rank
        self.dispatch = dispatch
        self.idle: list[tuple[float, float, int, int, Person]] = []
        self.members: list[Person] = []

    def add(self, person: Person, now: float) -> None:
        """Let a person be idle from now on."""
        person.idle_since = now
        key = 0.0
        if self.dispatch == Dispatch.FASTEST:
            key = -person.speed
        elif self.dispatch == Dispatch.CHEAPEST:
            key = person.cost
        elif self.dispatch == Dispatch.LEAST_LOADED:
            key = person.busy
        heappush(self.idle, (key, now, person.number, person.stamp, person))

    def first_idle(self, now: float) -> tuple[float, float, int, int, Person] | None:
        """Return who takes the next ticket; None where all are busy or off duty."""
        while self.idle:
            first = self.idle[0]
            if first[3] == first[4].stamp and now < first[4].off_at:
                return first
            heappop(self.idle)
        return None


class Teams:
    """All queues and people of one replication."""

    def __init__(
        self,
        env: DeskEnvironment,
        model: Model,
        calendars: tuple[PersonalCalendars, ...],
        on_start: Callable[[Visit, float], None],
        on_done: Callable[[Visit, float], None],
        handover_work: Callable[[Visit], float],
    ) -> None:
        self.env = env
        self.on_start = on_start
        """Told when a person takes a visit in hand for the first time."""
        self.on_done = on_done
        """Told when the work of a visit is done."""
        self.handover_work = handover_work
        """Asked for the minutes that a hand-over adds to the work."""
        self.discipline = model.teams.discipline.tolist()
        self.preempts = model.teams.preempts.tolist()
        self.has_preemption = [any(row) for row in self.preempts]
        self.queues: list[list[tuple[Rank, Visit]]] = [[] for _ in model.names.teams]
        self.queue_lengths = [0] * (len(self.queues) + len(model.names.controls))
        """Tickets that wait, by team; behind them, 1 for each control rule that acts."""
        self.spells: list[tuple[float, ...]] = []
        """Rows of the work log."""
        self._sequence = 0
        self._build_people(model, calendars)
        self.reinforcements = Reinforcements(self, model)

    def _build_people(self, model: Model, calendars: tuple[PersonalCalendars, ...]) -> None:
        pools, teams = model.pools, model.teams
        self.pools = [
            Pool(
                pools.queue[pools.first_queue[i] : pools.first_queue[i + 1]].tolist(),
                bool(pools.by_rank[i]),
                int(teams.dispatch[home]),
            )
            for i, home in enumerate(pools.home.tolist())
        ]
        self.serving = [
            [
                (rank, self.pools[pool])
                for rank, pool in zip(
                    teams.pool_rank[first:last].tolist(), teams.pool[first:last].tolist(), strict=True
                )
            ]
            for first, last in zip(teams.first_pool[:-1], teams.first_pool[1:], strict=True)
        ]
        groups: dict[int, tuple[PersonalCalendars, list[Person]]] = {}
        self.people: list[Person] = []
        on_lists: dict[int, PersonalCalendars] = {}
        for number, own in enumerate(calendars):
            if id(own) not in on_lists:
                on_lists[id(own)] = PersonalCalendars(as_lists(own.duty), as_lists(own.shift))
            fast = on_lists[id(own)]
            person = Person(number, self.pools[model.people.pool[number]], model, fast)
            self.people.append(person)
            person.pool.members.append(person)
            groups.setdefault(id(own), (fast, []))[1].append(person)
        for own, members in groups.values():
            self._start_duty(own.duty, members)

    # -- duty

    def _start_duty(self, duty: Calendar, members: list[Person]) -> None:
        """Put people with the same calendar on duty if it is open, and schedule its next opening."""
        first = int(np.searchsorted(duty.closes, 0.0, side="right"))
        if is_open(duty, 0.0):
            for person in members:
                person.off_at = duty.closes[first]
                person.pool.add(person, 0.0)
            first += 1
        self._schedule_opening(duty, members, first)

    def _schedule_opening(self, duty: Calendar, members: list[Person], interval: int) -> None:
        if interval < len(duty.opens):
            self.env.at(duty.opens[interval], Order.SHIFT_START, self._begin, (duty, members, interval))

    def _begin(self, occasion: Occasion) -> None:
        """Begin an interval of duty. Its end needs no event: from ``off_at`` on nobody is given anything."""
        now = self.env.now
        duty, members, interval = occasion.subject
        self._schedule_opening(duty, members, interval + 1)
        for person in members:
            person.off_at = duty.closes[interval]
            person.stamp += 1
            if person.visit is None:
                self.offer(person, now)
        for team in dict.fromkeys(team for person in members for team in person.pool.queues):
            if self.has_preemption[team] and self.queue_lengths[team]:
                self._interrupt_for_waiting(team, now)

    # -- queues

    def join(self, visit: Visit, now: float) -> None:
        """Take a visit in: an idle person starts on it now, or it queues."""
        self._sequence += 1
        visit.sequence = self._sequence
        visit.rank = self._rank(visit)
        self._join_again(visit, now)

    def _join_again(self, visit: Visit, now: float) -> None:
        person = self._first_idle(visit.team, now)
        if person is None:
            person = self._interrupt_for(visit, now)
        if person is not None:
            self._take(person, visit, now)
        else:
            self._queue(visit)

    def _queue(self, visit: Visit) -> None:
        heappush(self.queues[visit.team], (visit.rank, visit))
        visit.is_queued = True
        self.queue_lengths[visit.team] += 1

    def leave(self, visit: Visit) -> None:
        """Take a visit out of the queue; its place there is void."""
        visit.is_queued = False
        self.queue_lengths[visit.team] -= 1

    def rank_again(self, visit: Visit, now: float) -> None:
        """Give a queued visit its place by the present facts of the ticket; it may now interrupt others."""
        self.leave(visit)
        visit.rank = self._rank(visit)
        self._join_again(visit, now)

    def head(self, team: int) -> tuple[Rank, Visit] | None:
        """First in a team's queue, void places dropped."""
        queue = self.queues[team]
        while queue:
            rank, visit = queue[0]
            if self._is_at(visit, rank, team):
                return queue[0]
            heappop(queue)
        return None

    @staticmethod
    def _is_at(visit: Visit, rank: Rank, team: int) -> bool:
        """Whether a visit still has a place in a queue."""
        return visit.is_queued and visit.rank == rank and visit.team == team

    def _rank(self, visit: Visit) -> Rank:
        sequence = visit.sequence
        match self.discipline[visit.team]:
            case Discipline.PRIORITY:
                return visit.ticket.facts[Field.PRIORITY], sequence
            case Discipline.LIFO:
                return 0.0, -sequence
            case Discipline.EARLIEST_DUE:
                return visit.ticket.resolve_due, sequence
            case Discipline.SHORTEST:
                return visit.left, sequence
        return 0.0, sequence

    def _first_idle(self, team: int, now: float) -> Person | None:
        """Who takes a ticket of a team's queue: the team's own people before helpers."""
        best: tuple[float, float, int, int, Person] | None = None
        best_rank = 0
        for rank, pool in self.serving[team]:
            if best is not None and rank > best_rank:
                break
            first = pool.first_idle(now)
            if first is not None and (best is None or first < best):
                best, best_rank = first, rank
        if best is None:
            return self.reinforcements.idle_for(team, now) if self.reinforcements.loans else None
        return best[4]

    def offer(self, person: Person, now: float) -> None:
        """Give a person who is free the next visit of the queues that they serve; else the person is idle."""
        if self.reinforcements.loans:
            lent = self.reinforcements.visit_for(person, now)
            if lent is not None:
                self.take_from_queue(person, lent, now)
                return
        best: tuple[Rank, Visit] | None = None
        for team in person.pool.queues:
            head = self.head(team)
            if head is not None and (best is None or head[0] < best[0]):
                best = head
                if not person.pool.by_rank:
                    break
        if best is None:
            person.pool.add(person, now)
            return
        self.take_from_queue(person, best[1], now)

    def take_from_queue(self, person: Person, visit: Visit, now: float) -> None:
        """Let a person take up the first visit of a queue."""
        heappop(self.queues[visit.team])
        self.leave(visit)
        self._take(person, visit, now)

    def waiting(self, team: int) -> Iterator[Visit]:
        """Yield the visits that wait for a team, in no order."""
        return (visit for rank, visit in self.queues[team] if self._is_at(visit, rank, team))

    # -- interruption

    def _interrupt_for(self, visit: Visit, now: float) -> Person | None:
        """Free a person for a ticket that may interrupt others; None where nobody can be freed.

        Of those on duty with less urgent work, it is the one whose work is least urgent, then most recently
        taken up. Who is done in this instant is free anyway.
        """
        priority = visit.ticket.facts[Field.PRIORITY]
        if not self.preempts[visit.team][int(priority)]:
            return None
        victim: Person | None = None
        worst: tuple[float, float, int] = (priority, -math.inf, -1)
        for _, pool in self.serving[visit.team]:
            for person in pool.members:
                held = person.visit
                if held is None or now >= person.off_at or now >= person.spell_end:
                    continue
                urgency = held.ticket.facts[Field.PRIORITY]
                key = (urgency, person.spell_started, person.number)
                if urgency > priority and key > worst:
                    victim, worst = person, key
        if victim is not None:
            self._interrupt(victim, now)
        return victim

    def _interrupt_for_waiting(self, team: int, now: float) -> None:
        """Let urgent tickets that have come meanwhile interrupt the work that people are back to resume."""
        waiting = {visit.sequence: visit for visit in self.waiting(team)}
        for visit in sorted(waiting.values(), key=_urgency):
            person = self._interrupt_for(visit, now)
            if person is None:
                return
            self.leave(visit)
            self._take(person, visit, now)

    def _interrupt(self, person: Person, now: float) -> None:
        """Send the visit in hand, with the work left of it, to another who is free or to its queue."""
        self._cut_spell(person, now)
        held = self._let_go(person, now)
        held.left = max(0.0, held.left - person.spell_work * person.speed)
        self._join_again(held, now)

    def _cut_spell(self, person: Person, now: float) -> None:
        """Let the spell end now: count what was worked until now, in the shift and in overtime after it."""
        person.overtime = (
            max(0.0, now - (person.spell_end - person.overtime)) if person.overtime > 0.0 else 0.0
        )
        person.spell_work = worked(person.duty, person.spell_started, now) + person.overtime

    def stop(self, visit: Visit, now: float) -> None:
        """Take a visit away that is no longer needed, from the queue or from the person who has it."""
        if visit.is_queued:
            self.leave(visit)
            return
        person = self.people[visit.person]
        self._cut_spell(person, now)
        self._let_go(person, now)
        if now < person.off_at:
            self.offer(person, now)

    # -- work

    def _take(self, person: Person, visit: Visit, now: float) -> None:
        """Let a person on duty work on a visit, until it is done or the shift ends."""
        person.stamp += 1
        person.visit = visit
        person.spells += 1
        person.spell_started = now
        visit.person = person.number
        if visit.started != visit.started:  # NaN: nobody had it before
            visit.started = now
            self.on_start(visit, now)
        work = visit.left / person.speed
        end, left, person.overtime = work_end(
            person.duty, person.shift, person.off_at, person.policy, now, work
        )
        person.spell_end = end
        person.work_left = left * person.speed
        person.spell_work = work - left
        if left > 0.0 and person.overtime > 0.0:
            self.env.at(end, Order.SHIFT_START, self._go_on, (person, person.spells))
        elif left > 0.0:
            self.env.at(end, Order.SHIFT_END, self._hand_over, (person, person.spells))
        elif end < math.inf:
            self.env.at(end, Order.COMPLETION, self._complete, (person, person.spells))

    def _let_go(self, person: Person, now: float) -> Visit:
        visit = person.visit
        assert visit is not None
        self.spells.append(
            (person.number, visit.ticket.number, visit.step, person.spell_started, now, person.overtime)
        )
        visit.touch += person.spell_work
        person.busy += person.spell_work
        person.visit = None
        person.spells += 1
        person.overtime = 0.0
        if now >= person.off_at and self.reinforcements.called:
            self.reinforcements.left(person, now)
        return visit

    def _complete(self, occasion: Occasion) -> None:
        person, spell = occasion.subject
        if spell != person.spells:  # interrupted meanwhile
            return
        now = self.env.now
        visit = self._let_go(person, now)
        if now < person.off_at:
            self.offer(person, now)
        self.on_done(visit, now)

    def _go_on(self, occasion: Occasion) -> None:
        """Let a person whose overtime has lasted into the next shift work on in it."""
        person, spell = occasion.subject
        if spell != person.spells:  # interrupted meanwhile
            return
        now = self.env.now
        visit = self._let_go(person, now)
        visit.left = person.work_left
        self._take(person, visit, now)

    def _hand_over(self, occasion: Occasion) -> None:
        """At the end of a shift: the visit goes back to its place in the queue, for whoever is next."""
        person, spell = occasion.subject
        if spell != person.spells:  # interrupted meanwhile
            return
        now = self.env.now
        visit = self._let_go(person, now)
        visit.handovers += 1
        visit.left = person.work_left + self.handover_work(visit)
        self._join_again(visit, now)

    def open_spells(self) -> list[tuple[float, ...]]:
        """Rows of the work log for what people still hold."""
        return [
            (
                person.number,
                person.visit.ticket.number,
                person.visit.step,
                person.spell_started,
                math.nan,
                0.0,
            )
            for person in self.people
            if person.visit is not None
        ]


def _urgency(visit: Visit) -> tuple[float, int]:
    return visit.ticket.facts[Field.PRIORITY], visit.sequence
