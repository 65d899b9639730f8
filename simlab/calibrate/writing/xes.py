"""Event logs as XES (IEEE 1849-2016), written trace by trace.

An event with start and end becomes two events of the standard's lifecycle, ``start`` and ``complete``;
elements stand in the order that the standard's schema asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

import numpy as np

from simlab.calibrate.event_log import EventLog, Floats, Labels
from simlab.calibrate.writing.columns import (
    ENABLED,
    END,
    START,
    Column,
    WrittenLog,
    iso_instants,
)
from simlab.results.files import streamed

_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace">
    <string key="concept:name" value="unknown"/>
  </global>
  <global scope="event">
    <string key="concept:name" value="unknown"/>
    <string key="lifecycle:transition" value="complete"/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
  <classifier name="ActivityAndLifecycle" keys="concept:name lifecycle:transition"/>
  <classifier name="Resource" keys="org:resource"/>
  <string key="lifecycle:model" value="standard"/>
"""
_TRACES_AT_ONCE: Final = 2_000
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_xes(log: WrittenLog, path: Path) -> None:
    """Write a log as XES; a log of tickets has traces without events."""
    texts = _Texts(log)
    offsets = log.log.offsets()
    with streamed(path) as file:
        file.write(_HEAD.encode())
        for first in range(0, len(log.ids), _TRACES_AT_ONCE):
            last = min(first + _TRACES_AT_ONCE, len(log.ids))
            file.write("".join(texts.traces(first, last, offsets.tolist())).encode())
        file.write(b"</log>\n")


class _Texts:
    """The attributes of cases and events as XML, made column by column."""

    def __init__(self, log: WrittenLog) -> None:
        self._log = log
        zone = log.log.zone
        self._cases = [_attributes(name, column, zone) for name, column in log.cases.items()]
        shared = [name for name in log.events if name not in (ENABLED, START, END)]
        self._events = [_attributes(name, log.events[name], zone) for name in shared]
        self._enabled = _dates(ENABLED, log.log.enabled, zone)
        self._starts = _dates("time:timestamp", log.log.start, zone)
        self._ends = _dates("time:timestamp", log.log.end, zone)

    def traces(self, first: int, last: int, offsets: Sequence[int]) -> Iterator[str]:
        """Yield the traces of some cases."""
        for case in range(first, last):
            yield f'  <trace>\n    <string key="concept:name" value={_quoted(self._log.ids[case])}/>\n'
            yield "".join(f"    {column[case]}\n" for column in self._cases if column[case])
            steps = sorted(
                step
                for event in range(offsets[case], offsets[case + 1])
                for step in self._steps(event, self._log.log)
            )
            yield from (self._event(event, is_end) for _, _, event, is_end in steps)
            yield "  </trace>\n"

    def _steps(self, event: int, log: EventLog) -> Iterator[tuple[float, bool, int, bool]]:
        """Yield start and end of an event: instant, whether it comes after beginnings, event, is it the end.

        An end without a start is a beginning: at one instant those stand in the order of the events.
        """
        start, end = float(log.start[event]), float(log.end[event])
        if not np.isnan(start):
            yield start, False, event, False
        if not np.isnan(end):
            yield end, not np.isnan(start), event, True

    def _event(self, event: int, is_end: bool) -> str:
        word = "complete" if is_end else "start"
        attributes = [column[event] for column in self._events]
        attributes.append(f'<string key="lifecycle:transition" value="{word}"/>')
        # A reader joins start and end by the completion, so what is said of both stands there.
        attributes += [self._ends[event], self._enabled[event]] if is_end else [self._starts[event]]
        lines = "".join(f"      {each}\n" for each in attributes if each)
        return f"    <event>\n{lines}    </event>\n"


def _attributes(name: str, column: Column, zone: str) -> list[str]:
    """Return an XML attribute for each row; empty where the column says nothing."""
    key = _key(name)
    if isinstance(column, Labels):
        texts = [f"<string key={key} value={_quoted(text)}/>" for text in column.names]
        return list(np.array([*texts, ""], object)[column.codes])
    if column.dtype.kind == "f":
        return _dates(name, column.astype(np.float64), zone)
    return [f'<int key={key} value="{count}"/>' if count >= 0 else "" for count in column.tolist()]


def _dates(name: str, minutes: Floats, zone: str) -> list[str]:
    key = _key(name)
    return [f'<date key={key} value="{text}"/>' if text else "" for text in iso_instants(minutes, zone)]


def _key(name: str) -> str:
    """Return a name as the standard's schema wants keys: an XML name, without spaces and the like."""
    allowed = "".join(c if c.isalnum() or c in "_-.:" else "_" for c in name)
    return _quoted(allowed if allowed[:1].isalpha() or allowed[:1] == "_" else f"_{allowed}")


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
