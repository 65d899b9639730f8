"""Staffing problems whose best configuration is known from product-form, Erlang and birth-death formulas."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from benchmarks.optimisation_problems import Problem
from simlab.statistics.queueing.erlang import mmc, mmc_wait_exceeds

HOURS: Final = 168.0

# -- a network in which work comes back: tickets go round until they are done

TEAMS: Final = ("triage", "a", "b", "c")
SERVICE_MIN: Final = (6.0, 15.0, 20.0, 8.0)
RATES: Final = (20.0, 30.0, 45.0, 25.0)
PER_HOUR: Final = 30.0
WAITING: Final = 8.0
"""What an hour of an open ticket costs."""
NEXT: Final = np.array(
    [[0.0, 0.6, 0.4, 0.0], [0.2, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.3, 0.0]]
)
"""Probability of the next team, by team: A sends a fifth back to triage, C three tenths back to B."""
WIDTH: Final = 10
"""Numbers of people that each team may have."""


def rework() -> Problem:
    """Return the staffing of an open Jackson network with rework, of 10,000: people against waiting."""
    visits = np.linalg.solve(np.eye(len(TEAMS)) - NEXT.T, np.eye(len(TEAMS))[0])
    flow = visits * PER_HOUR / 60.0
    loads = flow * np.array(SERVICE_MIN)
    lows = [math.floor(load) + 1 for load in loads]
    paths = [f"staffing.{team}.people" for team in TEAMS]

    def cost(people: tuple[int, ...]) -> float:
        waits = [mmc(rate, s, c).mean_wait for rate, s, c in zip(flow, SERVICE_MIN, people, strict=True)]
        sojourn = float(visits @ (np.array(waits) + SERVICE_MIN))
        staff = math.fsum(rate * c for rate, c in zip(RATES, people, strict=True))
        return HOURS * (staff + WAITING * PER_HOUR * sojourn / 60.0)

    def expected(values: Mapping[str, float]) -> float:
        return cost(tuple(round(values[path]) for path in paths))

    staffing = "".join(
        f"  {team}: {{people: {low + 2}, cost: {rate} EUR/hour}}\n"
        for team, low, rate in zip(TEAMS, lows, RATES, strict=True)
    )
    steps = "".join(
        f"    {team}: {{team: {team}, work: {{exponential: {{mean: {mean} min}}}}, next: {_next(place)}}}\n"
        for place, (team, mean) in enumerate(zip(TEAMS, SERVICE_MIN, strict=True))
    )
    scenario = (
        "name: Rework\ntime: {zone: UTC, start: 2026-01-05, warm_up: 1 day, length: 8 days}\n"
        f"demand: {{tickets: {{arrivals: {{rate: {PER_HOUR}/hour}}, priority: P1}}}}\n"
        f"costs: {{user_waiting: {{P1: {WAITING} EUR/hour}}}}\nstaffing:\n{staffing}"
        f"routing:\n  start: triage\n  steps:\n{steps}"
    )
    vary = "".join(
        f"  {path}: {{from: {low}, to: {low + WIDTH - 1}}}\n" for path, low in zip(paths, lows, strict=True)
    )
    experiment = (
        f"vary:\n{vary}minimise: cost_per_week\nreplications: 4\n"
        "budget: {replications: 600, final_replications: 40, random_search: 0 %}\n"
    )
    optimum = min(cost(each) for each in itertools.product(*(range(low, low + WIDTH) for low in lows)))
    return Problem("staffing with rework", scenario, experiment, None, expected, optimum)


def _next(place: int) -> str:
    shares = {team: float(share) for team, share in zip(TEAMS, NEXT[place], strict=True) if share}
    done = 1.0 - math.fsum(shares.values())
    shares |= {"resolved": done} if done > 1e-9 else {}
    return "{" + ", ".join(f"{team}: {100.0 * share:.0f} %" for team, share in shares.items()) + "}"


# -- four desks in one scenario, each with a service level of its own

DESKS: Final = ((120, 300, 80, 20), (60, 600, 90, 60), (360, 240, 80, 20), (90, 400, 80, 30))
"""Calls an hour, seconds of a call, share to be answered within so many seconds, by desk."""


def desks() -> Problem:
    """Return the fewest people of four desks that keep four service levels (Erlang C of each by itself)."""
    names = [f"desk{place}" for place in range(1, len(DESKS) + 1)]
    paths = [f"staffing.{name}.people" for name in names]
    loads = [per_hour * seconds / 3600.0 for per_hour, seconds, _, _ in DESKS]

    fewest = [_fewest(*desk) for desk in DESKS]

    def expected(values: Mapping[str, float]) -> float:
        """Return the people; infinite where a service level is missed."""
        people = [round(values[path]) for path in paths]
        is_enough = all(mine >= least for mine, least in zip(people, fewest, strict=True))
        return float(sum(people)) if is_enough else math.inf

    experiment = (
        "vary:\n"
        + "".join(
            f"  {path}: {{from: {round(load)}, to: {round(2 * load)}}}\n"
            for path, load in zip(paths, loads, strict=True)
        )
        + "minimise: cost_per_week\nreplications: 4\nconstraints:\n"
        + "".join(
            f"  - respond_attainment[priority=P{i}] >= {each[2]} %\n" for i, each in enumerate(DESKS, 1)
        )
        + "budget: {trials: 60, final_replications: 40, random_search: 0 %}\n"
    )
    return Problem(
        "four desks",
        _desks_scenario(names, loads),
        experiment,
        None,
        expected,
        float(sum(fewest)),
        1.0 / (30.0 * HOURS),
    )


def _fewest(per_hour: int, seconds: int, share: int, within: int) -> int:
    load = per_hour * seconds / 3600.0
    return next(
        people
        for people in itertools.count(math.floor(load) + 1)
        if mmc_wait_exceeds(within, per_hour / 3600.0, seconds, people) <= 1.0 - share / 100.0
    )


def _desks_scenario(names: Sequence[str], loads: Sequence[float]) -> str:
    rows = list(zip(names, DESKS, loads, strict=True))
    return (
        "name: Desks\ntime: {zone: UTC, start: 2026-01-05, warm_up: 1 day, length: 8 days}\ndemand:\n"
        + "".join(
            f"  calls{i}: {{arrivals: {{rate: {each[0]}/hour}}, priority: P{i}}}\n"
            for i, each in enumerate(DESKS, 1)
        )
        + "staffing:\n"
        + "".join(f"  {name}: {{people: {round(1.5 * load)}, cost: 30 EUR/hour}}\n" for name, _, load in rows)
        + "routing:\n  start:\n"
        + "".join(f"    - {{when: {{stream: calls{i}}}, to: desk{i}}}\n" for i in range(1, len(DESKS)))
        + f"    - {{to: desk{len(DESKS)}}}\n  steps:\n"
        + "".join(
            f"    {name}: {{team: {name}, work: {{exponential: {{mean: {each[1]} s}}}}, next: resolved}}\n"
            for name, each, _ in rows
        )
        + "targets:\n"
        + "".join(f"  P{i}: {{respond: {each[3]} s}}\n" for i, each in enumerate(DESKS, 1))
    )


# -- limits on work in progress: who holds several chats serves all of them, but each more slowly

HELD_SPEED: Final = (1.0, 0.84, 0.7, 0.57, 0.45, 0.36, 0.29, 0.24)
"""Speed at each chat by how many a person holds: most is done at four, where it is 2.28 times that of one."""
CHATS: Final = ((9.0, 10.0, 1.0), (5.0, 22.0, 0.8), (14.0, 7.0, 1.1), (20.0, 3.0, 1.25))
"""Chats an hour, minutes of each alone, and the power of the speeds, by desk of one person."""


def chats() -> Problem:
    """Return four desks of one person each, with the limits (1 to 8) at which chats are done soonest."""
    names = [f"chat{place}" for place in range(1, len(CHATS) + 1)]
    paths = [f"staffing.{name}.at_once.tickets" for name in names]
    held = range(1, len(HELD_SPEED) + 1)
    sojourns = [[_sojourn(desk, most) for most in held] for desk in CHATS]
    rates = [per_hour for per_hour, _, _ in CHATS]

    def expected(values: Mapping[str, float]) -> float:
        """Return the mean minutes from a chat's beginning to its end, over all desks."""
        means = [of[round(values[path]) - 1] for of, path in zip(sojourns, paths, strict=True)]
        return math.fsum(rate * mean for rate, mean in zip(rates, means, strict=True)) / math.fsum(rates)

    experiment = (
        "vary:\n"
        + "".join(f"  {path}: {{from: 1, to: {len(HELD_SPEED)}}}\n" for path in paths)
        + "minimise: resolution_mean\nreplications: 4\n"
        "budget: {replications: 600, final_replications: 40, random_search: 0 %}\n"
    )
    optimum = expected({path: 1 + int(np.argmin(of)) for path, of in zip(paths, sojourns, strict=True)})
    return Problem("limits of chats", _chats_scenario(names), experiment, None, expected, optimum)


