"""Swarms of the SimPy engine: several people who work on a visit together.

All of them are taken at once or none, so that nobody waits for somebody who waits in turn. Whoever becomes
free is given the swarm if it ranks before the other tickets that wait for that person and everybody else
whom it needs is free too. A swarm that ``holds`` keeps those back who are free and whom it lacks nobody for;
swarms stand in one order, and only the people whom no earlier one keeps back can be kept back by a later one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from simlab.engines.simpy_dispatch import Dispatch
from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_lines import Place, urgency
from simlab.engines.simpy_people import Idle, Person, Spell
from simlab.engines.simpy_tickets import NOT_YET, Visit
from simlab.model.calendars import is_open
from simlab.model.codes import Field, Order, ShiftEnd
from simlab.model.matching import matched
from simlab.model.tables import Model
from simlab.model.teamwork import roles_by_step
from simlab.model.ticket_rules import stay_end, swarm_end


class Swarms:
    """The visits that wait for several people, and those that several people work on."""

    def __init__(self, teams: Dispatch, model: Model) -> None:
        self.teams = teams
        self.lines = teams.lines
        self.line_of = teams.staff.line
        self.at_shift_end = model.teams.at_shift_end.tolist()
        self.roles = roles_by_step(model.swarms)
        self.waiting: list[Visit] = []
        """In the order in which they may start and keep people back."""
        self.at_work: dict[Visit, Sequence[Spell]] = {}
        """By visit that people work on together."""

    # -- the queue

    def place(self, visit: Visit, now: float) -> None:
        """Start on a visit if everybody is free for it or can be freed; else let it wait."""
        crew = self._crew(visit, now, self._held_back(now, urgency(visit)))
        if crew is not None:
            self._start(visit, crew, now)
        elif not self._starts_by_interrupting(visit, now):
            self._add(visit)

    def leave(self, visit: Visit, now: float) -> None:
        """Take a visit out of those that wait; people whom it kept back look for work."""
        self._remove(visit)
        if self.roles[visit.step].holds:
            self.teams.give_work(self._idle_of(visit, now), now)

    def _add(self, visit: Visit) -> None:
        visit.is_queued = True
        self.lines.lengths[visit.team] += 1
        self.waiting.append(visit)
        self.waiting.sort(key=urgency)

    def _remove(self, visit: Visit) -> None:
        self.lines.remove(visit)
        self.waiting.remove(visit)

    # -- who may take what

    def wants(self, person: Person, now: float) -> bool:
        """Whether a person who has become free is taken by a swarm, or kept back for one."""
        if person.room > 1:
            return False
        before = self._held_back(now)
        person.pool.add(person, now)
        self._start_ready(now)
        after = self._held_back(now)
        dropped = [each for each in before if each not in after and each.is_free(now)]
        if dropped:
            self.teams.give_work(dropped, now)
        return bool(person.held) or person in after

    def first_free_for(self, visit: Visit, now: float) -> Idle | None:
        """Return who takes a visit that one person works on, of those whom no swarm before it keeps back."""
        kept = self._held_back(now)
        for idle in self._free_for(visit.line, now):
            person = idle[5]
            swarm = kept.get(person)
            if swarm is None or self._stands(visit, person) < self._stands(swarm, person):
                return idle
        return None

    def _start_ready(self, now: float) -> None:
        """Start all swarms for which everybody is free, in their order."""
        kept: dict[Person, Visit] = {}
        hopeless: set[tuple[int, int]] = set()
        for visit in list(self.waiting):
            if self._is_hopeless(visit, now, kept, hopeless):
                continue
            crew = self._crew(visit, now, kept)
            if crew is not None:
                self._remove(visit)
                self._start(visit, crew, now)
                if self.roles[visit.step].holds:
                    self.teams.give_work(self._idle_of(visit, now), now)
                return self._start_ready(now)
            if self._starts_by_interrupting(visit, now):
                return self._start_ready(now)
            if self.roles[visit.step].holds:
                kept |= dict.fromkeys(self._those_there(visit, now, kept), visit)
        return None

    def _held_back(self, now: float, before: tuple[float, int] = (math.inf, 0)) -> dict[Person, Visit]:
        """Return who is kept back, by the swarms that come before a place in their order."""
        kept: dict[Person, Visit] = {}
        hopeless: set[tuple[int, int]] = set()
        for visit in self.waiting:
            if not self.roles[visit.step].holds or self._is_hopeless(visit, now, kept, hopeless):
                continue
            if urgency(visit) < before:
                kept |= dict.fromkeys(self._those_there(visit, now, kept), visit)
        return kept

    def _is_hopeless(
        self, visit: Visit, now: float, kept: Collection[Person], known: set[tuple[int, int]]
    ) -> bool:
        """Whether too few are free for a visit to matter now; found out once for all that are alike."""
        kind = visit.step, visit.line
        if kind in known:
            return True
        if self.teams.preempts[visit.team][int(visit.ticket.facts[Field.PRIORITY])]:
            return False
        roles = self.roles[visit.step]
        needed = Counter(self._line(visit, team) for team in roles.teams)
        free = {
            line: sum(
                idle[5] not in kept for _, pool in self.teams.serving[line] for idle in pool.all_free(now)
            )
            for line in needed
        }
        is_hopeless = (
            not any(free.values()) if roles.holds else any(free[line] < n for line, n in needed.items())
        )
        if is_hopeless:
            known.add(kind)
        return is_hopeless

    def _crew(self, visit: Visit, now: float, kept: Collection[Person]) -> list[Person] | None:
        """Return the people who start on a visit, the step's own team first; None where one is lacking."""
        teams = self.roles[visit.step].teams
        found = matched([self._candidates(visit, team, now, kept) for team in teams])
        crew = [person for person in found if person is not None]
        return crew if len(crew) == len(teams) else None

    def _those_there(self, visit: Visit, now: float, kept: Collection[Person]) -> list[Person]:
        """Return the people who are free for a visit, as many of them as it has use for."""
        teams = self.roles[visit.step].teams
        found = matched([self._candidates(visit, team, now, kept) for team in teams])
        return [person for person in found if person is not None]

    def _candidates(self, visit: Visit, team: int, now: float, kept: Collection[Person]) -> list[Person]:
        """Return who is free for a role, by preference, but those who have a better ticket to take."""
        free = (idle[5] for idle in self._free_for(self._line(visit, team), now))
        return [
            person
            for person in free
            if person.room == 1 and person not in kept and not self._has_better(person, visit)
        ]

    def _free_for(self, line: int, now: float) -> list[Idle]:
        """Return who is free for the tickets of a line, in order of preference."""
        found = [
            (rank, pool.for_line(idle, line))
            for rank, pool in self.teams.serving[line]
            for idle in pool.all_free(now)
        ]
        return [idle for _, idle in sorted(found)]

    def _line(self, visit: Visit, team: int) -> int:
        """Return the line of those who may take a role: the skill is needed of the step's own team."""
        return visit.line if team == visit.team else self.line_of(team, -1)

    def _has_better(self, person: Person, visit: Visit) -> bool:
        """Whether a ticket waits for a person that ranks before a swarm."""
        best = self.lines.best_for(person.pool)
        return best is not None and self._stands(best, person) < self._stands(visit, person)

    def _stands(self, visit: Visit, person: Person) -> Place:
        """Return where a visit stands for a person."""
        levels = person.pool.lines
        roles = self.roles.get(visit.step)
        if roles is None:
            return levels[visit.line], (visit.rank, visit.turn)
        return min(
            (levels[line], self.lines.rank(visit, team))
            for team in roles.teams
            if (line := self._line(visit, team)) in levels
        )

    def _idle_of(self, visit: Visit, now: float) -> list[Person]:
        """Return who is free of those whom a swarm may have kept back."""
        lines = [self._line(visit, team) for team in self.roles[visit.step].teams]
        return list(dict.fromkeys(idle[5] for line in lines for idle in self._free_for(line, now)))

    # -- interruption

    def _starts_by_interrupting(self, visit: Visit, now: float) -> bool:
        """Start on an urgent visit with people who put less urgent work down for it, if that is enough."""
        priority = visit.ticket.facts[Field.PRIORITY]
        if not self.teams.preempts[visit.team][int(priority)]:
            return False
        teams = self.roles[visit.step].teams
        kept = self._held_back(now, urgency(visit))
        free = [self._candidates(visit, team, now, kept) for team in teams]
        busy = [self._interruptible(visit, team, now) for team in teams]
        crew = [person for person in matched(free, busy) if person is not None]
        if len(crew) < len(teams):
            return False
        if visit.is_queued:
            self._remove(visit)
        interrupted = list(dict.fromkeys(person.held[0].visit for person in crew if person.held))
        released = [person for held in interrupted for person in self.teams.put_down(held, now)]
        self._start(visit, crew, now)
        for held in interrupted:
            self.teams.return_to_queue(held, now)
        self.teams.give_work([person for person in released if person not in crew], now)
        return True

    def _interruptible(self, visit: Visit, team: int, now: float) -> list[Person]:
        """Return who has less urgent work in hand: the least urgent first, then the latest."""
        priority = visit.ticket.facts[Field.PRIORITY]
        found = [
            (spell.visit.ticket.facts[Field.PRIORITY], spell.started, person.number, person)
            for _, pool in self.teams.serving[self._line(visit, team)]
            for person in pool.members
            if person.room == 1 and now < person.off_at
            for spell in person.held
            if now < spell.end and spell.visit.ticket.facts[Field.PRIORITY] > priority
        ]
        return [person for *_, person in sorted(found, key=lambda each: each[:3], reverse=True)]

    def interrupt_for_waiting(self, now: float) -> None:
        """Let urgent swarms that have come meanwhile interrupt the work that people are back to resume."""
        for visit in list(self.waiting):
            if visit.is_queued:
                self._starts_by_interrupting(visit, now)

    # -- work

    def _start(self, visit: Visit, crew: list[Person], now: float) -> None:
        """Let people work on a visit together, at the speed of the slowest."""
        roles = self.roles[visit.step]
        speeds = [self.teams.speed(p, self._line(visit, t)) for p, t in zip(crew, roles.teams, strict=True)]
        kept = {*crew, *self._held_back(now)}
        for team in roles.optional:
            joining = next(iter(self._candidates_to_join(visit, team, now, kept)), None)
            if joining is not None:
                kept.add(joining)
                crew = [*crew, joining]
                speeds.append(self.teams.speed(joining, self.line_of(team, -1)))
        speed = min(speeds) * (1.0 + roles.faster * (len(crew) - len(roles.teams)))
        visit.person = crew[0].number
        if visit.started is NOT_YET:  # nobody had it before
            visit.begins(now)
        self._work(visit, [Spell(person, visit, now, speed) for person in crew], now)

    def _candidates_to_join(
        self, visit: Visit, team: int, now: float, kept: Collection[Person]
    ) -> Iterable[Person]:
        free = (idle[5] for idle in self._free_for(self.line_of(team, -1), now))
        return (person for person in free if person.room == 1 and person not in kept)

    def _work(self, visit: Visit, spells: Sequence[Spell], now: float) -> None:
        """Let the spells of a swarm begin, and end as soon as one of its people has to go."""
        self.at_work[visit] = spells
        finishes = self.at_shift_end[visit.team] == ShiftEnd.FINISH
        until, order = math.inf, Order.COMPLETION
        for spell in spells:
            person = spell.person
            person.stamp += 1
            person.held.append(spell)
            limit, is_start = stay_end(person.shift, person.off_at, finishes, now)
            at_limit = Order.SHIFT_START if is_start else Order.SHIFT_END
            if (limit, at_limit) < (until, order) or until == math.inf:
                until, order = limit, at_limit
        end, left = swarm_end(now, visit.left / spells[0].speed, until)
        for spell in spells:
            spell.end, spell.work, spell.left = end, end - now, left * spell.speed
            spell.overtime = max(0.0, end - max(now, spell.person.off_at))
        if left == 0.0:
            order = Order.COMPLETION
        callback = {
            Order.COMPLETION: self._complete,
            Order.SHIFT_END: self._break_up,
            Order.SHIFT_START: self._go_on,
        }[order]
        if end < math.inf:
            spells[0].occasion = self.teams.env.at(end, order, callback, spells)

    def _end(self, occasion: Occasion) -> Visit | None:
        """End the spells of a swarm as planned; None where it was interrupted meanwhile."""
        spells: Sequence[Spell] = occasion.subject
        if spells[0].occasion is not occasion:
            return None
        now, visit = self.teams.env.now, spells[0].visit
        for spell in spells:
            self.teams.let_go(spell, now)
        del self.at_work[visit]
        visit.left = spells[0].left
        return visit

    def _complete(self, occasion: Occasion) -> None:
        visit = self._end(occasion)
        if visit is not None:
            now = self.teams.env.now
            people = (spell.person for spell in occasion.subject)
            self.teams.give_work([person for person in people if now < person.off_at], now)
            self.teams.on_done(visit, now)

    def _break_up(self, occasion: Occasion) -> None:
        """When duty ends for one of them: the visit waits for a new swarm, the others are free."""
        visit = self._end(occasion)
        if visit is None:
            return
        now = self.teams.env.now
        people = [spell.person for spell in occasion.subject]
        is_end = any(person.off_at <= now and not is_open(person.shift, now) for person in people)
        if is_end and self.at_shift_end[visit.team] == ShiftEnd.HAND_OVER:
            visit.handovers += 1
            visit.left += self.teams.handover_work(visit)
        self._wait_again(visit, people, now)

    def _wait_again(self, visit: Visit, people: Iterable[Person], now: float) -> None:
        """Let a visit wait for a new swarm; those of the old one who are on duty are free."""
        self._add(visit)
        self.teams.give_work([person for person in people if now < person.off_at], now)
        self._start_ready(now)

    def _go_on(self, occasion: Occasion) -> None:
        """Let the same people work on when the next shift of one of them begins in overtime."""
        visit = self._end(occasion)
        if visit is None:
            return
        now = self.teams.env.now
        people = [spell.person for spell in occasion.subject]
        if any(
            person.off_at <= now and is_open(person.shift, now) for person in people
        ):  # begins with a break
            self._wait_again(visit, people, now)
        else:
            self._work(visit, [Spell(s.person, visit, now, s.speed) for s in occasion.subject], now)
