"""The models as bare numba kernels: nothing but the model, draws and visit log inside, nothing checked.

What a compiled engine could at best reach. Random numbers are those of NumPy's generators, the quickest of
them (SFC64), with exponential and normal ones by the ziggurat: they follow each other, and have no addresses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

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

TEAMS = tuple(PEOPLE)
N_PEOPLE = np.array(list(PEOPLE.values()))
LOG_OF_TEAM = np.log(list(MEANS.values())) - SIGMA * SIGMA / 2.0
LOG_OF_LOOK = np.log(LOOK_MEAN) - LOOK_SIGMA * LOOK_SIGMA / 2.0
"""Means of the logarithms of service times."""
TEAM_OF = np.array([TEAMS.index(TEAM_OF_CATEGORY[name]) for name in CATEGORIES])
RESOLVED = np.array(list(RESOLVED_AT_FIRST_LEVEL.values()))
PRIORITY_BELOW = np.cumsum(list(PRIORITIES.values())) / 100.0
CATEGORY_BELOW = np.cumsum(list(CATEGORIES.values())) / 100.0
DAY, OPENS, OPEN_MINUTES = 1440.0, 480.0, 600.0
LOOKS, WORKS = 1, 2
"""What a ticket is at a second-level team for."""


@njit(cache=True)
def _worked_until(t: float) -> float:
    """Office minutes from the start until an instant."""
    day = int(t // DAY)
    before = day // 7 * 5 + min(day % 7, 5)
    today = min(max(t - day * DAY - OPENS, 0.0), OPEN_MINUTES) if day % 7 < 5 else 0.0
    return before * OPEN_MINUTES + today


@njit(cache=True)
def _instant(worked: float) -> float:
    """When so many office minutes have passed since the start."""
    day = int(worked // OPEN_MINUTES)
    return (day // 5 * 7 + day % 5) * DAY + OPENS + worked - day * OPEN_MINUTES


@njit(cache=True)
def _push(heap: Any, size: int, time: float, what: int) -> int:
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent, 0] <= time:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at, 0] = time
    heap[at, 1] = what
    return size + 1


@njit(cache=True)
def _drop_first(heap: Any, size: int) -> int:
    size -= 1
    time, what = heap[size, 0], heap[size, 1]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1, 0] < heap[child, 0]:
            child += 1
        if heap[child, 0] >= time:
            break
        heap[at] = heap[child]
        at = child
    heap[at, 0] = time
    heap[at, 1] = what
    return size


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: customers served and their mean wait."""
    return _queue(n, np.random.Generator(np.random.SFC64(seed)))


def desk(n: int, seed: int, office_hours: bool) -> tuple[int, float]:
    """m2 or m3: number of visits and mean wait of a visit."""
    return _desk(n, np.random.Generator(np.random.SFC64(seed)), office_hours)


@njit(cache=True, nogil=True)
def _queue(n: int, rng: np.random.Generator) -> tuple[int, float]:
    log = np.empty((n, 3))
    heap, size = np.empty((64, 2)), 0
    idle, n_created, next_up, n_served = SERVERS, 0, 0, 0
    arrival = -1
    size = _push(heap, size, rng.standard_exponential() / ARRIVAL_RATE, arrival)
    while n_served < n:
        now, what = heap[0, 0], int(heap[0, 1])
        size = _drop_first(heap, size)
        if what == arrival:
            log[n_created, 0] = now
            n_created += 1
            if n_created < n:
                size = _push(heap, size, now + rng.standard_exponential() / ARRIVAL_RATE, arrival)
        else:
            log[what, 2] = now
            n_served += 1
            idle += 1
        if idle > 0 and next_up < n_created:
            idle -= 1
            log[next_up, 1] = now
            size = _push(heap, size, now + rng.standard_exponential(), next_up)
            next_up += 1
    return n, (log[:, 1] - log[:, 0]).mean()


