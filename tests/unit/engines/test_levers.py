"""Levers that finished work moves: steps, lags, decay, cost, and what they change, computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.load import LoadedScenario, from_node
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import Run, broken
from tests.mechanisms import mechanisms
from tests.strategies import shares, times
from tests.unit.engines.three_teams import process
from tests.unit.engines.week import at, timetable

HOURLY = tuple(f"mon {hour:02}:00" for hour in range(10, 20))
IMPROVEMENTS = ("mon 12:20", "mon 14:20", "mon 16:20")


def improved(
    improve: Mapping[str, Any] | None,
    improvements: tuple[str, ...] = IMPROVEMENTS,
    **more: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Tickets of 10 min at ``a``, of which a lever takes off up to 80 %; improvement tickets at ``c``."""
    written = process({}, moments=HOURLY, **more)
    written["demand"]["improvements"] = {"arrivals": timetable(improvements), "start": "c"}
    written["levers"] = {"standards": {"level": 0, "effects": {"routing.steps.a.work.mean": "-80 %"}}}
    if improve is not None:
        written["levers"]["standards"]["improve"] = {"at": "c", **improve}
    return written


def loaded(written: Mapping[str, Any]) -> LoadedScenario:
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    return from_node(node, ".")


def ran_well(written: Mapping[str, Any], seed: int = 1) -> Run:
    model = loaded(written).model
    ran = Run(model, SimpyEngine().run(model, seed, 0))
    assert broken(ran.model, ran.logs) == []
    return ran


def spent(ran: Run, step: str = "a") -> list[float]:
    return [round(v.ended - v.started, 9) for v in ran.visits(step)]


def moves(ran: Run) -> list[tuple[float, float]]:
    states = ran.logs.states
    return list(zip(states.at.tolist(), states.value.tolist(), strict=True))


def test_each_improvement_moves_the_lever_one_step_up_to_its_most() -> None:
    ran = ran_well(improved({"by": 0.25, "up_to": 0.5}))
    assert moves(ran) == [(at("mon 12:30"), 0.25), (at("mon 14:30"), 0.5)]
    assert ran.model.names.states == ("levers.standards",)
    # 10, 11, 12 h as it was; 13, 14 h at a quarter; from 15 h on at half.
    assert spent(ran) == [10.0] * 3 + [8.0] * 2 + [6.0] * 5


def test_the_mean_level_is_that_over_time() -> None:
    written = improved({"by": 0.25, "up_to": 0.5})
    written["time"] = {"length": "20 h", "start": "2026-01-05", "warm_up": "10 h"}
    ran = ran_well(written)
    # 10:00 to 12:30 nothing, to 14:30 a quarter, to 20:00 half.
    expected = (2.0 * 0.25 + 5.5 * 0.5) / 10.0
    assert summarise(ran.model, ran.logs).of("lever_level[lever=standards]") == pytest.approx(expected)


def test_the_last_step_ends_at_the_most() -> None:
    assert [level for _, level in moves(ran_well(improved({"by": 0.4, "up_to": 0.5})))] == [0.4, 0.5]


def test_the_lever_moves_after_the_lag() -> None:
    ran = ran_well(improved({"by": 0.5, "after": "2 h"}, IMPROVEMENTS[:1]))
    assert moves(ran) == [(at("mon 14:30"), 0.5)]
    assert spent(ran) == [10.0] * 5 + [6.0] * 5


def test_work_that_is_under_way_keeps_its_time() -> None:
    written = improved({"by": 1}, ("mon 12:00",))
    written["routing"]["steps"]["a"]["work"] = "30 min"
    ran = ran_well(written)
    assert spent(ran)[:4] == [30.0, 30.0, 30.0, 6.0]


def test_without_upkeep_the_lever_falls_step_by_step() -> None:
    ran = ran_well(improved({"by": 0.25, "decay": "3 h"}, ("mon 12:20", "mon 13:20")))
    assert moves(ran) == [
        (at("mon 12:30"), 0.25),
        (at("mon 13:30"), 0.5),
        (at("mon 16:30"), 0.25),
        (at("mon 19:30"), 0.0),
    ]


