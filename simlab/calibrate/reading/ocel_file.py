"""Object-centric event logs (OCEL 2.0, JSON): looked at from the objects of one type, the cases."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from simlab.calibrate.event_log import Labels
from simlab.calibrate.reading.log_file import refused
from simlab.calibrate.reading.raw_table import RawTable
from simlab.scenario.suggestions import remedy_for_unknown

_CASE_TYPES: Final = ("ticket", "case", "incident", "request", "issue", "order", "application", "claim")
_TEAM_TYPES: Final = ("team", "group", "department", "queue")
_PERSON_TYPES: Final = ("person", "resource", "agent", "employee", "user", "assignee")

Object = Mapping[str, Any]


def ocel_table(content: bytes, path: Path, cases: str | None) -> RawTable:
    """Read an OCEL 2.0 log as a row for each event and case that it relates to.

    Parameters
    ----------
    content, path
        The file, and its name for messages.
    cases
        Object type that is the case; None: the type that is called ticket, case or the like, else the one to
        which most events relate.

    Raises
    ------
    InvalidInput
        It is not JSON, not OCEL 2.0, has no events, or no objects of the type.
    """
    document = _json(content, path)
    events, objects = _listed(document, "events", path), _listed(document, "objects", path)
    by_id = {str(each.get("id")): each for each in objects}
    case_type = _case_type(events, by_id, cases, path)
    rows: dict[str, dict[int, str]] = defaultdict(dict)
    n_rows = 0
    for event in events:
        related = [by_id[key] for key in _related(event) if key in by_id]
        for case in related:
            if case.get("type") == case_type:
                for name, value in _row(event, case, related, case_type).items():
                    if value:
                        rows[name][n_rows] = value
                n_rows += 1
    if not n_rows:
        raise refused(
            path, f"no event relates to an object of type '{case_type}'", "write another type as cases"
        )
    columns = {name: Labels.of([values.get(row) for row in range(n_rows)]) for name, values in rows.items()}
    n_others = sum(1 for event in events if not any(key in by_id for key in _related(event)))
    remarks = (f"{n_others:,} events relate to no object and are left out",) if n_others else ()
    return RawTable(
        columns,
        np.arange(1, n_rows + 1),
        remarks=remarks,
        found={"cases": case_type},
        case_columns=frozenset(name for name in columns if name.startswith("case:")),
    )


def _json(content: bytes, path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        message = getattr(error, "msg", None) or "nested too deeply, or not UTF-8"
        raise refused(path, f"this is not JSON: {message}", "export it again", line) from None
    if not isinstance(document, Mapping):
        raise refused(path, "an OCEL 2.0 log is a JSON object", "export OCEL 2.0 JSON")
    return document


def _listed(document: Mapping[str, Any], key: str, path: Path) -> Sequence[Object]:
    found = document.get(key)
    if not isinstance(found, list) or not found:
        is_older = any(name.startswith("ocel:") for name in document)
        remedy = "convert the OCEL 1.0 log to 2.0" if is_older else "export OCEL 2.0 JSON"
        raise refused(path, f"an OCEL 2.0 log has a list '{key}' with entries", remedy)
    wrong = [number for number, each in enumerate(found) if not isinstance(each, Mapping)]
    if wrong:
        raise refused(path, f"entry {wrong[0] + 1} of '{key}' is not an object", "export it again")
    return found


def _related(event: Object) -> list[str]:
    relationships = event.get("relationships")
    if not isinstance(relationships, list):
        return []
    return [str(each.get("objectId")) for each in relationships if isinstance(each, Mapping)]


def _case_type(events: Sequence[Object], by_id: Mapping[str, Object], wanted: str | None, path: Path) -> str:
    types = Counter(
        str(by_id[key].get("type")) for event in events for key in _related(event) if key in by_id
    )
    if wanted is not None:
        if wanted not in types:
            remedy = remedy_for_unknown(wanted, types) or "check the log"
            raise refused(path, f"no event relates to objects of type '{wanted}'", remedy)
        return wanted
    if not types:
        raise refused(path, "no event relates to an object", "export it again")
    usual = [name for word in _CASE_TYPES for name in types if name.lower() in (word, f"{word}s")]
    return usual[0] if usual else types.most_common(1)[0][0]


def _row(event: Object, case: Object, related: Sequence[Object], case_type: str) -> dict[str, str]:
    row = {
        "case:concept:name": _name(case),
        "concept:name": str(event.get("type", "")),
        "time:timestamp": str(event.get("time", "")),
    }
    row |= {name: value for name, value in _attributes(event).items()}
    row |= {f"case:{name}": value for name, value in _attributes(case).items()}
    for other in related:
        kind = str(other.get("type", ""))
        if kind == case_type:
            continue
        column = "org:group" if kind.lower().rstrip("s") in _TEAM_TYPES else kind
        column = "org:resource" if kind.lower().rstrip("s") in _PERSON_TYPES else column
        row.setdefault(column, _name(other))
    return row


def _name(each: Object) -> str:
    """Return an object's identifier, without its type in front where that only tells equal names apart."""
    return str(each.get("id", "")).removeprefix(f"{each.get('type')}:")


def _attributes(owner: Object) -> dict[str, str]:
    """Return attributes by name; of those that changed the last value."""
    attributes = owner.get("attributes")
    if not isinstance(attributes, list):
        return {}
    known = [each for each in attributes if isinstance(each, Mapping) and "name" in each]
    by_time = sorted(known, key=lambda each: str(each.get("time", "")))
    return {str(each["name"]): _text(each.get("value")) for each in by_time}


def _text(value: object) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).strip()
