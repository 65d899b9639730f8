"""From a file to an event log: mapping found out, asked, kept; rows kept apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simlab.calibrate.event_log import LogKind
from simlab.calibrate.read import ReadLog, mapping_path, read_log, write_rejected
from simlab.calibrate.reading import parquet_file
from simlab.errors import InvalidInput

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str | bytes, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def minutes(*parts: int) -> float:
    return (datetime(*parts) - datetime(1970, 1, 1)).total_seconds() / 60.0  # type: ignore[arg-type]


TICKETS = """\
Number,Opened,Resolved,Closed,State,Priority,Category,Assignment group,Assigned to,Reassignment count
INC1,2024-03-01 08:00:00,2024-03-01 09:30:00,2024-03-06 09:30:00,Closed,3 - Moderate,network,Desk,Ann,0
INC2,2024-03-01 08:10:00,,,In Progress,2 - High,mail,Network,Bob,2
INC3,2024-03-02 10:00:00,2024-03-02 10:05:00,,Resolved,3 - Moderate,mail,Desk,Ann,1
"""


def test_ticket_table_of_a_known_export_is_read_without_a_word(written: Written) -> None:
    read = read_log(written(TICKETS))
    cases = read.log.cases
    assert read.preset == "ServiceNow incidents (titles of the list view)"
    assert read.log.kind is LogKind.TICKETS
    assert cases.ids == ("INC1", "INC2", "INC3")
    assert cases.created[0] == minutes(2024, 3, 1, 8)
    assert (cases.resolved - cases.created)[[0, 2]].tolist() == [90.0, 5.0]
    assert cases.is_open.tolist() == [False, True, False]
    assert cases.team.texts() == ["Desk", "Network", "Desk"]
    assert cases.reassignments.tolist() == [0, 2, 1]
    assert cases.reopens.tolist() == [-1, -1, -1]
    assert cases.attributes["Assigned to"].texts() == ["Ann", "Bob", "Ann"]


def test_mapping_is_kept_beside_the_log_and_used_the_next_time(written: Written) -> None:
    path = written(TICKETS)
    first = read_log(path)
    mapping = mapping_path(path)
    assert (first.is_new, first.mapping_file) == (True, mapping)
    text = mapping.read_text()
    mapping.write_text(
        text.replace("class: Category", "class: Priority").replace("zone: UTC", "zone: Asia/Tokyo")
    )
    again = read_log(path)
    assert not again.is_new
    assert again.log.cases.case_class.names == ("3 - Moderate", "2 - High")
    assert again.log.cases.created[0] == minutes(2024, 3, 1, 8) - 9 * 60


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("tickets.csv.gz", "tickets.mapping.yaml"),
        ("log.xes", "log.xes.mapping.yaml"),
        ("a.b.tsv", "a.b.mapping.yaml"),
        ("plain", "plain.mapping.yaml"),
    ],
)
def test_mapping_is_named_after_the_log(name: str, mapping: str) -> None:
    assert mapping_path(Path("folder") / name) == Path("folder") / mapping


AMBIGUOUS = "case,activity,time\n1,a,03/04/2024 08:00\n1,b,05/04/2024 09:00\n2,a,06/04/2024 08:00\n"


def test_dates_that_can_be_read_both_ways_are_asked(written: Written) -> None:
    path = written(AMBIGUOUS)
    with pytest.raises(InvalidInput, match="begin with the day or the month") as caught:
        read_log(path)
    assert "dates: day-month-year  # 03/04/2024 08:00 is 3 April 2024" in str(caught.value)
    assert "dates: month-day-year  # 03/04/2024 08:00 is 4 March 2024" in str(caught.value)
    with pytest.raises(InvalidInput, match=r"log.mapping.yaml:\d+:\d+: dates: 'dates' is to be decided"):
        read_log(path)


@pytest.mark.parametrize(("order", "month", "day"), [("day-month-year", 4, 3), ("month-day-year", 3, 4)])
def test_answered_question_is_obeyed(written: Written, order: str, month: int, day: int) -> None:
    path = written(AMBIGUOUS)
    with pytest.raises(InvalidInput, match="day or the month"):
        read_log(path)
    mapping = mapping_path(path)
    mapping.write_text(mapping.read_text().replace('dates: "?"', f"dates: {order}"))
    assert read_log(path).log.cases.created[0] == minutes(2024, month, day, 8)


def test_dates_of_both_kinds_are_asked_with_their_numbers(written: Written) -> None:
    with pytest.raises(InvalidInput, match="1 dates have the day first, 1 the month"):
        read_log(written("case,activity,time\n1,a,13/04/2024\n1,b,05/14/2024\n2,a,06/04/2024\n"))


def test_unknown_case_column_is_asked(written: Written) -> None:
    path = written("foo,activity,time\n1,a,2024-04-03 08:00\n1,b,2024-04-03 09:00\n2,a,2024-04-04\n")
    with pytest.raises(InvalidInput, match="number of the ticket") as caught:
        read_log(path)
    assert "case: foo" in str(caught.value)
    with pytest.raises(InvalidInput, match=r"log.mapping.yaml:\d+:\d+: columns.case: 'columns.case' is to"):
        read_log(path)
    mapping = mapping_path(path)
    mapping.write_text(mapping.read_text().replace('case: "?"', "case: foo"))
    assert read_log(path).log.cases.ids == ("1", "2")


def test_events_with_start_and_end_are_sorted_and_give_the_case_its_times(written: Written) -> None:
    read = read_log(
        written(
            "case_id,activity,start_time,end_time,resource\n"
            "b,fix,2024-01-01T10:00:00+01:00,2024-01-01T11:00:00+01:00,Ann\n"
            "b,look,2024-01-01T08:00:00+01:00,2024-01-01T08:30:00+01:00,Bob\n"
            "a,look,2024-07-02T08:00:00+02:00,2024-07-02T08:10:00+02:00,\n"
        )
    )
    log = read.log
    assert (log.kind, log.zone) == (LogKind.EVENTS, "Europe/Berlin")
    assert log.cases.ids == ("b", "a")
    assert log.activity.texts() == ["look", "fix", "look"]
    assert log.person.texts() == ["Bob", "Ann", ""]
    assert (log.end - log.start).tolist() == [30.0, 60.0, 10.0]
    assert (log.cases.resolved - log.cases.created).tolist() == [180.0, 10.0]


def test_end_only_events_have_no_start(written: Written) -> None:
    log = read_log(written("case,activity,timestamp\n1,a,2024-01-01\n1,b,2024-01-02\n2,a,2024-01-03\n")).log
    assert np.isnan(log.start).all()
    assert log.at.tolist() == log.end.tolist()


CHANGES = """\
ticket,status,sub_status,changed_at,team
1,Accepted,In Progress,2024-01-01 08:00,L1
1,Accepted,Wait - User,2024-01-01 09:00,L1
1,Completed,Resolved,2024-01-01 10:00,L1
1,Accepted,In Progress,2024-01-02 08:00,L2
1,Completed,Resolved,2024-01-02 09:00,L2
1,Completed,Closed,2024-01-05 09:00,L2
2,Accepted,In Progress,2024-01-01 08:30,L1
2,Completed,In Call,2024-01-01 08:35,L1
3,Accepted,In Progress,2024-01-03 08:30,L1
3,Completed,Resolved,2024-01-03 09:30,L1
3,Accepted,Wait,2024-01-04 09:30,L1
"""


def test_changes_of_status_tell_what_waits_and_what_is_finished(written: Written) -> None:
    log = read_log(written(CHANGES)).log
    assert log.kind is LogKind.CHANGES
    assert log.waiting == {"Accepted: Wait - User": "user", "Accepted: Wait": "other"}
    assert log.finished == {"Completed: Resolved", "Completed: Closed", "Completed: In Call"}
    assert log.state.texts()[:3] == ["Accepted: In Progress", "Accepted: Wait - User", "Completed: Resolved"]


def test_case_is_resolved_since_its_status_is_finished_for_good(written: Written) -> None:
    cases = read_log(written(CHANGES)).log.cases
    resolved = dict(zip(cases.ids, cases.resolved.tolist(), strict=True))
    assert resolved["1"] == minutes(2024, 1, 2, 9)
    assert resolved["2"] == minutes(2024, 1, 1, 8, 35)
    assert np.isnan(resolved["3"])


DAMAGED = """\
case,activity,start,end
1,a,2024-01-01 08:00,2024-01-01 09:00
,a,2024-01-01 08:00,2024-01-01 09:00
2,,2024-01-01 08:00,2024-01-01 09:00
3,a,someday,2024-01-01 09:00
4,a,2024-01-01 10:00,2024-01-01 09:00
5,a,,
6,a,2024-01-01 08:00
7,a,2024-01-01 08:00,2024-01-01 09:00
8,b,2024-01-01 08:00,2024-01-01 09:00
9,b,2024-01-01 08:00,2024-01-01 09:00
9,b,2024-01-01 08:00,2024-01-01 09:00
9,b,2024-01-01 08:00,
9,b,?,2024-01-01 09:00
"""


def damaged(written: Written) -> ReadLog:
    return read_log(written(DAMAGED))


def test_damaged_rows_are_kept_apart_with_line_and_reason(written: Written) -> None:
    read = damaged(written)
    assert [(row.line, row.reason) for row in read.rejected] == [
        (3, "the event has no case"),
        (4, "the event has no activity"),
        (5, "'start' is not a date that can be read"),
        (6, "the event ends before it starts"),
        (7, "the event has no time"),
        (8, "3 values where the header has 4"),
    ]
    assert read.log.cases.ids == ("1", "7", "8", "9")
    assert len(read.log) == 7
    assert read.rejected_by_reason()["the event has no case"] == 1


def test_rows_kept_apart_can_be_written(written: Written, tmp_path: Path) -> None:
    write_rejected(damaged(written), tmp_path / "rejected.csv")
    lines = (tmp_path / "rejected.csv").read_text().splitlines()
    assert lines[0] == "line,reason,row"
    assert lines[3].startswith("5,'start' is not a date") or lines[3].startswith("5,''start' is not a date")
    assert len(lines) == 7


def test_log_of_which_most_rows_are_unusable_is_refused(written: Written) -> None:
    path = written("case,activity,time\n1,a,x\n1,b,y\n2,a,2024-01-01\n")
    mapping_path(path).write_text("log: events\ncolumns: {case: case, activity: activity, end: time}\n")
    with pytest.raises(InvalidInput, match="2 of 3 rows cannot be used: 'time' is not a date"):
        read_log(path)


def test_tickets_given_twice_or_resolved_too_early_are_kept_apart(written: Written) -> None:
    text = TICKETS + TICKETS.splitlines()[1] + "\nINC4,2024-03-02 10:00:00,2024-03-01 10:05:00,,,,,,,\n"
    read = read_log(written(text))
    assert read.rejected_by_reason() == {
        "a ticket of this number stands above": 1,
        "the ticket is resolved before it is created": 1,
    }


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("log: tickets\ncolumns: {created: Opend}\n", "no column 'Opend'\n    -> did you mean 'Opened'"),
        ("log: tickets\ncolumns: {}\n", "needs the column 'created'"),
        ("log: events\ncolumns: {case: Number, activity: State}\n", "a log of events needs a time"),
        ("log: tickets\nzone: Europe/Berln\ncolumns: {created: Opened}\n", "did you mean Europe/Berlin"),
        ("log: tickets\ncolumns: {created: Opened, activity: State}\n", "has no column 'activity'"),
        ("log: ticket\ncolumns: {created: Opened}\n", "did you mean 'tickets'"),
        ("log: tickets\ncolumns: {creatd: Opened}\n", "did you mean 'created'"),
    ],
)
def test_mistake_in_the_mapping_is_told_with_its_remedy(written: Written, mapping: str, message: str) -> None:
    path = written(TICKETS)
    mapping_path(path).write_text(mapping)
    with pytest.raises(InvalidInput) as caught:
        read_log(path)
    assert message in str(caught.value)


def test_mapping_that_must_not_be_kept_is_not(written: Written, tmp_path: Path) -> None:
    read_log(written(TICKETS), keep_mapping=False)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


@pytest.mark.parametrize(
    "title", ["\x1b[31mred", "\u202egnp", "é: # x", "- a", "a{b}", "'q'", "true", "12", "*a", "?", "x\ty"]
)
def test_mapping_names_columns_and_statuses_of_any_writing(written: Written, title: str) -> None:
    rows = "".join(
        f'{n},"Done{title}",2024-01-0{1 + n % 9} 0{k}:00,v{n % 3}\n' for n in range(9) for k in (1, 2)
    )
    path = written(f'case,status,changed_at,"{title}"\n{rows}')
    first = read_log(path)
    again = read_log(path)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.mapping == first.mapping
    assert again.log.finished == first.log.finished == set(first.log.state.names)


def xes(events: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<log xmlns="http://www.xes-standard.org/">{events}</log>'


def event(name: str, at: str, transition: str) -> str:
    return (
        f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/>'
        f'<string key="lifecycle:transition" value="{transition}"/></event>'
    )


def test_start_and_complete_of_xes_become_one_event(written: Written) -> None:
    steps = (
        event("fix", "2024-01-01T08:30:00Z", "complete")
        + event("fix", "2024-01-01T08:00:00Z", "start")
        + event("look", "2024-01-01T09:00:00Z", "complete")
        + event("fix", "2024-01-01T10:00:00Z", "start")
        + event("fix", "2024-01-01T10:10:00Z", "suspend")
    )
    name = '<string key="concept:name" value="T1"/>'
    read = read_log(written(xes(f"<trace>{name}{steps}</trace>"), "log.xes"))
    log = read.log
    assert log.cases.ids == ("T1",)
    assert log.activity.texts() == ["fix", "look", "fix"]
    first = minutes(2024, 1, 1, 8)
    assert np.nan_to_num(log.start - first, nan=-1).tolist() == [0.0, -1.0, 120.0]
    assert np.nan_to_num(log.end - first, nan=-1).tolist() == [30.0, 60.0, -1.0]
    assert read.remarks[0] == "1 events 'suspend' of the lifecycle are left out"
    assert "its last event counts" in read.remarks[1]


def test_lifecycle_with_words_of_its_own_is_a_log_of_changes(written: Written) -> None:
    steps = event("Accepted", "2024-01-01T08:00:00Z", "In Progress") + event(
        "Completed", "2024-01-01T09:00:00Z", "Resolved"
    )
    log = read_log(written(xes(f"<trace>{steps}</trace><trace>{steps}</trace>"), "log.xes")).log
    assert log.kind is LogKind.CHANGES
    assert log.cases.ids == ("trace 1", "trace 2")
    assert log.state.names == ("Accepted: In Progress", "Completed: Resolved")


BOMB = '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (xes("", BOMB), "document type declaration is refused"),
        (xes("", '<!DOCTYPE log SYSTEM "file:///etc/hostname">'), "document type declaration is refused"),
        (xes("<trace>"), "not well-formed XML"),
        (xes("<trace></trace>"), "no events"),
        ('<?xml version="1.0"?><html></html>', "begins with <log>"),
        ('<?xml version="1.0" encoding="klingon"?><log></log>', "XML"),
        (xes("<trace>" + "<list>" * 100), "nested deeper"),
    ],
)
def test_harmful_or_broken_xes_is_refused(written: Written, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_log(written(text, "log.xes"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"ocel:events": {}}', "OCEL 1.0"),
        ('{"events": [], "objects": []}', "list 'events' with entries"),
        ('{"events": [1], "objects": [{}]}', "entry 1 of 'events'"),
        ('{"events": [{"id": "e"}], "objects": [{"id": "o"}]}', "no event relates"),
    ],
)
def test_broken_ocel_is_refused(written: Written, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_log(written(text, "log.json"))


def test_ocel_is_looked_at_from_the_tickets(written: Written) -> None:
    text = """{"objects": [
      {"id": "T1", "type": "ticket", "attributes": [{"name": "priority", "time": "2024", "value": "P1"}]},
      {"id": "T2", "type": "ticket"}, {"id": "Ann", "type": "agent"}, {"id": "S", "type": "server"}],
     "events": [
      {"id": "1", "type": "look", "time": "2024-01-01T08:00:00Z",
       "relationships": [{"objectId": "T1"}, {"objectId": "T2"}, {"objectId": "Ann"}]},
      {"id": "2", "type": "fix", "time": "2024-01-01T09:00:00Z", "relationships": [{"objectId": "T1"}]},
      {"id": "3", "type": "boot", "time": "2024-01-01T09:00:00Z", "relationships": [{"objectId": "S"}]}]}"""
    log = read_log(written(text, "log.json")).log
    assert log.cases.ids == ("T1", "T2")
    assert log.activity.texts() == ["look", "fix", "look"]
    assert log.person.texts() == ["Ann", "", "Ann"]
    assert log.cases.priority.texts() == ["P1", ""]


def test_parquet_with_far_too_many_rows_is_refused_before_it_is_read(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "MOST_ROWS", 2)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"case": ["1", "1", "1"]}), sink)
    with pytest.raises(InvalidInput, match="at most 2 rows"):
        read_log(written(sink.getvalue().to_pybytes(), "log.parquet"))


def test_damaged_parquet_is_refused(written: Written) -> None:
    with pytest.raises(InvalidInput, match="Parquet file cannot be read"):
        read_log(written(b"PAR1" + bytes(100) + b"PAR1", "log.parquet"))


def test_activities_that_may_resolve_a_case_are_named_and_taken_once_the_mapping_says_so(
    written: Written,
) -> None:
    path = written("case,activity,time\n1,work,2024-03-01 08:00\n1,Resolved,2024-03-01 09:00\n")
    with_more = path.read_text() + "1,Closed,2024-03-06 09:00\n2,work,2024-03-06 10:00\n"
    path.write_text(with_more)
    (remark,) = read_log(path).remarks
    assert remark.endswith("finished: [Resolved, Closed]")
    mapping = mapping_path(path)
    assert "finished: []" in mapping.read_text()
    mapping.write_text(mapping.read_text().replace("finished: []", "finished: [Resolved, Closed]"))
    cases = read_log(path).log.cases
    assert (cases.resolved - cases.created)[0] == 60.0
    assert cases.is_open.tolist() == [False, True]
