"""Hours of the week as Prosimos writes them: periods from a day to a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simlab.units import parse_clock_time

_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MINUTES_PER_DAY: Final = 1440


def weekly_hours(periods: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return weekly hours of periods from a day to a day, each with its hours."""
    by_day: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for period in periods:
        first, last = (_day(str(period[key])) for key in ("from", "to"))
        begin, end = _clock(str(period["beginTime"])), _clock(str(period["endTime"]))
        end = _MINUTES_PER_DAY if end in (0, _MINUTES_PER_DAY - 1) else end
        if begin >= end:
            raise ValueError(f"hours from {period['beginTime']} to {period['endTime']}")
        for day in range(first, last + 1 if first <= last else last + 8):
            by_day[day % 7].append((begin, end))
    spans = {day: _merged(sorted(by_day[day])) for day in sorted(by_day)}
    hours: dict[str, str] = {}
    for first, last in _runs(spans):
        name = _DAYS[first][:3].lower()
        days = name if first == last else f"{name}-{_DAYS[last][:3].lower()}"
        hours[days] = ", ".join(f"{_said(a)}-{_said(b)}" for a, b in spans[first])
    return hours


def _day(written: str) -> int:
    if written.upper() not in _DAYS:
        raise ValueError(f"'{written}' is no day such as MONDAY")
    return _DAYS.index(written.upper())


def _clock(written: str) -> int:
    """Return the minute of the day of a text such as ``09:00:00.000``."""
    parts = written.split(":")
    if len(parts) < 2 or not all(part.isdigit() for part in parts[:2]):
        raise ValueError(f"'{written}' is no time of day such as 09:00:00")
    return parse_clock_time(f"{int(parts[0]):02}:{int(parts[1]):02}")


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _runs(spans: Mapping[int, Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Return first and last of successive days with the same hours."""
    runs: list[tuple[int, int]] = []
    for day in spans:
        if runs and runs[-1][1] == day - 1 and spans[day] == spans[runs[-1][0]]:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _said(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def open_minutes(hours: Mapping[str, str]) -> int:
    """Return the open minutes of a week, of hours as :func:`weekly_hours` returns them."""
    return sum(_open_minutes(days, spans) for days, spans in hours.items())


def _open_minutes(days: str, spans: str) -> int:
    names = [name[:3].lower() for name in _DAYS]
    first, _, last = days.partition("-")
    n_days = names.index(last or first) - names.index(first) + 1
    each = 0
    for span in spans.split(", "):
        begin, _, end = span.partition("-")
        each += parse_clock_time(end) - parse_clock_time(begin)
    return n_days * each
