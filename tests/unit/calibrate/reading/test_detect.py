"""What is found out about logs that nobody has described: kinds, columns, dates, zones."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simlab.calibrate.reading.csv_file import csv_table
from simlab.calibrate.reading.detect import Draft, drafted
from simlab.calibrate.reading.mapping import read_mapping
from simlab.calibrate.reading.mapping_text import mapping_text

START = datetime(2024, 1, 1, 8)
N_CASES = 40


def draft(header: str, row: str, delimiter: str = ",", n_steps: int = 3) -> Draft:
    """Return the draft of a log; ``row`` is a template of case, step, start and end."""
    lines = [header]
    for case in range(N_CASES):
        for step in range(n_steps):
            start = START + timedelta(hours=17 * case + 2 * step)
            end = start + timedelta(minutes=5 + case)
            name, who = ("Register", "Check", "Decide")[step], ("Ann", "Bob")[case % 2]
            lines.append(row.format(case=case, name=name, who=who, s=start, e=end, day=1 + case % 28))
    return drafted(csv_table("\n".join(lines).encode(), Path("log.csv"), None, delimiter))


ISO = "{s:%Y-%m-%dT%H:%M:%S}"

LOGS = [
    (
        "case_id,activity,enable_time,start_time,end_time,resource",
        "{case},{name},{s:%Y-%m-%d %H:%M},{s:%Y-%m-%d %H:%M},{e:%Y-%m-%d %H:%M},{who}",
        "events",
        {"case": "case_id", "enabled": "enable_time", "start": "start_time", "end": "end_time"},
    ),
    (
        "case:concept:name,case:REG_DATE,concept:name,lifecycle:transition,time:timestamp,org:resource",
        "{case},2024-01-01,{name},COMPLETE,{e:%Y-%m-%d %H:%M:%S.%f}+01:00,{who}",
        "events",
        {"case": "case:concept:name", "activity": "concept:name", "end": "time:timestamp"},
    ),
    (
        "Vorgang,Aktivität,Beginn,Ende,Bearbeiter",
        "{case},{name},{s:%d.%m.%Y %H:%M},{e:%d.%m.%Y %H:%M},{who}",
        "events",
        {
            "case": "Vorgang",
            "activity": "Aktivität",
            "start": "Beginn",
            "end": "Ende",
            "person": "Bearbeiter",
        },
    ),
    (
        "conversation,event,time,agent",
        "{case},{name},{e:%Y-%m-%dT%H:%M:%S},{who}",
        "events",
        {"case": "conversation", "activity": "event", "end": "time", "person": "agent"},
    ),
    (
        "_CASE_KEY,ACTIVITY_EN,EVENTTIME,_SORTING,USER_NAME",
        "{case},{name},{e:%Y-%m-%d %H:%M:%S},1,{who}",
        "events",
        {"case": "_CASE_KEY", "activity": "ACTIVITY_EN", "end": "EVENTTIME", "person": "USER_NAME"},
    ),
    (
        "Claim Number,Activity Name,Start Date,End Date,Agent Name,Claim Type",
        "{case},{name},{s:%m/%d/%Y %I:%M %p},{e:%m/%d/%Y %I:%M %p},{who},Auto",
        "events",
        {"case": "Claim Number", "activity": "Activity Name", "class": "Claim Type"},
    ),
    (
        "Incident ID,DateStamp,IncidentActivity_Number,IncidentActivity_Type,Assignment Group",
        "IM{case},{s:%d-%m-%Y %H:%M:%S},{case}77,{name},{who}",
        "events",
        {"case": "Incident ID", "activity": "IncidentActivity_Type", "end": "DateStamp"},
    ),
    (
        "ticket_id,old_status,new_status,changed_on,changed_by",
        f"{{case}},x,{{name}},{ISO},{{who}}",
        "changes",
        {"case": "ticket_id", "status": "new_status", "end": "changed_on", "person": "changed_by"},
    ),
]


@pytest.mark.parametrize(("header", "row", "log", "columns"), LOGS, ids=[log[0][:24] for log in LOGS])
def test_columns_are_found_by_names_and_by_what_they_hold(
    header: str, row: str, log: str, columns: dict[str, str]
) -> None:
    found = draft(header, row)
    assert not found.questions
    assert found.mapping.log == log
    named = found.mapping.columns.named()
    assert {role: named.get(role) for role in columns} == columns


def test_facts_of_cases_are_kept_and_those_of_rows_and_numbers_of_customers_are_not() -> None:
    header = "case_id,activity,end_time,amount,items,customer,row,effort,region,shift"
    lines = [header]
    for case in range(600):
        for step, name in enumerate(("Register", "Check", "Decide")):
            at = START + timedelta(hours=17 * case + 2 * step)
            amount, items = f"{case * 7919 % 9973 / 7:.2f}", case * 31 % 251
            own = f"{70_000 + case},{3 * case + step},{case * 3 + step + 0.5}"
            own += f",{('north', 'south')[case % 2]},{('early', 'late')[step % 2]}"
            lines.append(f"C{case},{name},{at:%Y-%m-%d %H:%M},{amount},{items},{own}")
    found = drafted(csv_table("\n".join(lines).encode(), Path("log.csv")))
    assert found.mapping.attributes == ("amount", "items", "region")
    assert {"customer", "row", "effort", "shift"} <= set(found.unused)


MARCH = "2024-03-{day:02} 10:00"
EXPORTS = [
    ("Issue key,Issue Type,Status,Created,Resolved", "SD-{case},A,Done,{s:%d/%b/%y %I:%M %p},", "Jira"),
    ("ID;Title;Status;Opening date;Priority", f'"{{case}}";x;Closed;{MARCH};High', "GLPI"),
    ("Ticket Id,Status,Agent,Group,Created time", f"{{case}},Closed,{{who}},g,{MARCH}", "Freshservice"),
    ("Id,Group,Status,Via,Created at,Assignee", f"{{case}},g,Closed,Mail,{MARCH},{{who}}", "Zendesk"),
    ("id,group,status,via,created_at,assignee", f"{{case}},g,Closed,Mail,{MARCH},{{who}}", "Zendesk"),
    ("number,state,assignment_group,opened_at", f"{{case}},6,g,{MARCH}:00", "ServiceNow"),
]


@pytest.mark.parametrize(("header", "row", "tool"), EXPORTS, ids=[export[2] for export in EXPORTS])
def test_export_of_a_known_tool_is_recognised(header: str, row: str, tool: str) -> None:
    found = draft(header, row, ";" if ";" in header else ",", n_steps=1)
    assert found.preset.startswith(tool)
    assert found.mapping.log == "tickets"
    assert not found.questions
    assert found.mapping.finished


def test_creation_that_cannot_be_told_is_asked() -> None:
    found = draft("Ticket ID,Date of Purchase,Due", "{case},2024-03-{day:02},2024-04-{day:02}", n_steps=1)
    (question,) = found.questions
    assert question.key == "columns.created"
    assert question.choices == ("created: Date of Purchase", "created: Due")


@pytest.mark.parametrize(
    ("offset_winter", "offset_summer", "zone"),
    [("+01:00", "+02:00", "Europe/Berlin"), ("-05:00", "-04:00", "America/New_York"), ("Z", "Z", "UTC")],
)
def test_zone_is_one_whose_clock_has_the_offsets(offset_winter: str, offset_summer: str, zone: str) -> None:
    rows = [f"{n},a,2024-01-1{n}T10:00:00{offset_winter}" for n in range(9)]
    rows += [f"{n},b,2024-07-1{n}T10:00:00{offset_summer}" for n in range(9)]
    table = csv_table(("case,activity,time\n" + "\n".join(rows)).encode(), Path("log.csv"))
    assert drafted(table).mapping.zone == zone


@pytest.mark.parametrize(("header", "row", "log", "columns"), LOGS, ids=[log[0][:24] for log in LOGS])
def test_mapping_that_is_written_is_read_as_it_was(
    header: str, row: str, log: str, columns: dict[str, str], tmp_path: Path
) -> None:
    found = draft(header, row)
    path = tmp_path / "log.mapping.yaml"
    path.write_text(mapping_text(found, "log.csv"))
    assert read_mapping(path) == found.mapping
