"""Examples from the documentation of other simulators, with the outcomes that are published there.

Where a trace is published, its arrivals and service times are scripted and every further instant must be as
printed (to the last printed digit). Where means of a few runs are published, the exact value of theory and
the mean over many replications must lie where such runs put it.

Sources: SimPy Classic, "The Bank" and "The Bank, part 2" (programs bank07, bank20, bank21, bank23, as
printed), and its manual (diffpriority, carwash); SimPy, "Bank renege"; simmer, tests of preemption; Ciw,
tutorials "Trials, warm-up and cool-down" and "A network of queues", guide "Reneging customers".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.model.codes import Outcome
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain
from simlab.statistics.queueing import mmc
from tests.desks import Run, broken, one_step, run

Customer = tuple[float, float, str]
"""Arrival, service time and priority."""


def bank(
    folder: Path,
    customers: list[Customer],
    people: int = 1,
    step: dict[str, Any] | None = None,
    **team: object,
) -> Run:
    """One counter and scripted customers; the service time is the difficulty of a minute of work."""
    lines = [f"{at!r},{work!r},{priority}" for at, work, priority in customers]
    (folder / "customers.csv").write_text("\n".join(["at,work,priority", *lines]) + "\n", encoding="utf-8")
    trace = {"file": "customers.csv", "at": "at", "difficulty": "work", "priority": "priority"}
    written = one_step({"trace": trace}, "1 min", {"people": people, **team}, "200 min")
    written["time"]["then"] = "drain"
    written["priorities"] = ["high", "low"]
    written["demand"]["tickets"]["priority"] = "low"
    written["routing"]["steps"]["work"] |= {"difficulty_power": 1, **(step or {})}
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    ran = run(from_node(node, folder).model)
    assert broken(ran.model, ran.logs) == []
    return ran


def low(arrivals: list[float], work: float) -> list[Customer]:
    return [(at, work, "low") for at in arrivals]


def waits(ran: Run) -> list[float]:
    times: list[float] = np.round(ran.logs.tickets.queue_min, 3).tolist()
    return times


def completed(ran: Run) -> list[float]:
    times: list[float] = np.round(ran.logs.tickets.closed, 3).tolist()
    return times


class TestSimPyClassic:
    def test_bank07_one_counter(self, tmp_path: Path) -> None:
        ran = bank(tmp_path, low([0.0, 1.284, 4.984, 35.543, 48.992], 12.0))
        assert waits(ran) == [0.0, 10.716, 19.016, 0.457, 0.0]
        assert completed(ran) == [12.0, 24.0, 36.0, 48.0, 60.992]

    def test_bank20_a_customer_with_priority(self, tmp_path: Path) -> None:
        others = low([0.0, 2.166, 5.121, 13.347], 12.0)
        ran = bank(tmp_path, [*others, (23.0, 12.0, "high"), (38.156, 12.0, "low")])
        assert waits(ran) == [0.0, 9.834, 30.879, 34.653, 1.0, 21.844]
        assert completed(ran) == [12.0, 24.0, 48.0, 60.0, 36.0, 72.0]

    def test_bank23_a_customer_who_interrupts(self, tmp_path: Path) -> None:
        customers = [*low([0.0, 16.359], 12.0), (23.0, 12.0, "high"), *low([29.991, 35.776, 36.65], 12.0)]
        ran = bank(tmp_path, customers, preempted_by=["high"])
        assert waits(ran) == [0.0, 0.0, 0.0, 10.368, 16.583, 27.709]
        assert completed(ran) == [12.0, 40.359, 35.0, 52.359, 64.359, 76.359]

    def test_bank21_a_customer_who_gives_up(self, tmp_path: Path) -> None:
        step = {"patience": {"time": "12 min"}}
        ran = bank(tmp_path, low([0.0, 16.359, 29.991, 35.776, 36.65], 15.0), step=step)
        assert waits(ran) == [0.0, 0.0, 1.368, 10.583, 12.0]
        assert completed(ran) == [15.0, 31.359, 46.359, 61.359, 48.65]
        assert ran.logs.tickets.outcome.tolist() == [*[Outcome.RESOLVED] * 4, Outcome.ABANDONED]

    def test_manual_preempted_work_goes_on_where_it_stopped(self, tmp_path: Path) -> None:
        ran = bank(tmp_path, [(0.0, 100.0, "low"), (50.0, 100.0, "high")], preempted_by=["high"])
        assert completed(ran) == [200.0, 150.0]

    def test_manual_carwash(self, tmp_path: Path) -> None:
        # Four cars wait at the start and one comes every two minutes; both machines wash five minutes.
        arrivals = [0.0] * 4 + [2.0 * k for k in range(1, 15)]
        ran = bank(tmp_path, low(arrivals, 5.0), people=2)
        assert completed(ran)[:12] == [t for t in (5.0, 10.0, 15.0, 20.0, 25.0, 30.0) for _ in range(2)]


def test_simpy_bank_renege(tmp_path: Path) -> None:
    customers = [
        (0.0, 3.8595, "low"),
        (10.2006, 13.5501, "low"),
        (12.7265, 1.0, "low"),
        (34.9993, 2.9606, "low"),
        (40.4798, 2.6603, "low"),
    ]
    ran = bank(tmp_path, customers, step={"patience": {"time": "1.1738 min"}})
    assert np.round(ran.logs.tickets.closed, 4).tolist() == [3.8595, 23.7507, 13.9003, 37.9599, 43.1401]
    assert ran.logs.tickets.outcome.tolist() == [1, 1, 3, 1, 1]


def test_simmer_preempted_tasks_are_not_restarted(tmp_path: Path) -> None:
    """Of its four arrivals, that at 3 is turned away by a limit on the queue; here it does not come."""
    ran = bank(tmp_path, [*low([0.0, 0.0], 10.0), (2.0, 10.0, "high")], preempted_by=["high"])
    assert completed(ran) == [20.0, 30.0, 12.0]


@pytest.mark.parametrize(("servers", "published", "spread"), [(3, 5.62649, 4.4), (4, 0.79868, 0.4)])
def test_ciw_bank(servers: int, published: float, spread: float) -> None:
    """Published: the mean of ten trials, from 2.9 to 18 minutes each with three servers."""
    exact = mmc(0.2, 10.0, servers).mean_wait
    written = one_step(
        {"rate": "0.2/min"},
        {"exponential": "10 min"},
        {"people": servers},
        "1540 min",
        time={"warm_up": "100 min"},
    )
    means = np.array([run(written, seed=7, replication=r).waits("work").mean() for r in range(60)])
    error = means.std(ddof=1)
    assert abs(means.mean() - exact) < 4.0 * error / np.sqrt(60.0)
    # Ten published trials deviate from the truth as ten trials do.
    assert abs(published - means.mean()) < 4.0 * max(error, spread / 4.0) * np.sqrt(1.0 / 10.0 + 1.0 / 60.0)


def test_ciw_cafe() -> None:
    """Published: of three hours of customers 81.9 come to the till, on average over ten trials."""
    written = one_step({"rate": "18/hour"}, {"exponential": "1 min"}, {"people": 1}, "200 min")
    written["demand"]["hot"] = {"arrivals": {"rate": "12/hour"}, "start": "hot"}
    written["staffing"] |= {"kitchen": {"people": 2}, "till": {"people": 2}}
    steps = written["routing"]["steps"]
    steps["work"]["next"] = {"hot": "30 %", "till": "70 %"}
    steps["hot"] = {"team": "kitchen", "work": {"exponential": "2.5 min"}, "next": "till"}
    steps["till"] = {"team": "till", "work": {"exponential": "2 min"}, "next": "resolved"}
    came = []
    for replication in range(60):
        ran = run(written, seed=7, replication=replication)
        at_till = ran.at("till") & (ran.logs.visits.arrived < 180.0) & ~np.isnan(ran.logs.visits.ended)
        came.append(float(at_till.sum()))
    error = float(np.std(came, ddof=1))
    assert abs(np.mean(came) - 81.9) < 4.0 * error * np.sqrt(1.0 / 10.0 + 1.0 / 60.0)


def test_ciw_reneging() -> None:
    """Published: nobody served has waited for more than the patience, and who gives up has waited just so."""
    written = one_step({"rate": "5/min"}, {"exponential": "0.5 min"}, {"people": 1}, "60 min")
    written["routing"]["steps"]["work"]["patience"] = {"time": "6 min"}
    tickets = run(written).logs.tickets
    gave_up = tickets.outcome == Outcome.ABANDONED
    assert gave_up.sum() > 50
    np.testing.assert_allclose(tickets.queue_min[gave_up], 6.0)
    assert tickets.queue_min[tickets.outcome == Outcome.RESOLVED].max() <= 6.0


class TestNobodyMayBeLost:
    def test_mixed_priorities_where_nobody_can_wait(self, tmp_path: Path) -> None:
        """One server, one ticket an hour, ten minutes of work: every wait is zero."""
        customers = [(60.0 * k, 10.0, ("high", "low")[k % 2]) for k in range(3)]
        ran = bank(tmp_path, customers)
        assert waits(ran) == [0.0] * 3
        written = one_step({"every": "1 h"}, "10 min", {"people": 1}, "4 weeks")
        written["priorities"] = ["P1", "P2", "P3"]
        written["demand"]["tickets"]["priority"] = {"P1": "30 %", "P2": "30 %", "P3": "40 %"}
        assert set(run(written).logs.tickets.queue_min.tolist()) == {0.0}

    @pytest.mark.parametrize(
        "batch",
        [
            {"longest_wait": "1 h"},  # no size, and no most: the bound is open
            {"at": "board"},
            {"size": 7, "longest_wait": "2 h"},
        ],
    )
    def test_batches_with_an_open_upper_bound_lose_no_ticket(self, batch: dict[str, Any]) -> None:
        written = one_step({"rate": "6/hour"}, "1 min", {"people": 1}, "5 days", time={"then": "drain"})
        written["time"]["start"] = "2026-01-05"
        written["calendars"] = {"board": {"hours": {"daily": "10:00-11:00"}}}
        written["routing"]["steps"]["work"]["batch"] = batch
        ran = run(written)
        assert ran.logs.totals.closed == ran.logs.totals.created > 500
        assert not np.isnan(ran.logs.tickets.resolved).any()
