"""Python hooks: a way on and a rank that functions decide, computed by hand."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simlab as sl
from simlab.engines.auto import AutoEngine
from simlab.engines.compiled import CompiledEngine
from simlab.errors import UsageError


def written() -> dict[str, Any]:
    """Four tickets at once for one person, then a bench that half of them need by the rules."""
    return {
        "name": "hooked",
        "time": {"start": "2026-01-05", "length": "1 day"},
        "priorities": ["P1", "P2"],
        "demand": {"tickets": {"arrivals": {"timetable": ["2026-01-05 00:00"] * 4}, "priority": "P2"}},
        "staffing": {"desk": {"people": 1}, "bench": {"people": 4}},
        "routing": {
            "start": "work",
            "steps": {
                "work": {"team": "desk", "work": "10 min", "next": {"repair": "50 %", "resolved": "50 %"}},
                "repair": {"team": "bench", "work": "60 min", "next": "resolved"},
            },
        },
    }


def ran(scenario: sl.LoadedScenario) -> Any:  # noqa: ANN401
    return sl.run(scenario, replications=1, logs="all", jobs=1).logs(0)


def newest_first(ticket: sl.TicketView, team: str, desk: sl.DeskView) -> float:
    return -ticket.created


def test_route_hook_sends_tickets_where_it_says() -> None:
    asked = []

    def route(
        ticket: sl.TicketView, step: str, ways: tuple[str, ...], u: float, desk: sl.DeskView
    ) -> str | None:
        asked.append((ticket.priority, step, ways, desk.now, dict(desk.queues)))
        assert 0.0 < u < 1.0
        return "repair" if desk.queues["desk"] > 1 else "resolved"

    logs = ran(sl.from_values(written()).with_hooks(route=route))
    # The person is given the next ticket before the finished one goes on: 2, 1, 0, 0 wait.
    assert logs.tickets.closed.tolist() == [70.0, 20.0, 30.0, 40.0]
    assert asked[0] == ("P2", "work", ("repair", "resolved"), 10.0, {"desk": 2, "bench": 0})
    assert [step for _, step, *_ in asked] == ["work"] * 4 + ["repair"]


def test_route_hook_that_answers_none_leaves_it_to_the_rules() -> None:
    plain = sl.from_values(written())
    hooked = plain.with_hooks(route=lambda ticket, step, ways, u, desk: None)
    np.testing.assert_array_equal(ran(plain).tickets.closed, ran(hooked).tickets.closed)


def test_rank_hook_decides_who_is_next() -> None:
    scenario = written()
    scenario["demand"]["tickets"]["arrivals"]["timetable"] = [f"2026-01-05 00:0{i}" for i in range(4)]
    started = ran(sl.from_values(scenario).with_hooks(rank=newest_first)).tickets.responded
    assert started.tolist() == [0.0, 30.0, 20.0, 10.0]


@pytest.mark.parametrize("discipline", ["priority", "fifo", "lifo"])
def test_rank_hook_is_asked_once_for_each_joining(discipline: str) -> None:
    scenario = written()
    scenario["staffing"]["desk"]["queue"] = scenario["staffing"]["bench"]["queue"] = discipline
    asked = []

    def rank(ticket: sl.TicketView, team: str, desk: sl.DeskView) -> None:
        asked.append(team)

    logs = ran(sl.from_values(scenario).with_hooks(rank=rank))
    assert sorted(asked) == sorted(["desk", "bench"][team] for team in logs.visits.team)


def test_hook_that_names_another_step_is_told_the_ways() -> None:
    hooked = sl.from_values(written()).with_hooks(route=lambda ticket, step, ways, u, desk: "work")
    with pytest.raises(Exception, match="a step that 'work' leads to: repair, resolved; found 'work'"):
        ran(hooked)


def test_rank_hook_that_answers_no_number_is_refused() -> None:
    hooked = sl.from_values(written()).with_hooks(rank=lambda ticket, team, desk: float("nan"))
    with pytest.raises(Exception, match="must answer None or a number; found nan"):
        ran(hooked)


def test_compiled_engine_leaves_hooks_to_simpy_which_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    model = sl.from_values(written()).with_hooks(rank=newest_first).model
    assert CompiledEngine().supports(model) == "Python hooks decide in it"
    engine = AutoEngine()
    with caplog.at_level(logging.WARNING):
        for replication in range(2):
            engine.run(model, 1, replication)
    assert [record.message for record in caplog.records] == [
        "the SimPy engine runs 'hooked', more slowly: the compiled one cannot, Python hooks decide in it"
    ]


def test_patched_scenario_keeps_its_hooks() -> None:
    hooked = sl.from_values(written()).with_hooks(rank=newest_first)
    assert hooked.patch({"staffing.desk.people": 2}).model.hooks == hooked.model.hooks


def test_scenarios_that_differ_by_their_hooks_are_compared() -> None:
    plain = sl.from_values(written())
    comparison = sl.compare(
        plain,
        {"never": plain.with_hooks(route=lambda ticket, step, ways, u, desk: "resolved", label="never")},
        replications=2,
        jobs=1,
        responses=["resolution_mean"],
    )
    row = comparison.row("resolution_mean")
    assert row.changes[0].estimate.value == pytest.approx(25.0)
    assert row.base.value > 25.0


def test_results_with_hooks_are_not_stored(tmp_path: Path) -> None:
    hooked = sl.from_values(written()).with_hooks(rank=newest_first)
    with pytest.raises(UsageError, match="cannot be stored"):
        sl.run(hooked, replications=1, store=tmp_path)


def test_hooks_of_no_module_do_not_run_elsewhere() -> None:
    hooked = sl.from_values(written()).with_hooks(rank=lambda ticket, team, desk: 0.0)
    with pytest.raises(UsageError, match="functions of an importable module"):
        sl.run(hooked, replications=2, jobs=2)
