"""Parallel branches, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.model.checks import check_model
from simlab.model.codes import Outcome
from simlab.model.compile import compile_model
from tests.desks import Spell, ran_well, run, scenario_of
from tests.unit.engines.three_teams import closed, process
from tests.unit.engines.week import at

MINUTES = {"a": 10, "b": 20, "c": 40}


def forked(
    join: object = "all",
    others: str = "stop",
    steps: dict[str, Any] | None = None,
    **more: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """A ticket that goes to a (10 min), b (20 min) and c (40 min) at once, then has a wait of an hour."""
    branches = {name: {"work": f"{minutes} min", "next": "join"} for name, minutes in MINUTES.items()}
    branches["after"] = {"wait": "1 h", "next": "resolved"}
    for name, changes in (steps or {}).items():
        branches[name] = {**branches.get(name, {}), **changes}
    fork = {"branches": ["a", "b", "c"], "join": join, "others": others}
    return process({"p": {"parallel": fork, "next": "after"}, **branches}, "p", **more)


@pytest.mark.parametrize(("join", "joined"), [("all", 40), (3, 40), (2, 20), ("any", 10), (1, 10)])
def test_the_ticket_goes_on_when_enough_branches_have_joined(join: object, joined: int) -> None:
    ran = ran_well(forked(join))
    assert ran.visits("after")[0].arrived == at("mon 10:00") + joined
    assert closed(ran) == [at("mon 11:00") + joined]
    # the others are stopped in that instant, with what was worked on them until then
    assert [v.touch for v in ran.visits() if v.step in MINUTES] == [min(m, joined) for m in MINUTES.values()]
    assert ran.ticket(0)["touch_min"] == sum(min(m, joined) for m in MINUTES.values())


def test_other_branches_may_finish_unheeded() -> None:
    ran = ran_well(forked("any", "finish"))
    assert ran.visits("after")[0].arrived == at("mon 10:10")
    assert [v.ended for v in ran.visits() if v.step in MINUTES] == [at(f"mon 10:{m}") for m in (10, 20, 40)]
    assert ran.ticket(0)["touch_min"] == 70.0
    assert ran.ticket(0)["closed"] == at("mon 11:10")


def test_an_unheeded_branch_may_outlast_the_run() -> None:
    ran = ran_well(forked("any", "finish", {"c": {"work": "5 weeks"}}))
    assert ran.ticket(0)["closed"] == at("mon 11:10")
    assert np.isnan(ran.visits("c")[0].ended)


def test_an_unheeded_branch_that_was_handed_over_may_outlast_the_run() -> None:
    written = forked("any", "finish", {"c": {"work": "5 weeks"}})
    written["staffing"]["c"] = {"people": 1, "hours": {"daily": "08:00-16:00"}, "at_shift_end": "hand_over"}
    assert len(ran_well(written).spells()) > 3


def test_branches_hop_nowhere() -> None:
    ticket = ran_well(forked()).ticket(0)
    assert (ticket["hops"], ticket["ping_pongs"], ticket["work_visits"]) == (0, 0, 3)


def test_stopped_work_frees_its_person_at_once() -> None:
    written = forked("any", moments=("mon 10:00", "mon 10:01"))
    written["staffing"]["c"] = {"people": 1}
    spells = [s for s in ran_well(written).spells() if s.started >= at("mon 10:10")]
    # the second ticket waits for c, until the first one is stopped there; then is stopped itself
    assert spells == [Spell("1", 1, at("mon 10:10"), at("mon 10:11"), 0.0)]


def test_a_stopped_visit_that_queues_leaves_the_queue_and_is_not_taken_up() -> None:
    written = forked("any", steps={"b": {"team": "c"}})
    written["staffing"]["c"] = {"people": 1}
    ran = ran_well(written)
    # b has the only person of c, and c waits behind it; both stop at 10:10
    assert [(s.person, s.ended) for s in ran.spells()] == [("1", at("mon 10:10"))] * 2
    assert ran.visits("c")[0].touch == 0.0


def test_a_branch_of_several_steps() -> None:
    ran = ran_well(forked(steps={"a": {"next": "more"}, "more": {"wait": "50 min", "next": "join"}}))
    assert ran.visits("after")[0].arrived == at("mon 11:00")


def test_a_stopped_wait_ends_at_once() -> None:
    ran = ran_well(forked(2, steps={"a": {"next": "more"}, "more": {"wait": "2 days", "next": "join"}}))
    assert ran.visits("more")[0].ended == at("mon 10:40")
    assert ran.ticket(0)["delay_min"] == 30.0 + 60.0


def test_branches_within_a_branch() -> None:
    inner = {"branches": ["b", "c"], "join": "any"}
    written = process(
        {
            "p": {"parallel": {"branches": ["a", "q"]}, "next": "resolved"},
            "a": {"work": "50 min", "next": "join"},
            "q": {"parallel": inner, "next": "w"},
            "w": {"wait": "10 min", "next": "join"},
            "b": {"work": "20 min", "next": "join"},
            "c": {"work": "30 min", "next": "join"},
        },
        "p",
    )
    ran = ran_well(written)
    assert ran.visits("w")[0].arrived == at("mon 10:20")
    assert ran.visits("c")[0].touch == 20.0
    assert closed(ran) == [at("mon 10:50")]
    # the outer branches stop the inner ones with everything in them
    written["routing"]["steps"]["p"]["parallel"]["join"] = "any"
    written["routing"]["steps"]["a"]["work"] = "15 min"
    ran = ran_well(written)
    assert closed(ran) == [at("mon 10:15")]
    assert {v.touch for v in ran.visits()} == {15.0}


def test_a_branch_that_ends_the_ticket_stops_the_others() -> None:
    ran = ran_well(forked(steps={"b": {"next": "cancelled"}}))
    assert closed(ran) == [at("mon 10:20")]
    assert ran.ticket(0)["outcome"] == Outcome.CANCELLED
    assert ran.visits("c")[0].touch == 20.0
    assert [s.ended for s in ran.spells()] == [at("mon 10:10"), at("mon 10:20"), at("mon 10:20")]


@pytest.mark.parametrize("others", ["stop", "finish"])
def test_a_branch_that_ends_the_ticket_before_the_others_have_begun(others: str) -> None:
    ran = ran_well(forked(others=others, steps={"a": {"divert": [{"to": "resolved"}]}}))
    assert closed(ran) == [at("mon 10:00")]
    assert ran.visits() == []


def test_an_unheeded_branch_does_not_end_the_ticket_again() -> None:
    ran = ran_well(forked("any", "finish", {"c": {"next": "cancelled"}}))
    assert ran.ticket(0)["outcome"] == Outcome.RESOLVED
    assert (ran.logs.totals.created, ran.logs.totals.in_system) == (1, 0)


def test_a_reopened_ticket_goes_through_its_branches_again() -> None:
    reopen = {"share": "100 %", "at_most": 1, "after": "1 h", "to": "p"}
    ran = ran_well(forked(steps={"resolved": {"end": "resolved", "reopen": reopen}}))
    assert len(ran.visits("c")) == 2
    assert closed(ran) == [at("mon 14:20")]  # twice 40 min and an hour, with an hour between


@pytest.mark.parametrize(("others", "due"), [("stop", "mon 14:10"), ("finish", "mon 14:10")])
def test_a_wait_that_is_no_longer_heeded_does_not_stop_the_clock(others: str, due: str) -> None:
    asks = {"wait": "1 day", "pauses": ["resolve"], "next": "join"}
    written = forked("any", others, {"ask": asks})
    written["routing"]["steps"]["p"]["parallel"]["branches"] = ["a", "ask"]
    written["targets"] = [{"resolve": "4 h"}]
    ticket = ran_well(written).ticket(0)
    assert (ticket["closed"], ticket["resolve_due"]) == (at("mon 11:10"), at(due))


def test_rules_after_the_join_ask_for_the_step_before_the_branches() -> None:
    rules = [{"when": {"came_from": "first"}, "to": "after"}, {"to": "cancelled"}]
    written = forked(steps={"first": {"wait": "0", "next": "p"}})
    written["routing"]["steps"]["p"]["next"] = rules
    written["routing"]["start"] = "first"
    assert ran_well(written).ticket(0)["outcome"] == Outcome.RESOLVED


@pytest.mark.parametrize("name", ["a", "after"])
def test_branches_and_what_follows_them_come_from_the_parallel_step(name: str) -> None:
    rules = [{"when": {"came_from": "p"}, "to": "join" if name == "a" else "resolved"}, {"to": "cancelled"}]
    assert ran_well(forked(steps={name: {"next": rules}})).ticket(0)["outcome"] == Outcome.RESOLVED


def test_branches_hand_nothing_on() -> None:
    written = forked(steps={"after": {"work": "5 min", "team": "a", "next": "resolved"}})
    del written["routing"]["steps"]["after"]["wait"]
    written["routing"]["handoffs"] = [{"delay": "30 min", "reread": "7 min"}]
    ran = ran_well(written)
    # c, the last to join, hands the ticket on to a
    assert [v.touch for v in ran.visits() if v.step in MINUTES] == [10.0, 20.0, 40.0]
    assert closed(ran) == [at("mon 10:40") + 30.0 + 12.0]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"after": {"next": "join"}}, "outside of parallel branches"),
        ({"a": {"next": "loop"}, "loop": {"wait": "1 h", "next": "loop"}}, "never leave"),
        ({"a": {"next": "p"}}, "within its own branches"),
    ],
)
def test_branches_that_cannot_end_well_are_refused(steps: dict[str, Any], message: str) -> None:
    scenario = scenario_of(forked(steps=steps))
    found = check_model(scenario, compile_model(scenario)).mistakes
    assert any(message in str(problem) for problem in found), found


def test_join_is_no_step_where_there_are_no_branches() -> None:
    with pytest.raises(InvalidInput, match="join"):
        run(process({"a": {"next": "join"}}))


def test_more_branches_than_there_are_cannot_join() -> None:
    with pytest.raises(InvalidInput, match="only 3 branches"):
        run(forked(4))
