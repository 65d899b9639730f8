"""Event logs written and read again, in every format."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Labels, LogKind
from simlab.calibrate.read import mapping_path, read_log
from simlab.calibrate.writing.columns import iso_instants
from simlab.calibrate.writing.files import WRITERS, write_log
from simlab.errors import StorageError, UsageError

NAN = np.nan
WINTER, SUMMER = 28_400_000.0, 28_680_000.0  # 2023-12-31 and 2024-07-12, about
XES = "{http://www.xes-standard.org/}"


def odd_log(kind: LogKind = LogKind.EVENTS) -> EventLog:
    """Return a log with everything that is hard to write."""
    names = ['=cmd|"x"', "a,b\n<c>&'", "-", "ünï", "x"]
    created = np.array([WINTER, WINTER + 10, SUMMER, SUMMER + 1, SUMMER + 2.123456])
    cases = CaseTable(
        ids=("T,1", 'T"2', "T<3>", "T'4", "Ann"),
        created=created,
        responded=np.full(5, NAN),
        resolved=np.array([WINTER + 20, NAN, SUMMER + 5, SUMMER + 6, NAN]),
        closed=np.full(5, NAN),
        case_class=Labels.of(names),
        priority=Labels.of(["P1", "P2", "", "P1", "P1"]),
        channel=Labels.none(5),
        team=Labels.of(["desk", "desk", "desk", "", "L2"]),
        reassignments=np.array([0, 1, -1, 2, 0], np.int32),
        reopens=np.full(5, -1, np.int32),
        attributes={
            "kind": Labels.of(["i", "i", "r", "r", "i"]),
            "region": Labels.of(["north", "", "south", "north", "west"]),
        },
    )
    n_events = 6
    case = np.array([0, 0, 1, 2, 3, 4], np.int32)
    start: Floats = created[case] + np.arange(float(n_events))
    end: Floats = start + np.array([1.0, 2.5, NAN, 0.0, 3.25, 7.0])
    is_change = kind is LogKind.CHANGES
    activity = Labels.of([names[0], names[1], names[2], "x", "x", names[3]])
    return EventLog.sorted_from(
        kind,
        "Europe/Berlin",
        cases,
        case,
        activity,
        start=np.full(n_events, NAN) if is_change else start,
        end=start if is_change else end,
        team=Labels.of(["desk", "L2", "desk", "desk", "", "Ann"]),
        person=Labels.of(["Ann", "Bob", "", "Ann", "", "Ann"]),
        state=activity if is_change else None,
        enabled=None if is_change else np.asarray(start - 0.5, np.float64),
    )


def same_instants(first: Floats, second: Floats) -> bool:
    """Whether instants agree to the microsecond, and the same ones are missing."""
    return bool(np.allclose(first, second, rtol=0, atol=2e-8, equal_nan=True))


@pytest.mark.parametrize("file_format", WRITERS)
@pytest.mark.parametrize("kind", [LogKind.EVENTS, LogKind.CHANGES])
def test_log_that_was_written_is_read_as_it_was(tmp_path: Path, file_format: str, kind: LogKind) -> None:
    log = odd_log(kind)
    path = tmp_path / "log.out"
    write_log(log, path, file_format)
    again = read_log(path).log
    assert again.kind is kind
    assert (again.zone, again.cases.ids) == (log.zone, log.cases.ids)
    for name in ("activity", "team", "person", "state"):
        assert getattr(again, name).texts() == [text.strip() for text in getattr(log, name).texts()], name
    for name in ("case_class", "priority", "channel"):
        assert getattr(again.cases, name).texts() == getattr(log.cases, name).texts(), name
    for name in ("start", "end", "enabled"):
        if name != "enabled" or file_format != "xes":  # told with the completion there, which one event lacks
            assert same_instants(getattr(again, name), getattr(log, name)), name
    for name in ("created", "resolved", "closed"):
        assert same_instants(getattr(again.cases, name), getattr(log.cases, name)), name
    assert again.cases.reassignments.tolist() == log.cases.reassignments.tolist()
    assert set(again.cases.attributes) == {"kind", "region"}
    for name, column in log.cases.attributes.items():
        assert again.cases.attributes[name].texts() == column.texts(), name


@pytest.mark.parametrize("file_format", WRITERS)
def test_events_of_one_instant_keep_their_order(tmp_path: Path, file_format: str) -> None:
    at = WINTER + np.array([0.0, 0.0, 0.0, 5.0, 5.0])
    ids, nothing, none = ("1",), Labels.none(1), np.full(1, -1, np.int32)
    unknown = np.full(1, NAN)
    cases = CaseTable(ids, at[:1], unknown, at[-1:], unknown, nothing, nothing, nothing, nothing, none, none)
    log = EventLog.sorted_from(
        LogKind.EVENTS,
        "Europe/Berlin",
        cases,
        np.zeros(5, np.int32),
        Labels.of(["submit", "review", "check", "decide", "inform"]),
        start=np.array([NAN, at[1], at[2], NAN, at[4]]),
        end=np.array([at[0], at[1] + 5.0, at[2] + 3.0, at[3], at[4]]),
    )
    path = tmp_path / "log.out"
    write_log(log, path, file_format)
    again = read_log(path).log
    assert again.activity.texts() == log.activity.texts()
    assert same_instants(again.start, log.start)
    assert same_instants(again.end, log.end)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_table_of_tickets_is_read_as_it_was(tmp_path: Path, file_format: str) -> None:
    path = tmp_path / "tickets.csv"
    events = odd_log()
    log = EventLog.sorted_from(
        LogKind.TICKETS,
        "Europe/Berlin",
        events.cases,
        np.empty(0, np.int32),
        Labels.none(0),
        np.empty(0),
        np.empty(0),
    )
    write_log(log, path, file_format)
    again = read_log(path).log
    assert again.kind is LogKind.TICKETS
    assert again.cases.ids == log.cases.ids
    assert same_instants(again.cases.created, log.cases.created)
    assert again.cases.team.texts() == log.cases.team.texts()


def test_instants_are_local_with_the_offset_of_their_day() -> None:
    texts = iso_instants(np.array([WINTER, NAN, SUMMER]), "Europe/Berlin")
    assert texts == ["2023-12-31T06:20:00.000000+01:00", "", "2024-07-12T18:00:00.000000+02:00"]
    assert iso_instants(np.array([WINTER]), "America/St_Johns")[0].endswith("-03:30")


def test_csv_has_the_columns_that_process_mining_tools_know_and_no_formula(tmp_path: Path) -> None:
    write_log(odd_log(), tmp_path / "log.csv")
    text = (tmp_path / "log.csv").read_text()
    header = text.splitlines()[0].split(",")
    assert header[:2] == ["case:concept:name", "concept:name"]
    assert {"time:timestamp", "start_timestamp", "org:resource", "org:group"} <= set(header)
    assert "'=cmd" in text
    assert ",=cmd" not in text


def test_xes_has_its_elements_in_the_order_of_the_standard(tmp_path: Path) -> None:
    odd = odd_log()
    odd = replace(odd, cases=replace(odd.cases, attributes={"2nd level & more": odd.cases.team}))
    write_log(odd, tmp_path / "log.xes")
    log = ElementTree.parse(tmp_path / "log.xes").getroot()
    assert log.tag == f"{XES}log"
    order = ["extension", "global", "classifier", "string", "trace"]
    tags = [child.tag.removeprefix(XES) for child in log]
    assert [tag for number, tag in enumerate(tags) if tag not in tags[:number]] == order
    assert tags == sorted(tags, key=order.index)
    names = [each.get("key", "") for each in log.iter() if each.get("key")]
    names += [each.get("name", "") for each in log.findall(f"{XES}classifier")]
    assert all(re.fullmatch(r"[A-Za-z_][\w.:-]*", name) for name in names), "the schema has xs:Name there"
    float(log.get("xes.version", ""))  # xs:decimal
    events = log.findall(f"{XES}trace/{XES}event")
    keys = [[attribute.get("key") for attribute in each] for each in events]
    assert all(len(set(each)) == len(each) and "time:timestamp" in each for each in keys)
    times = [each.get("value") for each in events[0] if each.tag == f"{XES}date"]
    assert all(time and time[10] == "T" for time in times)


def test_ocel_names_every_type_and_object_that_it_uses(tmp_path: Path) -> None:
    write_log(odd_log(), tmp_path / "log.json")
    log = json.loads((tmp_path / "log.json").read_text())
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    types = {each["name"]: {a["name"] for a in each["attributes"]} for each in log["objectTypes"]}
    ids = [each["id"] for each in log["objects"]]
    assert len(set(ids)) == len(ids), "a ticket, a person and a team may have the same name"
    assert all({a["name"] for a in each["attributes"]} <= types[each["type"]] for each in log["objects"])
    events = {each["name"] for each in log["eventTypes"]}
    assert all(each["type"] in events for each in log["events"])
    assert all(other["objectId"] in ids for each in log["events"] for other in each["relationships"])


def listed(required: list[str], **properties: object) -> dict[str, object]:
    """Return the schema of a list of objects."""
    return {"type": "array", "items": {"type": "object", "required": required, "properties": properties}}


TEXT = {"type": "string"}
INSTANT = {"type": "string", "format": "date-time"}
RELATED = listed(["objectId", "qualifier"], objectId=TEXT, qualifier=TEXT)
TYPES = listed(["name", "attributes"], name=TEXT, attributes=listed(["name", "type"], name=TEXT, type=TEXT))
EVENTS = {"attributes": listed(["name", "value"], name=TEXT, value=TEXT), "relationships": RELATED}
OBJECTS = {
    "attributes": listed(["name", "value", "time"], name=TEXT, value=TEXT, time=INSTANT),
    "relationships": RELATED,
}
OCEL_SCHEMA = {
    "type": "object",
    "required": ["eventTypes", "objectTypes", "events", "objects"],
    "properties": {
        "eventTypes": TYPES,
        "objectTypes": TYPES,
        "events": listed(["id", "type", "time"], id=TEXT, type=TEXT, time=INSTANT, **EVENTS),
        "objects": listed(["id", "type"], id=TEXT, type=TEXT, **OBJECTS),
    },
}
"""What the published JSON Schema of OCEL 2.0 asks for."""


@pytest.mark.parametrize("kind", LogKind)
def test_ocel_fulfils_the_schema_of_the_standard(tmp_path: Path, kind: LogKind) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    write_log(odd_log(kind), tmp_path / "log.json")
    jsonschema.validate(json.loads((tmp_path / "log.json").read_text()), OCEL_SCHEMA)


def test_unknown_format_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'xes'"):
        write_log(odd_log(), tmp_path / "log.xess")


def test_folder_that_is_not_there_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write it"):
        write_log(odd_log(), tmp_path / "absent" / "log.csv")
    assert list(tmp_path.iterdir()) == []
    assert not mapping_path(tmp_path / "log.csv").exists()