def _speed(held: int, power: float) -> float:
    return HELD_SPEED[held - 1] ** power


def _sojourn(desk: tuple[float, float, float], most: int) -> float:
    """Return the mean sojourn of a birth-death process, by Little's law; infinite where the queue grows."""
    per_hour, minutes, power = desk
    served = [held * _speed(held, power) / minutes for held in range(1, most + 1)]
    arriving = per_hour / 60.0
    if arriving >= served[-1]:
        return math.inf
    weights = np.concatenate([[1.0], np.cumprod(arriving / np.array(served))])
    ratio = arriving / served[-1]
    beyond = weights[-1] * ratio / (1.0 - ratio)
    waiting = weights[-1] * ratio / (1.0 - ratio) ** 2
    inside = float(weights @ np.arange(most + 1)) + most * beyond
    return float((inside + waiting) / (weights.sum() + beyond) / arriving)


def _chats_scenario(names: Sequence[str]) -> str:
    rows = list(zip(names, CHATS, strict=True))

    def speeds(power: float) -> str:
        return ", ".join(
            f"{held}: {100.0 * _speed(held, power):.12g} %" for held in range(2, len(HELD_SPEED) + 1)
        )

    return (
        "name: Chats\ntime: {zone: UTC, start: 2026-01-05, warm_up: 1 day, length: 8 days}\ndemand:\n"
        + "".join(
            f"  {name}: {{arrivals: {{rate: {per_hour}/hour}}, priority: P3}}\n"
            for name, (per_hour, _, _) in rows
        )
        + "staffing:\n"
        + "".join(
            f"  {name}: {{people: 1, at_once: {{tickets: 3, speed: {{{speeds(power)}}}}}}}\n"
            for name, (_, _, power) in rows
        )
        + "routing:\n  start:\n"
        + "".join(f"    - {{when: {{stream: {name}}}, to: {name}}}\n" for name in names[:-1])
        + f"    - {{to: {names[-1]}}}\n  steps:\n"
        + "".join(
            f"    {name}: {{team: {name}, work: {{exponential: {{mean: {minutes} min}}}}, next: resolved}}\n"
            for name, (_, minutes, _) in rows
        )
    )
