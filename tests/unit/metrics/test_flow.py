from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.flow import ProcessMap, WaitingCause, handoffs, process_map, waiting_by_cause
from simlab.model.codes import Outcome, VisitCause
from simlab.model.tables import Model

LogsOf = Callable[..., RunLogs]
DAY = 1440.0
NAN = float("nan")

# Ticket 0: triage, the bot in front of fix fails, fix after it, resolved. Ticket 1: triage, the user is
# asked, then it waits for fix. Ticket 2: resolved, dormant, resolved without a visit. Ticket 3: gave up.
TICKETS = [
    {"created": 0.0, "closed": 100.0, "outcome": Outcome.RESOLVED},
    {"created": 10.0, "outcome": Outcome.OPEN},
    {"created": 20.0, "closed": 90.0, "outcome": Outcome.RESOLVED},
    {"created": 30.0, "closed": 30.0, "outcome": Outcome.ABANDONED},
]
VISITS = [
    {"ticket": 0, "step": 0, "team": 0, "arrived": 0.0, "started": 4.0, "ended": 14.0, "touch_min": 10.0},
    {"ticket": 0, "step": 5, "arrived": 14.0, "started": 14.0, "ended": 16.0},
    {"ticket": 1, "step": 0, "team": 0, "arrived": 10.0, "started": 16.0, "ended": 40.0, "touch_min": 6.0},
    {"ticket": 1, "step": 2, "arrived": 40.0, "started": 40.0, "ended": 70.0},
    {"ticket": 2, "step": 8, "arrived": 20.0, "started": 20.0, "ended": 90.0},
    {
        "ticket": 0,
        "step": 7,
        "team": 1,
        "arrived": 16.0,
        "started": 80.0,
        "ended": 100.0,
        "touch_min": 20.0,
        "cause": 2,
    },
    {"ticket": 1, "step": 1, "team": 1, "arrived": 70.0},
]


@pytest.fixture
def logs(logs_of: LogsOf) -> RunLogs:
    return logs_of(TICKETS, VISITS, end=200.0)


def moves(flow: ProcessMap) -> list[tuple[str, str, int]]:
    table = flow.transitions
    codes = zip(table.source, table.target, table.cause, strict=True)
    return [(flow.nodes[source], flow.nodes[target], cause) for source, target, cause in codes]


def test_process_map_follows_tickets_from_start_to_way_out(model: Model, logs: RunLogs) -> None:
    flow = process_map(model, logs)
    assert moves(flow) == [
        ("start", "triage", VisitCause.REGULAR),
        ("start", "resolved", VisitCause.REGULAR),
        ("start", "abandoned", VisitCause.REGULAR),
        ("triage", "fix", VisitCause.REGULAR),
        ("triage", "ask_user", VisitCause.REGULAR),
        ("fix", "fix", VisitCause.AFTER_AUTOMATION),
        ("fix", "resolved", VisitCause.REGULAR),
        ("ask_user", "fix", VisitCause.REGULAR),
        ("resolved", "resolved", VisitCause.REGULAR),
    ]
    assert flow.transitions.count.tolist() == [2, 1, 1, 1, 1, 1, 1, 1, 1]
    gaps = [(4 + 6) / 2, 0.0, 0.0, 0.0, 0.0, 64.0, 0.0, NAN, 0.0]
    np.testing.assert_array_equal(flow.transitions.gap_mean, gaps)


def test_process_map_shows_tickets_to_be_reopened_at_the_way_out(model: Model, logs: RunLogs) -> None:
    flow = process_map(model, logs)
    ways_out = np.concatenate([flow.transitions.source[-1:], flow.transitions.target[-1:]])
    assert (ways_out > len(model.names.steps)).all()


def test_steps_added_by_compiling_show_as_their_parents_with_the_cause_apart(
    model: Model, logs: RunLogs
) -> None:
    flow = process_map(model, logs)
    use = flow.steps
    rows = zip(use.node, use.cause, use.automation, strict=True)
    assert [(flow.nodes[node], cause, automation) for node, cause, automation in rows] == [
        ("triage", VisitCause.REGULAR, -1),
        ("fix", VisitCause.REGULAR, 0),
        ("fix", VisitCause.AFTER_AUTOMATION, -1),
        ("ask_user", VisitCause.REGULAR, -1),
        ("resolved", VisitCause.REGULAR, -1),
    ]
    assert use.visits.tolist() == [2, 1, 1, 1, 1]
    assert use.wait_mean.tolist() == [5.0, 0.0, 64.0, 0.0, 0.0]
    assert use.touch_mean.tolist() == [8.0, 0.0, 20.0, 0.0, 0.0]
    assert use.duration_mean.tolist() == [17.0, 2.0, 20.0, 30.0, 70.0]


def test_process_map_leaves_out_moves_before_the_window(model: Model, logs: RunLogs) -> None:
    flow = process_map(replace(model, warm_up=75.0), logs)
    assert flow.steps.visits.tolist() == [1]
    assert moves(flow) == [("fix", "resolved", 0), ("resolved", "resolved", 0)]


