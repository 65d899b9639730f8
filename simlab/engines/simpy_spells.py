"""Spells of work in the SimPy engine: when one ends, and how much was done until now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simlab.engines.simpy_events import Occasion
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import is_open, next_open, worked
from simlab.model.codes import ShiftEnd
from simlab.model.ticket_rules import work_end

if TYPE_CHECKING:
    from simlab.engines.simpy_people import Person


class Spell:
    """One person's hold of one visit, from taking it up to letting it go."""

    __slots__ = ("end", "left", "occasion", "overtime", "person", "speed", "started", "visit", "work")

    def __init__(self, person: Person, visit: Visit, started: float, speed: float) -> None:
        self.person = person
        self.visit = visit
        self.started = started
        self.speed = speed
        self.end = started
        """Planned end."""
        self.work = 0.0
        """Hands-on minutes, overtime included."""
        self.left = 0.0
        """Minutes of work of the visit that will be left at the end."""
        self.overtime = 0.0
        self.occasion: Occasion | None = None
        """The planned end as an event; any other is void."""

    def plan(self) -> None:
        """Plan the end: when the work is done, or the shift ends."""
        person = self.person
        work = self.visit.left / self.speed
        self.end, left, self.overtime = work_end(
            person.duty, person.shift, person.off_at, person.policy, self.started, work
        )
        self.left = left * self.speed
        self.work = work - left

    def cut(self, now: float) -> None:
        """Let it end now: count what was worked until now, in the shift and in overtime after it."""
        self.overtime = max(0.0, now - (self.end - self.overtime)) if self.overtime > 0.0 else 0.0
        self.work = worked(self.person.duty, self.started, now) + self.overtime
        self.left = max(0.0, self.visit.left - self.work * self.speed)


class SharedSpell(Spell):
    """A spell of one who holds several tickets at a time: its speed changes with their number."""

    __slots__ = ("past_overtime", "past_work", "since")

    def __init__(self, person: Person, visit: Visit, started: float, speed: float) -> None:
        super().__init__(person, visit, started, speed)
        self.since = started
        """Since when the speed has been what it is; the work left of the visit is as of then."""
        self.past_work = 0.0
        """Hands-on minutes before, and overtime among them."""
        self.past_overtime = 0.0

    def plan(self) -> None:
        """Plan the end at the present speed."""
        person, now = self.person, self.since
        work = self.visit.left / self.speed
        if now < person.off_at or is_open(person.shift, now) or person.policy == ShiftEnd.PAUSE:
            end, left, late = work_end(person.duty, person.shift, person.off_at, person.policy, now, work)
        elif person.policy == ShiftEnd.HAND_OVER:  # the shift ends in this instant
            end, left, late = now, work, 0.0
        else:
            end = min(now + work, next_open(person.shift, now))
            late = end - now
            left = 0.0 if end == now + work else work - late
        self.end = end
        self.left = left * self.speed
        self.overtime = self.past_overtime + late
        self.work = self.past_work + work - left

    def change_speed(self, now: float, speed: float) -> None:
        """Go on at another speed."""
        self._count(now)
        self.speed = speed
        self.plan()

    def cut(self, now: float) -> None:
        """Let it end now: count what was worked until now."""
        self._count(now)
        self.work, self.overtime, self.left = self.past_work, self.past_overtime, self.visit.left

    def _count(self, now: float) -> None:
        """Count what was worked at the present speed."""
        late = self.overtime - self.past_overtime
        if late > 0.0:
            late = max(0.0, now - max(self.since, self.end - late))
        minutes = worked(self.person.duty, self.since, now) + late
        self.visit.left = max(0.0, self.visit.left - minutes * self.speed)
        self.past_work += minutes
        self.past_overtime += late
        self.since = now
