"""One team against exact queueing theory.

Each comparison is of a mean over 30 replications; a right engine fails one in 2,500 of them (see
`tests.theory.agreement`). Seeds are fixed, so a test that passes goes on to pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from simlab.statistics.queueing import (
    batch_mm1,
    mdc,
    mg1,
    mm1_sojourn_exceeds,
    mmc,
    mmc_wait_exceeds,
    nonpreemptive_mg1_waits,
    nonpreemptive_mmc_waits,
)
from tests.desks import Run, broken, one_step, run
from tests.theory.agreement import assert_all_agree

EXPONENTIAL = {"exponential": "1 min"}
Scenario = dict[str, Any]


def queue(
    arrivals: Mapping[str, Any], work: object, people: int, minutes: int, **team_and_stream: object
) -> Scenario:
    """A queue whose waits are counted after a warm-up, until everybody who came in time was served."""
    stream: Any = team_and_stream.pop("stream", {})
    return one_step(
        arrivals,
        work,
        {"people": people, **team_and_stream},
        f"{minutes} min",
        time={"warm_up": f"{minutes // 20} min", "then": "drain"},
        stream=stream,
    )


def poisson(per_minute: float) -> dict[str, str]:
    return {"rate": f"{60.0 * per_minute:.10f}/hour"}


def mean_wait(ran: Run) -> float:
    return float(ran.waits("work").mean())


def in_window(ran: Run) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tickets that were created after the warm-up."""
    return np.asarray(ran.logs.tickets.created >= ran.model.warm_up)


def utilisation(ran: Run) -> float:
    """Busy share of people between warm-up and the end of arrivals."""
    work, model = ran.logs.work, ran.model
    busy = np.clip(work.ended, model.warm_up, model.length) - np.clip(
        work.started, model.warm_up, model.length
    )
    return float(busy.sum()) / (model.length - model.warm_up) / len(model.names.people)


def number_in_system(ran: Run) -> float:
    """Mean number of tickets in the system between warm-up and the end of arrivals."""
    tickets, model = ran.logs.tickets, ran.model
    stay = np.clip(tickets.closed, model.warm_up, model.length) - np.clip(
        tickets.created, model.warm_up, model.length
    )
    return float(stay.sum()) / (model.length - model.warm_up)


class TestMarkovianQueues:
    """M/M/c: waits, their tail, utilisation, numbers in system; Little's law."""

    @pytest.mark.parametrize(
        ("people", "rate", "minutes", "precision"),
        [
            pytest.param(2, 1.2, 6_000, 0.02, id="M/M/2 at 60 %"),
            pytest.param(1, 0.75, 70_000, 0.01, marks=pytest.mark.slow, id="M/M/1 at 75 %"),
            pytest.param(8, 6.4, 12_000, 0.015, marks=pytest.mark.slow, id="M/M/8 at 80 %"),
        ],
    )
    def test_mean_wait_utilisation_and_number_in_system_are_exact(
        self, people: int, rate: float, minutes: int, precision: float
    ) -> None:
        theory = mmc(rate, 1.0, people)
        assert_all_agree(
            queue(poisson(rate), EXPONENTIAL, people, minutes),
            {
                "wait": theory.mean_wait,
                "must wait": theory.wait_probability,
                "utilisation": rate / people,
                "in system": theory.mean_in_system,
            },
            {
                "wait": mean_wait,
                "must wait": lambda ran: float((ran.waits("work") > 0.0).mean()),
                "utilisation": utilisation,
                "in system": number_in_system,
            },
            precision,
        )

    @pytest.mark.slow
    def test_tail_of_the_wait_is_exponential(self) -> None:
        within = (0.5, 1.0, 2.0, 4.0)
        assert_all_agree(
            queue(poisson(2.4), EXPONENTIAL, 3, 20_000),
            {f"{t:g}": mmc_wait_exceeds(t, 2.4, 1.0, 3) for t in within},
            {f"{t:g}": lambda ran, t=t: float((ran.waits("work") > t).mean()) for t in within},  # type: ignore[misc]
            precision=0.04,
        )

    def test_sojourn_of_one_server_is_exponential(self) -> None:
        def longer(ran: Run) -> float:
            tickets = ran.logs.tickets
            return float(((tickets.closed - tickets.created)[in_window(ran)] > 2.0).mean())

        assert_all_agree(
            queue(poisson(0.5), EXPONENTIAL, 1, 9_000),
            {"longer": mm1_sojourn_exceeds(2.0, 0.5, 1.0)},
            {"longer": longer},
        )

    def test_every_invariant_holds_on_a_stationary_run(self) -> None:
        ran = run(queue(poisson(1.6), EXPONENTIAL, 2, 5_000))
        assert broken(ran.model, ran.logs) == []


