"""People of the SimPy engine: who is there, what each has in hand, and who is free for more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise

from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import Calendar, as_lists, worked
from simlab.model.codes import Dispatch
from simlab.model.lines import LineTable, line_of, line_table
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import Model
from simlab.model.teamwork import Codes, skills_of_pool
from simlab.model.ticket_rules import work_end, work_end_again

LONGEST_IDLE = int(Dispatch.LONGEST_IDLE)
ALONE = (1.0,)
"""Speed of who holds one ticket at a time."""


class Spell:
    """One person's hold of one visit, from taking it up to letting it go."""

    __slots__ = ("end", "left", "occasion", "overtime", "person", "speed", "started", "visit", "work")

    def __init__(self, person: Person, visit: Visit, started: float, speed: float) -> None:
        self.person = person
        self.visit = visit
        self.started = started
        self.speed = speed
        self.work = work = visit.left / speed
        """Hands-on minutes, overtime included."""
        self.end = started + work
        """Planned end: when the work is done, unless it is planned otherwise."""
        self.left = 0.0
        """Minutes of work of the visit that will be left at the end."""
        self.overtime = 0.0
        self.occasion: object = self
        """What its planned end is told with, often the spell itself; any other is void."""

    def plan(self) -> None:
        """Plan the end: when the work is done, or the shift ends."""
        person, work = self.person, self.visit.left / self.speed
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
        super().__init__(person, visit, started, 1.0)
        self.speed = speed
        self.since = started
        """Since when the speed has been what it is; the work left of the visit is as of then."""
        self.past_work = 0.0
        """Hands-on minutes before, and overtime among them."""
        self.past_overtime = 0.0

    def plan(self) -> None:
        """Plan the end at the present speed."""
        person = self.person
        work = self.visit.left / self.speed
        self.end, left, late = work_end_again(
            person.duty, person.shift, person.off_at, person.policy, self.since, work
        )
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


class Person:
    """One person of one team."""

    __slots__ = (
        "busy",
        "cost",
        "duty",
        "held",
        "in_hand",
        "is_plain",
        "number",
        "off_at",
        "paces",
        "policy",
        "pool",
        "room",
        "shift",
        "speed",
        "stamp",
    )

    def __init__(
        self,
        number: int,
        pool: Pool,
        model: Model,
        calendars: PersonalCalendars,
        paces: tuple[float, ...] = ALONE,
    ) -> None:
        people = model.people
        self.number = number
        self.pool = pool
        self.speed = float(people.speed[number])
        self.cost = float(people.cost_per_hour[number])
        self.policy = int(model.teams.at_shift_end[people.team[number]])
        self.duty, self.shift = calendars.duty, calendars.shift
        self.paces = paces
        """Speed at each ticket when 1, 2, ... are held."""
        self.room = len(paces)
        """Most tickets held at a time."""
        self.is_plain = self.room == 1 and not pool.speeds
        """Whether the speed is the same for all tickets, and at any time."""
        self.off_at = -math.inf
        """End of the present or last interval of duty; who is off duty takes nothing up."""
        self.held: list[Spell] = []
        """What is in hand, also while the person is off duty and will resume it."""
        self.in_hand: Visit | None = None
        """A visit that nobody else can come between, and that is done in one go: it needs no spell."""
        self.busy = 0.0
        """Hands-on minutes so far, over all tickets."""
        self.stamp = 0
        """Changes with what the person is free for, so that old places among the free are void."""

    def is_free(self, now: float) -> bool:
        """Whether the person may take up a ticket now."""
        return len(self.held) < self.room and self.in_hand is None and now < self.off_at


Idle = tuple[int, float, float, int, int, Person]
"""A place among those who are free: tickets held, by the rule of the team, free since, number of the person,
stamp. The least one is the first to be given work."""


