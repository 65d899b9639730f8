"""Monitoring: figures by period by hand, bands, signals, the forecast from open tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.business.monitoring import Band, _band, monitor, signals_of
from simlab.business.period_figures import figures_by_period, judge_of, period_edges, tells_pauses
from simlab.calibrate.event_log import CaseTable, EventLog, Labels, LogKind
from simlab.calibrate.simulated import simulated_log
from simlab.errors import InvalidInput, Problem, UsageError
from simlab.experiments.runner import run
from simlab.model.load import LoadedScenario, from_node
from simlab.scenario.nodes import MapNode, from_plain

NAN = float("nan")
DESK: dict[str, Any] = {
    "name": "Desk",
    "time": {"zone": "Europe/Berlin", "start": "2026-01-05", "warm_up": "7 days", "length": "35 days"},
    "calendars": {"office": {"hours": {"mon-fri": "08:00-16:00"}}},
    "demand": {"mail": {"arrivals": {"rate": "100/week"}, "priority": {"P1": "20 %", "P2": "80 %"}}},
    "staffing": {"desk": {"people": 3}},
    "routing": {
        "start": "fix",
        "steps": {"fix": {"team": "desk", "work": {"exponential": "30 min"}, "next": "resolved"}},
    },
    "targets": {"P1": {"resolve": "1 h"}, "P2": {"resolve": "4 h", "calendar": "office"}},
}


@pytest.fixture
def desk(tmp_path: Path) -> LoadedScenario:
    node = from_plain(DESK, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 60.0


def log_of(
    rows: list[tuple[str, str | None, str]], enabled: list[tuple[int, str, str]] | None = None
) -> EventLog:
    created = np.array([at(row[0]) for row in rows])
    resolved = np.array([at(row[1]) if row[1] else NAN for row in rows])
    nothing = Labels.none(len(rows))
    codes = np.full(len(rows), -1, np.int32)
    cases = CaseTable(
        tuple(map(str, range(len(rows)))),
        created,
        created,
        resolved,
        resolved,
        nothing,
        Labels.of([row[2] for row in rows]),
        nothing,
        nothing,
        codes,
        codes,
    )
    events = enabled or []
    return EventLog.sorted_from(
        LogKind.EVENTS,
        "UTC",
        cases,
        case=np.array([each[0] for each in events], np.int32),
        activity=Labels.of(["fix" for _ in events]),
        start=np.array([at(each[2]) for each in events]),
        end=np.array([at(each[2]) for each in events]),
        enabled=np.array([at(each[1]) for each in events]),
    )


def test_periods_are_whole_local_days_and_weeks_across_the_change_of_clocks() -> None:
    days = period_edges("Europe/Berlin", at("2026-03-28T12:00"), at("2026-03-31T12:00"), "day")
    # Midnights of 29 March (UTC+1), 30 and 31 March (UTC+2): the day between has 23 hours.
    assert np.diff(days).tolist() == [23 * 60.0, 24 * 60.0]
    weeks = period_edges("UTC", at("2026-01-05T00:00"), at("2026-01-20T00:00"), "week")
    assert weeks.tolist() == [at("2026-01-05T00:00"), at("2026-01-12T00:00"), at("2026-01-19T00:00")]


def test_figures_of_a_small_log_are_those_by_hand(desk: LoadedScenario) -> None:
    log = log_of(
        [
            ("2026-01-13T08:00", "2026-01-13T08:30", "P1"),  # 30 min: in time
            ("2026-01-13T09:00", "2026-01-13T12:00", "P1"),  # 180 min: late
            ("2026-01-13T20:00", "2026-01-14T09:00", "P2"),  # 2 h of office hours in Berlin (UTC+1): in time
            ("2026-01-14T10:00", None, "P2"),
        ],
        [(0, "2026-01-13T08:00", "2026-01-13T14:00"), (1, "2026-01-13T22:00", "2026-01-14T04:00")],
    )
    edges = np.array([at("2026-01-13T00:00"), at("2026-01-14T00:00"), at("2026-01-15T00:00")])
    found = figures_by_period(log, edges, judge_of(desk, log)).values
    assert found["created"].tolist() == [3.0, 1.0]
    assert found["resolved"].tolist() == [2.0, 1.0]
    assert found["open"].tolist() == [1.0, 1.0]
    assert found["resolution"].tolist() == [105.0, 780.0]
    assert found["attainment"].tolist() == [0.5, 1.0]
    assert found["queue"].tolist() == pytest.approx([(6.0 + 2.0) / 24.0, 4.0 / 24.0])


PAUSED: dict[str, Any] = {
    **DESK,
    "routing": {
        "start": "fix",
        "steps": {
            "fix": {
                "team": "desk",
                "work": {"exponential": "30 min"},
                "next": [{"share": "40 %", "to": "ask"}, {"to": "resolved"}],
            },
            "ask": {"wait": {"exponential": "5 h"}, "pauses": ["resolve"], "next": "fix"},
        },
    },
}


@pytest.fixture
def paused(tmp_path: Path) -> LoadedScenario:
    node = from_plain(PAUSED, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path)


def test_simulated_tickets_are_judged_as_the_run_itself_judges_them(paused: LoadedScenario) -> None:
    logs = run(paused, replications=1, seed=3, logs="all", jobs=1).logs(0)
    log = simulated_log(logs, paused.model)
    has_target, is_met = judge_of(paused, log)(log)
    tickets = logs.tickets
    is_done = ~np.isnan(tickets.resolved)
    row = {id: place for place, id in enumerate(log.cases.ids)}
    place = [row[f"mail-{subject}"] for subject in tickets.subject.tolist()]
    assert has_target[place].tolist() == is_done.tolist()
    wanted = tickets.resolved[is_done] <= tickets.resolve_due[is_done] + 1e-6
    assert is_met[place][is_done].tolist() == wanted.tolist()
    assert 0.3 < wanted.mean() < 0.97


def test_pauses_are_taken_off_neither_where_the_log_does_not_tell_them(paused: LoadedScenario) -> None:
    real = log_of([("2026-01-13T08:00", "2026-01-13T08:30", "P1")])
    assert not tells_pauses(paused, real)
    simulated = simulated_log(run(paused, replications=1, seed=3, logs="all", jobs=1).logs(0), paused.model)
    with_pauses = judge_of(paused, simulated)(simulated)[1]
    without = judge_of(paused, real)(simulated)[1]
    assert not (without & ~with_pauses).any()
    assert without.sum() < with_pauses.sum()


def test_clock_stands_still_in_statuses_that_wait_for_the_user(desk: LoadedScenario) -> None:
    created, resolved = at("2026-01-13T08:00"), at("2026-01-13T11:00")
    told = log_of([("2026-01-13T08:00", "2026-01-13T11:00", "P1")])
    changes = EventLog.sorted_from(
        LogKind.CHANGES,
        "UTC",
        told.cases,
        case=np.zeros(3, np.int32),
        activity=Labels.of(["Active", "Awaiting User Info", "Resolved"]),
        start=np.full(3, NAN),
        end=np.array([created, created + 30.0, resolved]),
        waiting={"Awaiting User Info": "user"},
        finished=frozenset({"Resolved"}),
    )
    judge = judge_of(desk, changes)
    assert judge(changes)[1].tolist() == [True]  # 30 of 180 minutes count, the target is an hour
    assert judge_of(desk, told)(told)[1].tolist() == [False]


def test_periods_without_tickets_have_no_mean(desk: LoadedScenario) -> None:
    log = log_of([("2026-01-13T08:00", None, "P1")])
    edges = np.array([at("2026-01-13T00:00"), at("2026-01-14T00:00")])
    found = figures_by_period(log, edges, judge_of(desk, log)).values
    assert np.isnan([found["resolution"][0], found["attainment"][0], found["queue"][0]]).all()


def band(centre: list[float], spread: float) -> Band:
    middle = np.array(centre)
    return Band(middle, middle - spread, middle + spread, middle - 3 * spread, middle + 3 * spread)


def test_a_signal_is_a_period_beyond_the_limits() -> None:
    (signal,) = signals_of("open", np.array([1.0, 5.0, 1.0]), band([1.0, 1.0, 1.0], 1.0))
    assert (signal.period, signal.rule) == (1, "beyond a control limit")


def test_eight_periods_on_one_side_are_one_signal_and_seven_are_none() -> None:
    one_side = np.full(9, 1.5)
    assert [each.period for each in signals_of("open", one_side, band([1.0] * 9, 1.0))] == [7]
    one_side[4] = 0.5
    assert list(signals_of("open", one_side, band([1.0] * 9, 1.0))) == []


def test_a_figure_that_is_not_told_gives_no_signal() -> None:
    assert list(signals_of("queue", np.full(9, NAN), band([1.0] * 9, 1.0))) == []


def test_a_log_of_the_scenario_itself_lies_mostly_in_its_band(desk: LoadedScenario) -> None:
    real = run(desk, replications=1, seed=99, logs="all", jobs=1)
    log = simulated_log(real.logs(0), desk.model)
    found = monitor(desk, log, "log.csv", replications=12, jobs=1, forecast_weeks=1)
    assert len(found.edges) >= 4
    assert set(found.figures) == {"created", "resolved", "open", "queue", "resolution", "attainment"}
    inside = [
        band.lower_limit[place] <= found.actual[name][place] <= band.upper_limit[place]
        for name, band in found.bands.items()
        for place in range(1, len(found.edges) - 1)
    ]
    assert np.mean(inside) > 0.8
    assert found.forecast is not None
    assert found.forecast.n_open == int(log.cases.is_open.sum())


def test_a_log_of_another_year_moves_the_scenario(desk: LoadedScenario) -> None:
    log = log_of([(f"2027-03-{day:02d}T10:00", f"2027-03-{day:02d}T11:00", "P1") for day in range(1, 16)])
    found = monitor(desk, log, "log.csv", replications=2, jobs=1, forecast_weeks=0)
    assert found.notes
    # No ticket came in the simulation's warm-up only: the band is of the log's own weeks.
    assert 60.0 < found.bands["created"].centre[0] < 140.0


def test_a_log_without_a_whole_week_is_refused(desk: LoadedScenario) -> None:
    with pytest.raises(UsageError, match="no whole week"):
        monitor(desk, log_of([("2026-01-13T08:00", None, "P1")]), "log.csv", replications=2)


def test_a_single_replication_has_no_band(desk: LoadedScenario) -> None:
    with pytest.raises(UsageError, match="at least 2 replications"):
        monitor(desk, log_of([("2026-01-13T08:00", None, "P1")]), "log.csv", replications=1)


def test_limits_hold_a_further_period_however_few_replications_there_are() -> None:
    # Student's t with 3 degrees of freedom at 0.00135: 9.219 (tables).
    band = _band("created", [np.array([value]) for value in (8.0, 10.0, 12.0, 14.0)])
    spread = float(np.std([8.0, 10.0, 12.0, 14.0], ddof=1))
    assert band.upper_limit[0] == pytest.approx(11.0 + 9.2187 * spread * 1.25**0.5, rel=1e-3)
    assert band.lower_limit[0] == 0.0


def test_a_scenario_that_cannot_begin_with_open_tickets_is_compared_without_a_forecast(
    desk: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = run(desk, replications=1, seed=3, jobs=1, logs="all", store=None)
    log = simulated_log(simulated.logs(0), desk.model)

    def refused(*_: object) -> LoadedScenario:
        raise InvalidInput([Problem("no rule takes the tickets with team none", "routing.steps.a.decide")])

    monkeypatch.setattr("simlab.business.monitoring.from_node", refused)
    found = monitor(desk, log, "log.csv", replications=2, jobs=1, forecast_weeks=1)
    assert found.forecast is None
    assert found.actual["created"].sum() > 0
    assert found.notes[-1].startswith("There is no forecast: ")
