"""Who takes what by skill and preference, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from tests.desks import Run, model_of, ran_well
from tests.unit.engines.three_teams import closed, process
from tests.unit.engines.week import at, timetable


def skilled(people: dict[str, Any], work: str = "10 min", **moments: list[str]) -> dict[str, Any]:
    """Team ``a`` with people; tickets of class ``voice`` or ``mail`` need that skill, ``plain`` ones none."""
    rules = [{"skill": name, "when": {"class": name}} for name in ("voice", "mail") if name in moments]
    written = process({"a": {"work": work, **({"skill": rules} if rules else {})}})
    written["demand"] = {
        name: {"arrivals": timetable(moments), "classes": {name: {"share": "100 %"}}}
        for name, moments in moments.items()
    }
    written["staffing"]["a"] = people if "people" in people or "shifts" in people else {"people": people}
    return written


def takers(ran: Run) -> list[str]:
    return [v.person for v in sorted(ran.visits("a"), key=lambda v: (v.started, v.ticket))]


def test_only_who_has_the_skill_takes_the_ticket() -> None:
    ran = ran_well(skilled({"ann": {}, "bob": {"skills": ["voice"]}}, voice=["mon 10:00", "mon 10:05"]))
    assert takers(ran) == ["bob", "bob"]
    assert closed(ran) == [at("mon 10:10"), at("mon 10:20")]


def test_who_lacks_the_skill_passes_over_to_the_next_in_the_queue() -> None:
    people: dict[str, Any] = {"ann": {}, "bob": {"skills": ["voice"]}}
    ran = ran_well(skilled(people, plain=["mon 10:00", "mon 10:02"], voice=["mon 10:00", "mon 10:01"]))
    starts = {(v.ticket, v.person): v.started for v in ran.visits("a")}
    # ann is free at 10:10 and takes the plain ticket of 10:02, though a call has waited since 10:01
    assert starts[3, "ann"] == at("mon 10:10")
    assert starts[2, "bob"] == at("mon 10:10")


def test_a_ticket_looks_for_those_who_prefer_its_skill_first() -> None:
    people = {"ann": {"skills": ["mail", "voice"]}, "bob": {"skills": ["voice", "mail"]}}
    ran = ran_well(skilled(people, voice=["mon 10:00", "mon 11:00"], mail=["mon 12:00", "mon 12:01"]))
    assert takers(ran) == ["bob", "bob", "ann", "bob"]


@pytest.mark.parametrize(("first", "next_one"), [("own_queue", "voice"), ("preferred_skill", "mail")])
def test_people_take_the_best_rank_or_their_preferred_skill(first: str, next_one: str) -> None:
    people = {"people": {"ann": {"skills": ["mail", "voice"]}}, "serves_first": first}
    ran = ran_well(skilled(people, plain=["mon 10:00"], voice=["mon 10:01"], mail=["mon 10:02"]))
    second = sorted(ran.visits("a"), key=lambda v: v.started)[1]
    assert second.ticket == {"voice": 1, "mail": 2}[next_one]


def test_a_skill_may_be_slower_than_another() -> None:
    people = {"ann": {"speed": 2, "skills": {"voice": 1, "mail": 0.5}}}
    ran = ran_well(skilled(people, voice=["mon 10:00"], mail=["mon 11:00"], plain=["mon 12:00"]))
    assert closed(ran) == [at("mon 10:05"), at("mon 11:10"), at("mon 12:05")]


def test_the_fastest_is_so_at_the_work_in_question() -> None:
    people = {
        "ann": {"speed": 1.2, "skills": {"voice": 0.5, "mail": 1}},
        "bob": {"skills": {"voice": 1, "mail": 1}},
    }
    team = {"people": people, "who": "fastest"}
    # both prefer voice to mail
    ran = ran_well(skilled(team, voice=["mon 10:00"], mail=["mon 11:00"]))
    assert takers(ran) == ["bob", "ann"]


def test_helpers_of_other_teams_take_what_they_have_the_skill_for() -> None:
    written = skilled({"ann": {}}, voice=["mon 10:00"], plain=["mon 10:00", "mon 10:00"])
    written["staffing"]["b"] = {"people": {"bob": {"skills": ["voice"]}}, "also_serves": ["a"]}
    ran = ran_well(written)
    assert takers(ran) == ["bob", "ann", "bob"]
    assert closed(ran) == [at("mon 10:10"), at("mon 10:10"), at("mon 10:20")]


def test_a_shift_and_a_team_give_their_people_skills() -> None:
    shifts = {
        "early": {"people": 1, "skills": ["voice"]},
        "late": {"people": {"bob": {}, "cid": {"skills": []}}},
    }
    written = skilled({"shifts": shifts, "skills": ["mail"]}, voice=["mon 10:00"], mail=["mon 10:00"])
    assert sorted(takers(ran_well(written))) == ["1", "bob"]


def test_a_skill_that_nobody_has_is_refused_with_the_steps() -> None:
    written = skilled({"ann": {"skills": ["voice"]}}, voice=["mon 10:00"])
    written["routing"]["steps"]["b"]["skill"] = "vioce"
    written["routing"]["steps"]["c"]["skill"] = "vioce"
    with pytest.raises(
        InvalidInput, match=r"(?s)nobody has the skill vioce, which is needed at b, c.*did you mean"
    ):
        model_of(written)


TWO_STREAMS = {
    name: {"arrivals": {"rate": "11/hour"}, "start": name, "classes": {name: {"share": "100 %"}}}
    for name in ("x", "y")
}


class TestPooledQueue:
    """With full cross-training and hand-offs that cost nothing, two queues are one."""

    def lives(self, staffing: dict[str, Any], **step: dict[str, Any]) -> list[tuple[float, float]]:
        steps = {
            name: {"work": {"exponential": "10 min"}, "next": "resolved", **step[name]} for name in ("x", "y")
        }
        written = process({}, "x", time={"length": "1 week"})
        written["demand"], written["staffing"] = TWO_STREAMS, staffing
        written["routing"] = {"start": "x", "steps": steps}
        log = ran_well(written).logs.tickets
        return list(zip(log.responded.tolist(), log.closed.tolist(), strict=True))

    @pytest.fixture
    def pooled(self) -> list[tuple[float, float]]:
        return self.lives({"all": {"people": 4}}, x={"team": "all"}, y={"team": "all"})

    def test_two_teams_that_serve_each_other_by_rank(self, pooled: list[tuple[float, float]]) -> None:
        staffing = {
            "a": {"people": 2, "also_serves": ["b"], "serves_first": "best_rank"},
            "b": {"people": 2, "also_serves": ["a"], "serves_first": "best_rank"},
        }
        lives = self.lives(staffing, x={"team": "a"}, y={"team": "b"})
        assert np.array_equal(lives, pooled, equal_nan=True)

    def test_one_team_with_all_skills(self, pooled: list[tuple[float, float]]) -> None:
        staffing = {"all": {"people": 4, "skills": ["one", "two"]}}
        lives = self.lives(staffing, x={"team": "all", "skill": "one"}, y={"team": "all", "skill": "two"})
        assert np.array_equal(lives, pooled, equal_nan=True)

    def test_specialists_are_not_the_pool(self, pooled: list[tuple[float, float]]) -> None:
        shifts = {"p": {"people": 2, "skills": ["one"]}, "q": {"people": 2, "skills": ["two"]}}
        lives = self.lives(
            {"all": {"shifts": shifts}}, x={"team": "all", "skill": "one"}, y={"team": "all", "skill": "two"}
        )
        assert np.nanmean(np.diff(lives)) > 0.0
        waits = np.array(lives)[:, 0] - np.array(pooled)[:, 0]
        assert np.nanmean(waits) > 1.0
