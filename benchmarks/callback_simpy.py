"""The models on SimPy with callbacks instead of processes: what it can do where speed comes first.

Pools and queues are plain Python; calendars are arithmetic on the end of the work.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

import simpy

from benchmarks.models import (
    ARRIVAL_RATE,
    CATEGORIES,
    LOOK_MEAN,
    LOOK_SIGMA,
    MEAN_GAP,
    MEANS,
    MISROUTED,
    MOST_PASSES,
    PEOPLE,
    PRIORITIES,
    REOPENED,
    RESOLVED_AT_FIRST_LEVEL,
    SERVERS,
    SIGMA,
    TEAM_OF_CATEGORY,
    WORKING_SHARE,
)

WEEK, DAY, OPENS, CLOSES = 7 * 1440.0, 1440.0, 480.0, 1080.0
Then = Callable[[], None]


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: number of customers served and their mean wait."""
    env, rng = simpy.Environment(), random.Random(seed)
    waiting: deque[float] = deque()
    waits: list[float] = []
    idle, to_come = SERVERS, n

    def arrive(_: simpy.Event) -> None:
        nonlocal idle, to_come
        to_come -= 1
        if to_come > 0:
            env.timeout(rng.expovariate(ARRIVAL_RATE)).callbacks.append(arrive)
        if idle > 0:
            idle -= 1
            serve(env.now)
        else:
            waiting.append(env.now)

    def serve(arrived: float) -> None:
        waits.append(env.now - arrived)
        env.timeout(rng.expovariate(1.0)).callbacks.append(done)

    def done(_: simpy.Event) -> None:
        nonlocal idle
        if waiting:
            serve(waiting.popleft())
        else:
            idle += 1

    env.timeout(rng.expovariate(ARRIVAL_RATE)).callbacks.append(arrive)
    env.run()
    return len(waits), sum(waits) / len(waits)


