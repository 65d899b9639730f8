"""Absence and loops of limited work in progress against exact theory; see `tests.theory.agreement`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.summary import summarise
from simlab.model.codes import Outcome
from tests.desks import Run, one_step, run
from tests.theory.agreement import assert_all_agree

PEOPLE, ABSENT, DAYS = 5, 0.2, 200


def test_people_who_come_to_a_shift_are_binomial() -> None:
    """As many tickets as people come at the start of a shift, each of them its whole length."""
    days = [f"2026-{month:02d}-{day:02d} 08:00" for month in range(1, 7) for day in range(6, 29)]
    written = one_step(
        {"timetable": days, "batch": PEOPLE},
        "8 h",
        {"people": PEOPLE, "hours": {"daily": "08:00-16:00"}, "absence": f"{ABSENT:%}"},
        f"{DAYS} days",
        time={"start": "2026-01-05"},
    )
    written["routing"]["steps"]["work"]["patience"] = {"time": "1 min"}

    def served(ran: Run) -> NDArray[np.float64]:
        """Tickets resolved on each day on which some came."""
        day = (ran.logs.tickets.created // 1440.0).astype(np.int64)
        resolved = np.bincount(day, ran.logs.tickets.outcome == Outcome.RESOLVED)
        return np.asarray(resolved[np.unique(day)], np.float64)

    present = PEOPLE * (1.0 - ABSENT)
    assert_all_agree(
        written,
        {"mean": present, "second": present * ABSENT + present**2, "all": (1.0 - ABSENT) ** PEOPLE},
        {
            "mean": lambda ran: float(served(ran).mean()),
            "second": lambda ran: float((served(ran) ** 2).mean()),
            "all": lambda ran: float((served(ran) == PEOPLE).mean()),
        },
        0.03,
    )
    ran = run(written)
    scheduled = PEOPLE * DAYS * 8.0
    work = float(ran.logs.tickets.touch_min.sum()) / 60.0
    assert np.isclose(summarise(ran.model, ran.logs).of("utilisation"), work / scheduled)


def test_throughput_of_a_balanced_loop_of_limited_work() -> None:
    """Two exponential steps in a row with at most K tickets: each works K / (K + 1) of the time."""
    most = 3
    written = one_step(
        {"population": {"size": 12, "away": "0", "start_with": "ticket"}},
        {"exponential": "1 min"},
        {"people": 1},
        "1500 min",
        time={"warm_up": "100 min"},
    )
    written["staffing"]["second"] = {"people": 1}
    steps = written["routing"]["steps"]
    steps["work"]["next"] = "check"
    steps["check"] = {"team": "second", "work": {"exponential": "1 min"}, "next": "resolved"}
    written["routing"]["limits"] = {"loop": {"at_most": most, "steps": ["work", "check"]}}

    def of(name: str, ran: Run) -> float:
        return summarise(ran.model, ran.logs).of(name)

    rate = most / (most + 1.0)
    assert_all_agree(
        written,
        {"busy": rate, "throughput": rate * 10080.0},
        {
            "busy": lambda ran: of("utilisation[team=desk]", ran),
            "throughput": lambda ran: of("resolved_per_week", ran),
        },
        0.02,
    )
