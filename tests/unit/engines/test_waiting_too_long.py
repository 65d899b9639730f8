"""Patience, escalation and diversion, computed by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from simlab.engines.logs import RunLogs
from simlab.model.codes import Outcome
from tests.desks import Run, broken, run
from tests.unit.engines.three_teams import closed, path, process, with_priorities
from tests.unit.engines.week import at


def queue(step: dict[str, Any], *moments: str, people: int = 1, **team: object) -> dict[str, Any]:
    """Tickets of 30 min that come to a team of few."""
    written = process({"a": {"work": "30 min", **step}}, moments=moments)
    written["staffing"]["a"] = {"people": people, **team}
    return written


def outcomes(logs: RunLogs) -> list[Outcome]:
    return [Outcome(code) for code in logs.tickets.outcome.tolist()]


class TestPatience:
    TEN: dict[str, Any] = {"patience": {"time": "10 min"}}  # noqa: RUF012

    def test_a_ticket_leaves_when_its_patience_ends(self) -> None:
        ran = run(queue(self.TEN, "mon 10:00", "mon 10:05", "mon 10:25"))
        assert outcomes(ran.logs) == [Outcome.RESOLVED, Outcome.ABANDONED, Outcome.RESOLVED]
        assert closed(ran) == [at("mon 10:30"), at("mon 10:15"), at("mon 11:00")]
        left = ran.visits()[1]
        assert (left.person, left.touch, left.ended) == ("", 0.0, at("mon 10:15"))
        assert math.isnan(left.started)
        assert ran.ticket(1)["queue_min"] == 10.0

    def test_work_begins_where_patience_ends_in_the_same_instant(self) -> None:
        ran = run(queue({"patience": {"time": "30 min"}}, "mon 10:00", "mon 10:00"))
        assert outcomes(ran.logs) == [Outcome.RESOLVED, Outcome.RESOLVED]

    def test_work_that_has_begun_is_not_left_when_it_is_interrupted(self) -> None:
        written = queue(self.TEN, preempted_by=["P1"])
        ran = run(with_priorities(written, P1=["mon 10:05"], P2=["mon 10:00"]))
        assert outcomes(ran.logs) == [Outcome.RESOLVED, Outcome.RESOLVED]
        assert closed(ran) == [at("mon 11:00"), at("mon 10:35")]

    def test_who_leaves_may_go_elsewhere(self) -> None:
        ran = run(queue({"patience": {"time": "10 min", "to": "b"}}, "mon 10:00", "mon 10:00"))
        assert path(ran, 1) == "ab"
        assert closed(ran)[1] == at("mon 10:20")

    def test_who_leaves_makes_room_in_the_queue(self) -> None:
        ran = run(queue(self.TEN, "mon 10:00", "mon 10:05", "mon 10:22", "mon 10:24"))
        # at 10:30 the one of 10:22 is next, that of 10:05 is gone; that of 10:24 leaves at 10:34
        assert closed(ran) == [at("mon 10:30"), at("mon 10:15"), at("mon 11:00"), at("mon 10:34")]

    def test_patience_outlasts_the_night(self) -> None:
        written = queue({"patience": {"time": "12 h"}}, "mon 15:00", "mon 16:00")
        written["staffing"]["a"]["hours"] = {"daily": "08:00-15:30"}
        ran = run(written)
        assert closed(ran) == [at("mon 15:30"), at("tue 04:00")]


class TestEscalation:
    def test_to_another_step_after_its_time(self) -> None:
        ran = run(queue({"escalate": [{"after": "20 min", "to": "b"}]}, "mon 10:00", "mon 10:00"))
        assert [v.step for v in ran.visits() if v.ticket == 1] == ["a", "b"]
        assert closed(ran)[1] == at("mon 10:30")
        assert ran.ticket(1)["hops"] == 1

    def test_time_runs_on_its_calendar(self) -> None:
        rule = {"after": "2 h", "to": "b", "calendar": "office"}
        written = queue({"work": "3 days", "escalate": [rule]}, "mon 15:00", "mon 15:00")
        written["calendars"] = {"office": {"hours": {"mon-fri": "08:00-16:00"}}}
        assert run(written).visits("b")[0].arrived == at("tue 09:00")

    def test_first_of_several_that_is_due(self) -> None:
        rules = [{"after": "20 min", "to": "b"}, {"after": "10 min", "to": "c"}]
        assert path(run(queue({"escalate": rules}, "mon 10:00", "mon 10:00")), 1) == "ac"

    def test_raised_tickets_go_before_others(self) -> None:
        written = queue({"escalate": [{"after": "25 min", "raise_to": "P1"}]})
        ran = run(with_priorities(written, P1=[], P2=["mon 10:00", "mon 10:10"], P3=["mon 10:01"]))
        # the P3 of 10:01 becomes P1 at 10:26, before the P2 of 10:10
        assert closed(ran) == [at("mon 10:30"), at("mon 11:00"), at("mon 11:30")]
        names = [ran.model.names.priorities[code] for code in ran.logs.tickets.priority]
        assert names == ["P2", "P1", "P1"]  # that of 10:10 at 10:35

    def test_a_more_urgent_ticket_is_not_lowered(self) -> None:
        written = queue({"escalate": [{"after": "5 min", "raise_to": "P2"}]})
        ran = run(with_priorities(written, P1=["mon 10:01"], P2=["mon 10:00"]))
        assert [ran.model.names.priorities[code] for code in ran.logs.tickets.priority] == ["P2", "P1"]

    def test_raised_tickets_may_interrupt(self) -> None:
        written = queue({"escalate": [{"after": "10 min", "raise_to": "P1"}]}, preempted_by=["P1"])
        ran = run(with_priorities(written, P1=[], P2=["mon 10:00", "mon 10:05"]))
        assert closed(ran) == [at("mon 11:00"), at("mon 10:45")]

    def test_rules_ask_for_the_raised_priority(self) -> None:
        rules = [{"when": {"priority": "P1"}, "to": "b"}, {"to": "resolved"}]
        written = queue({"escalate": [{"after": "10 min", "raise_to": "P1"}], "next": rules})
        ran = run(with_priorities(written, P2=["mon 10:00", "mon 10:01"], P1=[]))
        assert [path(ran, ticket) for ticket in (0, 1)] == ["a", "ab"]


class TestDiversion:
    def full(self, length: str) -> dict[str, Any]:
        return {"divert": [{"to": "abandoned", "when": {"queue": {"team": "a", "length": length}}}]}

    def test_who_finds_the_queue_long_does_not_join_it(self) -> None:
        ran = run(queue(self.full(">= 1"), "mon 10:00", "mon 10:01", "mon 10:02", "mon 10:40"))
        assert outcomes(ran.logs) == [
            Outcome.RESOLVED,
            Outcome.RESOLVED,
            Outcome.ABANDONED,
            Outcome.RESOLVED,
        ]
        assert [v.ticket for v in ran.visits("a")] == [0, 1, 3]

    def test_share_of_those_whom_the_condition_takes(self) -> None:
        rule = {"to": "b", "share": "100 %", "unless": {"priority": "P1"}}
        written = with_priorities(queue({"divert": [rule]}), P1=["mon 10:00"], P2=["mon 10:01"])
        ran = run(written)
        assert [path(ran, ticket) for ticket in (0, 1)] == ["a", "b"]

    @pytest.mark.parametrize(("visits", "expected"), [(1, "b"), (2, "ab")])
    def test_the_visit_that_is_to_come_counts(self, visits: int, expected: str) -> None:
        step = {"divert": [{"to": "b", "when": {"visits": visits}}], "next": "a"}
        assert path(run(queue(step, "mon 10:00"))) == expected


def test_balking_and_patience_keep_the_books() -> None:

    written = queue(
        {
            "patience": {"time": {"exponential": "20 min"}},
            "divert": [{"to": "cancelled", "when": {"queue": {"team": "a", "length": ">= 3"}}}],
        }
    )
    written["demand"]["tickets"]["arrivals"] = {"rate": "4/hour"}
    ran: Run = run(written)
    assert broken(ran.model, ran.logs) == []
    assert set(outcomes(ran.logs)) >= {Outcome.RESOLVED, Outcome.CANCELLED, Outcome.ABANDONED}
