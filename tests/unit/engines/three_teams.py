"""Scripted scenarios of three teams with a step each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.desks import Run, one_step
from tests.unit.engines.week import timetable


def process(
    steps: dict[str, Any], start: object = "a", moments: tuple[str, ...] = ("mon 10:00",), **more: object
) -> dict[str, Any]:
    """Steps ``a``, ``b``, ``c`` of 10 min at teams of the same names, each with plenty of people."""
    written = one_step(timetable(moments), "0", {"people": 9}, "4 weeks", **more)
    own = {name: {"team": name, "work": "10 min", "next": "resolved"} for name in "abc"}
    written["staffing"] = {name: {"people": 9} for name in "abc"}
    written["routing"] = {
        "start": start,
        "steps": {
            name: {**own.get(name, {}), **steps.get(name, {})} for name in dict.fromkeys([*own, *steps])
        },
    }
    return written


def with_priorities(written: dict[str, Any], **moments: Sequence[str]) -> dict[str, Any]:
    """Replace the demand by a stream for each priority, with arrivals at these moments."""
    written["demand"] = {
        priority: {"arrivals": timetable(at), "priority": priority} for priority, at in moments.items()
    }
    return written


def path(ran: Run, ticket: int = 0) -> str:
    """Steps that a ticket visited, first letters only."""
    return "".join(v.step[0] for v in ran.visits() if v.ticket == ticket)


def closed(ran: Run) -> list[float]:
    """When each ticket left."""
    times: list[float] = ran.logs.tickets.closed.tolist()
    return times
