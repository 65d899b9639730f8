"""Who is on duty when, in one replication: rosters with each person's absences drawn and taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlab.model.calendars import Calendar, IntervalArray, calendar_of, normalised, subtract
from simlab.model.streams import Purpose, uniform
from simlab.model.tables import Model, Roster

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PersonalCalendars:
    """One person's calendars in one replication."""

    duty: Calendar
    """When the person works: without breaks and absences."""
    shift: Calendar
    """The shifts the person comes to, breaks included."""


def draw_calendars(model: Model, key: Key) -> tuple[PersonalCalendars, ...]:
    """Calendars of all people; those without absences share the calendars of their roster."""
    shared = [PersonalCalendars(roster.duty, roster.shift) for roster in model.rosters]
    people = model.people
    calendars = []
    for roster, absence, number, space in zip(
        people.roster.tolist(),
        people.absence.tolist(),
        people.number.tolist(),
        people.space.tolist(),
        strict=True,
    ):
        missed = _missed(model.rosters[roster], absence, number, space, key) if absence > 0.0 else None
        calendars.append(shared[roster] if missed is None else _without(shared[roster], missed))
    return tuple(calendars)


def _missed(roster: Roster, absence: float, number: int, space: int, key: Key) -> IntervalArray | None:
    """Shifts that a person misses, each with the chance ``absence``; None for none.

    Several shifts of one day are missed together.
    """
    days = np.unique(roster.day)
    absent = [day for day in days.tolist() if uniform(key, number, space, day, 0, Purpose.ABSENCE) < absence]
    missed = roster.occurrences[np.isin(roster.day, absent)]
    return normalised(missed) if len(missed) else None


def _without(calendars: PersonalCalendars, missed: IntervalArray) -> PersonalCalendars:
    def reduced(calendar: Calendar) -> Calendar:
        intervals = np.column_stack([np.asarray(calendar.opens), np.asarray(calendar.closes)])
        return calendar_of(subtract(intervals, missed), calendar.span_start, calendar.span_end)

    return PersonalCalendars(reduced(calendars.duty), reduced(calendars.shift))


def duty_intervals(calendars: PersonalCalendars, end: float) -> IntervalArray:
    """Duty from the start of the run until its end, as rows of start and end."""
    duty = np.column_stack([np.asarray(calendars.duty.opens), np.asarray(calendars.duty.closes)])
    return normalised(np.clip(duty, 0.0, end))