def test_process_map_of_no_tickets_is_empty(model: Model, logs_of: LogsOf) -> None:
    flow = process_map(model, logs_of())
    assert len(flow.steps.node) == len(flow.transitions.count) == 0


def test_handoffs_count_successive_work_visits_whatever_lies_between(model: Model, logs_of: LogsOf) -> None:
    teams = [(0, 0), (0, -1), (0, 1), (1, 1), (0, 0), (1, 1), (0, 1)]
    visits = [
        {"ticket": ticket, "team": team, "step": 2 if team < 0 else 0, "arrived": float(i)}
        for i, (ticket, team) in enumerate(teams)
    ]
    logs = logs_of([{"created": 0.0}] * 2, visits, end=100.0)
    assert handoffs(model, logs).tolist() == [[0, 2], [1, 1]]
    assert handoffs(replace(model, warm_up=5.0), logs).tolist() == [[0, 1], [0, 1]]


def test_waiting_is_split_by_duty_of_those_who_serve_the_queue(model: Model, logs_of: LogsOf) -> None:
    visits = [
        # Nobody for 20 minutes, then the desk's person and a helper; the network person is off at 100 again.
        {"ticket": 0, "step": 0, "team": 0, "arrived": 30.0, "started": 90.0, "ended": 95.0},
        # The network queue has only its own person.
        {"ticket": 1, "step": 7, "team": 1, "arrived": 40.0, "started": 130.0, "ended": 140.0},
        {"ticket": 1, "step": 1, "team": 1, "arrived": 140.0},
        {"ticket": 0, "step": 2, "arrived": 95.0, "started": 95.0, "ended": 100.0},
        {"ticket": 0, "step": 5, "arrived": 100.0, "started": 100.0, "ended": 103.0},
        {"ticket": 0, "step": 8, "arrived": 103.0, "started": 103.0},
    ]
    duty = [
        {"person": 0, "started": 60.0, "ended": 80.0},
        {"person": 2, "started": 50.0, "ended": 100.0},
        {"person": 2, "started": 120.0, "ended": 150.0},
    ]
    table = waiting_by_cause(model, logs_of([{"created": 0.0}] * 2, visits, (), duty, end=200.0))
    rows = list(
        zip(table.cause, table.team.tolist(), table.step.tolist(), table.minutes, table.visits, strict=True)
    )
    assert rows == [
        (WaitingCause.DORMANT, -1, 3, 97.0, 1),
        (WaitingCause.NOBODY_ON_DUTY, 1, 1, 30.0 + 50.0, 2),
        (WaitingCause.ALL_BUSY, 1, 1, 60.0 + 10.0, 2),
        (WaitingCause.ALL_BUSY, 0, 0, 40.0, 1),
        (WaitingCause.NOBODY_ON_DUTY, 0, 0, 20.0, 1),
        (WaitingCause.DELAY, -1, 2, 5.0, 1),
        (WaitingCause.AUTOMATION, -1, 1, 3.0, 1),
    ]
    np.testing.assert_allclose(table.share, table.minutes / 315.0)


def test_waiting_counts_a_visit_once_however_often_it_was_handed_over(model: Model, logs_of: LogsOf) -> None:
    visits = [{"ticket": 0, "team": 0, "arrived": 0.0, "started": 10.0, "ended": 40.0, "handovers": 1}]
    work = [
        {"ticket": 0, "started": 10.0, "ended": 20.0},
        {"ticket": 0, "person": 1, "started": 35.0, "ended": 40.0},
    ]
    table = waiting_by_cause(model, logs_of([{"created": 0.0}], visits, work, end=50.0))
    assert (table.minutes.tolist(), table.visits.tolist()) == ([25.0], [1])


def test_waiting_is_clipped_to_the_window_and_may_be_nothing(model: Model, logs_of: LogsOf) -> None:
    visits = [{"ticket": 0, "team": 0, "arrived": 0.0, "started": 60.0, "ended": 70.0}]
    logs = logs_of([{"created": 0.0}], visits, end=100.0)
    assert waiting_by_cause(replace(model, warm_up=45.0), logs).minutes.tolist() == [15.0]
    nothing = waiting_by_cause(replace(model, warm_up=80.0), logs)
    assert nothing.cause == ()
    assert nothing.share.shape == (0,)


def test_a_resolved_ticket_that_is_yet_to_be_closed_waits_for_nothing(model: Model, logs_of: LogsOf) -> None:
    visits = [
        {"ticket": 0, "step": 2, "arrived": 10.0, "started": 10.0, "ended": 30.0},
        {"ticket": 0, "step": 2, "arrived": 40.0, "started": 40.0, "ended": 90.0},
    ]
    ticket = {"created": 0.0, "resolved": 40.0, "closed": 90.0, "outcome": Outcome.RESOLVED}
    table = waiting_by_cause(model, logs_of([ticket], visits, end=100.0))
    assert (table.cause, table.minutes.tolist()) == ((WaitingCause.DELAY,), [20.0])
