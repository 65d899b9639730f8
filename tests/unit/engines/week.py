"""Instants of scripted scenarios: minutes since Monday, 5 January 2026, midnight."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

MONDAY = datetime(2026, 1, 5)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(moment: str) -> float:
    """Minutes of ``tue 08:30``; ``mon+1 08:00`` is a week later. Elapsed time is local time (UTC)."""
    day, clock = moment.split()
    name, _, weeks = day.partition("+")
    hours, minutes = clock.split(":")
    days = DAYS.index(name) + 7 * int(weeks or 0)
    return days * 1440.0 + int(hours) * 60.0 + float(minutes)


def timetable(moments: Iterable[str]) -> dict[str, list[str]]:
    """Arrivals at these moments."""
    return {"timetable": [(MONDAY + timedelta(minutes=at(m))).strftime("%Y-%m-%d %H:%M") for m in moments]}