def test_upkeep_at_the_most_keeps_the_lever_up() -> None:
    often = ("mon 12:20", "mon 14:20", "mon 16:20", "mon 18:20")
    ran = ran_well(improved({"by": 0.5, "up_to": 0.5, "decay": "3 h"}, often))
    assert moves(ran) == [(at("mon 12:30"), 0.5), (at("mon 21:30"), 0.0)]


def test_only_a_share_of_the_tickets_moves_the_lever() -> None:
    moments = tuple(f"mon {hour:02}:{minute:02}" for hour in range(20) for minute in range(0, 60, 20))
    written = improved({"by": 0.02, "share": "30 %"}, moments)
    assert 6 <= len(moves(ran_well(written))) <= 32


def test_two_levers_compose() -> None:
    written = improved({"by": 0.5, "up_to": 0.5}, ("mon 12:20",))
    written["levers"]["training"] = {
        "level": 0,
        "effects": {"routing.steps.a.work": "-50 %"},
        "improve": {"at": "b", "by": 1},
    }
    written["demand"]["courses"] = {"arrivals": timetable(("mon 14:20",)), "start": "b"}
    # 10 min, then 6 at half of -80 %, then half of that.
    assert spent(ran_well(written)) == [10.0] * 3 + [6.0] * 2 + [3.0] * 5


@pytest.mark.parametrize("seed", [1, 2])
def test_a_lever_moved_by_work_is_a_lever_moved_by_the_roadmap(seed: int) -> None:
    """Rules, times, shares and targets change as they do when the levels change at these instants."""
    effects = {
        "routing.steps.a.work.cv": "-60 %",
        "routing.steps.*.work.mean": "-30 %",
        "routing.steps.a.next.b": "-100 %",
        "targets.P3.resolve": "-50 %",
        "routing.steps.b.misroute.share": "-70 %",
    }
    written = improved({"by": 0.5}, ("mon 10:00", "wed 10:00"))
    written["levers"]["standards"]["effects"] = effects
    written["demand"]["tickets"]["arrivals"] = {"rate": "4/hour"}
    steps = written["routing"]["steps"]
    steps["a"] |= {
        "work": {"lognormal": {"mean": "10 min", "cv": 1}},
        "next": {"b": "40 %", "resolved": "60 %"},
    }
    steps["b"] |= {
        "work": {"exponential": "9 min"},
        "misroute": {"share": "30 %", "to": "a", "look": "2 min"},
    }
    steps["c"] = {"wait": "10 min", "next": "resolved"}
    written["targets"] = {"P3": {"resolve": "30 min"}}
    written["staffing"] = {"a": {"people": 1}, "b": {"people": 1}}
    by_work = ran_well(written, seed)
    del written["levers"]["standards"]["improve"]
    written["roadmap"] = [
        {"at": "2026-01-05 10:10", "set": {"levers.standards.level": 0.5}},
        {"at": "2026-01-07 10:10", "set": {"levers.standards.level": 1}},
    ]
    by_date = ran_well(written, seed)
    assert len(moves(by_work)) == 2
    for name in ("tickets", "visits", "work"):
        one, other = getattr(by_work.logs, name), getattr(by_date.logs, name)
        for column in one.columns():
            same = getattr(one, column.name), getattr(other, column.name)
            assert np.array_equal(*same, equal_nan=column.dtype is np.float64), (name, column.name)


def test_where_nothing_is_improved_the_run_is_that_without_improvement() -> None:
    """No feedback is the open loop, to the last bit."""
    written = improved({"by": 0.1}, ())
    written["demand"]["improvements"] = {"arrivals": {"spawned": True}, "start": "c"}
    written["routing"]["steps"]["a"]["work"] = {"exponential": "10 min"}
    closed = ran_well(written)
    del written["levers"]["standards"]["improve"]
    plain = ran_well(written)
    for column in closed.logs.visits.columns():
        same = getattr(closed.logs.visits, column.name), getattr(plain.logs.visits, column.name)
        assert np.array_equal(*same, equal_nan=column.dtype is np.float64)


