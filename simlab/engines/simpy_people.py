"""People of the SimPy engine: who is there, what each has in hand, and who is idle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from heapq import heappop, heappush

from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import Calendar, as_lists, worked
from simlab.model.codes import Dispatch
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import Model
from simlab.model.ticket_rules import work_end


class Spell:
    """One person's hold of one visit, from taking it up to letting it go."""

    __slots__ = ("end", "is_over", "left", "overtime", "person", "started", "visit", "work")

    def __init__(self, person: Person, visit: Visit, started: float) -> None:
        self.person = person
        self.visit = visit
        self.started = started
        self.end = started
        """Planned end."""
        self.work = 0.0
        """Hands-on minutes, overtime included."""
        self.left = 0.0
        """Minutes of work of the visit that will be left at the end."""
        self.overtime = 0.0
        self.is_over = False
        """Whether the visit was let go, so that the planned end of an interrupted spell is void."""

    def plan(self) -> None:
        """Plan the end: when the work is done, or the shift ends."""
        person, visit = self.person, self.visit
        work = visit.left / person.speed
        self.end, left, self.overtime = work_end(
            person.duty, person.shift, person.off_at, person.policy, self.started, work
        )
        self.left = left * person.speed
        self.work = work - left

    def cut(self, now: float) -> None:
        """Let it end now: count what was worked until now, in the shift and in overtime after it."""
        self.overtime = max(0.0, now - (self.end - self.overtime)) if self.overtime > 0.0 else 0.0
        self.work = worked(self.person.duty, self.started, now) + self.overtime


class Person:
    """One person of one team."""

    __slots__ = (
        "busy",
        "cost",
        "duty",
        "held",
        "number",
        "off_at",
        "policy",
        "pool",
        "shift",
        "speed",
        "stamp",
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
        self.held: list[Spell] = []
        """What is in hand, also while the person is off duty and will resume it."""
        self.busy = 0.0
        """Hands-on minutes so far."""
        self.stamp = 0
        """Changes whenever the person stops being idle, so that old places among the idle are void."""


Idle = tuple[float, float, int, int, Person]
"""A place among the idle: the least one is the first to be given work."""


class Pool:
    """People with the same home team and the same queues to serve."""

    __slots__ = ("by_rank", "dispatch", "idle", "members", "queues")

    def __init__(self, queues: list[int], by_rank: bool, dispatch: int) -> None:
        self.queues = queues
        self.by_rank = by_rank
        self.dispatch = dispatch
        self.idle: list[Idle] = []
        self.members: list[Person] = []

    def add(self, person: Person, now: float) -> None:
        """Let a person be idle from now on."""
        key = 0.0
        if self.dispatch == Dispatch.FASTEST:
            key = -person.speed
        elif self.dispatch == Dispatch.CHEAPEST:
            key = person.cost
        elif self.dispatch == Dispatch.LEAST_LOADED:
            key = person.busy
        heappush(self.idle, (key, now, person.number, person.stamp, person))

    def first_idle(self, now: float) -> Idle | None:
        """Return who takes the next ticket; None where all are busy or off duty."""
        while self.idle:
            first = self.idle[0]
            if first[3] == first[4].stamp and now < first[4].off_at:
                return first
            heappop(self.idle)
        return None


class Staff:
    """All people of one replication, by pool, by the queues that they serve, and by common calendar."""

    def __init__(self, model: Model, calendars: Sequence[PersonalCalendars]) -> None:
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
        """By queue, the pools that serve it in order of preference, with their ranks."""
        self.people: list[Person] = []
        groups: dict[int, tuple[Calendar, list[Person]]] = {}
        on_lists: dict[int, PersonalCalendars] = {}
        for number, own in enumerate(calendars):
            if id(own) not in on_lists:
                on_lists[id(own)] = PersonalCalendars(as_lists(own.duty), as_lists(own.shift))
            fast = on_lists[id(own)]
            person = Person(number, self.pools[model.people.pool[number]], model, fast)
            self.people.append(person)
            person.pool.members.append(person)
            groups.setdefault(id(own), (fast.duty, []))[1].append(person)
        self.groups = list(groups.values())
        """People who come and go together, with their duty."""
