"""The models as one writes them with SimPy: a process per ticket, a resource per team, NumPy draws."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
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

Process = Generator[simpy.Event, Any, None]
WEEK, DAY = 7 * 1440.0, 1440.0
OPENS, CLOSES = 480.0, 1080.0
"""Office hours, in minutes of the day."""
RESUMED = -1
"""Priority of who was interrupted by the night: before those who wait."""
NIGHT = -2
"""Priority of the night, which takes all people from their work."""


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: number of customers served and their mean wait."""
    rng = np.random.default_rng(seed)
    env = simpy.Environment()
    servers = simpy.PriorityResource(env, SERVERS)
    waits: list[float] = []

    def customer() -> Process:
        arrived = env.now
        with servers.request() as request:
            yield request
            waits.append(env.now - arrived)
            yield env.timeout(rng.exponential(1.0))

    def source() -> Process:
        for _ in range(n):
            yield env.timeout(rng.exponential(1.0 / ARRIVAL_RATE))
            env.process(customer())

    env.process(source())
    env.run()
    return len(waits), float(np.mean(waits))


class Desk:
    """m2 and m3."""

    def __init__(self, n: int, seed: int, office_hours: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.env = simpy.Environment()
        self.n = n
        self.office_hours = office_hours
        self.scale = WORKING_SHARE if office_hours else 1.0
        kind = simpy.PreemptiveResource if office_hours else simpy.PriorityResource
        self.teams = {team: kind(self.env, people) for team, people in PEOPLE.items()}
        self.rows: list[tuple[int, str, int, float, float, float]] = []
        self.n_open = 0
        self.all_created = False
        self.done = self.env.event()

    def run(self) -> tuple[int, float]:
        """Visits and mean wait."""
        if self.office_hours:
            for team, people in PEOPLE.items():
                for _ in range(people):
                    self.env.process(self.nights(team))
        self.env.process(self.source())
        self.env.run(self.done if self.office_hours else None)
        return len(self.rows), float(np.mean([start - queued for _, _, _, queued, start, _ in self.rows]))

    def source(self) -> Process:
        """Let tickets arrive."""
        priorities, categories = list(PRIORITIES.values()), list(CATEGORIES.values())
        for number in range(self.n):
            yield self.env.timeout(self.rng.exponential(MEAN_GAP))
            priority = self.choice(priorities)
            category = list(CATEGORIES)[self.choice(categories)]
            self.n_open += 1
            self.all_created = number == self.n - 1
            self.env.process(self.ticket(number, priority, category))

    def choice(self, percents: list[int]) -> int:
        """Pick an index by percents."""
        u, below = 100.0 * self.rng.random(), 0.0
        for i, percent in enumerate(percents):
            below += percent
            if u < below:
                return i
        return len(percents) - 1

    def ticket(self, number: int, priority: int, category: str) -> Process:
        """Live the life of a ticket."""
        rng = self.rng
        for turn in range(MOST_PASSES):
            yield from self.visit(number, "L1", turn, priority, MEANS["L1"], SIGMA)
            if rng.random() >= RESOLVED_AT_FIRST_LEVEL[category]:
                right = TEAM_OF_CATEGORY[category]
                if rng.random() < MISROUTED:
                    others = [team for team in "ABC" if team != right]
                    wrong = others[rng.integers(2)]
                    yield from self.visit(number, wrong, turn, priority, LOOK_MEAN, LOOK_SIGMA)
                yield from self.visit(number, right, turn, priority, MEANS[right], SIGMA)
            if rng.random() >= REOPENED:
                break
        self.n_open -= 1
        if self.all_created and self.n_open == 0 and not self.done.triggered:
            self.done.succeed()

    def visit(self, number: int, team: str, turn: int, priority: int, mean: float, sigma: float) -> Process:
        """Be worked on at a team, through interruptions by nights."""
        env, queued = self.env, self.env.now
        left = self.scale * self.rng.lognormal(np.log(mean) - sigma**2 / 2, sigma)
        started = None
        while left > 0.0:
            # Who was interrupted by the night goes on before those who wait.
            rank = priority if started is None else RESUMED
            began = None
            with self.teams[team].request(priority=rank, preempt=False) as request:
                try:
                    yield request
                    began = env.now
                    started = began if started is None else started
                    yield env.timeout(left)
                    left = 0.0
                except simpy.Interrupt:
                    left -= env.now - began if began is not None else 0.0
        assert started is not None
        self.rows.append((number, team, turn, queued, started, env.now))

    def nights(self, team: str) -> Process:
        """Hold one person of a team whenever the office is closed."""
        env = self.env
        while True:
            minute, weekday = env.now % DAY, int(env.now % WEEK // DAY)
            if weekday < 5 and OPENS <= minute < CLOSES:
                yield env.timeout(CLOSES - minute)
                continue
            day = 0 if weekday < 5 and minute < OPENS else 1 if weekday < 4 else 7 - weekday
            with self.teams[team].request(priority=NIGHT) as request:
                yield request
                yield env.timeout(day * DAY + OPENS - minute)


def desk(n: int, seed: int, office_hours: bool = False) -> tuple[int, float]:
    """m2 or m3: number of visits and mean wait of a visit."""
    return Desk(n, seed, office_hours).run()
