"""Profiles of logs whose every number is known, and the facts measured on real ones."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Labels, LogKind
from simlab.calibrate.profiling.arrivals import arrival_profile
from simlab.calibrate.profiling.flow import flow_profile
from simlab.calibrate.profiling.profile import profile
from simlab.calibrate.profiling.states import IDLE, QUEUED, WORKED, state_profile, team_profile
from simlab.calibrate.read import read_log

NAN = np.nan
MONDAY = 19723 * 1440.0  # 2024-01-01, a Monday
DAY = 1440.0
LOGS = Path(os.environ.get("SIMLAB_DATA", Path(__file__).parents[5] / "shared" / "data"))


def cases(created: Floats, resolved: Floats, priority: Labels | None = None) -> CaseTable:
    n_cases = len(created)
    none, untold = Labels.none(n_cases), np.full(n_cases, -1, np.int32)
    nothing = np.full(n_cases, NAN)
    ids = tuple(map(str, range(n_cases)))
    return CaseTable(
        ids, created, nothing, resolved, nothing, none, priority or none, none, none, untold, untold
    )


def tickets(created: Floats, resolved: Floats, zone: str = "UTC") -> EventLog:
    nothing = np.empty(0)
    return EventLog.sorted_from(
        LogKind.TICKETS,
        zone,
        cases(created, resolved),
        np.empty(0, np.int32),
        Labels.none(0),
        nothing,
        nothing,
    )


def steady(n_weeks: int, per_day: int = 20) -> Floats:
    """Return arrivals at 9:30, Monday to Friday."""
    days = [7 * week + day for week in range(n_weeks) for day in range(5)]
    return MONDAY + np.repeat(np.array(days) * DAY, per_day) + 570.0


def test_arrivals_by_hour_of_week_are_those_of_whole_weeks() -> None:
    created = steady(6)
    found = arrival_profile(tickets(created, created + 60))
    assert (found.n_usable, found.usable) == (6, (date(2024, 1, 1), date(2024, 2, 12)))
    expected = np.zeros((7, 24))
    expected[:5, 9] = 20.0
    assert found.by_hour.reshape(7, 24).tolist() == expected.tolist()
    assert (found.per_week, found.per_working_day, found.office_share) == (100.0, 20.0, 1.0)
    assert found.day_cv == 0.0
    assert found.quiet_days == ()


def test_hours_are_those_of_the_clock_of_the_zone() -> None:
    created = steady(6)
    found = arrival_profile(tickets(created, created + 60, "Asia/Tokyo"))
    assert found.by_hour.reshape(7, 24)[0, 18] == 20.0


def test_thin_weeks_at_the_end_are_left_out_and_a_short_gap_is_not() -> None:
    days = steady(12).reshape(12, -1)
    days = np.delete(days, 4, axis=0)
    created = np.concatenate([days.ravel(), MONDAY + (12 + np.arange(8)) * 7 * DAY + 600.0])
    log = tickets(created, created + 60)
    found = arrival_profile(log)
    assert (found.first_usable, found.n_usable) == (0, 12)
    assert any("usable from 2024-01-01 to 2024-03-24 only" in text for text in profile(log).warnings)


def test_few_tickets_of_a_sparse_log_are_chance_and_no_quiet_days() -> None:
    created = MONDAY + np.sort(np.random.default_rng(4).uniform(0.0, 40 * 7 * DAY, 640))  # 16 a week
    found = arrival_profile(tickets(created, created + 60))
    assert found.quiet_days == ()
    assert found.n_usable >= 38


def test_poor_weeks_of_years_are_their_season() -> None:
    weeks = 160
    per_day = np.round(20.0 * (1.0 + 0.6 * np.sin(2 * np.pi * np.arange(weeks) / 52.0))).astype(int)
    days = [np.repeat(7.0 * week + day, n) for week, n in enumerate(per_day) for day in range(5)]
    created = MONDAY + np.concatenate(days) * DAY + 570.0
    assert arrival_profile(tickets(created, created + 60)).n_usable == weeks


def test_day_without_tickets_is_told_and_does_not_count_as_variation() -> None:
    created = steady(8)
    holiday = np.floor((created - MONDAY) / DAY) == 9  # Wednesday of the second week
    found = arrival_profile(tickets(created[~holiday], created[~holiday] + 60))
    assert found.quiet_days == (date(2024, 1, 10),)
    assert found.day_cv == 0.0
    assert found.per_working_day == 20.0


def test_variation_beyond_poisson_is_found() -> None:
    rng = np.random.default_rng(1)
    factor = rng.gamma(25.0, 1 / 25.0, 400)  # coefficient of variation 0.2
    counts = rng.poisson(200.0 * factor)
    days = np.array([7 * week + day for week in range(80) for day in range(5)])
    created = MONDAY + np.repeat(days * DAY, counts) + 600.0
    found = arrival_profile(tickets(created, created + 60))
    # The estimate of a variation of 0.2 from 400 days has a standard error of about 0.2 / sqrt(800) = 0.007.
    assert found.day_cv == pytest.approx(0.2, abs=0.035)
    assert abs(found.lag_one) < 5 / np.sqrt(400)


def test_log_of_tickets_that_were_open_at_one_day_is_a_snapshot() -> None:
    created = steady(20)
    resolved = created + 3 * DAY
    stream = tickets(created, resolved)
    assert np.isnan(arrival_profile(stream).snapshot_at)
    long = np.concatenate([steady(20)[::10], steady(20)[-200:]])
    log = tickets(long, np.maximum(long + 60, MONDAY + 19 * 7 * DAY + np.arange(len(long))))
    assert "this is a snapshot, not a stream" in profile(log).warnings[0]


def test_log_of_closed_tickets_alone_is_warned_about() -> None:
    rng = np.random.default_rng(2)
    created = np.repeat(steady(12), 2)
    resolved = created + rng.exponential(14 * DAY, len(created))
    is_exported = resolved < created.max()
    warnings = profile(tickets(created[is_exported], resolved[is_exported])).warnings
    assert any("tickets still in work seem to be left out" in text for text in warnings)


def test_open_cases_are_counted_and_the_median_takes_them_as_longer() -> None:
    created = np.full(4, MONDAY)
    flow = flow_profile(tickets(created, MONDAY + np.array([10.0, 20.0, NAN, 100.0])))
    assert (flow.times.n_open, flow.times.quantiles[1]) == (1, 20.0)
    # 1 -> 3/4 at 10 -> 1/2 at 20: the open one has lasted 100 minutes.
    assert flow.times.median_with_open == 20.0
    later = flow_profile(tickets(created, MONDAY + np.array([10.0, NAN, NAN, NAN])))
    assert later.times.median_with_open == np.inf


def changes() -> EventLog:
    """Case 0: L1, L2, L1; resolved, reopened, resolved. Case 1: L1 alone. Case 2: L1, L2, open."""
    rows = [
        (0, 0.0, "Work", "L1"),
        (0, 10.0, "Wait", "L2"),
        (0, 40.0, "Work", "L1"),
        (0, 50.0, "Done", "L1"),
        (0, 70.0, "Work", "L1"),
        (0, 75.0, "Done", "L1"),
        (1, 5.0, "Work", "L1"),
        (1, 25.0, "Done", "L1"),
        (2, 0.0, "Work", "L1"),
        (2, 9.0, "Wait", "L2"),
    ]
    created = MONDAY + np.array([0.0, 2.0, 3.0])
    at: Floats = MONDAY + np.array([row[1] for row in rows])
    state = Labels.of([row[2] for row in rows])
    return EventLog.sorted_from(
        LogKind.CHANGES,
        "UTC",
        cases(created, MONDAY + np.array([75.0, 25.0, NAN])),
        np.array([row[0] for row in rows], np.int32),
        state,
        np.full(len(rows), NAN),
        at,
        team=Labels.of([row[3] for row in rows]),
        person=Labels.of(["Ann", "Bob", "Ann", "Ann", "Ann", "Ann", "Cem", "Cem", "Ann", "Bob"]),
        state=state,
        waiting={"Wait": "user"},
        finished=frozenset(["Done"]),
    )


def test_hops_returns_and_reopening_are_counted_from_changes() -> None:
    flow = flow_profile(changes())
    assert [(row.hops, row.n_cases) for row in flow.hops] == [(0, 1), (1, 1), (2, 1)]
    assert flow.mean_hops == 1.0
    assert not flow.hops_are_told
    assert flow.ping_pong == pytest.approx(1 / 3)
    assert (flow.median_ping_pong, flow.median_others) == (75.0, 23.0)
    assert flow.reopened == pytest.approx(1 / 3)


def test_first_resolution_is_told_beside_the_last() -> None:
    flow = flow_profile(changes())
    assert flow.to_first_resolution is not None
    assert flow.to_first_resolution.quantiles[1] == pytest.approx((50.0 + 23.0) / 2)
    assert flow.times.quantiles[1] == pytest.approx((75.0 + 23.0) / 2)
    assert [(each.label, each.n_cases) for each in flow.endings] == [("Done", 2)]


def test_time_before_the_resolution_is_given_to_the_states() -> None:
    rows = {row.state: row for row in state_profile(changes())}
    # Case 0: Work 10 + 10 + 5, Wait 30, Done 20 (until reopened); case 1: Work 23, 3 of it before any change.
    assert rows["Work"].share_of_time == pytest.approx(48.0 / 98.0)
    assert rows["Wait"].share_of_time == pytest.approx(30.0 / 98.0)
    assert rows["Done"].share_of_time == pytest.approx(20.0 / 98.0)
    assert (rows["Wait"].waits_for, rows["Wait"].median, rows["Wait"].share_of_cases) == ("user", 30.0, 0.5)


def test_time_of_activities_is_worked_queued_or_idle() -> None:
    log = EventLog.sorted_from(
        LogKind.EVENTS,
        "UTC",
        cases(np.array([MONDAY]), np.array([MONDAY + 100.0])),
        np.array([0, 0], np.int32),
        Labels.of(["fix", "ask"]),
        start=MONDAY + np.array([20.0, 40.0]),
        end=MONDAY + np.array([30.0, 90.0]),
        enabled=MONDAY + np.array([5.0, 40.0]),
        waiting={"ask": "user"},
    )
    shares = {row.state: row.share_of_time for row in state_profile(log)}
    assert shares == pytest.approx({WORKED: 0.1, QUEUED: 0.15, "ask": 0.5, IDLE: 0.25})


def test_teams_are_told_with_their_people() -> None:
    found = team_profile(changes())
    assert (found.n_teams, found.n_people) == (2, 3)
    rows = {row.team: row for row in found.teams}
    assert rows["L1"].share_first == 1.0
    assert rows["L1"].share_last == pytest.approx(2 / 3)
    assert (rows["L1"].n_people, rows["L2"].n_people) == (2, 1)


def test_first_team_of_a_table_of_tickets_is_not_told() -> None:
    log = tickets(np.arange(3.0), np.arange(3.0) + 5.0)
    log = replace(log, cases=replace(log.cases, team=Labels.of(["L1", "L1", "L2"])))
    found = team_profile(log)
    assert (found.n_teams, found.n_people) == (2, 0)
    assert [row.share_last for row in found.teams] == pytest.approx([2 / 3, 1 / 3])
    assert np.isnan([row.share_first for row in found.teams]).all()


def test_log_without_cases_is_told_so() -> None:
    found = profile(tickets(np.empty(0), np.empty(0)))
    assert found.warnings == ("the log has no cases",)
    assert found.first is None


needs_logs = pytest.mark.skipif(not LOGS.is_dir(), reason="the real logs are not on this machine")


@needs_logs
def test_facts_of_the_servicenow_log_come_out() -> None:
    found = profile(read_log(LOGS / "uci_servicenow_incidents.csv.gz", keep_mapping=False).log)
    arrivals, flow = found.arrivals, found.flow
    assert (found.n_cases, found.n_events) == (24_918, 141_712)
    assert (arrivals.n_usable, arrivals.weeks[arrivals.first_usable][0]) == (12, date(2016, 2, 29))
    assert arrivals.per_working_day == pytest.approx(380, rel=0.01)
    assert arrivals.office_share == pytest.approx(0.83, abs=0.005)
    assert (arrivals.day_cv, arrivals.lag_one) == pytest.approx((0.11, 0.32), abs=0.01)
    hours = [value / 60 for value in flow.times.quantiles]
    assert hours == pytest.approx([0.4, 22, 148, 382, 711], rel=0.05)
    assert [flow.hops[k].another for k in (0, 1, 2, 4, 6)] == pytest.approx(
        [0.46, 0.45, 0.56, 0.57, 0.66], abs=0.006
    )
    assert (flow.hops[0].share, flow.mean_hops) == pytest.approx((0.544, 0.94), abs=0.001)
    assert [flow.hops[k].median / 60 for k in (0, 1, 2)] == pytest.approx([0.7, 42, 103], rel=0.03)
    assert (flow.reopened, flow.hops[0].reopened, flow.reopened_after_many) == pytest.approx(
        (0.011, 0.005, 0.042), abs=0.001
    )
    states = {row.state: row.share_of_time for row in found.states}
    told = ("New", "Active", "Awaiting User Info", "Awaiting Vendor", "Awaiting Problem")
    assert [states[name] for name in told] == pytest.approx([0.26, 0.34, 0.30, 0.066, 0.023], abs=0.006)
    assert found.teams.n_people == 234
    assert found.n_open / found.n_cases == pytest.approx(0.062, abs=0.001)
    assert flow.to_closing / 60 == pytest.approx(120, abs=1)


@needs_logs
def test_volvo_log_is_told_to_be_a_snapshot_and_its_facts_come_out() -> None:
    found = profile(read_log(LOGS / "bpic2013_volvo_incidents.csv.gz", keep_mapping=False).log)
    flow = found.flow
    assert "this is a snapshot, not a stream" in found.warnings[0]
    assert found.arrivals.n_usable == 0
    assert flow.ping_pong == pytest.approx(0.167, abs=0.001)
    assert flow.to_first_resolution is not None
    hours = [value / 60 for value in flow.to_first_resolution.quantiles]
    assert hours == pytest.approx([0.2, 6, 148, 383, 650], rel=0.03)
    in_call = next(each for each in flow.endings if each.label == "Completed: In Call")
    assert in_call.share == pytest.approx(0.26, abs=0.01)
    assert in_call.quantiles[1] == pytest.approx(8, abs=0.5)
