"""Runs that begin with open tickets, computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.load import from_node
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import Run, broken, one_step, run
from tests.unit.engines.week import at, timetable

HEADER = "id,created,step,priority,class,responded,spent,paused,hops,reopens,team"


def scenario(people: int = 1, work: object = "60 min", **more: object) -> dict[str, Any]:
    written = one_step(timetable(["mon 10:30"]), work, {"people": people}, "1 week", **more)
    written["time"]["start"] = "2026-01-05"
    written["priorities"] = ["P1", "P2", "P3"]
    written["demand"]["tickets"]["priority"] = "P2"
    written["routing"]["steps"]["ask"] = {"wait": "4 h", "next": "work", "pauses": ["resolve"]}
    written["backlog"] = {"file": "open.csv"}
    return written


def begun(folder: Path, written: dict[str, Any], *rows: str) -> Run:
    (folder / "open.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    ran = run(from_node(node, folder).model)
    assert broken(ran.model, ran.logs) == []
    return ran


def refused(folder: Path, *rows: str, **changes: object) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        begun(folder, {**scenario(), **changes}, *rows)
    return [str(problem).partition("\n")[0] for problem in refusal.value.problems]


def test_open_tickets_are_taken_by_rank_then_by_age(tmp_path: Path) -> None:
    ran = begun(
        tmp_path,
        scenario(),
        "a,2026-01-03 09:00,work,P2,,,,,,,",
        "b,2026-01-02 09:00,work,P2,,,,,,,",
        "c,2026-01-04 09:00,work,P1,,,,,,,",
    )
    tickets = ran.logs.tickets
    assert tickets.created.tolist()[:3] == [-(2 * 1440 + 900), -(1440 + 900), -900.0]
    assert tickets.subject.tolist()[:3] == [2**32 - 2**22 + row for row in (1, 0, 2)]
    # c is P1 and first, then b, the oldest, then a; the one that arrives later finds nobody waiting.
    assert tickets.closed.tolist() == [120.0, 180.0, 60.0, at("mon 11:30")]
    assert tickets.queue_min.tolist() == [60.0, 120.0, 0.0, 0.0]


def test_figures_count_from_the_creation_and_new_tickets_only_in_the_window(tmp_path: Path) -> None:
    ran = begun(tmp_path, scenario(), "a,2026-01-04 23:00,work,P2,,,,,,,")
    summary = summarise(ran.model, ran.logs)
    assert summary.of("created_per_week") == 1.0
    assert summary.of("resolved_per_week") == 2.0
    assert summary.of("resolution_mean") == (120.0 + 60.0) / 2.0
    assert summary.of("resolution_business_mean") == (120.0 + 60.0) / 2.0
    assert summary.of("response_mean") == (60.0 + 0.0) / 2.0
    assert summary.of("wip_mean") * 10080.0 == pytest.approx(120.0)


def test_clocks_go_on(tmp_path: Path) -> None:
    written = scenario(targets={"P1": {"respond": "2 h", "resolve": "5 h"}, "P2": {"resolve": "10 h"}})
    ran = begun(
        tmp_path,
        written,
        "a,2026-01-04 23:00,work,P1,,,,,,,",  # due at 240
        "b,2026-01-04 22:00,ask,P1,,2026-01-04 22:30,,,,,",  # waits from 0 on: 3 h are left when it does
        "c,2026-01-04 21:00,work,P2,,,,90,,,",  # 10 h, and the 90 min for which its clock stood still
    )
    tickets = ran.logs.tickets
    assert tickets.responded.tolist()[:3] == [60.0, -90.0, 0.0]
    assert tickets.respond_due.tolist()[2] == 60.0
    assert tickets.resolve_due.tolist()[:3] == [-180.0 + 600.0 + 90.0, 240.0 + 180.0, 240.0]


def test_what_was_spent_is_not_done_again(tmp_path: Path) -> None:
    ran = begun(
        tmp_path,
        scenario(people=3),
        "a,2026-01-04 23:00,work,P2,,,45 min,,,,",
        "b,2026-01-04 23:10,ask,P2,,,3 h,,,,",
    )
    # 15 minutes are left of the work; the wait ends after one more hour, and the work after it is whole.
    assert ran.logs.tickets.closed.tolist()[:2] == [15.0, 120.0]
    assert ran.logs.tickets.touch_min.tolist()[:2] == [15.0, 60.0]


def test_the_history_of_a_ticket_goes_on(tmp_path: Path) -> None:
    written = scenario()
    written["staffing"]["other"] = {"people": 1}
    rules = [{"when": {"hops": ">= 3"}, "to": "cancelled"}, {"to": "resolved"}]
    written["routing"]["steps"]["work"]["next"] = rules
    ran = begun(tmp_path, written, "a,2026-01-04,work,P2,,,,,2,1,other", "b,2026-01-04,work,P2,,,,,2,0,desk")
    tickets = ran.logs.tickets
    assert (tickets.hops.tolist()[:2], tickets.reopens.tolist()[:2]) == ([3, 2], [1, 0])
    assert tickets.outcome.tolist()[:2] == [2, 1]
    assert tickets.first_team.tolist()[:2] == [1, 0]


def test_people_who_come_later_find_the_backlog(tmp_path: Path) -> None:
    written = scenario()
    written["staffing"]["desk"]["hours"] = {"mon-fri": "08:00-17:00"}
    ran = begun(tmp_path, written, "a,2026-01-04,work,P2,,,,,,,")
    assert ran.logs.tickets.closed.tolist()[0] == at("mon 09:00")


def test_a_drained_run_serves_the_backlog_also_without_arrivals(tmp_path: Path) -> None:
    written = scenario(time={"then": "drain"})
    written["demand"]["tickets"]["arrivals"] = {"timetable": []}
    ran = begun(tmp_path, written, *["x,2026-01-04,work,P2,,,,,,,"] * 200)
    assert ran.logs.totals.closed == 200
    assert ran.logs.totals.end == 200 * 60.0


def test_attributes_that_are_not_recorded_are_drawn(tmp_path: Path) -> None:
    written = scenario()
    written["demand"]["tickets"]["priority"] = {"P2": "50 %", "P3": "50 %"}
    ran = begun(tmp_path, written, *["x,2026-01-04,work,,,,,,,,"] * 400)
    counts = np.bincount(ran.logs.tickets.priority[:400], minlength=3)
    assert counts[0] == 0
    assert abs(counts[1] - 200) < 4 * 10  # four standard deviations


def test_texts_of_the_file_may_be_given_a_meaning_and_columns_other_names(tmp_path: Path) -> None:
    written = scenario()
    written["backlog"] |= {"columns": {"step": "id"}, "values": {"step": {"In progress": "work"}}}
    ran = begun(tmp_path, written, "In progress,2026-01-04,,P2,,,,,,,")
    assert ran.logs.tickets.closed.tolist()[0] == 60.0


def test_every_wrong_entry_is_told_with_its_place(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        "a,yesterday,wrok,P9,hardware,2026-02-01,long,,-1,,",
        "b,2026-01-04,resolved,P1,,2026-01-03,,,,,nobody",
        "c,1999-01-04,,P1,,,,,,,",
    )
    assert said == [
        "open.csv:2:3: backlog.created: an ISO date and time is expected here, or minutes since the start; "
        "found 'yesterday'",
        "open.csv:2:13: backlog.step: there is no step of this name; found 'wrok'",
        "open.csv:2:18: backlog.priority: there is no priority of this name; found 'P9'",
        "open.csv:2:21: backlog.class: there is no class of this name; found 'hardware'",
        "open.csv:2:30: backlog.responded: this lies after the start of the run; found '2026-02-01'",
        "open.csv:2:41: backlog.spent: a duration is a number with its unit; found 'long'",
        "open.csv:2:47: backlog.hops: a whole number, 0 or more, is expected here; found '-1'",
        "open.csv:3:14: backlog.step: an open ticket does not stand at an end; found 'resolved'",
        "open.csv:3:27: backlog.responded: the response comes before the creation; found '2026-01-03'",
        "open.csv:3:42: backlog.team: there is no team of this name; found 'nobody'",
        "open.csv:4:3: backlog.created: no ticket is older than ten years; found '1999-01-04'",
        "open.csv:4:14: backlog.step: the ticket stands nowhere",
    ]


def test_of_very_many_wrong_entries_the_first_are_told_and_how_many_more(tmp_path: Path) -> None:
    said = refused(tmp_path, *["a,2026-01-04,wrok,P2,,,,,,,"] * 80)
    assert len(said) == 51
    assert "scenario: backlog.file: 30 more entries of open.csv are wrong" in said


def test_columns_that_are_needed_or_named_must_be_there(tmp_path: Path) -> None:
    said = refused(
        tmp_path, "a,2026-01-04,work,P2,,,,,,,", backlog={"file": "open.csv", "columns": {"team": "x"}}
    )
    assert said == ["scenario: backlog.columns.team: open.csv has no column 'x'"]
    said = refused(tmp_path, "a,2026-01-04,work,P2,,,,,,,", backlog={"file": "closed.csv"})
    assert said == ["scenario: backlog.file: there is no file closed.csv"]


def test_of_several_streams_one_must_be_named(tmp_path: Path) -> None:
    demand = scenario()["demand"] | {"calls": {"arrivals": {"rate": "1/week"}}}
    said = refused(tmp_path, "a,2026-01-04,work,P2,,,,,,,", demand=demand)
    assert said == ["scenario: backlog: nothing says of which demand stream the tickets are"]