@njit(cache=True, nogil=True)
def _desk(n: int, rng: np.random.Generator, office_hours: bool) -> tuple[int, float]:
    scale = WORKING_SHARE if office_hours else 1.0
    n_teams = len(N_PEOPLE)
    priority, category = np.empty(n, np.int64), np.empty(n, np.int64)
    turn, stage, team = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    queued, started = np.empty(n), np.empty(n)
    after = np.full(n, -1)
    first, last = np.full((n_teams, 3), -1), np.full((n_teams, 3), -1)
    idle = N_PEOPLE.copy()
    log = np.empty((4 * n + 1000, 6))
    n_rows = n_open = n_created = 0
    heap, size = np.empty((64, 2)), 0
    arrival, opening = -1, -2
    size = _push(heap, size, MEAN_GAP * rng.standard_exponential(), arrival)
    if office_hours:
        size = _push(heap, size, OPENS, opening)
    closes = 0.0 if office_hours else np.inf
    while n_created < n or n_open > 0:
        now, what = heap[0, 0], int(heap[0, 1])
        size = _drop_first(heap, size)
        if what == opening:
            closes = now + OPEN_MINUTES
            size = _push(heap, size, _instant(_worked_until(now) + OPEN_MINUTES), opening)
        ticket, joins = -1, False
        freed = -1
        if what == arrival:
            ticket, joins = n_created, True
            n_created += 1
            n_open += 1
            u, v = rng.random(), rng.random()
            priority[ticket] = _picked(PRIORITY_BELOW, u)
            category[ticket] = _picked(CATEGORY_BELOW, v)
            if n_created < n:
                size = _push(heap, size, now + MEAN_GAP * rng.standard_exponential(), arrival)
        elif what >= 0:
            ticket = what
            freed = team[ticket]
            idle[freed] += 1
            row = log[n_rows]
            row[0], row[1], row[2] = ticket, freed, turn[ticket]
            row[3], row[4], row[5] = queued[ticket], started[ticket], now
            n_rows += 1
        # Whoever is free takes the next ticket before the one that was let go moves on.
        for each in range(n_teams):
            if now >= closes or (what != opening and each != freed):
                continue
            for rank in range(3):
                while idle[each] > 0 and first[each, rank] >= 0:
                    other = first[each, rank]
                    first[each, rank] = after[other]
                    idle[each] -= 1
                    started[other] = now
                    size = _push(heap, size, _end_of_work(now, each, stage[other], scale, closes, rng), other)
        if freed >= 0:
            joins = _moves_on(ticket, stage, team, category, rng)
            if not joins:
                turn[ticket] += 1
                joins = turn[ticket] < MOST_PASSES and rng.random() < REOPENED
                stage[ticket] = team[ticket] = 0
                n_open -= not joins
        if joins:
            of, rank = team[ticket], priority[ticket]
            queued[ticket] = now
            if now < closes and idle[of] > 0:
                idle[of] -= 1
                started[ticket] = now
                size = _push(heap, size, _end_of_work(now, of, stage[ticket], scale, closes, rng), ticket)
            else:
                after[ticket] = -1
                if first[of, rank] < 0:
                    first[of, rank] = ticket
                else:
                    after[last[of, rank]] = ticket
                last[of, rank] = ticket
    return n_rows, (log[:n_rows, 4] - log[:n_rows, 3]).mean()


@njit(cache=True)
def _picked(below: Any, u: float) -> int:
    code = 0
    while below[code] <= u:
        code += 1
    return code


@njit(cache=True)
def _end_of_work(
    now: float, team: int, stage: int, scale: float, closes: float, rng: np.random.Generator
) -> float:
    of_log = rng.standard_normal()
    of_log = LOG_OF_LOOK + LOOK_SIGMA * of_log if stage == LOOKS else LOG_OF_TEAM[team] + SIGMA * of_log
    work = scale * np.exp(of_log)
    end = now + work
    return end if end <= closes else _instant(_worked_until(now) + work)


@njit(cache=True)
def _moves_on(ticket: int, stage: Any, team: Any, category: Any, rng: np.random.Generator) -> bool:
    """Send a ticket to the next team of its pass; whether there is one."""
    right = TEAM_OF[category[ticket]]
    if stage[ticket] == 0:
        if rng.random() < RESOLVED[category[ticket]]:
            return False
        stage[ticket], team[ticket] = WORKS, right
        if rng.random() < MISROUTED:
            other = 1 + int(2.0 * rng.random())
            stage[ticket], team[ticket] = LOOKS, other if other < right else other + 1
        return True
    if stage[ticket] == LOOKS:
        stage[ticket], team[ticket] = WORKS, right
        return True
    return False