SERVICES = {
    "constant": ("1 min", 0.0),
    "Erlang 3": ({"erlang": {"k": 3, "mean": "1 min"}}, 1 / 3),
    "uniform": ({"uniform": {"min": "30 s", "max": "90 s"}}, 1 / 12),
    "log-normal": ({"lognormal": {"mean": "1 min", "cv": 0.9}}, 0.81),
    "gamma": ({"gamma": {"mean": "1 min", "cv": 1.3}}, 1.69),
    "hyperexponential": ({"hyperexponential": {"mean": "1 min", "cv": 1.5}}, 2.25),
    # E[S] = .75 x 24 s + .25 x 168 s = 1 min; E[S^2] = .75 x .4^2 + .25 x 2 x 2.8^2 = 4.04
    "mixture": (
        {"mixture": [{"share": "75 %", "fixed": "24 s"}, {"share": "25 %", "exponential": "168 s"}]},
        3.04,
    ),
    # E[S] = 20 s + 40 s; only the exponential part varies
    "shifted": ({"exponential": "40 s", "plus": "20 s"}, 4 / 9),
}


class TestPollaczekKhinchine:
    """M/G/1: the mean wait depends on the first two moments of the service time only."""

    @pytest.mark.parametrize(
        "service",
        [
            pytest.param(name, id=name, marks=() if name == "constant" else pytest.mark.slow)
            for name in SERVICES
        ],
    )
    def test_mean_wait_is_exact(self, service: str) -> None:
        work, scv = SERVICES[service]
        minutes = int(12_000 * (1.0 + scv) ** 1.5)
        assert_all_agree(
            queue(poisson(0.5), work, 1, minutes),
            {"wait": mg1(0.5, 1.0, scv).mean_wait, "utilisation": 0.5},
            {"wait": mean_wait, "utilisation": utilisation},
        )

    @pytest.mark.slow
    def test_constant_service_by_four_people_is_exact(self) -> None:
        assert_all_agree(
            queue(poisson(3.2), "1 min", 4, 15_000),
            {"wait": mdc(3.2, 1.0, 4).mean_wait},
            {"wait": mean_wait},
        )


class TestRenewalArrivals:
    """GI/M/1: the wait follows from the root of sigma = E[exp(-mu (1 - sigma) gap)]."""

    @pytest.mark.parametrize(
        ("arrivals", "minutes", "transform"),
        [
            pytest.param(
                {"every": "1.5 min"},
                35_000,
                lambda s: math.exp(-1.5 * s),
                id="every 1.5 min",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                {"gaps": {"erlang": {"k": 3, "mean": "1.5 min"}}},
                40_000,
                lambda s: (2.0 / (2.0 + s)) ** 3,
                id="Erlang 3",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                {
                    "gaps": {
                        "hyperexponential": {
                            "phases": [{"share": "40 %", "mean": "3 min"}, {"share": "60 %", "mean": "1 min"}]
                        }
                    }
                },
                50_000,
                lambda s: 0.4 / (1.0 + 3.0 * s) + 0.6 / (1.0 + s),
                id="hyperexponential",
                marks=pytest.mark.slow,
            ),
        ],
    )
    def test_mean_wait_is_exact(
        self, arrivals: dict[str, Any], minutes: int, transform: Callable[[float], float]
    ) -> None:
        sigma = brentq(lambda x: transform(1.0 - x) - x, 0.0, 1.0 - 1e-6)
        assert_all_agree(
            queue(arrivals, EXPONENTIAL, 1, minutes),
            {"wait": sigma / (1.0 - sigma), "must wait": sigma},
            {"wait": mean_wait, "must wait": lambda ran: float((ran.waits("work") > 0.0).mean())},
            precision=0.015,
        )


