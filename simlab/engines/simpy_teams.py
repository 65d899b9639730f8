"""Teams of the SimPy engine: who takes what, who is interrupted, and what becomes of work in hand.

A person who lets a ticket go is given the next one in the same instant, before the ticket goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from simlab.engines.simpy_events import DeskEnvironment, Occasion
from simlab.engines.simpy_hooks import HookedLines
from simlab.engines.simpy_lines import Lines
from simlab.engines.simpy_people import Idle, Person, SharedSpell, Spell, Staff
from simlab.engines.simpy_records import RunRecords
from simlab.engines.simpy_reinforcements import Reinforcements
from simlab.engines.simpy_service import (
    Join,
    Leave,
    Offer,
    Take,
    in_one_go,
    joining,
    offering,
)
from simlab.engines.simpy_swarms import Swarms
from simlab.engines.simpy_tickets import NOT_YET, Visit
from simlab.model.calendars import Calendar, is_open
from simlab.model.codes import Field, Order, StepKind
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import Model

COMPLETION = int(Order.COMPLETION)


class Teams:
    """All queues and people of one replication."""

    def __init__(
        self,
        env: DeskEnvironment,
        model: Model,
        records: RunRecords,
        calendars: Sequence[PersonalCalendars],
        on_done: Callable[[Visit, float], None],
        handover_work: Callable[[Visit], float],
        leaves: Sequence[Leave],
    ) -> None:
        self.env = env
        self.on_done = on_done
        """Told when the work of a visit is done."""
        self.handover_work = handover_work
        """Asked for the minutes that a hand-over adds to the work."""
        self.preempts = model.teams.preempts.tolist()
        self.has_preemption = [any(row) for row in self.preempts]
        self.staff = Staff(model, calendars)
        self.serving = self.staff.serving
        self.lines = (
            HookedLines(model, len(self.serving), model.hooks.rank, env)
            if model.hooks is not None and model.hooks.rank is not None
            else Lines(model, len(self.serving))
        )
        self.line, self.queue_lengths = self.lines.lines, self.lines.lengths
        self._records, self._record = records, records.spell_ended
        self.swarms = Swarms(self, model)
        self.has_swarms = bool(self.swarms.roles)
        self.begins_with_queues = len(model.backlog.stream) > 0
        """Whether who is on duty at the start finds tickets in the queues."""
        self.reinforcements = Reinforcements(model, self.staff, self.lines, self.give_work, self._take)
        self._called = self.reinforcements.called
        self.joins: list[Join] = [self._join_any] * len(self.line)
        """By line, what happens where a visit joins it."""
        self._offers: dict[int, Offer] = {}
        """By line that is the only one of its people, what happens where one of them has become free."""
        if not self.has_swarms and not self.reinforcements.lends:
            self._serve_sole_lines(model, leaves)
        for duty, members in self.staff.groups:
            self._start_duty(duty, members)

    def _serve_sole_lines(self, model: Model, leaves: Sequence[Leave]) -> None:
        """Find the lines whose people have no other line, nor the line other people or ways to be served."""
        n_teams = len(self.preempts)
        may_stop = bool(np.any(model.steps.kind == StepKind.FORK) or model.gathers.together.any())
        for number, serving in enumerate(self.serving):
            team, (_, pool) = number * n_teams // len(self.serving), serving[0] if serving else (0, None)
            if pool is None or len(serving) > 1 or list(pool.lines) != [number] or self.has_preemption[team]:
                continue
            line = self.line[number]
            take: Take = self._take
            is_called = any(person.number in self.reinforcements.may_call for person in pool.members)
            if not may_stop and not is_called and all(person.is_plain for person in pool.members):
                take, offer = in_one_go(self.env, line, pool, self._take, leaves)
                self._records.has_whole_work = True
            else:
                offer = offering(line, pool, take)
            self._offers[number] = offer
            self.joins[number] = joining(line, pool, take, self.lines.number)
            pool.sole_line = number

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
            self.env.at(opens, Order.SHIFT_START, self._begin_duty, (duty, members, interval))

    def _begin_duty(self, occasion: Occasion) -> None:
        """Begin an interval of duty. Its end needs no event: from ``off_at`` on nobody is given anything."""
        now = self.env.now
        duty, members, interval = occasion.subject
        self._schedule_opening(duty, members, interval + 1)
        for person in members:
            person.off_at = duty.closes[interval]
            person.stamp += 1
            if person.room > 1:
                self._go_on_with_all(person, now)
        self.give_work(members, now)
        for line in dict.fromkeys(line for person in members for line in person.pool.lines):
            team = line // (self.staff.n_skills + 1)
            if self.has_preemption[team] and self.queue_lengths[team]:
                self._interrupt_for_waiting(line, now)

    # -- who takes what

    def join(self, visit: Visit, now: float) -> None:
        """Take a visit in: an idle person starts on it now, or it queues."""
        self.joins[visit.line](visit, now)

    def _join_any(self, visit: Visit, now: float) -> None:
        self.lines.number(visit)
        self.place(visit, now)

    def place(self, visit: Visit, now: float) -> None:
        """Start on a visit if somebody is free for it or can be freed; else let it queue at its rank."""
        if self.has_swarms and visit.step in self.swarms.roles:
            self.swarms.place(visit, now)
            return
        visit.rank, visit.turn = self.lines.rank(visit, visit.team)
        self._join_again(visit, now)

    def _join_again(self, visit: Visit, now: float) -> None:
        person = self._first_free(visit, now)
        if person is None:
            person = self._interrupt_for(visit, now)
        if person is not None:
            self._take(person, visit, now)
        else:
            self.lines.add(visit)

    def leave(self, visit: Visit, now: float) -> None:
        """Take a visit out of the queue."""
        if visit.step in self.swarms.roles:
            self.swarms.leave(visit, now)
        else:
            self.lines.remove(visit)

    def rank_again(self, visit: Visit, now: float) -> None:
        """Give a queued visit its place by the present facts of the ticket; it may now interrupt others."""
        self.leave(visit, now)
        self.place(visit, now)

    def _first_free(self, visit: Visit, now: float) -> Person | None:
        """Who takes a visit: the team's own people before helpers, then who prefers the skill."""
        best: Idle | None = None
        if self.swarms.waiting:
            best = self.swarms.first_free_for(visit, now)
        else:
            best_rank = 0
            for rank, pool in self.serving[visit.line]:
                if best is not None and rank > best_rank:
                    break
                first = pool.first_free(now) if pool.free else None
                if first is not None:
                    if pool.speeds:
                        first = pool.for_line(first, visit.line)
                    if best is None or first < best:
                        best, best_rank = first, rank
        if best is None:
            return self.reinforcements.free_for(visit, now) if self.reinforcements.loans else None
        return best[5]

    def give_work(self, people: Sequence[Person], now: float) -> None:
        """Give people who have become free the next visits, in turn, as long as they have room for more."""
        if self.swarms.waiting:
            for person in people:  # a swarm may need several of them
                if person.is_free(now):
                    person.pool.add(person, now)
        while people:
            people = [p for p in people if p.is_free(now) and self.offer(p, now)]

    def offer(self, person: Person, now: float) -> bool:
        """Give a person the next visit of the lines that they serve, if there is one; else they are free."""
        if person.pool.sole_line >= 0:
            return self._offers[person.pool.sole_line](person, now)
        visit = self.reinforcements.visit_for(person, now) if self.reinforcements.loans else None
        if visit is None:
            if self.swarms.waiting and self.swarms.wants(person, now):
                return False
            visit = self.lines.best_for(person.pool)
        if visit is None:
            person.pool.add(person, now)
            return False
        self.lines.take(visit)
        self._take(person, visit, now)
        return True

    def waiting_for(self, team: int) -> Iterator[Visit]:
        """Yield all who wait for a team, alone or as a swarm, in no order."""
        yield from self.lines.of_team(team)
        yield from (visit for visit in self.swarms.waiting if visit.team == team)

    # -- interruption

    def _interrupt_for(self, visit: Visit, now: float) -> Person | None:
        """Free a person for a ticket that may interrupt others; None where nobody can be freed."""
        victim = self._victim(visit, now)
        return None if victim is None else self._freed(victim, now)

    def _victim(self, visit: Visit, now: float) -> Spell | None:
        """Return the work that an urgent ticket may interrupt.

        Of those on duty with less urgent work, it is the one whose work is least urgent, then most recently
        taken up. Who is done in this instant is free anyway.
        """
        priority = visit.ticket.facts[Field.PRIORITY]
        if not self.preempts[visit.team][int(priority)]:
            return None
        victim: Spell | None = None
        worst: tuple[float, float, int] = (priority, -math.inf, -1)
        for _, pool in self.serving[visit.line]:
            for person in pool.members:
                if now >= person.off_at:
                    continue
                for spell in person.held:
                    urgency = spell.visit.ticket.facts[Field.PRIORITY]
                    key = (urgency, spell.started, person.number)
                    if now < spell.end and urgency > priority and key > worst:
                        victim, worst = spell, key
        return victim

    def _freed(self, victim: Spell, now: float) -> Person:
        """Let a person put down work; it goes to another who is free for it, or to its queue."""
        held = victim.visit
        others = [person for person in self.put_down(held, now) if person is not victim.person]
        self.return_to_queue(held, now)
        if others:
            self.give_work(others, now)
        return victim.person

    def _interrupt_for_waiting(self, line: int, now: float) -> None:
        """Let urgent tickets that have come meanwhile interrupt the work that people are back to resume."""
        for visit in self.lines.waiting(line):
            victim = self._victim(visit, now) if visit.is_queued else None
            if victim is None:
                break
            self.lines.remove(visit)
            self._take(self._freed(victim, now), visit, now)
        self.swarms.interrupt_for_waiting(now)

    def put_down(self, visit: Visit, now: float) -> list[Person]:
        """Let all who work on a visit put it down; return those of them who are on duty."""
        spells: Sequence[Spell] | None = self.swarms.at_work.pop(visit, None)
        if spells is None:
            spells = [spell for spell in self.staff.people[visit.person].held if spell.visit is visit]
        for spell in spells:
            spell.cut(now)
        for spell in spells:
            self.let_go(spell, now)
        visit.left = spells[0].left
        people = [spell.person for spell in spells]
        for person in people:
            if person.room > 1:
                self._share(person, now)
        return [person for person in people if now < person.off_at]

    def return_to_queue(self, visit: Visit, now: float) -> None:
        """Let a visit that was put down wait for whoever is next: at its old rank, or as a swarm anew."""
        if visit.step in self.swarms.roles:
            self.swarms.place(visit, now)
        else:
            self._join_again(visit, now)

    def stop(self, visit: Visit, now: float) -> None:
        """Take a visit away that is no longer needed, from the queue or from those who have it."""
        if visit.is_queued:
            self.leave(visit, now)
        else:
            self.give_work(self.put_down(visit, now), now)

    # -- work

    def speed(self, person: Person, line: int) -> float:
        """Speed of a person at the tickets of a line."""
        speeds = person.pool.speeds
        return person.speed * speeds[line] if speeds and line in speeds else person.speed

    def _take(self, person: Person, visit: Visit, now: float) -> None:
        """Let a person on duty work on a visit, until it is done or the shift ends."""
        person.stamp += 1
        visit.person = person.number
        visit.is_in_pieces = True
        if visit.started is NOT_YET:  # nobody had it before
            visit.begins(now)
        speed = person.speed
        if not person.is_plain:
            if person.room > 1:
                self._take_beside_others(person, visit, now)
                return
            speed = self.speed(person, visit.line)
        spell = Spell(person, visit, now, speed)
        person.held.append(spell)
        if spell.end > person.off_at:
            spell.plan()
            if spell.left > 0.0 or spell.end == math.inf:
                self._schedule(spell)
                return
        self.env.call_at(spell.end, COMPLETION, self._complete, spell)

    def _take_beside_others(self, person: Person, visit: Visit, now: float) -> None:
        """Let a person take up a visit who may hold several at a time."""
        person.held.append(SharedSpell(person, visit, now, 0.0))
        self._share(person, now)
        if person.is_free(now):
            person.pool.add(person, now)

    def _schedule(self, spell: Spell) -> None:
        """Let a spell end as planned."""
        spell.occasion = None
        if spell.left > 0.0 and spell.overtime > 0.0:
            spell.occasion = self.env.at(spell.end, Order.SHIFT_START, self._go_on, spell)
        elif spell.left > 0.0:
            spell.occasion = self.env.at(spell.end, Order.SHIFT_END, self._hand_over, spell)
        elif spell.end < math.inf:
            spell.occasion = self.env.at(spell.end, Order.COMPLETION, self._complete_shared, spell)

    def _share(self, person: Person, now: float) -> None:
        """Let a person work on all tickets held at the speed that their number allows."""
        for spell in person.held:
            assert isinstance(spell, SharedSpell)
            speed = self.speed(person, spell.visit.line) * person.paces[len(person.held) - 1]
            if speed != spell.speed:
                if spell.speed > 0.0:
                    spell.change_speed(now, speed)
                else:
                    spell.speed = speed
                    spell.plan()
                self._schedule(spell)

    def let_go(self, spell: Spell, now: float) -> None:
        """End a spell and record it."""
        person, visit, work = spell.person, spell.visit, spell.work
        record = self._record
        record(spell, now)
        visit.touch += work
        person.busy += work
        person.held.remove(spell)
        spell.occasion = None
        if self._called and now >= person.off_at and not person.held:
            self.reinforcements.left(person, now)

    def _complete_shared(self, occasion: Occasion) -> None:
        spell: Spell = occasion.subject
        if spell.occasion is occasion:  # not planned anew meanwhile
            spell.occasion = spell
            self._complete(spell)

    def _complete(self, spell: Spell) -> None:
        if spell.occasion is not spell:  # interrupted meanwhile
            return
        now, person = spell.end, spell.person
        self.let_go(spell, now)
        if person.held:
            self._share(person, now)
        if now < person.off_at:
            self.offer(person, now)
        go_on = self.on_done
        go_on(spell.visit, now)

    def _go_on(self, occasion: Occasion) -> None:
        """Let a person whose overtime has lasted into the next shift work on in it."""
        spell: Spell = occasion.subject
        if spell.occasion is occasion:  # not interrupted meanwhile
            self._go_on_with_all(spell.person, self.env.now)

    def _go_on_with_all(self, person: Person, now: float) -> None:
        """Let a person go on in a new spell with each ticket of which the overtime ends now."""
        spells = [spell for spell in person.held if spell.overtime > 0.0 < spell.left and spell.end == now]
        for spell in spells:
            self.let_go(spell, now)
            spell.visit.left = spell.left
        for spell in spells:
            self._take(person, spell.visit, now)

    def _hand_over(self, occasion: Occasion) -> None:
        """At the end of a shift: the visit goes back to its place in the queue, for whoever is next."""
        spell: Spell = occasion.subject
        if spell.occasion is not occasion:  # interrupted meanwhile
            return
        now, person = self.env.now, spell.person
        spells = [each for each in person.held if each.left > 0.0 == each.overtime and each.end == now]
        for each in spells:
            self.let_go(each, now)
        if person.held:
            self._share(person, now)
        for each in spells:
            visit = each.visit
            visit.handovers += 1
            visit.left = each.left + self.handover_work(visit)
            self._join_again(visit, now)

    def open_spells(self) -> list[Spell]:
        """Return what people still hold, at the end of the run."""
        for person in self.staff.people:
            visit = person.in_hand
            if visit is not None:
                visit.touch = 0.0
                person.held.append(Spell(person, visit, visit.started, person.speed))
        return [spell for person in self.staff.people for spell in person.held]
