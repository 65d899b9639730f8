"""Crews of a fitted scenario: shifts of people with skills, named after the classes that these can do."""

from __future__ import annotations

from typing import Any

from simlab.calibrate.crews import shared_out
from simlab.calibrate.fit import Fitted
from simlab.calibrate.mechanisms import Who
from simlab.calibrate.names import Names
from simlab.calibrate.work_groups import Crew

Plain = dict[str, Any]


def crews_written(fitted: Fitted, team: int) -> list[Crew]:
    """Return the crews that a team has in the scenario: those found, if there are people enough.

    A team of several shifts keeps these, and has no crews.
    """
    crews = fitted.pattern.crews_of(team)
    in_shifts = fitted.has_shifts and len(fitted.teams[team].shifts) > 1
    is_used = fitted.mechanisms.who is Who.CREWS and fitted.anchor.people[team] >= len(crews)
    return crews if is_used and not in_shifts else []


def shifts_of_crews(fitted: Fitted, names: Names, team: int, day: Plain) -> Plain:
    """Return the shifts of a team: one for each crew.

    Parameters
    ----------
    day
        What the shift of the whole team would be.
    """
    crews = crews_written(fitted, team)
    people = shared_out(fitted.anchor.people[team], [crew.share for crew in crews])
    return {
        f"crew_{number}": {**day, "people": n, "skills": [names.classes[level] for level in crew.classes]}
        for number, (crew, n) in enumerate(zip(crews, people, strict=True), start=1)
    }


def skill_needed(fitted: Fitted, names: Names, team: int) -> Plain:
    """Return which skill a ticket needs at a step of a team: its class; none where the team has no crews."""
    able = {level for crew in crews_written(fitted, team) for level in crew.classes}
    rules = [
        {"skill": names.classes[level], "when": {"class": names.classes[level]}} for level in sorted(able)
    ]
    return {"skill": rules} if rules else {}
