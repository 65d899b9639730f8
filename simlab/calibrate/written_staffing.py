"""Staffing of a fitted scenario: teams with their hours, shifts, standby and crews."""

from __future__ import annotations

from typing import Any, Final

from simlab.calibrate.fit import Fitted
from simlab.calibrate.fit_teams import busy_min
from simlab.calibrate.names import Names
from simlab.calibrate.work_hours import WorkHours
from simlab.calibrate.written_crews import crews_written, shifts_of_crews

Plain = dict[str, Any]
RESTS: Final = 0.003
"""Work rests over night where more than this share of it does so in the log."""


def team_calendars(fitted: Fitted, names: Names) -> Plain:
    """Return a calendar of each team, where there are days off."""
    if not fitted.days_off:
        return {}
    return {
        _calendar_name(names, number, shift): {"hours": hours.written(), **fitted.days_off.written()}
        for number in range(len(fitted.teams))
        for shift, (_, hours) in enumerate(_duties(fitted, number))
    }


def _calendar_name(names: Names, team: int, shift: int) -> str:
    return f"hours_of_team_{names.teams[team]}{f'_{shift + 1}' if shift else ''}"


def _duties(fitted: Fitted, number: int) -> list[tuple[int, WorkHours]]:
    """Return how many people of a team are on duty in which hours."""
    team = fitted.teams[number]
    if fitted.has_shifts:
        return [(shift.people, shift.hours) for shift in team.shifts]
    return [(fitted.anchor.people[number], team.hours)]


def staffing_of(fitted: Fitted, names: Names) -> Plain:
    """Return all teams as a scenario has them."""
    ending = "pause" if _rests(fitted) else "finish"
    staffing: Plain = {}
    for number in range(len(fitted.teams)):
        written: Plain = {"queue": fitted.orders[number].discipline, "at_shift_end": ending}
        if others := fitted.pattern.others_of(number):
            written["also_serves"] = [names.teams[other] for other in others]
            crews = crews_written(fitted, number)
            if not crews and any(crews_written(fitted, other) for other in others):
                written["skills"] = list(names.classes)
        staffing[names.teams[number]] = written | _people(fitted, names, number)
    return staffing


def _rests(fitted: Fitted) -> bool:
    """Whether work rests over night."""
    paths = fitted.chain.paths
    is_told = fitted.chain.branching.original[paths.activity] >= 0
    rested = (paths.end - paths.start - busy_min(paths, fitted.duty) > 1.0)[is_told]
    return bool(paths.has_durations and rested.mean() > RESTS)


def _people(fitted: Fitted, names: Names, number: int) -> Plain:
    """Return the people of a team with their hours, or its shifts."""
    duties: list[Plain] = []
    for shift, (people, hours) in enumerate(_duties(fitted, number)):
        on_days_off = {"calendar": _calendar_name(names, number, shift)}
        duties.append({"people": people} | (on_days_off if fitted.days_off else {"hours": hours.written()}))
    standby = None if fitted.has_shifts else fitted.teams[number].standby
    if crews_written(fitted, number):
        shifts = shifts_of_crews(fitted, names, number, duties[0])
        skilled: Plain = {"skills": list(names.classes)}
    else:
        shifts = {"day": duties[0]}
        skilled = {}
        if len(duties) > 1:
            return {"shifts": {f"shift_{shift}": duty for shift, duty in enumerate(duties, start=1)}}
        if standby is None:
            return duties[0]
    if standby is not None:
        shifts["standby"] = {"people": 1, "hours": standby.written()} | skilled
    return {"shifts": shifts}