def test_running_cost_follows_the_level() -> None:
    improve = {"by": 0.5, "up_to": 0.5}
    written = improved(improve, ("mon 10:00",))
    written["levers"]["standards"]["cost"] = {"monthly": "1000 EUR/month", "one_off": "400 EUR"}
    written["time"] = {"length": "4 weeks", "start": "2026-01-05"}
    ran = ran_well(written)
    figures = summarise(ran.model, ran.logs)
    after = 1.0 - at("mon 10:10") / (4 * 7 * 1440.0)
    weekly = 1000.0 * 7 * 1440.0 / (365.25 * 1440.0 / 12)
    assert figures.of("cost_levers_per_week") == pytest.approx(0.5 * after * weekly)
    assert figures.of("cost_one_off") == 200.0


def test_a_roadmap_and_improvement_work_together() -> None:
    written = improved({"by": 0.5, "up_to": 0.5}, ("mon 12:20",))
    written["roadmap"] = [{"at": "2026-01-05 14:30", "set": {"routing.steps.a.work": "20 min"}}]
    assert spent(ran_well(written)) == [10.0] * 3 + [6.0] * 2 + [12.0] * 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"effects": {"demand.tickets.arrivals.rate": "-50 %"}},
            "cannot change arrivals of stream 'tickets'",
        ),
        ({"effects": {"staffing.a.absence": "-50 %"}}, "cannot change people, their hours and cost"),
        ({"improve": {"at": "nowhere", "by": 0.1}}, "there is no step of this name"),
        ({"improve": {"at": "resolved", "by": 0.1}}, "only the end of a step with work or a wait"),
        ({"improve": {"at": "c", "by": 0.1, "up_to": 0}}, "improvement moves a lever up"),
        ({"improve": {"at": "c", "by": 0.001}}, "at most 100 combinations"),
    ],
)
def test_what_cannot_be_done_is_refused(change: dict[str, Any], message: str) -> None:
    written = improved({"by": 0.5})
    written["demand"]["tickets"]["arrivals"] = {"rate": "4/hour"}
    written["staffing"]["a"]["absence"] = "10 %"
    written["levers"]["standards"] |= change
    with pytest.raises(InvalidInput, match=message):
        loaded(written)


def test_a_roadmap_cannot_move_a_lever_that_improvement_moves() -> None:
    written = improved({"by": 0.5})
    written["roadmap"] = [{"at": "2026-01-06", "set": {"levers.standards.level": 0.2}}]
    with pytest.raises(InvalidInput, match="a roadmap cannot change what moves levers"):
        loaded(written)


def test_mistakes_that_only_hold_on_a_higher_rung_say_so() -> None:
    written = improved({"by": 1})
    written["levers"]["standards"]["effects"] = {"routing.steps.a.work.lognormal.p90": "-50 %"}
    written["routing"]["steps"]["a"]["work"] = {"lognormal": {"median": "10 min", "p90": "12 min"}}
    with pytest.raises(InvalidInput, match="with standards after 1 improvement: "):
        loaded(written)


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)
@given(mechanisms(), st.data())
def test_whatever_the_scenario_what_must_hold_holds_while_levers_move(
    written: dict[str, Any], draws: st.DataObject
) -> None:
    improve = {
        "at": ["first", "last"],
        "by": 0.5,
        "share": draws.draw(shares()),
        "after": draws.draw(times(0, 600)),
        "decay": "5 h",
    }
    effects = {"routing.steps.*.work.mean": "-70 %"}
    cost = {"monthly": "100 EUR/month"}
    lever: dict[str, Any] = {"level": 0, "effects": effects, "cost": cost}
    try:
        loaded({**written, "levers": {"standards": {**lever, "level": 1}}})
    except InvalidInput:  # what the checks of a loaded scenario refuse with and without improvement
        reject()
    ran_well({**written, "levers": {"standards": {**lever, "improve": improve}}})
