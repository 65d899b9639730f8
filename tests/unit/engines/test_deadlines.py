"""Waits that are counted from an earlier instant, computed by hand to the minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simlab.errors import InvalidInput
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import Run, one_step, ran_well, run
from tests.unit.engines.week import at, timetable

DAY = 1440.0


def desk(arrival: str, wait: object, since: str | None, **steps: object) -> dict[str, Any]:
    """``work`` of 10 min, then ``late`` until the ticket is cancelled, and more steps."""
    written = one_step(timetable([arrival]), "10 min", {"people": 1}, "8 weeks")
    written["calendars"] = {"office": {"hours": {"mon-fri": "08:00-16:00"}}}
    late = {"wait": wait, "next": "cancelled"} | ({} if since is None else {"since": since})
    written["routing"]["steps"] |= {"late": late, **steps}
    written["routing"]["steps"]["work"]["next"] = "late"
    return written


def closed(written: dict[str, Any]) -> float:
    return ran_well(written).ticket(0)["closed"]


class TestSinceCreation:
    @pytest.mark.parametrize(
        ("since", "closed_at"), [("created", "wed+4 10:00"), (None, "thu+4 06:20"), ("ask", "thu+4 06:10")]
    )
    def test_slow_steps_before_it_do_not_move_a_deadline(self, since: str | None, closed_at: str) -> None:
        # Created on Monday 10:00; asked 20 h 10 min later, at work from Tuesday 06:10 to 06:20.
        written = desk("mon 10:00", "30 days", since, ask={"wait": "20 h 10 min", "next": "work"})
        written["routing"]["start"] = "ask"
        assert closed(written) == at(closed_at)

    def test_a_deadline_that_is_past_ends_the_wait_at_once(self) -> None:
        written = desk("mon 10:00", "2 h", "created", ask={"wait": "3 h", "next": "work"})
        written["routing"]["start"] = "ask"
        assert closed(written) == at("mon 13:10")

    def test_a_deadline_in_working_hours_is_counted_in_those_since_then(self) -> None:
        # Created on Friday 15:00; at work until 15:10; 9 h of office hours since the creation end on Tuesday.
        written = desk("fri 15:00", "9 h", "created")
        written["routing"]["steps"]["late"]["calendar"] = "office"
        assert closed(written) == at("mon+1 16:00")

    def test_a_past_deadline_still_waits_until_a_calendar_opens(self) -> None:
        written = desk("fri 16:00", "5 min", "created")
        written["routing"]["steps"]["late"]["until"] = "office"
        assert closed(written) == at("mon+1 08:00")

    def test_a_reopened_ticket_keeps_its_creation(self) -> None:
        written = desk("mon 10:00", "2 days", "created")
        again = {"share": "100 %", "after": "3 days", "to": "work", "at_most": 1}
        written["routing"]["steps"]["resolved"] = {"end": "resolved", "reopen": again}
        written["routing"]["steps"]["late"]["next"] = "resolved"
        # Resolved on Wednesday 10:00, back on Saturday: worked on for 10 min, and two days are long past.
        assert closed(written) == at("sat 10:10")


class TestSinceAStep:
    def test_the_last_passage_counts(self) -> None:
        # work 10:00-10:10, waits to 11:10, work to 11:20, waits 2 h since then as 60 min are over at 12:20.
        written = desk("mon 10:00", "2 h", "work", again={"wait": "1 h", "next": "work"})
        steps = written["routing"]["steps"]
        steps["work"]["next"] = [{"to": "again", "when": {"visits": 1}}, {"to": "then"}]
        steps["then"] = {"wait": "1 h", "next": "late"}
        ran = ran_well(written)
        assert [visit.ended for visit in ran.visits("work")] == [at("mon 10:10"), at("mon 11:20")]
        assert ran.ticket(0)["closed"] == at("mon 13:20")

    def test_work_that_was_given_up_is_not_finished(self) -> None:
        patience = {"time": "5 min", "to": "then"}
        written = desk("mon 10:00", "1 h", "work", then={"wait": "30 min", "next": "late"})
        written["demand"]["tickets"]["arrivals"] = timetable(["mon 10:00", "mon 10:00"])
        written["routing"]["steps"]["work"]["patience"] = patience
        ran = ran_well(written)
        # The first is worked on until 10:10. The second leaves at 10:05, waits until 10:35, and then for 1 h.
        assert [ran.ticket(i)["closed"] for i in range(2)] == [at("mon 11:10"), at("mon 11:35")]

    def test_steps_that_take_no_time_are_passed_in_that_instant(self) -> None:
        written = desk("mon 10:00", "1 h", "gate", gate={"decide": "work"})
        written["routing"]["start"] = "gate"
        assert closed(written) == at("mon 11:00")

    def test_an_end_is_an_instant_too(self) -> None:
        written = desk("mon 10:00", "1 day", "resolved")
        steps = written["routing"]["steps"]
        steps["work"]["next"] = [{"to": "resolved", "when": {"visits": 1}}, {"to": "late"}]
        steps["resolved"] = {
            "end": "resolved",
            "reopen": {"share": "100 %", "after": "5 h", "to": "work", "at_most": 1},
        }
        assert closed(written) == at("tue 10:10")

    def test_parallel_branches_are_finished_when_they_have_joined(self) -> None:
        both = {"parallel": {"branches": ["short", "long"]}, "next": "then"}
        written = desk(
            "mon 10:00",
            "1 h",
            "both",
            both=both,
            short={"wait": "10 min", "next": "join"},
            long={"wait": "20 min", "next": "join"},
            then={"wait": "30 min", "next": "late"},
        )
        written["routing"]["start"] = "both"
        assert closed(written) == at("mon 11:20")

    def test_a_branch_counts_from_a_step_of_another_branch(self) -> None:
        written = desk(
            "mon 10:00",
            "1 h",
            "quick",
            both={"parallel": {"branches": ["quick", "slow"], "join": "all"}, "next": "resolved"},
            quick={"wait": "10 min", "next": "join"},
            slow={"wait": "20 min", "next": "late"},
        )
        written["routing"]["start"] = "both"
        written["routing"]["steps"]["late"]["next"] = "join"
        assert closed(written) == at("mon 11:10")

    def test_a_successful_automation_finishes_its_step(self) -> None:
        written = desk("mon 10:00", "1 h", "work", then={"wait": "30 min", "next": "late"})
        written["routing"]["steps"]["work"]["next"] = "then"
        level = {"coverage": "100 %", "success": "100 %", "run_time": "4 min"}
        written["automation"] = {"bot": {"at": "work", "level": "on", "levels": {"on": level}}}
        assert closed(written) == at("mon 11:04")


class TestBacklog:
    def begun(self, folder: Path, row: str, wait: object = "30 days") -> Run:
        header = "id,created,step,priority,class,responded,spent,paused,hops,reopens,team"
        (folder / "open.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
        written = desk("mon+1 10:00", wait, "created")
        written["time"]["start"] = "2026-01-05"
        written["backlog"] = {"file": "open.csv"}
        node = from_plain(written, "scenario")
        assert isinstance(node, MapNode)
        return run(from_node(node, folder).model)

    @pytest.mark.parametrize("spent", ["", "7200"])
    def test_an_open_ticket_has_what_is_left_of_its_deadline(self, tmp_path: Path, spent: str) -> None:
        ran = self.begun(tmp_path, f"a,2025-12-16 00:00,late,,,,{spent},,,,")
        assert ran.ticket(0)["closed"] == pytest.approx(10 * DAY)

    def test_an_open_ticket_that_waits_was_not_due_before(self, tmp_path: Path) -> None:
        # Due 10 to 30 days after the creation, 20 days ago: as it still waits, 20 to 30 days after it.
        row = "a,2025-12-16 00:00,late,,,,1440,,,,"
        ran = self.begun(tmp_path, row, {"uniform": {"min": "10 days", "max": "30 days"}})
        assert 0.0 < ran.ticket(0)["closed"] < 10 * DAY


class TestRefusals:
    @pytest.mark.parametrize(
        ("since", "told"),
        [
            ("wrok", "there is no step of this name"),
            ("created", "'created' is a step here, and the creation of the ticket"),
        ],
    )
    def test_a_name_that_means_nothing_or_two_things_is_refused(self, since: str, told: str) -> None:
        steps = {"created": {"wait": "1 h", "next": "work"}} if since == "created" else {}
        with pytest.raises(InvalidInput, match=told):
            run(desk("mon 10:00", "1 h", since, **steps))

    def test_work_is_not_counted_from_an_earlier_instant(self) -> None:
        written = desk("mon 10:00", "1 h", None)
        written["routing"]["steps"]["work"]["since"] = "created"
        with pytest.raises(InvalidInput, match="a step with work has no since"):
            run(written)