class Team:
    """People with a queue by priority."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        self.idle = PEOPLE[name]
        self.waiting: list[tuple[int, int, Job]] = []

    def join(self, job: Job) -> None:
        """Let a job be worked on, now or later."""
        if self.idle > 0 and self.desk.is_open():
            self.idle -= 1
            self.start(job)
        else:
            self.desk.sequence += 1
            heappush(self.waiting, (job.ticket.priority, self.desk.sequence, job))

    def start(self, job: Job) -> None:
        """Work on a job until it is done."""
        desk = self.desk
        job.started = desk.env.now
        event = desk.env.timeout(desk.duration(job.work))
        event.job = job
        event.callbacks.append(self.done)

    def done(self, event: simpy.Event) -> None:
        """Take the next job, then let the ticket go on."""
        self.idle += 1
        self.take()
        job = event.job
        self.desk.rows.append(
            (job.ticket.number, self.name, job.ticket.turn, job.queued, job.started, self.desk.env.now)
        )
        job.then()

    def take(self) -> None:
        """Let idle people take what waits."""
        while self.idle > 0 and self.waiting and self.desk.is_open():
            self.idle -= 1
            self.start(heappop(self.waiting)[2])


class Job:
    """One stay of a ticket at a team."""

    __slots__ = ("queued", "started", "then", "ticket", "work")

    def __init__(self, ticket: Ticket, work: float, queued: float, then: Then) -> None:
        self.ticket, self.work, self.queued, self.then = ticket, work, queued, then


class Ticket:
    """A ticket on its way."""

    __slots__ = ("category", "desk", "number", "priority", "turn")

    def __init__(self, desk: Desk, number: int, priority: int, category: str) -> None:
        self.desk, self.number, self.priority, self.category = desk, number, priority, category
        self.turn = 0
        self.begin()

    def begin(self) -> None:
        """Come to the first level."""
        self.desk.visit(self, "L1", MEANS["L1"], SIGMA, self.after_first)

    def after_first(self) -> None:
        """Be resolved, or go on to the second level, perhaps to a wrong team first."""
        random_ = self.desk.rng.random
        if random_() < RESOLVED_AT_FIRST_LEVEL[self.category]:
            self.end_pass()
        elif random_() < MISROUTED:
            wrong = [team for team in "ABC" if team != TEAM_OF_CATEGORY[self.category]][random_() < 0.5]
            self.desk.visit(self, wrong, LOOK_MEAN, LOOK_SIGMA, self.go_right)
        else:
            self.go_right()

    def go_right(self) -> None:
        """Come to the right team."""
        right = TEAM_OF_CATEGORY[self.category]
        self.desk.visit(self, right, MEANS[right], SIGMA, self.end_pass)

    def end_pass(self) -> None:
        """Be closed, or come back."""
        self.turn += 1
        if self.turn < MOST_PASSES and self.desk.rng.random() < REOPENED:
            self.begin()
        else:
            self.desk.n_open -= 1


class Desk:
    """m2 and m3."""

    def __init__(self, n: int, seed: int, office_hours: bool) -> None:
        self.env, self.rng = simpy.Environment(), random.Random(seed)
        self.office_hours = office_hours
        self.scale = WORKING_SHARE if office_hours else 1.0
        self.n, self.n_created, self.n_open, self.sequence = n, 0, 0, 0
        self.rows: list[tuple[int, str, int, float, float, float]] = []
        self.teams = {name: Team(self, name) for name in PEOPLE}

    def run(self) -> tuple[int, float]:
        """Visits and mean wait."""
        self.after(self.rng.expovariate(1.0 / MEAN_GAP), self.arrive)
        if self.office_hours:
            self.after(OPENS, self.open)
        while self.n_created < self.n or self.n_open > 0:
            self.env.step()
        return len(self.rows), sum(row[4] - row[3] for row in self.rows) / len(self.rows)

    def after(self, delay: float, callback: Callable[[simpy.Event], None]) -> None:
        """Call back after a time."""
        self.env.timeout(delay).callbacks.append(callback)

    def arrive(self, _: simpy.Event) -> None:
        """Make a ticket."""
        rng = self.rng
        number, self.n_created, self.n_open = self.n_created, self.n_created + 1, self.n_open + 1
        if self.n_created < self.n:
            self.after(rng.expovariate(1.0 / MEAN_GAP), self.arrive)
        priority = rng.choices(range(3), PRIORITIES.values())[0]
        Ticket(self, number, priority, rng.choices(tuple(CATEGORIES), CATEGORIES.values())[0])

    def visit(self, ticket: Ticket, team: str, mean: float, sigma: float, then: Then) -> None:
        """Let a ticket come to a team."""
        work = self.scale * self.rng.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)
        self.teams[team].join(Job(ticket, work, self.env.now, then))

    def open(self, _: simpy.Event) -> None:
        """Begin a day's work."""
        self.after(self.duration(CLOSES - OPENS + 1.0) - 1.0, self.open)
        for team in self.teams.values():
            team.take()

    def is_open(self) -> bool:
        """Whether people work now."""
        now = self.env.now
        return not self.office_hours or (now % WEEK < 5 * DAY and OPENS <= now % DAY < CLOSES)

    def duration(self, work: float) -> float:
        """Time that work takes which begins now, nights and weekends included."""
        if not self.office_hours:
            return work
        now, left = self.env.now, work
        today = CLOSES - now % DAY
        if left <= today:
            return left
        days, left = divmod(left - today, CLOSES - OPENS)
        day = int(now // DAY)
        for _ in range(int(days) + 1):
            day += 3 if day % 7 == 4 else 1
        return day * DAY + OPENS + left - now


def desk(n: int, seed: int, office_hours: bool = False) -> tuple[int, float]:
    """m2 or m3: number of visits and mean wait of a visit."""
    return Desk(n, seed, office_hours).run()
