"""Processes of several steps and teams against exact theory: networks, finite populations, loops, helpers.

Each comparison is of a mean over 30 replications; a right engine fails one in 2,500 of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array, lil_array
from scipy.sparse.linalg import spsolve

from simlab.statistics.queueing import closed_network, jackson_network, machine_repair
from tests.desks import Run, one_step
from tests.theory.agreement import assert_all_agree

Scenario = dict[str, Any]


def network(minutes: int, arrivals: dict[str, Any], teams: dict[str, int], steps: dict[str, Any]) -> Scenario:
    """Steps of the same names as their teams, exponential work in minutes, counted after a warm-up."""
    return {
        "name": "network",
        "time": {"length": f"{minutes} min", "warm_up": f"{minutes // 20} min"},
        "demand": {"tickets": {"arrivals": arrivals}},
        "staffing": {name: {"people": people} for name, people in teams.items()},
        "routing": {
            "start": next(iter(teams)),
            "steps": {
                name: {"team": name, "work": {"exponential": f"{work} min"}, "next": following}
                for name, (work, following) in steps.items()
            },
        },
    }


def per_minute(ran: Run) -> float:
    """Tickets closed per minute between warm-up and end."""
    closed = ran.logs.tickets.closed
    return float((closed >= ran.model.warm_up).sum()) / (ran.model.length - ran.model.warm_up)


def mean_at(ran: Run, team: str, *, waiting: bool = False) -> float:
    """Mean number of tickets at a team (or in its queue) between warm-up and end."""
    log, model = ran.logs.visits, ran.model
    here = log.team == model.names.teams.index(team)
    left = np.where(np.isnan(log.ended), model.length, log.ended)
    if waiting:
        left = np.where(np.isnan(log.started), model.length, log.started)
    stay = np.clip(left, model.warm_up, model.length) - np.clip(log.arrived, model.warm_up, model.length)
    return float(stay[here].sum()) / (model.length - model.warm_up)


@pytest.mark.parametrize(
    "minutes", [pytest.param(2_500, id="short"), pytest.param(20_000, marks=pytest.mark.slow, id="long")]
)
def test_machines_and_repairers(minutes: int) -> None:
    theory = machine_repair(6, 5.0, 1.5, 2)
    population = {"population": {"size": 6, "away": {"exponential": "5 min"}}}
    assert_all_agree(
        network(minutes, population, {"desk": 2}, {"desk": (1.5, "resolved")}),
        {
            "throughput": theory.throughput,
            "at the desk": theory.mean_in_system,
            "waiting": theory.mean_queue,
        },
        {
            "throughput": per_minute,
            "at the desk": lambda ran: mean_at(ran, "desk"),
            "waiting": lambda ran: mean_at(ran, "desk", waiting=True),
        },
        precision=0.04 if minutes < 10_000 else 0.01,
    )


@pytest.mark.slow
def test_closed_network_with_a_loop() -> None:
    # 8 members: away 6 min, then a (1.2 min, one person), then b (2 min, two); a third of b's go back to a.
    theory = closed_network(8, (1.0, 1.5, 1.5), (6.0, 1.2, 2.0), (None, 1, 2))
    population = {"population": {"size": 8, "away": {"gamma": {"mean": "6 min", "cv": 0.5}}}}
    steps = {"a": (1.2, "b"), "b": (2.0, [{"to": "a", "share": "33.3333333333 %"}, {"to": "resolved"}])}
    assert_all_agree(
        network(20_000, population, {"a": 1, "b": 2}, steps),
        {
            "throughput": theory.throughput,
            "at a": theory.mean_in_station[1],
            "at b": theory.mean_in_station[2],
        },
        {
            "throughput": per_minute,
            "at a": lambda ran: mean_at(ran, "a"),
            "at b": lambda ran: mean_at(ran, "b"),
        },
    )


@pytest.mark.slow
def test_open_network_with_feedback() -> None:
    routing = [[0.1, 0.5, 0.2], [0.25, 0.0, 0.25], [0.2, 0.0, 0.0]]
    theory = jackson_network((0.5, 0.0, 0.0), routing, (0.7, 1.5, 2.0), (1, 1, 2))
    steps = {
        "a": (0.7, {"a": "10 %", "b": "50 %", "c": "20 %", "resolved": "20 %"}),
        "b": (1.5, {"a": "25 %", "c": "25 %", "resolved": "50 %"}),
        "c": (2.0, {"a": "20 %", "resolved": "80 %"}),
    }
    assert_all_agree(
        network(30_000, {"rate": "30/hour"}, {"a": 1, "b": 1, "c": 2}, steps),
        {team: theory[i].mean_in_system for i, team in enumerate("abc")},
        {team: lambda ran, team=team: mean_at(ran, team) for team in "abc"},  # type: ignore[misc]
        precision=0.015,
    )


def n_design(rates: tuple[float, float], longest: int = 60) -> tuple[float, float]:
    """Mean queues of the N-design with one person each and unit service rate, from its balance equations.

    States are (helper busy, other busy, queue of the helper's team, queue of the other team). The helper
    serves the own queue first, then that of the other team; nobody is idle while a ticket waits for them.
    """
    one, two = rates
    states = {(0, 0, 0, 0): 0, (1, 0, 0, 0): 1, (0, 1, 0, 0): 2}
    for i in range(longest + 1):
        states[(1, 0, i, 0)] = states.get((1, 0, i, 0), len(states))
        for j in range(longest + 1):
            states[(1, 1, i, j)] = len(states)

    def moves(a: int, b: int, i: int, j: int) -> list[tuple[float, tuple[int, int, int, int]]]:
        found = [(one, (1, b, i, j) if a == 0 else (a, b, i + 1, j))]
        found.append((two, (a, 1, i, j) if b == 0 else (1, b, i, j) if a == 0 else (a, b, i, j + 1)))
        if a:
            found.append((1.0, (a, b, i - 1, j) if i else (a, b, i, j - 1) if j else (0, b, i, j)))
        if b:
            found.append((1.0, (a, b, i, j - 1) if j else (a, 0, i, j)))
        return found

    flow = lil_array((len(states), len(states)))
    for state, row in states.items():
        for rate, target in moves(*state):
            if target in states:
                flow[states[target], row] += rate
                flow[row, row] -= rate
    flow[0, :] = 1.0
    right = np.zeros(len(states))
    right[0] = 1.0
    chance = spsolve(csc_array(flow), right)
    queues = np.array(list(states))[:, 2:]
    return float(chance @ queues[:, 0]), float(chance @ queues[:, 1])


@pytest.mark.slow
def test_helper_serves_the_own_queue_first() -> None:
    queues = n_design((0.5, 0.7))
    written = network(
        60_000, {"rate": "30/hour"}, {"a": 1, "b": 1}, {"a": (1.0, "resolved"), "b": (1.0, "resolved")}
    )
    written["demand"]["others"] = {"arrivals": {"rate": "42/hour"}, "start": "b"}
    written["staffing"]["a"]["also_serves"] = ["b"]
    assert_all_agree(
        written,
        {"a": queues[0], "b": queues[1]},
        {team: lambda ran, team=team: mean_at(ran, team, waiting=True) for team in "ab"},  # type: ignore[misc]
        precision=0.015,
    )


class TestLoops:
    """Loops with plenty of people: numbers of passes and of reopenings."""

    @staticmethod
    def desk(**resolved: object) -> Scenario:
        written = one_step({"rate": "60/hour"}, "1 min", {"people": 50}, "800 min", time={"then": "drain"})
        written["routing"]["steps"]["resolved"] = {"end": "resolved", "reopen": resolved}
        return written

    def test_passes_are_geometric(self) -> None:
        share = {f"{n} passes": 0.7 * 0.3 ** (n - 1) for n in (1, 2, 3)}
        assert_all_agree(
            self.desk(share="30 %", after={"exponential": "5 min"}, to="work"),
            {"mean": 1.0 / 0.7, **share},
            {
                "mean": lambda ran: float(ran.logs.tickets.work_visits.mean()),
                **{
                    f"{n} passes": lambda ran, n=n: float((ran.logs.tickets.work_visits == n).mean())  # type: ignore[misc]
                    for n in (1, 2, 3)
                },
            },
            precision=0.03,
        )

    def test_passes_end_with_the_most_reopenings(self) -> None:
        assert_all_agree(
            self.desk(share="60 %", to="work", at_most=2),
            {"mean": 1.0 + 0.6 + 0.36, "most": 0.36},
            {
                "mean": lambda ran: float(ran.logs.tickets.work_visits.mean()),
                "most": lambda ran: float((ran.logs.tickets.work_visits == 3).mean()),
            },
        )

    def test_hop_hazards_give_the_distribution_of_hops(self) -> None:
        # another hop with 46 % at first, 54 % after one, 66 % from then on
        written = network(800, {"rate": "60/hour"}, {"a": 50, "b": 50}, {"a": (1.0, ""), "b": (1.0, "")})
        written["time"] = {"length": "800 min", "then": "drain"}
        share = {"by_hops": ["46 %", "54 %", "66 %"]}
        for step, other in ("ab", "ba"):
            written["routing"]["steps"][step]["next"] = [{"to": other, "share": share}, {"to": "resolved"}]
        exact = {0: 0.54, 1: 0.46 * 0.46, 2: 0.46 * 0.54 * 0.34, 3: 0.46 * 0.54 * 0.66 * 0.34}
        assert_all_agree(
            written,
            {f"{n} hops": chance for n, chance in exact.items()},
            {
                f"{n} hops": lambda ran, n=n: float((ran.logs.tickets.hops == n).mean())  # type: ignore[misc]
                for n in exact
            },
            precision=0.03,
        )


class TestAutomation:
    """Work that an automation leaves to people: (1 - a) S + a (1 - p) (S_f + f) for each ticket."""

    def test_load_of_people_is_what_coverage_and_success_leave(self) -> None:
        written = one_step(
            {"rate": "60/hour"}, {"exponential": "5 min"}, {"people": 60}, "1500 min", time={"then": "drain"}
        )
        level = {"coverage": "40 %", "success": "75 %", "run_time": {"exponential": "1 min"}}
        fall_back = {"work": {"exponential": "8 min"}, "extra": "2 min"}
        bot = {"at": "work", "level": "on", "levels": {"on": level}, "fall_back": fall_back}
        written["automation"] = {"bot": bot}
        assert_all_agree(
            written,
            {"touch": 0.6 * 5.0 + 0.4 * 0.25 * (8.0 + 2.0), "run time": 0.4, "without people": 0.3},
            {
                "touch": lambda ran: float(ran.logs.tickets.touch_min.mean()),
                "run time": lambda ran: float(ran.logs.tickets.automation_min.mean()),
                "without people": lambda ran: float((ran.logs.tickets.work_visits == 0).mean()),
            },
            precision=0.015,
        )

    def test_misrouted_tickets_cost_a_look(self) -> None:
        written = network(
            1500, {"rate": "60/hour"}, {"a": 60, "b": 60}, {"a": (5.0, "resolved"), "b": (5.0, "resolved")}
        )
        written["time"] = {"length": "1500 min", "then": "drain"}
        written["routing"]["steps"]["a"]["misroute"] = {
            "share": "20 %",
            "to": "b",
            "look": {"exponential": "3 min"},
        }
        assert_all_agree(
            written,
            {"touch": 5.0 + 0.2 * 3.0, "astray": 0.2},
            {
                "touch": lambda ran: float(ran.logs.tickets.touch_min.mean()),
                "astray": lambda ran: float((ran.logs.tickets.hops == 1).mean()),
            },
        )
