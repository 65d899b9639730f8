"""Limits on work in progress, computed by hand."""

from __future__ import annotations

from typing import Any

from tests.desks import ran_well
from tests.unit.engines.three_teams import closed, process, with_priorities
from tests.unit.engines.week import at


def limited(
    limit: dict[str, Any], steps: dict[str, Any] | None = None, *moments: str, **more: object
) -> dict[str, Any]:
    written = process(steps or {}, moments=moments or ("mon 10:00",), **more)
    written["routing"]["limits"] = {"few": {"steps": ["a"], **limit}}
    return written


def test_others_wait_in_front_although_people_are_idle() -> None:
    ran = ran_well(limited({"at_most": 2}, None, "mon 10:00", "mon 10:02", "mon 10:04", "mon 10:05"))
    assert closed(ran) == [at(f"mon {t}") for t in ("10:10", "10:12", "10:20", "10:22")]
    assert [v.arrived for v in ran.visits("~limit few")] == [at("mon 10:04"), at("mon 10:05")]
    assert ran.ticket(2)["queue_min"] == 6.0


def test_the_most_urgent_is_admitted_first() -> None:
    written = with_priorities(limited({"at_most": 1}), P1=["mon 10:02"], P2=["mon 10:00"], P3=["mon 10:01"])
    assert closed(ran_well(written)) == [at("mon 10:10"), at("mon 10:30"), at("mon 10:20")]


def test_the_first_is_admitted_first_where_the_queue_is_fifo() -> None:
    written = limited({"at_most": 1, "queue": "fifo"})
    written = with_priorities(written, P1=["mon 10:02"], P2=["mon 10:00"], P3=["mon 10:01"])
    assert closed(ran_well(written)) == [at("mon 10:10"), at("mon 10:20"), at("mon 10:30")]


def test_a_ticket_keeps_its_place_from_step_to_step() -> None:
    steps = {"a": {"next": "d"}, "d": {"decide": "b"}, "b": {"next": "c"}}
    ran = ran_well(limited({"at_most": 1, "steps": ["a", "b"]}, steps, "mon 10:00", "mon 10:00"))
    # the permit is given back when c is reached
    assert closed(ran) == [at("mon 10:30"), at("mon 10:50")]
    assert [v.arrived for v in ran.visits("a")] == [at("mon 10:00"), at("mon 10:20")]


def test_a_permit_is_given_back_while_the_ticket_is_elsewhere() -> None:
    steps: dict[str, Any] = {"a": {"next": [{"when": {"visits": 1}, "to": "w"}, {"to": "resolved"}]}}
    steps["w"] = {"wait": "15 min", "next": "a"}
    ran = ran_well(limited({"at_most": 1}, steps, "mon 10:00", "mon 10:05"))
    # 0: 10:00-10:10, away until 10:25; 1: 10:10-10:20, away until 10:35
    assert [(v.ticket, v.arrived) for v in ran.visits("a")] == [
        (0, at("mon 10:00")),
        (1, at("mon 10:10")),
        (0, at("mon 10:25")),
        (1, at("mon 10:35")),
    ]


def test_from_one_limit_to_the_next() -> None:
    written = limited({"at_most": 2}, {"a": {"next": "b"}, "b": {"work": "30 min"}}, *["mon 10:00"] * 3)
    written["routing"]["limits"]["one"] = {"at_most": 1, "steps": ["b"]}
    ran = ran_well(written)
    # who waits for b has left a, so that its place there is free
    assert [v.arrived for v in ran.visits("a")] == [at("mon 10:00"), at("mon 10:00"), at("mon 10:10")]
    assert closed(ran) == [at("mon 10:40"), at("mon 11:10"), at("mon 11:40")]


def test_a_permit_is_held_while_the_ticket_queues_and_is_given_back_when_it_gives_up() -> None:
    step = {"work": "1 h", "patience": {"time": "20 min"}}
    written = limited({"at_most": 2}, {"a": step}, "mon 10:00", "mon 10:01", "mon 10:02")
    written["staffing"]["a"] = {"people": 1}
    ran = ran_well(written)
    assert closed(ran) == [at("mon 11:00"), at("mon 10:21"), at("mon 10:41")]


def test_a_closed_loop_keeps_the_number_that_is_allowed() -> None:
    written = limited({"at_most": 2})
    population = {"size": 3, "away": "0", "start_with": "ticket"}
    written["demand"]["tickets"]["arrivals"] = {"population": population, "limit": 30}
    ran = ran_well(written)
    # two of three are served at any time: 30 tickets of 10 min take 150 min
    assert max(closed(ran)) == 150.0
    assert set(ran.logs.tickets.queue_min[3:27].tolist()) == {0.0, 10.0}


def test_a_permit_is_held_through_parallel_branches() -> None:
    steps = {
        "p": {"parallel": {"branches": ["a", "b"]}, "next": "resolved"},
        "a": {"next": "join"},
        "b": {"work": "30 min", "next": "join"},
    }
    ran = ran_well(limited({"at_most": 1, "steps": ["p"]}, steps, "mon 10:00", "mon 10:00", start="p"))
    assert closed(ran) == [at("mon 10:30"), at("mon 11:00")]
