"""Who works where: groups of people who do the same work, and how people share the work of the teams.

A log that names people but no teams has teams all the same: people are put together whose activities
overlap (Song and van der Aalst 2008, "Towards comprehensive support for organizational mining").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import Paths
from simlab.calibrate.transitions import common_classes

OVERLAP: Final = 0.5
"""Part of the work of a person that is like that of a group, from which on the person belongs to it."""
FEWEST: Final = 20
"""Events of a person below which the work does not tell a group of its own."""
KNOWN: Final = 0.5
"""Share of the work that must be of people with names."""
LEAST_SHARE: Final = 0.02
"""Share of the work below which a group goes to the one that is most like it."""
HELPS: Final = 0.1
"""Share of the work of a team's people that they do for another team, from which on it is told."""
SPECIAL: Final = 0.3
"""Share of a person's work that is of other classes than the team's, beyond chance, that is told."""
PRIOR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Helping:
    """People of a team who work for another one too."""

    team: int
    other: int
    share: float
    """Share of their work."""


@dataclass(frozen=True, slots=True)
class Crew:
    """People of a team who work on the same classes."""

    team: int
    classes: tuple[int, ...]
    """Levels of the class, those first of which they do the most."""
    share: float
    """Share of the team's people."""


@dataclass(frozen=True, slots=True)
class WorkPattern:
    """How the people of the teams share the work."""

    helping: tuple[Helping, ...]
    specialised: tuple[tuple[int, float], ...]
    """Teams whose people work on classes of their own, and the share of their work by which they differ from
    the team."""
    crews: tuple[Crew, ...] = ()
    """Of these teams."""

    def crews_of(self, team: int) -> list[Crew]:
        """Return the crews of a team; none where its people have no classes of their own."""
        return [each for each in self.crews if each.team == team]

    def others_of(self, team: int) -> list[int]:
        """Return the other teams that the people of a team work for, the most first."""
        theirs = [each for each in self.helping if each.team == team]
        return [each.other for each in sorted(theirs, key=lambda each: -each.share)]


def with_groups(paths: Paths, is_worked: NDArray[np.bool_]) -> Paths:
    """Return paths with groups of people as teams, where the log names people but no teams.

    Parameters
    ----------
    is_worked
        By event, whether people do it.
    """
    named = is_worked & (paths.person >= 0)
    if (paths.team >= 0).any() or named.sum() <= KNOWN * is_worked.sum():
        return paths
    n_people, n_activities = int(paths.person.max()) + 1, len(paths.activities)
    place = paths.person[named].astype(np.int64) * n_activities + paths.activity[named]
    work = np.bincount(place, minlength=n_people * n_activities).reshape(n_people, n_activities)
    group_of, groups = alike(work.astype(np.float64))
    if len(groups) < 2:
        return paths
    team = np.where(named, group_of[np.maximum(paths.person, 0)], -1).astype(np.int32)
    return replace(paths, team=team, teams=_names(groups, paths.activities))


def alike(work: Floats) -> tuple[Integers, Floats]:
    """Return the group of each person, and the work of each group.

    Parameters
    ----------
    work
        Counts of what each person (a row) did of each kind of work (a column).
    """
    totals: list[Floats] = []
    group_of = np.full(len(work), -1, np.int64)
    busiest = np.argsort(-work.sum(1), kind="stable")
    for person in busiest.tolist():
        own = work[person]
        if own.sum() < FEWEST:
            continue
        overlaps = [_overlap(own, total) for total in totals]
        if overlaps and max(overlaps) >= OVERLAP:
            group_of[person] = int(np.argmax(overlaps))
            totals[group_of[person]] = totals[group_of[person]] + own
        else:
            group_of[person] = len(totals)
            totals.append(own)
    if not totals:
        return group_of, np.zeros((0, work.shape[1]))
    large = [number for number, total in enumerate(totals) if total.sum() >= LEAST_SHARE * work.sum()]
    kept = np.array([totals[number] for number in large or [0]])
    for person in range(len(work)):
        if group_of[person] in large:
            group_of[person] = large.index(int(group_of[person]))
        else:
            group_of[person] = int(np.argmax([_overlap(work[person], total) for total in kept]))
    return group_of, np.array([work[group_of == number].sum(0) for number in range(len(kept))])


def _overlap(one: Floats, other: Floats) -> float:
    shares = one / max(one.sum(), PRIOR), other / max(other.sum(), PRIOR)
    return float(np.minimum(*shares).sum())


def _names(groups: Floats, activities: tuple[str, ...]) -> tuple[str, ...]:
    """Name each group by the activity that most of its work is, and that it does rather than others."""
    of_activity = groups / np.maximum(groups.sum(0), PRIOR)
    of_group = groups / np.maximum(groups.sum(1, keepdims=True), PRIOR)
    return tuple(f"people of {activities[each]}" for each in np.argmax(of_activity * of_group, axis=1))


def work_pattern(paths: Paths, team: Integers, is_worked: NDArray[np.bool_], n_teams: int) -> WorkPattern:
    """Return how people share the work of the teams, as far as the log names them.

    Parameters
    ----------
    team
        By event, the team that has the case then.
    """
    rows = np.flatnonzero(is_worked & (paths.person >= 0))
    if not len(rows):
        return WorkPattern((), ())
    n_people = int(paths.person.max()) + 1
    by_team = np.bincount(paths.person[rows] * n_teams + team[rows], minlength=n_people * n_teams)
    by_team = by_team.reshape(n_people, n_teams)
    home = by_team.argmax(1)
    helping = []
    for number in range(n_teams):
        theirs = by_team[(home == number) & (by_team.sum(1) > 0)].sum(0)
        for other in np.flatnonzero(theirs >= HELPS * max(theirs.sum(), 1)).tolist():
            if other != number:
                helping.append(Helping(number, other, float(theirs[other] / theirs.sum())))
    return WorkPattern(tuple(helping), tuple(_specialised(paths, team, rows, home)))


def _specialised(paths: Paths, team: Integers, rows: Integers, home: Integers) -> Iterator[tuple[int, float]]:
    """Yield teams whose people work on classes of their own, and by how much they differ."""
    level, classes = common_classes(paths.case_class.astype(np.int64))
    n_levels = len(classes) + 1
    for number in range(int(home.max()) + 1):
        own = rows[(team[rows] == number) & (home[paths.person[rows]] == number)]
        people, person = np.unique(paths.person[own], return_inverse=True)
        if len(people) < 2 or len(classes) < 2:
            continue
        counts = np.bincount(person * n_levels + level[paths.case[own]], minlength=len(people) * n_levels)
        work = counts.reshape(len(people), n_levels).astype(np.float64)
        n, usual = work.sum(1), work.sum(0) / work.sum()
        off = np.abs(work / n[:, None] - usual).sum(1) / 2.0
        by_chance = np.sqrt(2.0 / np.pi * usual * (1.0 - usual) / n[:, None]).sum(1) / 2.0
        beyond = float((n @ np.maximum(off - by_chance, 0.0)) / n.sum())
        if beyond >= SPECIAL:
            yield number, beyond
