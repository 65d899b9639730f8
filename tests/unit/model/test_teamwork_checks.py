from __future__ import annotations

from typing import Any

import pytest

from simlab.model.checks import check_model
from simlab.model.compile import compile_model
from simlab.model.findings import Findings
from simlab.model.traffic import estimate_traffic, weekly_work
from tests.desks import model_of, scenario_of
from tests.unit.engines.three_teams import process


def found(written: dict[str, Any]) -> Findings:
    scenario = scenario_of(written)
    return check_model(scenario, compile_model(scenario))


def swarming(swarm: dict[str, Any], **teams: dict[str, Any]) -> dict[str, Any]:
    written = process({"a": {"swarm": swarm}})
    written["staffing"] |= teams
    return written


def test_a_skill_that_nobody_in_the_team_has_is_refused_with_team_and_steps() -> None:
    written = process({"a": {"skill": "lan", "next": "b"}, "b": {"skill": "lan"}})
    written["staffing"]["b"]["skills"] = ["lan"]
    (mistake,) = found(written).mistakes
    assert mistake.path == "routing.steps.a.skill"
    assert "nobody who serves the queue of a has the skill lan, which is needed at a" in mistake.message
    written["staffing"]["b"]["also_serves"] = ["a"]
    assert found(written).mistakes == []


def test_a_skill_of_a_condition_is_looked_for_too() -> None:
    written = process({"a": {"skill": [{"skill": "lan", "when": {"hops": 0}}]}})
    written["staffing"]["b"]["skills"] = ["lan"]
    (mistake,) = found(written).mistakes
    assert "the skill lan" in mistake.message


@pytest.mark.parametrize(
    ("swarm", "team"),
    [
        ({"people": 3}, {"people": 2}),
        ({"people": 2, "with": {"b": 1}}, {"people": 1}),
        ({"people": 2}, {"people": 2, "at_once": 2}),
    ],
)
def test_a_swarm_with_too_few_people_is_refused(swarm: dict[str, Any], team: dict[str, Any]) -> None:
    (mistake,) = found(swarming(swarm, a=team)).mistakes
    assert mistake.path == "routing.steps.a.swarm"
    assert "people at once, and there are not so many" in mistake.message


def test_a_swarm_whose_people_never_meet_is_refused() -> None:
    early, late = ({"people": 2, "hours": {"daily": hours}} for hours in ("08:00-12:00", "12:00-16:00"))
    (mistake,) = found(swarming({"with": {"b": 1}}, a=early, b=late)).mistakes
    assert "are never on duty at the same time: 1 of a, 1 of b" in mistake.message
    assert (
        found(swarming({"with": {"b": 1}}, a=early, b={**late, "hours": {"daily": "11:59-16:00"}})).mistakes
        == []
    )


def test_a_team_that_is_needed_in_a_swarm_only_is_needed() -> None:
    written = swarming({"with": {"b": 1}})
    assert not any("ever needs the team b" in w.message for w in found(written).warnings)
    assert any("ever needs the team c" in w.message for w in found(written).warnings)


def test_preferred_skills_over_queues_that_rank_differently_are_refused() -> None:
    written = process({"a": {"skill": "lan"}})
    written["staffing"]["a"] |= {"skills": ["lan"], "also_serves": ["b"], "serves_first": "preferred_skill"}
    written["staffing"]["b"]["queue"] = "lifo"
    (mistake,) = found(written).mistakes
    assert "the same 'queue'" in mistake.message


class TestLoad:
    def test_each_team_of_a_swarm_is_loaded_by_its_people(self) -> None:
        written = swarming({"people": 2, "with": {"b": 3}, "if_free": {"c": 1}})
        written["demand"] = {"x": {"arrivals": {"rate": "3/hour"}}}
        loads = [team.load for team in estimate_traffic(model_of(written)).teams]
        # 3 an hour of 10 min are half a person
        assert loads == pytest.approx([1.0, 1.5, 0.0], rel=1e-6)
        work = weekly_work(model_of(written))
        assert work.minutes.tolist() == pytest.approx([10.0, 10.0, 0.0])
        assert work.visits.sum(axis=1).tolist() == pytest.approx([2 * 3 * 168, 3 * 3 * 168, 0], rel=0.02)

    def test_people_with_several_tickets_do_more_work(self) -> None:
        written = process({})
        written["staffing"]["a"] = {
            "people": 2,
            "at_once": {"tickets": 3, "speed": {"2": "80 %", "3": "50 %"}},
        }
        # two at 80 % are best: 1.6 times the work of one
        assert estimate_traffic(model_of(written)).teams[0].on_duty == pytest.approx(3.2)
