"""Teams of the SimPy engine: who takes what, who is interrupted, and what becomes of work in hand.

A person who lets a ticket go is given the next one in the same instant, before the ticket goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from simlab.engines.simpy_events import DeskEnvironment, Occasion
from simlab.engines.simpy_lines import Lines, Rank
from simlab.engines.simpy_people import Idle, Person, Spell, Staff
from simlab.engines.simpy_reinforcements import Reinforcements
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import Calendar, is_open
from simlab.model.codes import Field, Order
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import Model


class Teams:
    """All queues and people of one replication."""

    def __init__(
        self,
        env: DeskEnvironment,
        model: Model,
        calendars: Sequence[PersonalCalendars],
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
        self.preempts = model.teams.preempts.tolist()
        self.has_preemption = [any(row) for row in self.preempts]
        self.lines = Lines(model)
        self.queue_lengths = self.lines.lengths
        self.spells: list[tuple[float, ...]] = []
        """Rows of the work log."""
        self.begins_with_queues = len(model.backlog.stream) > 0
        """Whether who is on duty at the start finds tickets in the queues."""
        staff = Staff(model, calendars)
        self.people, self.serving = staff.people, staff.serving
        self.reinforcements = Reinforcements(model, staff, self.lines, self._offer, self._take)
        for duty, members in staff.groups:
            self._start_duty(duty, members)

    # -- duty

    def _start_duty(self, duty: Calendar, members: list[Person]) -> None:
        """Put people with the same calendar on duty if it is open, and schedule its next opening."""
        first = int(np.searchsorted(duty.closes, 0.0, side="right"))
        if is_open(duty, 0.0) and not self.begins_with_queues:
            for person in members:
                person.off_at = duty.closes[first]
                person.pool.add(person, 0.0)
            first += 1
        self._schedule_opening(duty, members, first)

    def _schedule_opening(self, duty: Calendar, members: list[Person], interval: int) -> None:
        if interval < len(duty.opens):
            opens = max(0.0, duty.opens[interval])
            self.env.at(opens, Order.SHIFT_START, self._begin, (duty, members, interval))

    def _begin(self, occasion: Occasion) -> None:
        """Begin an interval of duty. Its end needs no event: from ``off_at`` on nobody is given anything."""
        now = self.env.now
        duty, members, interval = occasion.subject
        self._schedule_opening(duty, members, interval + 1)
        for person in members:
            person.off_at = duty.closes[interval]
            person.stamp += 1
            if not person.held:
                self._offer(person, now)
        for team in dict.fromkeys(team for person in members for team in person.pool.queues):
            if self.has_preemption[team] and self.queue_lengths[team]:
                self._interrupt_for_waiting(team, now)

    # -- who takes what

    def join(self, visit: Visit, now: float) -> None:
        """Take a visit in: an idle person starts on it now, or it queues."""
        self.lines.number(visit)
        visit.rank = self.lines.rank(visit)
        self._join_again(visit, now)

    def _join_again(self, visit: Visit, now: float) -> None:
        person = self._first_idle(visit.team, now)
        if person is None:
            person = self._interrupt_for(visit, now)
        if person is not None:
            self._take(person, visit, now)
        else:
            self.lines.add(visit)

    def leave(self, visit: Visit) -> None:
        """Take a visit out of the queue."""
        self.lines.remove(visit)

    def rank_again(self, visit: Visit, now: float) -> None:
        """Give a queued visit its place by the present facts of the ticket; it may now interrupt others."""
        self.lines.remove(visit)
        visit.rank = self.lines.rank(visit)
        self._join_again(visit, now)

    def _first_idle(self, team: int, now: float) -> Person | None:
        """Who takes a ticket of a team's queue: the team's own people before helpers."""
        best: Idle | None = None
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

    def _offer(self, person: Person, now: float) -> None:
        """Give a person who is free the next visit of the queues that they serve; else the person is idle."""
        best: tuple[Rank, Visit] | None = None
        if self.reinforcements.loans:
            best = self.reinforcements.head_for(person, now)
        for team in person.pool.queues if best is None else ():
            head = self.lines.head(team)
            if head is not None and (best is None or head[0] < best[0]):
                best = head
                if not person.pool.by_rank:
                    break
        if best is None:
            person.pool.add(person, now)
            return
        self.lines.take(best[1])
        self._take(person, best[1], now)

    # -- interruption

    def _interrupt_for(self, visit: Visit, now: float) -> Person | None:
        """Free a person for a ticket that may interrupt others; None where nobody can be freed.

        Of those on duty with less urgent work, it is the one whose work is least urgent, then most recently
        taken up. Who is done in this instant is free anyway.
        """
        priority = visit.ticket.facts[Field.PRIORITY]
        if not self.preempts[visit.team][int(priority)]:
            return None
        victim: Spell | None = None
        worst: tuple[float, float, int] = (priority, -math.inf, -1)
        for _, pool in self.serving[visit.team]:
            for person in pool.members:
                if now >= person.off_at:
                    continue
                for spell in person.held:
                    urgency = spell.visit.ticket.facts[Field.PRIORITY]
                    key = (urgency, spell.started, person.number)
                    if now < spell.end and urgency > priority and key > worst:
                        victim, worst = spell, key
        if victim is None:
            return None
        self._interrupt(victim, now)
        return victim.person

    def _interrupt_for_waiting(self, team: int, now: float) -> None:
        """Let urgent tickets that have come meanwhile interrupt the work that people are back to resume."""
        for visit in self.lines.waiting(team):
            person = self._interrupt_for(visit, now)
            if person is None:
                return
            self.lines.remove(visit)
            self._take(person, visit, now)

    def _interrupt(self, spell: Spell, now: float) -> None:
        """Send the visit in hand, with the work left of it, to another who is free or to its queue."""
        spell.cut(now)
        self._let_go(spell, now)
        held = spell.visit
        held.left = max(0.0, held.left - spell.work * spell.person.speed)
        self._join_again(held, now)

    def stop(self, visit: Visit, now: float) -> None:
        """Take a visit away that is no longer needed, from the queue or from the person who has it."""
        if visit.is_queued:
            self.lines.remove(visit)
            return
        person = self.people[visit.person]
        (spell,) = person.held
        spell.cut(now)
        self._let_go(spell, now)
        if now < person.off_at:
            self._offer(person, now)

    # -- work

    def _take(self, person: Person, visit: Visit, now: float) -> None:
        """Let a person on duty work on a visit, until it is done or the shift ends."""
        spell = Spell(person, visit, now)
        person.stamp += 1
        person.held.append(spell)
        visit.person = person.number
        if visit.started != visit.started:  # NaN: nobody had it before
            visit.started = now
            self.on_start(visit, now)
        spell.plan()
        if spell.left > 0.0 and spell.overtime > 0.0:
            self.env.at(spell.end, Order.SHIFT_START, self._go_on, spell)
        elif spell.left > 0.0:
            self.env.at(spell.end, Order.SHIFT_END, self._hand_over, spell)
        elif spell.end < math.inf:
            self.env.at(spell.end, Order.COMPLETION, self._complete, spell)

    def _let_go(self, spell: Spell, now: float) -> None:
        person, visit = spell.person, spell.visit
        self.spells.append(
            (person.number, visit.ticket.number, visit.step, spell.started, now, spell.overtime)
        )
        visit.touch += spell.work
        person.busy += spell.work
        person.held.remove(spell)
        spell.is_over = True
        if self.reinforcements.called and now >= person.off_at:
            self.reinforcements.left(person, now)

    def _complete(self, occasion: Occasion) -> None:
        spell: Spell = occasion.subject
        if spell.is_over:  # interrupted meanwhile
            return
        now, person = self.env.now, spell.person
        self._let_go(spell, now)
        if now < person.off_at:
            self._offer(person, now)
        self.on_done(spell.visit, now)

    def _go_on(self, occasion: Occasion) -> None:
        """Let a person whose overtime has lasted into the next shift work on in it."""
        spell: Spell = occasion.subject
        if spell.is_over:  # interrupted meanwhile
            return
        now = self.env.now
        self._let_go(spell, now)
        spell.visit.left = spell.left
        self._take(spell.person, spell.visit, now)

    def _hand_over(self, occasion: Occasion) -> None:
        """At the end of a shift: the visit goes back to its place in the queue, for whoever is next."""
        spell: Spell = occasion.subject
        if spell.is_over:  # interrupted meanwhile
            return
        now, visit = self.env.now, spell.visit
        self._let_go(spell, now)
        visit.handovers += 1
        visit.left = spell.left + self.handover_work(visit)
        self._join_again(visit, now)

    def open_spells(self) -> list[tuple[float, ...]]:
        """Rows of the work log for what people still hold."""
        return [
            (person.number, spell.visit.ticket.number, spell.visit.step, spell.started, math.nan, 0.0)
            for person in self.people
            for spell in person.held
        ]
