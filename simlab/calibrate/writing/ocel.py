"""Event logs as object-centric logs (OCEL 2.0, JSON), written event by event.

Tickets, teams and people are objects; an event relates to the ticket that it is about and to who did it. Its
time is its end; its start is an attribute. An event that was still going on has its start as time, and says
so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from simlab.calibrate.event_log import Labels
from simlab.calibrate.writing.columns import ENABLED, START, STATE, Column, WrittenLog, iso_instants
from simlab.results.files import streamed

TICKET: Final = "ticket"
TEAM: Final = "team"
PERSON: Final = "person"
TRANSITION: Final = "lifecycle:transition"
_EPOCH: Final = "1970-01-01T00:00:00Z"


def write_ocel(log: WrittenLog, path: Path) -> None:
    """Write a log as OCEL 2.0 JSON."""
    with streamed(path) as file:
        file.write(b'{"objectTypes": ' + _json(_object_types(log)))
        file.write(b',\n"eventTypes": ' + _json(_event_types(log)))
        ids = _ids(log)
        file.write(b',\n"objects": ')
        _write_list(file, _objects(log, ids))
        file.write(b',\n"events": ')
        _write_list(file, _events(log, ids))
        file.write(b"}\n")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _write_list(file: IO[bytes], entries: Iterator[Mapping[str, Any]]) -> None:
    separator = b"[\n"
    for entry in entries:
        file.write(separator + _json(entry))
        separator = b",\n"
    file.write(b"\n]" if separator == b",\n" else b"[]")


def _object_types(log: WrittenLog) -> list[dict[str, Any]]:
    about = [{"name": name, "type": _type(column)} for name, column in log.cases.items()]
    return [{"name": TICKET, "attributes": about}, *({"name": n, "attributes": []} for n in (TEAM, PERSON))]


def _event_types(log: WrittenLog) -> list[dict[str, Any]]:
    attributes = [
        {"name": name, "type": _type(log.events[name])}
        for name in (START, ENABLED, STATE)
        if name in log.events
    ]
    if np.isnan(log.log.end).any():
        attributes.append({"name": TRANSITION, "type": "string"})
    used = np.flatnonzero(log.log.activity.counts())
    return [{"name": log.log.activity.names[code], "attributes": attributes} for code in used.tolist()]


def _type(column: Column) -> str:
    if isinstance(column, Labels):
        return "string"
    return "time" if column.dtype.kind == "f" else "integer"


def _ids(log: WrittenLog) -> dict[tuple[str, str], str]:
    """Return the identifier of every object: its name, with its type in front where two have the same."""
    taken: set[str] = set()
    ids: dict[tuple[str, str], str] = {}
    for kind, names in ((TICKET, log.ids), (TEAM, log.log.team.names), (PERSON, log.log.person.names)):
        for name in names:
            chosen = name if name not in taken else f"{kind}:{name}"
            taken.add(chosen)
            ids[kind, name] = chosen
    return ids


def _objects(log: WrittenLog, ids: Mapping[tuple[str, str], str]) -> Iterator[dict[str, Any]]:
    values = {name: _values(column, log.log.zone) for name, column in log.cases.items()}
    for row, name in enumerate(log.ids):
        said = [
            {"name": key, "time": _EPOCH, "value": column[row]}
            for key, column in values.items()
            if column[row]
        ]
        yield {"id": ids[TICKET, name], "type": TICKET, "attributes": said, "relationships": []}
    for kind, labels in ((TEAM, log.log.team), (PERSON, log.log.person)):
        for code in np.flatnonzero(labels.counts()).tolist():
            key = ids[kind, labels.names[code]]
            yield {"id": key, "type": kind, "attributes": [], "relationships": []}


def _events(log: WrittenLog, ids: Mapping[tuple[str, str], str]) -> Iterator[dict[str, Any]]:
    events, zone = log.log, log.log.zone
    times = iso_instants(np.where(np.isnan(events.end), events.start, events.end), zone)
    about = {name: _values(log.events[name], zone) for name in (START, ENABLED, STATE) if name in log.events}
    is_open = np.isnan(events.end)
    has_open = bool(is_open.any())
    for row in range(len(events)):
        related = [{"objectId": ids[TICKET, log.ids[events.case[row]]], "qualifier": TICKET}]
        for kind, labels in ((TEAM, events.team), (PERSON, events.person)):
            if name := labels.text(row):
                related.append({"objectId": ids[kind, name], "qualifier": kind})
        said = [{"name": key, "value": column[row]} for key, column in about.items() if column[row]]
        if has_open:
            said.append({"name": TRANSITION, "value": "start" if is_open[row] else "complete"})
        yield {
            "id": f"e{row + 1}",
            "type": events.activity.text(row),
            "time": times[row],
            "attributes": said,
            "relationships": related,
        }


def _values(column: Column, zone: str) -> list[str]:
    if isinstance(column, Labels):
        return column.texts()
    if column.dtype.kind == "f":
        return iso_instants(column.astype(np.float64), zone)
    return ["" if count < 0 else str(count) for count in column.tolist()]  # values are text, by the schema
