"""Histories of fields: a row is a change of one field, and tickets keep what does not change."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.event_log import LogKind
from simlab.calibrate.read import ReadLog, read_log
from simlab.errors import InvalidInput

JIRA = """issue_id,changelog_id,author_key,created_date,field_type,field,from,from_string,to,to_string
7,1,ann,2024-01-01T08:00:00Z,jira,Team,,,1,Desk
7,2,ann,2024-01-01T09:00:00Z,jira,status,1,Open,2,Waiting for customer
7,3,ann,2024-01-01T15:00:00Z,jira,labels,,,,vip
7,4,bob,2024-01-01T15:30:00Z,jira,status,2,Waiting for customer,3,In Progress
7,4,bob,2024-01-01T15:30:00Z,jira,Team,1,Desk,2,Network
7,5,bob,2024-01-01T17:00:00Z,jira,status,3,In Progress,4,Done
8,6,ann,2024-01-02T08:00:00Z,jira,assignee,,,bob,Bob
9,7,ann,2024-01-02T08:00:00Z,jira,status,1,Open,4,Done
"""


def read(folder: Path, text: str) -> ReadLog:
    path = folder / "history.csv"
    path.write_text(text)
    return read_log(path)


def test_tickets_keep_what_does_not_change_and_begin_with_what_was_before(tmp_path: Path) -> None:
    found = read(tmp_path, JIRA)
    log = found.log
    assert (found.preset, log.kind) == ("Jira issue history (data pipeline)", LogKind.CHANGES)
    assert log.cases.ids == ("7", "9")
    rows = list(zip(log.activity.texts(), log.team.texts(), strict=True))
    assert rows[:4] == [
        ("Open", "Desk"),
        ("Waiting for customer", "Desk"),
        ("In Progress", "Network"),
        ("Done", "Network"),
    ]
    assert ((log.end[1:4] - log.end[:3]) / 60.0).tolist() == [1.0, 6.5, 1.5]
    assert dict(log.waiting) == {"Waiting for customer": "user"}
    assert (log.cases.resolved - log.cases.created).tolist() == [9 * 60.0, 0.0]
    assert found.remarks == (
        "1 changes of other fields are left out: labels",
        "1 changes of tickets whose status is not told are left out",
    )


def test_mapping_of_a_history_is_kept_and_read_again(tmp_path: Path) -> None:
    first = read(tmp_path, JIRA)
    again = read_log(tmp_path / "history.csv")
    assert not again.is_new
    assert again.mapping.fields == first.mapping.fields
    assert again.log.activity.texts() == first.log.activity.texts()


@pytest.mark.parametrize(
    ("header", "rows", "preset"),
    [
        (
            "ticket_id,field_name,updated,value,user_id",
            "1,status,2024-01-01T08:00:00Z,new,5\n1,group_id,2024-01-01T08:30:00Z,33,5\n"
            "1,status,2024-01-01T09:00:00Z,solved,5",
            "Zendesk ticket field history",
        ),
        (
            "documentkey,fieldname,oldvalue,newvalue,sys_created_on,user",
            "1,state,,1,2024-01-01 08:00:00,a\n1,assignment_group,,33,2024-01-01 08:30:00,a\n"
            "1,state,1,6,2024-01-01 09:00:00,a",
            "ServiceNow field history (sys_audit)",
        ),
    ],
)
def test_histories_of_other_tools_are_known(tmp_path: Path, header: str, rows: str, preset: str) -> None:
    found = read(tmp_path, f"{header}\n{rows}\n")
    assert found.preset == preset
    assert found.log.team.texts() == ["", "33", "33"]
    assert (found.log.cases.resolved - found.log.cases.created).tolist() == [60.0]


@pytest.mark.parametrize("seed", range(4))
def test_any_history_says_what_a_walk_through_it_says(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    state: dict[tuple[int, str], str] = {}
    lines, expected = [], {}
    for minute in range(60):
        case, field = int(rng.integers(4)), str(rng.choice(["status", "Team", "labels"]))
        after = f"{field[0]}{rng.integers(3)}"
        before = state.get((case, field), f"{field[0]}-first")
        state[case, field] = after
        lines.append(f"{case},2024-01-01 {8 + minute // 60:02}:{minute:02},{field},{before},{after}")
        expected[case, minute] = (field, after)
    text = "issue_id,created_date,field,from_string,to_string\n" + "\n".join(rng.permutation(lines)) + "\n"
    log = read(tmp_path, text).log
    seen = {}
    for case in range(4):
        now = {"status": "", "Team": ""}
        firsts = [each for (number, _), each in expected.items() if number == case]
        for field in now:
            now[field] = f"{field[0]}-first" if any(name == field for name, _ in firsts) else ""
        for (number, minute), (field, after) in expected.items():
            if number == case and field in now:
                now[field] = after
                if now["status"]:
                    seen[str(case), minute] = (now["status"], now["Team"])
    start = (datetime(2024, 1, 1, 8) - datetime(1970, 1, 1)).total_seconds() / 60.0
    ids = [log.cases.ids[case] for case in log.case.tolist()]
    rows = zip(ids, (log.end - start).tolist(), log.activity.texts(), log.team.texts(), strict=True)
    assert {(case, round(minute)): (status, team) for case, minute, status, team in rows} == seen


def test_damaged_dates_of_a_history_are_kept_apart(tmp_path: Path) -> None:
    found = read(tmp_path, JIRA.replace("2024-01-01T17:00:00Z", "soon"))
    assert [row.reason for row in found.rejected] == ["'created_date' is not a date that can be read"]


def test_a_history_without_the_field_of_the_status_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history.mapping.yaml").write_text(
        "log: changes\ncolumns: {case: issue_id, end: created_date, field: field, value: to_string}\n"
    )
    with pytest.raises(InvalidInput, match="which field is the status is not said"):
        read(tmp_path, JIRA)
