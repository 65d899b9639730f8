"""Columns that tell how long it took, in place of an instant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.event_log import Labels
from simlab.calibrate.read import read_log
from simlab.calibrate.reading.durations import minutes_of, unit_of


@pytest.mark.parametrize(
    ("text", "unit", "minutes"),
    [
        ("90", "minutes", 90.0),
        ("1.5", "hours", 90.0),
        ("1,5", "hours", 90.0),
        ("90", "seconds", 1.5),
        ("0.5", "days", 720.0),
        ("26:05:30", "hours", 26 * 60 + 5.5),
        ("02:05", "minutes", 125.0),
        ("1 day 02:05", "minutes", 1440 + 125.0),
        ("2d 00:00:30", "minutes", 2880.5),
    ],
)
def test_time_that_has_passed_is_read_in_minutes(text: str, unit: str, minutes: float) -> None:
    read = minutes_of(Labels.of([text, None, "soon", "-5"]), unit)
    assert read[0] == pytest.approx(minutes)
    assert np.isnan(read[1:]).all()


def test_unit_is_told_by_the_name() -> None:
    names = (
        "First reply time in minutes",
        "resolution_hours",
        "Resolution time (in Hrs)",
        "days_open",
        "taken",
    )
    assert [unit_of(name) for name in names] == ["minutes", "hours", "hours", "days", "minutes"]


def test_zendesk_reply_is_the_creation_and_its_minutes(tmp_path: Path) -> None:
    path = tmp_path / "zendesk.csv"
    path.write_text(
        "Id,Assignee,Group,Status,Created at,Solved at,First reply time in minutes,"
        "First reply time in minutes within business hours,Full resolution time in minutes\n"
        "1,Ann,Desk,Closed,2024-01-01 08:00,2024-01-01 12:00,30,20,240\n"
        "2,Ann,Desk,Closed,2024-01-01 09:00,,45,45,300\n"
        "3,Ann,Desk,Open,2024-01-01 10:00,,,,\n"
    )
    read = read_log(path)
    cases = read.log.cases
    assert (cases.responded - cases.created)[:2].tolist() == [30.0, 45.0]
    assert (cases.resolved - cases.created)[:2].tolist() == [240.0, 300.0]
    assert np.isnan([cases.responded[2], cases.resolved[2]]).all()
    assert read.mapping.durations == "minutes"
    again = read_log(path)
    assert not again.is_new
    assert again.mapping == read.mapping


def test_zendesk_metrics_of_the_api_tell_elapsed_minutes(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(
        "ticket_id,created_at,solved_at,group_stations,reply_time_in_minutes.calendar,"
        "reply_time_in_minutes.business\n7,2024-01-01T08:00:00Z,2024-01-02T08:00:00Z,1,75,15\n"
    )
    cases = read_log(path).log.cases
    assert (cases.responded - cases.created).tolist() == [75.0]


def test_unknown_table_with_hours_has_its_resolutions(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = [f"{n},2024-01-{n + 1:02} 08:00,{n + 0.5},{n},P1" for n in range(9)]
    path.write_text(
        "ticket_id,created_at,resolution_hours,first_response_minutes,priority\n" + "\n".join(rows)
    )
    read = read_log(path)
    cases = read.log.cases
    assert read.mapping.durations == "hours"
    assert (cases.resolved - cases.created).tolist() == [60.0 * (n + 0.5) for n in range(9)]
    assert np.isnan(cases.responded).all()
    mapping = read.mapping_file
    mapping.write_text(
        mapping.read_text()
        .replace("  resolved_after: resolution_hours", "  responded_after: first_response_minutes")
        .replace("durations: hours", "durations: minutes")
    )
    cases = read_log(path).log.cases
    assert (cases.responded - cases.created).tolist() == list(map(float, range(9)))


def test_hours_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("ticket_id,created_at,resolution_hours\n1,2024-01-01,2\n2,2024-01-02,long\n")
    assert read_log(path).remarks == ("1 values of 'resolution_hours' are no times that can be read",)


def test_business_hours_of_freshservice_are_no_instants(tmp_path: Path) -> None:
    path = tmp_path / "fresh.csv"
    path.write_text(
        "Ticket ID,Status,Agent,Group,Created time,Resolved time,Initial response time,"
        "First response time (in hrs),Resolution time (in hrs)\n"
        "1,Closed,Ann,Desk,2024-01-05 17:00,2024-01-08 10:00,2024-01-05 17:30,00:30:00,02:00:00\n"
    )
    cases = read_log(path).log.cases
    assert (cases.resolved - cases.created).tolist() == [65 * 60.0]
    assert (cases.responded - cases.created).tolist() == [30.0]