@pytest.mark.slow
class TestBatches:
    """M[X]/M/1."""

    def test_mean_wait_with_batches_of_two_or_five_is_exact(self) -> None:
        batch = {"empirical": {"values": [2, 5], "weights": [2, 1]}}
        # mean 3, E[X^2] = (2 x 4 + 25) / 3 = 11, variance 2
        theory = batch_mm1(0.2, 3.0, 2.0 / 9.0, 1.0)
        assert_all_agree(
            queue({**poisson(0.2), "batch": batch}, EXPONENTIAL, 1, 50_000),
            {"wait": theory.mean_wait, "utilisation": 0.6},
            {"wait": mean_wait, "utilisation": utilisation},
        )


def wait_of(priority: int) -> Callable[[Run], float]:
    """Mean wait of the tickets of one priority; every ticket has one visit."""

    def mean(ran: Run) -> float:
        tickets = ran.logs.tickets
        return float(tickets.queue_min[in_window(ran) & (tickets.priority == priority)].mean())

    return mean


@pytest.mark.slow
class TestPriorities:
    """Non-preemptive priorities: Cobham for one server, Kella and Yechiali for several."""

    def test_three_priorities_at_one_server_wait_as_cobham_says(self) -> None:
        work = [
            {"when": {"priority": "P1"}, "time": {"exponential": "30 s"}},
            {"when": {"priority": "P2"}, "time": "1 min"},
            {"time": {"gamma": {"mean": "1.5 min", "cv": 0.5}}},
        ]
        rates = (0.7 * 0.3, 0.7 * 0.4, 0.7 * 0.3)
        waits = nonpreemptive_mg1_waits(rates, (0.5, 1.0, 1.5), (1.0, 0.0, 0.25))
        assert_all_agree(
            queue(
                poisson(0.7),
                work,
                1,
                40_000,
                stream={"priority": {"P1": "30 %", "P2": "40 %", "P3": "30 %"}},
            ),
            {f"P{i + 1}": wait for i, wait in enumerate(waits)},
            {f"P{i + 1}": wait_of(i) for i in range(3)},
            precision=0.015,
        )

    def test_two_priorities_at_three_servers_are_exact(self) -> None:
        waits = nonpreemptive_mmc_waits((0.9, 1.35), 1.0, 3)
        assert_all_agree(
            queue(poisson(2.25), EXPONENTIAL, 3, 25_000, stream={"priority": {"P1": "40 %", "P2": "60 %"}}),
            {"P1": waits[0], "P2": waits[1]},
            {"P1": wait_of(0), "P2": wait_of(1)},
            precision=0.02,
        )


class TestDisciplines:
    """The mean wait over all orders that do not look at service times is the same."""

    @pytest.mark.slow
    @pytest.mark.parametrize("discipline", ["lifo", "priority"])
    def test_mean_wait_does_not_depend_on_an_order_blind_to_service(self, discipline: str) -> None:
        assert_all_agree(
            queue(poisson(0.6), EXPONENTIAL, 1, 40_000, queue=discipline),
            {"wait": mmc(0.6, 1.0, 1).mean_wait},
            {"wait": mean_wait},
        )

    @pytest.mark.slow
    def test_shortest_first_waits_as_phipps_says(self) -> None:
        rate = 0.7

        def wait(x: float) -> float:
            load = rate * (1.0 - math.exp(-x) * (1.0 + x))
            return rate / (1.0 - load) ** 2  # rate E[S^2] / 2 = rate

        exact = quad(lambda x: wait(x) * math.exp(-x), 0.0, math.inf)[0]
        assert_all_agree(
            queue(poisson(rate), EXPONENTIAL, 1, 60_000, queue="shortest"),
            {"wait": exact},
            {"wait": mean_wait},
        )

    @pytest.mark.slow
    @pytest.mark.parametrize("who", ["fastest", "cheapest", "least_loaded"])
    def test_who_takes_a_ticket_does_not_matter_where_people_are_alike(self, who: str) -> None:
        assert_all_agree(
            queue(poisson(2.4), EXPONENTIAL, 3, 12_000, who=who),
            {"wait": mmc(2.4, 1.0, 3).mean_wait},
            {"wait": mean_wait},
            precision=0.025,
        )
