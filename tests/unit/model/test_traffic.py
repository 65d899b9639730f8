from __future__ import annotations

import math
from typing import Any

import pytest

from simlab.model.load import from_node
from simlab.model.tables import Model
from simlab.model.traffic import estimate_traffic, expected_tickets, traffic_warnings
from simlab.scenario.nodes import MapNode, from_plain


def model_of(arrivals: dict[str, Any], people: int = 3, **changes: Any) -> Model:  # noqa: ANN401
    step = {"team": "desk", "work": {"exponential": "10 min"}, "next": {"fix": "20 %", "resolved": "80 %"}}
    plain = {
        "name": "Small",
        "time": {"length": "10 weeks"},
        "demand": {"calls": {"arrivals": arrivals}},
        "routing": {"start": "fix", "steps": {"fix": step}},
        "staffing": {"desk": {"people": people}},
    }
    node = from_plain({**plain, **changes}, "memory")
    assert isinstance(node, MapNode)
    return from_node(node, ".").model


def test_load_of_a_loop_is_that_of_theory() -> None:
    """Visits are geometric: 1 / 0.8 each, so 12 an hour of 10 min offer 2.5 Erlang."""
    traffic = estimate_traffic(model_of({"rate": "12/hour"}, people=3))
    (desk,) = traffic.teams
    assert traffic.tickets == pytest.approx(12 * 24 * 70)
    # The mean work of 4,000 tickets has a relative standard error of 1.7 % (cv of a geometric sum: 1.1).
    assert desk.load == pytest.approx(2.5, rel=5 * 0.018)
    assert desk.on_duty == pytest.approx(3.0)
    assert desk.rho == pytest.approx(desk.load / 3.0)
    assert desk.staff_needed == math.ceil(desk.load / 0.9)


def test_people_on_duty_count_with_their_hours_absence_and_speed() -> None:
    team = {"people": {"a": {"speed": 1.5}, "b": {"absence": "50 %"}}, "hours": {"mon-sun": "08:00-16:00"}}
    (desk,) = estimate_traffic(model_of({"rate": "1/hour"}, staffing={"desk": team})).teams
    assert desk.on_duty == pytest.approx((1.5 + 0.5) / 3.0)


def test_overload_is_warned_of_with_the_people_needed() -> None:
    assert traffic_warnings(model_of({"rate": "12/hour"}, people=4)) == ()
    (warning,) = traffic_warnings(model_of({"rate": "12/hour"}, people=2))
    assert "the team desk cannot keep up" in warning.message
    assert warning.path == "staffing.desk"
    assert "3 people in place of 2" in (warning.remedy or "")


def test_team_that_manages_alone_keeps_up_though_its_helpers_do_not() -> None:
    fix = {"team": "desk", "work": "10 min", "next": "repair"}
    steps = {"fix": fix, "repair": {"team": "others", "work": "30 min", "next": "resolved"}}
    model = model_of(
        {"rate": "12/hour"},
        routing={"start": "fix", "steps": steps},
        staffing={"desk": {"people": 3}, "others": {"people": 2, "also_serves": ["desk"]}},
    )
    desk, others = estimate_traffic(model).teams
    # 2 Erlang for 3 people; 6 Erlang for 2 people, who could not even do them without helping.
    assert desk.pooled_rho == pytest.approx(2.0 / 3.0)
    assert others.pooled_rho == pytest.approx(3.0)
    (warning,) = traffic_warnings(model)
    assert warning.path == "staffing.others"


def test_overloaded_team_with_helpers_is_judged_with_them() -> None:
    alone = {"desk": {"people": 2}, "others": {"people": 2}}
    helped = {"desk": {"people": 2}, "others": {"people": 2, "also_serves": ["desk"]}}
    assert len(traffic_warnings(model_of({"rate": "12/hour"}, staffing=alone))) == 1
    assert traffic_warnings(model_of({"rate": "12/hour"}, staffing=helped)) == ()


@pytest.mark.parametrize(
    ("arrivals", "tickets"),
    [
        ({"rate": "1000000000/hour"}, 1e9 * 24 * 70),
        ({"gaps": {"exponential": "30 min"}}, 2 * 24 * 70),
        ({"every": "1 h"}, 24 * 70),
        ({"rate": "10/hour", "batch": 3}, 3 * 10 * 24 * 70),
        ({"rate": "10/hour", "limit": 7}, 7),
    ],
)
def test_expected_tickets_follow_from_the_arrivals(arrivals: dict[str, Any], tickets: float) -> None:
    assert expected_tickets(model_of(arrivals)) == pytest.approx(tickets)


def test_expected_tickets_of_a_population_bound_those_of_its_cycle() -> None:
    """Without queues a cycle lasts 60 + 12.5 min."""
    tickets = expected_tickets(model_of({"population": {"size": 5, "away": "1 h"}}))
    assert tickets == pytest.approx(5 * (1 + 10 * 7 * 24 * 60 / 72.5), rel=0.05)


def test_limit_in_whole_tickets_bounds_the_tickets_expected() -> None:
    rate = {"rate": "12/hour"}
    assert expected_tickets(model_of({**rate, "limit": 500})) == pytest.approx(500)
    assert expected_tickets(model_of({**rate, "limit": 10**9})) == pytest.approx(12 * 24 * 70)


def test_tickets_that_give_rise_to_ever_more_are_warned_of() -> None:
    step = {"team": "desk", "work": "1 min", "next": "resolved", "spawns": [{"stream": "calls"}]}
    endless = model_of({"rate": "1/hour"}, routing={"start": "fix", "steps": {"fix": step}})
    assert math.isinf(estimate_traffic(endless).tickets)
    (warning,) = traffic_warnings(endless)
    assert "there are ever more" in warning.message
