"""How long it took, as exports tell it in place of an instant: a number, or hours:minutes:seconds."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats, Labels

MINUTES_OF: Final = {"seconds": 1.0 / 60.0, "minutes": 1.0, "hours": 60.0, "days": 1440.0}
"""Minutes of a unit in which durations may be written."""
_CLOCK: Final = re.compile(r"(?:(\d{1,5}) ?(?:d|days?)[ ,]*)?(\d{1,6}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")
_NUMBER: Final = re.compile(r"\d{1,12}(?:[.,]\d{1,12})?")


def minutes_of(column: Labels, unit: str) -> Floats:
    """Return the minutes of each row; NaN where nothing is told, or nothing that can be read.

    Parameters
    ----------
    unit
        Unit of plain numbers, a key of `MINUTES_OF`. Texts such as ``26:05:00`` are hours, minutes and
        seconds; ``1 day 02:05`` has days before them.
    """
    of_name = [_minutes(name.strip(), MINUTES_OF[unit]) for name in column.names]
    return np.array([*of_name, np.nan])[column.codes]


def unit_of(name: str) -> str:
    """Return the unit that the name of a column tells; minutes where it tells none."""
    words = re.findall(r"[a-z]+", name.lower())
    for unit, starts in (("hours", ("hour", "hrs")), ("days", ("day",)), ("seconds", ("sec",))):
        if any(word.startswith(starts) for word in words):
            return unit
    return "minutes"


def _minutes(text: str, minutes_of_unit: float) -> float:
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", ".")) * minutes_of_unit
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return float("nan")
    days, hours, minutes, seconds = (float(part or 0.0) for part in clock.groups())
    return days * 1440.0 + hours * 60.0 + minutes + seconds / 60.0
