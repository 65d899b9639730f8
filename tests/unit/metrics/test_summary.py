"""A scripted run of the small desk; every expected number is worked out by hand beside it."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.responses import responses
from simlab.metrics.summary import GRID_POINTS, ReplicationSummary, summarise
from simlab.metrics.window import Window
from simlab.model.codes import Outcome
from simlab.model.tables import Model

LogsOf = Callable[..., RunLogs]
DAY = 1440.0
RESOLVED = Outcome.RESOLVED

# Tickets of the scripted run. Office hours are 480 to 1080 on each day, 600 minutes.
TICKETS = [
    # Mon 08:00 to 10:00; 120 min, all of it in office hours; in time (due 720).
    {
        "created": 480.0, "responded": 490.0, "resolved": 600.0, "closed": 600.0, "outcome": RESOLVED,
        "priority": 0, "ticket_class": 0, "stream": 0, "channel": 0, "work_visits": 1, "touch_min": 20.0,
        "target": 0, "respond_due": 495.0, "resolve_due": 720.0,
    },
    # Mon 10:00 to Tue 10:00; 1440 min, 480 + 120 in office hours; late (due Mon 18:00); two teams.
    {
        "created": 600.0, "responded": 640.0, "resolved": 2040.0, "closed": 2040.0, "outcome": RESOLVED,
        "priority": 1, "ticket_class": 1, "stream": 1, "work_visits": 3, "hops": 2, "ping_pongs": 1,
        "touch_min": 60.0, "target": 1, "resolve_due": 1080.0,
    },
    # Tue 08:00, resolved by the bot at 08:02, came back, resolved again at 12:00: 240 min.
    {
        "created": 1920.0, "responded": 1922.0, "resolved": 2160.0, "closed": 2160.0, "outcome": RESOLVED,
        "priority": 1, "ticket_class": 0, "stream": 0, "work_visits": 1, "reopens": 1, "touch_min": 10.0,
        "automation_min": 2.0, "dormant_min": 118.0,
    },
    # Tue 12:00, gave up at 13:00.
    {"created": 2160.0, "closed": 2220.0, "outcome": Outcome.ABANDONED, "priority": 1, "stream": 1},
    # Thu 00:00, open to the end; P1, so missed at 04:00.
    {
        "created": 4320.0, "outcome": Outcome.OPEN, "priority": 0, "ticket_class": 1, "target": 0,
        "resolve_due": 4560.0,
    },
]  # fmt: skip
VISITS = [
    {
        "ticket": 0,
        "step": 0,
        "team": 0,
        "person": 0,
        "arrived": 480.0,
        "started": 490.0,
        "ended": 510.0,
        "touch_min": 20.0,
    },
    {
        "ticket": 1,
        "step": 0,
        "team": 0,
        "person": 1,
        "arrived": 600.0,
        "started": 640.0,
        "ended": 660.0,
        "touch_min": 20.0,
    },
    {
        "ticket": 1,
        "step": 1,
        "team": 1,
        "person": 2,
        "arrived": 660.0,
        "started": 670.0,
        "ended": 690.0,
        "touch_min": 20.0,
    },
    {"ticket": 2, "step": 5, "arrived": 1920.0, "started": 1920.0, "ended": 1922.0, "went_to": 6},
    {
        "ticket": 1,
        "step": 0,
        "team": 0,
        "person": 0,
        "arrived": 690.0,
        "started": 1920.0,
        "ended": 1940.0,
        "touch_min": 20.0,
    },
    {"ticket": 2, "step": 8, "arrived": 1922.0, "started": 1922.0, "ended": 2040.0, "went_to": 0},
    {"ticket": 2, "step": 5, "arrived": 2040.0, "started": 2040.0, "ended": 2050.0, "went_to": 7},
    {
        "ticket": 2,
        "step": 7,
        "team": 0,
        "person": 1,
        "arrived": 2050.0,
        "started": 2150.0,
        "ended": 2160.0,
        "touch_min": 10.0,
        "cause": 2,
    },
    {"ticket": 3, "step": 0, "team": 0, "arrived": 2160.0, "ended": 2220.0},
    {"ticket": 4, "step": 0, "team": 0, "arrived": 4320.0},
]
WORK = [
    {"person": 0, "ticket": 0, "started": 490.0, "ended": 510.0},
    {"person": 1, "ticket": 1, "started": 640.0, "ended": 660.0},
    {"person": 2, "ticket": 1, "started": 670.0, "ended": 690.0},
    {"person": 0, "ticket": 1, "started": 1920.0, "ended": 1940.0},
    {"person": 1, "ticket": 2, "started": 2150.0, "ended": 2160.0},
]
# Desk person 0 works Monday and Tuesday, person 1 Tuesday morning and Monday; the network person on Monday.
DUTY = [
    {"person": 0, "started": 480.0, "ended": 720.0},
    {"person": 0, "started": 750.0, "ended": 960.0},
    {"person": 1, "started": 480.0, "ended": 720.0},
    {"person": 2, "started": 540.0, "ended": 720.0},
    {"person": 0, "started": 1920.0, "ended": 2160.0},
    {"person": 1, "started": 1920.0, "ended": 2160.0},
]


@pytest.fixture
def summary(model: Model, logs_of: LogsOf) -> ReplicationSummary:
    return summarise(model, logs_of(TICKETS, VISITS, WORK, DUTY))


WEEKS = 4.0 / 7.0
EXPECTED = {
    "resolution_mean": (120 + 1440 + 240) / 3,
    "resolution_median": 240.0,
    "resolution_p90": 240 + 0.8 * 1200,
    "resolution_mean[priority=P1]": 120.0,
    "resolution_mean[priority=P2]": 840.0,
    "resolution_median[class=password]": 180.0,
    "resolution_mean[channel=portal]": 120.0,
    "resolution_mean[stream=phone]": 1440.0,
    "resolution_business_mean": (120 + 600 + 240) / 3,
    "resolution_business_p95": 240 + 0.9 * 360,
    "response_mean": (10 + 40 + 2) / 3,
    "response_median": 10.0,
    "response_business_mean[class=network]": 40.0,
    "touch_mean": 30.0,
    "sojourn_mean": (120 + 1440 + 240 + 60) / 4,
    "wait_mean": (10 + 40 + 10 + 1230 + 100) / 5,
    "wait_mean[team=desk]": 345.0,
    "wait_mean[team=network]": 10.0,
    "wait_mean[step=fix]": 55.0,
    "wait_p90[step=triage]": 40 + 0.8 * 1190,
    "resolve_attainment": 1 / 3,
    "resolve_attainment[priority=P1]": 0.5,
    "resolve_attainment[priority=P2]": 0.0,
    "resolve_attainment[class=password]": 1.0,
    "respond_attainment": 1.0,
    "respond_attainment[priority=P2]": np.nan,
    "first_contact_share": 1 / 3,
    "first_level_share": 2 / 3,
    "hops_mean": 2 / 3,
    "ping_pong_share": 1 / 3,
    "reopen_share": 1 / 3,
    "abandoned_share": 0.25,
    "created_per_week": 5 / WEEKS,
    "created_per_week[stream=phone]": 2 / WEEKS,
    "resolved_per_week": 3 / WEEKS,
    "wip_mean": (120 + 1440 + 240 + 60 + 1440) / 5760,
    "backlog_end": 1.0,
    "queue_growth_per_week": 1 / WEEKS,  # the last ticket, which waits at the end
    "backlog_end[priority=P2]": 0.0,
    "backlog_age_mean": 1440.0,
    "backlog_age_p90": 1440.0,
    "queue_mean[team=desk]": (10 + 40 + 1230 + 100 + 60 + 1440) / 5760,
    "queue_mean[team=network]": 10 / 5760,
    "queue_max[team=desk]": 1.0,
    "utilisation[team=desk]": 70 / (2 * 4 * 480),
    "utilisation[team=network]": 20 / (4 * 480),
    "utilisation": 90 / (3 * 4 * 480),
    "occupancy[team=desk]": 70 / (450 + 240 + 240 + 240),
    "occupancy[team=network]": 20 / 180,
    "overtime_hours_per_week": 0.0,
    "automation_share[automation=bot]": 0.5,
    "cost_staff_per_week": 4 * 8 * (30 + 36 + 60) / WEEKS,
    "cost_overtime_per_week": 0.0,
    "cost_automation_per_week": (438.3 * 4 / (365.25 / 12) + 2 * 0.5) / WEEKS,
    "cost_levers_per_week": 876.6 * 4 / (365.25 / 12) / WEEKS,
    "cost_fixed_per_week": 4383.0 * 4 / (365.25 / 12) / WEEKS,
    "cost_penalties_per_week": (10 + 100) / WEEKS,
    # P1 waits 120 + 1440 min at 12 an hour; P2 1440 + (240 - 118) + 60 at 6.
    "cost_waiting_users_per_week": (1560 * 12 + 1622 * 6) / 60 / WEEKS,
    "cost_one_off": 6500.0,
}
RUNNING = 4032 + 57.6 + 1 + 115.2 + 576 + 110 + 474.2


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_response_of_the_scripted_run_is_as_worked_out(
    summary: ReplicationSummary, name: str, expected: float
) -> None:
    assert summary.of(name) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_running_cost_is_the_sum_of_its_parts_and_leaves_one_off_cost_out(
    summary: ReplicationSummary,
) -> None:
    assert summary.of("cost_per_week") == pytest.approx(RUNNING / WEEKS, rel=1e-12)
    assert summary.of("cost_per_ticket") == pytest.approx(RUNNING / 3, rel=1e-12)
    parts = ("staff", "overtime", "automation", "levers", "penalties", "waiting_users", "fixed")
    total = sum(summary.of(f"cost_{part}_per_week") for part in parts)
    assert summary.of("cost_per_week") == pytest.approx(total, rel=1e-12)


def test_summary_has_every_response_of_the_catalogue_in_its_order(
    model: Model, summary: ReplicationSummary
) -> None:
    assert summary.names == tuple(response.name for response in responses(model))
    assert len(summary.value) == len(summary.numerator) == len(summary.denominator) == len(summary.names)


def test_ratios_and_only_they_have_numerator_and_denominator(
    model: Model, summary: ReplicationSummary
) -> None:
    is_ratio = [response.metric.estimator == "ratio" for response in responses(model)]
    assert (~np.isnan(summary.numerator)).tolist() == is_ratio
    assert (~np.isnan(summary.denominator)).tolist() == is_ratio
    place = summary.names.index("resolve_attainment")
    assert (summary.numerator[place], summary.denominator[place]) == (1.0, 3.0)


def test_records_before_the_window_are_left_out(model: Model, logs_of: LogsOf) -> None:
    logs = logs_of(TICKETS, VISITS, WORK, DUTY, wip_area_min=2040 - DAY + 240 + 60 + DAY)
    late = summarise(replace(model, warm_up=DAY), logs)
    assert late.window == Window(DAY, 4 * DAY)
    assert late.of("resolution_mean") == 840.0
    assert late.of("created_per_week") == pytest.approx(3 / (3 / 7))
    assert late.of("resolve_attainment") == 0.0
    assert late.of("wait_mean") == (1230 + 100) / 2
    assert late.of("wip_mean") == pytest.approx((600 + 240 + 60 + 1440) / (3 * DAY))
    assert late.of("queue_mean[team=desk]") == pytest.approx((480 + 100 + 60 + 1440) / (3 * DAY))
    assert late.of("utilisation[team=desk]") == pytest.approx(30 / (2 * 3 * 480))
    assert late.of("cost_staff_per_week") == pytest.approx(3 * 8 * 126 / (3 / 7))
    assert late.of("cost_waiting_users_per_week") == pytest.approx(
        (1440 * 12 + (600 + 122 + 60) * 6) / 60 * 7 / 3
    )


def test_overtime_counts_as_worked_and_as_paid_time(model: Model, logs_of: LogsOf) -> None:
    logs = logs_of(
        [{"created": 900.0}],
        work=[{"person": 1, "ticket": 0, "started": 940.0, "ended": 1020.0, "overtime_min": 60.0}],
        duty=[{"person": 1, "started": 750.0, "ended": 960.0}],
        end=DAY,
    )
    one_day = summarise(model, logs)
    assert one_day.of("utilisation[team=desk]") == pytest.approx(80 / (2 * 480 + 60))
    assert one_day.of("occupancy[team=desk]") == pytest.approx(80 / (210 + 60))
    assert one_day.of("overtime_hours_per_week[team=desk]") == pytest.approx(7.0)
    assert one_day.of("cost_overtime_per_week") == pytest.approx(36 * 1.5 * 7)


def test_queue_max_counts_tickets_that_wait_at_the_same_instant(model: Model, logs_of: LogsOf) -> None:
    visits = [
        {"ticket": 0, "team": 0, "arrived": 0.0, "started": 50.0, "ended": 60.0},
        {"ticket": 1, "team": 0, "arrived": 10.0, "started": 60.0, "ended": 70.0},
        {"ticket": 2, "team": 0, "arrived": 50.0, "started": 70.0, "ended": 80.0},
        {"ticket": 3, "team": 0, "arrived": 65.0, "started": 65.0, "ended": 99.0},
    ]
    found = summarise(model, logs_of([{"created": 0.0}] * 4, visits, end=DAY))
    assert found.of("queue_max[team=desk]") == 2.0
    assert found.of("queue_max[team=network]") == 0.0


@pytest.mark.parametrize("end", [DAY, 4 * DAY])
def test_run_without_tickets_has_counts_of_zero_and_no_means(
    model: Model, logs_of: LogsOf, end: float
) -> None:
    nothing = summarise(replace(model, warm_up=DAY), logs_of(end=end))
    assert np.isnan(nothing.of("resolution_p90"))
    assert np.isnan(nothing.of("resolve_attainment"))
    assert np.isnan(nothing.of("automation_share[automation=bot]"))
    assert nothing.of("backlog_end") == 0.0
    per_week = nothing.of("created_per_week")
    assert per_week == 0.0 if end > DAY else np.isnan(per_week)


def test_distribution_of_few_times_is_the_sorted_times(summary: ReplicationSummary) -> None:
    scopes = [(part.dimension, part.label, part.n) for part in summary.resolution]
    assert scopes == [
        ("", "", 3),
        ("priority", "P1", 1),
        ("priority", "P2", 2),
        ("class", "password", 2),
        ("class", "network", 1),
    ]
    assert summary.resolution[0].points.tolist() == [120.0, 240.0, 1440.0]
    np.testing.assert_allclose(
        summary.resolution[0].share_within(np.array([100.0, 240.0, 2000.0])), [0.0, 2 / 3, 1.0]
    )


def test_distribution_of_many_times_is_a_grid_of_their_quantiles(model: Model, logs_of: LogsOf) -> None:
    n = 5001
    tickets = [
        {"created": 0.0, "resolved": (7 * i) % n / 10, "closed": 600.0, "outcome": RESOLVED} for i in range(n)
    ]
    whole = summarise(model, logs_of(tickets)).resolution[0]
    assert (whole.n, len(whole.points)) == (n, GRID_POINTS)
    np.testing.assert_allclose(whole.points, np.linspace(0.0, 500.0, GRID_POINTS), atol=1e-9)


def test_distribution_of_no_tickets_has_no_shares(model: Model, logs_of: LogsOf) -> None:
    assert np.isnan(summarise(model, logs_of()).resolution[0].share_within(np.array([1.0]))).all()


def test_summary_travels_between_processes(summary: ReplicationSummary) -> None:
    copy = pickle.loads(pickle.dumps(summary))
    assert copy.names == summary.names
    np.testing.assert_array_equal(copy.value, summary.value)


def test_unknown_response_is_a_key_error(summary: ReplicationSummary) -> None:
    with pytest.raises(KeyError, match="speed"):
        summary.of("speed")


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({}, 1.0),
        # Triage and fix by one team, one after the other: one contact.
        ({"work_visits": 2}, 1.0),
        ({"work_visits": 2, "queue_min": 12.0}, 0.0),
        ({"work_visits": 2, "hops": 1}, 0.0),
        ({"delay_min": 30.0}, 0.0),
        ({"reopens": 1}, 0.0),
        # What comes before the first response is no second contact.
        ({"responded": 520.0, "delay_min": 30.0, "queue_min": 10.0}, 1.0),
        # It was resolved at 10:00, and closed half an hour later: no wait of the user.
        ({"closed": 630.0, "delay_min": 30.0}, 1.0),
        ({"closed": 630.0, "delay_min": 35.0}, 0.0),
        # A bot that did it, and a rule that closed it, are one contact.
        ({"work_visits": 0, "queue_min": 0.0, "responded": 482.0}, 1.0),
        ({"work_visits": 0, "queue_min": 0.0, "responded": math.nan}, 1.0),
    ],
)
def test_first_contact_has_no_wait_after_the_first_response(
    model: Model, logs_of: LogsOf, changes: dict[str, float], share: float
) -> None:
    ticket = {
        "created": 480.0, "responded": 490.0, "resolved": 600.0, "closed": 600.0, "outcome": RESOLVED,
        "queue_min": 10.0, "work_visits": 1,
    }  # fmt: skip
    found = summarise(model, logs_of([ticket | changes], [], [], []))
    assert found.of("first_contact_share") == share