class Pool:
    """People with the same home team, the same queues to serve and the same skills."""

    __slots__ = ("dispatch", "free", "levels", "lines", "members", "skills", "sole_line", "speeds")

    def __init__(self, dispatch: int, table: LineTable, number: int) -> None:
        rows = slice(table.first_line[number], table.first_line[number + 1])
        self.dispatch = dispatch
        self.skills: tuple[int, ...] = ()
        self.sole_line = -1
        """The line that they serve, where it is the only one and they alone serve it; else -1."""
        self.lines = dict(zip(table.line[rows].tolist(), table.level[rows].tolist(), strict=True))
        """Level of each line, in order of preference."""
        self.levels = [
            [line for line, of_line in self.lines.items() if of_line == level]
            for level in dict.fromkeys(self.lines.values())
        ]
        """Within one level the best rank decides."""
        self.speeds = {line: speed for line, speed in enumerate(table.speed[number].tolist()) if speed != 1.0}
        """Factor on the speed of the people, by line; 1 where there is none."""
        self.free: list[Idle] = []
        self.members: list[Person] = []

    def add(self, person: Person, now: float) -> None:
        """Let a person be free from now on."""
        person.stamp += 1
        key = 0.0
        if self.dispatch != LONGEST_IDLE:
            if self.dispatch == Dispatch.FASTEST:
                key = -person.speed
            elif self.dispatch == Dispatch.CHEAPEST:
                key = person.cost
            elif self.dispatch == Dispatch.LEAST_LOADED:
                key = person.busy
        heappush(self.free, (len(person.held), key, now, person.number, person.stamp, person))

    def first_free(self, now: float) -> Idle | None:
        """Return who takes the next ticket; None where all are busy or off duty."""
        while self.free:
            first = self.free[0]
            if first[4] == first[5].stamp and now < first[5].off_at:
                return first
            heappop(self.free)
        return None

    def all_free(self, now: float) -> Iterator[Idle]:
        """Return all who may take a ticket, in any order."""
        return (idle for idle in self.free if idle[4] == idle[5].stamp and now < idle[5].off_at)

    def for_line(self, idle: Idle, line: int) -> Idle:
        """Return a place as it is for tickets of a line: who is fastest depends on the skill they need."""
        if self.dispatch == Dispatch.FASTEST and line in self.speeds:
            return idle[0], idle[1] * self.speeds[line], *idle[2:]
        return idle


class Staff:
    """All people of one replication, by pool, by the lines that they serve, and by common calendar."""

    def __init__(self, model: Model, calendars: Sequence[PersonalCalendars]) -> None:
        teams, table = model.teams, line_table(model)
        self.n_skills = 0 if model.skills is None else len(model.skills.names)
        self.pools = [
            Pool(int(teams.dispatch[home]), table, number)
            for number, home in enumerate(model.pools.home.tolist())
        ]
        if model.skills is not None:
            for number, pool in enumerate(self.pools):
                pool.skills = tuple(skill for skill, _ in skills_of_pool(model.skills, number))
        self.serving = [
            [(rank, self.pools[pool]) for rank, pool in zip(ranks, pools, strict=True)]
            for ranks, pools in zip(
                _rows(table.first_pool, table.rank), _rows(table.first_pool, table.pool), strict=True
            )
        ]
        """By line, the pools that serve it in order of preference, with their ranks."""
        self.people: list[Person] = []
        self.groups: list[tuple[Calendar, list[Person]]] = []
        """People who come and go together, with their duty."""
        self._add_people(model, calendars)

    def line(self, team: int, skill: int) -> int:
        """Return the line of tickets that need a team, and a skill of its people unless it is -1."""
        return line_of(team, skill, self.n_skills)

    def _add_people(self, model: Model, calendars: Sequence[PersonalCalendars]) -> None:
        paces = _paces_of_people(model)
        groups: dict[int, tuple[Calendar, list[Person]]] = {}
        on_lists: dict[int, PersonalCalendars] = {}
        for number, own in enumerate(calendars):
            if id(own) not in on_lists:
                on_lists[id(own)] = PersonalCalendars(as_lists(own.duty), as_lists(own.shift))
            fast = on_lists[id(own)]
            person = Person(number, self.pools[model.people.pool[number]], model, fast, paces[number])
            self.people.append(person)
            person.pool.members.append(person)
            groups.setdefault(id(own), (fast.duty, []))[1].append(person)
        self.groups = list(groups.values())


def _rows(first: Codes, column: Codes) -> list[list[int]]:
    """Rows of a ragged table as lists."""
    return [column[start:end].tolist() for start, end in pairwise(first.tolist())]


def _paces_of_people(model: Model) -> list[tuple[float, ...]]:
    """By person, the speeds by number of tickets held."""
    if model.paces is None:
        return [ALONE] * len(model.people.pool)
    first, speed = model.paces.first, model.paces.speed
    rows = [tuple(speed[a:b].tolist()) for a, b in pairwise(first.tolist())]
    return [ALONE if row < 0 else rows[row] for row in model.paces.person.tolist()]
