"""Trails of tickets in the SimPy engine: what the teams that a ticket has been with amount to.

Many tickets have been with the same teams. What follows from that is found out once and shared by all of
them: to follow a ticket to a team is to look up one trail behind another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Course(NamedTuple):
    """What a trail says."""

    first_team: int = -1
    last_team: int = -1
    """-1 before the first."""
    teams: frozenset[int] = frozenset()
    """All that had the ticket."""
    work_visits: int = 0
    hops: int = 0
    ping_pongs: int = 0
    """Hops to a team that had the ticket before."""

    def joins_team(self, team: int, is_branch: bool) -> Course:
        """Count a work visit, and the hop and ping-pong that it may be; parallel branches hand nothing on."""
        visits = self.work_visits + 1
        if team == self.last_team:
            return self._replace(work_visits=visits)
        is_hop = self.last_team >= 0 and not is_branch
        return Course(
            first_team=self.first_team if self.last_team >= 0 else team,
            last_team=team,
            teams=self.teams | {team},
            work_visits=visits,
            hops=self.hops + is_hop,
            ping_pongs=self.ping_pongs + (is_hop and team in self.teams),
        )


class Trail:
    """A course that tickets have taken, and those to which it leads."""

    __slots__ = ("_known", "as_branch", "code", "course", "hops", "last_team", "then")

    def __init__(self, course: Course, known: dict[Course, Trail]) -> None:
        self.course = course
        self.hops, self.last_team = course.hops, course.last_team
        self.code = len(known)
        """Its number among all trails."""
        self._known = known
        self.then: dict[int, Trail] = {}
        """By team to which tickets have gone from here."""
        self.as_branch: dict[int, Trail] = {}
        """The same for parallel branches."""

    def leads_to(self, team: int, is_branch: bool) -> Trail:
        """Return the trail of a ticket that goes to a team from here, and know it from now on."""
        course = self.course.joins_team(team, is_branch)
        trail = self.of(course)
        (self.as_branch if is_branch else self.then)[team] = trail
        return trail

    def of(self, course: Course) -> Trail:
        """Return the trail of a course."""
        trail = self._known.get(course)
        if trail is None:
            trail = self._known[course] = Trail(course, self._known)
        return trail

    def columns(self) -> dict[str, NDArray[np.int32]]:
        """What all trails say, by code: columns of the log of tickets."""
        table = {
            name: [getattr(course, name) for course in self._known]
            for name in ("first_team", "last_team", "work_visits", "hops", "ping_pongs")
        }
        return {name: np.array(column, np.int32) for name, column in table.items()}


def new_trail() -> Trail:
    """Trail of tickets that no team has had yet; all others of a run are found from there."""
    known: dict[Course, Trail] = {}
    course = Course()
    known[course] = trail = Trail(course, known)
    return trail
