"""A run in which everything adds up, then one fault at a time: each is told by the invariant meant for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.invariants import InvariantResult, check
from simlab.model.codes import Outcome
from simlab.model.tables import Model

LogsOf = Callable[..., RunLogs]

NAN = np.nan

# Ticket 0: waits 10 for the desk, works 20; the bot runs 2 and fails; waits 28 for fix, works 60 before and
# 40 after a break of 40. Ticket 1: resolved by the bot, dormant for 200, then resolved by the desk.
# Ticket 2: the user is asked for 100, the desk works 30 on duty and 40 in overtime. Ticket 3 waits at the
# end, ticket 4 is in work.
TICKETS = (
    "created responded resolved closed outcome touch_min queue_min delay_min automation_min dormant_min",
    (480.0, 490.0, 680.0, 680.0, Outcome.RESOLVED, 120.0, 38.0, 0.0, 2.0, 0.0),
    (500.0, 502.0, 722.0, 722.0, Outcome.RESOLVED, 20.0, 0.0, 0.0, 2.0, 200.0),
    (800.0, 930.0, 1000.0, 1000.0, Outcome.RESOLVED, 70.0, 30.0, 100.0, 0.0, 0.0),
    (1900.0, NAN, NAN, NAN, Outcome.OPEN, 0.0, 0.0, 0.0, 0.0, 0.0),
    (1920.0, 1920.0, NAN, NAN, Outcome.OPEN, 0.0, 0.0, 0.0, 0.0, 0.0),
)
VISITS = (
    "ticket step team person arrived started ended touch_min",
    (1, 5, -1, -1, 500.0, 500.0, 502.0, 0.0),
    (0, 0, 0, 0, 480.0, 490.0, 510.0, 20.0),
    (0, 5, -1, -1, 510.0, 510.0, 512.0, 0.0),
    (0, 7, 1, 2, 512.0, 540.0, 680.0, 100.0),
    (1, 8, -1, -1, 502.0, 502.0, 702.0, 0.0),
    (1, 0, 0, 0, 702.0, 702.0, 722.0, 20.0),
    (2, 2, -1, -1, 800.0, 800.0, 900.0, 0.0),
    (2, 0, 0, 1, 900.0, 930.0, 1000.0, 70.0),
    (3, 1, 1, -1, 1900.0, NAN, NAN, 0.0),
    (4, 0, 0, 0, 1920.0, 1920.0, NAN, 0.0),
)
WORK = (
    "person ticket started ended overtime_min",
    (0, 0, 490.0, 510.0, 0.0),
    (2, 0, 540.0, 680.0, 0.0),
    (0, 1, 702.0, 722.0, 0.0),
    (1, 2, 930.0, 1000.0, 40.0),
    (0, 4, 1920.0, NAN, 0.0),
)
DUTY = (
    "person started ended",
    (0, 480.0, 730.0),
    (1, 750.0, 960.0),
    (2, 540.0, 600.0),
    (2, 640.0, 720.0),
    (0, 1920.0, 2000.0),
)
WIP_AREA = 200 + 222 + 200 + 100 + 80.0

Run = dict[str, Any]


def records(table: tuple[Any, ...]) -> list[dict[str, float]]:
    names, *rows = table
    return [dict(zip(names.split(), row, strict=True)) for row in rows]


def sound_run() -> Run:
    return {
        "tickets": records(TICKETS),
        "visits": records(VISITS),
        "work": records(WORK),
        "duty": records(DUTY),
        "end": 2000.0,
        "closed": 3,
        "in_system": 2,
        "wip_area_min": WIP_AREA,
    }


def failed(results: tuple[InvariantResult, ...]) -> set[str]:
    return {result.name for result in results if not result.holds}


@pytest.mark.parametrize(
    ("warm_up", "wip_area"),
    [(0.0, WIP_AREA), (600.0, 80 + 122 + 200 + 100 + 80.0), (1950.0, 100.0), (3000.0, 0.0)],
)
def test_every_invariant_holds_on_a_sound_run(
    model: Model, logs_of: LogsOf, warm_up: float, wip_area: float
) -> None:
    logs = logs_of(**{**sound_run(), "wip_area_min": wip_area})
    results = check(replace(model, warm_up=warm_up), logs)
    assert failed(results) == set()
    assert len({result.name for result in results}) == len(results)


def test_every_invariant_holds_on_an_empty_run(model: Model, logs_of: LogsOf) -> None:
    assert failed(check(model, logs_of())) == set()


def two_tickets_in_hand(run: Run) -> None:
    run["work"] += [{"person": 1, "ticket": 4, "started": 760.0, "ended": 960.0}] * 2


FAULTS: tuple[tuple[str, Callable[[Run], object], set[str]], ...] = (
    ("a ticket vanishes", lambda run: run.update(in_system=1), {"arrivals = closed + in system"}),
    ("a ticket is not logged", lambda run: run.update(created=6, in_system=3), {"created"}),
    ("an exit is not logged", lambda run: run.update(closed=4, in_system=1), {"closed"}),
    ("WIP is miscounted", lambda run: run.update(wip_area_min=WIP_AREA + 1e-3), {"L = λW"}),
    (
        "time passes before a visit",
        lambda run: run["visits"][1].update(arrived=485.0),
        {"life of a ticket", "queue time of tickets"},
    ),
    (
        "time of an automation is lost",
        lambda run: run["tickets"][0].update(automation_min=0.0),
        {"time in automations of tickets"},
    ),
    (
        "a delay is counted twice",
        lambda run: run["tickets"][2].update(delay_min=200.0),
        {"time in wait steps of tickets"},
    ),
    (
        "dormant time is forgotten",
        lambda run: run["tickets"][1].update(dormant_min=0.0),
        {"life of a ticket"},
    ),
    (
        "touch time of a visit is forgotten",
        lambda run: run["tickets"][1].update(touch_min=0.0),
        {"touch time of tickets", "work = touch time"},
    ),
    (
        "work takes less than it needs",
        lambda run: run["work"][3].update(overtime_min=39.0),
        {"work = touch time"},
    ),
    ("work goes on off duty", lambda run: run["duty"].pop(2), {"work = touch time"}),
    ("a person holds two tickets", two_tickets_in_hand, {"room for all tickets held", "busy within duty"}),
    (
        "a person is on duty outside the shift",
        lambda run: run["duty"].append({"person": 1, "started": 1000.0, "ended": 1400.0}),
        {"duty within shifts"},
    ),
    (
        "a response precedes its ticket",
        lambda run: run["tickets"][2].update(responded=799.0),
        {"times in order"},
    ),
    (
        "a time is not a number",
        lambda run: run["tickets"][0].update(touch_min=NAN),
        {"touch time of tickets", "work = touch time"},
    ),
)


@pytest.mark.parametrize(("inject", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_fault_is_told_by_the_invariant_meant_for_it(
    model: Model, logs_of: LogsOf, inject: Callable[[Run], object], expected: set[str]
) -> None:
    run = sound_run()
    inject(run)
    assert failed(check(model, logs_of(**run))) == expected


def result_of(results: tuple[InvariantResult, ...], name: str) -> InvariantResult:
    return next(result for result in results if result.name == name)


def test_failed_invariant_tells_both_sides_and_the_worst_row(model: Model, logs_of: LogsOf) -> None:
    run = sound_run()
    run["tickets"][1]["dormant_min"] = 150.0
    result = result_of(check(model, logs_of(**run)), "life of a ticket")
    assert (result.left, result.right) == (222.0, 172.0)
    assert result.tolerance == pytest.approx(2000.0 * 1e-9)
    assert result.message.endswith("(worst in row 1)")


def test_inequality_tells_the_two_sides_that_it_compares(model: Model, logs_of: LogsOf) -> None:
    run = sound_run()
    two_tickets_in_hand(run)
    result = result_of(check(model, logs_of(**run)), "busy within duty")
    assert (result.left, result.right) == (200 + 200 + 30 + 40.0, 210 + 40.0)


def test_violations_are_counted_and_the_first_is_placed(model: Model, logs_of: LogsOf) -> None:
    run = sound_run()
    two_tickets_in_hand(run)
    result = result_of(check(model, logs_of(**run)), "room for all tickets held")
    assert (result.left, result.right) == (2.0, 0.0)
    assert "(first in row" in result.message
