"""Shifts of people: on which days of the week, and from when to when, each one of a team begins to work.

People with the same days and about the same hours are one shift. It takes starts of work and names: where
work is only known to have ended, or nobody is named, teams have the hours of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Integers
from simlab.calibrate.work_hours import HOURS_PER_WEEK, WorkHours

LEAST_OF_A_DAY: Final = 0.25
"""A day of the week with less than this part of the median of somebody's days is free."""
STRAYS: Final = 0.01
"""Share of the starts that may lie before, and after, the hours."""
FEWEST: Final = 40
"""Starts below which somebody has the hours of most others."""
ALIKE: Final = 1
"""Hours by which beginnings and ends may differ within a shift."""
MOST: Final = 6


@dataclass(frozen=True, slots=True)
class PersonShift:
    """People who work the same hours."""

    people: int
    hours: WorkHours


def shifts_of(person: Integers, hour_of_week: Integers) -> tuple[PersonShift, ...]:
    """Return the shifts of a team, the largest first; empty where nobody has enough starts to tell.

    Parameters
    ----------
    person, hour_of_week
        Of each start of work: who began, and in which hour of the week.
    """
    everybody, code = np.unique(person, return_inverse=True)
    counts = np.zeros((len(everybody), HOURS_PER_WEEK))
    np.add.at(counts, (code, hour_of_week), 1.0)
    known = np.flatnonzero(counts.sum(1) >= FEWEST)
    if not len(known):
        return ()
    groups: list[list[int]] = []
    hours: list[WorkHours] = []
    for each in known[np.argsort(-counts[known].sum(1), kind="stable")].tolist():
        own = _hours(counts[each])
        near = [number for number, other in enumerate(hours) if _are_alike(own, other)]
        if near:
            groups[near[0]].append(each)
        else:
            groups.append([each])
            hours.append(own)
    order = sorted(range(len(groups)), key=lambda number: -len(groups[number]))
    kept, rest = order[:MOST], order[MOST:]
    members = [groups[number] for number in kept]
    members[0] = [*members[0], *(each for number in rest for each in groups[number])]
    shifts = [PersonShift(len(each), _hours(counts[each].sum(0))) for each in members]
    shifts[0] = PersonShift(shifts[0].people + len(everybody) - len(known), shifts[0].hours)
    return tuple(shifts)


def _hours(counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> WorkHours:
    """Return the hours in which nearly all starts lie, the same on all days that are no days off."""
    by_day = counts.reshape(7, 24)
    total = by_day.sum(1)
    works = total >= LEAST_OF_A_DAY * np.median(total[total > 0])
    below = np.cumsum(by_day[works].sum(0)) / max(by_day[works].sum(), 1.0)
    first = int(np.searchsorted(below, STRAYS, side="right"))
    last = int(np.searchsorted(below, 1.0 - STRAYS, side="left")) + 1
    return WorkHours(tuple((first, max(last, first + 1)) if work else (0, 0) for work in works.tolist()))


def _are_alike(one: WorkHours, other: WorkHours) -> bool:
    return all(
        (a[1] > a[0]) == (b[1] > b[0]) and abs(a[0] - b[0]) <= ALIKE and abs(a[1] - b[1]) <= ALIKE
        for a, b in zip(one.by_day, other.by_day, strict=True)
    )
