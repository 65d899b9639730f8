"""What holds on every run, on random scenarios of the whole language."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from simlab.metrics.summary import summarise
from simlab.model.codes import Outcome
from tests.desks import Run, broken, run
from tests.mechanisms import mechanisms
from tests.strategies import scenarios

FEW = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assert_visits_tile(ran: Run) -> None:
    """From its creation to its exit a ticket is at one step after the other, without gaps and overlaps."""
    visits, tickets = ran.logs.visits, ran.logs.tickets
    if len(visits) == 0:
        return
    order = np.lexsort((np.arange(len(visits)), visits.ticket))
    ticket = visits.ticket[order]
    arrived, ended = visits.arrived[order], visits.ended[order]
    is_first = np.diff(ticket, prepend=-1) != 0
    is_last = np.append(is_first[1:], True)
    assert np.array_equal(arrived[is_first], tickets.created[ticket[is_first]])
    assert np.array_equal(arrived[~is_first], ended[:-1][~is_first[1:]])
    # An open ticket has a last visit that is open, a closed one leaves with its last visit.
    assert np.array_equal(ended[is_last], tickets.closed[ticket[is_last]], equal_nan=True)
    assert np.all((visits.started >= visits.arrived) | np.isnan(visits.started))
    assert not np.any(visits.ended < visits.started)  # who leaves the queue never starts


def assert_work_starts_on_duty(ran: Run) -> None:
    """Nobody takes a ticket in hand off duty; overtime may go on in a shift that begins with a break."""
    work, duty = ran.logs.work, ran.logs.duty
    late = work.overtime_min > 0.0
    overtime = set(zip(work.person[late].tolist(), work.ended[late].tolist(), strict=True))
    goes_on = [each in overtime for each in zip(work.person.tolist(), work.started.tolist(), strict=True)]
    for person in range(len(ran.model.names.people)):
        started = work.started[(work.person == person) & ~np.array(goes_on, np.bool_)]
        opens, closes = duty.started[duty.person == person], duty.ended[duty.person == person]
        slot = np.searchsorted(opens, started, side="right") - 1
        assert np.all(slot >= 0)
        assert np.all(started < closes[slot])


def assert_same(one: Run, two: Run) -> None:
    """Both runs left the same bits."""
    for log in ("tickets", "visits", "work", "duty"):
        for column in getattr(one.logs, log).columns():
            first, second = (getattr(getattr(ran.logs, log), column.name) for ran in (one, two))
            assert np.array_equal(first, second, equal_nan=True)


@FEW
@given(scenario=scenarios())
def test_invariants_hold_on_random_scenarios(scenario: dict[str, Any]) -> None:
    ran = run(scenario)
    assert broken(ran.model, ran.logs) == []
    assert_visits_tile(ran)
    assert_work_starts_on_duty(ran)
    assert_same(ran, run(scenario))
    totals, tickets = ran.logs.totals, ran.logs.tickets
    assert totals.created == totals.closed + totals.in_system
    closed = ~np.isnan(tickets.closed)
    assert np.all(tickets.outcome[closed] != Outcome.OPEN)
    assert np.all(tickets.resolved[closed & (tickets.outcome == Outcome.RESOLVED)] <= totals.end)


@settings(FEW, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # making these smaller takes minutes
@given(scenario=mechanisms())
def test_invariants_hold_whatever_mechanisms_come_together(scenario: dict[str, Any]) -> None:
    ran = run(scenario)
    assert broken(ran.model, ran.logs) == []
    assert_work_starts_on_duty(ran)
    assert_same(ran, run(scenario))
    if "parallel" not in str(scenario):
        assert_visits_tile(ran)
    totals, tickets = ran.logs.totals, ran.logs.tickets
    assert totals.created == totals.closed + totals.in_system
    closed = ~np.isnan(tickets.closed)
    assert int(closed.sum()) == totals.closed
    assert np.all(tickets.outcome[closed] != Outcome.OPEN)
    assert len(summarise(ran.model, ran.logs).names) > 0
