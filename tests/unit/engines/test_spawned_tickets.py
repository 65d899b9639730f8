"""Tickets that give rise to others, computed by hand."""

from __future__ import annotations

from typing import Any

import pytest

from simlab.errors import InvalidInput
from tests.desks import ran_well, run
from tests.unit.engines.three_teams import closed, process
from tests.unit.engines.week import at


def spawning(*spawns: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tickets of 10 min at ``a`` whose end gives rise to others: changes of 10 min at ``b``."""
    written = process({"a": {"spawns": list(spawns)}}, **more)
    written["demand"]["changes"] = {"arrivals": {"spawned": True}, "start": "b"}
    return written


def test_a_ticket_gives_rise_to_another_when_its_work_is_done() -> None:
    ran = ran_well(spawning({"stream": "changes"}))
    assert ran.logs.tickets.created.tolist() == [at("mon 10:00"), at("mon 10:10")]
    assert closed(ran) == [at("mon 10:10"), at("mon 10:20")]
    assert [ran.model.names.streams[code] for code in ran.logs.tickets.stream] == ["tickets", "changes"]


def test_the_other_may_come_later() -> None:
    assert ran_well(spawning({"stream": "changes", "after": "3 h"})).ticket(1)["created"] == at("mon 13:10")


def test_a_ticket_can_wait_until_the_others_are_closed() -> None:
    ran = ran_well(
        spawning(
            {"stream": "changes", "after": "1 h", "wait": True},
            {"stream": "changes", "after": "2 h", "wait": True},
            {"stream": "changes", "after": "3 h"},
        )
    )
    assert closed(ran) == [at("mon 12:20"), at("mon 11:20"), at("mon 12:20"), at("mon 13:20")]
    assert ran.ticket(0)["delay_min"] == 130.0
    assert [(v.step, v.ended) for v in ran.visits() if v.ticket == 0] == [
        ("a", at("mon 10:10")),
        ("a~awaits", at("mon 12:20")),
    ]


def test_share_and_condition_decide() -> None:
    moments = tuple(f"mon {hour:02}:00" for hour in range(20))
    written = spawning(
        {"stream": "changes", "share": "0 %"},
        {"stream": "changes", "when": {"visits": 2}},
        {"stream": "changes", "when": {"visits": 1}, "share": "50 %"},
        moments=moments,
    )
    spawned = len(ran_well(written).logs.tickets) - 20
    assert 4 <= spawned <= 16


def test_a_draining_run_waits_for_tickets_that_are_bound_to_come() -> None:
    written = spawning(
        {"stream": "changes", "after": "1 day"}, moments=("sun+3 23:30",), time={"then": "drain"}
    )
    assert closed(ran_well(written)) == [at("sun+3 23:40"), at("mon+4 23:50")]


def test_who_leaves_the_queue_gives_rise_to_nothing() -> None:
    written = spawning({"stream": "changes"}, moments=("mon 10:00", "mon 10:00"))
    written["routing"]["steps"]["a"]["patience"] = {"time": "5 min"}
    written["staffing"]["a"] = {"people": 1}
    assert len(ran_well(written).logs.tickets) == 3


def test_rules_ask_after_the_wait_as_they_would_before() -> None:
    rules = [{"when": {"visits": 1}, "to": "a"}, {"when": {"came_from": "a"}, "to": "c"}, {"to": "resolved"}]
    written = spawning({"stream": "changes", "wait": True})
    written["routing"]["steps"]["a"]["next"] = rules
    ran = ran_well(written)
    assert [v.step for v in ran.visits() if v.ticket == 0] == ["a", "a~awaits", "a", "a~awaits", "c"]


def test_a_wait_within_a_branch_is_stopped_with_it() -> None:
    written = spawning({"stream": "changes", "after": "1 day", "wait": True})
    steps = written["routing"]["steps"]
    steps["a"]["next"] = steps["c"]["next"] = "join"
    steps["c"]["work"] = "30 min"
    steps["p"] = {"parallel": {"branches": ["a", "c"], "join": "any"}, "next": "resolved"}
    written["demand"]["tickets"]["start"] = "p"
    ran = ran_well(written)
    assert closed(ran) == [at("mon 10:30"), at("tue 10:20")]


def test_members_of_a_population_cannot_be_spawned() -> None:
    written = spawning({"stream": "changes"})
    written["demand"]["changes"]["arrivals"] = {"population": {"size": 2, "away": "1 h"}}
    with pytest.raises(InvalidInput, match="population"):
        run(written)
