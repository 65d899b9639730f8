"""Runs of the engine: their invariants hold, and figures agree with plain loops and with each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.metrics.flow import WaitingCause, handoffs, process_map, waiting_by_cause
from simlab.metrics.invariants import check
from simlab.metrics.series import over_time, use_by_hour_of_week
from simlab.metrics.summary import summarise
from simlab.metrics.window import observation_window
from simlab.model.codes import Outcome, StepKind
from simlab.model.compile import compile_model
from simlab.model.tables import Model
from simlab.scenario.schema.scenario import Scenario

WARM_UP = 3 * 1440.0


def written(desk_end: str, network_end: str, network_work: str) -> dict[str, Any]:
    """Two teams with breaks, absence, a helper; a bot; questions, misroutes, reopenings; paused targets."""
    work_days = {"mon-fri": "07:00-15:30"}
    lunch = [{"at": "11:30", "length": "30 min"}]
    return {
        "name": "two teams",
        "time": {"zone": "Europe/Berlin", "start": "2026-03-23", "warm_up": "3 days", "length": "2 weeks"},
        "calendars": {"office": {"hours": {"mon-fri": "08:00-18:00"}}},
        "priorities": ["P1", "P2"],
        "demand": {
            "mail": {
                "kind": "incident",
                "arrivals": {"rate": "500/week"},
                "classes": {
                    "password": {"share": "40 %", "priority": {"P1": "10 %", "P2": "90 %"}},
                    "network": {"share": "60 %", "priority": {"P1": "30 %", "P2": "70 %"}},
                },
            }
        },
        "staffing": {
            "desk": {
                "shifts": {
                    "early": {"people": 4, "hours": work_days, "breaks": lunch},
                    "late": {"people": 2, "hours": {"mon-fri": "10:30-19:00"}},
                },
                "cost": "42 EUR/hour",
                "overtime": 1.5,
                "absence": "8 %",
                "at_shift_end": desk_end,
            },
            "network": {
                "people": 5,
                "hours": {"mon-fri": "09:00-17:00"},
                "cost": "60 EUR/hour",
                "also_serves": ["desk"],
                "at_shift_end": network_end,
            },
        },
        "routing": {
            "start": "triage",
            "steps": {
                "triage": {
                    "team": "desk",
                    "work": {"lognormal": {"mean": "8 min", "cv": 0.9}},
                    "next": [{"when": {"class": "network"}, "to": "network_fix"}, {"to": "desk_fix"}],
                },
                "desk_fix": {
                    "team": "desk",
                    "work": {"exponential": {"mean": "14 min"}},
                    "next": [
                        {"to": "resolved", "share": "70 %"},
                        {"to": "ask", "share": "15 %"},
                        {"to": "network_fix"},
                    ],
                },
                "ask": {
                    "wait": {"exponential": {"mean": "9 h"}},
                    "pauses": ["resolve"],
                    "next": "desk_fix",
                },
                "network_fix": {
                    "team": "network",
                    "work": {"exponential": {"mean": network_work}},
                    "misroute": {"share": "10 %", "to": "desk_fix", "look": "4 min"},
                    "next": [{"to": "resolved", "share": "90 %"}, {"to": "desk_fix"}],
                },
                "resolved": {
                    "end": "resolved",
                    "reopen": {"share": "8 %", "after": {"exponential": {"mean": "1 day"}}, "to": "desk_fix"},
                },
            },
        },
        "automation": {
            "bot": {
                "at": "desk_fix",
                "for": {"class": "password"},
                "level": "on",
                "levels": {"on": {"coverage": "60 %", "success": "80 %", "run_time": "2 min"}},
                "cost": {"one_off": "30000 EUR", "monthly": "900 EUR", "per_run": "0.2 EUR"},
            }
        },
        "targets": {
            "P1": {"respond": "15 min", "resolve": "4 h", "penalty": "50 EUR"},
            "P2": {"resolve": "20 h", "calendar": "office"},
        },
        "costs": {"user_waiting": {"P1": "20 EUR/hour"}, "monthly": {"tool": "500 EUR/month"}},
    }


Simulated = tuple[Model, RunLogs]
POLICIES = {
    "finish": ("finish", "pause", "25 min"),
    "pause": ("pause", "hand_over", "25 min"),
    "hand over": ("hand_over", "finish", "25 min"),
    "overtime into the next shift": ("hand_over", "finish", "6 h"),
}


@pytest.fixture(scope="module", params=list(POLICIES.values()), ids=list(POLICIES))
def simulated(request: pytest.FixtureRequest) -> Simulated:
    model = compile_model(Scenario.model_validate(written(*request.param)))
    return model, SimpyEngine().run(model, seed=7, replication=0)


def test_every_invariant_holds(simulated: Simulated) -> None:
    failed = [result for result in check(*simulated) if not result.holds]
    assert failed == []


def test_queue_figures_agree_with_a_plain_count(simulated: Simulated) -> None:
    model, logs = simulated
    summary, end = summarise(model, logs), logs.totals.end
    visits, work = logs.visits, logs.work
    for code, team in enumerate(model.names.teams):
        waits = []
        for row in np.flatnonzero(visits.team == code):
            ticket, step = visits.ticket[row], visits.step[row]
            last = np.inf if np.isnan(visits.ended[row]) else visits.ended[row]
            spells = (work.ticket == ticket) & (work.step == step)
            spells &= (work.started >= visits.arrived[row]) & (work.started <= last)
            mine = sorted(zip(work.started[spells], work.ended[spells], strict=True))
            since = visits.arrived[row]
            for started, left in mine:
                waits.append((since, started))
                since = left
            if np.isnan(visits.ended[row]) and not np.isnan(since):
                waits.append((since, end))
        area = sum(max(0.0, min(b, end) - max(a, WARM_UP)) for a, b in waits)
        assert summary.of(f"queue_mean[team={team}]") == pytest.approx(area / (end - WARM_UP), rel=1e-9)
        proper = [(max(a, WARM_UP), b) for a, b in waits if b > a and b > WARM_UP]
        most = max(sum(a <= t < b for a, b in proper) for t, _ in proper)
        assert summary.of(f"queue_max[team={team}]") == most


def test_busy_time_agrees_with_a_plain_sum_over_spells_and_duty(simulated: Simulated) -> None:
    model, logs = simulated
    summary, work, duty = summarise(model, logs), logs.work, logs.duty
    busy = on_duty = 0.0
    for person in range(len(model.names.people)):
        mine = np.flatnonzero(duty.person == person)
        shifts = [(max(duty.started[row], WARM_UP), duty.ended[row]) for row in mine]
        on_duty += sum(max(0.0, b - a) for a, b in shifts)
        for row in np.flatnonzero(work.person == person):
            ended = min(logs.totals.end, np.nan_to_num(work.ended[row], nan=np.inf))
            regular = ended - work.overtime_min[row]
            busy += sum(max(0.0, min(b, regular) - max(a, work.started[row])) for a, b in shifts)
            late = max(0.0, ended - max(regular, WARM_UP))
            busy, on_duty = busy + late, on_duty + late
    assert summary.of("occupancy") == pytest.approx(busy / on_duty, rel=1e-9)


def test_tables_for_figures_agree_with_the_summary(simulated: Simulated) -> None:
    model, logs = simulated
    summary, window = summarise(model, logs), observation_window(model, logs.totals)
    use = use_by_hour_of_week(model, logs)
    above = (use.busy + use.overtime).sum(axis=1)
    for code, team in enumerate(model.names.teams):
        place = summary.names.index(f"utilisation[team={team}]")
        assert summary.numerator[place] == pytest.approx(above[code], rel=1e-9)
        below = (use.scheduled + use.overtime)[code].sum()
        assert summary.denominator[place] == pytest.approx(below, rel=1e-9)
    series = over_time(model, logs)
    after = series.edges[:-1] >= WARM_UP
    hours = np.diff(series.edges)[after]
    assert summary.of("wip_mean") == pytest.approx(
        (series.wip[after] * hours).sum() / window.minutes, rel=1e-9
    )
    waiting = waiting_by_cause(model, logs)
    for code, team in enumerate(model.names.teams):
        queued = waiting.minutes[waiting.team == code].sum()
        assert summary.of(f"queue_mean[team={team}]") * window.minutes == pytest.approx(queued, rel=1e-9)
    assert set(waiting.cause) == set(WaitingCause)
    assert (np.diff(waiting.minutes) <= 0.0).all()


def test_moves_between_teams_are_the_hops_of_the_tickets(simulated: Simulated) -> None:
    model, logs = simulated
    matrix = handoffs(replace(model, warm_up=0.0), logs)
    assert matrix.sum() - np.trace(matrix) == logs.tickets.hops.sum()


def test_tickets_that_entered_a_node_left_it_or_are_there_at_the_end(simulated: Simulated) -> None:
    model, logs = simulated
    flow = process_map(replace(model, warm_up=0.0), logs)
    entered = np.bincount(flow.transitions.target, flow.transitions.count, len(flow.nodes))
    left = np.bincount(flow.transitions.source, flow.transitions.count, len(flow.nodes))
    steps, visits = model.steps, logs.visits
    under_way = visits.step[np.isnan(visits.ended)]
    at_step = steps.shown_as[under_way[steps.kind[steps.shown_as[under_way]] != StepKind.RESOLVE]]
    there = np.bincount(1 + at_step, minlength=len(flow.nodes))
    there[0] = -len(logs.tickets)
    there[len(flow.nodes) - 3] = (logs.tickets.outcome == Outcome.RESOLVED).sum()
    np.testing.assert_array_equal(entered - left, there)


def test_process_map_counts_the_way_between_teams_as_part_of_the_move_and_not_as_a_visit() -> None:
    # 10 min of work at the desk, 20 min on the way, 5 min to read in and 30 min of work of the experts;
    # tickets come every two hours, so that nobody queues.
    model = compile_model(
        Scenario.model_validate(
            {
                "name": "handed on",
                "time": {"length": "12 h"},
                "demand": {"mail": {"arrivals": {"every": "2 h", "limit": 5}}},
                "staffing": {"desk": {"people": 1}, "experts": {"people": 1}},
                "routing": {
                    "start": "look",
                    "steps": {
                        "look": {"team": "desk", "work": "10 min", "next": "fix"},
                        "fix": {"team": "experts", "work": "30 min", "next": "resolved"},
                    },
                    "handoffs": [{"delay": "20 min", "reread": "5 min"}],
                },
            }
        )
    )
    flow = process_map(model, SimpyEngine().run(model, seed=1, replication=0))
    use, moves = flow.steps, flow.transitions
    assert [flow.nodes[node] for node in use.node] == ["look", "fix"]
    assert use.visits.tolist() == [5, 5]
    assert use.wait_mean.tolist() == [0.0, 0.0]
    assert use.touch_mean.tolist() == [10.0, 35.0]
    assert [(flow.nodes[a], flow.nodes[b]) for a, b in zip(moves.source, moves.target, strict=True)] == [
        ("start", "look"), ("look", "fix"), ("fix", "resolved"),
    ]  # fmt: skip
    assert moves.gap_mean.tolist() == [0.0, 20.0, 0.0]
    assert moves.touch_mean.tolist() == [10.0, 35.0, 0.0]
