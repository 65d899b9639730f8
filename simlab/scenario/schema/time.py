"""Time and calendars: when the run starts, how long it lasts, when doors are open."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simlab.scenario.quantities import Date, DateTime, Duration, Name, PositiveDuration
from simlab.scenario.schema.base import Block


class Time(Block):
    """Start, length and observation window of a run."""

    zone: str = "UTC"
    """Time zone of all local times, by its IANA name such as ``Europe/Berlin``."""
    start: DateTime = Field(default="2026-01-05", validate_default=True)
    """Local date, or date and time, at which the run starts. A Monday makes reports easy to read."""
    warm_up: Duration = 0.0
    """Time at the start that is simulated but not counted, while the empty desk fills up."""
    length: PositiveDuration
    """Length of the run, warm-up included: tickets arrive from the start until then."""
    then: Literal["stop", "drain"] = "stop"
    """At the end ``stop``, or ``drain``: go on without new tickets until the last one is closed."""
    business_hours: Name | None = None
    """Calendar on which figures in business hours are measured; round the clock where none is named."""


WeeklyHours = dict[str, str]
"""Days (``mon-fri``, ``sat``, ``mon,wed``, ``daily``) to hours (``08:00-12:00, 13:00-17:00``)."""


class Calendar(Block):
    """When something is open: weekly hours in local time, with holidays and special days."""

    hours: WeeklyHours
    """Weekly hours: days to one or several intervals; ``22:00-06:00`` ends on the next morning."""
    holidays: str | None = None
    """Public holidays on which it is closed: a country, or country and region, such as ``DE-BY``."""
    closed: tuple[Date, ...] = ()
    """More dates on which it is closed."""
    make_up: dict[Date, str] = {}
    """Dates that are worked like another weekday although they would be closed: ``2026-02-14: mon``."""
    special: dict[Date, str] = {}
    """Dates with hours of their own: ``2026-12-31: 08:00-12:00``; ``closed`` is allowed."""
    zone: str | None = None
    """Time zone of its hours, where it is not that of the scenario."""
