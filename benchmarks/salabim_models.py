"""The models as one writes them with salabim: a component per ticket, a resource per team."""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from typing import Any

import salabim as sim

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

Process = Generator[Any, Any, None]
DAY, OPENS, OPEN_MINUTES = 1440.0, 480.0, 600.0


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: number of customers served and their mean wait."""
    env = sim.Environment(trace=False, yieldless=False, random_seed=None)
    rng = random.Random(seed)
    servers = sim.Resource(capacity=SERVERS, monitor=False, env=env)
    waits: list[float] = []

    class Customer(sim.Component):
        def process(self) -> Process:
            arrived = env.now()
            yield self.request(servers)
            waits.append(env.now() - arrived)
            yield self.hold(rng.expovariate(1.0))
            self.release(servers)

    class Source(sim.Component):
        def process(self) -> Process:
            for _ in range(n):
                yield self.hold(rng.expovariate(ARRIVAL_RATE))
                Customer(env=env)

    Source(env=env)
    env.run()
    return len(waits), sum(waits) / len(waits)


def worked_until(t: float) -> float:
    """Office minutes from the start until an instant."""
    day = int(t // DAY)
    today = min(max(t - day * DAY - OPENS, 0.0), OPEN_MINUTES) if day % 7 < 5 else 0.0
    return (day // 7 * 5 + min(day % 7, 5)) * OPEN_MINUTES + today


def instant(worked: float) -> float:
    """When so many office minutes have passed since the start."""
    day = int(worked // OPEN_MINUTES)
    return (day // 5 * 7 + day % 5) * DAY + OPENS + worked - day * OPEN_MINUTES


def desk(n: int, seed: int, office_hours: bool = False) -> tuple[int, float]:
    """m2 or m3: number of visits and mean wait of a visit."""
    env = sim.Environment(trace=False, yieldless=False, random_seed=None)
    rng = random.Random(seed)
    scale = WORKING_SHARE if office_hours else 1.0
    at_first = 0 if office_hours else 1
    teams = {
        name: sim.Resource(capacity=people * at_first, monitor=False, env=env)
        for name, people in PEOPLE.items()
    }
    rows: list[tuple[int, str, int, float, float, float]] = []
    n_open = n

    class Ticket(sim.Component):
        def setup(self, number: int, rank: int, category: str) -> None:
            self.number, self.rank, self.category = number, rank, category

        def visit(self, team: str, turn: int, mean: float, sigma: float) -> Process:
            queued = env.now()
            yield self.request((teams[team], 1, self.rank))
            started = env.now()
            work = scale * rng.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)
            yield self.hold(instant(worked_until(started) + work) - started if office_hours else work)
            self.release(teams[team])
            rows.append((self.number, team, turn, queued, started, env.now()))

        def process(self) -> Process:
            nonlocal n_open
            right = TEAM_OF_CATEGORY[self.category]
            for turn in range(MOST_PASSES):
                yield from self.visit("L1", turn, MEANS["L1"], SIGMA)
                if rng.random() >= RESOLVED_AT_FIRST_LEVEL[self.category]:
                    if rng.random() < MISROUTED:
                        wrong = rng.choice([team for team in "ABC" if team != right])
                        yield from self.visit(wrong, turn, LOOK_MEAN, LOOK_SIGMA)
                    yield from self.visit(right, turn, MEANS[right], SIGMA)
                if rng.random() >= REOPENED:
                    break
            n_open -= 1
            if n_open == 0:
                env.main().activate()

    class Source(sim.Component):
        def process(self) -> Process:
            for number in range(n):
                yield self.hold(rng.expovariate(1.0 / MEAN_GAP))
                rank = rng.choices(range(3), PRIORITIES.values())[0]
                category = rng.choices(tuple(CATEGORIES), CATEGORIES.values())[0]
                Ticket(number=number, rank=rank, category=category, env=env)

    class Hours(sim.Component):
        def process(self) -> Process:
            day = 0
            while True:
                opens = instant(day * OPEN_MINUTES)
                yield self.hold(till=opens)
                for name, people in PEOPLE.items():
                    teams[name].set_capacity(people)
                yield self.hold(till=opens + OPEN_MINUTES)
                for team in teams.values():
                    team.set_capacity(0)
                day += 1

    Source(env=env)
    if office_hours:
        Hours(env=env)
    env.run()
    return len(rows), sum(row[4] - row[3] for row in rows) / len(rows)
